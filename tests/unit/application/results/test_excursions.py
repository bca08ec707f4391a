"""How far trades moved while they were held: a slow twin says the same, and the rule in worked examples."""

from collections.abc import Sequence
from decimal import Decimal
from math import inf
from typing import Any, Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.backtest import run_backtest
from application.market_history import MarketHistory
from application.results.excursions import Excursion, measure_excursions
from application.trading.records import ExitReason, RoundTrip
from domain.market import Bar, BarSeries
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE
from tests.plans import trend_plan
from tests.support import START_NS, SYMBOL, make_bar, make_bars, make_series
from tests.unit.application.results.run_logs import make_trade

LATENCY_NS = 100_000_000


def hour(number: int) -> int:
    """Return the instant so many hours after the start."""
    return START_NS + number * NS_PER_HOUR


def make_history(ranges: Sequence[tuple[float, float]], *, detail: BarSeries | None = None) -> MarketHistory:
    """Make hourly bars with these lows and highs, which open and close in the middle."""
    bars = [
        make_bar((low + high) / 2, low=low, high=high, opened_at_ns=hour(row)) for row, (low, high) in enumerate(ranges)
    ]
    return MarketHistory(bars={SYMBOL: make_series(bars)}, detail={} if detail is None else {SYMBOL: detail})


def trade_between(entered_at_ns: int, exited_at_ns: int | None, **changes: Any) -> RoundTrip:  # noqa: ANN401  # whatever a trade has
    trade = make_trade(entered_at_ns=entered_at_ns, exited_at_ns=exited_at_ns, entry_price="100", exit_price="100")
    return evolve(trade, **changes)


def excursion_of(trade: RoundTrip, history: MarketHistory) -> Excursion:
    (excursion,) = measure_excursions([trade], history)
    return excursion


def moved(trade: RoundTrip, history: MarketHistory) -> tuple[float, float]:
    excursion = excursion_of(trade, history)
    return excursion.adverse, excursion.favorable


# The rule, bar by bar


REPORTED_AT_THE_CLOSE: Final = (
    ExitReason.STOP,
    ExitReason.TARGET,
    ExitReason.LIQUIDATION,
    ExitReason.TRAILING_STOP,
    ExitReason.BREAKEVEN,
    ExitReason.TAKE_PROFIT,
)


def is_held_throughout(trade: RoundTrip, bar: Bar) -> bool:
    exited_at_ns = inf if trade.exited_at_ns is None else trade.exited_at_ns
    is_over_in_time = bar.closed_at_ns < exited_at_ns
    if trade.exit_reason not in REPORTED_AT_THE_CLOSE:
        is_over_in_time = bar.closed_at_ns <= exited_at_ns
    return trade.entered_at_ns < bar.closed_at_ns and is_over_in_time


def is_opened_while_held(trade: RoundTrip, bar: Bar) -> bool:
    return trade.entered_at_ns <= bar.opened_at_ns < (inf if trade.exited_at_ns is None else trade.exited_at_ns)


def slow_twin(trade: RoundTrip, bars: Sequence[Bar]) -> tuple[float, float]:
    """Return worst and best by looking at every bar."""
    prices = [float(trade.entry_price)]
    if trade.exited_at_ns is not None and trade.exit_price is not None:
        prices.append(float(trade.exit_price))
    for bar in bars:
        if is_held_throughout(trade, bar):
            prices += [bar.low, bar.high]
        elif is_opened_while_held(trade, bar):
            prices.append(bar.open)
    gains = [(price - float(trade.entry_price)) * trade.direction for price in prices]
    return min(gains), max(gains)


instants = st.integers(0, 16).map(lambda half_hours: START_NS + half_hours * NS_PER_HOUR // 2)
prices = st.integers(50, 150)


@st.composite
def trades(draw: st.DrawFn) -> RoundTrip:
    entered, exited = sorted((draw(instants), draw(instants)))
    is_open = draw(st.booleans())
    return trade_between(
        entered + draw(st.sampled_from([0, LATENCY_NS])),
        None if is_open else exited + LATENCY_NS * (1 + draw(st.integers(0, 1))) * draw(st.integers(0, 1)),
        direction=draw(st.sampled_from([1, -1])),
        entry_price=Decimal(draw(prices)),
        exit_price=None if is_open else Decimal(draw(prices)),
        exit_reason=None if is_open else draw(st.sampled_from(ExitReason)),
    )


@st.composite
def histories(draw: st.DrawFn) -> MarketHistory:
    ranges = draw(st.lists(st.tuples(prices, prices), min_size=1, max_size=7))
    history = make_history([(min(pair), max(pair)) for pair in ranges])
    missing = draw(st.sets(st.sampled_from(range(len(ranges))), max_size=len(ranges) - 1))
    kept = [bar for row, bar in enumerate(history.bars[SYMBOL].bars()) if row not in missing]
    return MarketHistory(bars={SYMBOL: make_series(kept)})


@given(several=st.lists(trades(), max_size=6), history=histories())
def test_a_loop_over_all_bars_says_the_same(several: list[RoundTrip], history: MarketHistory) -> None:
    bars = list(history.bars[SYMBOL].bars())

    found = measure_excursions(several, history)

    assert [(each.adverse, each.favorable) for each in found] == [slow_twin(trade, bars) for trade in several]


@given(trade=trades(), history=histories())
def test_nothing_is_won_or_lost_at_the_entry_so_the_worst_is_never_a_gain(
    trade: RoundTrip, history: MarketHistory
) -> None:
    worst, best = moved(trade, history)

    assert worst <= 0 <= best


@given(trade=trades(), history=histories())
def test_what_is_for_a_long_is_against_a_short(trade: RoundTrip, history: MarketHistory) -> None:
    worst, best = moved(trade, history)

    assert moved(evolve(trade, direction=-trade.direction), history) == (-best, -worst)


# Worked examples


def test_bars_before_the_entry_and_behind_the_exit_do_not_count() -> None:
    history = make_history([(1, 900), (90, 115), (95, 120), (1, 900)])

    # Held over the hours 1 and 2: lowest 90, highest 120, from 100.
    assert moved(trade_between(hour(1), hour(3)), history) == (-10, 20)


def test_an_order_that_arrives_a_moment_after_the_open_sees_the_whole_bar() -> None:
    history = make_history([(90, 115), (95, 120), (1, 900)])

    assert moved(trade_between(hour(0) + LATENCY_NS, hour(2)), history) == (-10, 20)


def test_of_the_bar_in_which_a_trade_is_closed_at_the_market_only_the_open_counts() -> None:
    # The third bar opens in the middle of 70 and 100, at 85, and the trade is closed a moment later.
    history = make_history([(90, 110), (95, 105), (70, 100)])

    assert moved(trade_between(hour(0), hour(2) + LATENCY_NS), history) == (-15, 10)


def test_of_the_bar_that_reaches_a_stop_only_the_open_and_the_exit_count() -> None:
    # The second bar went up to 130 and down to 60; the stop at 92 was reached, nobody knows in which sequence.
    history = make_history([(95, 110), (60, 130)])
    stopped = trade_between(hour(0), hour(2), exit_price=Decimal(92), exit_reason=ExitReason.STOP)

    assert moved(stopped, history) == (-8, 10)


def test_a_trade_that_is_stopped_in_the_bar_of_its_entry_moved_to_its_exit() -> None:
    history = make_history([(60, 130)])
    stopped = trade_between(hour(0) + 1, hour(1), exit_price=Decimal(92), exit_reason=ExitReason.STOP)

    assert moved(stopped, history) == (-8, 0)


def test_an_open_trade_is_held_to_the_end_of_the_history() -> None:
    history = make_history([(95, 105), (90, 107), (99, 130)])

    assert moved(trade_between(hour(1), None), history) == (-10, 30)


def test_where_finer_bars_cover_a_bar_they_decide() -> None:
    # Sixty minutes that stay between 99 and 101, except that the last one falls to 40 after the stop at minute 30.
    minutes = [
        make_bar(
            100,
            low=40.0 if minute == 59 else 99.0,
            high=101.0,
            opened_at_ns=hour(1) + minute * NS_PER_MINUTE,
            interval_ns=NS_PER_MINUTE,
        )
        for minute in range(60)
    ]
    history = make_history([(90, 110), (40, 101)], detail=make_series(minutes, interval_ns=NS_PER_MINUTE))
    exited_at_ns = hour(1) + 30 * NS_PER_MINUTE

    closed = trade_between(hour(1), exited_at_ns, exit_price=Decimal(99), exit_reason=ExitReason.STOP)

    assert moved(closed, history) == (-1, 1)


def test_fractions_are_of_the_entry_price() -> None:
    excursion = excursion_of(trade_between(hour(0), None, entry_price=Decimal(200)), make_history([(190, 250)]))

    # 10 of 200 against it, 50 of 200 for it.
    assert (excursion.adverse_fraction, excursion.favorable_fraction) == (-0.05, 0.25)


# The initial risk


def test_the_result_is_measured_in_the_risk_that_was_taken() -> None:
    trade = trade_between(
        hour(1) + LATENCY_NS,
        hour(2),
        quantity=Decimal(2),
        gross_pnl=Decimal(26),
        fees=Decimal(1),
        initial_risk=Decimal(10),
    )

    excursion = excursion_of(trade, make_history([(90, 110)] * 3))

    # 26 - 1 = 25 won, 5 × 2 = 10 risked.
    assert excursion.stop_distance == 5.0
    assert excursion.r_multiple == trade.r_multiple == 2.5


@pytest.mark.parametrize("risk", [None, Decimal(5)])
def test_without_a_stop_or_an_end_there_is_no_multiple(risk: Decimal | None) -> None:
    trade = trade_between(hour(0), hour(1) if risk is None else None, initial_risk=risk)

    assert excursion_of(trade, make_history([(90, 110)] * 2)).r_multiple is None


# A whole run


def test_every_trade_of_a_run_has_its_excursion() -> None:
    wave = [100 + 10 * abs((row % 40) - 20) / 10 + (row % 3) for row in range(400)]
    history = MarketHistory(bars={SYMBOL: make_bars(wave)})

    result = run_backtest(trend_plan(history))

    every = (*result.log.trades, *result.open_trades)
    assert len(every) > 5
    assert len(result.excursions) == len(every)
    for trade, excursion in zip(every, result.excursions, strict=True):
        assert excursion.stop_distance is not None
        if trade.exit_price is not None:
            gain = (float(trade.exit_price) - float(trade.entry_price)) * trade.direction
            assert excursion.adverse <= gain <= excursion.favorable
