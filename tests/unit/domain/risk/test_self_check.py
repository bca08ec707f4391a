"""A gate has to refuse the canned bad orders, each for its own reason, before trading is enabled."""

from decimal import Decimal
from typing import ClassVar, Final

import pytest
from typing_extensions import override

from domain.order import Side
from domain.risk.canned_orders import CannedOrder, canned_orders, good_order
from domain.risk.gate import CLAUSES, RiskGate
from domain.risk.self_check import NEEDED_OUTSIDE_RESEARCH, unexcused_orders, unrefused_orders
from domain.risk.snapshot import Environment, OrderIntent, RiskSnapshot
from domain.risk.trading_state import HoldCause
from domain.risk.verdict import Approved, Breach, RefusalReason, Refused
from tests.risk_cases import CAREFUL, UNLIMITED, reasons, with_limits

ALL_SET: Final = with_limits(
    CAREFUL,
    order__quantity_max={"ETHUSDT": Decimal(5)},
    order__price_age_max_s=60.0,
    position__notional_max={"XRPUSDT": Decimal(5_000)},
    position__strategy_leverage_max=Decimal(2),
    position__allow_short=False,
    account__net_leverage_max=Decimal(2),
    market__symbols=frozenset({"BTCUSDT", "ETHUSDT"}),
    market__account_age_max_s=10.0,
)
"""Everything that can be limited is."""


def is_off(key: str) -> object:
    """Return the value of a limit that limits nothing."""
    if key == "position.allow_short":
        return True
    return {} if key in {"order.quantity_max", "position.notional_max"} else None


NEEDED: Final = [
    order
    for order in canned_orders(ALL_SET)
    if len(order.needs) == 1 and (order.intent.terms.side is Side.BUY or order.needs == ("position.allow_short",))
]


def test_gates_of_careful_limits_and_of_all_of_them_refuse_every_one_that_is_limited() -> None:
    assert len(canned_orders(CAREFUL)) >= 10
    assert unrefused_orders(RiskGate(ALL_SET)) == ()
    assert unexcused_orders(RiskGate(CAREFUL), Environment.BACKTEST) == ()


def test_each_is_bad_in_its_own_way() -> None:
    names = [order.name for order in canned_orders(ALL_SET)]

    assert len(names) == len(set(names))


def test_there_is_one_for_every_clause() -> None:
    """By reason and limit, because one reason can belong to two clauses."""
    gate = RiskGate(ALL_SET)

    assert gate.clauses == CLAUSES
    refused = [gate.assess(order.intent, order.snapshot) for order in canned_orders(ALL_SET)]
    said = {
        (each.reason, each.subject) for verdict in refused if isinstance(verdict, Refused) for each in verdict.breaches
    }
    assert {(clause.reason, clause.subject) for clause in CLAUSES} <= said


def test_the_order_that_they_differ_from_is_a_good_one() -> None:
    intent, snapshot = good_order("BTCUSDT")

    assert reasons(ALL_SET, intent, snapshot) == set()


def test_where_everything_is_switched_off_only_research_starts() -> None:
    gate = RiskGate(UNLIMITED)
    unrefused = {order.reason for order in unrefused_orders(gate)}

    assert unrefused == {order.reason for order in canned_orders(UNLIMITED) if order.needs}
    assert unexcused_orders(gate, Environment.BACKTEST) == ()
    for elsewhere in (Environment.PAPER, Environment.TESTNET, Environment.LIVE):
        needed = {key for order in unexcused_orders(gate, elsewhere) for key in order.needs}
        assert needed == NEEDED_OUTSIDE_RESEARCH


@pytest.mark.parametrize("order", NEEDED, ids=[order.reason.value for order in NEEDED])
def test_one_limit_that_is_missing_is_found_and_excused_where_one_may_do_without(order: CannedOrder) -> None:
    (key,) = order.needs
    without = RiskGate(with_limits(ALL_SET, **{key.replace(".", "__"): is_off(key)}))

    assert {each.reason for each in unrefused_orders(without)} == {order.reason}
    assert unexcused_orders(without, Environment.BACKTEST) == ()
    found = {each.reason for each in unexcused_orders(without, Environment.LIVE)}
    assert found == ({order.reason} if key in NEEDED_OUTSIDE_RESEARCH else set())


@pytest.mark.parametrize(
    "place", range(len(CLAUSES)), ids=[f"{clause.reason.value}-{clause.control}" for clause in CLAUSES]
)
def test_a_clause_that_was_lost_is_found_in_every_environment(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.risk.gate.CLAUSES", CLAUSES[:place] + CLAUSES[place + 1 :])
    gate = RiskGate(ALL_SET)

    for environment in Environment:
        assert CLAUSES[place].reason in {order.reason for order in unexcused_orders(gate, environment)}


def test_a_limit_so_wide_that_it_limits_nothing_is_no_excuse() -> None:
    gate = RiskGate(with_limits(CAREFUL, order__notional_max=Decimal(10) ** 15))

    assert {order.reason for order in unexcused_orders(gate, Environment.BACKTEST)} == {RefusalReason.ORDER_NOTIONAL}


def test_an_allow_list_does_not_hide_anything() -> None:
    gate = RiskGate(with_limits(CAREFUL, market__symbols=frozenset({"ETHUSDT", "XRPUSDT"})))
    nothing = RiskGate(with_limits(CAREFUL, market__symbols=frozenset()))

    assert unexcused_orders(gate, Environment.BACKTEST) == unexcused_orders(nothing, Environment.BACKTEST) == ()


def test_the_order_while_halted_is_refused_as_a_halt_blocks_in_earnest() -> None:
    """By the code that the controller blocks with, which is that of the cause."""
    codes = {cause.value for cause in HoldCause}
    blocked = [order for order in canned_orders(CAREFUL) if codes & set(order.snapshot.account.blocks)]

    assert {order.reason for order in blocked} == {RefusalReason.DRAWDOWN_LIMIT}


class _OneSided(RiskGate):
    """A gate that judges one side and waves the other through."""

    blind_to: ClassVar = Side.SELL

    @override
    def assess(self, intent: OrderIntent, snapshot: RiskSnapshot) -> Approved | Refused:
        if intent.terms.side is self.blind_to:
            return Approved(intent.terms)
        return super().assess(intent, snapshot)


class _BlindToBuys(_OneSided):
    blind_to: ClassVar = Side.BUY


@pytest.mark.parametrize("blind", [_OneSided, _BlindToBuys])
def test_a_gate_that_is_blind_to_one_side_is_found_by_every_order_of_it(blind: type[_OneSided]) -> None:
    of_that_side = [order.name for order in canned_orders(ALL_SET) if order.intent.terms.side is blind.blind_to]

    assert len(of_that_side) == len(canned_orders(ALL_SET)) // 2 + (blind.blind_to is Side.SELL)
    assert [order.name for order in unexcused_orders(blind(ALL_SET), Environment.LIVE)] == of_that_side


class _Approving(RiskGate):
    """A gate that somebody took out of service."""

    @override
    def assess(self, intent: OrderIntent, snapshot: RiskSnapshot) -> Approved | Refused:  # not asked
        return Approved(intent.terms)


class _Refusing(RiskGate):
    """A gate that refuses everything, for no reason of its own."""

    @override
    def assess(self, intent: OrderIntent, snapshot: RiskSnapshot) -> Approved | Refused:  # not asked
        breach = Breach(RefusalReason.GATE_ERROR, "broken")
        return Refused(intent.terms, (breach.reason,), (breach,))


@pytest.mark.parametrize("broken", [_Approving, _Refusing])
def test_a_gate_that_does_not_judge_fails_with_every_order(broken: type[RiskGate]) -> None:
    unrefused = [order.name for order in unrefused_orders(broken(CAREFUL))]

    assert unrefused == [order.name for order in canned_orders(CAREFUL)]
