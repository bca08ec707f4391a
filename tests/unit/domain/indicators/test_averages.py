"""Weighted, exponential and Wilder's averages, by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from domain.indicators.averages import (
    ExponentialAverage,
    WeightedAverage,
    WilderAverage,
    exponential_average,
    weighted_average,
    wilder_average,
)
from domain.market import Float64Array
from tests import indicator_forms
from tests.indicator_forms import Form

nan = np.nan


def test_in_a_weighted_average_the_newest_value_weighs_most() -> None:
    # (1×1 + 2×2 + 3×6) / 6 = 23/6, then (1×2 + 2×6 + 3×3) / 6 = 23/6 again, then (1×6 + 2×3 + 3×0) / 6 = 2.
    values = np.array([1.0, 2.0, 6.0, 3.0, 0.0])

    np.testing.assert_allclose(weighted_average(values, 3), [nan, nan, 23 / 6, 23 / 6, 2.0], rtol=1e-15)


def test_an_exponential_average_starts_with_the_simple_one() -> None:
    # Seed (2 + 4 + 9) / 3 = 5. The weight of a value is 2 / (3 + 1) = 1/2: (5 + 7) / 2 = 6, then (6 + 2) / 2 = 4.
    values = np.array([2.0, 4.0, 9.0, 7.0, 2.0])

    np.testing.assert_array_equal(exponential_average(values, 3), [nan, nan, 5.0, 6.0, 4.0])


def test_in_wilders_average_a_value_weighs_one_over_the_period() -> None:
    # Seed (4 + 8) / 2 = 6, then 6/2 + 10/2 = 8, then 8/2 + 2/2 = 5.
    values = np.array([4.0, 8.0, 10.0, 2.0])

    np.testing.assert_array_equal(wilder_average(values, 2), [nan, 6.0, 8.0, 5.0])


@pytest.mark.parametrize("average", [weighted_average, exponential_average, wilder_average])
def test_an_average_of_one_value_is_that_value(average: Callable[[Float64Array, int], Float64Array]) -> None:
    values = np.array([3.7, 1e15, 0.1, -2.0])

    np.testing.assert_array_equal(average(values, 1), values)


@pytest.mark.parametrize("indicator", [WeightedAverage, ExponentialAverage, WilderAverage])
def test_a_period_below_one_is_refused(indicator: "type[WeightedAverage | ExponentialAverage]") -> None:
    with pytest.raises(ValueError, match="period must be at least 1, got 0"):
        indicator(0)


def test_a_value_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="value must be a finite number, got nan"):
        ExponentialAverage(3).update(nan)
    with pytest.raises(ValueError, match="values: row 1: inf is not a finite number"):
        weighted_average(np.array([1.0, np.inf]), 3)


def test_a_table_is_not_a_column() -> None:
    with pytest.raises(ValueError, match=r"values has shape \(2, 2\)"):
        wilder_average(np.ones((2, 2)), 1)


@pytest.mark.parametrize("make", [indicator_forms.ema, indicator_forms.wilder])
def test_of_equal_values_an_average_is_that_value_to_the_last_bit(make: Callable[[int], Form]) -> None:
    # Otherwise two averages of a market that stands still would cross by rounding.
    for value in np.random.default_rng(1).uniform(0.1, 40_000.0, 20).tolist():
        for period in (3, 12, 26):
            table = {"close": np.full(60, value)}
            for got in (make(period).in_batch(table), make(period).one_by_one(table)):
                np.testing.assert_array_equal(got["value"][period - 1 :], value)
