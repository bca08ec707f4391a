"""The tour of risk control on real hours: every level, and every code of a refusal where a run on bars can reach it.

What such a run cannot reach (another clock, unknown orders, a venue that does not answer) is in the table as well, with
the place where it is reached.
"""

import os
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve, frozen

from application.backtest import run_backtest
from application.results.result import RunResult
from application.results.risk_summary import risk_summary
from application.results.standstill import standstill
from application.trading.records import RunLog
from domain.position_sizer import Constraint
from domain.risk.canned_orders import canned_orders, good_order
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.gate import RiskGate
from domain.risk.loss_limits import LossRule
from domain.risk.trading_state import HoldCause, TradingState
from domain.risk.verdict import RefusalReason, Refused
from entrypoints.configuration.loading import load_configuration
from entrypoints.container import plan_backtest
from tests.risk import only_limits

ROOT: Final = Path(__file__).resolve().parents[2]
UNIT_TESTS: Final = ROOT / "tests" / "unit"

FIRST: Final = "risk-tour"
ORDERS: Final = "risk-tour-orders"
ISOLATED: Final = "risk-tour-isolated"
TOURS: Final = (FIRST, ORDERS, ISOLATED)
SELF_CHECK: Final = "self-check"
AS_A_BLOCK: Final = "as a block"
EVERY_GATE: Final = "domain/risk/test_what_every_gate_refuses.py"
EDGES: Final = "domain/risk/limit_edges.py"

REACHED: Final = {
    RefusalReason.ORDER_NOTIONAL: FIRST,
    RefusalReason.ORDER_QUANTITY: FIRST,
    RefusalReason.PRICE_COLLAR: ORDERS,
    RefusalReason.KNOWN_INTENT: SELF_CHECK,
    RefusalReason.DUPLICATE: SELF_CHECK,
    RefusalReason.INTENT_STALE: SELF_CHECK,
    RefusalReason.EXPIRED: EVERY_GATE,
    RefusalReason.SELF_TRADE: SELF_CHECK,
    RefusalReason.ENVIRONMENT: SELF_CHECK,
    RefusalReason.POSITION_NOTIONAL: FIRST,
    RefusalReason.CONCENTRATION: FIRST,
    RefusalReason.CORRELATED: FIRST,
    RefusalReason.STRATEGY_LEVERAGE: FIRST,
    RefusalReason.SHORT_NOT_ALLOWED: ORDERS,
    RefusalReason.UNKNOWN_ORDER: SELF_CHECK,
    RefusalReason.GROSS_LEVERAGE: FIRST,
    RefusalReason.NET_LEVERAGE: FIRST,
    RefusalReason.MARGIN_RATIO: FIRST,
    RefusalReason.LIQUIDATION_DISTANCE: ISOLATED,
    RefusalReason.LIQUIDATION_PROBABILITY: FIRST,
    RefusalReason.VAR_DAILY: FIRST,
    RefusalReason.CVAR_DAILY: FIRST,
    RefusalReason.CAPITAL_AT_RISK: "domain/risk/test_each_limit.py",  # the sizer lets no order come so far
    RefusalReason.INSUFFICIENT_BALANCE: SELF_CHECK,
    RefusalReason.NO_EQUITY: SELF_CHECK,
    RefusalReason.ACCOUNT_UNKNOWN: SELF_CHECK,
    RefusalReason.OPEN_ORDERS: ORDERS,
    RefusalReason.UNKNOWN_ORDERS: EDGES,
    RefusalReason.HALTED: AS_A_BLOCK,
    RefusalReason.REDUCING: AS_A_BLOCK,
    RefusalReason.DAILY_LOSS: FIRST,
    RefusalReason.WEEKLY_LOSS: FIRST,
    RefusalReason.DRAWDOWN: FIRST,
    RefusalReason.DRAWDOWN_LIMIT: FIRST,
    RefusalReason.LOSING_DAYS: FIRST,
    RefusalReason.LOSING_TRADES: FIRST,
    RefusalReason.STALE_DATA: AS_A_BLOCK,
    RefusalReason.VENUE_UNAVAILABLE: AS_A_BLOCK,
    RefusalReason.RECONCILING: AS_A_BLOCK,
    RefusalReason.INVARIANT_BROKEN: AS_A_BLOCK,
    RefusalReason.SELF_CHECK_FAILED: AS_A_BLOCK,
    RefusalReason.OPERATOR: AS_A_BLOCK,
    RefusalReason.KILL_SWITCH: AS_A_BLOCK,
    RefusalReason.BLOCKED: EVERY_GATE,
    RefusalReason.MESSAGES_PER_SECOND: ORDERS,
    RefusalReason.MESSAGES_PER_10_SECONDS: ORDERS,
    RefusalReason.MESSAGES_PER_MINUTE: ORDERS,
    RefusalReason.ORDERS_PER_FILL: ORDERS,
    RefusalReason.ENTRIES_PER_HOUR: ORDERS,
    RefusalReason.STRATEGY_STOPPED: ORDERS,
    RefusalReason.UNKNOWN_INSTRUMENT: SELF_CHECK,
    RefusalReason.SYMBOL_NOT_ALLOWED: ORDERS,
    RefusalReason.SUSPENDED: ORDERS,
    RefusalReason.POSITION_MODE: SELF_CHECK,
    RefusalReason.NO_PRICE: SELF_CHECK,
    RefusalReason.PRICE_STALE: EDGES,
    RefusalReason.ACCOUNT_STALE: EDGES,
    RefusalReason.CLOCK_OFFSET: EDGES,
    RefusalReason.VENUE_QUANTITY: "domain/risk/test_what_every_gate_refuses.py",
    RefusalReason.VENUE_PRICE: SELF_CHECK,
    RefusalReason.BELOW_MINIMUM: EVERY_GATE,
    RefusalReason.LEVERAGE_BRACKET: EVERY_GATE,
    RefusalReason.GIVEN_UP: FIRST,
    RefusalReason.GATE_ERROR: "domain/risk/test_verdicts.py",
}
"""Where each code of a refusal is reached: a tour, the self-check, or a file of unit tests."""

BOUND: Final = {
    FIRST: {
        Constraint.RULE,
        Constraint.KELLY,
        Constraint.VAR_BUDGET,
        Constraint.LIQUIDATION_SAFETY,
        Constraint.CONCENTRATION,
        Constraint.CORRELATED,
        Constraint.STRATEGY_LEVERAGE,
        Constraint.ORDER_NOTIONAL,
        Constraint.ORDER_QUANTITY,
        Constraint.VENUE_MINIMUM,
        Constraint.ESTIMATE_MISSING,
        Constraint.BLOCKED,
    },
    ORDERS: {Constraint.RULE, Constraint.SHORT_NOT_ALLOWED, Constraint.VENUE_MAXIMUM},
    ISOLATED: {
        Constraint.RULE,
        Constraint.CONCENTRATION,
        Constraint.LIQUIDATION_SAFETY,
        Constraint.ESTIMATE_MISSING,
        Constraint.BLOCKED,
    },
}
"""What bound sizes in each tour."""


@frozen
class Tour:
    """All runs, by their names."""

    runs: dict[str, RunResult]

    def codes(self, name: str) -> set[str]:
        """Return the codes of what a tour refused, by the gate, the sizer or netting."""
        return {reason for refusal in self.runs[name].log.refusals for reason in refusal.reasons}

    def bound(self, name: str) -> set[str]:
        """Return what bound the sizes of a tour's entries."""
        return {binding.constraint for binding in risk_summary(self.runs[name]).bindings}


@pytest.fixture(scope="module")
def tour(shared_data: Path) -> Tour:
    environment = {**os.environ, "AUTOTRADING_SHARED_DATA": str(shared_data)}
    runs = {}
    for name in TOURS:
        configuration, source = load_configuration(ROOT / "examples" / f"{name}.yaml", environment)
        runs[name] = run_backtest(plan_backtest(configuration, source))
    return Tour(runs)


def test_every_code_has_its_place_and_none_is_forgotten() -> None:
    assert set(REACHED) == set(RefusalReason)


@pytest.mark.parametrize("name", TOURS)
def test_a_tour_refuses_for_everything_that_it_is_said_to(tour: Tour, name: str) -> None:
    wanted = {reason.value for reason, place in REACHED.items() if place == name}

    assert wanted - tour.codes(name) == set()


@pytest.mark.parametrize("name", TOURS)
def test_what_bound_sizes_is_what_it_is_said_to_be(tour: Tour, name: str) -> None:
    assert tour.bound(name) == {constraint.value for constraint in BOUND[name]}


def test_the_account_falls_through_every_level_and_is_halted_with_nothing_held(tour: Tour) -> None:
    result = tour.runs[FIRST]
    levels = [change.after for change in result.log.level_changes]
    summary, use = risk_summary(result), result.risk_use

    assert levels[0] is DrawdownLevel.MILD
    assert levels[-3:] == [DrawdownLevel.MODERATE, DrawdownLevel.SEVERE, DrawdownLevel.LIMIT]
    # It also came back: levels are left, by the hysteresis.
    assert DrawdownLevel.NONE in levels
    assert summary.last_state is TradingState.HALTED
    assert set(summary.n_breaches) == set(LossRule)
    assert result.open_trades == ()
    assert use is not None
    assert use.gross_notional == 0


def test_half_is_closed_at_severe_and_the_rest_at_the_limit(tour: Tour) -> None:
    log = tour.runs[FIRST].log
    *_, severe, limit = log.level_changes

    # 6.426 ETHUSDT and 2,409.0 XRPUSDT are held, and 0.465 BTCUSDT, whose rest a signal closes in between.
    severe_half, rest = closed_at(log, severe.changed_at_ns), closed_at(log, limit.changed_at_ns)
    assert severe_half["ETHUSDT"] == Decimal("3.213")
    assert rest == {"ETHUSDT": Decimal("3.213"), "XRPUSDT": Decimal("1204.5")}


def closed_at(log: RunLog, at_ns: int) -> dict[str, Decimal]:
    """Return the quantities of orders that close at an instant, by symbol."""
    return {
        order.terms.symbol: order.terms.quantity
        for order in log.orders
        if order.at_ns == at_ns and order.purpose == "close"
    }


def test_nothing_is_opened_after_the_halt_and_only_a_person_would_end_it(tour: Tour) -> None:
    result = tour.runs[FIRST]
    halted_at_ns = next(change.at_ns for change in result.log.state_changes if change.after is TradingState.HALTED)
    holds = standstill(result)

    assert [order for order in result.log.orders if order.purpose == "open" and order.at_ns >= halted_at_ns] == []
    # What is closed at the limit is the sixteenth loss in a row.
    assert [hold.cause for hold in holds] == [HoldCause.DRAWDOWN_LIMIT, HoldCause.LOSING_TRADES]
    assert halted_at_ns == holds[0].since_ns < holds[1].since_ns


@pytest.mark.parametrize("name", TOURS)
def test_books_and_look_ahead_are_in_order_all_the_same(tour: Tour, name: str) -> None:
    result = tour.runs[name]

    assert result.identity.difference == 0
    assert result.certificate.is_clean


def test_the_self_check_reaches_what_it_is_said_to() -> None:
    wanted = {reason for reason, place in REACHED.items() if place == SELF_CHECK}

    assert wanted <= {order.reason for order in canned_orders(only_limits(10**9, 10).limits)}


@pytest.mark.parametrize("reason", [reason for reason, place in REACHED.items() if place == AS_A_BLOCK])
def test_a_block_refuses_by_its_own_code(reason: RefusalReason) -> None:
    gate = RiskGate(only_limits(10**9, 10).limits)
    intent, snapshot = good_order("BTCUSDT")

    verdict = gate.assess(intent, evolve(snapshot, account=evolve(snapshot.account, blocks=(reason.value,))))

    assert isinstance(verdict, Refused)
    assert verdict.reasons == (reason,)


def test_whatever_can_hold_trading_back_has_a_code_of_its_own() -> None:
    assert {cause.value for cause in HoldCause} <= {reason.value for reason in RefusalReason}


@pytest.mark.parametrize("reason", [reason for reason, place in REACHED.items() if place.endswith(".py")])
def test_unit_tests_are_where_the_table_says(reason: RefusalReason) -> None:
    text = (UNIT_TESTS / REACHED[reason]).read_text(encoding="utf-8")

    assert reason.name in text or reason.value in text
