"""How figures are written for people. Rounding here is for the eye alone: the document keeps every digit."""

from decimal import Decimal
from math import isnan
from typing import Final

from rich.text import Text

from domain.time_units import NS_PER_DAY, NS_PER_HOUR, iso_utc

NOTHING: Final = "n/a"
_LONG_IN_HOURS: Final = 48


def money(amount: Decimal | None) -> str:
    """Return two decimals and thousands separators: ``-1,234.50``."""
    return NOTHING if amount is None else f"{amount:z,.2f}"


def gain(amount: Decimal | None) -> Text:
    """Return money in the color of its sign."""
    style = "" if amount is None or amount == 0 else "green" if amount > 0 else "red"
    return Text(money(amount), style)


def exact_money(amount: Decimal) -> str:
    """Return every decimal that is there, at least two, with thousands separators."""
    text = f"{amount:,f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def percent(fraction: float | None) -> str:
    """Return a fraction as percent with one decimal."""
    return NOTHING if fraction is None or isnan(fraction) else f"{fraction:z,.1%}"


def ratio(value: float | None) -> str:
    """Return two decimals."""
    return NOTHING if value is None or isnan(value) else f"{value:z,.2f}"


def price(value: Decimal | None) -> str:
    """Return a price with at most six significant decimals behind the point, averages included."""
    if value is None:
        return NOTHING
    places = max(0, min(8, 6 - value.adjusted() - 1))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: Decimal) -> str:
    """Return a quantity as it is, without trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(at_ns: int | None) -> str:
    """Return an instant to the minute, UTC: ``2024-01-31 08:00``."""
    return NOTHING if at_ns is None else iso_utc(at_ns)[:16].replace("T", " ")


def held(elapsed_ns: int) -> str:
    """Return a stretch of time in hours, or in days where it is two or more."""
    hours = elapsed_ns / NS_PER_HOUR
    return f"{hours:,.1f} h" if hours < _LONG_IN_HOURS else days(elapsed_ns)


def days(elapsed_ns: int) -> str:
    """Return a stretch of time in days."""
    return f"{elapsed_ns / NS_PER_DAY:,.1f} days"
