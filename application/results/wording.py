"""Numbers in plain sentences: how a verdict or a warning says an amount, a share, a stretch of time."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from domain.instrument import venue_symbol
from domain.time_units import NS_PER_DAY, NS_PER_YEAR

_QUOTES: Final = ("USDT", "USDC", "BUSD", "FDUSD")
_LONG_IN_DAYS: Final = 730


def quote_currency(symbols: Iterable[str]) -> str:
    """Return the currency of all of these contracts and pairs, from their names; empty where they do not agree."""
    listed = tuple(map(venue_symbol, symbols))
    return next((quote for quote in _QUOTES if listed and all(name.endswith(quote) for name in listed)), "")


def in_money(amount: Decimal, quote: str) -> str:
    """Return an amount to the hundredth without its sign: ``1,234.50 USDT``."""
    return f"{abs(amount):,.2f} {quote}".rstrip()


def in_percent(fraction: float) -> str:
    """Return a fraction as percent with one decimal, without its sign."""
    return f"{abs(fraction):,.1%}"


def in_time(elapsed_ns: int) -> str:
    """Return a stretch of time in days, or in years where it is more than two."""
    days = elapsed_ns / NS_PER_DAY
    if days >= _LONG_IN_DAYS:
        return f"{elapsed_ns / NS_PER_YEAR:.1f} years"
    return counted(round(days), "day") if days >= 1 else "less than a day"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which takes an ``s`` where there is not exactly one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
