"""Validates funding settlements: times, order, holes and rates."""

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from domain.data_quality.bar_rows import BoolArray
from domain.data_quality.findings import FindingCode, Occurrence
from domain.data_quality.row_times import Gap, is_possible_time
from domain.data_quality.series_quality import SeriesQuality
from domain.data_quality.tally import OCCURRENCES_MAX, Tally
from domain.funding_table import FundingTable, joined_funding
from domain.market import Int64Array
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE, format_interval, iso_utc

LONGEST_INTERVAL_NS: Final = 8 * NS_PER_HOUR
"""The venue settles at least this often; a longer way from one settlement to the next is a hole."""

RATE_MAX: Final = 0.04
"""Beyond this, as a fraction of notional, no settlement of the venue went; its own caps are 3 % and less."""

# Settlements take place on the hour, but some sources publish the instant of their computation.
_LATE_MAX_NS: Final = NS_PER_MINUTE


def validate_funding(symbol: str, chunks: Iterable[FundingTable]) -> SeriesQuality:
    """Return what the settlements of all chunks, in the order found, say about a series.

    A change of the time between settlements is fine and only mentioned; a way of more than eight hours is a hole.
    Settlements are three a day, so all of them are held at once.
    """
    table = joined_funding(symbol, chunks)
    tally = Tally()
    possible = _check_rows(table, tally)
    hours = settled_hours(table.settled_at_ns[possible])
    known = np.unique(hours)
    steps = known[1:] - known[:-1]
    gaps, n_missing = _holes(known, tally)
    _check_interval_changes(known, steps, tally)
    n_seen = int(known.shape[0])
    if not len(table):
        tally.add(FindingCode.EMPTY, count=0)
    inferred = _usual(steps)
    return SeriesQuality(
        symbol=symbol,
        interval_ns=inferred or LONGEST_INTERVAL_NS,
        inferred_ns=inferred,
        n_rows=len(table),
        n_sound=n_seen,
        start_ns=int(known[0]) if n_seen else None,
        end_ns=int(known[-1]) if n_seen else None,
        bars_present=n_seen / (n_seen + n_missing) if n_seen else 0.0,
        findings=tally.findings(),
        gaps=gaps,
    )


def settled_hours(at_ns: Int64Array) -> Int64Array:
    """Return the whole hours that instants published a little late belong to."""
    return at_ns // NS_PER_HOUR * NS_PER_HOUR


def _check_rows(table: FundingTable, tally: Tally) -> BoolArray:
    """Count what is wrong with single rows; return those whose time counts, shape (n_rows,)."""
    times, rates = table.settled_at_ns, table.rates
    possible = is_possible_time(times)
    _count(tally, FindingCode.TIME_UNIT, table, ~possible, lambda row: f"{times[row]} ns")
    late = possible & is_late(times)
    _count(tally, FindingCode.OFF_GRID, table, late, lambda row: f"{iso_utc(int(times[row]))} is not on the hour")
    _count(tally, FindingCode.NOT_FINITE, table, ~np.isfinite(rates), lambda row: f"rate {float(rates[row])!r}")
    absurd = np.abs(rates) > RATE_MAX
    _count(
        tally, FindingCode.ABSURD_RATE, table, absurd & np.isfinite(rates), lambda row: f"rate {float(rates[row])!r}"
    )
    possible &= ~late
    _check_repeats(table, possible, tally)
    return possible


def is_late(at_ns: Int64Array) -> BoolArray:
    """Return which instants are no settlement, even one published a little late, shape (n_rows,)."""
    late: BoolArray = at_ns % NS_PER_HOUR > _LATE_MAX_NS
    return late


def _check_repeats(table: FundingTable, possible: BoolArray, tally: Tally) -> None:
    hours = settled_hours(table.settled_at_ns)
    back = np.zeros(len(table), dtype=np.bool_)
    back[1:] = (np.diff(hours) < 0) & possible[1:] & possible[:-1]
    _count(tally, FindingCode.ORDER, table, back, lambda row: f"after {iso_utc(int(hours[row - 1]))}")
    places = np.flatnonzero(possible)
    _, first, which = np.unique(hours[places], return_index=True, return_inverse=True)
    again = np.ones(places.shape[0], dtype=np.bool_)
    again[first] = False
    same = table.rates[places] == table.rates[places[first]][which]
    for code, found in (
        (FindingCode.DUPLICATE, again & same),
        (FindingCode.CONFLICTING_DUPLICATE, again & ~same),
    ):
        bad = np.zeros(len(table), dtype=np.bool_)
        bad[places[found]] = True
        _count(tally, code, table, bad, lambda row: f"rate {float(table.rates[row])!r}")


def _count(
    tally: Tally, code: FindingCode, table: FundingTable, bad: BoolArray, describe: Callable[[int], str]
) -> None:
    rows = np.flatnonzero(bad).tolist()
    for row in rows[:OCCURRENCES_MAX]:
        tally.add(code, Occurrence(row, int(table.settled_at_ns[row]), describe(row)), count=0)
    if rows:
        tally.add(code, count=len(rows))


def _holes(known: Int64Array, tally: Tally) -> tuple[tuple[Gap, ...], int]:
    """Return the holes and the number of settlements missing in them, by the eight hours that are always kept."""
    before = np.flatnonzero(np.diff(known) > LONGEST_INTERVAL_NS)
    lengths = -(-np.diff(known)[before] // LONGEST_INTERVAL_NS) - 1
    gaps = tuple(
        Gap(at_ns + LONGEST_INTERVAL_NS, length)
        for at_ns, length in zip(known[before].tolist(), lengths.tolist(), strict=True)
    )
    for gap in gaps:
        tally.add(FindingCode.GAP, Occurrence(None, gap.start_ns, f"{gap.n_missing:,} missing"), count=0)
    n_missing = int(lengths.sum())
    if gaps:
        tally.add(FindingCode.GAP, count=n_missing, detail=f"In {len(gaps):,} holes of more than 8 hours.")
    return gaps, n_missing


def _check_interval_changes(known: Int64Array, steps: Int64Array, tally: Tally) -> None:
    usual = steps <= LONGEST_INTERVAL_NS
    changes = np.flatnonzero((np.diff(steps) != 0) & usual[1:] & usual[:-1]) + 1
    for place in changes[:OCCURRENCES_MAX].tolist():
        text = f"from {format_interval(int(steps[place - 1]))} to {format_interval(int(steps[place]))}"
        tally.add(FindingCode.FUNDING_INTERVAL, Occurrence(None, int(known[place]), text), count=0)
    if changes.size:
        tally.add(FindingCode.FUNDING_INTERVAL, count=int(changes.size))


def _usual(steps: Int64Array) -> int | None:
    if not steps.size:
        return None
    lengths, counts = np.unique(steps, return_counts=True)
    return int(lengths[np.argmax(counts)])
