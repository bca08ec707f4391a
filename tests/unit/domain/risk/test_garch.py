"""GARCH(1,1) by variance targeting on a grid."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.garch import GarchVolatility, RunningGarch, fit_garch
from domain.risk.volatility import VarianceRecursion, conditional_variances, mean_square, normal_log_likelihood
from tests.unit.domain.risk.drawn import return_series

SMALL = GarchVolatility(window=40, observations_min=30, refit_every=7)
series = return_series(30, 90, largest=0.2)


def simulated(n_returns: int, *, reaction: float, persistence: float, seed: int) -> Float64Array:
    """Return normal GARCH returns with a long-run variance of one."""
    shocks = np.random.default_rng(seed).standard_normal(n_returns)
    recursion = VarianceRecursion(1.0 - reaction - persistence, reaction, persistence)
    variance, returns = 1.0, np.empty(n_returns)
    for t, shock in enumerate(shocks):
        returns[t] = shock * variance**0.5
        variance = recursion.next_variance(variance, float(returns[t]))
    return returns


# Laws


@given(returns=series)
def test_each_forecast_is_that_of_the_latest_fit_before_it(returns: list[float]) -> None:
    forecasts = SMALL.variance_forecasts(returns)

    for n_past, forecast in enumerate(forecasts):
        if n_past < SMALL.observations_min:
            assert isnan(forecast)
            continue
        # The slow way: the fit of its time, then its own stretch from the beginning to here.
        fitted_at = n_past - (n_past - SMALL.observations_min) % SMALL.refit_every
        start = max(0, fitted_at - SMALL.window)
        fit = fit_garch(returns[start:fitted_at])
        if fit is None:
            assert isnan(forecast)
        else:
            slow = conditional_variances(returns[start:n_past], fit.recursion, fit.first_variance)[-1]
            assert forecast == slow


@given(returns=series, data=st.data())
def test_what_comes_later_changes_no_forecast(returns: list[float], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(returns)))

    whole, past = SMALL.variance_forecasts(returns), SMALL.variance_forecasts(returns[:cut])

    np.testing.assert_array_equal(whole[: cut + 1], past)


@given(returns=return_series(30, 60, largest=0.2))
def test_forecasts_tend_to_the_variance_of_the_fitted_returns(returns: list[float]) -> None:
    fit = fit_garch(returns)

    if fit is None:
        assert mean_square(returns) == 0.0
    else:
        recursion = fit.recursion
        long_run = recursion.constant / (1.0 - recursion.reaction - recursion.persistence)
        assert long_run == pytest.approx(mean_square(returns), rel=1e-9)


@given(returns=return_series(30, 60, largest=0.2))
def test_no_model_of_the_grid_is_likelier(returns: list[float]) -> None:
    fit = fit_garch(returns)
    if fit is None:
        return
    target = mean_square(returns)

    likelihoods = [
        normal_log_likelihood(
            returns,
            conditional_variances(returns, VarianceRecursion(target * (1.0 - total), alpha, total - alpha), target)[
                :-1
            ],
        )
        for alpha, total in [(0.01, 0.8), (0.05, 0.95), (0.1, 0.9), (0.3, 0.995), (0.15, 0.98)]
    ]

    assert fit.log_likelihood >= max(likelihoods) - 1e-9 * abs(fit.log_likelihood)


@given(factor=st.floats(0.001, 1000.0), seed=st.integers(0, 5))
def test_the_unit_of_the_returns_changes_no_weight(factor: float, seed: int) -> None:
    returns = simulated(200, reaction=0.1, persistence=0.85, seed=seed)

    fit, scaled = fit_garch(returns), fit_garch(factor * returns)

    assert fit is not None
    assert scaled is not None
    # One step of the grid at most, where two models are equally likely but for rounding.
    assert scaled.recursion.reaction == pytest.approx(fit.recursion.reaction, abs=0.0101)
    assert scaled.recursion.constant == pytest.approx(factor**2 * fit.recursion.constant, rel=0.6)


# Worked examples


def test_weights_that_made_the_returns_are_found_again() -> None:
    fit = fit_garch(simulated(6_000, reaction=0.1, persistence=0.85, seed=3))

    # Standard errors at this length are about 0.01 for alpha and 0.015 for beta.
    assert fit is not None
    assert fit.recursion.reaction == pytest.approx(0.1, abs=0.03)
    assert fit.recursion.persistence == pytest.approx(0.85, abs=0.05)


def test_the_log_likelihood_is_that_of_its_own_variances() -> None:
    returns = simulated(300, reaction=0.1, persistence=0.85, seed=1)
    fit = fit_garch(returns)

    assert fit is not None
    variances = conditional_variances(returns, fit.recursion, fit.first_variance)[:-1]
    assert fit.log_likelihood == pytest.approx(normal_log_likelihood(returns, variances), rel=1e-12)


def test_too_few_returns_and_none_that_move_have_no_fit() -> None:
    assert fit_garch([0.1] * 29) is None
    assert fit_garch([0.0] * 50) is None


def test_while_nothing_moves_nothing_is_forecast() -> None:
    running = RunningGarch(SMALL)

    forecasts = [running.update(value) for value in [0.0] * 36 + [0.1] * 8]

    # Fitted at 30 (nothing moves), 37 (the first move is the 37th) and 44.
    assert [isnan(forecast) for forecast in forecasts] == [True] * 36 + [False] * 8


def test_fewer_returns_than_the_first_fit_needs_cannot_be_the_window() -> None:
    with pytest.raises(ValueError, match="above the window of 100"):
        GarchVolatility(window=100, observations_min=101)
