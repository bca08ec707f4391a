"""Laws of measuring losses against an equity of the past: money moved in or out is neither gain nor loss."""

from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.numbers import ZERO
from domain.risk.reference_equity import ReferenceEquity

CLOSE = Decimal("1E-24")

positive_cash = st.integers(1, 10**15).map(lambda count: count * Decimal("0.00000001"))
any_cash = st.integers(-(10**15), 10**15).map(lambda count: count * Decimal("0.00000001"))
fractions = st.integers(0, 10_000).map(lambda count: count * Decimal("0.0001"))


@given(reference=positive_cash, equity=positive_cash, amount=any_cash)
def test_a_transfer_never_moves_the_fraction_lost_and_rounding_never_flatters(
    reference: Decimal, equity: Decimal, amount: Decimal
) -> None:
    assume(equity + amount > 0)
    before = ReferenceEquity(reference)

    after = before.after_transfer(amount, equity_before=equity)

    # Compared as products, exactly: reference after / equity after, over reference before / equity before.
    exact, kept = reference * (equity + amount), after.amount * equity
    assert exact <= kept <= exact * (1 + CLOSE)


@given(equity=positive_cash, amount=any_cash)
@example(equity=Decimal("1234567.12345677"), amount=Decimal("7654321.98765437"))
def test_at_the_reference_a_transfer_leaves_no_loss_at_all(equity: Decimal, amount: Decimal) -> None:
    assume(equity + amount > 0)

    after = ReferenceEquity(equity).after_transfer(amount, equity_before=equity)

    assert after.loss(equity + amount) == 0
    assert after == ReferenceEquity(equity + amount)


@given(reference=positive_cash, equity=positive_cash, later=positive_cash)
def test_what_was_lost_before_everything_was_withdrawn_is_still_lost_after_the_next_deposit(
    reference: Decimal, equity: Decimal, later: Decimal
) -> None:
    before = ReferenceEquity(reference)

    empty = before.after_transfer(-equity, equity_before=equity)
    refilled = empty.after_transfer(later, equity_before=ZERO)

    assert empty.is_empty
    assert empty.loss(ZERO) == before.loss(equity)
    # A loss to 28 digits leaves of a gain of many times the reference as many digits less.
    allowed = Decimal("1E-20") * max(abs(before.loss(equity)), Decimal(1))
    assert abs(refilled.loss(later) - before.loss(equity)) <= allowed


@given(reference=positive_cash, equity=any_cash, fraction=fractions)
def test_comparing_is_as_exact_as_multiplying_out(reference: Decimal, equity: Decimal, fraction: Decimal) -> None:
    measured = ReferenceEquity(reference)

    assert measured.has_lost(equity, fraction) == (reference - equity >= fraction * reference)
    assert measured.has_lost_more_than(equity, fraction) == (reference - equity > fraction * reference)
    assert measured.has_lost(measured.equity_at(fraction), fraction)
    assert not measured.has_lost_more_than(measured.equity_at(fraction), fraction)


@given(reference=positive_cash, debt=any_cash, deposit=positive_cash)
def test_where_nothing_is_left_a_deposit_keeps_the_sum_lost(
    reference: Decimal, debt: Decimal, deposit: Decimal
) -> None:
    assume(debt <= 0)

    after = ReferenceEquity(reference).after_transfer(deposit, equity_before=debt)

    assert after.amount - (debt + deposit) == reference - debt


def test_doubling_the_account_doubles_the_reference() -> None:
    # 90 of 100 is a loss of 10 %. With 90 more, 180 of 200 still is; adding 90 to the reference would make it 5.3 %.
    after = ReferenceEquity(Decimal(100)).after_transfer(Decimal(90), equity_before=Decimal(90))

    assert after == ReferenceEquity(Decimal(200))
    assert after.loss(Decimal(180)) == Decimal("0.1")


def test_an_account_without_money_has_lost_nothing() -> None:
    empty = ReferenceEquity.of(ZERO)

    assert empty.is_empty
    assert empty.loss(ZERO) == 0
    assert empty.after_transfer(Decimal(50), equity_before=ZERO) == ReferenceEquity(Decimal(50))


def test_nothing_moved_into_an_empty_account_leaves_it_empty() -> None:
    assert ReferenceEquity.of(ZERO).after_transfer(ZERO, equity_before=ZERO).is_empty


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match="not a finite amount"):
        ReferenceEquity.of(Decimal(text))
    with pytest.raises(DomainError, match="not a finite amount"):
        ReferenceEquity(Decimal(1)).after_transfer(Decimal(text), equity_before=Decimal(1))
    with pytest.raises(DomainError, match="not a finite amount"):
        ReferenceEquity(Decimal(1)).after_transfer(Decimal(1), equity_before=Decimal(text))


def test_more_than_there_is_cannot_be_withdrawn() -> None:
    with pytest.raises(DomainError, match="a withdrawal of 101 from an equity of 100"):
        ReferenceEquity(Decimal(100)).after_transfer(Decimal(-101), equity_before=Decimal(100))
    with pytest.raises(DomainError, match="equity of -1"):
        ReferenceEquity.of(Decimal(-1))
