"""Files with strategies of users, as text: tests write them where they need them."""

from pathlib import Path
from typing import Final

HIGHEST_CLOSE: Final = '''"""A strategy of a user."""

from __future__ import annotations

from attrs import field, frozen, validators

from domain.signal import Signal, SignalAction


@frozen(kw_only=True)
class HighestCloseParameters:
    bars: int = field(default=20, validator=[validators.ge(2), validators.le(100)])
    share: float | None = None

    def __attrs_post_init__(self):
        if self.bars == 13:
            raise ValueError("bars: 13 brings bad luck")


class HighestClose:
    """Enters at the highest close of the last bars and leaves at the lowest."""

    lookback_bars = 100

    def __init__(self, parameters: HighestCloseParameters):
        if parameters.bars == 66:
            raise RuntimeError("66 is too much")
        self.parameters = parameters

    def on_bar(self, view):
        closes = [bar.close for bar in view.bars(self.parameters.bars)]
        if len(closes) < self.parameters.bars:
            return None
        if closes[-1] >= max(closes) > min(closes) and not view.held_quantity:
            return Signal(action=SignalAction.ENTER_LONG, reason="highest close", stop_distance=closes[-1] * 0.03)
        if closes[-1] <= min(closes) and view.held_quantity > 0:
            return Signal(action=SignalAction.EXIT, reason="lowest close")
        return None
'''

WITHOUT_PARAMETERS: Final = """class Nothing:
    lookback_bars = 1

    def on_bar(self, view):
        return None
"""


def write_code(folder: Path, text: str = HIGHEST_CLOSE, name: str = "mine.py") -> Path:
    """Write a file of code and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
