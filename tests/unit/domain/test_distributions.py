"""Distributions that the standard library lacks: laws, closed forms, printed tables, and sums done another way."""

from fractions import Fraction
from math import atan, comb, inf, isclose, nan, pi, sqrt, tan
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.distributions import (
    binomial_at_least,
    binomial_at_most,
    chi_square_survival,
    normal_density,
    normal_quantile,
    normal_survival,
    regularized_beta,
    student_t_cdf,
    student_t_density,
    student_t_quantile,
    student_t_survival,
)

degrees = st.floats(0.5, 1e8)
chances = st.one_of(st.floats(1e-12, 0.5), st.floats(0.5, 1.0 - 1e-12))
places = st.floats(-50.0, 50.0)

# Laws


@given(dof=degrees, first=places, second=places)
def test_more_lies_below_a_larger_value(dof: float, first: float, second: float) -> None:
    low, high = sorted((first, second))

    # Rounding of the last digits aside.
    assert student_t_cdf(low, dof) <= student_t_cdf(high, dof) * (1.0 + 1e-11)


@given(dof=degrees, x=places)
def test_students_t_is_symmetric_and_its_tails_make_the_whole(dof: float, x: float) -> None:
    assert student_t_cdf(x, dof) == student_t_survival(-x, dof)
    assert student_t_cdf(x, dof) + student_t_survival(x, dof) == pytest.approx(1.0, abs=1e-15)


@given(dof=degrees, chance=chances)
@example(dof=4.0, chance=0.25)
@example(dof=1e6, chance=0.25)
@example(dof=0.5, chance=0.5 - 1e-12)
def test_a_quantile_has_its_chance_below_it(dof: float, chance: float) -> None:
    quantile = student_t_quantile(chance, dof)

    assert isclose(student_t_cdf(quantile, dof), chance, rel_tol=1e-10)


@given(dof=degrees, parts=st.integers(1, 2**30 - 1))
def test_quantiles_mirror_each_other(dof: float, parts: int) -> None:
    # Chances that have an exact opposite.
    chance = parts / 2**30

    assert student_t_quantile(1.0 - chance, dof) == -student_t_quantile(chance, dof)


@given(chance=chances)
def test_with_many_degrees_of_freedom_it_is_the_normal(chance: float) -> None:
    assert student_t_quantile(chance, 1e12) == pytest.approx(normal_quantile(chance), rel=1e-9, abs=1e-12)


@given(x=st.floats(-8.0, 8.0))
def test_where_the_series_takes_over_from_the_fraction_nothing_jumps(x: float) -> None:
    # By one part in a million the degrees of freedom change the tail at 8 by 64²/4/dof² of itself: 1e-15.
    assert isclose(student_t_survival(x, 1e6), student_t_survival(x, 1e6 * (1.0 + 1e-12)), rel_tol=2e-9)


@given(successes=st.integers(-1, 41), trials=st.integers(0, 40), share=st.integers(0, 16))
def test_binomial_chances_are_sums_of_exact_fractions(successes: int, trials: int, share: int) -> None:
    p = Fraction(share, 16)
    terms = [comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(trials + 1)]
    at_least = sum(terms[max(successes, 0) :], Fraction(0))

    assert binomial_at_least(successes, trials, float(p)) == pytest.approx(float(at_least), rel=1e-12, abs=0.0)
    assert binomial_at_most(successes - 1, trials, float(p)) == pytest.approx(float(1 - at_least), rel=1e-12, abs=0.0)


@given(a=st.floats(0.1, 500.0), b=st.floats(0.1, 500.0), x=st.floats(0.0, 1.0))
def test_the_beta_function_is_its_own_mirror(a: float, b: float, x: float) -> None:
    mirror = 1.0 - x

    assert regularized_beta(a, b, 1.0 - mirror) + regularized_beta(b, a, mirror) == pytest.approx(1.0, abs=1e-11)


# Worked examples


@pytest.mark.parametrize("t", [1e-9, 0.1, 1.0, 3.0, 50.0])
def test_one_two_and_four_degrees_of_freedom_have_closed_forms(t: float) -> None:
    # F1 = 1/2 + atan(t)/pi; F2 = 1/2 + t / (2 sqrt(2 + t²));
    # F4 = 1/2 + 3/8 · t/sqrt(1 + t²/4) · (1 − t²/12/(1 + t²/4)).
    square = t * t / 4.0
    expected = {
        1.0: 0.5 + atan(t) / pi,
        2.0: 0.5 + t / (2.0 * sqrt(2.0 + t * t)),
        4.0: 0.5 + 3.0 / 8.0 * t / sqrt(1.0 + square) * (1.0 - t * t / 12.0 / (1.0 + square)),
    }

    for dof, chance in expected.items():
        assert student_t_cdf(t, dof) == pytest.approx(chance, rel=1e-14)


@pytest.mark.parametrize("dof", [0.7, 2.5, 3.3, 17.9, 300.5])
def test_any_real_degrees_of_freedom_agree_with_the_integral_of_the_density(dof: float) -> None:
    # Simpson's rule over 2,000 steps from 0 to 2, whose error here is below 1e-12.
    x = np.linspace(0.0, 2.0, 2001)
    heights = np.array([student_t_density(float(place), dof) for place in x])
    area = (heights[0] + heights[-1] + 4.0 * heights[1:-1:2].sum() + 2.0 * heights[2:-1:2].sum()) * 0.001 / 3.0

    assert student_t_cdf(2.0, dof) - 0.5 == pytest.approx(area, abs=1e-11)


# Any printed table of Student's t, for example Fisher & Yates (1963), table III.
@pytest.mark.parametrize(
    ("chance", "dof", "printed"),
    [
        (0.975, 1, 12.706),
        (0.995, 2, 9.925),
        (0.95, 4, 2.132),
        (0.975, 4, 2.776),
        (0.99, 4, 3.747),
        (0.975, 10, 2.228),
        (0.975, 30, 2.042),
        (0.9995, 120, 3.373),
    ],
)
def test_printed_quantiles_of_students_t(chance: float, dof: float, printed: float) -> None:
    assert student_t_quantile(chance, dof) == pytest.approx(printed, abs=0.0005)


def test_the_quantile_of_one_degree_of_freedom_is_a_tangent_far_into_the_tail() -> None:
    # Near zero tan(pi (p − 1/2)) is −1 / (pi p) but for a part in 1e-24.
    assert student_t_quantile(1e-12, 1.0) == pytest.approx(-1.0 / (pi * 1e-12), rel=1e-12)
    assert student_t_quantile(0.9, 1.0) == pytest.approx(tan(pi * 0.4), rel=1e-13)


def test_a_quantile_beyond_all_numbers_is_infinite() -> None:
    # With 1/100 degrees of freedom the tail falls as t^-0.01: to 1e-12 at about 1e1200.
    assert student_t_quantile(1e-12, 0.01) == -inf
    assert student_t_quantile(1.0 - 1e-12, 0.01) == inf


def test_the_median_is_zero() -> None:
    assert student_t_quantile(0.5, 3.0) == 0.0


@pytest.mark.parametrize(
    ("x", "dof", "printed"),
    # Pearson & Hartley (1966), "Biometrika Tables for Statisticians", table 8.
    [(3.841, 1, 0.05), (6.635, 1, 0.01), (10.828, 1, 0.001), (5.991, 2, 0.05), (9.210, 2, 0.01), (0.0, 2, 1.0)],
)
def test_printed_chi_square_quantiles(x: float, dof: int, printed: float) -> None:
    assert chi_square_survival(x, dof) == pytest.approx(printed, rel=1e-3)


def test_a_chi_square_of_one_degree_is_a_squared_normal() -> None:
    assert chi_square_survival(2.5**2, 1) == pytest.approx(2.0 * normal_survival(2.5), rel=1e-14)


def test_the_normal_tail_is_exact_far_out() -> None:
    # Abramowitz & Stegun (1964), table 26.2: Q(5) = 2.86651 57 e-7, Q(10) = 7.61985 30 e-24.
    assert normal_survival(5.0) == pytest.approx(2.8665157e-7, rel=1e-7)
    assert normal_survival(10.0) == pytest.approx(7.6198530e-24, rel=1e-7)
    assert normal_survival(-1.0) == pytest.approx(NormalDist().cdf(1.0), rel=1e-15)
    assert normal_density(0.0) == pytest.approx(0.3989422804014327, rel=1e-15)


def test_eight_heads_in_ten_throws() -> None:
    # Eight, nine or ten of ten: 45 + 10 + 1 of 1,024 ways.
    assert binomial_at_least(8, 10, 0.5) == pytest.approx(56 / 1024, rel=1e-14)


def test_infinities_have_nothing_beyond_them() -> None:
    assert student_t_survival(inf, 3.0) == 0.0
    assert student_t_cdf(inf, 3.0) == 1.0
    assert student_t_survival(1e200, 2.0) == 0.0


# Refusals


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1, 1.5, nan])
def test_a_quantile_needs_a_probability(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        student_t_quantile(probability, 3.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(probability)


@pytest.mark.parametrize("dof", [0.0, -1.0, nan])
def test_degrees_of_freedom_are_positive(dof: float) -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        student_t_survival(1.0, dof)


def test_what_is_no_number_has_no_chance() -> None:
    with pytest.raises(ValueError, match="not a number"):
        student_t_survival(nan, 3.0)
    with pytest.raises(ValueError, match="never negative"):
        chi_square_survival(nan, 1)
    with pytest.raises(ValueError, match="1 and 2"):
        chi_square_survival(1.0, 3)
    with pytest.raises(ValueError, match="trials"):
        binomial_at_least(1, -1, 0.5)
    with pytest.raises(ValueError, match="probability"):
        binomial_at_least(1, 2, nan)
    with pytest.raises(ValueError, match="a > 0"):
        regularized_beta(0.0, 1.0, 0.5)
