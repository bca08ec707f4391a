"""In which scenario money was made: the sum is the net result to the last digit, however often scenarios change."""

from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulated.rules import VenueRules
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import run_backtest
from application.market_history import MarketHistory
from application.results.result import RunResult
from application.results.scenario_history import scenario_histories
from application.results.scenario_results import ScenarioResults, scenario_results
from application.trading.records import RegimeChange, RunLog
from domain.allocation.scenario import NOTHING_KNOWN, Scenario
from domain.order import Side
from domain.regime import MarketRegime, VolatilityState
from domain.time_units import NS_PER_HOUR
from tests.plans import trend_plan
from tests.support import START_NS, SYMBOL, make_bars, make_fill
from tests.unit.adapters.run_documents.results import make_result, results
from tests.unit.application.results.run_logs import (
    make_identity,
    make_liquidation,
    make_payment,
    make_regime_change,
)

BULL_LOW: Final = Scenario(MarketRegime.BULL, VolatilityState.LOW)
BEAR_HIGH: Final = Scenario(MarketRegime.BEAR, VolatilityState.HIGH)
N_BARS: Final = 400


@cache
def real_run() -> tuple[RunResult, MarketHistory]:
    """A run on three instruments without mark prices of their own, with latency, spread, fees and funding."""
    history = evolve(generate(SyntheticMarket(n_bars=N_BARS), seed=3), marks={})
    return run_backtest(evolve(trend_plan(history, rules=VenueRules()), n_samples=0)), history


@st.composite
def changes_of_the_run(draw: st.DrawFn) -> list[RegimeChange]:
    result, history = real_run()
    rows = draw(st.lists(st.tuples(st.sampled_from(result.symbols), st.integers(0, N_BARS - 1)), min_size=1))
    return [
        make_regime_change(
            draw(st.sampled_from(MarketRegime)),
            draw(st.sampled_from(VolatilityState)),
            at_ns=int(history.bars[symbol].closed_at_ns[row]),
            symbol=symbol,
        )
        for symbol, row in rows
    ]


def judged(result: RunResult, changes: list[RegimeChange]) -> RunResult:
    return evolve(result, log=evolve(result.log, regime_changes=changes))


def together(found: ScenarioResults) -> Fraction:
    return sum((Fraction(each.net) for each in found.by_scenario.values()), Fraction(0)) + Fraction(found.rest)


@settings(max_examples=20)
@given(changes=changes_of_the_run())
def test_all_scenarios_of_a_real_run_are_its_net_result_and_nothing_is_left_over(changes: list[RegimeChange]) -> None:
    result, history = real_run()
    found = scenario_results(judged(result, changes), history.bars)

    assert len(result.trades) > 10
    assert found is not None
    assert found.rest == 0
    assert together(found) == Fraction(result.identity.net_result)
    assert sum(each.fees for each in found.by_scenario.values()) == result.identity.fees
    assert sum(each.funding for each in found.by_scenario.values()) == result.identity.funding


# Few, because the slow way goes through all executions for every bar.
@settings(max_examples=6)
@given(changes=changes_of_the_run())
def test_it_is_what_going_from_close_to_close_says(changes: list[RegimeChange]) -> None:
    result, history = real_run()
    found = scenario_results(judged(result, changes), history.bars)

    assert found is not None
    assert {key: Fraction(each.net) for key, each in found.by_scenario.items() if each.net} == bar_by_bar(
        judged(result, changes), history
    )


def bar_by_bar(result: RunResult, history: MarketHistory) -> dict[Scenario, Fraction]:
    """The slow and obvious way: what each bar made, given to the scenario that was known when it began."""
    made: dict[Scenario, Fraction] = {}
    for symbol, scenarios in scenario_histories(result).items():
        bars, before, value = history.bars[symbol], result.start_ns, Fraction(0)
        for row, closed_at_ns in enumerate(bars.closed_at_ns.tolist()):
            is_last = row == len(bars) - 1
            until = 2**63 if is_last else closed_at_ns
            now = cash_and_value(result.log, symbol, until, Decimal(repr(float(bars.close[row]))))
            scenario = scenarios.at(before)
            made[scenario] = made.get(scenario, Fraction(0)) + now - value
            before, value = closed_at_ns, now
    return {scenario: net for scenario, net in made.items() if net}


def cash_and_value(log: RunLog, symbol: str, until_ns: int, close: Decimal) -> Fraction:
    fills = [fill for fill in log.fills if fill.symbol == symbol and fill.executed_at_ns <= until_ns]
    paid = [each.payment for each in log.funding if each.symbol == symbol and each.at_ns <= until_ns]
    cash = sum(
        (-Fraction(fill.signed_quantity) * Fraction(fill.price) - Fraction(fill.fee) for fill in fills), Fraction(0)
    )
    held = sum((Fraction(fill.signed_quantity) for fill in fills), Fraction(0))
    return cash + sum(map(Fraction, paid), Fraction(0)) + held * Fraction(close)


@settings(max_examples=30)
@given(result=results())
def test_whatever_the_books_say_the_sum_and_the_rest_are_the_net_result(result: RunResult) -> None:
    result.log.regime_changes.append(make_regime_change(at_ns=START_NS + NS_PER_HOUR))
    prices = {symbol: make_bars([100.0, 110.0], symbol=symbol) for symbol in ("BTCUSDT", "ETHUSDT")}
    found = scenario_results(result, prices)

    assert found is not None
    assert together(found) == Fraction(result.identity.net_result)


def these(*values: object) -> tuple[object, ...]:
    """Put figures beside each other that are compared by value, whatever kind of number they are."""
    return values


def example() -> RunResult:
    """Bull from the close of bar 1 to that of bar 3, bear until the end at bar 5; closes 100, 110, 120, 90, 80.

    Two bought at 105 in bar 2 for a fee of 1, one sold at 95 in bar 4; 3 received in bar 4; one left at 80.
    """
    bars_ns = [START_NS + bar * NS_PER_HOUR for bar in range(6)]
    log = RunLog(
        fills=[
            make_fill("2", "t-1", price="105", fee="1", executed_at_ns=bars_ns[1] + 1),
            make_fill("1", "t-2", side=Side.SELL, price="95", fee="0.5", executed_at_ns=bars_ns[3] + 1),
        ],
        funding=[make_payment("3", at_ns=bars_ns[3] + 2)],
        regime_changes=[
            make_regime_change(BULL_LOW.regime, BULL_LOW.volatility, at_ns=bars_ns[1]),
            make_regime_change(BEAR_HIGH.regime, BEAR_HIGH.volatility, at_ns=bars_ns[3]),
        ],
    )
    # 2 × −105 + 95 + 80 = −35; fees 1.5; funding 3.
    identity = make_identity(end_equity="966.5", trading_pnl="-35", fees="1.5", funding="3")
    return evolve(make_result(log, identity=identity), symbols=(SYMBOL,), start_ns=bars_ns[0], end_ns=bars_ns[5])


PRICES: Final = {SYMBOL: make_bars([100.0, 110.0, 120.0, 90.0, 80.0])}


def test_an_example_by_hand() -> None:
    found = scenario_results(example(), PRICES)

    assert found is not None
    assert list(found.by_scenario) == [BULL_LOW, BEAR_HIGH, NOTHING_KNOWN]
    bull, bear = found.by_scenario[BULL_LOW], found.by_scenario[BEAR_HIGH]
    # Bought two at 105, worth 120 at the close of bar 3.
    assert these(bull.price_pnl, bull.fees, bull.funding, bull.net) == (30, 1, 0, 29)
    # From two at 120: one sold at 95, one left at 80: −25 − 40.
    assert these(bear.price_pnl, bear.fees, bear.funding, bear.net) == (-65, Decimal("0.5"), 3, Decimal("-62.5"))
    assert these(found.by_scenario[NOTHING_KNOWN].net, found.rest) == (0, 0)
    assert bull.time_in_market == pytest.approx(1.0)
    assert found.by_scenario[NOTHING_KNOWN].time_in_market == 0


def test_a_mark_beside_the_last_close_is_left_over_and_not_hidden() -> None:
    found = scenario_results(evolve(example(), identity=make_identity(end_equity="970")), PRICES)

    # Books that say −30 where executions and closes say −33.5.
    assert found is not None
    assert found.rest == Decimal("3.5")


def test_a_liquidation_counts_where_it_happened() -> None:
    result = example()
    closed = make_liquidation("1", price="70", fee="0.25", liquidation_fee="2", insurance="1.5")
    report = evolve(closed, fill=evolve(closed.fill, executed_at_ns=START_NS + 4 * NS_PER_HOUR + 1))
    result.log.liquidations.append(report)
    found = scenario_results(result, PRICES)

    assert found is not None
    bear = found.by_scenario[BEAR_HIGH]
    # From two at 120: sold at 95 and at 70.
    assert these(bear.price_pnl, bear.fees, bear.liquidation) == (-75, Decimal("0.75"), Decimal("-0.5"))


def test_without_prices_or_regimes_nothing_is_said() -> None:
    assert scenario_results(example(), {}) is None
    assert scenario_results(evolve(example(), log=RunLog(fills=example().log.fills)), PRICES) is None
