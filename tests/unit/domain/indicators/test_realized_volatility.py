"""Realized volatilities, by hand and against a known one."""

from math import exp, isnan, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.indicators.realized_volatility import (
    CloseVolatility,
    GarmanKlassVolatility,
    ParkinsonVolatility,
    YangZhangVolatility,
    annualized_volatility,
    close_volatility,
    garman_klass_volatility,
    parkinson_volatility,
    yang_zhang_volatility,
)
from domain.time_units import NS_PER_DAY, NS_PER_HOUR

nan = np.nan


def test_close_volatility_is_the_sample_deviation_of_log_returns() -> None:
    # Log returns 0.01, 0.03, -0.01. Of the first two: mean 0.02, variance (0.01² + 0.01²) / 1; of the last two: mean
    # 0.01, variance 0.02² + 0.02².
    close = 100.0 * np.exp(np.cumsum([0.0, 0.01, 0.03, -0.01]))

    np.testing.assert_allclose(close_volatility(close, 2), [nan, nan, sqrt(2e-4), sqrt(8e-4)], rtol=1e-12)


def test_parkinsons_volatility_is_that_of_the_ranges() -> None:
    # ln(high / low) = 0.02, then 0.04: the mean square 0.001, over 4 ln 2.
    low = np.array([100.0, 50.0])
    high = low * np.exp([0.02, 0.04])

    np.testing.assert_allclose(parkinson_volatility(high, low, 2), [nan, sqrt(0.001 / (4 * log(2)))], rtol=1e-12)


def test_garman_and_klass_take_the_body_off_the_range() -> None:
    # Range 0.02 in logs, body 0.01: 0.0002 - (2 ln 2 - 1) × 0.0001.
    open_, high, low, close = (np.array([100.0 * exp(x)]) for x in (0.0, 0.015, -0.005, 0.01))

    got = garman_klass_volatility(open_, high, low, close, 1)

    np.testing.assert_allclose(got, [sqrt(0.0002 - (2 * log(2) - 1) * 0.0001)], rtol=1e-12)


def test_yang_and_zhang_add_jumps_bodies_and_what_is_within() -> None:
    # Logs of open, high, low, close: (0, 0, 0, 0), (0.01, 0.03, 0, 0.02), (0, 0.01, -0.02, -0.02).
    # Jumps 0.01, -0.02: variance 2 × 0.015² = 0.00045. Bodies 0.01, -0.02: the same.
    # Within: 0.01 × 0.02 + 0.02 × 0.01 = 0.0004; 0.03 × 0.01 + 0 = 0.0003; mean 0.00035.
    # k = 0.34 / (1.34 + 3/1) = 0.34 / 4.34.
    logs = np.array([[0.0, 0.0, 0.0, 0.0], [0.01, 0.03, 0.0, 0.02], [0.0, 0.01, -0.02, -0.02]])
    open_, high, low, close = 100.0 * np.exp(logs.T)
    share = 0.34 / 4.34

    got = yang_zhang_volatility(open_, high, low, close, 2)

    expected = sqrt(0.00045 + share * 0.00045 + (1 - share) * 0.00035)
    np.testing.assert_allclose(got, [nan, nan, expected], rtol=1e-11)


def test_all_of_them_find_the_volatility_of_a_random_walk() -> None:
    # 1 % a bar in 400 steps each. Ranges seen at steps only are a little too small: by 1 to 3 % at 400 of them.
    random = np.random.default_rng(11)
    steps = random.normal(0.0, 0.01 / 20.0, (2_000, 400))
    path = np.cumsum(steps, axis=1) + np.concatenate(([0.0], np.cumsum(steps.sum(axis=1))[:-1]))[:, np.newaxis]
    start = path[:, 0] - steps[:, 0]
    within = np.exp(np.concatenate((start[:, np.newaxis], path), axis=1))
    open_, high, low, close = within[:, 0], within.max(axis=1), within.min(axis=1), within[:, -1]

    found = [
        close_volatility(close, 1_000)[-1],
        parkinson_volatility(high, low, 1_000)[-1],
        garman_klass_volatility(open_, high, low, close, 1_000)[-1],
        yang_zhang_volatility(open_, high, low, close, 1_000)[-1],
    ]

    # The deviation of 1,000 returns has an error of 1 / √2000 = 2.2 %; three of those.
    np.testing.assert_allclose(found, 0.01, rtol=0.07)


def test_a_year_has_365_days_of_24_hours() -> None:
    assert annualized_volatility(0.01, NS_PER_HOUR) == pytest.approx(0.01 * sqrt(8_760), rel=1e-15)
    np.testing.assert_allclose(annualized_volatility(np.array([0.02]), NS_PER_DAY), [0.02 * sqrt(365)], rtol=1e-15)
    with pytest.raises(ValueError, match="interval_ns must be at least 1, got 0"):
        annualized_volatility(0.01, 0)


def test_the_first_price_of_a_bar_is_not_mistaken_for_its_place() -> None:
    with pytest.raises(ValueError, match=r"open must be a positive number, got 0\.0"):
        GarmanKlassVolatility(3).update(0.0, 2.0, 0.0, 1.0)
    with pytest.raises(ValueError, match=r"close must be a positive number, got -1\.0"):
        CloseVolatility(3).update(-1.0)
    with pytest.raises(ValueError, match=r"close: row 1: 0\.0 is not positive"):
        close_volatility(np.array([1.0, 0.0]), 2)


def test_prices_that_are_not_those_of_a_bar_are_refused() -> None:
    with pytest.raises(ValueError, match=r"does not hold: open 3\.0, high 2\.0, low 1\.0, close 1\.5"):
        YangZhangVolatility(3).update(3.0, 2.0, 1.0, 1.5)
    with pytest.raises(ValueError, match=r"does not hold: high 1\.0, low 2\.0"):
        ParkinsonVolatility(3).update(1.0, 2.0)
    with pytest.raises(ValueError, match=r"high: row 0: 1\.0 is below low"):
        parkinson_volatility(np.array([1.0]), np.array([2.0]), 1)
    with pytest.raises(ValueError, match=r"low: row 0: 1\.6 is above open or close"):
        garman_klass_volatility(np.array([1.7]), np.array([2.0]), np.array([1.6]), np.array([1.5]), 1)


@pytest.mark.parametrize("indicator", [CloseVolatility, YangZhangVolatility])
def test_one_return_has_no_spread(indicator: "type[CloseVolatility | YangZhangVolatility]") -> None:
    with pytest.raises(ValueError, match="period must be at least 2, got 1"):
        indicator(1)


@given(closes=st.lists(st.tuples(st.sampled_from([1.0, 100.0, 100.5, 99.0, 7.25]), st.booleans()), max_size=30))
def test_what_is_asked_for_now_and_then_is_what_each_close_would_have_given(closes: list[tuple[float, bool]]) -> None:
    always, seldom = CloseVolatility(3), CloseVolatility(3)
    assert isnan(seldom.latest())
    for close, is_asked in closes:
        expected = always.update(close)
        seldom.push(close)
        if is_asked:
            assert seldom.latest() == pytest.approx(expected, rel=0.0, abs=0.0, nan_ok=True)
