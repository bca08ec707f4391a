"""Whether a series looks as if people had traded it: six habits of real markets that generated prices lack.

Measured on 91 real series of 27 perpetuals and 4 spot pairs, 1 minute to 4 hours, in 2019 to 2024 (lowest value
found), and on a random walk that was sold as BTCUSDT 15m:

===================  =========  ===========  =================================================================
habit                real       random walk  what it is
===================  =========  ===========  =================================================================
volatility_memory    >= 0.15    0.05         autocorrelation of the root of the size of returns
large_moves          >= 0.8 %   0.3 %        returns beyond 4 robust standard deviations of the past
volume_memory        >= 0.45    0.15         autocorrelation of log volume
volume_and_range     >= 0.58    0.10         correlation of log volume and log range within a day
hours_of_the_day     >= 0.05    0.001        share of the variance of log volume that the hour of the day explains
free_opens           >= 39 %    0 %          opens that differ from the close before
===================  =========  ===========  =================================================================

None of them alone is proof: a vendor may set each open to the last close. Four of the six are. A good model has the
habits too, so a series without this finding can still be generated.
"""

from typing import Final

import numpy as np
from attrs import define, field, frozen

from domain.data_quality.bar_rows import BarRows
from domain.data_quality.running_correlation import RunningAutocorrelation, RunningCorrelation
from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_DAY, NS_PER_HOUR

ROWS_MIN: Final = 2_000
"""From this many rows on the six are told from chance."""

INTERVAL_MAX_NS: Final = 4 * NS_PER_HOUR
"""Longer bars do not show the hours of a day."""

VOTES_TO_CONVICT: Final = 4

_LARGE_SIGMAS: Final = 4.0
_HOURS: Final = 24


@frozen
class Habit:
    """One of the six.

    Attributes:
        name: Stable name.
        value: As found.
        lowest: What a real market shows at least, with room to spare.
    """

    name: str
    value: float
    lowest: float

    @property
    def is_missing(self) -> bool:
        """Whether it speaks for a generated series."""
        return self.value < self.lowest


@define
class MarketLook:
    """Gathers the six figures of one series of traded bars."""

    _n_rows: int = field(default=0, init=False)
    _n_judged: int = field(default=0, init=False)
    _n_large: int = field(default=0, init=False)
    _n_free: int = field(default=0, init=False)
    _last_close: float = field(default=np.nan, init=False)
    _memory: RunningAutocorrelation = field(factory=RunningAutocorrelation, init=False)
    _volume_memory: RunningAutocorrelation = field(factory=RunningAutocorrelation, init=False)
    _volume_and_range: RunningCorrelation = field(factory=RunningCorrelation, init=False)
    _hour_sums: Float64Array = field(factory=lambda: np.zeros(_HOURS), init=False)
    _hour_counts: Int64Array = field(factory=lambda: np.zeros(_HOURS, dtype=np.int64), init=False)
    _square_sum: float = field(default=0.0, init=False)

    def see(self, rows: BarRows, moves: Float64Array, sigmas: Float64Array) -> None:
        """Take one block.

        Args:
            rows: Possible rows.
            moves: Size of the log return of each close, shape (n_rows,).
            sigmas: The same in robust standard deviations of the past; NaN where unknown.
        """
        self._memory.see(np.sqrt(moves))
        judged = sigmas[np.isfinite(sigmas)]
        self._n_judged += judged.shape[0]
        self._n_large += int((judged > _LARGE_SIGMAS).sum())
        before = np.concatenate(([self._last_close], rows.close[:-1]))
        self._n_free += int((rows.open != before).sum())
        self._n_rows += rows.n_rows
        self._last_close = float(rows.close[-1])
        self._see_activity(rows)

    def _see_activity(self, rows: BarRows) -> None:
        log_volume = np.log(np.where(rows.volume > 0, rows.volume, np.nan))
        self._volume_memory.see(log_volume)
        active = (rows.volume > 0) & (rows.high > rows.low)
        if not active.any():
            return
        times = rows.opened_at_ns[active]
        volumes = _within_days(log_volume[active], times)
        ranges = _within_days(np.log(np.log(rows.high[active] / rows.low[active])), times)
        self._volume_and_range.see(volumes, ranges)
        hours = times // NS_PER_HOUR % _HOURS
        self._hour_sums += np.bincount(hours, volumes, _HOURS)
        self._hour_counts += np.bincount(hours, minlength=_HOURS)
        self._square_sum += float((volumes * volumes).sum())

    def habits(self) -> tuple[Habit, ...]:
        """Return the six with their limits; fewer where a figure cannot be worked out, none where rows are too few."""
        if self._n_rows < ROWS_MIN or not self._n_judged:
            return ()
        found = (
            ("volatility_memory", self._memory.value, 0.10),
            ("large_moves", self._n_large / self._n_judged, 0.006),
            ("volume_memory", self._volume_memory.value, 0.30),
            ("volume_and_range", self._volume_and_range.value, 0.40),
            ("hours_of_the_day", self._explained_by_hours(), 0.02),
            ("free_opens", self._n_free / self._n_rows, 0.05),
        )
        return tuple(Habit(name, value, lowest) for name, value, lowest in found if value is not None)

    def _explained_by_hours(self) -> float | None:
        if self._square_sum <= 0:
            return None
        between = self._hour_sums**2 / np.maximum(self._hour_counts, 1)
        return float(between.sum()) / self._square_sum


def _within_days(values: Float64Array, times: Int64Array) -> Float64Array:
    """Return the values less their mean over each run of rows of one day, so that slow changes do not count."""
    days = times // NS_PER_DAY
    starts = np.flatnonzero(np.concatenate(([True], days[1:] != days[:-1])))
    counts = np.diff(np.append(starts, times.shape[0]))
    return values - np.repeat(np.add.reduceat(values, starts) / counts, counts)
