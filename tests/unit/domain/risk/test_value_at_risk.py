"""One question, four ways to answer it."""

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.tail_risk import TailRisk
from domain.risk.value_at_risk import VarMethod, estimate_tail, forecast_tails
from domain.risk.volatility import EwmaVolatility
from tests.unit.domain.risk.drawn import return_series

QUICK = EwmaVolatility(seed_observations=5)
series = return_series(30, 80)
methods = st.sampled_from(VarMethod)


def normal_days(n_days: int, *, seed: int = 1, deviation: float = 0.02) -> Float64Array:
    """Return normal returns with mean zero."""
    returns: Float64Array = deviation * np.random.default_rng(seed).standard_normal(n_days)
    return returns


# Laws


@given(returns=series, method=methods, confidence=st.sampled_from([0.9, 0.95, 0.99]))
def test_the_shortfall_is_never_below_the_var(returns: list[float], method: VarMethod, confidence: float) -> None:
    tail = estimate_tail(returns, method, confidence, volatility=QUICK)

    assert tail is None or tail.expected_shortfall >= tail.var


@given(returns=series, method=methods, window=st.integers(1, 60))
def test_each_forecast_is_the_estimate_from_the_returns_before_it(
    returns: list[float], method: VarMethod, window: int
) -> None:
    forecasts = forecast_tails(returns, method, 0.9, volatility=QUICK, window=window, observations_min=10)

    for day in range(len(returns)):
        tail = estimate_tail(returns[:day], method, 0.9, volatility=QUICK, window=window, observations_min=10)
        expected = (tail.var, tail.expected_shortfall) if tail else (nan, nan)
        np.testing.assert_array_equal((forecasts.var[day], forecasts.expected_shortfall[day]), expected)


@given(returns=series, method=methods, data=st.data())
def test_what_comes_later_changes_no_forecast(returns: list[float], method: VarMethod, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(returns)))

    whole = forecast_tails(returns, method, 0.9, volatility=QUICK, observations_min=10)
    past = forecast_tails(returns[:cut], method, 0.9, volatility=QUICK, observations_min=10)

    np.testing.assert_array_equal(whole.var[:cut], past.var)
    np.testing.assert_array_equal(whole.expected_shortfall[:cut], past.expected_shortfall)


@given(returns=return_series(40, 80), method=methods)
def test_a_wider_sample_than_there_is_changes_nothing(returns: list[float], method: VarMethod) -> None:
    assert estimate_tail(returns, method, 0.9, window=80) == estimate_tail(returns, method, 0.9, window=10_000)


@given(seed=st.integers(0, 1_000), factor=st.floats(0.1, 10.0), method=methods)
def test_twice_the_returns_have_twice_the_risk(seed: int, factor: float, method: VarMethod) -> None:
    returns = normal_days(120, seed=seed)

    tail = estimate_tail(returns, method, 0.95)
    scaled = estimate_tail(factor * returns, method, 0.95)

    assert (tail is None) == (scaled is None)
    if tail and scaled:
        assert scaled.var == pytest.approx(factor * tail.var, rel=1e-9)


# Worked examples


@pytest.mark.parametrize("method", VarMethod)
def test_on_many_normal_days_all_methods_agree_with_the_normal_quantile(method: VarMethod) -> None:
    tail = estimate_tail(normal_days(20_000), method, 0.95, window=20_000)

    # 1.645 × 0.02 = 0.0329 and 2.063 × 0.02 = 0.0413. The filtered one knows volatility from some 33 days only: a
    # seventh of it is noise.
    within = 0.15 if method is VarMethod.FILTERED_HISTORICAL else 0.03
    assert tail is not None
    assert tail.var == pytest.approx(0.0329, rel=within)
    assert tail.expected_shortfall == pytest.approx(0.0413, rel=within)


def test_forty_days_by_hand() -> None:
    returns = [-0.04, -0.03, *[0.0] * 38]
    historical = estimate_tail(returns, VarMethod.HISTORICAL, 0.95)
    normal = estimate_tail(returns, VarMethod.NORMAL, 0.95)

    # Two of forty are the tail. Mean −0.00175; sum of squares 0.0025 − 40 × 0.00175² = 0.0023775, over 39, root
    # 0.0078078; 0.00175 + 1.644854 × 0.0078078 = 0.0145926.
    assert historical is not None
    assert (historical.var, historical.expected_shortfall) == pytest.approx((0.03, 0.035))
    assert normal is not None
    assert normal.var == pytest.approx(0.0145926, abs=1e-7)
    # A kurtosis of 18 is far outside of what the expansion can describe.
    assert estimate_tail(returns, VarMethod.CORNISH_FISHER, 0.95) is None


def test_only_the_latest_returns_make_up_the_sample() -> None:
    returns = [-0.5] * 10 + [-0.01] * 40

    tail = estimate_tail(returns, VarMethod.HISTORICAL, 0.95, window=40)

    assert tail == TailRisk(0.01, 0.01)


# Unknown and refused


@pytest.mark.parametrize("method", VarMethod)
def test_from_too_few_returns_nothing_is_said(method: VarMethod) -> None:
    # One whose first thirty days have moments that the expansion can describe.
    returns = normal_days(200, seed=0)
    n_seed = 30 if method is VarMethod.FILTERED_HISTORICAL else 0

    assert estimate_tail(returns[: n_seed + 29], method, 0.95) is None
    assert estimate_tail(returns[: n_seed + 30], method, 0.95) is not None
    assert estimate_tail(returns, method, 0.95, observations_min=201) is None
    assert estimate_tail([], method, 0.95, observations_min=0) is None


@pytest.mark.parametrize("method", VarMethod)
def test_bad_input_is_refused(method: VarMethod) -> None:
    with pytest.raises(ValueError, match="row 0 is not a finite number"):
        estimate_tail([nan], method, 0.95)
    with pytest.raises(ValueError, match="confidence"):
        estimate_tail([0.0], method, 95.0)
    with pytest.raises(ValueError, match="window"):
        estimate_tail([0.0], method, 0.95, window=0)
    with pytest.raises(ValueError, match="window"):
        forecast_tails([0.0], method, 0.95, window=0)
