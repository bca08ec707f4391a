"""Directional movement, by hand."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import pytest

from domain.market import Float64Array
from tests import indicator_forms
from tests.indicator_forms import Form

nan = np.nan

Run: TypeAlias = Callable[[Form, Mapping[str, Float64Array]], Mapping[str, Float64Array]]

both_forms = pytest.mark.parametrize("run", [Form.in_batch, Form.one_by_one], ids=["batch", "one_by_one"])


def table_of(high: Float64Array, low: Float64Array, close: Float64Array) -> Mapping[str, Float64Array]:
    return {"high": high, "low": low, "close": close}


@both_forms
def test_directions_are_shares_of_the_range(run: Run) -> None:
    # Bars (high, low, close): (10, 8, 9), (12, 9, 11), (12, 8, 10), (15, 9, 14).
    # Ups 2, 0, 3; downs -1, 1, -1: +DM 2, 0, 3 and -DM 0, 1, 0. True ranges 12 - 9 = 3, 12 - 8 = 4, 15 - 9 = 6.
    # Averages of two: +DM 1, then (1 + 3) / 2 = 2; -DM 0.5, then 0.25; ranges 3.5, then 4.75.
    # +DI 100/3.5 = 28.57, 200/4.75 = 42.11; -DI 50/3.5 = 14.29, 25/4.75 = 5.26.
    # DX 100 × 0.5/1.5 = 33.33, 100 × 1.75/2.25 = 77.78. ADX, from four bars on, their mean 55.56.
    high, low, close = np.array([[10.0, 8, 9], [12, 9, 11], [12, 8, 10], [15, 9, 14]]).T

    got = run(indicator_forms.adx(2), table_of(high, low, close))

    np.testing.assert_allclose(got["plus_di"], [nan, nan, 100 / 3.5, 200 / 4.75], rtol=1e-14)
    np.testing.assert_allclose(got["minus_di"], [nan, nan, 50 / 3.5, 25 / 4.75], rtol=1e-14)
    np.testing.assert_allclose(got["dx"], [nan, nan, 100 / 3, 700 / 9], rtol=1e-14)
    np.testing.assert_allclose(got["adx"], [nan, nan, nan, (100 / 3 + 700 / 9) / 2], rtol=1e-14)


@both_forms
def test_a_bar_that_reaches_as_far_down_as_up_moves_neither_way(run: Run) -> None:
    # Each bar is one wider on both sides.
    high, low = np.array([10.0, 11.0, 12.0]), np.array([9.0, 8.0, 7.0])

    got = run(indicator_forms.adx(1), table_of(high, low, (high + low) / 2))

    np.testing.assert_array_equal(got["plus_di"], [nan, 0.0, 0.0])
    np.testing.assert_array_equal(got["minus_di"], [nan, 0.0, 0.0])
    np.testing.assert_array_equal(got["dx"], [nan, 0.0, 0.0])


@both_forms
def test_a_trend_without_a_step_back_is_all_one_way(run: Run) -> None:
    price = np.arange(1.0, 40.0)

    got = run(indicator_forms.adx(5), table_of(price + 0.5, price - 0.5, price))

    np.testing.assert_allclose(got["adx"][9:], 100.0, rtol=1e-12)
    np.testing.assert_array_equal(got["minus_di"][5:], 0.0)
