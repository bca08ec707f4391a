"""Two series side by side."""

import numpy as np
import pytest

from domain.data_quality.findings import FindingCode
from domain.data_quality.second_source import SecondSource, compare, second_source_findings
from domain.time_units import NS_PER_HOUR
from tests.bar_tables import Columns, clean_columns, rows_of, table_of

N_ROWS = 600


def shifted(columns: Columns, factor: float) -> Columns:
    """Return the same bars at other prices."""
    return columns | {name: columns[name] * factor for name in ("open", "high", "low", "close")}


def codes(first: Columns, second: Columns, kind: SecondSource) -> list[FindingCode]:
    findings, _ = second_source_findings(table_of(first), table_of(second), kind)
    return [finding.code for finding in findings]


def test_bars_of_different_length_meet_where_both_close() -> None:
    hours = clean_columns(1, 8)
    last = np.array([3, 7])
    # The four hours that open with row 0 close with row 3.
    longer = rows_of(hours, last) | {"opened_at_ns": hours["opened_at_ns"][last - 3]}

    found = compare(table_of(hours), table_of(longer, interval_ns=4 * NS_PER_HOUR))

    assert found.rows.tolist() == [3, 7]
    assert found.share_identical == 1.0
    assert found.typical_distance == 0.0


def test_rows_without_a_price_are_left_out() -> None:
    hours, other = clean_columns(1, 8), clean_columns(1, 8)
    hours["close"][2] = np.nan
    other["close"][5] = -1.0

    assert compare(table_of(hours), table_of(other)).rows.tolist() == [0, 1, 3, 4, 6, 7]


def test_a_close_more_than_two_percent_away_is_named_with_both_prices() -> None:
    columns = clean_columns(1, 50)
    other = clean_columns(1, 50)
    other["close"][7] *= 1.03
    other["close"][9] *= 1.019

    (finding,), _ = second_source_findings(table_of(columns), table_of(other), SecondSource.SAME)

    assert (finding.code, finding.count) == (FindingCode.SECOND_SOURCE, 1)
    assert finding.occurrences[0].row == 7
    assert finding.occurrences[0].at_ns == columns["opened_at_ns"][7]
    assert repr(float(columns["close"][7])) in finding.occurrences[0].values


def test_the_same_market_may_be_the_same_to_the_last_digit() -> None:
    assert codes(clean_columns(1, N_ROWS), clean_columns(1, N_ROWS), SecondSource.SAME) == []


def test_a_perpetual_is_never_the_spot_market_to_the_last_digit() -> None:
    perpetual = clean_columns(1, N_ROWS)

    assert codes(perpetual, perpetual, SecondSource.SPOT) == [FindingCode.SPOT_AS_PERPETUAL]
    assert codes(perpetual, shifted(perpetual, 1.0004), SecondSource.SPOT) == []


@pytest.mark.parametrize(("n_equal", "is_spot"), [(0, True), (11, True), (12, False), (300, False)])
def test_a_perpetual_is_at_its_mark_price_in_two_of_a_hundred_closes_at_least(n_equal: int, is_spot: bool) -> None:
    bars = clean_columns(1, N_ROWS)
    marks = shifted(bars, 1.0003)
    marks["close"][:n_equal] = bars["close"][:n_equal]

    # 2 % of 600 are 12.
    assert codes(bars, marks, SecondSource.MARK) == ([FindingCode.SPOT_AS_PERPETUAL] if is_spot else [])


@pytest.mark.parametrize(
    ("n_rows", "note"),
    [
        (499, "Spot or perpetual cannot be told from 499 common closes; it takes 500."),
        (0, "The second source has no close in common with the series, so nothing was compared."),
    ],
)
def test_too_little_in_common_tells_nothing_and_says_so(n_rows: int, note: str) -> None:
    bars = table_of(clean_columns(1, N_ROWS))
    other = table_of(rows_of(clean_columns(1, N_ROWS), np.arange(n_rows)))

    assert second_source_findings(bars, other, SecondSource.SPOT) == ((), (note,))
