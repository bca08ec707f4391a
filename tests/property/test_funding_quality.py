"""Funding: each planted defect is found at its place; repair only drops, sorts and marks, and once is enough."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.data_quality.findings import FindingCode
from domain.data_quality.funding_quality import LONGEST_INTERVAL_NS, validate_funding
from domain.data_quality.funding_repair import repair_funding
from domain.data_quality.repair import Deed
from domain.data_quality.row_conflicts import ConflictPolicy
from domain.data_quality.series_quality import SeriesQuality, Verdict
from domain.funding_table import FundingTable
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_MS
from tests.support import START_NS, SYMBOL

N_ROWS = 60

any_rows = st.integers(1, N_ROWS - 2)
policies = st.sampled_from(ConflictPolicy)


def clean(n_rows: int = N_ROWS, *, hours: int = 8) -> FundingTable:
    """Return settlements of 1, 2, 3 … hundredths of a basis point, so that each row is another one."""
    times = START_NS + hours * NS_PER_HOUR * np.arange(n_rows, dtype=np.int64)
    return FundingTable(SYMBOL, times, np.linspace(1e-6, n_rows * 1e-6, n_rows))


def taken(table: FundingTable, rows: object) -> FundingTable:
    places = np.asarray(rows, dtype=np.int64)
    return FundingTable(table.symbol, table.settled_at_ns[places], table.rates[places])


def judged(*tables: FundingTable) -> SeriesQuality:
    return validate_funding(SYMBOL, tables)


def found(quality: SeriesQuality) -> dict[FindingCode, tuple[int, list[int | None]]]:
    return {each.code: (each.count, [place.row for place in each.occurrences]) for each in quality.findings}


@st.composite
def messy_tables(draw: st.DrawFn) -> FundingTable:
    """Draw up to 40 settlements in any order, some twice, some with other rates or times."""
    rows = draw(st.lists(st.integers(0, 19), max_size=40))
    table = taken(clean(), rows)
    for _ in range(draw(st.integers(0, 6)) if rows else 0):
        row = draw(st.integers(0, len(rows) - 1))
        if draw(st.booleans()):
            table.rates[row] = draw(st.sampled_from([np.nan, np.inf, 0.05, -0.5, 1e-6, 0.03]))
        else:
            table.settled_at_ns[row] = draw(
                st.sampled_from([0, START_NS, START_NS + 7 * NS_PER_MINUTE, START_NS + 12 * NS_PER_MS, -1])
            )
    return table


@given(table=messy_tables(), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_how_the_rows_are_split_changes_nothing(table: FundingTable, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(table)) for cut in cuts), len(table)]
    parts = [taken(table, np.arange(start, stop)) for start, stop in pairwise(edges) if stop > start]

    assert judged(*parts) == judged(table)


@pytest.mark.parametrize("hours", [1, 2, 4, 8])
def test_clean_settlements_have_no_findings(hours: int) -> None:
    quality = judged(clean(hours=hours))

    assert quality.findings == ()
    assert quality.score.total == 1.0
    assert quality.verdict is Verdict.GOOD
    assert quality.inferred_ns == hours * NS_PER_HOUR


def test_settlements_published_a_few_milliseconds_late_are_clean() -> None:
    table = clean()
    table.settled_at_ns[::3] += 17 * NS_PER_MS

    assert judged(table).findings == ()


@given(start=any_rows, length=st.integers(1, 20))
def test_dropped_settlements_are_a_hole_with_its_start_and_length(start: int, length: int) -> None:
    length = min(length, N_ROWS - 1 - start)
    quality = judged(taken(clean(), np.delete(np.arange(N_ROWS), np.s_[start : start + length])))

    assert found(quality) == {FindingCode.GAP: (length, [None])}
    assert [(gap.start_ns, gap.n_missing) for gap in quality.gaps] == [(START_NS + start * LONGEST_INTERVAL_NS, length)]
    assert quality.score.completeness == (N_ROWS - length) / N_ROWS


def test_a_change_to_more_frequent_settlements_is_mentioned_and_costs_nothing() -> None:
    slow, fast = clean(10), clean(11, hours=2)
    # 2 hours after the last of the slow ones, and then every 2 hours.
    times = np.concatenate((slow.settled_at_ns, slow.settled_at_ns[-1] + 2 * NS_PER_HOUR * np.arange(1, 12)))
    quality = judged(FundingTable(SYMBOL, times, np.concatenate((slow.rates, fast.rates))))

    (finding,) = quality.findings
    assert (finding.code, finding.count) == (FindingCode.FUNDING_INTERVAL, 1)
    assert finding.occurrences[0].values == "from 8h to 2h"
    assert quality.score.total == 1.0


@given(row=any_rows)
def test_a_repeated_settlement_is_a_duplicate(row: int) -> None:
    assert found(judged(taken(clean(), np.insert(np.arange(N_ROWS), row + 1, row)))) == {
        FindingCode.DUPLICATE: (1, [row + 1])
    }


@given(row=any_rows)
def test_another_rate_for_the_same_hour_is_a_conflict(row: int) -> None:
    table = taken(clean(), np.insert(np.arange(N_ROWS), row + 1, row))
    table.rates[row + 1] *= -1

    assert found(judged(table)) == {FindingCode.CONFLICTING_DUPLICATE: (1, [row + 1])}


@given(row=any_rows)
def test_swapped_settlements_go_back_in_time(row: int) -> None:
    rows = np.arange(N_ROWS)
    rows[[row, row + 1]] = rows[[row + 1, row]]

    assert found(judged(taken(clean(), rows))) == {FindingCode.ORDER: (1, [row + 1])}


@pytest.mark.parametrize(
    ("rate", "code"),
    [
        (np.nan, FindingCode.NOT_FINITE),
        (-np.inf, FindingCode.NOT_FINITE),
        (0.041, FindingCode.ABSURD_RATE),
        (-0.041, FindingCode.ABSURD_RATE),
    ],
)
@given(row=any_rows)
def test_a_rate_that_cannot_be_is_found_in_its_row(rate: float, code: FindingCode, row: int) -> None:
    table = clean()
    table.rates[row] = rate

    quality = judged(table)

    assert found(quality) == {code: (1, [row])}
    assert quality.verdict is Verdict.DOUBTFUL


def test_a_rate_at_the_widest_cap_of_the_venue_is_no_error() -> None:
    table = clean()
    table.rates[3] = -0.03

    assert judged(table).findings == ()


@given(row=any_rows)
def test_a_time_in_another_unit_is_found_in_its_row(row: int) -> None:
    table = clean()
    table.settled_at_ns[row] //= NS_PER_MS

    quality = judged(table)

    assert found(quality)[FindingCode.TIME_UNIT] == (1, [row])
    assert quality.score.total <= 0.3


def test_no_rows_at_all_are_unusable() -> None:
    assert judged().verdict is Verdict.UNUSABLE
    assert judged().findings[0].code is FindingCode.EMPTY


@given(table=messy_tables(), policy=policies)
def test_repair_makes_nothing_up_and_says_where_rows_stood(table: FundingTable, policy: ConflictPolicy) -> None:
    done = repair_funding(table, policy)

    assert len(set(done.rows.tolist())) == len(done.rows)
    np.testing.assert_array_equal(table.settled_at_ns[done.rows], done.table.settled_at_ns)
    np.testing.assert_array_equal(table.rates[done.rows], done.table.rates)


@given(table=messy_tables(), policy=policies)
def test_repairing_twice_changes_nothing_more(table: FundingTable, policy: ConflictPolicy) -> None:
    once = repair_funding(table, policy)
    twice = repair_funding(once.table, policy)

    assert twice.actions == ()
    assert twice.rows.tolist() == list(range(len(once.table)))
    assert not twice.is_marked.any()


@given(table=messy_tables(), policy=policies)
def test_no_error_is_left_that_is_called_repairable(table: FundingTable, policy: ConflictPolicy) -> None:
    quality = judged(repair_funding(table, policy).table)

    assert not [finding for finding in quality.errors if finding.facts.is_repairable]


@given(table=messy_tables(), policy=policies)
def test_every_row_that_is_gone_is_recorded_with_its_instant(table: FundingTable, policy: ConflictPolicy) -> None:
    done = repair_funding(table, policy)

    recorded = [at_ns for each in done.actions if each.deed is Deed.DROPPED for at_ns in each.at_ns.tolist()]
    gone = np.delete(table.settled_at_ns, done.rows).tolist()
    assert sorted(recorded) == sorted(gone)


@given(table=messy_tables())
def test_marking_keeps_the_first_of_each_conflict_and_dropping_none(table: FundingTable) -> None:
    marked, dropped = (repair_funding(table, policy) for policy in (ConflictPolicy.MARK, ConflictPolicy.DROP))

    assert marked.rows[~marked.is_marked].tolist() == dropped.rows.tolist()
    assert not dropped.is_marked.any()


def test_of_many_rates_for_one_hour_the_one_found_first_is_kept() -> None:
    table = taken(clean(), [3, 2, 1, 0] * 50)
    table.rates[:] = np.linspace(0.001, 0.002, 200)

    done = repair_funding(table, ConflictPolicy.MARK)

    assert done.rows.tolist() == [3, 2, 1, 0]
    assert done.is_marked.all()
