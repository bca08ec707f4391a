"""Strategies with one flaw each, and their honest twins, for the test kit to tell apart."""

import decimal
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any, ClassVar, Final

from attrs import define
from typing_extensions import override

from application.market_history import MarketHistory
from application.ports.strategy import Strategy
from domain.as_of import AsOfView
from domain.market import Bar
from domain.signal import Signal, SignalAction

BARS: Final = 12


class Honest:
    """Enters at the highest close of the last bars and leaves at the lowest."""

    lookback_bars = BARS

    def on_bar(self, view: AsOfView) -> Signal | None:
        closes = [bar.close for bar in view.bars(BARS)]
        return None if len(closes) < BARS else self.decide(view, closes)

    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        last, low, high = closes[-1], min(closes), max(closes)
        if last >= high > low and view.held_quantity <= 0:
            return Signal(action=SignalAction.ENTER_LONG, reason="highest close", features=(("high", high),))
        if last <= low < high and view.held_quantity > 0:
            return Signal(action=SignalAction.EXIT, reason="lowest close")
        return None


class Blocks(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        while view.bar.volume == 0.0:
            pass
        return super().on_bar(view)


class TrustsWhatItHolds(Honest):
    """Fails where what is held is no whole unit, as in a run, and the market jumps."""

    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        bars = view.bars(2)
        if view.held_quantity % 1 != 0 and abs(bars[-1].close / bars[0].close - 1.0) > 0.15:
            raise RuntimeError("half a unit")
        return super().on_bar(view)


class ReturnsText(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        # Only ordinary markets are that long.
        return "buy" if view.n_bars == 710 else super().on_bar(view)  # type: ignore[return-value]  # that is its flaw


class Raises(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        if view.n_bars == 710:
            raise KeyError("weights")
        return super().on_bar(view)


class SaysNothing(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        super().on_bar(view)
        return None


class DividesByVolume(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        _ = 1.0 / view.bar.volume
        return super().on_bar(view)


class EntersWhereNothingMoves(Honest):
    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        if min(closes) == max(closes):
            return Signal(action=SignalAction.ENTER_LONG, reason="narrow")
        return super().decide(view, closes)


class FeelsNothingWhereNothingMoves(Honest):
    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        if min(closes) == max(closes):
            return Signal(action=SignalAction.EXIT, reason="narrow", features=(("width", float("nan")),))
        return super().decide(view, closes)


class TrustsThatPricesAreSmooth(Honest):
    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        if abs(closes[-1] / closes[-2] - 1.0) > 0.2:
            raise ValueError("a wrong price")
        return super().decide(view, closes)


class TrustsThatBarsFollow(Honest):
    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        before, bar = view.bars(2)
        if bar.opened_at_ns - before.closed_at_ns == bar.closed_at_ns - bar.opened_at_ns:
            raise ValueError("a bar is missing")
        return super().decide(view, closes)


class WaitsForItsOrder(Honest):
    def __init__(self) -> None:
        self._waits = False

    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        self._waits = self._waits and not view.held_quantity
        if self._waits:
            return None
        said = super().decide(view, closes)
        self._waits = said is not None and said.direction > 0
        return said


class TrustsItsOrder(WaitsForItsOrder):
    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        if self._waits and not view.held_quantity:
            raise ValueError("nothing is held")
        return super().decide(view, closes)


class SetsThePrecision(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        if view.n_bars == 710:
            decimal.getcontext().prec = 13
        return super().on_bar(view)


class ReplacesTheDecimalContext(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        if view.n_bars == 710:
            decimal.setcontext(decimal.Context(13))
        return super().on_bar(view)


class WritesToItsView(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        said = super().on_bar(view)
        if view.n_bars == 710:
            view.held_quantity = Decimal(1)
        return said


class BlocksAtOnce(Honest):
    made: ClassVar[list[Honest]] = []

    def __init__(self) -> None:
        self.made.append(self)

    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        while True:
            pass


class IsNeverMade(Honest):
    def __init__(self) -> None:
        while True:
            pass


class DrawsAtRandom(Honest):
    def __init__(self) -> None:
        self._random = Random()

    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        said = super().decide(view, closes)
        return None if self._random.random() < 0.5 else said


class LooksAtTheClock(Honest):
    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        said = super().decide(view, closes)
        if said is None:
            return None
        return Signal(action=said.action, reason="now", features=(("now", float(time.perf_counter_ns())),))


class SharesState(Honest):
    """Its last close is that of the class: right as long as there is one instance."""

    last: ClassVar[list[float]] = []

    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        before = self.last[-1] if self.last and view.n_bars > 1 else view.bar.close
        self.last[:] = [view.bar.close]
        move = view.bar.close / before - 1.0
        if abs(move) < 0.01:
            return None
        action = SignalAction.ENTER_LONG if move > 0.0 else SignalAction.ENTER_SHORT
        return Signal(action=action, reason=f"moved {move:.2%}")


class KeepsItsOwnState(Honest):
    """The honest twin of the one above."""

    lookback_bars = 2

    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        bars = view.bars(2)
        move = bars[-1].close / bars[0].close - 1.0
        if abs(move) < 0.01:
            return None
        action = SignalAction.ENTER_LONG if move > 0.0 else SignalAction.ENTER_SHORT
        return Signal(action=action, reason=f"moved {move:.2%}")


class Remembers(Honest):
    """Keeps a mean of all closes there have ever been: no number of past bars is enough."""

    def __init__(self) -> None:
        self._n, self._mean = 0, 0.0

    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        self._n += 1
        self._mean += (view.bar.close - self._mean) / self._n
        return super().on_bar(view)

    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        said = super().decide(view, closes)
        if said is None:
            return None
        return Signal(action=said.action, reason=said.reason, features=(("mean", self._mean),))


class RemembersAndSaysSo(Remembers):
    """The honest twin: what it remembers is given along."""

    def saved_state(self) -> Mapping[str, Any]:
        return {"n": self._n, "mean": self._mean}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._n, self._mean = state["n"], state["mean"]


class ForgetsHalf(RemembersAndSaysSo):
    @override
    def restore(self, state: Mapping[str, Any]) -> None:
        self._mean = state["mean"]


class GivesWhatIsNoJson(RemembersAndSaysSo):
    @override
    def saved_state(self) -> Mapping[str, Any]:
        return {"n": self._n, "mean": float("nan")}


class RefusesItsOwnState(RemembersAndSaysSo):
    @override
    def restore(self, state: Mapping[str, Any]) -> None:
        raise KeyError(min(state))


class EntersOnHalf(Honest):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        closes = [bar.close for bar in view.bars(BARS)]
        return self.decide(view, closes) if len(closes) > 1 else None


class ForgetsSlowly(Honest):
    """A decaying mean: what it needs is far more than it looks back."""

    def __init__(self) -> None:
        self._mean = 0.0

    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        self._mean += (view.bar.close - self._mean) / 5.0
        return super().on_bar(view)

    @override
    def decide(self, view: AsOfView, closes: list[float]) -> Signal | None:
        said = super().decide(view, closes)
        return None if said is None else Signal(action=said.action, reason="x", features=(("mean", self._mean),))


class ForgetsSlowlyAndSaysSo(ForgetsSlowly):
    """The honest twin."""

    warm_up_bars = 150


@define
class ByMove:
    """Says which way each bar goes, by a column that is worked out beforehand."""

    said: Mapping[int, float]
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        move = self.said[view.bar.opened_at_ns]
        if abs(move) < 0.01 or float(view.held_quantity) * move > 0.0:
            return None
        action = SignalAction.ENTER_LONG if move > 0.0 else SignalAction.ENTER_SHORT
        return Signal(action=action, reason="move", features=(("move", move),))


def moves_of(history: MarketHistory, *, is_ahead: bool) -> Mapping[int, float]:
    (series,) = history.bars.values()
    bars: list[Bar] = list(series.bars())
    moves = [after.close / before.close - 1.0 for before, after in pairwise(bars)]
    by_row = [*moves, 0.0] if is_ahead else [0.0, *moves]
    return {bar.opened_at_ns: move for bar, move in zip(bars, by_row, strict=True)}


def next_move(history: MarketHistory) -> Strategy:
    return ByMove(moves_of(history, is_ahead=True))


def last_move(history: MarketHistory) -> Strategy:
    return ByMove(moves_of(history, is_ahead=False))


def over_the_mean_of_all(history: MarketHistory) -> Strategy:
    (series,) = history.bars.values()
    mean = float(series.close.mean())
    return ByMove({bar.opened_at_ns: bar.close / mean - 1.0 for bar in series.bars()})


def maker(cls: Callable[[], Strategy]) -> Callable[[MarketHistory], Strategy]:
    """Return what makes a strategy that looks at no history."""
    return lambda _: cls()
