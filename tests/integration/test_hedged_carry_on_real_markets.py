"""Bitcoin held against its perpetual by the strategy itself, on the hourly bars of both markets and real funding."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from attrs import evolve, frozen

from application.backtest import BacktestPlan, run_backtest
from application.results.result import RunResult
from application.trading.records import ExitReason
from domain.strategies.funding_arbitrage import FundingArbitrageParameters
from domain.time_units import to_ns
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.container import plan_backtest

EXAMPLE: Final = Path(__file__).resolve().parents[2] / "examples/carry-with-spot-1h.yaml"
CONTRACT: Final = "BTCUSDT"
SPOT: Final = "BTCUSDT-SPOT"
# Hourly bars of spot begin here, so that this is where the run does.
BEGAN: Final = datetime(2021, 4, 4, 20, tzinfo=UTC)


@frozen
class Runs:
    """The example, and the same settings without the coins."""

    plan: BacktestPlan
    hedged: RunResult
    directional: RunResult


def without_coins(configuration: RunConfiguration) -> RunConfiguration:
    (carry,), data = configuration.strategies, configuration.data
    assert data is not None
    assert isinstance(carry.parameters, FundingArbitrageParameters)
    return evolve(
        configuration,
        data=evolve(data, symbols={CONTRACT: data.symbols[CONTRACT]}, start=BEGAN),
        instruments={},
        strategies=(evolve(carry, symbols=(CONTRACT,), parameters=evolve(carry.parameters, hedge=None)),),
    )


@pytest.fixture(scope="module")
def runs(shared_data: Path) -> Runs:
    configuration, source = load_configuration(EXAMPLE, {**os.environ, "AUTOTRADING_SHARED_DATA": str(shared_data)})
    plan = plan_backtest(configuration, source)
    directional = plan_backtest(without_coins(configuration), source)
    return Runs(plan, run_backtest(plan), run_backtest(directional))


def test_two_stretches_of_carry_earn_the_funding_less_the_fees(runs: Runs) -> None:
    result = runs.hedged
    identity, trades = result.identity, result.log.trades

    assert result.start_ns == to_ns(BEGAN)
    # In April 2021 at 57,000, half the equity of a million: 8.925 coins; in August at 40,600: 12.317.
    assert [(each.symbol, each.direction, str(each.quantity)) for each in trades] == [
        (CONTRACT, -1, "8.925"),
        (SPOT, 1, "8.925"),
        (CONTRACT, -1, "12.317"),
        (SPOT, 1, "12.317"),
    ]
    assert {each.exit_reason for each in trades} == {ExitReason.SIGNAL}
    # Contracts moved by 280,924 and coins by -280,960; the basis of about a million twice is the 36 of difference.
    assert identity.trading_pnl == Decimal("-36.14028")
    # 874 at 0.05 % of contracts, 1,748 at 0.1 % of coins: 0.15 % of 874,000 in and 876,000 out.
    assert round(identity.fees, 2) == Decimal("2622.62")
    assert round(identity.funding, 2) == Decimal("80796.30")
    assert identity.difference == 0
    assert result.certificate.is_clean


def test_funding_is_what_the_quantity_held_was_paid_at_each_settlement(runs: Runs) -> None:
    bars = runs.plan.history.bars[CONTRACT]
    total = 0.0
    for event in runs.plan.history.funding[CONTRACT]:
        held = sum(
            float(fill.signed_quantity)
            for fill in runs.hedged.log.fills
            if fill.symbol == CONTRACT and fill.executed_at_ns < event.settled_at_ns
        )
        # No marks were given: the last price is the mark.
        row = int(np.searchsorted(bars.closed_at_ns, event.settled_at_ns, side="right")) - 1
        total -= held * float(bars.close[row]) * float(event.rate)

    assert float(runs.hedged.identity.funding) == pytest.approx(total, rel=1e-9)


def test_no_leg_ever_stood_alone_and_nothing_was_refused(runs: Runs) -> None:
    log = runs.hedged.log
    assert (log.unhedged, log.refusals, log.liquidations) == ([], [], [])
    orders = {(each.at_ns, each.terms.symbol): each.terms.quantity for each in log.orders}
    instants = {at_ns for at_ns, _ in orders}
    assert all(orders[at_ns, CONTRACT] == orders[at_ns, SPOT] for at_ns in instants)


def test_what_daily_risk_lets_stand_alone_is_the_step_and_not_the_pair(runs: Runs) -> None:
    steps = [each for each in runs.hedged.log.decisions if each.symbol == CONTRACT and each.target_quantity]
    # April: a quarter of equity at a time, as configured. August: 2 % of equity a day is less, and binds.
    assert [(each.bound_by, str(each.target_quantity)) for each in steps] == [
        ("unhedged", "-4.467"),
        ("unhedged", "-8.849"),
        ("rule", "-8.925"),
        ("var_budget", "-5.760"),
        ("var_budget", "-11.728"),
        ("rule", "-12.317"),
    ]


def test_coins_take_the_price_out_of_it(runs: Runs) -> None:
    hedged, directional = runs.hedged.performance, runs.directional.performance

    # The same settings on the perpetual alone lived by their stops: 474 of funding, 16,877 of luck with the price.
    assert runs.directional.identity.funding < Decimal(1_000)
    assert runs.directional.identity.trading_pnl > 30 * runs.directional.identity.funding
    assert hedged.max_drawdown.depth < 0.006
    assert directional.max_drawdown.depth > 5 * hedged.max_drawdown.depth
    assert hedged.sharpe_ratio > 10 * directional.sharpe_ratio
    reasons = {each.signal.reason.partition(":")[0] for each in runs.directional.log.decisions}
    assert "directional carry" in reasons
