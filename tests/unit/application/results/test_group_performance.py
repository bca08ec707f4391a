"""Whatever trades are grouped by, the groups and what belongs to no trade are the net result, to the last digit."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from application.results.contributions import Contribution
from application.results.group_performance import (
    belonging_to_no_trade,
    net_by_strategy_and_regime,
    performance_by_opening,
    performance_by_strategy,
)
from application.results.result import RunResult
from application.trading.records import RunLog
from domain.allocation.scenario import NOTHING_KNOWN, Scenario
from domain.regime import MarketRegime, VolatilityState
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.support import START_NS
from tests.unit.adapters.run_documents.results import make_result, results
from tests.unit.application.results.run_logs import make_decision, make_regime_change, make_trade

BULL_LOW = Scenario(MarketRegime.BULL, VolatilityState.LOW)
BEAR_HIGH = Scenario(MarketRegime.BEAR, VolatilityState.HIGH)


def these(*values: object) -> tuple[object, ...]:
    """Put figures beside each other that are compared by value, whatever kind of number they are."""
    return values


def all_of(sums: Iterable[Contribution]) -> Fraction:
    return sum((Fraction(each.net_pnl) for each in sums), Fraction(0))


def by_both(result: RunResult) -> list[Contribution]:
    return [sums for by_regime in net_by_strategy_and_regime(result).values() for sums in by_regime.values()]


GROUPINGS: dict[str, Callable[[RunResult], list[Contribution]]] = {
    "strategy": lambda result: [each.sums for each in performance_by_strategy(result).values()],
    "scenario of the opening": lambda result: [each.sums for each in performance_by_opening(result).values()],
    "strategy and regime": by_both,
}


@pytest.mark.parametrize("grouping", GROUPINGS.values(), ids=GROUPINGS.keys())
@settings(max_examples=30)
@given(result=results(), at_ns=st.integers(START_NS, START_NS + NS_PER_DAY))
def test_groups_and_the_rest_are_the_net_result(
    grouping: Callable[[RunResult], list[Contribution]], result: RunResult, at_ns: int
) -> None:
    result.log.regime_changes.append(make_regime_change(at_ns=at_ns))
    together = all_of(grouping(result)) + Fraction(belonging_to_no_trade(result))

    assert together == Fraction(result.identity.net_result)


@given(result=results())
def test_every_trade_is_in_one_group_of_each_kind(result: RunResult) -> None:
    result.log.regime_changes.append(make_regime_change())
    counts = {name: sum(each.n_trades for each in grouping(result)) for name, grouping in GROUPINGS.items()}

    assert set(counts.values()) == {len(result.trades)}


def test_what_a_strategy_made_is_told_as_a_reader_would_work_it_out() -> None:
    # Nets 99 and −41: two trades, one won; 99 / 41; held 1 h and 3 h; of risks of 50 and 20: 1.98 and −2.05 R.
    first = make_trade("100", fees="1", initial_risk="50", exited_at_ns=START_NS + NS_PER_HOUR)
    second = make_trade(
        "-40",
        fees="1",
        initial_risk="20",
        entered_at_ns=START_NS + 2 * NS_PER_HOUR,
        exited_at_ns=START_NS + 5 * NS_PER_HOUR,
    )
    log = RunLog(trades=[first, second, make_trade("7", strategy="carry")])
    found = performance_by_strategy(evolve(make_result(log), end_ns=START_NS + 10 * NS_PER_HOUR))

    assert list(found) == ["carry", "trend"]
    trend = found["trend"]
    assert these(trend.sums.net_pnl, trend.closed.n_trades, trend.closed.n_wins) == (58, 2, 1)
    assert trend.closed.profit_factor == Decimal(99) / 41
    assert trend.mean_holding_ns == 2 * NS_PER_HOUR
    assert trend.mean_r == pytest.approx((1.98 - 2.05) / 2)
    # Four hours of ten.
    assert trend.time_in_market == pytest.approx(0.4)
    assert (found["carry"].mean_r, found["carry"].n_with_risk) == (None, 0)


def test_trades_at_the_same_time_are_in_the_market_once() -> None:
    hours = ((0, 4), (1, 2), (3, 6))
    trades = [
        make_trade(entered_at_ns=START_NS + start * NS_PER_HOUR, exited_at_ns=START_NS + end * NS_PER_HOUR)
        for start, end in hours
    ]
    open_trade = make_trade(entered_at_ns=START_NS + 8 * NS_PER_HOUR, exited_at_ns=None)
    result = evolve(make_result(RunLog(trades=trades), open_trades=[open_trade]), end_ns=START_NS + 10 * NS_PER_HOUR)

    # 0 to 6, and 8 to the end at 10.
    assert performance_by_strategy(result)["trend"].time_in_market == pytest.approx(0.8)


def test_an_open_trade_counts_with_what_it_has_realized_and_is_neither_won_nor_lost() -> None:
    result = make_result(RunLog(), open_trades=[make_trade("5", fees="1", exited_at_ns=None)])
    found = performance_by_strategy(result)["trend"]

    assert these(found.sums.n_trades, found.sums.net_pnl, found.closed.n_trades) == (1, 4, 0)
    assert (found.closed.win_rate, found.closed.profit_factor, found.mean_holding_ns) == (None, None, None)


def test_a_trade_belongs_to_the_market_in_which_it_was_decided_upon_not_that_in_which_it_was_filled() -> None:
    decided, changed, filled = START_NS, START_NS + NS_PER_HOUR, START_NS + NS_PER_HOUR + 1
    log = RunLog(
        decisions=[make_decision(at_ns=decided)],
        regime_changes=[
            make_regime_change(BULL_LOW.regime, BULL_LOW.volatility, at_ns=START_NS - 1),
            make_regime_change(BEAR_HIGH.regime, BEAR_HIGH.volatility, at_ns=changed),
        ],
        trades=[
            make_trade("1", entered_at_ns=filled),
            # Nobody decided to be short: where it began is all there is to go by.
            make_trade("2", direction=-1, entered_at_ns=filled),
            make_trade("4", symbol="ETHUSDT", entered_at_ns=filled),
        ],
    )

    found = {scenario: each.sums.net_pnl for scenario, each in performance_by_opening(make_result(log)).items()}

    assert found == {BULL_LOW: 1, BEAR_HIGH: 2, NOTHING_KNOWN: 4}


def test_without_regimes_there_are_no_groups_of_them() -> None:
    result = make_result(RunLog(trades=[make_trade("1")]))

    assert (performance_by_opening(result), net_by_strategy_and_regime(result)) == ({}, {})
