"""Repair: it only drops, sorts and marks; doing it twice does nothing more; what it calls repaired is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.bar_table import BarTable
from domain.data_quality.findings import FindingCode
from domain.data_quality.repair import Deed, repair
from domain.data_quality.row_conflicts import ConflictPolicy
from domain.data_quality.row_times import is_possible_time
from domain.data_quality.validation import Claim, validate_bars
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE
from tests.bar_tables import COLUMNS, clean_columns, rows_of, table_of
from tests.support import START_NS, SYMBOL

policies = st.sampled_from(ConflictPolicy)
bad_numbers = st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e-3, 1e9])
bad_times = st.sampled_from([0, 1_704_067_200_000, START_NS + 7 * NS_PER_MINUTE, START_NS, -5])


@st.composite
def messy_tables(draw: st.DrawFn) -> BarTable:
    """Draw up to 60 rows of a clean series in any order, some twice, some with other values."""
    order = draw(st.lists(st.integers(0, 39), max_size=60))
    columns = rows_of(clean_columns(1, 40), np.array(order, dtype=np.int64))
    for _ in range(draw(st.integers(0, 8)) if order else 0):
        row = draw(st.integers(0, len(order) - 1))
        name = draw(st.sampled_from(COLUMNS))
        columns[name][row] = draw(bad_times if name == "opened_at_ns" else bad_numbers)
    return table_of(columns)


claims = st.sampled_from([None, START_NS + 30 * NS_PER_HOUR]).map(
    lambda as_of_ns: Claim(symbol=SYMBOL, interval_ns=NS_PER_HOUR, as_of_ns=as_of_ns)
)


def rows(table: BarTable) -> list[tuple[float, ...]]:
    return list(zip(*(getattr(table, name).tolist() for name in COLUMNS), strict=True))


@given(table=messy_tables(), claim=claims, policy=policies)
def test_nothing_is_made_up(table: BarTable, claim: Claim, policy: ConflictPolicy) -> None:
    repaired = repair(table, claim, policy)

    left = rows(table)
    for row in rows(repaired.table):
        left.remove(row)
    # Where they are said to have stood they stood.
    assert [rows(table)[row] for row in repaired.rows.tolist()] == rows(repaired.table)


@given(table=messy_tables(), claim=claims, policy=policies)
def test_repairing_twice_changes_nothing_more(table: BarTable, claim: Claim, policy: ConflictPolicy) -> None:
    once = repair(table, claim, policy)
    twice = repair(once.table, claim, policy)

    assert rows(twice.table) == rows(once.table)
    assert twice.actions == ()
    assert not twice.is_marked.any()


@given(table=messy_tables(), claim=claims, policy=policies)
def test_no_error_is_left_that_is_called_repairable(table: BarTable, claim: Claim, policy: ConflictPolicy) -> None:
    quality = validate_bars(claim, [repair(table, claim, policy).table])

    assert not [finding for finding in quality.errors if finding.facts.is_repairable]


@given(table=messy_tables(), claim=claims, policy=policies)
def test_every_row_that_is_gone_is_recorded_with_its_instant(
    table: BarTable, claim: Claim, policy: ConflictPolicy
) -> None:
    repaired = repair(table, claim, policy)

    dropped = [action for action in repaired.actions if action.deed is Deed.DROPPED]
    gone = sorted([*table.opened_at_ns.tolist()])
    for at_ns in repaired.table.opened_at_ns.tolist():
        gone.remove(at_ns)
    assert sorted(at_ns for action in dropped for at_ns in action.at_ns.tolist()) == gone


@given(table=messy_tables(), claim=claims)
def test_marking_keeps_the_first_of_each_conflict_and_dropping_none(table: BarTable, claim: Claim) -> None:
    marked = repair(table, claim, ConflictPolicy.MARK)
    dropped = repair(table, claim, ConflictPolicy.DROP)

    kept_rows = rows(marked.table)
    unmarked = [row for row, is_marked in zip(kept_rows, marked.is_marked.tolist(), strict=True) if not is_marked]
    assert unmarked == rows(dropped.table)
    assert not dropped.is_marked.any()


@given(table=messy_tables(), claim=claims, policy=policies)
def test_what_is_left_can_be_true_and_is_in_order(table: BarTable, claim: Claim, policy: ConflictPolicy) -> None:
    left = repair(table, claim, policy).table

    assert np.all(np.diff(left.opened_at_ns) > 0)
    assert is_possible_time(left.opened_at_ns).all()
    assert np.all(left.low > 0)
    assert np.all(left.high >= np.maximum(left.open, left.close))
    assert np.isfinite(left.volume).all()


def test_sorting_is_recorded() -> None:
    columns = rows_of(clean_columns(1, 4), np.array([3, 2, 1, 0]))

    (action,) = repair(table_of(columns), Claim(symbol=SYMBOL, interval_ns=NS_PER_HOUR)).actions

    # Three rows, 2, 1 and 0, go back behind the one before them.
    assert (action.deed, action.reason, action.count) == (Deed.SORTED, FindingCode.ORDER, 3)


def test_of_many_values_for_one_time_the_one_found_first_is_kept() -> None:
    columns = rows_of(clean_columns(1, 4), np.array([3, 2, 1, 0] * 50))
    columns["volume"] = np.linspace(1.0, 2.0, 200)

    done = repair(table_of(columns), Claim(symbol=SYMBOL, interval_ns=NS_PER_HOUR), ConflictPolicy.MARK)

    assert done.rows.tolist() == [3, 2, 1, 0]
    assert done.is_marked.all()
