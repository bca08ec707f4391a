"""How numbers are written into documents: decimals as plain text, estimates as finite floats or not at all."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from math import isfinite
from typing import Final

_AVERAGE_DIGITS: Final = 12
_AVERAGE: Final = Context(prec=_AVERAGE_DIGITS, rounding=ROUND_HALF_EVEN)


def plain(value: Decimal) -> str:
    """Return the exact value without exponent, trailing zeros or a signed zero: ``0E-8`` -> ``0``.

    Raises:
        ValueError: The value is NaN or infinite, which no books may hold.
    """
    if not value.is_finite():
        raise ValueError(f"not a finite amount: {value}")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def plain_average(price: Decimal) -> str:
    """Return an average price to 12 significant digits: a third of a cent has no exact decimal."""
    return plain(_AVERAGE.plus(price))


def finite(value: float | None) -> float | None:
    """Return the figure, None where there was too little to work it out (NaN) or no bound (infinity)."""
    return value if value is not None and isfinite(value) else None
