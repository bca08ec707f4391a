"""A gate has to refuse the canned bad orders, each for its own reason, before trading is enabled."""

from typing import Final

import pytest
from typing_extensions import override

from domain.risk.gate import RiskGate
from domain.risk.self_check import canned_orders, good_order, unrefused_orders
from domain.risk.snapshot import OrderIntent, RiskSnapshot
from domain.risk.verdict import Approved, Breach, RefusalReason, Refused
from tests.risk_cases import CAREFUL, UNLIMITED, reasons, with_limits

NEEDS_A_LIMIT: Final = {
    RefusalReason.ORDER_NOTIONAL: "order__notional_max",
    RefusalReason.PRICE_COLLAR: "order__price_collar",
    RefusalReason.INTENT_STALE: "order__intent_age_max_s",
    RefusalReason.DUPLICATE: "order__duplicate_window_s",
    RefusalReason.GROSS_LEVERAGE: "account__leverage_max",
}


def test_a_gate_of_careful_limits_refuses_them_all() -> None:
    assert len(canned_orders("BTCUSDT")) >= 10
    assert unrefused_orders(RiskGate(CAREFUL)) == ()


def test_the_order_that_they_differ_from_is_a_good_one() -> None:
    intent, snapshot = good_order("BTCUSDT")

    assert reasons(CAREFUL, intent, snapshot) == set()


def test_hopeless_limits_fail_where_a_limit_is_needed() -> None:
    assert {order.reason for order in unrefused_orders(RiskGate(UNLIMITED))} == set(NEEDS_A_LIMIT)


@pytest.mark.parametrize(("reason", "key"), NEEDS_A_LIMIT.items())
def test_one_limit_that_is_missing_is_found(reason: RefusalReason, key: str) -> None:
    without = RiskGate(with_limits(CAREFUL, **{key: None}))

    assert [order.reason for order in unrefused_orders(without)] == [reason]


def test_an_allow_list_does_not_hide_anything() -> None:
    gate = RiskGate(with_limits(CAREFUL, market__symbols=frozenset({"ETHUSDT", "XRPUSDT"})))

    assert unrefused_orders(gate) == ()
    assert unrefused_orders(RiskGate(with_limits(CAREFUL, market__symbols=frozenset()))) == ()


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

    assert unrefused == [order.name for order in canned_orders("BTCUSDT")]
