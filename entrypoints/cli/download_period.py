"""The period of a download as it is typed: months and days, both ends included."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.time_units import to_ns
from entrypoints.errors import ConfigurationError

_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DECEMBER: Final = 12
# The venue opened in July 2017: before, nobody can have anything.
_FIRST_NS: Final = to_ns(datetime(2017, 7, 1, tzinfo=UTC))


def period_start_ns(option: str, text: str) -> int:
    """Return where a month or a day starts.

    Raises:
        ConfigurationError: It is neither, or lies before the venue's opening.
    """
    start_ns = to_ns(_bounds(option, text)[0])
    if start_ns < _FIRST_NS:
        raise ConfigurationError(f"{option} {text}: the venue opened in 2017-07")
    return start_ns


def period_end_ns(option: str, text: str) -> int:
    """Return where a month or a day ends: where the next one starts.

    Raises:
        ConfigurationError: It is neither.
    """
    return to_ns(_bounds(option, text)[1])


def _bounds(option: str, text: str) -> tuple[datetime, datetime]:
    try:
        if month := _MONTH.fullmatch(text):
            return _month_bounds(int(month[1]), int(month[2]))
        if day := _DAY.fullmatch(text):
            start = datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=UTC)
            return start, start + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"{option} {text}: {error}") from error
    raise ConfigurationError(f"{option} {text}: expected a month such as 2024-01 or a day such as 2024-01-31")


def _month_bounds(year: int, month: int) -> tuple[datetime, datetime]:
    start = datetime(year, month, 1, tzinfo=UTC)
    if month == _DECEMBER:
        return start, start.replace(year=year + 1, month=1)
    return start, start.replace(month=month + 1)
