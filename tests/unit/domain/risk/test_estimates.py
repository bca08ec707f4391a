"""The covariance of daily returns from sampled marks: near what the returns were made with, in days, known or not."""

from math import sqrt
from typing import Any, Final

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.estimates import DISTINCT_MOVES_MIN, EstimateSettings, estimate_covariance, weighted_covariance
from domain.risk.value_at_risk import VarMethod

DAILY: Final = 0.02
HOUR: Final = 1.0 / 24.0
LONG: Final = EstimateSettings(window_samples=8_000, half_life_samples=2_000.0)
SHORT: Final = EstimateSettings(window_samples=200, samples_min=48)
EVERY_METHOD: Final = pytest.mark.parametrize("method", list(VarMethod))
half_lives: Final = st.sampled_from([1.0, 10.0, np.inf])


def prices_of(returns: Float64Array, start: float = 100.0) -> Float64Array:
    """Return prices of log returns of shape (n, n_symbols), one more than these."""
    steps = np.vstack([np.zeros((1, returns.shape[1])), returns])
    prices: Float64Array = start * np.exp(np.cumsum(steps, axis=0))
    return prices


def normal_returns(n: int, n_symbols: int = 1, *, seed: int = 5, days: Float64Array | float = HOUR) -> Float64Array:
    deviation = DAILY * np.sqrt(np.broadcast_to(days, (n,)))[:, np.newaxis]
    returns: Float64Array = np.random.default_rng(seed).normal(0.0, 1.0, (n, n_symbols)) * deviation
    return returns


def covariance_of(returns: Float64Array, settings: EstimateSettings, days: Float64Array | float = HOUR) -> Float64Array:
    return estimate_covariance(prices_of(returns), np.broadcast_to(days, (len(returns),)), settings)


def volatility_of(returns: Float64Array, settings: EstimateSettings, days: Float64Array | float = HOUR) -> float:
    return sqrt(covariance_of(returns, settings, days)[0, 0])


def knows(prices: Float64Array, settings: EstimateSettings = SHORT) -> list[bool]:
    covariance = estimate_covariance(prices, np.full(len(prices) - 1, HOUR), settings)
    known: list[bool] = np.isfinite(np.diag(covariance)).tolist()
    assert np.array_equal(np.isfinite(covariance), np.outer(known, known))
    return known


@EVERY_METHOD
def test_independent_normal_hours_give_the_daily_volatility(method: VarMethod) -> None:
    assert volatility_of(normal_returns(8_000), evolve(LONG, method=method)) == pytest.approx(DAILY, rel=0.05)


def test_samples_that_lie_unevenly_apart_give_the_same_daily_volatility() -> None:
    days = np.where(np.arange(3_000) % 3 == 0, 4.0, 0.5) * HOUR

    assert volatility_of(normal_returns(3_000, days=days), LONG, days) == pytest.approx(DAILY, rel=0.06)


@given(scale=st.sampled_from([0.25, 2.0, 10.0]))
def test_twice_the_returns_are_twice_the_volatility(scale: float) -> None:
    returns = normal_returns(200)

    assert volatility_of(returns * scale, SHORT) == pytest.approx(scale * volatility_of(returns, SHORT))


def test_the_unit_of_the_price_changes_nothing() -> None:
    returns, days = normal_returns(200, 2), np.full(200, HOUR)
    one, other = (estimate_covariance(prices_of(returns, start), days, SHORT) for start in (100.0, 0.000123))

    assert other == pytest.approx(one)


def test_what_moves_alike_is_correlated_and_what_moves_opposite_is_so_negatively() -> None:
    first = normal_returns(1_000)
    covariance = covariance_of(np.hstack([first, 2.0 * first, -first]), LONG)

    assert covariance / covariance[0, 0] == pytest.approx(np.array([[1, 2, -1], [2, 4, -2], [-1, -2, 1]]))


def test_the_latest_days_count_most_except_where_all_are_to_count_alike() -> None:
    calm, wild = normal_returns(150), normal_returns(50, seed=6) * 4.0
    returns, settings = np.vstack([calm, wild]), evolve(SHORT, half_life_samples=10.0)

    # Of 200, a quarter at four times: √(0.75 + 0.25 × 16) = 2.2 times 2 %; the latest alone: 4 times.
    assert volatility_of(returns, settings) == pytest.approx(4.0 * DAILY, rel=0.35)
    all_alike = volatility_of(returns, evolve(settings, method=VarMethod.HISTORICAL))
    assert all_alike == pytest.approx(sqrt(0.75 + 0.25 * 16.0) * DAILY, rel=0.2)


# Time that counts


def test_a_variance_by_hand() -> None:
    # Half-life 1: weights 1/4, 1/2, 1. Squares 1, 4, 9 (of 1e-4): 0.25 + 2 + 9 = 11.25.
    # Time 1, 2, 1 days: 0.25 + 1 + 1 = 2.25. 11.25 / 2.25 = 5.
    returns = np.array([[0.01], [0.02], [-0.03]])
    days = np.array([1.0, 2.0, 1.0])

    assert weighted_covariance(returns, days, 1.0) == pytest.approx(np.array([[5e-4]]))
    # All alike: 14 / 4 = 3.5.
    assert weighted_covariance(returns, days, np.inf) == pytest.approx(np.array([[3.5e-4]]))


def test_what_came_late_by_hand() -> None:
    # All alike, a day each. First: (1 + 4 + 9) / 3. Second, known from the second return on: (4 + 36) / 2 = 20.
    # In the time they share 2 × 2 + 3 × 6 = 22 over √(13 × 40): 0.96476; times √(14/3 × 20) is 9.3205.
    returns = np.array([[0.01, np.nan], [0.02, 0.02], [0.03, 0.06]])

    covariance = weighted_covariance(returns, np.ones(3), np.inf)

    assert covariance * 1e4 == pytest.approx(np.array([[14 / 3, 9.3205], [9.3205, 20.0]]), abs=1e-4)


@given(n_unknown=st.integers(0, 58), half_life=half_lives)
def test_time_in_which_an_instrument_was_not_there_makes_it_no_calmer(n_unknown: int, half_life: float) -> None:
    returns, days = normal_returns(60, 2), np.linspace(0.5, 1.5, 60)
    late = returns.copy()
    late[:n_unknown, 1] = np.nan

    covariance = weighted_covariance(late, days, half_life)

    own = weighted_covariance(returns[n_unknown:, 1:], days[n_unknown:], half_life)
    assert covariance[1, 1] == pytest.approx(own[0, 0])
    assert covariance[0, 0] == pytest.approx(weighted_covariance(returns[:, :1], days, half_life)[0, 0])
    assert covariance[0, 1] == pytest.approx(covariance[1, 0])
    assert abs(covariance[0, 1]) <= sqrt(covariance[0, 0] * covariance[1, 1]) * (1 + 1e-12)


# Known or not


@given(samples_min=st.integers(30, 60), n_before=st.integers(0, 20))
def test_an_instrument_is_known_from_as_many_returns_on_as_were_asked_for(samples_min: int, n_before: int) -> None:
    settings, n = evolve(SHORT, samples_min=samples_min), n_before + samples_min
    prices = prices_of(normal_returns(n, 2))
    assert knows(prices, settings) == [True, True]

    late = prices.copy()
    late[: n_before + 1, 1] = 0.0
    assert knows(late, settings) == [True, False]
    # A hole of one sample is one of two returns.
    late = prices.copy()
    late[n_before + 1, 1] = 0.0
    assert knows(late, settings) == [True, False]


def test_too_few_samples_know_nothing() -> None:
    assert knows(prices_of(normal_returns(47, 2))) == [False, False]
    assert knows(prices_of(normal_returns(48, 2))) == [True, True]


@given(n_moves=st.integers(0, 20), level=st.sampled_from([1e-6, 1.0, 1e5]))
def test_a_price_that_hardly_moved_is_unknown_and_not_without_risk(n_moves: int, level: float) -> None:
    # It moved for long, and then only so many times among the 48 that count, by a different step each time.
    returns = np.zeros((200, 2))
    returns[:, 0] = normal_returns(200)[:, 0]
    returns[:152, 1] = normal_returns(152)[:, 0]
    returns[152 : 152 + n_moves, 1] = 0.001 * np.arange(1, n_moves + 1)
    prices = prices_of(returns, level)
    # What stands still does so to the last digit.
    prices[152 + n_moves :, 1] = prices[152 + n_moves, 1]

    assert knows(prices) == [True, n_moves >= DISTINCT_MOVES_MIN]


def test_a_price_that_flips_between_two_is_unknown_however_often_it_does() -> None:
    assert knows(np.tile([[100.0], [101.0]], (100, 1))) == [False]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("interval_s", 0),
        ("window_samples", 29),
        ("samples_min", 29),
        ("samples_min", 1_000),
        ("half_life_samples", 0.5),
        ("confidence", 0.5),
        ("confidence", 1.0),
        ("confidence", float("nan")),
        ("tail_days", 29),
        ("tail_days", 10_001),
    ],
)
def test_settings_that_make_no_sense_cannot_exist(key: str, value: Any) -> None:  # noqa: ANN401  # of any kind
    with pytest.raises(ValueError, match=key):
        evolve(EstimateSettings(), **{key: value})


def test_days_that_do_not_reach_the_tail_cannot_be_asked_for() -> None:
    # One of 100 is beyond 99 %.
    assert EstimateSettings(confidence=0.99, tail_days=100).tail_days == 100
    with pytest.raises(ValueError, match=r"tail_days 99 is too short for confidence 0\.99"):
        EstimateSettings(confidence=0.99, tail_days=99)
