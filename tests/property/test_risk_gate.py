"""Laws of the risk gate: the way out is open, limits hold, stricter is never laxer, and no number breaks it."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.order import OrderTerms, PositionSide, Side
from domain.risk.policy import RiskPolicy, RiskSnapshot
from domain.risk.snapshot import worst_case_quantity
from domain.risk.verdict import Approved, RefusalReason, Refused
from tests.support import make_terms

LOT = Decimal("0.001")
POLICY = RiskPolicy(order_notional_max=Decimal(50_000), gross_leverage_max=Decimal(3))

quantities = st.integers(1, 10_000).map(lambda count: count * LOT)
working = st.integers(0, 10_000).map(lambda count: count * LOT)
held_quantities = st.integers(-10_000, 10_000).map(lambda count: count * LOT)
prices = st.integers(1, 10_000_000).map(lambda count: count * Decimal("0.01"))
cash = st.integers(-(10**9), 10**9).map(lambda count: count * Decimal("0.01"))
limits = st.integers(1, 10**7).map(lambda count: count * Decimal("0.01"))
sides = st.sampled_from(Side)

policies = st.builds(RiskPolicy, order_notional_max=limits, gross_leverage_max=limits)
snapshots = st.builds(
    RiskSnapshot,
    equity=cash,
    other_notional=working.map(lambda quantity: quantity * 1_000),
    held_quantity=held_quantities,
    working_buys=working,
    working_sells=working,
    mark_price=st.none() | prices,
    is_halted=st.booleans(),
    is_suspended=st.booleans(),
)
opening_terms = st.one_of(
    st.builds(make_terms, quantities, sides),
    st.builds(lambda quantity, side, price: make_terms(quantity, side, price=str(price)), quantities, sides, prices),
    st.builds(
        lambda quantity, side, price: make_terms(quantity, side, trigger_price=str(price)), quantities, sides, prices
    ),
)
closing_terms = st.one_of(
    st.builds(lambda quantity, side: make_terms(quantity, side, reduce_only=True), quantities, sides),
    st.builds(
        lambda quantity, side, price: make_terms(quantity, side, price=str(price), reduce_only=True),
        quantities,
        sides,
        prices,
    ),
    st.builds(lambda side, price: make_terms("0", side, trigger_price=str(price), close_position=True), sides, prices),
)

not_numbers = st.sampled_from([Decimal("NaN"), Decimal("-NaN"), Decimal("sNaN"), Decimal("Infinity")])
weird_numbers = not_numbers | st.sampled_from(
    [Decimal("-Infinity"), Decimal(0), Decimal("-0"), Decimal(-1), Decimal("1E+999999"), Decimal("1E-999999")]
)
FIELDS = ("equity", "other_notional", "held_quantity", "working_buys", "working_sells", "mark_price")


def reasons(policy: RiskPolicy, terms: OrderTerms, account: RiskSnapshot) -> set[RefusalReason]:
    """Return why an order is refused; nothing if it is approved."""
    verdict = policy.assess(terms, account)
    return set() if isinstance(verdict, Approved) else set(verdict.reasons)


def broken_at(account: RiskSnapshot, name: str, value: Decimal) -> RiskSnapshot:
    """Return the same account with one number replaced."""
    change: dict[str, Any] = {name: value}
    return evolve(account, **change)


def make_snapshot(
    *, equity: str = "10000", held: str = "0", mark_price: str = "100", is_halted: bool = False
) -> RiskSnapshot:
    return RiskSnapshot(
        equity=Decimal(equity),
        other_notional=Decimal(0),
        held_quantity=Decimal(held),
        working_buys=Decimal(0),
        working_sells=Decimal(0),
        mark_price=Decimal(mark_price),
        is_halted=is_halted,
    )


@given(policy=policies, terms=closing_terms, account=snapshots)
def test_the_way_out_is_always_open(policy: RiskPolicy, terms: OrderTerms, account: RiskSnapshot) -> None:
    assert policy.assess(terms, account) == Approved(terms)


@given(terms=closing_terms, account=snapshots, broken=st.sampled_from(FIELDS), value=weird_numbers)
def test_the_way_out_is_open_even_when_the_account_cannot_be_valued(
    terms: OrderTerms, account: RiskSnapshot, broken: str, value: Decimal
) -> None:
    assert POLICY.assess(terms, broken_at(account, broken, value)) == Approved(terms)


@pytest.mark.parametrize(
    ("side", "position_side"), [(Side.SELL, PositionSide.LONG), (Side.BUY, PositionSide.SHORT)], ids=["long", "short"]
)
def test_in_hedge_mode_the_way_out_is_the_order_against_its_own_side(side: Side, position_side: PositionSide) -> None:
    # Hedge mode has no reduce-only flag: selling the long side can only reduce it.
    terms = make_terms("1", side, position_side=position_side)

    assert POLICY.assess(terms, make_snapshot(is_halted=True)) == Approved(terms)


@given(policy=policies, terms=opening_terms, account=snapshots)
def test_a_refusal_says_why_and_carries_the_order(policy: RiskPolicy, terms: OrderTerms, account: RiskSnapshot) -> None:
    verdict = policy.assess(terms, account)

    assert verdict.terms == terms
    if isinstance(verdict, Refused):
        assert verdict.reasons
        assert len(set(verdict.reasons)) == len(verdict.reasons)


@given(terms=opening_terms, account=snapshots)
def test_nothing_opens_while_halted_or_suspended_or_without_a_price(terms: OrderTerms, account: RiskSnapshot) -> None:
    found = reasons(POLICY, terms, account)

    assert (RefusalReason.HALTED in found) == account.is_halted
    assert (RefusalReason.SUSPENDED in found) == account.is_suspended
    assert (RefusalReason.NO_PRICE in found) == (account.mark_price is None)


@given(policy=policies, tighter=st.tuples(limits, limits), terms=opening_terms, account=snapshots)
def test_a_stricter_policy_never_approves_what_a_looser_one_refused(
    policy: RiskPolicy, tighter: tuple[Decimal, Decimal], terms: OrderTerms, account: RiskSnapshot
) -> None:
    strict = RiskPolicy(
        order_notional_max=min(policy.order_notional_max, tighter[0]),
        gross_leverage_max=min(policy.gross_leverage_max, tighter[1]),
    )
    assert reasons(policy, terms, account) <= reasons(strict, terms, account)


@given(policy=policies, terms=opening_terms, account=snapshots, more=working)
def test_a_smaller_order_a_richer_account_and_less_of_the_rest_are_never_worse(
    policy: RiskPolicy, terms: OrderTerms, account: RiskSnapshot, more: Decimal
) -> None:
    found = reasons(policy, terms, account)

    assert found <= reasons(policy, evolve(terms, quantity=terms.quantity + more), account)
    assert found <= reasons(policy, terms, evolve(account, other_notional=account.other_notional + more))
    assert found >= reasons(policy, terms, evolve(account, equity=account.equity + more))


@given(terms=opening_terms, account=snapshots, broken=st.sampled_from(FIELDS), value=weird_numbers)
def test_no_number_makes_the_gate_raise(terms: OrderTerms, account: RiskSnapshot, broken: str, value: Decimal) -> None:
    assert isinstance(POLICY.assess(terms, broken_at(account, broken, value)), Approved | Refused)


@given(terms=opening_terms, account=snapshots, broken=st.sampled_from(FIELDS), value=not_numbers)
@example(terms=make_terms("1"), account=make_snapshot(), broken="equity", value=Decimal("Infinity"))
@example(terms=make_terms("1"), account=make_snapshot(), broken="held_quantity", value=Decimal("Infinity"))
@example(terms=make_terms("1", Side.SELL), account=make_snapshot(held="2"), broken="equity", value=Decimal("NaN"))
def test_nothing_opens_on_an_account_that_cannot_be_valued(
    terms: OrderTerms, account: RiskSnapshot, broken: str, value: Decimal
) -> None:
    assert isinstance(POLICY.assess(terms, broken_at(account, broken, value)), Refused)


@pytest.mark.parametrize("mark_price", ["0", "-0", "-100"])
def test_nothing_opens_at_a_mark_price_that_is_not_positive(mark_price: str) -> None:
    # At a price of zero any quantity looks free.
    verdict = POLICY.assess(make_terms("1000000"), make_snapshot(mark_price=mark_price))

    assert isinstance(verdict, Refused)


@given(side=sides, held=quantities, opening=quantities, account=snapshots)
def test_a_flip_is_judged_by_its_opening_part(
    side: Side, held: Decimal, opening: Decimal, account: RiskSnapshot
) -> None:
    """A flip goes out as a reduce-only close and an opening; the second may not count what the first closes."""
    assume(account.mark_price is not None)
    assert account.mark_price is not None
    flat = evolve(account, held_quantity=Decimal(0), working_buys=Decimal(0), working_sells=Decimal(0))
    flipping = evolve(flat, held_quantity=-side.sign * held)
    terms = make_terms(opening, side)

    assert reasons(POLICY, terms, flipping) <= reasons(POLICY, terms, flat)
    if opening > held:
        assert reasons(POLICY, terms, flipping) == reasons(POLICY, terms, flat)


@given(held=held_quantities, buys=working, sells=working, data=st.data())
def test_no_sequence_of_fills_and_closes_passes_the_worst_case(
    held: Decimal, buys: Decimal, sells: Decimal, data: st.DataObject
) -> None:
    worst = worst_case_quantity(held, buys, sells)
    position, left = held, {1: buys, -1: sells}

    for _ in range(data.draw(st.integers(1, 8))):
        sign = data.draw(st.sampled_from([1, -1, 0]))
        part = data.draw(st.sampled_from([Decimal("0.25"), Decimal("0.5"), Decimal(1)]))
        if sign == 0:
            position -= position * part  # a reduce-only order fills
        else:
            position += sign * left[sign] * part
            left[sign] -= left[sign] * part
        assert abs(position) <= worst


class OpeningOrders(RuleBasedStateMachine):
    """However orders arrive and fill, the position of approved ones never passes the limit."""

    held: Decimal
    resting: dict[int, Decimal]

    @initialize()
    def begin(self) -> None:
        self.price, self.equity = Decimal(100), Decimal(10_000)
        self.held = Decimal(0)
        self.resting = {1: Decimal(0), -1: Decimal(0)}

    @rule(side=sides, quantity=st.integers(1, 400).map(Decimal))
    def order(self, side: Side, quantity: Decimal) -> None:
        account = RiskSnapshot(
            equity=self.equity,
            other_notional=Decimal(5_000),
            held_quantity=self.held,
            working_buys=self.resting[1],
            working_sells=self.resting[-1],
            mark_price=self.price,
        )
        if isinstance(POLICY.assess(make_terms(quantity, side), account), Approved):
            self.resting[side.sign] += quantity

    @precondition(lambda self: any(self.resting.values()))
    @rule(side=sides, share=st.integers(1, 4))
    def fill(self, side: Side, share: int) -> None:
        filled = (self.resting[side.sign] * share / 4).to_integral_value()
        self.resting[side.sign] -= filled
        self.held += side.sign * filled

    @precondition(lambda self: any(self.resting.values()))
    @rule(side=sides)
    def cancel(self, side: Side) -> None:
        self.resting[side.sign] = Decimal(0)

    @precondition(lambda self: self.held != 0)
    @rule(share=st.integers(1, 4))
    def close(self, share: int) -> None:
        self.held -= (self.held * share / 4).to_integral_value()

    @invariant()
    def leverage_stays_within_the_limit(self) -> None:
        assert 5_000 + abs(self.held) * self.price <= POLICY.gross_leverage_max * self.equity


TestOpeningOrders = OpeningOrders.TestCase
