"""Each defect planted in a clean series is found by the right code, at the right place, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.data_quality.findings import FindingCode, Severity
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_MS
from tests.bar_tables import N_ROWS, Columns, clean_columns, counts, judged, rows_found, rows_of, times_found

PRICES = ("open", "high", "low", "close")

seeds = st.integers(0, 1_000)
inner_rows = st.integers(200, N_ROWS - 200)
any_rows = st.integers(1, N_ROWS - 2)
factors = st.floats(1.6, 1e6).flatmap(lambda factor: st.sampled_from([factor, 1 / factor]))


def errors(columns: Columns) -> set[FindingCode]:
    return {finding.code for finding in judged(columns).errors}


@given(seed=seeds)
def test_a_clean_series_has_no_findings_and_a_full_score(seed: int) -> None:
    quality = judged(clean_columns(seed))

    assert quality.findings == ()
    assert quality.score.total == 1.0
    assert quality.gaps == ()


@given(seed=seeds, start=any_rows, length=st.integers(1, 300))
def test_dropped_rows_are_a_gap_with_its_start_and_length(seed: int, start: int, length: int) -> None:
    columns = clean_columns(seed)
    length = min(length, N_ROWS - 1 - start)
    rows = np.delete(np.arange(N_ROWS), np.s_[start : start + length])

    quality = judged(rows_of(columns, rows))

    assert counts(quality)[FindingCode.GAP] == length
    assert [(gap.start_ns, gap.n_missing) for gap in quality.gaps] == [(columns["opened_at_ns"][start], length)]
    assert quality.score.completeness == (N_ROWS - length) / N_ROWS
    assert not quality.errors


@given(seed=seeds, row=any_rows, later=st.integers(1, N_ROWS))
def test_a_repeated_row_is_a_duplicate_wherever_it_stands(seed: int, row: int, later: int) -> None:
    place = min(row + later, N_ROWS)
    quality = judged(rows_of(clean_columns(seed), np.insert(np.arange(N_ROWS), place, row)))

    assert counts(quality)[FindingCode.DUPLICATE] == 1
    assert rows_found(quality, FindingCode.DUPLICATE) == [place]
    assert set(counts(quality)) <= {FindingCode.DUPLICATE, FindingCode.ORDER}
    assert quality.score.total < 0.99


@given(seed=seeds, row=any_rows, later=st.integers(1, N_ROWS))
def test_another_row_at_the_same_time_is_a_conflict_wherever_it_stands(seed: int, row: int, later: int) -> None:
    place = min(row + later, N_ROWS)
    columns = rows_of(clean_columns(seed), np.insert(np.arange(N_ROWS), place, row))
    columns["volume"][place] *= 1.01

    quality = judged(columns)

    assert rows_found(quality, FindingCode.CONFLICTING_DUPLICATE) == [place]
    assert FindingCode.DUPLICATE not in counts(quality)
    assert quality.score.total < 0.99


@given(seed=seeds, row=any_rows)
def test_swapped_rows_go_back_in_time(seed: int, row: int) -> None:
    rows = np.arange(N_ROWS)
    rows[[row, row + 1]] = rows[[row + 1, row]]

    quality = judged(rows_of(clean_columns(seed), rows))

    assert counts(quality) == {FindingCode.ORDER: 1}
    assert rows_found(quality, FindingCode.ORDER) == [row + 1]
    assert quality.gaps == ()


@given(seed=seeds, row=inner_rows, factor=factors)
def test_a_row_of_another_scale_is_a_jump_there_and_back(seed: int, row: int, factor: float) -> None:
    columns = clean_columns(seed)
    for name in PRICES:
        columns[name][row] *= factor

    quality = judged(columns)

    assert rows_found(quality, FindingCode.PRICE_JUMP) == [row, row + 1]
    assert rows_found(quality, FindingCode.OUTLIER) == [row, row + 1]
    assert not quality.errors


@given(seed=seeds, row=inner_rows, factor=factors)
def test_another_scale_from_a_row_on_is_another_level(seed: int, row: int, factor: float) -> None:
    columns = clean_columns(seed)
    for name in PRICES:
        columns[name][row:] *= factor

    quality = judged(columns)

    assert rows_found(quality, FindingCode.LEVEL_JUMP) == [row]
    assert quality.score.total <= 0.3


@given(seed=seeds, row=any_rows, length=st.integers(12, 100), trades=st.booleans())
def test_frozen_rows_are_found_from_the_first_repetition_on(seed: int, row: int, length: int, trades: bool) -> None:
    columns = clean_columns(seed)
    frozen = slice(row + 1, min(row + 1 + length, N_ROWS))
    for name in (*PRICES, "volume"):
        columns[name][frozen] = columns[name][row]
    columns["volume"][frozen] = columns["volume"][row] if trades else 0.0
    n_frozen = len(columns["volume"][frozen])

    found = counts(judged(columns)).get(FindingCode.FROZEN, 0)

    assert found == (n_frozen if n_frozen >= (3 if trades else 12) else 0)


@given(seed=seeds, row=any_rows, shift_min=st.integers(1, 59))
def test_rows_shifted_by_minutes_are_off_the_grid(seed: int, row: int, shift_min: int) -> None:
    columns = clean_columns(seed)
    columns["opened_at_ns"][row] += shift_min * NS_PER_MINUTE

    quality = judged(columns)

    assert rows_found(quality, FindingCode.OFF_GRID) == [row]
    assert counts(quality) == {FindingCode.OFF_GRID: 1, FindingCode.GAP: 1}


@given(seed=seeds, row=any_rows, shift_h=st.integers(1, 500))
def test_rows_shifted_by_whole_bars_leave_a_gap(seed: int, row: int, shift_h: int) -> None:
    columns = clean_columns(seed)
    columns["opened_at_ns"][row:] += shift_h * NS_PER_HOUR

    quality = judged(columns)

    assert counts(quality)[FindingCode.GAP] == shift_h
    assert quality.gaps[0].start_ns == columns["opened_at_ns"][row - 1] + NS_PER_HOUR


@pytest.mark.parametrize("factor", [1_000, 1_000_000, 1_000_000_000])
@given(seed=seeds, row=st.integers(0, N_ROWS - 1))
def test_a_change_of_the_unit_of_times_is_found_where_it_begins(factor: int, seed: int, row: int) -> None:
    columns = clean_columns(seed)
    columns["opened_at_ns"][row:] //= factor

    quality = judged(columns)

    assert counts(quality)[FindingCode.TIME_UNIT] == N_ROWS - row
    assert rows_found(quality, FindingCode.TIME_UNIT)[0] == row
    assert quality.score.total <= 0.3


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("close", np.nan, FindingCode.NOT_FINITE),
        ("open", np.inf, FindingCode.NOT_FINITE),
        ("volume", np.nan, FindingCode.NOT_FINITE),
        ("low", 0.0, FindingCode.NOT_POSITIVE),
        ("close", -5.0, FindingCode.NOT_POSITIVE),
        ("high", 1.0, FindingCode.PRICE_RELATION),
        ("low", 1e6, FindingCode.PRICE_RELATION),
        ("volume", -1.0, FindingCode.NEGATIVE_VOLUME),
    ],
)
@given(seed=seeds, row=st.integers(0, N_ROWS - 1))
def test_an_impossible_value_is_found_in_its_row(
    column: str, value: float, code: FindingCode, seed: int, row: int
) -> None:
    columns = clean_columns(seed)
    columns[column][row] = value

    quality = judged(columns)

    assert counts(quality) == {code: 1}
    assert rows_found(quality, code) == [row]
    assert quality.n_sound == N_ROWS - 1
    assert quality.score.total < 0.99


@given(seed=seeds, row=inner_rows)
def test_absurd_volume_is_found_in_its_row(seed: int, row: int) -> None:
    columns = clean_columns(seed)
    columns["volume"][row] = 1e7

    assert rows_found(judged(columns), FindingCode.ABSURD_VOLUME) == [row]


@given(seed=seeds, row=any_rows)
def test_a_move_without_volume_is_found_in_its_row(seed: int, row: int) -> None:
    columns = clean_columns(seed)
    columns["volume"][row] = 0.0

    assert rows_found(judged(columns), FindingCode.MOVES_WITHOUT_VOLUME) == [row]


@given(seed=seeds, start=inner_rows, factor=st.integers(2, 12))
def test_longer_bars_mixed_in_are_found_at_the_first_that_follows_another(seed: int, start: int, factor: int) -> None:
    longer = np.arange(start, min(start + 10 * factor, N_ROWS), factor)
    rows = np.concatenate((np.arange(start), longer, np.arange(longer[-1] + 1, N_ROWS)))
    columns = clean_columns(seed)

    quality = judged(rows_of(columns, rows))

    assert times_found(quality, FindingCode.MIXED_INTERVAL) == [columns["opened_at_ns"][start + factor]]
    assert quality.score.total <= 0.3


@pytest.mark.parametrize("claimed_ns", [NS_PER_MINUTE, 4 * NS_PER_HOUR])
@given(seed=seeds)
def test_a_wrong_interval_is_named_with_the_real_one(claimed_ns: int, seed: int) -> None:
    quality = judged(clean_columns(seed), interval_ns=claimed_ns)

    (finding,) = (each for each in quality.findings if each.severity is Severity.ERROR)
    assert finding.code is FindingCode.INTERVAL_MISMATCH
    assert "are 1h apart" in finding.sentence
    assert quality.inferred_ns == NS_PER_HOUR


@given(seed=seeds, early_ns=st.integers(1, NS_PER_HOUR))
def test_a_bar_that_had_not_closed_is_unfinished(seed: int, early_ns: int) -> None:
    columns = clean_columns(seed)
    end_ns = int(columns["opened_at_ns"][-1]) + NS_PER_HOUR

    unfinished = judged(columns, as_of_ns=end_ns - early_ns)

    assert counts(unfinished) == {FindingCode.UNFINISHED_BAR: 1}
    assert rows_found(unfinished, FindingCode.UNFINISHED_BAR) == [N_ROWS - 1]
    assert judged(columns, as_of_ns=end_ns).findings == ()


@given(seed=seeds)
def test_a_thin_bar_just_before_the_data_were_taken_is_suspicious(seed: int) -> None:
    columns = clean_columns(seed)
    end_ns = int(columns["opened_at_ns"][-1]) + NS_PER_HOUR
    columns["volume"][-1] = 0.1

    assert counts(judged(columns, as_of_ns=end_ns + NS_PER_MS)) == {FindingCode.THIN_LAST_BAR: 1}
    assert judged(columns, as_of_ns=end_ns + 2 * NS_PER_HOUR).findings == ()
