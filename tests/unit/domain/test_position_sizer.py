"""Sizes: never beyond any candidate, scaled only where they are wishes, whole lots, and nothing lifted to a minimum."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.numbers import ZERO, is_multiple
from domain.position_sizer import Candidate, Constraint, Scaling, SizeDecision, decide_size
from tests.support import make_instrument

INSTRUMENT = make_instrument(lot_size="0.001", quantity_min="0.001", quantity_max="1000", notional_min="5")
PRICE = Decimal(100)

quantities = st.integers(-1_000, 10_000_000).map(lambda count: Decimal(count) / 10_000)
factors = st.integers(0, 100).map(lambda count: count / 100)
scalings = st.builds(Scaling, strength=factors, confidence=factors, correlation=factors, drawdown=factors)
appetites = st.lists(st.builds(Candidate, st.just(Constraint.RULE), quantities, st.just("wanted")), min_size=1)
allowances = st.lists(st.builds(Candidate, st.just(Constraint.LEVERAGE), quantities, st.just("limit")))


def decide(
    wanted: list[Candidate], allowed: list[Candidate], scaling: Scaling | None = None, price: Decimal = PRICE
) -> SizeDecision:
    return decide_size(wanted, allowed, scaling or Scaling(), price=price, instrument=INSTRUMENT)


def wish(quantity: str, constraint: Constraint = Constraint.RULE) -> Candidate:
    return Candidate(constraint, Decimal(quantity), "as the test says")


@given(wanted=appetites, allowed=allowances, scaling=scalings)
def test_no_candidate_is_ever_exceeded(wanted: list[Candidate], allowed: list[Candidate], scaling: Scaling) -> None:
    decision = decide(wanted, allowed, scaling)

    assert decision.quantity >= 0
    assert all(decision.quantity <= max(each.quantity, ZERO) for each in (*allowed, *wanted))
    assert all(decision.quantity <= max(each.quantity, ZERO) for each in decision.candidates)
    assert is_multiple(decision.quantity, INSTRUMENT.lot_size)


@given(wanted=appetites, allowed=allowances, scaling=scalings)
def test_what_is_too_small_for_the_venue_is_nothing(
    wanted: list[Candidate], allowed: list[Candidate], scaling: Scaling
) -> None:
    quantity = decide(wanted, allowed, scaling).quantity

    assert quantity == 0 or (quantity >= INSTRUMENT.quantity_min and quantity * PRICE >= INSTRUMENT.notional_min)


@given(wanted=appetites, allowed=allowances, scaling=scalings, data=st.data())
def test_more_of_anything_is_never_a_smaller_size(
    wanted: list[Candidate], allowed: list[Candidate], scaling: Scaling, data: st.DataObject
) -> None:
    more = data.draw(st.integers(0, 1_000).map(Decimal))
    name = data.draw(st.sampled_from(["strength", "confidence", "correlation", "drawdown"]))
    larger = [evolve(each, quantity=each.quantity + more) for each in allowed]
    stronger = evolve(scaling, **{name: min(1.0, getattr(scaling, name) + 0.25)})
    positive = [evolve(each, quantity=abs(each.quantity)) for each in wanted]
    before = decide(positive, allowed, scaling).quantity

    assert decide(positive, larger, scaling).quantity >= before
    assert decide(positive, allowed, stronger).quantity >= before


@given(wanted=appetites, allowed=allowances, scaling=scalings)
def test_the_binding_constraint_is_among_the_candidates_and_is_the_smallest(
    wanted: list[Candidate], allowed: list[Candidate], scaling: Scaling
) -> None:
    decision = decide(wanted, allowed, scaling)

    assert decision.bound in decision.candidates
    assert decision.bound.quantity <= min(each.quantity for each in decision.candidates)
    assert decision.reason.startswith(decision.binding.value)


def test_wishes_are_scaled_and_limits_are_not() -> None:
    # 10 wanted at half strength and half confidence are 2.5; a limit of 3 stays 3 and does not bind.
    scaling = Scaling(strength=0.5, confidence=0.5)

    decision = decide([wish("10")], [wish("3", Constraint.LEVERAGE)], scaling)

    assert (decision.quantity, decision.binding) == (Decimal("2.5"), Constraint.RULE)
    assert [each.quantity for each in decision.candidates] == [Decimal("2.5"), Decimal(3), Decimal(1000)]


@pytest.mark.parametrize("name", ["strength", "confidence", "correlation", "drawdown"])
def test_each_factor_alone_can_bring_a_size_to_nothing(name: str) -> None:
    decision = decide([wish("10")], [], evolve(Scaling(), **{name: 0.0}))

    assert (decision.quantity, decision.binding) == (Decimal(0), Constraint.RULE)


def test_an_exhausted_budget_is_nothing_however_small_the_minimum() -> None:
    decision = decide([wish("10")], [wish("0", Constraint.VAR_BUDGET)])

    assert (decision.quantity, decision.binding) == (Decimal(0), Constraint.VAR_BUDGET)


def test_rounding_comes_before_the_minimum_and_nothing_is_lifted_to_it() -> None:
    # 0.0509 is worth 5.09, above the minimum of 5; in whole lots it is 0.050, worth exactly 5: enough.
    assert decide([wish("0.0509")], []).quantity == Decimal("0.050")
    # 0.0499 is 0.049 in whole lots, worth 4.90: too little, and it stays so.
    too_small = decide([wish("0.0499")], [])
    assert (too_small.quantity, too_small.binding) == (Decimal(0), Constraint.VENUE_MINIMUM)
    assert "0.049 worth 4.90, bound by rule" in too_small.reason


def test_one_order_takes_no_more_than_the_venue_allows() -> None:
    decision = decide([wish("5000")], [wish("Infinity", Constraint.CAPITAL_AT_RISK)])

    assert (decision.quantity, decision.binding) == (Decimal(1000), Constraint.VENUE_MAXIMUM)


def test_a_size_that_nobody_wants_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one appetite"):
        decide([], [])
