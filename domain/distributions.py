"""Probabilities that the standard library lacks: Student's t, chi-square, binomial, and tails of the normal.

Accurate to about 1e-12 of the value itself, also far out in the tails, where risk is read: each tail is worked out by
itself and not by subtracting from one.
"""

from functools import lru_cache
from math import erfc, exp, inf, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist
from typing import Final

_STANDARD_NORMAL: Final = NormalDist()
_FRACTION_STEPS_MAX: Final = 20_000
_TINY: Final = 1e-300
_EPSILON: Final = 1e-16
# From here on Stirling's series with three corrections is exact to the last digit.
_STIRLING_FROM: Final = 100.0
# The continued fraction takes more and more steps the more degrees of freedom there are; from here on two corrections
# to the normal are as exact and quicker.
_NORMAL_FROM_DOF: Final = 1e6
_LARGEST_LOG: Final = 709.0
_NEWTON_STEPS_MAX: Final = 200
_NEWTON_STEP_MIN: Final = 1e-14
_HALF: Final = 0.5
# Squares of larger numbers are beyond all numbers.
_SQUARABLE: Final = 1e150
# Up to this tail probability a quantile is sought from its tail, and beyond it from the median.
_OUTER: Final = 0.25


def normal_density(x: float) -> float:
    """Return the density of the standard normal distribution."""
    return exp(-0.5 * x * x) / sqrt(2.0 * pi)


def normal_survival(x: float) -> float:
    """Return the chance that a standard normal variable exceeds `x`, exact far out in the tail as well."""
    return 0.5 * erfc(x / sqrt(2.0))


def normal_quantile(probability: float) -> float:
    """Return the value that a standard normal variable stays below with this chance, from 0 to 1 exclusive.

    Raises:
        ValueError: The probability is not between 0 and 1.
    """
    return _STANDARD_NORMAL.inv_cdf(_open_probability(probability))


def student_t_density(x: float, dof: float) -> float:
    """Return the density of Student's t distribution (scale one), `dof` > 0 degrees of freedom, any real number."""
    _require_dof(dof)
    # The beta function of dof/2 and 1/2 holds both gamma functions and the root of pi.
    return exp(-0.5 * (dof + 1.0) * _log1p_of_square(x, dof) - _log_beta(0.5 * dof, 0.5)) / sqrt(dof)


def student_t_survival(x: float, dof: float) -> float:
    """Return the chance that a Student's t variable (scale one) exceeds `x`.

    Args:
        x: Any number, infinities included.
        dof: Degrees of freedom, any real number above zero.

    Raises:
        ValueError: `x` is NaN or `dof` is not positive.
    """
    _require_dof(dof)
    if x != x:  # noqa: PLR0124 - only NaN differs from itself
        raise ValueError("x is not a number")
    return _upper_tail(x, dof) if x >= 0 else 1.0 - _upper_tail(-x, dof)


def student_t_cdf(x: float, dof: float) -> float:
    """Return the chance that a Student's t variable (scale one) is at most `x`; see `student_t_survival`."""
    return student_t_survival(-x, dof)


@lru_cache(maxsize=1024)
def student_t_quantile(probability: float, dof: float) -> float:
    """Return the value that a Student's t variable (scale one) stays below with this chance.

    Args:
        probability: From 0 to 1 exclusive.
        dof: Degrees of freedom, any real number above zero.

    Returns:
        The quantile; infinite where it lies beyond the largest number, as it does for very few degrees of freedom.

    Raises:
        ValueError: An argument is out of its range.
    """
    _require_dof(dof)
    tail = min(_open_probability(probability), 1.0 - probability)
    if tail == _HALF:
        return 0.0
    distance = _upper_quantile(tail, dof) if tail <= _OUTER else _central_quantile(2.0 * abs(probability - 0.5), dof)
    return distance if probability > tail else -distance


def chi_square_survival(x: float, dof: int) -> float:
    """Return the chance that a chi-square variable of one or two degrees of freedom exceeds `x` >= 0.

    Raises:
        ValueError: `x` is negative or NaN, or there are neither one nor two degrees of freedom.
    """
    if not x >= 0:
        raise ValueError(f"a chi-square statistic is never negative, got {x}")
    if dof == 1:
        return erfc(sqrt(0.5 * x))
    if dof == 2:  # noqa: PLR2004 - two squares of normals: an exponential variable
        return exp(-0.5 * x)
    raise ValueError(f"chi-square is here for 1 and 2 degrees of freedom, not for {dof}")


def binomial_at_least(successes: int, trials: int, probability: float) -> float:
    """Return the chance of at least so many successes in independent trials.

    Args:
        successes: Any whole number.
        trials: At least 0.
        probability: Of success in one trial, from 0 to 1.

    Raises:
        ValueError: `trials` is negative or `probability` is not from 0 to 1.
    """
    if trials < 0 or not 0.0 <= probability <= 1.0:
        raise ValueError(f"need trials >= 0 and a probability from 0 to 1, got {trials} and {probability}")
    if successes <= 0:
        return 1.0
    if successes > trials:
        return 0.0
    return regularized_beta(float(successes), float(trials - successes + 1), probability)


def binomial_at_most(successes: int, trials: int, probability: float) -> float:
    """Return the chance of at most so many successes in independent trials; see `binomial_at_least`."""
    return binomial_at_least(trials - successes, trials, 1.0 - probability)


def regularized_beta(a: float, b: float, x: float) -> float:
    """Return the regularized incomplete beta function I_x(a, b), for `a`, `b` > 0 and `x` from 0 to 1.

    References:
        Abramowitz & Stegun (1964), "Handbook of Mathematical Functions", 26.5.8 (the continued fraction);
        Lentz (1976), "Generating Bessel functions in Mie scattering calculations using continued fractions".

    Raises:
        ValueError: An argument is out of its range.
    """
    if not (a > 0 and b > 0 and 0.0 <= x <= 1.0):
        raise ValueError(f"need a > 0, b > 0 and x from 0 to 1, got {a}, {b} and {x}")
    return _beta_of_parts(a, b, x, 1.0 - x)


def _beta_of_parts(a: float, b: float, x: float, y: float) -> float:
    """Return I_x(a, b), where ``y = 1 - x`` comes from the caller, who knows both without subtracting."""
    if x <= 0.0 or y <= 0.0:
        return 0.0 if x <= 0.0 else 1.0
    # The fraction converges quickly on the near side of the mean; the other side is its mirror.
    if x * (a + b + 2.0) > a + 1.0:
        return 1.0 - _front(b, a, y, x) * _beta_fraction(b, a, y)
    return _front(a, b, x, y) * _beta_fraction(a, b, x)


def _front(a: float, b: float, x: float, y: float) -> float:
    # Each from the smaller part, which is the exact one.
    log_x = log(x) if x < _HALF else log1p(-y)
    log_y = log(y) if y < _HALF else log1p(-x)
    return exp(a * log_x + b * log_y - _log_beta(a, b)) / a


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of I_x(a, b) by Lentz's method, two terms a step."""
    fraction = d = _inverse(1.0 - (a + b) * x / (a + 1.0))
    c = 1.0
    for m in range(1, _FRACTION_STEPS_MAX):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        d, c = _inverse(1.0 + even * d), _nonzero(1.0 + even / c)
        fraction *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        d, c = _inverse(1.0 + odd * d), _nonzero(1.0 + odd / c)
        step = d * c
        fraction *= step
        if abs(step - 1.0) <= _EPSILON:
            return fraction
    raise ArithmeticError(f"the incomplete beta function of {a}, {b} at {x} did not converge")


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _inverse(value: float) -> float:
    return 1.0 / _nonzero(value)


def _log_beta(a: float, b: float) -> float:
    """Return the logarithm of the beta function, without the cancellation of large gamma functions."""
    small, large = min(a, b), max(a, b)
    if large < _STIRLING_FROM:
        return lgamma(small) + lgamma(large) - lgamma(small + large)
    grown = (large - 0.5) * log1p(small / large) + small * (log(large + small) - 1.0)
    rest = _stirling_rest(large + small) - _stirling_rest(large)
    return lgamma(small) - grown - rest


def _stirling_rest(x: float) -> float:
    return 1.0 / (12.0 * x) - 1.0 / (360.0 * x**3) + 1.0 / (1260.0 * x**5)


def _upper_tail(x: float, dof: float) -> float:
    """Return the chance of exceeding `x` >= 0."""
    if x == inf:
        return 0.0
    if dof > _NORMAL_FROM_DOF:
        return _nearly_normal_tail(x, dof)
    return 0.5 * _beta_of_parts(0.5 * dof, 0.5, *_shares(x, dof))


def _nearly_normal_tail(x: float, dof: float) -> float:
    """Return the chance of exceeding `x` >= 0 from the first two terms of the series in 1/dof."""
    density = normal_density(x)
    if density == 0.0:
        return 0.0
    square = x * x
    first = (square + 1.0) / (4.0 * dof)
    second = (((3.0 * square - 7.0) * square - 5.0) * square - 3.0) / (96.0 * dof * dof)
    return normal_survival(x) + density * x * (first + second)


def _central_chance(x: float, dof: float) -> float:
    """Return the chance of lying within `x` >= 0 of the median, exact where that is small."""
    if dof > _NORMAL_FROM_DOF:
        return 1.0 - 2.0 * _upper_tail(x, dof)
    outer, inner = _shares(x, dof)
    return _beta_of_parts(0.5, 0.5 * dof, inner, outer)


def _shares(x: float, dof: float) -> tuple[float, float]:
    """Return dof / (dof + x²) and x² / (dof + x²); squares too large for a number are left out of the sum."""
    ratio = x / sqrt(dof)
    if ratio > 1.0:
        inverse = 1.0 / (ratio * ratio) if ratio < _SQUARABLE else 0.0
        return inverse / (1.0 + inverse), 1.0 / (1.0 + inverse)
    square = ratio * ratio
    return 1.0 / (1.0 + square), square / (1.0 + square)


def _log1p_of_square(x: float, dof: float) -> float:
    ratio = abs(x) / sqrt(dof)
    return log1p(ratio * ratio) if ratio < _SQUARABLE else 2.0 * log(ratio)


def _upper_quantile(tail: float, dof: float) -> float:
    """Return the value exceeded with this chance, at most a quarter.

    Newton's method on the logarithms: there the tail is concave, so that after one step it comes from one side only.
    It starts at the normal quantile, below which no quantile of Student's t lies that far out.
    """
    position = log(-normal_quantile(tail))
    for _ in range(_NEWTON_STEPS_MAX):
        x = exp(position)
        chance = _upper_tail(x, dof)
        step = (log(chance) - log(tail)) * chance / (x * student_t_density(x, dof))
        position += step
        if abs(step) <= _NEWTON_STEP_MIN * (1.0 + abs(position)):
            return exp(position)
        if position > _LARGEST_LOG:
            return inf
    return exp(position)


def _central_quantile(chance: float, dof: float) -> float:
    """Return the distance from the median within which a value lies with this chance, at most a half.

    Newton's method on the logarithms again: from the distance at which the height of the median would hold, which is
    too near, it comes from one side only.
    """
    position = log(0.5 * chance / student_t_density(0.0, dof))
    for _ in range(_NEWTON_STEPS_MAX):
        x = exp(position)
        reached = _central_chance(x, dof)
        step = (log(chance) - log(reached)) * reached / (2.0 * x * student_t_density(x, dof))
        position += step
        if abs(step) <= _NEWTON_STEP_MIN * (1.0 + abs(position)):
            break
    return exp(position)


def _open_probability(probability: float) -> float:
    if not 0.0 < probability < 1.0:
        raise ValueError(f"a probability must be between 0 and 1, got {probability}")
    return probability


def _require_dof(dof: float) -> None:
    if not dof > 0:
        raise ValueError(f"degrees of freedom must be positive, got {dof}")
