"""VaR and expected shortfall from moments."""

from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.risk.parametric_tail import (
    Moments,
    cornish_fisher_quantile,
    cornish_fisher_tail,
    expansion_is_monotone,
    normal_tail,
    sample_moments,
    student_t_scale,
    student_t_tail,
)
from tests.unit.domain.risk.drawn import fractions, positive_fractions, return_series

means = fractions(0.1)
deviations = positive_fractions(0.5)
confidences = st.floats(0.5, 0.99995)
skews = st.floats(-2.4, 2.4)
kurtoses = st.floats(-1.0, 12.0)

CHANCES_WITHIN_FOUR_SIGMAS = [NormalDist().cdf(float(z)) for z in np.linspace(-4.0, 4.0, 400)]

# Laws


@given(mean=means, deviation=deviations, dof=st.floats(2.1, 1e4), confidence=confidences)
def test_the_shortfall_is_never_below_the_var(mean: float, deviation: float, dof: float, confidence: float) -> None:
    # `TailRisk` refuses one that is.
    normal_tail(mean, deviation, confidence)
    student_t_tail(mean, deviation, dof, confidence)


@given(skew=skews, kurtosis=kurtoses, confidence=confidences)
def test_inside_its_range_the_expansion_has_a_shortfall_above_its_var(
    skew: float, kurtosis: float, confidence: float
) -> None:
    tail = cornish_fisher_tail(Moments(0.0, 1.0, skew, kurtosis), confidence)

    assert (tail is not None) == (confidence <= 0.9999 and expansion_is_monotone(skew, kurtosis))


@given(skew=skews, kurtosis=kurtoses)
def test_monotone_means_that_quantiles_ascend(skew: float, kurtosis: float) -> None:
    steps = np.diff([cornish_fisher_quantile(skew, kurtosis, chance) for chance in CHANCES_WITHIN_FOUR_SIGMAS])

    # Where the slope touches zero, the grid may step over it: a step is the slope of its middle, not of its ends.
    assume(abs(steps.min()) > np.abs(np.diff(steps)).max())
    assert expansion_is_monotone(skew, kurtosis) == bool((steps > 0.0).all())


@given(skew=skews, kurtosis=kurtoses, confidence=st.floats(0.9, 0.999))
def test_the_shortfall_of_the_expansion_is_the_mean_of_its_quantiles(
    skew: float, kurtosis: float, confidence: float
) -> None:
    tail = cornish_fisher_tail(Moments(0.0, 1.0, skew, kurtosis), confidence)
    assume(tail is not None)
    # Midpoints of 2,000 equal parts of the tail, the slow way; the outermost part is what they miss most of.
    chances = (np.arange(2_000) + 0.5) / 2_000 * (1.0 - confidence)
    slow = -np.mean([cornish_fisher_quantile(skew, kurtosis, chance) for chance in chances])

    assert tail is not None
    assert tail.expected_shortfall == pytest.approx(slow, rel=2e-3)


@given(mean=means, deviation=deviations, confidence=confidences)
def test_without_skew_and_excess_kurtosis_the_expansion_is_the_normal(
    mean: float, deviation: float, confidence: float
) -> None:
    tail = cornish_fisher_tail(Moments(mean, deviation, 0.0, 0.0), min(confidence, 0.9999))
    normal = normal_tail(mean, deviation, min(confidence, 0.9999))

    assert tail is not None
    assert tail.var == pytest.approx(normal.var, abs=1e-14)
    assert tail.expected_shortfall == pytest.approx(normal.expected_shortfall, abs=1e-14)


@given(deviation=deviations, confidence=confidences)
def test_with_many_degrees_of_freedom_students_tail_is_the_normal_one(deviation: float, confidence: float) -> None:
    heavy, normal = student_t_tail(0.0, deviation, 1e9, confidence), normal_tail(0.0, deviation, confidence)

    assert heavy.var == pytest.approx(normal.var, rel=1e-6, abs=1e-9)
    assert heavy.expected_shortfall == pytest.approx(normal.expected_shortfall, rel=1e-6)


@given(returns=return_series(2, 40, largest=0.9), factor=st.floats(0.1, 10.0))
def test_skew_and_kurtosis_have_no_unit(returns: list[float], factor: float) -> None:
    moments = sample_moments(returns)
    scaled = sample_moments([factor * value for value in returns])
    mirrored = sample_moments([-value for value in returns])
    assume(moments is not None and moments.deviation > 1e-6)

    assert moments is not None
    assert scaled is not None
    assert mirrored is not None
    assert scaled.skew == pytest.approx(moments.skew, rel=1e-5, abs=1e-5)
    assert scaled.excess_kurtosis == pytest.approx(moments.excess_kurtosis, rel=1e-5, abs=1e-5)
    assert mirrored.skew == pytest.approx(-moments.skew, rel=1e-5, abs=1e-5)


# Worked examples


def test_a_normal_day_of_two_percent() -> None:
    tail = normal_tail(0.001, 0.02, 0.95)

    # 1.644854 × 0.02 − 0.001; density at 1.644854 is 0.103136, over 0.05 is 2.062713: × 0.02 − 0.001.
    assert tail.var == pytest.approx(0.0318971, abs=1e-7)
    assert tail.expected_shortfall == pytest.approx(0.0402543, abs=1e-7)


def test_four_moments_of_four_returns() -> None:
    # Mean 1; away −1, −1, −1, 3; squares 1, 1, 1, 9, mean 3; cubes −1, −1, −1, 27, mean 6; fourths 1, 1, 1, 81,
    # mean 21.
    moments = sample_moments([0.0, 0.0, 0.0, 4.0])

    assert moments is not None
    assert moments.mean == 1.0
    assert moments.deviation == pytest.approx(sqrt(3.0))
    assert moments.skew == pytest.approx(6.0 / 3.0**1.5)
    assert moments.excess_kurtosis == pytest.approx(21.0 / 9.0 - 3.0)


def test_the_range_of_the_expansion() -> None:
    # Without skew the slope 1 − K/8 + K z²/8 is zero at z = 0 for K = 8, and at z = 4 for K = −8/15 = −0.5333.
    assert expansion_is_monotone(0.0, 7.999)
    assert not expansion_is_monotone(0.0, 8.001)
    assert expansion_is_monotone(0.0, -0.533)
    assert not expansion_is_monotone(0.0, -0.534)
    assert not any(expansion_is_monotone(2.5, kurtosis) for kurtosis in np.arange(-3.0, 30.0, 0.01))


def test_four_degrees_of_freedom_have_a_scale_of_the_root_of_a_half() -> None:
    assert student_t_scale(4.0) == pytest.approx(sqrt(0.5))


def test_returns_that_do_not_vary_have_no_shape() -> None:
    assert sample_moments([0.1] * 7) is None
    assert sample_moments([]) is None


# Refusals


def test_impossible_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        normal_tail(0.0, -0.1, 0.95)
    with pytest.raises(ValueError, match="not negative"):
        student_t_tail(0.0, float("nan"), 4.0, 0.95)
    with pytest.raises(ValueError, match="above 2 degrees of freedom"):
        student_t_tail(0.0, 0.1, 2.0, 0.95)
    with pytest.raises(ValueError, match="confidence"):
        normal_tail(0.0, 0.1, 95.0)
