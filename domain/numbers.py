"""Where float estimates become exact decimals, and how money is rounded.

Prices arrive as ``float64`` whose shortest decimal text is exactly what the venue
published; `exact` recovers that text. Cash is kept in whole units of 1e-8 quote
currency, the step in which the venue itself books, so sums of cash never round.
"""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
CASH_STEP: Final = Decimal("0.00000001")
BPS: Final = Decimal(10_000)
EXACT_SUMS: Final = Context(prec=100)
"""For sums that must not round, whatever their parts are: quantity times price can have more than 28 digits."""


def _exact(value: float) -> Decimal:
    if not (-float("inf") < value < float("inf")):
        raise ValueError(f"not a finite number: {value!r}")
    return Decimal(repr(float(value)))


exact: Callable[[float], Decimal] = lru_cache(maxsize=4096)(_exact)
"""Return the shortest decimal that reads back as this float, e.g. 0.1 -> Decimal('0.1'); ValueError if not finite."""


def shortest(value: Decimal) -> Decimal:
    """Return the same number without trailing zeros and without an exponent: 0.10 -> 0.1, 1E+2 -> 100."""
    text = f"{value:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def round_cash(amount: Decimal) -> Decimal:
    """Round to the cash step, halves to even: used where neither side is favoured."""
    return amount.quantize(CASH_STEP, rounding=ROUND_HALF_EVEN)


def floor_cash(amount: Decimal) -> Decimal:
    """Round down to the cash step: money that we receive, or a (negative) payment, never flatters us."""
    return amount.quantize(CASH_STEP, rounding=ROUND_FLOOR)


def ceil_cash(amount: Decimal) -> Decimal:
    """Round up to the cash step: money that we owe."""
    return amount.quantize(CASH_STEP, rounding=ROUND_CEILING)


def floor_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Round down (towards minus infinity) to a whole number of steps."""
    return (value / step).to_integral_value(rounding=ROUND_FLOOR) * step


def ceil_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Round up (towards plus infinity) to a whole number of steps."""
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether the value is a whole number of steps, exactly."""
    return not value % step
