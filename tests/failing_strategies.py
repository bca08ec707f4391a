"""Strategies that fail at one bar, in every way in which that is a strategy's own fault."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import define, field

from application.ports.decision_watch import StrategyBlockedError
from application.ports.strategy import Strategy
from domain.as_of import AsOfView
from domain.errors import DomainError
from domain.signal import Signal, SignalAction

Answer = Callable[[], Any]


def _raise(error: BaseException) -> Answer:
    def answer() -> None:
        raise error

    return answer


def _spoiled() -> Signal:
    signal = Signal(action=SignalAction.ENTER_LONG, reason="up", stop_distance=1.0)
    # What goes around the checks of a signal on purpose.
    object.__setattr__(signal, "stop_distance", float("inf"))
    return signal


def _with_feature(value: Any) -> Answer:  # noqa: ANN401  # what no feature may be
    return lambda: Signal(action=SignalAction.EXIT, reason="out", features=(("score", value),))


RAISING: Final[Mapping[str, Answer]] = {
    "a value error": _raise(ValueError("no number")),
    "an error of the domain": _raise(DomainError("of the strategy's own making")),
    "leaving the process": _raise(SystemExit(0)),
    "too deep": _raise(RecursionError("too deep")),
    "a signal that cannot be": lambda: Signal(action=SignalAction.EXIT, reason="out", strength=float("nan")),
}
INVALID: Final[Mapping[str, Answer]] = {
    "a text": lambda: "buy",
    "a number": lambda: 1.0,
    "no feature": _with_feature(float("nan")),
    "an endless feature": _with_feature(float("inf")),
    "a feature that is a text": _with_feature("high"),
    "features that are no pairs": lambda: Signal(action=SignalAction.EXIT, reason="out", features=(1.0,)),  # type: ignore[arg-type]  # planted
    "a feature that mixes with no float": _with_feature(Decimal(1)),
    "a reason that cannot be stored": lambda: Signal(action=SignalAction.EXIT, reason="\ud800"),
    "an endless stop": _spoiled,
    "no reason": lambda: Signal(action=SignalAction.EXIT, reason=None),  # type: ignore[arg-type]  # planted
}
BLOCKING: Final[Mapping[str, Answer]] = {"too long": _raise(StrategyBlockedError("no answer within 10 s"))}
WAYS: Final[Mapping[str, Answer]] = {**RAISING, **INVALID, **BLOCKING}
"""What comes of asking, by a name of it."""


@define(eq=False)
class FailsAt:
    """Does what another strategy does, but for one bar of one instrument.

    Attributes:
        strategy: Whose signals they are otherwise.
        symbol: Where it fails.
        row: At which bar, counted from 0.
        answer: What comes of asking then.
        asked: How many bars it was asked about in the instrument in which it fails.
    """

    strategy: Strategy
    symbol: str
    row: int
    answer: Answer
    lookback_bars: int = 1
    asked: list[int] = field(factory=list)

    def on_bar(self, view: AsOfView) -> Signal | None:
        """Take the bar that has just closed."""
        if view.symbol == self.symbol:
            self.asked.append(view.n_bars - 1)
            if view.n_bars - 1 == self.row:
                return self.answer()  # type: ignore[no-any-return]  # whatever it is
        return self.strategy.on_bar(view)
