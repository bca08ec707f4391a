"""Variance recursions and the exponentially weighted mean."""

from math import isnan, log, nan, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.volatility import (
    EwmaVolatility,
    RunningEwma,
    VarianceRecursion,
    conditional_variances,
    mean_square,
    normal_log_likelihood,
)
from tests.unit.domain.risk.drawn import return_series

series = return_series(30, 60)
models = st.builds(EwmaVolatility, decay=st.floats(0.01, 0.99), seed_observations=st.integers(1, 40))

# Laws


@given(returns=series, model=models)
def test_one_at_a_time_is_the_same_as_all_at_once(returns: list[float], model: EwmaVolatility) -> None:
    running = RunningEwma(model)

    one_at_a_time = [running.variance, *(running.update(value) for value in returns)]

    np.testing.assert_array_equal(model.variance_forecasts(returns), one_at_a_time)


@given(returns=series, model=models, data=st.data())
def test_what_comes_later_changes_no_forecast(returns: list[float], model: EwmaVolatility, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(returns)))

    whole, past = model.variance_forecasts(returns), model.variance_forecasts(returns[:cut])

    np.testing.assert_array_equal(whole[: cut + 1], past)


@given(returns=series, model=models)
def test_nothing_is_forecast_before_the_seed_is_full(returns: list[float], model: EwmaVolatility) -> None:
    forecasts = model.variance_forecasts(returns)

    known = np.arange(len(returns) + 1) >= model.seed_observations
    np.testing.assert_array_equal(np.isnan(forecasts), ~known)


@given(returns=series, model=models, factor=st.floats(0.1, 10.0))
def test_volatility_scales_with_the_returns_and_has_no_sign(
    returns: list[float], model: EwmaVolatility, factor: float
) -> None:
    scaled = model.variance_forecasts([-factor * value for value in returns])

    np.testing.assert_allclose(scaled, factor**2 * model.variance_forecasts(returns), rtol=1e-12)


@given(returns=return_series(1, 40), decay=st.floats(0.1, 0.99))
def test_the_recursion_is_a_weighted_mean_of_squares(returns: list[float], decay: float) -> None:
    # The slow way: each square weighs (1 − decay) × decay^age, and what the first variance was decay^n.
    n = len(returns)
    recursion = VarianceRecursion(0.0, 1.0 - decay, decay)
    slow = decay**n * 0.01 + sum((1.0 - decay) * decay ** (n - 1 - t) * value**2 for t, value in enumerate(returns))

    assert conditional_variances(returns, recursion, 0.01)[-1] == pytest.approx(slow, rel=1e-11)


# Worked examples


def test_two_steps_of_a_recursion() -> None:
    # 0.1 + 0.2 × 4 + 0.5 × 1 = 1.4; 0.1 + 0.2 × 1 + 0.5 × 1.4 = 1.0.
    variances = conditional_variances([2.0, -1.0], VarianceRecursion(0.1, 0.2, 0.5), 1.0)

    assert variances == pytest.approx([1.0, 1.4, 1.0])


def test_the_seed_is_the_mean_square_and_knows_none_of_what_it_forecasts() -> None:
    # (1 + 9) / 2 = 5, then 0.9 × 5 + 0.1 × 4 = 4.9.
    forecasts = EwmaVolatility(decay=0.9, seed_observations=2).variance_forecasts([1.0, -3.0, 2.0])

    assert forecasts == pytest.approx([nan, nan, 5.0, 4.9], nan_ok=True)


def test_the_log_likelihood_of_two_returns() -> None:
    # −½ (log 2π·1 + 1/1 + log 2π·4 + 4/4)
    expected = -0.5 * (2.0 * log(2.0 * pi) + log(4.0) + 2.0)

    assert normal_log_likelihood([1.0, -2.0], [1.0, 4.0]) == pytest.approx(expected)


def test_a_mean_square_is_around_zero() -> None:
    assert mean_square([1.0, 1.0, 2.0]) == 2.0


# Refusals


@pytest.mark.parametrize("decay", [0.0, 1.0, nan])
def test_a_decay_lies_between_zero_and_one(decay: float) -> None:
    with pytest.raises(ValueError, match="decay"):
        EwmaVolatility(decay=decay)


def test_a_return_that_is_no_number_is_refused_and_leaves_nothing_behind() -> None:
    running = RunningEwma(EwmaVolatility(seed_observations=1))

    with pytest.raises(ValueError, match="not a finite number"):
        running.update(nan)

    assert isnan(running.variance)
    assert running.update(2.0) == 4.0
