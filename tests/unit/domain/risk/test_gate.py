"""Single verdicts of the risk gate: 10,000 of equity, orders up to 20,000, three times leverage, mark 100."""

from decimal import Decimal

import pytest

from domain.order import OrderTerms, Side
from domain.risk.policy import RiskPolicy, RiskSnapshot
from domain.risk.snapshot import worst_case_quantity
from domain.risk.verdict import Approved, RefusalReason, Refused
from tests.support import make_terms

POLICY = RiskPolicy(order_notional_max=Decimal(20_000), gross_leverage_max=Decimal(3))


def judge(
    terms: OrderTerms, *, equity: int = 10_000, others: int = 0, held: int = 0, buys: int = 0, sells: int = 0
) -> tuple[RefusalReason, ...]:
    account = RiskSnapshot(
        equity=Decimal(equity),
        other_notional=Decimal(others),
        held_quantity=Decimal(held),
        working_buys=Decimal(buys),
        working_sells=Decimal(sells),
        mark_price=Decimal(100),
    )
    verdict = POLICY.assess(terms, account)
    return () if isinstance(verdict, Approved) else verdict.reasons


def test_an_order_of_exactly_the_largest_notional_passes() -> None:
    # 200 × 100 = 20,000.
    assert judge(make_terms("200")) == ()
    assert judge(make_terms("200.001")) == (RefusalReason.ORDER_NOTIONAL,)


def test_an_order_is_valued_at_its_worst_price() -> None:
    # A buy limit at 101 or a buy stop at 101 can cost 200 × 101 = 20,200; one at 99 is still valued at the mark.
    assert judge(make_terms("200", price="101")) == (RefusalReason.ORDER_NOTIONAL,)
    assert judge(make_terms("200", trigger_price="101")) == (RefusalReason.ORDER_NOTIONAL,)
    assert judge(make_terms("201", price="99")) == (RefusalReason.ORDER_NOTIONAL,)


def test_leverage_counts_what_is_held_what_works_and_what_others_hold() -> None:
    # 3 × 10,000 = 30,000 = (100 held + 50 working + 100 new) × 100 + 5,000 of others.
    assert judge(make_terms("100"), others=5_000, held=100, buys=50) == ()
    assert judge(make_terms("100"), others=5_001, held=100, buys=50) == (RefusalReason.GROSS_LEVERAGE,)


def test_working_sells_do_not_make_room_for_buys() -> None:
    # The sells may never fill: 200 + 101 = 301 × 100 = 30,100.
    assert judge(make_terms("101"), held=200, sells=200) == (RefusalReason.GROSS_LEVERAGE,)


def test_what_makes_the_worst_case_no_worse_passes_beyond_the_limit() -> None:
    # 500 held is 50,000 of 30,000 allowed; selling 200 cannot add to that.
    assert judge(make_terms("200", Side.SELL), held=500) == ()
    assert judge(make_terms("1", Side.BUY), held=500) == (RefusalReason.GROSS_LEVERAGE,)


def test_the_opening_part_of_a_flip_counts_alone() -> None:
    # 100 long closed by a reduce-only order, then 200 short opened: 20,000, not (100 + 200) × 100 = 30,000.
    assert judge(make_terms("200", Side.SELL), equity=6_667, held=100) == ()
    # 3 × 6,666 = 19,998.
    assert judge(make_terms("200", Side.SELL), equity=6_666, held=100) == (RefusalReason.GROSS_LEVERAGE,)


@pytest.mark.parametrize("equity", [0, -10_000])
def test_nothing_opens_without_equity(equity: int) -> None:
    assert judge(make_terms("0.001"), equity=equity) == (RefusalReason.GROSS_LEVERAGE,)


def test_a_refusal_lists_every_reason_in_order() -> None:
    account = RiskSnapshot(
        equity=Decimal(1),
        other_notional=Decimal(0),
        held_quantity=Decimal(0),
        working_buys=Decimal(0),
        working_sells=Decimal(0),
        mark_price=Decimal(100),
        is_halted=True,
        is_suspended=True,
    )
    terms = make_terms("500")

    assert POLICY.assess(terms, account) == Refused(
        terms,
        (
            RefusalReason.HALTED,
            RefusalReason.SUSPENDED,
            RefusalReason.ORDER_NOTIONAL,
            RefusalReason.GROSS_LEVERAGE,
        ),
    )


@pytest.mark.parametrize(
    ("held", "buys", "sells", "worst"),
    [
        (0, 0, 0, 0),
        (5, 0, 0, 5),
        (-5, 0, 0, 5),
        (5, 3, 0, 8),
        (5, 0, 3, 5),  # selling 3 of 5 leaves at most the 5 that are there
        (5, 0, 9, 9),  # a reduce-only close may come first
        (-5, 3, 1, 6),
        (0, 4, 7, 7),
    ],
)
def test_the_worst_case_lets_orders_fill_in_any_sequence(held: int, buys: int, sells: int, worst: int) -> None:
    assert worst_case_quantity(Decimal(held), Decimal(buys), Decimal(sells)) == worst


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_limits_are_positive(limit: str) -> None:
    with pytest.raises(ValueError, match="order_notional_max"):
        RiskPolicy(order_notional_max=Decimal(limit), gross_leverage_max=Decimal(3))
    with pytest.raises(ValueError, match="gross_leverage_max"):
        RiskPolicy(order_notional_max=Decimal(1), gross_leverage_max=Decimal(limit))
