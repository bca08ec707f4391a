"""How figures are written on the page. Rounding is for the eye: the exact value stands beside it for programs."""

from decimal import Decimal
from math import isfinite
from typing import Final

from adapters.html_report.markup import Html, element
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, iso_utc

NOTHING: Final = "—"
MINUS: Final = "−"
_LARGE: Final = Decimal(10_000)
_DAYS_SHOWN_MAX: Final = 730


def exact_text(value: Decimal) -> str:
    """Return every digit, without exponent, trailing zeros or a signed zero."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def signed(text: str) -> str:
    """Return a number with a true minus sign, or with a plus where it is above zero."""
    if text.startswith("-"):
        is_zero = not text.strip("-0.,%")
        return text.removeprefix("-") if is_zero else MINUS + text.removeprefix("-")
    return text if not text.strip("0.,%") else f"+{text}"


def with_minus(text: str) -> str:
    """Return a number with a true minus sign."""
    return signed(text) if text.startswith("-") else text


def money(amount: Decimal | None) -> str:
    """Return two decimals and thousands separators: ``−1,234.50``."""
    return NOTHING if amount is None else with_minus(f"{amount:,.2f}")


def gain(amount: Decimal | None) -> str:
    """Return money with its sign, plus too."""
    return NOTHING if amount is None else signed(f"{amount:,.2f}")


def exact_money(amount: Decimal) -> str:
    """Return every decimal that is there, at least two, with thousands separators."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    return with_minus(f"{whole}.{decimals.rstrip('0').ljust(2, '0')}")


def percent(fraction: float | Decimal | None, places: int = 1) -> str:
    """Return a fraction as percent."""
    if fraction is None or not isfinite(fraction):
        return NOTHING
    return with_minus(f"{fraction:,.{places}%}")


def change(fraction: float | None, places: int = 1) -> str:
    """Return a fraction as percent with its sign, plus too."""
    return NOTHING if fraction is None or not isfinite(fraction) else signed(f"{fraction:,.{places}%}")


def ratio(value: float | Decimal | None) -> str:
    """Return two decimals."""
    return NOTHING if value is None or not isfinite(value) else with_minus(f"{value:,.2f}")


def price(value: Decimal | None) -> str:
    """Return a price with at most six significant digits, all of those before the point."""
    if value is None:
        return NOTHING
    places = max(0, min(8, 5 - value.adjusted()))
    text = f"{value:,.{places}f}"
    return with_minus(text.rstrip("0").rstrip(".") if "." in text else text)


def quantity(value: Decimal) -> str:
    """Return a quantity as it is, without trailing zeros."""
    text = f"{value:,f}"
    return with_minus(text.rstrip("0").rstrip(".") if "." in text else text)


def moment(at_ns: int | None) -> str:
    """Return an instant to the minute, UTC: ``2024-01-31 08:00``."""
    return NOTHING if at_ns is None else iso_utc(at_ns)[:16].replace("T", " ")


def day(at_ns: int) -> str:
    """Return the UTC day of an instant: ``2024-01-31``."""
    return iso_utc(at_ns)[:10]


def duration(elapsed_ns: int) -> str:
    """Return a stretch of time in its natural unit: years, days, hours or minutes."""
    days = elapsed_ns / NS_PER_DAY
    if days >= _DAYS_SHOWN_MAX:
        return f"{days / 365:,.1f} years"
    if days >= 1:
        return f"{days:,.1f} days"
    if elapsed_ns >= NS_PER_HOUR:
        return f"{elapsed_ns / NS_PER_HOUR:,.1f} h"
    return f"{elapsed_ns / NS_PER_MINUTE:,.0f} min"


def short(amount: Decimal) -> str:
    """Return an amount in few characters for narrow cells: ``−1.2k``, ``35k``, ``0.4``."""
    size = abs(amount)
    if size >= _LARGE * 100:
        return signed(f"{amount / 1_000_000:,.1f}M")
    if size >= _LARGE:
        return signed(f"{amount / 1000:,.0f}k")
    if size >= 1000:  # noqa: PLR2004  # where the k begins to save characters
        return signed(f"{amount / 1000:,.1f}k")
    return signed(f"{amount:,.0f}") if size >= 10 else signed(f"{amount:,.1f}")  # noqa: PLR2004


def tone(amount: Decimal | float | None) -> str:
    """Return the style class of a gain or a loss."""
    if amount is None or not isfinite(amount) or amount == 0:
        return "even"
    return "gain" if amount > 0 else "loss"


def figure(name: str, exact: Decimal | None, shown: str, *, colored: bool = False) -> Html:
    """Return a figure for people that carries its exact value for programs.

    Args:
        name: What programs look for: the attribute ``data-figure``.
        exact: Written in full into the attribute ``value``; None for a figure that does not exist.
        shown: What people see.
        colored: Whether gain and loss have colors.
    """
    value = "" if exact is None else exact_text(exact)
    return element("data", shown, class_=f"num {tone(exact)}" if colored else "num", data_figure=name, value=value)
