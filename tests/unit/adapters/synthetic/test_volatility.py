"""Clusters, tails and jumps."""

import numpy as np
import pytest

from adapters.synthetic.volatility import Jumps, VolatilityClusters
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_YEAR


def test_variance_follows_the_recursion_worked_by_hand() -> None:
    # A half-life of one hour makes alpha + beta 0.5 at one hour; alpha 0.2, so beta 0.3 and omega 0.5.
    # Variances: 1; then 0.5 + (0.2 * 4 + 0.3) * 1 = 1.6; then 0.5 + (0 + 0.3) * 1.6 = 0.98.
    clusters = VolatilityClusters(half_life_h=1.0, shock_weight=0.2)

    volatilities = clusters.volatilities(np.array([2.0, 0.0, 1.0]), NS_PER_HOUR)

    assert volatilities**2 == pytest.approx([1.0, 1.6, 0.98])


def test_a_bar_does_not_know_its_own_shock() -> None:
    clusters = VolatilityClusters()
    calm, wild = np.array([1.0, 1.0, 1.0]), np.array([1.0, 1.0, 9.0])

    assert clusters.volatilities(calm, NS_PER_HOUR).tolist() == clusters.volatilities(wild, NS_PER_HOUR).tolist()


def test_sixty_minutes_forget_as_much_as_one_hour() -> None:
    clusters = VolatilityClusters(half_life_h=48.0)

    assert sum(clusters.weights(NS_PER_MINUTE)) ** 60 == pytest.approx(sum(clusters.weights(NS_PER_HOUR)))


def test_variance_stops_at_its_maximum() -> None:
    clusters = VolatilityClusters(shock_weight=0.5, variance_max=4.0)

    assert clusters.volatilities(np.full(50, 10.0), NS_PER_HOUR).max() == 2.0


def test_tails_keep_the_variance_of_a_shock() -> None:
    # E[(df - 2) / chi-square(df)] = 1. With df = 10 the squares have a standard deviation of 0.58: error 0.0013.
    tails = VolatilityClusters(tail_df=10.0).tails(200_000, seed=3)

    assert np.mean(tails**2) == pytest.approx(1.0, abs=0.01)


def test_jumps_come_as_often_and_as_large_as_stated() -> None:
    # 100 years of 50 jumps with variance 4: 5,000 jumps, 1.4 % standard error each way.
    jumps = Jumps(per_year=50.0, size_days=1.5)

    sizes = jumps.sizes(100 * 8_760, NS_PER_YEAR // 8_760, seed=4)

    assert np.count_nonzero(sizes) == pytest.approx(5_000, rel=0.06)
    assert np.sum(sizes**2) / 100 == pytest.approx(50 * 1.5**2, rel=0.1)


def test_jumps_that_would_be_most_of_the_variance_are_refused() -> None:
    # 365 jumps a year of one day's volatility are all of it.
    with pytest.raises(ValueError, match="make 100% of all variance, at most 50% is possible"):
        Jumps(per_year=365.0, size_days=1.0)
