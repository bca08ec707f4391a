"""Pivots, by hand."""

import numpy as np
import pytest

from domain.indicators.pivots import Pivot, PivotFinder, confirmed_pivots

nan = np.nan


def test_a_pivot_is_known_only_when_its_right_side_has_closed() -> None:
    finder = PivotFinder(left=1, right=2)

    seen = [finder.update(high, high - 1.0).high for high in (5.0, 9.0, 7.0, 6.0, 8.0)]

    # The high of bar 1 stands out from bar 0 and bars 2 and 3, and is known with the close of bar 3.
    assert seen == [None, None, None, Pivot(price=9.0, bar=1, known_bar=3), None]


def test_of_two_equal_highs_none_stands_out() -> None:
    finder = PivotFinder(left=1, right=1)

    assert not any(finder.update(high, 1.0).high for high in (5.0, 9.0, 9.0, 6.0))


def test_one_bar_can_be_a_pivot_both_ways() -> None:
    finder = PivotFinder(left=1, right=1)

    seen = [finder.update(*bar) for bar in ((5.0, 4.0), (6.0, 3.0), (5.5, 3.5))]

    assert seen[-1] == (Pivot(6.0, 1, 2), Pivot(3.0, 1, 2))


def test_columns_hold_pivots_in_the_rows_that_confirm_them() -> None:
    high, low = np.array([5.0, 9.0, 7.0, 8.0, 6.0]), np.array([4.0, 5.0, 3.0, 4.5, 5.5])

    got = confirmed_pivots(high, low, left=1, right=1)

    np.testing.assert_array_equal(got.high, [nan, nan, 9.0, nan, 8.0])
    np.testing.assert_array_equal(got.low, [nan, nan, nan, 3.0, nan])


@pytest.mark.parametrize(("left", "right", "named"), [(0, 1, "left"), (1, 0, "right")])
def test_a_pivot_has_two_sides(left: int, right: int, named: str) -> None:
    with pytest.raises(ValueError, match=f"{named} must be at least 1, got 0"):
        PivotFinder(left, right)
