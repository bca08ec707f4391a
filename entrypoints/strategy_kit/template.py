"""What `strategy new` writes: a strategy that works, its test, and a configuration that runs it."""

from collections.abc import Mapping
from typing import Final

_STRATEGY: Final = '''"""A breakout: enter where price closes beyond the last closes, leave when it turns back."""

from collections import deque

from attrs import field, frozen, validators

from domain.as_of import AsOfView
from domain.indicators.ranges import WILDER_FORGOTTEN_PERIODS, AverageTrueRange
from domain.signal import Signal, SignalAction


@frozen(kw_only=True)
class CLASSParameters:
    """Settings of `CLASS`: what a configuration may say under `parameters`, and within which bounds.

    Attributes:
        entry_bars: A close beyond all closes of so many bars enters.
        exit_bars: A close beyond those of so many bars on the other side leaves.
        atr_bars: Length of the average true range.
        stop_atr: Distance of the stop from the entry in average true ranges.
        target_atr: Distance of the target in average true ranges.
        allow_short: Whether a downward breakout enters short.
    """

    entry_bars: int = field(default=48, validator=[validators.ge(2), validators.le(10_000)])
    exit_bars: int = field(default=24, validator=[validators.ge(1), validators.le(10_000)])
    atr_bars: int = field(default=14, validator=[validators.ge(1), validators.le(1_000)])
    stop_atr: float = field(default=3.0, validator=[validators.gt(0.0), validators.le(100.0)])
    target_atr: float = field(default=9.0, validator=[validators.gt(0.0), validators.le(100.0)])
    allow_short: bool = True


class CLASS:
    """Follows breakouts from the closes of the last bars; each instrument gets an instance of its own.

    What it needs of the past it keeps itself, bar by bar, so that it looks back one bar only.
    """

    lookback_bars = 1

    def __init__(self, parameters: CLASSParameters) -> None:
        self.parameters = parameters
        self._closes: deque[float] = deque(maxlen=max(parameters.entry_bars, parameters.exit_bars))
        self._atr = AverageTrueRange(parameters.atr_bars)

    @property
    def warm_up_bars(self) -> int:
        """Bars after which nothing that was before matters; the test kit holds it to that."""
        return 1 + max(self._closes.maxlen or 0, WILDER_FORGOTTEN_PERIODS * self.parameters.atr_bars)

    def on_bar(self, view: AsOfView) -> Signal | None:
        """Take the bar that has just closed; return what to do, or nothing to leave all as it is."""
        bar = view.bar
        atr = self._atr.update(bar.high, bar.low, bar.close)
        before = list(self._closes)
        self._closes.append(bar.close)
        # Nothing is decided on half of what is needed, or where nothing moves.
        if len(before) < (self._closes.maxlen or 0) or not atr > 0.0:
            return None
        held = (view.held_quantity > 0) - (view.held_quantity < 0)
        entry, way_out = before[-self.parameters.entry_bars :], before[-self.parameters.exit_bars :]
        if bar.close > max(entry) and held <= 0:
            return self._enter(1, bar.close, max(entry), atr)
        if bar.close < min(entry) and held >= 0 and self.parameters.allow_short:
            return self._enter(-1, bar.close, min(entry), atr)
        if (held > 0 and bar.close < min(way_out)) or (held < 0 and bar.close > max(way_out)):
            return self._leave(bar.close)
        return None

    def _enter(self, direction: int, close: float, level: float, atr: float) -> Signal:
        beyond = abs(close - level) / atr
        strength = min(1.0, 0.5 + 0.5 * beyond)
        side = "above the highest" if direction > 0 else "below the lowest"
        return Signal(
            action=SignalAction.ENTER_LONG if direction > 0 else SignalAction.ENTER_SHORT,
            reason=f"closed {beyond:.2f} ATR {side} of {self.parameters.entry_bars} closes",
            strength=strength,
            confidence=0.4 + 0.4 * strength,
            stop_distance=self.parameters.stop_atr * atr,
            target_distance=self.parameters.target_atr * atr,
            features=(("level", level), ("beyond_atr", beyond), ("atr", atr)),
        )

    def _leave(self, close: float) -> Signal:
        return Signal(
            action=SignalAction.EXIT,
            reason=f"closed beyond {self.parameters.exit_bars} closes on the other side",
            features=(("close", close),),
        )
'''

_TEST: Final = '''"""CLASS keeps the laws of the test kit, and does what its examples say."""

from NAME import CLASS, CLASSParameters

from domain.as_of import AsOfView
from domain.market import Bar
from domain.signal import Signal, SignalAction
from entrypoints.strategy_kit.checking import assert_passes


def answers(closes: list[float]) -> list[Signal | None]:
    strategy = CLASS(CLASSParameters(entry_bars=3, exit_bars=2, atr_bars=2, stop_atr=2.0))
    view, said = AsOfView("BTCUSDT", strategy.lookback_bars), []
    for hour, close in enumerate(closes):
        view.push(Bar("BTCUSDT", hour, hour + 1, close, close + 1.0, close - 1.0, close, 10.0))
        said.append(strategy.on_bar(view))
    return said


def test_it_passes_the_test_kit() -> None:
    assert_passes(CLASS)


def test_a_close_above_the_last_three_enters_long() -> None:
    # True ranges are 2 while nothing moves and 3 in the last bar (103 to 100): the ATR of two is 2.5 there.
    *before, last = answers([100.0, 100.0, 100.0, 102.0])

    assert before == [None, None, None]
    assert last is not None
    assert last.action is SignalAction.ENTER_LONG
    assert last.stop_distance == 2.0 * 2.5
    assert last.reason == "closed 0.80 ATR above the highest of 3 closes"


def test_nothing_is_said_where_nothing_moves() -> None:
    assert set(answers([100.0] * 20)) == {None}
'''

_CONFIGURATION: Final = """# Runs CLASS on a synthetic market, offline: autotrading backtest NAME.yaml
# `autotrading config schema` says what else may be written here, `data` instead of `synthetic` takes a real market.
name: NAME

account:
  equity: 100000

synthetic:
  seed: 7
  bars: 4000
  interval: 1h
  symbols: [BTCUSDT]

strategies:
  - name: NAME
    kind: NAME.py:CLASS # relative to this file
    symbols: [BTCUSDT]
    parameters:
      entry_bars: 48
      exit_bars: 24
      stop_atr: 3.0
    sizing:
      risk_fraction: # lose this share of equity at the stop, but never hold more than this leverage
        fraction: 0.01
        leverage_max: 1

risk:
  order:
    notional_max: 250000
  position:
    concentration_max: 1
  account:
    leverage_max: 2
"""


def files_of(name: str) -> Mapping[str, str]:
    """Return the files of a new strategy, by their names: the strategy, its test, its configuration.

    Args:
        name: In snake_case.
    """
    cls = "".join(part.capitalize() for part in name.split("_"))
    texts = {f"{name}.py": _STRATEGY, f"test_{name}.py": _TEST, f"{name}.yaml": _CONFIGURATION}
    return {file: text.replace("CLASS", cls).replace("NAME", name) for file, text in texts.items()}
