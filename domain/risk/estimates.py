"""From prices sampled at regular instants to the covariance of daily returns.

Volatility changes much faster than the shape of what is left when it is taken out. So the covariance looks at the
last days most; the tail is taken from a long history of days (`domain.risk.day_history`).
"""

from typing import Final

import numpy as np
from attrs import field, frozen, validators

from domain.market import Float64Array
from domain.risk.observations import OBSERVATIONS_MIN, tail_mass
from domain.risk.value_at_risk import VarMethod

DISTINCT_MOVES_MIN: Final = 10
"""With fewer different moves among its latest returns an instrument stands still, or flips between a few prices: that
is a feed without news and not a market without risk. Even of ten, a standard deviation is known to a fifth of itself
only, 1 / √20."""

_HALF_LIVES_MAX: Final = 500
_EQUAL: Final = frozenset({VarMethod.HISTORICAL})


@frozen(kw_only=True)
class EstimateSettings:
    """How risk is estimated from the marks.

    Attributes:
        interval_s: From one sample of all marks to the next, seconds.
        window_samples: How many samples the covariance looks at.
        samples_min: From so many returns of an instrument on its risk is known, if ten of the latest so many differ.
        half_life_samples: After so many samples a return counts half in the covariance.
        confidence: Of value at risk and expected shortfall.
        method: How tails are estimated; historical looks at all samples alike, the others at the latest most.
        tail_days: How many of the latest days a tail is taken from, at least 30 and enough to reach it.
    """

    interval_s: int = field(default=3_600, validator=[validators.ge(1), validators.le(86_400)])
    window_samples: int = field(default=720, validator=[validators.ge(30), validators.le(100_000)])
    samples_min: int = field(default=48, validator=validators.ge(OBSERVATIONS_MIN))
    half_life_samples: float = field(default=72.0, validator=validators.ge(1.0))
    confidence: float = field(default=0.95, validator=[validators.ge(0.9), validators.lt(1.0)])
    method: VarMethod = VarMethod.FILTERED_HISTORICAL
    tail_days: int = field(default=500, validator=[validators.ge(OBSERVATIONS_MIN), validators.le(10_000)])

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

    @tail_days.validator
    def _reaches_the_tail(self, _: object, tail_days: int) -> None:
        if tail_mass(tail_days, self.confidence) < 1.0:
            raise ValueError(f"tail_days {tail_days} is too short for confidence {self.confidence}: it has no tail")


def estimate_covariance(prices: Float64Array, days: Float64Array, settings: EstimateSettings) -> Float64Array:
    """Return the covariance of daily returns, shape (n_symbols, n_symbols); NaN where an instrument is unknown.

    Known is an instrument of which the latest `samples_min` returns are known and `DISTINCT_MOVES_MIN` of them differ
    from each other and from zero.

    Args:
        prices: Marks at the samples, shape (n_samples, n_symbols), oldest first; 0 where unknown.
        days: Time from each sample to the next, shape (n_samples - 1,), in days.
        settings: How.
    """
    returns = log_returns(prices)
    covariance = np.full((prices.shape[1], prices.shape[1]), np.nan)
    places = np.flatnonzero([_is_known(column, settings.samples_min) for column in returns.T])
    if places.size:
        half_life = np.inf if settings.method in _EQUAL else settings.half_life_samples
        covariance[np.ix_(places, places)] = weighted_covariance(returns[:, places], days, half_life)
    return covariance


def log_returns(prices: Float64Array) -> Float64Array:
    """Return the log returns of prices of shape (n_samples, n_symbols), one fewer; NaN beside an unknown price, 0."""
    logs = np.log(np.where(prices > 0.0, prices, np.nan))
    returns: Float64Array = np.diff(logs, axis=0)
    return returns


def _is_known(returns: Float64Array, samples_min: int) -> bool:
    latest = returns[-samples_min:]
    if len(latest) < samples_min or np.isnan(latest).any():
        return False
    return len({*latest.tolist(), 0.0}) > DISTINCT_MOVES_MIN


def weighted_covariance(returns: Float64Array, days: Float64Array, half_life: float) -> Float64Array:
    """Return the covariance of daily returns, around zero, shape (n, n).

    A variance is the sum of squares over the time in which they came about, both weighted: right also where samples
    lie unevenly apart, and for what came late. A correlation is that of the time that two have in common.

    Args:
        returns: Shape (n_samples, n), oldest first; NaN where unknown.
        days: Time that each took, shape (n_samples,), in days.
        half_life: After so many samples a return counts half; infinite for all alike.
    """
    weights = np.exp2(-np.arange(len(returns))[::-1] / half_life)[:, np.newaxis]
    is_known = np.isfinite(returns)
    values = np.where(is_known, returns, 0.0)
    products = (values * weights).T @ values
    times = (weights[:, 0] * days) @ is_known
    if not is_known.all():
        shared = (values**2 * weights).T @ is_known  # Squares of the first while the second was known.
        common = np.sqrt(shared * shared.T)
        own = np.sqrt(np.diag(products))
        correlations = np.divide(products, common, out=np.zeros_like(products), where=common > 0.0)
        products = correlations * np.outer(own, own)
    covariance: Float64Array = products / np.sqrt(np.outer(times, times))
    return covariance
