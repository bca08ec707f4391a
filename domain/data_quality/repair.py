"""Repairs a table by dropping or marking rows and sorting what is left. Nothing is ever made up.

What is missing stays missing: filling a hole would be inventing prices. Rows that are only implausible stay as well,
because a market can be implausible; a person has to decide about them.
"""

from enum import Enum

import numpy as np
from attrs import field, frozen

from domain.bar_table import BarTable
from domain.data_quality.bar_rows import BarRows, BoolArray, bar_rows
from domain.data_quality.findings import FindingCode
from domain.data_quality.row_conflicts import ConflictPolicy
from domain.data_quality.row_times import LATEST_AT_NS, is_on_grid, is_possible_time
from domain.data_quality.row_values import impossible_values, is_possible
from domain.data_quality.slot_ledger import SLOTS_MAX
from domain.data_quality.validation import Claim
from domain.market import Int64Array


class Deed(Enum):
    """What repair did to rows. The values are stored in documents."""

    DROPPED = "dropped"
    MARKED = "marked"
    SORTED = "sorted"


@frozen(kw_only=True, eq=False)
class RepairAction:
    """One kind of thing that repair did.

    Attributes:
        deed: What was done.
        reason: The fault that it removed.
        at_ns: Open instants of the rows concerned as they stood there, shape (n_rows,), in time order.
    """

    deed: Deed
    reason: FindingCode
    at_ns: Int64Array = field(repr=False)

    @property
    def count(self) -> int:
        """Rows concerned."""
        return int(self.at_ns.shape[0])


@frozen(eq=False)
class Repaired:
    """A repaired table and everything that was done to it.

    Attributes:
        table: Rows of the original, each at most once, in time order.
        rows: Where each of them stood in the original, from 0, shape (n_rows,).
        is_marked: Which of them are doubtful, shape (n_rows,).
        actions: What was done; empty where nothing was wrong.
    """

    table: BarTable
    rows: Int64Array = field(repr=False)
    is_marked: BoolArray = field(repr=False)
    actions: tuple[RepairAction, ...]


def repair(table: BarTable, claim: Claim, conflicts: ConflictPolicy = ConflictPolicy.DROP) -> Repaired:
    """Return the rows that can be true, in time order, each time once.

    Repairing twice changes nothing more, and validation finds no error that is called repairable in what is left.
    The interval claimed must be the real one: rows off its grid are dropped.

    Args:
        table: Rows as found; held in memory as a whole.
        claim: What the series claims to be.
        conflicts: What becomes of rows that claim the same time with different values.
    """
    actions: list[RepairAction] = []
    rows = _possible(bar_rows(table), claim, actions)
    rows = _in_order(rows, actions)
    rows, is_marked = _once(rows, conflicts, actions)
    columns = (rows.opened_at_ns, rows.open, rows.high, rows.low, rows.close, rows.volume)
    return Repaired(BarTable(table.symbol, table.interval_ns, *columns), rows.row, is_marked, tuple(actions))


def _possible(rows: BarRows, claim: Claim, actions: list[RepairAction]) -> BarRows:
    for reason, bad in impossible_values(rows, has_volume=claim.is_traded):
        note(actions, Deed.DROPPED, reason, rows.opened_at_ns[bad])
    rows = rows.where(is_possible(rows, has_volume=claim.is_traded))
    for reason, check in (
        (FindingCode.TIME_UNIT, _has_possible_time),
        (FindingCode.OFF_GRID, _is_on_grid),
        (FindingCode.UNFINISHED_BAR, _had_closed),
    ):
        good = check(rows, claim)
        note(actions, Deed.DROPPED, reason, rows.opened_at_ns[~good])
        rows = rows.where(good)
    return rows


def _has_possible_time(rows: BarRows, claim: Claim) -> BoolArray:
    good = is_possible_time(rows.opened_at_ns)
    if not good.any():
        return good
    middle = np.int64(np.median(rows.opened_at_ns[good]))
    # Validation cannot look farther than this either.
    reach = min(SLOTS_MAX // 4 * claim.interval_ns, LATEST_AT_NS)
    good &= np.abs(rows.opened_at_ns - middle) < reach
    return good


def _is_on_grid(rows: BarRows, claim: Claim) -> BoolArray:
    return is_on_grid(rows.opened_at_ns, claim.interval_ns)


def _had_closed(rows: BarRows, claim: Claim) -> BoolArray:
    if claim.as_of_ns is None:
        return np.ones(rows.n_rows, dtype=np.bool_)
    return rows.opened_at_ns + np.int64(claim.interval_ns) <= claim.as_of_ns


def _in_order(rows: BarRows, actions: list[RepairAction]) -> BarRows:
    goes_back = np.diff(rows.opened_at_ns) < 0
    if not goes_back.any():
        return rows
    note(actions, Deed.SORTED, FindingCode.ORDER, rows.opened_at_ns[1:][goes_back])
    # Stable: of rows with the same time the one found first stays first.
    order = np.argsort(rows.opened_at_ns, kind="stable")
    return BarRows._make(column[order] for column in rows)


def _once(rows: BarRows, policy: ConflictPolicy, actions: list[RepairAction]) -> tuple[BarRows, BoolArray]:
    """Return rows in time order with each time once, and which of them are marked."""
    times = rows.opened_at_ns
    is_first = np.concatenate((np.ones(min(rows.n_rows, 1), dtype=np.bool_), times[1:] != times[:-1]))
    first = np.flatnonzero(is_first)[np.cumsum(is_first) - 1] if rows.n_rows else np.zeros(0, dtype=np.int64)
    values = np.stack((rows.open, rows.high, rows.low, rows.close, rows.volume))
    # NaN can stand in volumes of bars that have none.
    differs = ~((values == values[:, first]) | np.isnan(values)).all(axis=0)
    in_conflict = np.zeros(rows.n_rows, dtype=np.bool_)
    in_conflict[first[differs]] = True
    in_conflict = in_conflict[first]
    note(actions, Deed.DROPPED, FindingCode.DUPLICATE, times[~is_first & ~differs & ~in_conflict])
    keep = is_first & ~in_conflict if policy is ConflictPolicy.DROP else is_first
    note(actions, Deed.DROPPED, FindingCode.CONFLICTING_DUPLICATE, times[in_conflict & ~keep])
    note(actions, Deed.MARKED, FindingCode.CONFLICTING_DUPLICATE, times[in_conflict & keep])
    return rows.where(keep), in_conflict[keep]


def note(actions: list[RepairAction], deed: Deed, reason: FindingCode, at_ns: Int64Array) -> None:
    """Record what was done to the rows with these instants, shape (n_rows,), if there are any."""
    if at_ns.size:
        actions.append(RepairAction(deed=deed, reason=reason, at_ns=np.sort(at_ns)))
