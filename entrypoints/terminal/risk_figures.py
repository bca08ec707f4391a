"""How limits, and what is in use of them, are written for people."""

from decimal import Decimal
from typing import Final

from application.results.stated_limits import Form, LimitValue

NOT_LIMITED: Final = "not limited"
UNKNOWN: Final = "unknown"
_WRITTEN: Final = {
    Form.FRACTION: (100, 2, "%"),
    Form.TIMES: (1, 2, "×"),
    Form.MONEY: (1, 2, ""),
    Form.SECONDS: (1, 3, " s"),
    Form.PLAIN: (1, 4, ""),
}
"""What a figure is multiplied with, how many decimals are shown, and what stands behind it."""


def limit_text(value: LimitValue, form: Form) -> str:
    """Return the value of a limit, in words where there is none."""
    return NOT_LIMITED if value is None else figure_text(value, form)


def used_text(value: LimitValue, form: Form) -> str:
    """Return what is in use, in words where that is not known."""
    return UNKNOWN if value is None else figure_text(value, form)


def figure_text(value: Decimal | float | str | tuple[str, ...], form: Form) -> str:
    """Return a figure in its form: ``2%``, ``3×``, ``250,000``, ``300 s``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ", ".join(value) or "nothing"
    scale, places, unit = _WRITTEN[form]
    return f"{_short(value * scale, places)}{unit}"


def _short(value: Decimal | float, places: int) -> str:
    """Return at most so many decimals, without trailing zeros; what would round to nothing says so."""
    text = f"{value:,.{places}f}".rstrip("0").rstrip(".")
    if text in {"0", "-0"}:
        return "0" if value == 0 else f"{'-' if value < 0 else ''}<{10**-places:.{places}f}"
    return text
