"""Levels that change for good, and what a hole in the data explains."""

import pytest

from domain.data_quality.findings import FindingCode
from domain.time_units import NS_PER_DAY
from tests.bar_tables import clean_columns, judged, rows_found


def jump_behind_hole(factor: float, days: int) -> list[int | None]:
    """Return at which rows a level changes where row 200 opens after so many days at so many times the price."""
    columns = clean_columns(1, 400)
    for name in ("open", "high", "low", "close"):
        columns[name][200:] *= factor
    columns["opened_at_ns"][200:] += days * NS_PER_DAY
    return rows_found(judged(columns), FindingCode.LEVEL_JUMP)


@pytest.mark.parametrize(
    ("factor", "days", "rows"),
    [
        (1.55, 0, [200]),
        (1.45, 0, []),
        (1 / 1.55, 0, [200]),
        # Half a year: 0.405 + 0.3 × √180 = 4.43, a factor of 84.
        (10.0, 180, []),
        (100.0, 180, [200]),
        # 18 days, as between the two coins called LUNA: 0.405 + 0.3 × √18 = 1.68, a factor of 5.4.
        (5.0, 18, []),
        (171_116.0, 18, [200]),
        # No hole explains more than a thousand.
        (1_100.0, 3_000, [200]),
    ],
)
def test_a_hole_explains_a_change_of_level_by_its_length(factor: float, days: int, rows: list[int]) -> None:
    assert jump_behind_hole(factor, days) == rows


def test_a_crash_that_is_traded_on_the_way_is_no_change_of_level() -> None:
    columns = clean_columns(1, 400)
    # 20 hours at 5 % down each: to a third, but never by more than that from close to open.
    for row in range(200, 400):
        for name in ("open", "high", "low", "close"):
            columns[name][row] *= 0.95 ** min(row - 199, 20)

    assert rows_found(judged(columns), FindingCode.LEVEL_JUMP) == []
