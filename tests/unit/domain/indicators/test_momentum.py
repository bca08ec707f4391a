"""Relative strength and MACD, by hand."""

from math import isnan

import numpy as np
import pytest

from domain.indicators.momentum import (
    ConvergenceDivergence,
    RelativeStrengthIndex,
    convergence_divergence,
    cutler_strength_index,
    relative_strength_index,
)

nan = np.nan


def test_relative_strength_is_the_share_of_rises() -> None:
    # Changes +2, -1, +1, +4. Seed of two: rises 2/2 = 1, falls 1/2: 100 × 1 / 1.5 = 66.67. Then rises (1 + 1) / 2 = 1,
    # falls 0.25: 100 × 1 / 1.25 = 80. Then rises (1 + 4) / 2 = 2.5, falls 0.125: 100 × 2.5 / 2.625 = 95.238.
    close = np.array([10.0, 12.0, 11.0, 12.0, 16.0])

    np.testing.assert_allclose(relative_strength_index(close, 2), [nan, nan, 200 / 3, 80.0, 2000 / 21], rtol=1e-15)


def test_cutlers_strength_looks_at_the_last_changes_alone() -> None:
    # Changes +2, -1, +1, +4. Of the last two: 2 of 3, 1 of 2, 5 of 5.
    close = np.array([10.0, 12.0, 11.0, 12.0, 16.0])

    np.testing.assert_allclose(cutler_strength_index(close, 2), [nan, nan, 200 / 3, 50.0, 100.0], rtol=1e-15)


def test_strength_is_unknown_until_something_moves() -> None:
    index = RelativeStrengthIndex(2)

    seen = [index.update(close) for close in (5.0, 5.0, 5.0, 5.0, 4.0)]

    assert [isnan(value) for value in seen] == [True, True, True, True, False]
    assert seen[-1] == 0.0


def test_macd_is_the_distance_of_two_averages_and_the_average_of_that() -> None:
    # Fast, of one: the close. Slow, of three, weight 1/2: seed (3 + 6 + 9) / 3 = 6, then (6 + 4) / 2 = 5,
    # then (5 + 9) / 2 = 7. Line: 9 - 6 = 3, 4 - 5 = -1, 9 - 7 = 2. Signal of two, weight 2/3: seed (3 - 1) / 2 = 1,
    # then 1/3 × 1 + 2/3 × 2 = 5/3.
    close = np.array([3.0, 6.0, 9.0, 4.0, 9.0])

    macd = convergence_divergence(close, 1, 3, 2)

    np.testing.assert_array_equal(macd.line, [nan, nan, 3.0, -1.0, 2.0])
    np.testing.assert_allclose(macd.signal, [nan, nan, nan, 1.0, 5 / 3], rtol=1e-15)
    np.testing.assert_allclose(macd.histogram, [nan, nan, nan, -2.0, 1 / 3], rtol=1e-15)


def test_the_slow_average_is_not_below_the_fast_one() -> None:
    with pytest.raises(ValueError, match="slow_period must not be below fast_period, got 12 and 26"):
        ConvergenceDivergence(26, 12, 9)
    with pytest.raises(ValueError, match="signal_period must be at least 1, got 0"):
        convergence_divergence(np.ones(3), 12, 26, 0)
