"""Times of rows: unit, grid, order, repeats, and what is missing between them."""

from typing import Final

import numpy as np
from attrs import define, field, frozen

from domain.data_quality.bar_rows import BarRows, BoolArray
from domain.data_quality.findings import FindingCode, Occurrence
from domain.data_quality.slot_ledger import SlotLedger, fingerprints
from domain.data_quality.step_lengths import StepLengths
from domain.data_quality.tally import Tally
from domain.market import Int64Array
from domain.time_units import NS_PER_DAY, NS_PER_MS, NS_PER_SECOND, NS_PER_US, format_interval, iso_utc

EARLIEST_AT_NS: Final = 1_230_940_800_000_000_000
"""2009-01-03T00:00:00Z, the day of the first Bitcoin block: before it there was no price to record."""

LATEST_AT_NS: Final = 4_102_444_800_000_000_000
"""2100-01-01T00:00:00Z."""

GAPS_MAX: Final = 1_000
"""Gaps that a report lists; all are counted."""

# Weekly bars open on Mondays; the epoch was a Thursday.
_FIRST_MONDAY_NS: Final = 4 * NS_PER_DAY
_WEEK_NS: Final = 7 * NS_PER_DAY


@frozen
class Gap:
    """A stretch without rows between two rows.

    Attributes:
        start_ns: Open of the first missing bar.
        n_missing: Bars missing.
    """

    start_ns: int
    n_missing: int


def is_possible_time(at_ns: Int64Array) -> BoolArray:
    """Return which instants lie between 2009 and 2100, shape (n_rows,)."""
    return (at_ns >= EARLIEST_AT_NS) & (at_ns < LATEST_AT_NS)


def is_on_grid(at_ns: Int64Array, interval_ns: int) -> BoolArray:
    """Return which instants are where a bar of this length opens, shape (n_rows,)."""
    good: BoolArray = (at_ns - _grid_origin_ns(interval_ns)) % interval_ns == 0
    return good


def _grid_origin_ns(interval_ns: int) -> int:
    return _FIRST_MONDAY_NS if interval_ns % _WEEK_NS == 0 else 0


@define
class RowTimes:
    """Follows the times of a series row by row.

    Attributes:
        interval_ns: Length claimed.
    """

    interval_ns: int
    _ledger: SlotLedger = field(factory=SlotLedger, init=False)
    _steps: StepLengths = field(init=False)
    _last_at_ns: int | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._steps = StepLengths(self.interval_ns)

    def see(self, rows: BarRows, tally: Tally) -> BoolArray:
        """Count what is wrong with the times of these rows.

        Returns:
            Which rows have a time of their own that can be true, shape (n_rows,).
        """
        good = self._check_unit(rows, tally)
        possible = rows.where(good)
        self._check_order(possible, tally)
        self._steps.see(possible, tally)
        good[good] = self._check_grid(possible, tally)
        good[good] = self._check_repeats(rows.where(good), tally)
        return good

    def _check_unit(self, rows: BarRows, tally: Tally) -> BoolArray:
        good = is_possible_time(rows.opened_at_ns)
        tally.add_rows(FindingCode.TIME_UNIT, rows, ~good, _describe_unit)
        return good

    def _check_order(self, rows: BarRows, tally: Tally) -> None:
        if not rows.n_rows:
            return
        first = rows.opened_at_ns[0] if self._last_at_ns is None else self._last_at_ns
        before = np.concatenate((np.array([first], dtype=np.int64), rows.opened_at_ns[:-1]))
        tally.add_rows(
            FindingCode.ORDER,
            rows,
            rows.opened_at_ns < before,
            lambda found, index: f"{_time(found, index)} after {iso_utc(int(before[index]))}",
        )
        self._last_at_ns = int(rows.opened_at_ns[-1])

    def _check_grid(self, rows: BarRows, tally: Tally) -> BoolArray:
        good = is_on_grid(rows.opened_at_ns, self.interval_ns)
        what = f"is not where a {format_interval(self.interval_ns)} bar opens"
        tally.add_rows(FindingCode.OFF_GRID, rows, ~good, lambda found, index: f"{_time(found, index)} {what}")
        return good

    @property
    def _origin_ns(self) -> int:
        return _grid_origin_ns(self.interval_ns)

    def _check_repeats(self, rows: BarRows, tally: Tally) -> BoolArray:
        slots = (rows.opened_at_ns - self._origin_ns) // self.interval_ns
        near = self._ledger.within_reach(slots)
        tally.add_rows(FindingCode.TIME_UNIT, rows, ~near, lambda found, index: f"{_time(found, index)} is far off")
        reached = rows.where(near)
        repeats, conflicts = self._ledger.enter(slots[near], fingerprints(reached))
        tally.add_rows(FindingCode.DUPLICATE, reached, repeats, _time)
        tally.add_rows(FindingCode.CONFLICTING_DUPLICATE, reached, conflicts, _describe_conflict)
        near[near] = ~(repeats | conflicts)
        return near

    def judge(self, tally: Tally) -> tuple[Gap, ...]:
        """Say what is missing and whether the interval is the one claimed, once all rows were seen.

        Returns:
            The first gaps in time order, measured by the interval claimed; none where it is not the real one.
        """
        starts, lengths = self._ledger.holes()
        gaps = tuple(
            Gap(slot * self.interval_ns + self._origin_ns, length)
            for slot, length in zip(starts[:GAPS_MAX].tolist(), lengths[:GAPS_MAX].tolist(), strict=True)
        )
        _count_gaps(gaps, lengths, tally)
        self._steps.judge(tally)
        return gaps if tally.count(FindingCode.GAP) else ()

    @property
    def inferred_ns(self) -> int | None:
        """The interval that the rows themselves show; None where there are too few to tell."""
        return self._steps.inferred_ns

    @property
    def completeness(self) -> float:
        """Bars seen over bars expected between first and last one, by the interval that the rows themselves show."""
        inferred = self._steps.inferred_ns
        if inferred is not None and inferred != self.interval_ns:
            n_seen = self._ledger.n_seen
            return n_seen / (n_seen + self._steps.missing_by(inferred)) if n_seen else 0.0
        return self._ledger.n_seen / self._ledger.n_expected if self._ledger.n_expected else 0.0


def _count_gaps(gaps: tuple[Gap, ...], lengths: Int64Array, tally: Tally) -> None:
    if not lengths.size:
        return
    for gap in gaps:
        tally.add(FindingCode.GAP, Occurrence(None, gap.start_ns, f"{gap.n_missing:,} missing"), count=0)
    places = f"{lengths.size:,} gap" if lengths.size == 1 else f"{lengths.size:,} gaps"
    detail = f"In {places}, the longest of {int(lengths.max()):,} bars."
    tally.add(FindingCode.GAP, count=int(lengths.sum()), detail=detail)


def _time(rows: BarRows, index: int) -> str:
    return iso_utc(int(rows.opened_at_ns[index]))


def _describe_unit(rows: BarRows, index: int) -> str:
    value = int(rows.opened_at_ns[index])
    for factor, unit, taken in (
        (NS_PER_US, "microseconds", "nanoseconds, or milliseconds for microseconds"),
        (NS_PER_MS, "milliseconds", "nanoseconds, or seconds for milliseconds"),
        (NS_PER_SECOND, "seconds", "nanoseconds"),
    ):
        if EARLIEST_AT_NS <= value * factor < LATEST_AT_NS:
            return f"{value} ns: too small by {factor:,}, as if {unit} were taken for {taken}"
    return f"{value} ns is no time between 2009 and 2100"


def _describe_conflict(rows: BarRows, index: int) -> str:
    return f"{_time(rows, index)} again, close {float(rows.close[index])!r}"
