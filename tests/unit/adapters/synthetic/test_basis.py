"""Differences that come back."""

import numpy as np
import pytest

from adapters.synthetic.basis import mean_reverting
from domain.time_units import NS_PER_HOUR


def test_half_of_the_distance_to_the_level_is_gone_after_the_half_life() -> None:
    # Begins at the first level, 4; then the level is 0 and the half-life two hours: 4, 4, 2.83, 2, 1.41, 1.
    values = mean_reverting(
        np.array([4.0, 0.0, 0.0, 0.0, 0.0]), np.zeros(5), deviation=1.0, half_life_h=2.0, interval_ns=NS_PER_HOUR
    )

    assert values == pytest.approx([4.0, 4.0, 8**0.5, 2.0, 2**0.5, 1.0])


def test_it_spreads_about_its_level_as_wide_as_stated() -> None:
    normals = np.random.Generator(np.random.PCG64(1)).standard_normal(100_000)

    values = mean_reverting(np.full(100_000, 5.0), normals, deviation=2.0, half_life_h=3.0, interval_ns=NS_PER_HOUR)

    assert values.mean() == pytest.approx(5.0, abs=0.1)
    assert values.std() == pytest.approx(2.0, rel=0.03)
