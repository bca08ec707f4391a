"""How the returns of several instruments move together."""

from math import nan
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from domain.market import Float64Array
from domain.risk.observations import OBSERVATIONS_MIN, require_returns
from domain.risk.volatility import RISK_METRICS_DECAY

# How unlike its mirror a symmetric matrix may be, relative to its largest number.
_ROUNDING: Final = 1e-9


def sample_covariance(returns: ArrayLike, *, observations_min: int = OBSERVATIONS_MIN) -> Float64Array | None:
    """Return the covariance of returns, divided by n - 1.

    Args:
        returns: Oldest first, shape (n_returns, n_instruments), fractions.
        observations_min: From fewer rows nothing is said; at least two are always needed.

    Returns:
        Shape (n_instruments, n_instruments), symmetric and positive semi-definite; None for too few returns.

    Raises:
        ValueError: A return is not a finite number.
    """
    values = require_returns(returns, n_axes=2)
    if values.shape[0] < max(observations_min, 2):
        return None
    away = values - values.mean(axis=0)
    covariance: Float64Array = _sum_of_products(away) / (values.shape[0] - 1)
    return covariance


def ewma_covariance(
    returns: ArrayLike, *, decay: float = RISK_METRICS_DECAY, observations_min: int = OBSERVATIONS_MIN
) -> Float64Array | None:
    """Return the covariance for the next period, recent returns counting more; the mean is taken as zero.

    Weights are ``decay ** age`` over their sum, so that they add up to one however short the history is.

    Args:
        returns: Oldest first, shape (n_returns, n_instruments), fractions.
        decay: From one period to the one before, between 0 and 1.
        observations_min: From fewer rows nothing is said; at least one is always needed.

    Returns:
        Shape (n_instruments, n_instruments), symmetric and positive semi-definite; None for too few returns.

    Raises:
        ValueError: A return is not a finite number, or the decay out of range.
    """
    if not 0.0 < decay < 1.0:
        raise ValueError(f"decay must be between 0 and 1, got {decay}")
    values = require_returns(returns, n_axes=2)
    n_returns = values.shape[0]
    if n_returns < max(observations_min, 1):
        return None
    weights = decay ** np.arange(n_returns - 1, -1, -1, dtype=np.float64)
    return _sum_of_products(values * np.sqrt(weights / weights.sum())[:, np.newaxis])


def correlation(covariance: ArrayLike) -> Float64Array:
    """Return the correlations of a covariance, shape (n_instruments, n_instruments), from -1 to 1.

    One on the diagonal; NaN beside an instrument that did not vary, where nothing is known, and for it itself.

    Raises:
        ValueError: The covariance is not square, or not symmetric.
    """
    matrix = require_covariance(covariance)
    variances = np.diagonal(matrix)
    # Two roots and not the root of a product, which can leave the range of numbers.
    deviations = np.sqrt(np.where(variances > 0.0, variances, nan))
    correlations: Float64Array = np.clip(matrix / deviations[:, np.newaxis] / deviations, -1.0, 1.0)
    np.fill_diagonal(correlations, np.where(variances > 0.0, 1.0, nan))
    return correlations


def require_covariance(covariance: ArrayLike) -> Float64Array:
    """Return the covariance as an array.

    Raises:
        ValueError: It is not a square matrix of finite numbers, not symmetric, or has a negative variance.
    """
    matrix = np.asarray(covariance, dtype=np.float64)
    n_axes_wanted = 2
    if matrix.ndim != n_axes_wanted or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a covariance is a square matrix, got shape {matrix.shape}")
    if not np.isfinite(matrix).all() or np.any(np.diagonal(matrix) < 0.0):
        raise ValueError("a covariance has finite numbers and no negative variance")
    if np.abs(matrix - matrix.T).max(initial=0.0) > _ROUNDING * np.abs(matrix).max(initial=0.0):
        raise ValueError("a covariance is symmetric")
    return matrix


def _sum_of_products(values: Float64Array) -> Float64Array:
    # Not `@`: einsum adds up in the same sequence on every machine.
    products: Float64Array = np.einsum("ti,tj->ij", values, values)
    return products
