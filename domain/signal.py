"""What a strategy says: enter, exit, how strongly, where it is wrong, and why."""

from enum import Enum
from math import inf

from attrs import frozen


class SignalAction(Enum):
    """What to do with the strategy's own share of the position."""

    ENTER_LONG = "enter_long"
    ENTER_SHORT = "enter_short"
    EXIT = "exit"


@frozen(kw_only=True)
class Signal:
    """One decision of one strategy about one instrument, made on what was known at a bar's close.

    Attributes:
        action: Enter long, enter short, or exit.
        reason: In plain words, with the numbers that decided.
        strength: 0 to 1.
        confidence: 0 to 1.
        stop_distance: How far from the entry price the strategy is wrong, quote per base; None for no stop.
        target_distance: How far from the entry price it takes its profit; None for no target.
        features: Named values that the decision was made on.
    """

    action: SignalAction
    reason: str
    strength: float = 1.0
    confidence: float = 1.0
    stop_distance: float | None = None
    target_distance: float | None = None
    features: tuple[tuple[str, float], ...] = ()

    def __attrs_post_init__(self) -> None:
        if not (0.0 <= self.strength <= 1.0 and 0.0 <= self.confidence <= 1.0):
            raise ValueError(f"strength {self.strength} and confidence {self.confidence} must lie between 0 and 1")
        for name, distance in (("stop_distance", self.stop_distance), ("target_distance", self.target_distance)):
            if distance is not None and not 0.0 < distance < inf:
                raise ValueError(f"{name} {distance} must be positive")

    @property
    def direction(self) -> int:
        """+1 to be long, -1 to be short, 0 to be flat."""
        if self.action is SignalAction.EXIT:
            return 0
        return 1 if self.action is SignalAction.ENTER_LONG else -1
