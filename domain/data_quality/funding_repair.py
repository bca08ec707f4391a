"""Repairs funding settlements by dropping or marking rows and sorting what is left, as `domain.data_quality.repair`."""

import numpy as np
from attrs import field, frozen

from domain.data_quality.bar_rows import BoolArray
from domain.data_quality.findings import FindingCode
from domain.data_quality.funding_quality import RATE_MAX, is_late, settled_hours
from domain.data_quality.repair import Deed, RepairAction, note
from domain.data_quality.row_conflicts import ConflictPolicy
from domain.data_quality.row_times import is_possible_time
from domain.funding_table import FundingTable
from domain.market import Int64Array


@frozen(eq=False)
class RepairedFunding:
    """Repaired settlements and everything that was done to them.

    Attributes:
        table: Rows of the original, each at most once, in time order.
        rows: Where each of them stood in the original, from 0, shape (n_rows,).
        is_marked: Which of them are doubtful, same shape.
        actions: What was done; empty where nothing was wrong.
    """

    table: FundingTable
    rows: Int64Array = field(repr=False)
    is_marked: BoolArray = field(repr=False)
    actions: tuple[RepairAction, ...]


def repair_funding(table: FundingTable, conflicts: ConflictPolicy = ConflictPolicy.DROP) -> RepairedFunding:
    """Return the settlements that can be true, in time order, each hour once.

    Args:
        table: Rows as found.
        conflicts: What becomes of rows that claim the same hour with different rates.
    """
    actions: list[RepairAction] = []
    rows = np.arange(len(table), dtype=np.int64)
    for reason, bad in _faults(table):
        note(actions, Deed.DROPPED, reason, table.settled_at_ns[rows[bad[rows]]])
        rows = rows[~bad[rows]]
    rows = _in_order(table, rows, actions)
    rows, is_marked = _once(table, rows, conflicts, actions)
    left = FundingTable(table.symbol, table.settled_at_ns[rows], table.rates[rows])
    return RepairedFunding(left, rows, is_marked, tuple(actions))


def _faults(table: FundingTable) -> tuple[tuple[FindingCode, BoolArray], ...]:
    times, rates = table.settled_at_ns, table.rates
    return (
        (FindingCode.NOT_FINITE, ~np.isfinite(rates)),
        (FindingCode.ABSURD_RATE, np.abs(rates) > RATE_MAX),
        (FindingCode.TIME_UNIT, ~is_possible_time(times)),
        (FindingCode.OFF_GRID, is_late(times)),
    )


def _in_order(table: FundingTable, rows: Int64Array, actions: list[RepairAction]) -> Int64Array:
    times = table.settled_at_ns[rows]
    note(actions, Deed.SORTED, FindingCode.ORDER, times[1:][np.diff(times) < 0])
    # Stable: of rows with the same time the one found first stays first.
    return rows[np.argsort(times, kind="stable")]


def _once(
    table: FundingTable, rows: Int64Array, policy: ConflictPolicy, actions: list[RepairAction]
) -> tuple[Int64Array, BoolArray]:
    """Return rows in time order with each hour once, and which of them are marked."""
    times, rates = table.settled_at_ns[rows], table.rates[rows]
    _, first, which = np.unique(settled_hours(times), return_index=True, return_inverse=True)
    is_first = np.zeros(rows.shape[0], dtype=np.bool_)
    is_first[first] = True
    differs = rates != rates[first][which]
    in_conflict = np.zeros(first.shape[0], dtype=np.bool_)
    in_conflict[which[differs]] = True
    in_conflict = in_conflict[which]
    note(actions, Deed.DROPPED, FindingCode.DUPLICATE, times[~is_first & ~in_conflict])
    keep = is_first & ~in_conflict if policy is ConflictPolicy.DROP else is_first
    note(actions, Deed.DROPPED, FindingCode.CONFLICTING_DUPLICATE, times[in_conflict & ~keep])
    note(actions, Deed.MARKED, FindingCode.CONFLICTING_DUPLICATE, times[in_conflict & keep])
    return rows[keep], in_conflict[keep]
