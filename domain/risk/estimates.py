"""From prices sampled at regular instants to the daily risk model: one covariance and one tail.

Volatility changes much faster than the shape of what is left when it is taken out. So the covariance looks at the
last days most, and the tail at all residuals of the window: filtered historical simulation for several instruments
that share one shape (Barone-Adesi, Giannopoulos & Vosper 1999; Hull & White 1998).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import field, frozen, validators

from domain.market import Float64Array
from domain.risk.parametric_tail import cornish_fisher_tail, normal_tail, sample_moments
from domain.risk.risk_model import RiskModel
from domain.risk.tail_risk import TailRisk, historical_tail
from domain.risk.value_at_risk import VarMethod

_HALF_LIVES_MAX: Final = 500
_EQUAL: Final = frozenset({VarMethod.HISTORICAL})


@frozen(kw_only=True)
class EstimateSettings:
    """How risk is estimated from the marks.

    Attributes:
        interval_s: From one sample of all marks to the next, seconds.
        window_samples: How many samples are looked at.
        samples_min: From so many returns of an instrument on it is estimated at all; a tail of residuals can need more.
        half_life_samples: After so many samples a return counts half in the covariance.
        confidence: Of value at risk and expected shortfall.
        method: How the tail is estimated; historical looks at all samples alike, the others at the latest most.
    """

    interval_s: int = field(default=3_600, validator=[validators.ge(1), validators.le(86_400)])
    window_samples: int = field(default=720, validator=[validators.ge(30), validators.le(100_000)])
    samples_min: int = field(default=48, validator=validators.ge(30))
    half_life_samples: float = field(default=72.0, validator=validators.ge(1.0))
    confidence: float = field(default=0.95, validator=[validators.ge(0.9), validators.lt(1.0)])
    method: VarMethod = VarMethod.FILTERED_HISTORICAL

    @samples_min.validator
    def _fits_the_window(self, _: object, samples_min: int) -> None:
        if samples_min > self.window_samples:
            raise ValueError(f"samples_min {samples_min} is above window_samples {self.window_samples}")

    @half_life_samples.validator
    def _is_not_lost_in_the_window(self, _: object, half_life_samples: float) -> None:
        # Weights beyond so many half-lives are below what a double can hold beside the others.
        if self.window_samples > _HALF_LIVES_MAX * half_life_samples:
            raise ValueError(
                f"half_life_samples {half_life_samples} is too short for window_samples {self.window_samples}: "
                f"at most {_HALF_LIVES_MAX} half-lives"
            )


def estimate_model(
    symbols: Sequence[str], prices: Float64Array, days: Float64Array, settings: EstimateSettings
) -> RiskModel | None:
    """Return the daily risk model of the instruments of which enough is known, None if there are none.

    Args:
        symbols: Instruments.
        prices: Marks at the samples, shape (n_samples, n_symbols), oldest first; 0 where unknown.
        days: Time from each sample to the next, shape (n_samples - 1,), in days.
        settings: How.
    """
    known = prices > 0.0
    # From the first mark on: what was not there yet is not a gap.
    latest = known[-settings.samples_min - 1 :]
    enough = [place for place in range(len(symbols)) if int(latest[:, place].sum()) > settings.samples_min]
    if not enough:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = np.diff(np.log(prices[:, enough]), axis=0)
    returns = np.where(np.isfinite(returns), returns, 0.0)
    half_life = np.inf if settings.method in _EQUAL else settings.half_life_samples
    tail = _tail(returns, days, settings, half_life)
    if tail is None:
        return None
    covariance = weighted_covariance(returns, days, half_life)
    return RiskModel([symbols[place] for place in enough], covariance, tail.var, tail.expected_shortfall)


def weighted_covariance(returns: Float64Array, days: Float64Array, half_life: float) -> Float64Array:
    """Return the covariance of daily returns, around zero, shape (n, n).

    The sum of products over the time in which they came about, both weighted: right also where samples lie
    unevenly apart.

    Args:
        returns: Shape (n_samples, n), oldest first.
        days: Time that each took, shape (n_samples,), in days.
        half_life: After so many samples a return counts half; infinite for all alike.
    """
    weights = np.exp2(-np.arange(len(returns))[::-1] / half_life)
    products: Float64Array = (returns * weights[:, np.newaxis]).T @ returns
    return products / float(weights @ days)


def past_deviation(returns: Float64Array, days: Float64Array, half_life: float) -> Float64Array:
    """Return the daily standard deviation known before each return, shape (n_samples, n); 0 for the first.

    The same weights as `weighted_covariance`, at every sample with those before it alone.
    """
    squares = np.vstack([np.zeros((1, returns.shape[1])), returns[:-1] ** 2])
    spans = np.concatenate([[0.0], days[:-1]])
    # A running sum in which older terms shrink is a plain running sum of terms that grow.
    growth = np.exp2(np.arange(len(returns)) / half_life)
    above = np.cumsum(squares * growth[:, np.newaxis], axis=0)
    below = np.cumsum(spans * growth)[:, np.newaxis]
    variances: Float64Array = np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)
    deviations: Float64Array = np.sqrt(variances)
    return deviations


def _tail(returns: Float64Array, days: Float64Array, settings: EstimateSettings, half_life: float) -> TailRisk | None:
    """Return the loss of a bad day and the mean beyond it, both over the standard deviation, over all instruments."""
    if settings.method is VarMethod.NORMAL:
        return normal_tail(0.0, 1.0, settings.confidence)
    residuals = _daily_residuals(returns, days, settings, half_life)
    # A position can be long or short: both sides of the market are losses to somebody.
    both = np.concatenate([residuals, -residuals])
    if settings.method is VarMethod.CORNISH_FISHER:
        moments = sample_moments(both)
        return None if moments is None else cornish_fisher_tail(moments, settings.confidence)
    return historical_tail(both, settings.confidence)


def _daily_residuals(
    returns: Float64Array, days: Float64Array, settings: EstimateSettings, half_life: float
) -> Float64Array:
    """Return what a day came to over the standard deviation known before it, every day that ends at a sample."""
    span = float(np.mean(days))
    n_day = max(1, round(1.0 / span))
    sums = np.cumsum(np.vstack([np.zeros((1, returns.shape[1])), returns]), axis=0)
    daily = (sums[n_day:] - sums[:-n_day]) / np.sqrt(n_day * span)
    if settings.method in _EQUAL:
        before = np.full(daily.shape, 1.0) * np.sqrt(np.mean(returns**2, axis=0) / span)
    else:
        before = past_deviation(returns, days, half_life)[: len(daily)]
        # The first estimates rest on next to nothing.
        n_unsettled = min(len(daily) // 2, settings.samples_min // 2)
        daily, before = daily[n_unsettled:], before[n_unsettled:]
    is_known = before > 0.0
    residuals: Float64Array = daily[is_known] / before[is_known]
    return residuals
