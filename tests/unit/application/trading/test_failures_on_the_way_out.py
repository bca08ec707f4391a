"""A strategy that fails while stops work, exits are planned, a market is suspended or others hold the opposite."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import pytest
from attrs import evolve

from application.backtest import BacktestPlan
from application.market_history import Suspension
from application.trading.records import ExitReason
from domain.exits import Breakeven, ExitPlan, FixedStop, PriceFraction, RiskMultiple, Rung, TrailingStop
from domain.time_units import NS_PER_HOUR
from tests.failing_strategies import WAYS, FailsAt
from tests.plans import FRICTIONLESS
from tests.unit.application.trading.pair_stage import SPOT, pair_plan
from tests.unit.application.trading.stage import (
    COIN,
    Played,
    Prices,
    Script,
    Scripted,
    at,
    d,
    long,
    make_history,
    make_plan,
    perform,
    short,
)

CALM: Final[list[Prices]] = [(100.0,)] * 10
THIN: Final[Prices] = (100.0, 100.0, 100.0, 100.0, 1.0)
ROW: Final = 3

PLANS: Final[Mapping[str, ExitPlan]] = {
    "trailing": ExitPlan(trailing=TrailingStop(distance=RiskMultiple(Decimal(1)))),
    "a first stop": ExitPlan(stop=FixedStop(fraction=Decimal("0.05"))),
    "breakeven": ExitPlan(breakeven=Breakeven(at=RiskMultiple(Decimal(1)))),
    "a ladder": ExitPlan(
        take_profit=(
            Rung(at=RiskMultiple(Decimal(1)), share=Decimal("0.5")),
            Rung(at=PriceFraction(Decimal("0.2")), share=Decimal("0.5")),
        )
    ),
    "a shortest holding": ExitPlan(holding_min_ns=8 * NS_PER_HOUR),
    "a longest holding": ExitPlan(holding_max_ns=NS_PER_HOUR * 9 // 2),
}


def failing(plan: BacktestPlan, lines: Script, *, row: int = ROW, way: str = "a value error") -> BacktestPlan:
    """Have the first strategy say these lines and fail at a bar."""
    make = lambda _: FailsAt(Scripted({COIN: lines}), COIN, row, WAYS[way])  # noqa: E731  # named by its place
    return evolve(plan, strategies=(evolve(plan.strategies[0], make=make), *plan.strategies[1:]))


def test_its_stop_stands_until_all_of_it_is_out() -> None:
    # A quarter of a unit can be taken per thin bar. Price falls through the stop at 95 while half of it is left.
    falls: Prices = (100.0, 100.0, 90.0, 90.0, 1_000.0)
    history = make_history([*CALM[:4], THIN, THIN, falls, *CALM[:3]])
    plan = make_plan(history, [{}], rules=evolve(FRICTIONLESS, taker_volume_share_max=Decimal("0.25")))
    played = perform(failing(plan, {1: long(stop=5.0)}))

    assert played.held("A") == (d("0"),)
    assert played.open_at_venue() == []
    sold = [(fill.price, fill.quantity) for fill in played.fills[1:]]
    assert sold[:2] == [(d("100"), d("0.25"))] * 2
    assert sum(quantity for _, quantity in sold) == 1
    assert [order.purpose for order in played.orders][:2] == ["open", "stop"]


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("way", ["a value error", "a text", "too long"])
def test_whatever_its_exit_plan_has_at_the_venue_is_taken_back_once_it_is_out(name: str, way: str) -> None:
    rows: list[Prices] = [(100.0,), (100.0,), (100.0,), (102.0,), (103.0,), (90.0,), (120.0,), (100.0,)]
    plan = failing(make_plan(make_history(rows), [{}, {2: long()}]), {1: long(stop=5.0), 5: long(stop=5.0)}, way=way)
    first = evolve(plan.strategies[0], exits=PLANS[name])
    played = perform(evolve(plan, strategies=(first, plan.strategies[1])))

    assert played.held("A", "B") == (d("0"), d("1"))
    assert played.open_at_venue() == []
    (trade,) = [trade for trade in played.trades if trade.strategy == "A"]
    # At the open of the bar after the one that it failed at, however long it was to be held.
    assert (trade.exit_reason, trade.exited_at_ns) == (ExitReason.FAILURE, at(ROW + 1))


@pytest.mark.parametrize("row", [2, 3, 4, 5])
def test_one_that_fails_around_a_suspension_is_out_and_stays_out(row: int) -> None:
    gap = Suspension(COIN, at(4), at(6), "no funding known")
    plan = make_plan(make_history(CALM, suspensions=(gap,)), [{}, {7: long()}])
    played = perform(failing(plan, {0: long(stop=5.0), 7: long()}, row=row))

    reason = ExitReason.FAILURE if row == 2 else ExitReason.SUSPENSION
    assert [(trade.strategy, trade.exit_reason) for trade in played.trades] == [("A", reason)]
    assert played.held("A", "B") == (d("0"), d("1"))
    assert played.open_at_venue() == []
    assert [failure.at_ns for failure in played.engine.log.failures] == [at(row + 1)]


def test_one_whose_stop_is_kept_inside_is_out_and_who_holds_the_opposite_stays() -> None:
    plan = make_plan(make_history(CALM), [{}, {1: short(stop=5.0)}])
    played = perform(failing(plan, {2: long(stop=5.0)}))

    assert played.held("A", "B") == (d("0"), d("-1"))
    assert {(trade.strategy, trade.exit_reason) for trade in played.trades} == {("A", ExitReason.FAILURE)}
    # The stop of the other is at the venue again.
    assert played.open_at_venue() == [("BUY", d("1"), d("105"))]


def test_what_holds_contract_and_coins_one_by_one_fails_in_the_one_and_goes_on_in_the_other() -> None:
    """A strategy of one instrument, in both: each has an instance of its own."""
    base = pair_plan(make_history({COIN: CALM, SPOT: CALM}), {}, others=[{}])
    lines = {COIN: {1: short()}, SPOT: {1: long(), 6: long()}}
    both = evolve(
        base.strategies[1],
        symbols=(COIN, SPOT),
        make=lambda _: FailsAt(Scripted(lines), COIN, ROW, WAYS["a value error"]),
    )
    played: Played = perform(evolve(base, strategies=(both,)))

    assert [(failure.symbol, failure.n_left) for failure in played.engine.log.failures] == [(COIN, 1)]
    assert played.share(both.name, COIN).held == 0
    assert played.share(both.name, SPOT).held == 1
