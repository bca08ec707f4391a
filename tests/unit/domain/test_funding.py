"""Funding worked out by hand."""

from decimal import Decimal

import pytest

from domain.funding import annualized_rate, compounded_rate, funding_payment, funding_rate, time_weighted_premium


@pytest.mark.parametrize(
    ("signed_quantity", "rate", "payment"),
    [
        # |payment| = 1.5 × 30,000 × 0.0001 = 4.5 each time. A positive rate: longs pay, shorts receive.
        ("1.5", "0.0001", "-4.5"),
        ("-1.5", "0.0001", "4.5"),
        # A negative rate: shorts pay, longs receive.
        ("1.5", "-0.0001", "4.5"),
        ("-1.5", "-0.0001", "-4.5"),
        ("0", "0.0001", "0"),
        ("1.5", "0", "0"),
    ],
)
def test_a_positive_rate_means_longs_pay_shorts(signed_quantity: str, rate: str, payment: str) -> None:
    assert funding_payment(Decimal(signed_quantity), Decimal(30_000), Decimal(rate)) == Decimal(payment)


def test_a_payment_is_rounded_to_the_cash_step_and_never_in_our_favor() -> None:
    # 0.001 × 27,123.45678 × 0.0001 = 0.002712345678: we pay 0.00271235, and would receive only 0.00271234.
    quantity, mark, rate = Decimal("0.001"), Decimal("27123.45678"), Decimal("0.0001")

    assert funding_payment(quantity, mark, rate) == Decimal("-0.00271235")
    assert funding_payment(-quantity, mark, rate) == Decimal("0.00271234")


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        # 0.01 % − 0.03 % = −0.02 %, inside ±0.05 %: the rate is the interest rate.
        ("0.0003", "0.0001"),
        # 0.01 % − 0.2 % = −0.19 %, held to −0.05 %: 0.2 % − 0.05 % = 0.15 %.
        ("0.002", "0.0015"),
        # 0.01 % + 0.12 % = 0.13 %, held to 0.05 %: −0.12 % + 0.05 % = −0.07 %.
        ("-0.0012", "-0.0007"),
        # Exactly at either end of the clamp.
        ("0.0006", "0.0001"),
        ("-0.0004", "0.0001"),
    ],
)
def test_the_rate_follows_the_premium_beyond_the_clamp(premium: str, rate: str) -> None:
    assert funding_rate(Decimal(premium)) == Decimal(rate)


def test_the_newest_premium_weighs_most() -> None:
    # (1 × 0.3 + 2 × 0 + 3 × 0.6) / 6 = 0.35, and the other way round (1 × 0.6 + 3 × 0.3) / 6 = 0.25.
    premiums = [Decimal("0.3"), Decimal(0), Decimal("0.6")]

    assert time_weighted_premium(premiums) == Decimal("0.35")
    assert time_weighted_premium(premiums[::-1]) == Decimal("0.25")


def test_a_premium_needs_samples() -> None:
    with pytest.raises(ValueError, match="at least one"):
        time_weighted_premium([])


def test_a_year_has_1095_settlements_of_eight_hours() -> None:
    # 365 × 3 × 0.01 % = 10.95 %; every hour it would be 87.6 %.
    assert annualized_rate(Decimal("0.0001"), 8) == Decimal("0.1095")
    assert annualized_rate(Decimal("0.0001"), 1) == Decimal("0.876")
    # Reinvested it is more: 1.0001^1095 − 1 lies between the simple rate and e^0.1095 − 1 = 0.11572.
    assert Decimal("0.1095") < compounded_rate(Decimal("0.0001"), 8) < Decimal("0.11572")
