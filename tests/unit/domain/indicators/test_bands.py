"""Bollinger bands, Donchian and Keltner channels, by hand."""

from math import isnan

import numpy as np
import pytest

from domain.indicators.bands import (
    BollingerBands,
    DonchianChannel,
    KeltnerChannel,
    bollinger_bands,
    donchian_channel,
    keltner_channel,
)

nan = np.nan


def test_bollinger_bands_are_deviations_of_a_population_from_the_mean() -> None:
    # 2, 4, 6: mean 4, variance (4 + 0 + 4) / 3 = 8/3. 4, 6, 8: the same around 6, and 8 is two above it:
    # percent b = 1/2 + 2 / (2 × 2 × √(8/3)) = 0.8062. Bandwidth 4 √(8/3) / 6.
    deviation = (8 / 3) ** 0.5
    got = bollinger_bands(np.array([2.0, 4.0, 6.0, 8.0]), 3, 2.0)

    np.testing.assert_allclose(got.middle, [nan, nan, 4.0, 6.0], rtol=1e-15)
    np.testing.assert_allclose(got.upper, [nan, nan, 4 + 2 * deviation, 6 + 2 * deviation], rtol=1e-15)
    np.testing.assert_allclose(got.lower, [nan, nan, 4 - 2 * deviation, 6 - 2 * deviation], rtol=1e-14)
    np.testing.assert_allclose(got.percent_b[3], 0.5 + 2 / (4 * deviation), rtol=1e-15)
    np.testing.assert_allclose(got.bandwidth[3], 4 * deviation / 6, rtol=1e-15)


def test_where_the_close_lies_is_known_however_narrow_the_bands() -> None:
    # 100, 100 and one step of the last digit above: as for 0, 0, 1, whose mean is 1/3 and whose deviation √2/3.
    # percent b = 1/2 + (2/3) / (4 √2/3) = 0.8536. From the bands themselves nothing could be told.
    bands = BollingerBands(3)

    *_, got = [bands.update(close) for close in (100.0, 100.0, float(np.nextafter(100.0, 101.0)))]

    assert got.percent_b == pytest.approx(0.5 + 1 / (2 * 2**0.5), rel=1e-12)


def test_equal_closes_have_bands_without_distance() -> None:
    bands = BollingerBands(3)

    *_, got = [bands.update(0.1) for _ in range(5)]

    assert got[:3] == (0.1, 0.1, 0.1)
    assert isnan(got.percent_b)
    assert got.bandwidth == 0.0


def test_a_donchian_channel_holds_the_present_bar() -> None:
    high, low = np.array([5.0, 7.0, 6.0, 4.0]), np.array([3.0, 6.0, 2.0, 3.5])

    got = donchian_channel(high, low, 2)

    np.testing.assert_array_equal(got.upper, [nan, 7.0, 7.0, 6.0])
    np.testing.assert_array_equal(got.lower, [nan, 3.0, 2.0, 2.0])
    np.testing.assert_array_equal(got.middle, [nan, 5.0, 4.5, 4.0])


def test_a_keltner_channel_is_true_ranges_around_the_exponential_average() -> None:
    # Closes 10, 12, 14. Average of two, weight 2/3: seed 11, then 11/3 + 28/3 = 13. True ranges from the second bar:
    # 13 - 10 = 3, 15 - 12 = 3; average of one: the last. Twice that on either side.
    high, low, close = np.array([11.0, 13.0, 15.0]), np.array([9.0, 11.0, 13.0]), np.array([10.0, 12.0, 14.0])

    got = keltner_channel(high, low, close, 2, 1, 2.0)

    np.testing.assert_allclose(got.middle, [nan, 11.0, 13.0], rtol=1e-15)
    np.testing.assert_allclose(got.upper, [nan, 17.0, 19.0], rtol=1e-15)
    np.testing.assert_allclose(got.lower, [nan, 5.0, 7.0], rtol=1e-15)


@pytest.mark.parametrize("width", [0.0, -1.0, nan, np.inf])
def test_a_width_that_is_no_width_is_refused(width: float) -> None:
    for refused in (BollingerBands, KeltnerChannel):
        with pytest.raises(ValueError, match=f"width must be a positive number, got {width}"):
            refused(width=width)


def test_a_channel_without_bars_is_refused() -> None:
    with pytest.raises(ValueError, match="period must be at least 1, got 0"):
        DonchianChannel(0)
    with pytest.raises(ValueError, match="range_period must be at least 1, got 0"):
        keltner_channel(np.ones(3), np.ones(3), np.ones(3), 2, 0)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"low has shape \(2,\), high \(3,\)"):
        donchian_channel(np.ones(3), np.ones(2), 2)


def test_prices_too_far_apart_to_tell_how_far_are_refused() -> None:
    with pytest.raises(ValueError, match=r"too large to calculate with: high 1\.7e\+308, low -1\.7e\+308"):
        DonchianChannel(2).update(1.7e308, -1.7e308)
