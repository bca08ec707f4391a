"""Indicators: the incremental form is the batch form, both are the published ones, and rounding does not pile up."""

import json
from collections.abc import Mapping
from math import isnan, nan
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.indicators.averages import MovingAverage, MovingAveragePair, moving_average
from domain.indicators.ranges import AverageTrueRange, average_true_range
from domain.market import Float64Array

# Prices of one instrument stay within a factor of a hundred of each other over any window that is used: what leaves
# a window ten thousand times larger than what is in it would take digits with it until the sum is made anew.
scales = st.sampled_from([1e-6, 1e-3, 1.0, 1e4, 1e8])
prices = st.floats(0.1, 10.0)
# Lengths are drawn first: lists of any length are mostly shorter than the windows.
lengths = st.integers(0, 80)
closes = lengths.flatmap(lambda n: st.lists(prices, min_size=n, max_size=n))
bars = lengths.flatmap(lambda n: st.lists(st.tuples(prices, prices, st.floats(0.0, 1.0)), min_size=n, max_size=n))
periods = st.integers(1, 25)


def incremental_average(values: Float64Array, period: int) -> list[float]:
    average = MovingAverage(period)
    return [average.update(value) for value in values.tolist()]


def incremental_range(high: Float64Array, low: Float64Array, close: Float64Array, period: int) -> list[float]:
    average = AverageTrueRange(period)
    return [average.update(*bar) for bar in zip(high.tolist(), low.tolist(), close.tolist(), strict=True)]


def columns(drawn: list[tuple[float, float, float]], scale: float) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Make highs, lows, and closes between them."""
    ends = np.array([(max(one, two), min(one, two)) for one, two, _ in drawn]).reshape(-1, 2) * scale
    share = np.array([share for _, _, share in drawn])
    high, low = ends[:, 0], ends[:, 1]
    return high, low, np.clip(low + share * (high - low), low, high)


@given(values=closes, scale=scales, period=periods)
def test_the_moving_average_is_the_same_one_value_at_a_time(values: list[float], scale: float, period: int) -> None:
    column = np.array(values) * scale

    np.testing.assert_allclose(incremental_average(column, period), moving_average(column, period), rtol=1e-12, atol=0)


@given(drawn=bars, scale=scales, period=periods)
def test_the_average_true_range_is_the_same_one_bar_at_a_time(
    drawn: list[tuple[float, float, float]], scale: float, period: int
) -> None:
    high, low, close = columns(drawn, scale)

    np.testing.assert_allclose(
        incremental_range(high, low, close, period),
        average_true_range(high, low, close, period),
        rtol=1e-12,
        atol=1e-300,
    )


@given(values=closes, period=periods)
def test_the_moving_average_begins_when_its_window_is_full(values: list[float], period: int) -> None:
    column = np.array(values)
    expected = min(period - 1, len(values))

    for averages in (incremental_average(column, period), moving_average(column, period).tolist()):
        assert [isnan(value) for value in averages] == [True] * expected + [False] * (len(values) - expected)


@given(drawn=bars, period=periods)
def test_the_average_true_range_begins_one_bar_after_its_period(
    drawn: list[tuple[float, float, float]], period: int
) -> None:
    high, low, close = columns(drawn, 1.0)
    expected = min(period, len(drawn))

    for averages in (
        incremental_range(high, low, close, period),
        average_true_range(high, low, close, period).tolist(),
    ):
        assert [isnan(value) for value in averages] == [True] * expected + [False] * (len(drawn) - expected)


@given(values=st.lists(prices, min_size=1, max_size=80), period=periods)
def test_a_moving_average_lies_between_the_extremes_of_its_window(values: list[float], period: int) -> None:
    for row, average in enumerate(incremental_average(np.array(values), period)):
        window = values[max(0, row + 1 - period) : row + 1]
        assert isnan(average) or min(window) * (1 - 1e-12) <= average <= max(window) * (1 + 1e-12)


@given(values=closes, later=closes, period=periods)
def test_an_average_does_not_change_with_what_comes_later(values: list[float], later: list[float], period: int) -> None:
    now, then = np.array(values), np.array(values + later)

    np.testing.assert_array_equal(moving_average(now, period), moving_average(then, period)[: len(values)])


def test_the_moving_average_by_hand() -> None:
    # Sums of three: 1 + 2 + 3 = 6, then 2 + 3 + 7 = 12, then 3 + 7 + 2 = 12.
    column = np.array([1.0, 2.0, 3.0, 7.0, 2.0])

    np.testing.assert_array_equal(incremental_average(column, 3), [nan, nan, 2.0, 4.0, 4.0])


def test_the_average_true_range_by_hand() -> None:
    # Closes 10, 11, 15, 12. True ranges: max(12, 10) - min(9, 10) = 3; a gap up: max(16, 11) - min(14, 11) = 5;
    # a gap down: max(13, 15) - min(12, 15) = 3. Seed of two: (3 + 5) / 2 = 4; then (4 × 1 + 3) / 2 = 3.5.
    high, low, close = (
        np.array([10.0, 12.0, 16.0, 13.0]),
        np.array([10.0, 9.0, 14.0, 12.0]),
        np.array([10.0, 11, 15, 12]),
    )

    np.testing.assert_array_equal(incremental_range(high, low, close, 2), [nan, nan, 4.0, 3.5])


def test_over_200_000_updates_rounding_does_not_pile_up() -> None:
    random = np.random.default_rng(5)
    close = 30_000.0 * np.exp(np.cumsum(random.normal(0.0, 0.001, 200_000)))
    high, low = close * 1.001, close * 0.999

    for period in (10, 50):
        np.testing.assert_allclose(
            incremental_average(close, period), moving_average(close, period), rtol=1e-12, atol=0
        )
    np.testing.assert_allclose(
        incremental_range(high, low, close, 14), average_true_range(high, low, close, 14), rtol=1e-12, atol=0
    )


def test_after_a_spike_the_moving_average_recovers_within_one_window() -> None:
    # 1e15 takes the digits below 0.125 with it when it leaves; the sum is made anew when the window has been replaced.
    average = MovingAverage(4)
    seen = [average.update(value) for value in (0.1, 1e15, *[0.1] * 8)]

    assert seen[-1] == pytest.approx(0.1, rel=1e-12)


def test_a_pair_is_known_when_its_slow_average_is() -> None:
    # Fast of two, slow of three: (3 + 8) / 2 - (1 + 3 + 8) / 3 = 5.5 - 4, then (8 + 4) / 2 - (3 + 8 + 4) / 3 = 6 - 5.
    pair = MovingAveragePair(2, 3)

    np.testing.assert_array_equal([pair.update(value) for value in (1.0, 3.0, 8.0, 4.0)], [nan, nan, 1.5, 1.0])
    assert pair.warmup_bars == 3


@pytest.mark.parametrize("indicator", [MovingAverage, AverageTrueRange])
def test_a_period_below_one_is_refused(indicator: "type[MovingAverage | AverageTrueRange]") -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        indicator(0)


REFERENCE: Final = ("sma_5", "sma_20", "atr_14")
"""Cases of ``reference/vectors/indicators_talib.json`` in the shared folder: TA-Lib on 150 synthetic bars."""

TOLERANCE: Final = 1e-9
"""The file's own, relative; what it calls zero to 1e-12 is never zero here."""

TA_LIB_RANGE: Final = "TA-Lib ATR: TR starts on bar 1, first ATR on index n"
"""Our seeding. The file also has the one of StockCharts, whose first true range is the first bar's high - low."""


def expected_of(case: Mapping[str, Any]) -> Float64Array:
    values = case["expected"]
    if case["function"] == "atr":
        (values,) = (each["expected"] for each in case["variants"] if each["convention"] == TA_LIB_RANGE)
    return np.array([nan if value is None else value for value in values])


@pytest.mark.parametrize("case_id", REFERENCE)
def test_reference_values_of_ta_lib_are_reproduced(shared_data: Path, case_id: str) -> None:
    document = json.loads((shared_data / "reference" / "vectors" / "indicators_talib.json").read_text("utf-8"))
    (case,) = (each for each in document["cases"] if each["id"] == case_id)
    period = case["inputs"]["period"]
    high, low, close = (np.array(document["datasets"][name]) for name in ("high", "low", "close"))

    if case["function"] == "sma":
        batch, one_by_one = moving_average(close, period), incremental_average(close, period)
    else:
        batch = average_true_range(high, low, close, period)
        one_by_one = incremental_range(high, low, close, period)

    np.testing.assert_allclose(batch, expected_of(case), rtol=TOLERANCE, atol=TOLERANCE)
    np.testing.assert_allclose(one_by_one, expected_of(case), rtol=TOLERANCE, atol=TOLERANCE)
