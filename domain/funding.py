"""Funding: what a position pays, and how the venue sets the rate.

References:
    Binance FAQ, "Introduction to Binance Futures Funding Rates".
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from domain.numbers import floor_cash

HOURS_PER_YEAR: Final = 365 * 24
INTEREST_RATE_8H: Final = Decimal("0.0001")
RATE_CLAMP: Final = Decimal("0.0005")


def funding_payment(signed_quantity: Decimal, mark_price: Decimal, rate: Decimal) -> Decimal:
    """Return the cash that a holder receives (negative: pays), quote currency.

    A positive rate means that longs pay shorts. Rounded down to the cash step: never in our favour.
    """
    return floor_cash(-signed_quantity * mark_price * rate)


def funding_rate(
    average_premium: Decimal, interest_rate: Decimal = INTEREST_RATE_8H, clamp: Decimal = RATE_CLAMP
) -> Decimal:
    """Return the 8-hour rate: premium + clamp(interest − premium, −clamp, +clamp), as a fraction."""
    return average_premium + max(-clamp, min(clamp, interest_rate - average_premium))


def time_weighted_premium(premiums: Sequence[Decimal]) -> Decimal:
    """Average the premium index over one interval with weights 1..n, the newest heaviest.

    Raises:
        ValueError: There are no samples.
    """
    if not premiums:
        raise ValueError("need at least one premium sample")
    weighted = sum((weight * premium for weight, premium in enumerate(premiums, start=1)), Decimal(0))
    return weighted / (len(premiums) * (len(premiums) + 1) // 2)


def annualized_rate(rate: Decimal, interval_h: int) -> Decimal:
    """Return the simple yearly rate of a funding rate per interval; a year has 365 days."""
    return rate * HOURS_PER_YEAR / interval_h


def compounded_rate(rate: Decimal, interval_h: int) -> Decimal:
    """Return the yearly rate if each payment is reinvested, as a fraction."""
    return Decimal((1 + rate) ** (HOURS_PER_YEAR // interval_h)) - 1
