"""Value at risk and expected shortfall of a distribution of which only moments are known."""

from math import sqrt
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike

from domain.distributions import normal_density, normal_quantile, student_t_density, student_t_quantile
from domain.risk.observations import require_returns, tail_probability
from domain.risk.tail_risk import TailRisk

# Where everything lies this close together, relative to its size, what varies is rounding.
_ROUNDING: Final = 1e-12
# Beyond this many standard deviations lies one normal day in 43 years; the expansion need not hold there, and is not
# asked for tails most of which lie there.
_EXPANSION_SIGMAS: Final = 4.0
_EXPANSION_CONFIDENCE_MAX: Final = 0.9999
_VARIANCE_NEEDS_DOF: Final = 2.0


@frozen
class Moments:
    """The first four moments of a sample.

    Attributes:
        mean: Per period, as a fraction.
        deviation: Standard deviation of the sample (divided by n, not n - 1), positive.
        skew: Third central moment over the cubed deviation.
        excess_kurtosis: Fourth central moment over the fourth power of the deviation, minus the 3 of the normal.
    """

    mean: float
    deviation: float
    skew: float
    excess_kurtosis: float


def sample_moments(returns: ArrayLike) -> Moments | None:
    """Return the moments of returns, shape (n_returns,); None where they do not vary, or there are none."""
    values = require_returns(returns)
    if values.size == 0:
        return None
    mean = float(values.mean())
    away = values - mean
    furthest = float(np.abs(away).max())
    if furthest <= _ROUNDING * float(np.abs(values).max()):
        return None
    # In units of the furthest, whose powers neither vanish nor leave the range of numbers.
    away /= furthest
    deviation = float(np.sqrt(np.mean(away**2)))
    away /= deviation
    kurtosis = float(np.mean(away**4))
    return Moments(mean, furthest * deviation, skew=float(np.mean(away**3)), excess_kurtosis=kurtosis - 3.0)


def normal_tail(mean: float, deviation: float, confidence: float) -> TailRisk:
    """Return VaR and expected shortfall of normal returns.

    Args:
        mean: Of the returns, a fraction.
        deviation: Standard deviation, not negative.
        confidence: From 0.5 to below 1.

    Raises:
        ValueError: The deviation is negative or the confidence out of range.
    """
    tail = tail_probability(confidence)
    quantile = normal_quantile(tail)
    _require_deviation(deviation)
    return TailRisk(-mean - deviation * quantile, -mean + deviation * normal_density(quantile) / tail)


def student_t_tail(mean: float, deviation: float, dof: float, confidence: float) -> TailRisk:
    """Return VaR and expected shortfall of Student's t returns with this *standard deviation*.

    The distribution's own scale is smaller, ``deviation × √((dof − 2) / dof)``: taking the deviation for the scale
    would overstate the risk.

    References:
        McNeil, Frey & Embrechts (2015), "Quantitative Risk Management", example 2.15.

    Raises:
        ValueError: The deviation is negative, the confidence out of range, or `dof` not above two, where there is no
            standard deviation.
    """
    tail = tail_probability(confidence)
    _require_deviation(deviation)
    scale = deviation * student_t_scale(dof)
    quantile = student_t_quantile(tail, dof)
    beyond = student_t_density(quantile, dof) * (dof + quantile * quantile) / ((dof - 1.0) * tail)
    return TailRisk(-mean - scale * quantile, -mean + scale * beyond)


def student_t_scale(dof: float) -> float:
    """Return the scale of Student's t distribution whose standard deviation is one.

    Raises:
        ValueError: `dof` is not above two: there is no standard deviation.
    """
    if not dof > _VARIANCE_NEEDS_DOF:
        raise ValueError(f"Student's t has a standard deviation only above 2 degrees of freedom, got {dof}")
    return sqrt((dof - _VARIANCE_NEEDS_DOF) / dof)


def cornish_fisher_tail(moments: Moments, confidence: float) -> TailRisk | None:
    """Return VaR and expected shortfall from four moments, by the expansion of Cornish and Fisher.

    The expected shortfall is the mean of the expansion's own quantiles over the tail, so that it is never below the
    VaR; the shortfall of the Edgeworth density, which is also in use, can be.

    Returns:
        None where the expansion is no quantile function, see `expansion_is_monotone`, and above a confidence of 0.9999.

    References:
        Cornish & Fisher (1938), "Moments and Cumulants in the Specification of Distributions", Revue de l'Institut
        International de Statistique 5(4), 307-320.

    Raises:
        ValueError: The confidence is out of range.
    """
    tail = tail_probability(confidence)
    if confidence > _EXPANSION_CONFIDENCE_MAX or not expansion_is_monotone(moments.skew, moments.excess_kurtosis):
        return None
    quantile = cornish_fisher_quantile(moments.skew, moments.excess_kurtosis, tail)
    beyond = _mean_of_tail(moments.skew, moments.excess_kurtosis, tail)
    return TailRisk(-moments.mean - moments.deviation * quantile, -moments.mean - moments.deviation * beyond)


def cornish_fisher_quantile(skew: float, excess_kurtosis: float, probability: float) -> float:
    """Return the quantile, in standard deviations from the mean, by the expansion to the second order.

    ``z + (z² − 1)S/6 + (z³ − 3z)K/24 − (2z³ − 5z)S²/36``, with z the normal quantile, S skew, K excess kurtosis.
    """
    z = normal_quantile(probability)
    constant, linear, square, cubic = _coefficients(skew, excess_kurtosis)
    return constant + z * (linear + z * (square + z * cubic))


def expansion_is_monotone(skew: float, excess_kurtosis: float) -> bool:
    """Whether larger probabilities have larger quantiles within four standard deviations of the normal.

    Without skew that holds for an excess kurtosis from −0.53 to 8, with a skew of 1 from 1.5 to 8.8, and with one of
    2.5 or more for none. On the whole line, where Maillard asks for it, every sample whose kurtosis is a little below
    the normal one would be refused for what happens at quantiles that are never used.

    References:
        Maillard (2012), "A User's Guide to the Cornish Fisher Expansion", SSRN 1997178.
    """
    _, slope, square, cubic = _coefficients(skew, excess_kurtosis)
    bend, curve = 2.0 * square, 3.0 * cubic
    places = [-_EXPANSION_SIGMAS, _EXPANSION_SIGMAS]
    if curve > 0.0 and abs(bend) < 2.0 * curve * _EXPANSION_SIGMAS:
        places.append(-bend / (2.0 * curve))
    return all(slope + z * (bend + z * curve) >= 0.0 for z in places)


def _coefficients(skew: float, excess_kurtosis: float) -> tuple[float, float, float, float]:
    """Return what stands before 1, z, z² and z³ in the expansion."""
    linear = 1.0 - excess_kurtosis / 8.0 + 5.0 * skew**2 / 36.0
    return -skew / 6.0, linear, skew / 6.0, excess_kurtosis / 24.0 - skew**2 / 18.0


def _mean_of_tail(skew: float, excess_kurtosis: float, tail: float) -> float:
    """Return the mean of the quantiles below this probability, in standard deviations."""
    constant, linear, square, cubic = _coefficients(skew, excess_kurtosis)
    z = normal_quantile(tail)
    # Means of Z, Z² and Z³ of a normal variable below z: -h, 1 - zh and -(z² + 2)h.
    h = normal_density(z) / tail
    return constant - linear * h + square * (1.0 - z * h) - cubic * (z * z + 2.0) * h


def _require_deviation(deviation: float) -> None:
    if not deviation >= 0.0:
        raise ValueError(f"a standard deviation is not negative, got {deviation}")
