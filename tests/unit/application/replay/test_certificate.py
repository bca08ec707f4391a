"""The look-ahead certificate: clean for an honest strategy, and a name for each way of cheating."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import count
from typing import Final

import numpy as np
import pytest
from attrs import define, evolve, field

from adapters.synthetic.instruments import BTCUSDT, ETHUSDT
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import run_backtest
from application.market_history import MarketHistory
from application.ports.strategy import Strategy
from application.replay.certificate import Certificate
from domain.as_of import AsOfView
from domain.market import BarSeries
from domain.signal import Signal, SignalAction
from domain.sizing import EquityFraction
from domain.strategies.trend_following import TrendFollowingParameters
from domain.time_units import iso_utc
from tests.plans import trend_plan
from tests.unit.application.trading.stage import COIN, OUT, at, long, make_history, make_plan

HISTORY: Final = generate(SyntheticMarket(n_bars=400, instruments=(BTCUSDT, ETHUSDT)), seed=3)
QUICK: Final = TrendFollowingParameters(fast_bars=3, slow_bars=8, atr_bars=5, strength_min=0.0)


def certificate_of(make: "Callable[[MarketHistory], Strategy] | None", *, seed: int = 7) -> Certificate:
    return run_backtest(trend_plan(HISTORY, make=make, parameters=QUICK, seed=seed)).certificate


def go(up: bool, **features: float) -> Signal:  # the one thing it says
    action = SignalAction.ENTER_LONG if up else SignalAction.ENTER_SHORT
    return Signal(action=action, reason="cheat", features=tuple(features.items()))


@define(eq=False)
class PeeksAtTheNextClose:
    """Looks the next close up in the history that it was made with."""

    history: MarketHistory
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        series = self.history.bars[view.symbol]
        row = int(np.searchsorted(series.opened_at_ns, view.bar.closed_at_ns))
        return go(bool(series.close[min(row, len(series) - 1)] > view.bar.close)) if row % 5 == 0 else None


@define(eq=False)
class ScalesByTheWholeSample:
    """Standardizes with mean and deviation of the whole history: what backtests are spoiled by most often."""

    history: MarketHistory
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        closes = self.history.bars[view.symbol].close
        score = float((view.bar.close - closes.mean()) / closes.std())
        return go(score < 0, score=score) if view.n_bars % 7 == 0 else None


@define(eq=False)
class LooksAtTheOtherInstrumentsPresentBar:
    """Takes, at a close, the bar of the other instrument that has only begun."""

    history: MarketHistory
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        other = next(symbol for symbol in self.history.symbols if symbol != view.symbol)
        series = self.history.bars[other]
        row = int(np.flatnonzero(series.opened_at_ns == view.bar.closed_at_ns)[0]) if view.n_bars < 390 else -1
        return go(bool(series.close[row] > series.open[row])) if view.n_bars % 5 == 0 else None


@define(eq=False)
class CountsAcrossInstances:
    """Reads a counter that all instances share, so that no run is like another."""

    counter: "count[int]"
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        seen = next(self.counter)
        return go(view.n_bars % 2 == 0, seen=float(seen)) if view.n_bars % 10 == 0 else None


def test_trend_following_is_clean() -> None:
    certificate = certificate_of(None)

    assert certificate.is_clean
    assert certificate.first_difference is None
    assert certificate.matched == certificate.sampled > 0
    assert certificate.decisions_replayed > 0


CHEATS: Final[Mapping[str, Callable[[MarketHistory], Strategy]]] = {
    "next close": PeeksAtTheNextClose,
    "whole sample": ScalesByTheWholeSample,
    "present bar of another": LooksAtTheOtherInstrumentsPresentBar,
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS)
def test_a_cheat_is_caught_and_its_first_difference_named(
    cheat: Callable[[MarketHistory], Strategy], seed: int
) -> None:
    certificate = certificate_of(cheat, seed=seed)

    assert not certificate.is_clean
    assert certificate.matched < certificate.sampled
    assert certificate.first_difference is not None
    assert certificate.first_difference.startswith("2024-01-")
    assert "later data" in certificate.first_difference


def test_a_strategy_that_decides_differently_each_time_is_caught() -> None:
    shared = count()

    certificate = certificate_of(lambda _: CountsAcrossInstances(shared))

    assert not certificate.is_clean
    assert "seen" in (certificate.first_difference or "")


def test_the_first_difference_says_when_and_what_was_decided_with_later_data_and_without() -> None:
    @define(eq=False)
    class OneLate:
        """Enters at one bar only if the history goes on beyond it."""

        history: MarketHistory
        lookback_bars: int = 1

        def on_bar(self, view: AsOfView) -> Signal | None:
            knows_more = self.history.end_ns > view.bar.closed_at_ns
            return (long(stop=1.0) if knows_more else long(stop=2.0)) if view.n_bars == 4 else None

    plan = make_plan(make_history([(100.0,)] * 8), [{}])
    plan = evolve(plan, strategies=(evolve(plan.strategies[0], make=OneLate),))
    certificate = run_backtest(plan).certificate

    assert certificate.first_difference is not None
    assert certificate.first_difference == (
        f"{iso_utc(at(4))}: {COIN}: A: signal: stop_distance 1.0 with later data, 2.0 without"
    )


def test_a_decision_that_disappears_without_later_data_is_caught() -> None:
    @define(eq=False)
    class OnlyWithMore:
        history: MarketHistory
        lookback_bars: int = 1

        def on_bar(self, view: AsOfView) -> Signal | None:
            return long() if view.n_bars == 4 and self.history.end_ns > view.bar.closed_at_ns else None

    plan = make_plan(make_history([(100.0,)] * 8), [{}])
    plan = evolve(plan, strategies=(evolve(plan.strategies[0], make=OnlyWithMore),))
    certificate = run_backtest(plan).certificate

    assert certificate.first_difference == (
        f"{iso_utc(at(4))}: {COIN}: A decided enter_long with later data, not without"
    )


def test_a_strategy_that_breaks_without_later_data_is_caught_and_not_a_crash() -> None:
    @define(eq=False)
    class Breaks:
        history: MarketHistory
        lookback_bars: int = 1
        closes: list[float] = field(init=False)

        def __attrs_post_init__(self) -> None:
            self.closes = self.history.bars[COIN].close.tolist()

        def on_bar(self, view: AsOfView) -> Signal | None:
            return long() if view.n_bars < 30 and self.closes[view.n_bars] > 0 and view.n_bars == 2 else None

    plan = make_plan(make_history([(100.0,)] * 30), [{}])
    plan = evolve(plan, strategies=(evolve(plan.strategies[0], make=Breaks),))
    certificate = run_backtest(plan).certificate

    failed = "COINUSDT: A failed with IndexError: list index out of range (test_certificate.py:"
    assert failed in (certificate.first_difference or "")
    assert (certificate.first_difference or "").endswith(") without later data, not with it")


def test_a_decision_whose_order_is_missed_later_is_what_is_named() -> None:
    """Its fill is reported to a core that sent no order, which breaks there; that is not what differs first."""

    @define(eq=False)
    class OnceOnly:
        made: "count[int]"
        lookback_bars: int = 1
        is_first: bool = field(init=False)

        def __attrs_post_init__(self) -> None:
            self.is_first = next(self.made) == 0

        def on_bar(self, view: AsOfView) -> Signal | None:
            return long() if view.n_bars == 4 and self.is_first else None

    made = count()
    plan = make_plan(make_history([(100.0,)] * 30), [{}])
    plan = evolve(plan, strategies=(evolve(plan.strategies[0], make=lambda _: OnceOnly(made)),), n_samples=1)

    assert run_backtest(plan).certificate.first_difference == (
        f"{iso_utc(at(4))}: {COIN}: A decided enter_long with later data, not without"
    )


def test_what_an_error_says_may_be_said_in_another_order() -> None:
    @define(eq=False)
    class NamesASet:
        made: "count[int]"
        lookback_bars: int = 1
        number: int = field(init=False)

        def __attrs_post_init__(self) -> None:
            self.number = next(self.made)

        def on_bar(self, view: AsOfView) -> Signal | None:
            if view.n_bars == 4:
                raise ValueError("a, b" if self.number == 0 else "b, a")
            return None

    made = count()
    plan = make_plan(make_history([(100.0,)] * 30), [{}])
    plan = evolve(plan, strategies=(evolve(plan.strategies[0], make=lambda _: NamesASet(made)),))

    assert run_backtest(plan).certificate.is_clean


def test_half_of_the_sample_are_moments_at_which_something_was_decided() -> None:
    # Two decisions in 60 bars: a sample of 4 of all moments would hardly find either. Of each half of the run one
    # moment is of those at which something was decided, the other of all 30, in the end the last one.
    asked: list[tuple[int, int]] = []

    def sample(n: int, k: int) -> list[int]:
        asked.append((n, k))
        return list(range(k))

    plan = make_plan(make_history([(100.0,)] * 60), [{20: long(), 40: OUT}])
    certificate = run_backtest(evolve(plan, sample=sample, n_samples=4)).certificate

    assert asked == [(1, 1), (30, 1), (1, 1), (30, 0)]
    assert certificate == Certificate(sampled=4, matched=4, decisions_replayed=2, first_difference=None)


def test_sizes_that_follow_equity_are_made_again_with_fees_funding_and_marks() -> None:
    """The re-made decisions need the same equity, so the reports must come in exactly where they came."""
    result = run_backtest(trend_plan(HISTORY, parameters=QUICK, sizing=EquityFraction(Decimal("0.5")), n_samples=40))

    assert result.certificate.is_clean
    assert result.certificate.sampled > 20
    assert len({decision.target_quantity for decision in result.log.decisions}) > 10


def test_nothing_to_sample_is_nothing_checked() -> None:
    plan = evolve(make_plan(make_history([(100.0,)] * 3), [{}]), n_samples=0)

    assert run_backtest(plan).certificate == Certificate(0, 0, 0, None)


def test_histories_with_gaps_marks_and_detail_are_cut_without_a_difference() -> None:
    kept = np.ones(400, dtype=np.bool_)
    kept[100:120] = False
    bars = {symbol: series.where(kept) for symbol, series in HISTORY.bars.items()}
    gappy = evolve(HISTORY, bars=bars)

    assert run_backtest(trend_plan(gappy, parameters=QUICK, n_samples=50)).certificate.is_clean


def shifted(series: BarSeries, n_bars: int) -> BarSeries:
    return series.rows(n_bars, len(series))


def test_an_instrument_that_is_listed_later_is_certified_as_well() -> None:
    bars = {"BTCUSDT": HISTORY.bars["BTCUSDT"], "ETHUSDT": shifted(HISTORY.bars["ETHUSDT"], 200)}
    history = MarketHistory(bars=bars)

    assert run_backtest(trend_plan(history, parameters=QUICK, n_samples=60)).certificate.is_clean


def test_a_strategy_that_begins_to_look_late_is_judged_by_what_it_may_look_at() -> None:
    @define(eq=False)
    class LooksLate:
        """Looks its own present bar up, and only from the twentieth bar on."""

        history: MarketHistory
        lookback_bars: int = 1

        def on_bar(self, view: AsOfView) -> Signal | None:
            if view.n_bars < 20:
                return None
            close = float(self.history.bars[COIN].close[view.n_bars - 1])
            return long(stop=close / 100.0) if view.n_bars == 20 else None

    plan = make_plan(make_history([(100.0,)] * 30), [{}])
    plan = evolve(plan, strategies=(evolve(plan.strategies[0], make=LooksLate),), n_samples=4)
    # The moments of bars 5, 15, 22 and 28; the only decision is that of bar 20.
    certificate = run_backtest(evolve(plan, sample=lambda n, k: [0] if n == 1 else [4, 14, 21, 27][:k])).certificate

    assert certificate.first_difference is None
    assert certificate.matched == certificate.sampled >= 3
