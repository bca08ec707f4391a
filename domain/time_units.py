"""Instants inside the core: whole nanoseconds since 1970-01-01 UTC, in names ending ``_at_ns``.

Whole numbers compare, hash and store without rounding, and cost a tenth of an aware
``datetime`` on the path that every bar takes (ADR 0005). People and files see aware UTC
datetimes; they are converted here and nowhere else.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

NS_PER_US: Final = 1_000
NS_PER_MS: Final = 1_000_000
NS_PER_SECOND: Final = 1_000_000_000
NS_PER_MINUTE: Final = 60 * NS_PER_SECOND
NS_PER_HOUR: Final = 3_600 * NS_PER_SECOND
NS_PER_DAY: Final = 24 * NS_PER_HOUR
NS_PER_YEAR: Final = 365 * NS_PER_DAY
"""Crypto trades every day of the year: a year has 365 days."""

INTERVAL_MAX_NS: Final = 52 * 7 * NS_PER_DAY
"""Longest interval that `parse_interval` takes: 52 weeks."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INTERVAL_DIGITS_MAX: Final = 9
_TEXT_LENGTH_MAX: Final = 60
_INTERVAL_UNITS_NS: Final = {
    "s": NS_PER_SECOND,
    "m": NS_PER_MINUTE,
    "h": NS_PER_HOUR,
    "d": NS_PER_DAY,
    "w": 7 * NS_PER_DAY,
}


def to_datetime(at_ns: int) -> datetime:
    """Return the aware UTC datetime of an instant; below a microsecond is cut off."""
    return _EPOCH + timedelta(microseconds=at_ns // NS_PER_US)


def to_ns(instant: datetime) -> int:
    """Return the nanoseconds of an aware datetime.

    Raises:
        ValueError: The datetime has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"naive datetime: {instant.isoformat()}")
    elapsed = instant - _EPOCH
    return ((elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds) * NS_PER_US


def iso_utc(at_ns: int) -> str:
    """Return ISO 8601 text in UTC, to the second where the instant is whole seconds, else to the microsecond."""
    instant = to_datetime(at_ns)
    timespec = "seconds" if instant.microsecond == 0 else "microseconds"
    return instant.isoformat(timespec=timespec).replace("+00:00", "Z")


def parse_interval(text: str) -> int:
    """Return the nanoseconds of an interval such as ``1m``, ``15m``, ``1h``, ``4h``, ``1d``.

    Raises:
        ValueError: The text is not a positive whole number followed by s, m, h, d or w, or means more than 52 weeks.
    """
    number, unit = text[:-1], text[-1:]
    if unit not in _INTERVAL_UNITS_NS or not number.isascii() or not number.isdigit() or not number.strip("0"):
        raise ValueError(f"not an interval such as 1m, 1h or 1d: {_shortened(text)!r}")
    # Longer numbers are too long in any unit; Python would refuse to read thousands of digits.
    too_long = len(number.lstrip("0")) > _INTERVAL_DIGITS_MAX
    if too_long or int(number) * _INTERVAL_UNITS_NS[unit] > INTERVAL_MAX_NS:
        raise ValueError(f"longer than 52 weeks: {_shortened(text)!r}")
    return int(number) * _INTERVAL_UNITS_NS[unit]


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_LENGTH_MAX else f"{text[:_TEXT_LENGTH_MAX]}..."


def format_interval(interval_ns: int) -> str:
    """Return the shortest text of an interval, the inverse of `parse_interval`: 3600000000000 -> ``1h``."""
    for unit in ("w", "d", "h", "m", "s"):
        if interval_ns % _INTERVAL_UNITS_NS[unit] == 0:
            return f"{interval_ns // _INTERVAL_UNITS_NS[unit]}{unit}"
    return f"{interval_ns}ns"


def parse_instant(text: str) -> int:
    """Return the instant that ISO 8601 text means, such as ``2024-01-31`` or ``2024-01-31T08:00Z``; UTC without a zone.

    Raises:
        ValueError: The text is no such time.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"not a time such as 2024-01-31 or 2024-01-31T08:00Z: {_shortened(text)!r}") from error
    return to_ns(instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC))
