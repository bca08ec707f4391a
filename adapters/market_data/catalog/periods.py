"""Periods: what one partition holds, a stretch of time in UTC as long as its rows are dense."""

from enum import Enum

import numpy as np

from application.market_series import SeriesKey, SeriesKind
from domain.market import Int64Array
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE


class PeriodLength(Enum):
    """How long a period is; the value is NumPy's letter for it."""

    YEAR = "Y"
    """At most some 9,000 rows: bars of an hour and longer, funding."""

    MONTH = "M"
    """At most some 45,000 rows: bars of minutes, metrics."""

    DAY = "D"
    """Where a month would hold millions of rows: bars of seconds, trades."""


def period_length(key: SeriesKey) -> PeriodLength:
    """Return how long the periods of a series are."""
    if key.interval_ns is not None:
        if key.interval_ns < NS_PER_MINUTE:
            return PeriodLength.DAY
        return PeriodLength.MONTH if key.interval_ns < NS_PER_HOUR else PeriodLength.YEAR
    by_kind = {SeriesKind.TRADES: PeriodLength.DAY, SeriesKind.FUNDING: PeriodLength.YEAR}
    return by_kind.get(key.kind, PeriodLength.MONTH)


def periods_of(times: Int64Array, length: PeriodLength) -> set[str]:
    """Return the periods that these instants lie in: ``2024``, ``2024-01`` or ``2024-01-31``."""
    return {name for name, _, _ in split_by_period(times, length)}


def split_by_period(times: Int64Array, length: PeriodLength) -> list[tuple[str, int, int]]:
    """Return period, first row and row behind the last of each stretch of instants in one period, at least one."""
    periods = times.astype("datetime64[ns]").astype(f"datetime64[{length.value}]")
    starts = np.concatenate(([0], np.flatnonzero(periods[1:] != periods[:-1]) + 1))
    stops = np.concatenate((starts[1:], [times.shape[0]]))
    return [(str(periods[start]), int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]
