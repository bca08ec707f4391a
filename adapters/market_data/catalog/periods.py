"""Periods: the stretches of time that one partition holds, months or days in UTC."""

from typing import Final

import numpy as np

from application.market_series import SeriesKey, SeriesKind
from domain.market import Int64Array
from domain.time_units import NS_PER_MINUTE

_MONTH: Final = "datetime64[M]"
_DAY: Final = "datetime64[D]"


def is_by_day(key: SeriesKey) -> bool:
    """Whether a series has a partition for each day: where a month would hold millions of rows."""
    seconds = key.interval_ns is not None and key.interval_ns < NS_PER_MINUTE
    return seconds or key.kind is SeriesKind.TRADES


def periods_of(times: Int64Array, *, by_day: bool) -> set[str]:
    """Return the periods that these instants lie in: ``2024-01``, or ``2024-01-31``."""
    numbers = _numbers(times, by_day=by_day)
    # Rows mostly follow each other in time, and finding the changes is quicker than sorting them.
    changes = np.flatnonzero(np.diff(numbers)) + 1
    places = np.unique(np.concatenate((numbers[:1], numbers[changes])))
    return {str(place) for place in places.astype(_DAY if by_day else _MONTH)}


def split_by_period(times: Int64Array, *, by_day: bool) -> list[tuple[str, int, int]]:
    """Return period, first row and row after the last of each stretch of ascending instants, at least one."""
    numbers = _numbers(times, by_day=by_day)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(numbers)) + 1))
    stops = np.concatenate((starts[1:], [times.shape[0]]))
    names = numbers[starts].astype(_DAY if by_day else _MONTH)
    return [(str(name), int(start), int(stop)) for name, start, stop in zip(names, starts, stops, strict=True)]


def _numbers(times: Int64Array, *, by_day: bool) -> Int64Array:
    """Return the number of the period of each instant, counted from the epoch."""
    instants = times.astype("datetime64[ns]")
    numbers: Int64Array = instants.astype(_DAY if by_day else _MONTH).astype(np.int64)
    return numbers
