"""Whether forecasts of value at risk came true: how often losses went beyond, and whether they did so in clusters."""

from enum import Enum
from math import log
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from domain.distributions import binomial_at_least, binomial_at_most, chi_square_survival
from domain.risk.observations import require_returns, tail_probability


@frozen
class LikelihoodRatio:
    """A statistic that is chi-square if the hypothesis holds.

    Attributes:
        statistic: Never negative.
        p_value: Chance of one at least so large if the hypothesis holds.
    """

    statistic: float
    p_value: float


@frozen
class Transitions:
    """How often what followed what, over all pairs of neighbouring days.

    Attributes:
        calm_calm: Neither day's loss went beyond its VaR.
        calm_hit: The second day's did.
        hit_calm: The first day's did.
        hit_hit: Both days' did.
    """

    calm_calm: int
    calm_hit: int
    hit_calm: int
    hit_hit: int


class Zone(Enum):
    """Traffic light of the Basel Committee: how likely so few hits are if the forecasts are right."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@frozen
class TrafficLight:
    """The Basel Committee's verdict.

    Attributes:
        zone: Green below 95 %, red from 99.99 % on.
        cumulative_probability: Chance of at most so many hits if the forecasts are right.
    """

    zone: Zone
    cumulative_probability: float


@frozen
class VarBacktest:
    """Forecasts of value at risk against what happened.

    Attributes:
        n_days: Days with a forecast.
        n_hits: Days whose loss went beyond it.
        expected_hits: How many there should have been.
        transitions: Of neighbouring days.
        coverage: Kupiec's test: is the number of hits the right one?
        independence: Christoffersen's test: does a hit say anything of the next day? None where no day follows a hit,
            or all follow one: nothing can be said then.
        conditional_coverage: Both at once, None as well.
        at_least_probability: Chance of at least so many hits if the forecasts are right.
        traffic_light: The Basel Committee's verdict.
    """

    n_days: int
    n_hits: int
    expected_hits: float
    transitions: Transitions
    coverage: LikelihoodRatio
    independence: LikelihoodRatio | None
    conditional_coverage: LikelihoodRatio | None
    at_least_probability: float
    traffic_light: TrafficLight


# Basel Committee (1996), "Supervisory framework for the use of 'backtesting'", table 2.
_YELLOW_FROM: Final = 0.95
_RED_FROM: Final = 0.9999
_PLUS_FACTORS: Final = {5: 0.4, 6: 0.5, 7: 0.65, 8: 0.75, 9: 0.85}


def backtest_var(returns: ArrayLike, var: ArrayLike, confidence: float) -> VarBacktest | None:
    """Compare forecasts with outcomes.

    Args:
        returns: Oldest first, shape (n_days,), fractions.
        var: Forecast for each, made before it, positive losses as fractions, same shape; NaN where there was none.
        confidence: Of the forecasts, from 0.5 to below 1.

    Returns:
        None if there is no forecast at all.

    Raises:
        ValueError: Shapes differ, or a number cannot be.
    """
    hits = count_hits(returns, var)
    if hits.size == 0:
        return None
    chance, n_hits = tail_probability(confidence), int(hits.sum())
    coverage = kupiec(hits.size, n_hits, confidence)
    transitions = count_transitions(hits)
    independence = christoffersen_independence(transitions)
    return VarBacktest(
        n_days=hits.size,
        n_hits=n_hits,
        expected_hits=hits.size * chance,
        transitions=transitions,
        coverage=coverage,
        independence=independence,
        conditional_coverage=conditional_coverage(coverage, independence) if independence else None,
        at_least_probability=binomial_at_least(n_hits, hits.size, chance),
        traffic_light=traffic_light(hits.size, n_hits, confidence),
    )


def count_hits(returns: ArrayLike, var: ArrayLike) -> NDArray[np.bool_]:
    """Return whether each day's loss went beyond its forecast, days without one left out; shape (n_forecasts,).

    Raises:
        ValueError: Shapes differ, a return is not finite, or a forecast infinite.
    """
    values, forecasts = require_returns(returns), np.asarray(var, dtype=np.float64)
    if values.shape != forecasts.shape or np.isinf(forecasts).any():
        raise ValueError(f"need one finite forecast (or NaN) per return, got {forecasts.shape} for {values.shape}")
    is_known = ~np.isnan(forecasts)
    hits: NDArray[np.bool_] = -values[is_known] > forecasts[is_known]
    return hits


def count_transitions(hits: ArrayLike) -> Transitions:
    """Count what followed what, of hits in the sequence of days, shape (n_days,)."""
    flags = np.asarray(hits, dtype=np.bool_)
    before, after = flags[:-1], flags[1:]
    return Transitions(
        calm_calm=int(np.sum(~before & ~after)),
        calm_hit=int(np.sum(~before & after)),
        hit_calm=int(np.sum(before & ~after)),
        hit_hit=int(np.sum(before & after)),
    )


def kupiec(n_days: int, n_hits: int, confidence: float) -> LikelihoodRatio:
    """Test whether hits come as often as they should (one degree of freedom).

    No hits at all, or nothing but hits, have a likelihood as well: 0 × log 0 counts as 0.

    References:
        Kupiec (1995), "Techniques for Verifying the Accuracy of Risk Measurement Models", Journal of Derivatives 3(2).

    Raises:
        ValueError: There are no days, or more hits than days, or the confidence is out of range.
    """
    if n_days < 1 or not 0 <= n_hits <= n_days:
        raise ValueError(f"need days, and at most as many hits, got {n_days} days and {n_hits} hits")
    chance = tail_probability(confidence)
    right = _log_likelihood(n_days - n_hits, n_hits, chance)
    return _likelihood_ratio(_log_likelihood(n_days - n_hits, n_hits, n_hits / n_days) - right, dof=1)


def kupiec_region(n_days: int, confidence: float, *, test_confidence: float = 0.95) -> tuple[int, int]:
    """Return the fewest and the most hits that Kupiec's test does not reject.

    Args:
        n_days: Days with a forecast, at least 1.
        confidence: Of the forecasts.
        test_confidence: Of the test: at 0.95 one in twenty right models is rejected.
    """
    p_value_min = tail_probability(test_confidence)
    most_likely = round(n_days * tail_probability(confidence))
    fewest = most = most_likely
    while fewest > 0 and kupiec(n_days, fewest - 1, confidence).p_value >= p_value_min:
        fewest -= 1
    while most < n_days and kupiec(n_days, most + 1, confidence).p_value >= p_value_min:
        most += 1
    return fewest, most


def christoffersen_independence(transitions: Transitions) -> LikelihoodRatio | None:
    """Test whether a hit is as likely after a hit as after a calm day (one degree of freedom).

    Returns:
        None where no day follows a hit, or none a calm day: there is nothing to compare.

    References:
        Christoffersen (1998), "Evaluating Interval Forecasts", International Economic Review 39(4), 841-862.
    """
    n_after_calm = transitions.calm_calm + transitions.calm_hit
    n_after_hit = transitions.hit_calm + transitions.hit_hit
    if n_after_calm == 0 or n_after_hit == 0:
        return None
    n_hits = transitions.calm_hit + transitions.hit_hit
    n_calm = transitions.calm_calm + transitions.hit_calm
    after_calm = _log_likelihood(transitions.calm_calm, transitions.calm_hit, transitions.calm_hit / n_after_calm)
    after_hit = _log_likelihood(transitions.hit_calm, transitions.hit_hit, transitions.hit_hit / n_after_hit)
    alike = _log_likelihood(n_calm, n_hits, n_hits / (n_after_calm + n_after_hit))
    return _likelihood_ratio(after_calm + after_hit - alike, dof=1)


def conditional_coverage(coverage: LikelihoodRatio, independence: LikelihoodRatio) -> LikelihoodRatio:
    """Test both at once: right in number and independent (two degrees of freedom)."""
    statistic = coverage.statistic + independence.statistic
    return LikelihoodRatio(statistic, chi_square_survival(statistic, 2))


def traffic_light(n_days: int, n_hits: int, confidence: float) -> TrafficLight:
    """Return the Basel Committee's zone, by its rule for any number of days and any confidence."""
    chance = binomial_at_most(n_hits, n_days, tail_probability(confidence))
    if chance < _YELLOW_FROM:
        return TrafficLight(Zone.GREEN, chance)
    return TrafficLight(Zone.YELLOW if chance < _RED_FROM else Zone.RED, chance)


def basel_plus_factor(n_hits: int) -> float:
    """Return what the Committee's table adds to the capital multiplier for so many hits in 250 days at 99 %."""
    if n_hits < min(_PLUS_FACTORS):
        return 0.0
    return _PLUS_FACTORS.get(n_hits, 1.0)


def _log_likelihood(n_calm: int, n_hits: int, chance: float) -> float:
    """Return the log-likelihood of so many calm days and hits; what did not happen does not count."""
    calm = n_calm * log(1.0 - chance) if n_calm else 0.0
    return calm + (n_hits * log(chance) if n_hits else 0.0)


def _likelihood_ratio(gain: float, *, dof: int) -> LikelihoodRatio:
    # Of two equal likelihoods rounding can leave something below zero.
    statistic = max(2.0 * gain, 0.0)
    return LikelihoodRatio(statistic, chi_square_survival(statistic, dof))
