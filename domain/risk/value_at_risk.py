"""Value at risk and expected shortfall of one series of returns: one question, four ways to answer it."""

from enum import Enum
from math import nan

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike

from domain.market import Float64Array
from domain.risk.filtered_historical import (
    DEFAULT_VOLATILITY,
    WINDOW,
    FilteredHistory,
    filtered_historical_tail,
)
from domain.risk.observations import OBSERVATIONS_MIN, require_returns, tail_probability
from domain.risk.parametric_tail import cornish_fisher_tail, normal_tail, sample_moments
from domain.risk.tail_risk import TailRisk, historical_tail
from domain.risk.volatility import VolatilityModel


class VarMethod(Enum):
    """How a tail is estimated. Values are stable: they are configured and stored."""

    HISTORICAL = "historical"
    """The worst returns of the sample as they were."""
    NORMAL = "normal"
    """Mean and standard deviation, as if returns were normal."""
    CORNISH_FISHER = "cornish_fisher"
    """Skew and kurtosis as well."""
    FILTERED_HISTORICAL = "filtered_historical"
    """The sample brought to the volatility that is expected now; see `domain.risk.filtered_historical`."""


def estimate_tail(
    returns: ArrayLike,
    method: VarMethod,
    confidence: float,
    *,
    observations_min: int = OBSERVATIONS_MIN,
    volatility: VolatilityModel = DEFAULT_VOLATILITY,
    window: int = WINDOW,
) -> TailRisk | None:
    """Return VaR and expected shortfall of the next period, from the returns before it.

    Args:
        returns: Simple returns of what is held, oldest first, shape (n_returns,), fractions; for a short holder their
            negatives.
        method: How to estimate.
        confidence: From 0.5 to below 1; 0.95 asks for the loss of one period in twenty.
        observations_min: From fewer returns nothing is said.
        volatility: For the filtered method: what is expected of each period.
        window: How many of the latest returns make up the sample; the filtered method makes its volatility of all.

    Returns:
        Positive losses as fractions. None if there are too few returns, fewer than make up one in the tail (the
        historical methods: 20 at 95 %, 100 at 99 %), or moments for which Cornish and Fisher's expansion does not hold.

    Raises:
        ValueError: A return is not a finite number, or the confidence or the window out of range.
    """
    values = require_returns(returns)
    tail_probability(confidence)
    _require_window(window)
    if method is VarMethod.FILTERED_HISTORICAL:
        return filtered_historical_tail(
            values, confidence, volatility=volatility, window=window, observations_min=observations_min
        )
    latest = values[-window:]
    return _sample_tail(latest, method, confidence, observations_min) if latest.size >= observations_min else None


def _sample_tail(values: Float64Array, method: VarMethod, confidence: float, observations_min: int) -> TailRisk | None:
    if method is VarMethod.HISTORICAL:
        return historical_tail(values, confidence, observations_min=observations_min)
    if method is VarMethod.NORMAL:
        return normal_tail(float(values.mean()), float(values.std(ddof=1)), confidence) if values.size > 1 else None
    moments = sample_moments(values)
    return cornish_fisher_tail(moments, confidence) if moments else None


@frozen(eq=False)
class TailForecasts:
    """What was forecast for each return, before it.

    Attributes:
        var: Shape (n_returns,), positive losses as fractions; NaN where nothing could be said.
        expected_shortfall: Same shape.
    """

    var: Float64Array = field(repr=False)
    expected_shortfall: Float64Array = field(repr=False)


def forecast_tails(
    returns: ArrayLike,
    method: VarMethod,
    confidence: float,
    *,
    observations_min: int = OBSERVATIONS_MIN,
    volatility: VolatilityModel = DEFAULT_VOLATILITY,
    window: int = WINDOW,
) -> TailForecasts:
    """Return what `estimate_tail` says of each return from those before it; the arguments are the same."""
    values = require_returns(returns)
    _require_window(window)
    if method is VarMethod.FILTERED_HISTORICAL:
        # Each of its volatilities is made of the past alone, so that they serve all days at once.
        history = FilteredHistory.of(values, volatility)
        tails = [
            history.tail(n_past, confidence, window=window, observations_min=observations_min)
            for n_past in range(values.size)
        ]
    else:
        tails = [
            estimate_tail(values[:n_past], method, confidence, observations_min=observations_min, window=window)
            for n_past in range(values.size)
        ]
    return TailForecasts(
        var=np.array([tail.var if tail else nan for tail in tails]),
        expected_shortfall=np.array([tail.expected_shortfall if tail else nan for tail in tails]),
    )


def _require_window(window: int) -> None:
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
