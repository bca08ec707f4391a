"""Standard scores, by hand."""

from math import isnan

import numpy as np
import pytest

from domain.indicators.standard_score import ZScore, z_score

nan = np.nan


def test_a_score_is_the_distance_to_the_mean_in_sample_deviations() -> None:
    # 1, 2, 6: mean 3, variance (4 + 1 + 9) / 2 = 7, score 3 / √7. 2, 6, 1: the same around 3, score -2 / √7.
    np.testing.assert_allclose(
        z_score(np.array([1.0, 2.0, 6.0, 1.0]), 3), [nan, nan, 3 / 7**0.5, -2 / 7**0.5], rtol=1e-14
    )


def test_among_equal_values_nothing_is_far() -> None:
    score = ZScore(3)

    seen = [score.update(0.1) for _ in range(6)]

    assert all(isnan(value) for value in seen)


def test_a_step_of_the_last_digit_scores_like_any_other() -> None:
    # 0, 0, 1: mean 1/3, variance (1/9 + 1/9 + 4/9) / 2 = 1/3, score (2/3) / √(1/3) = 2 / √3.
    score = ZScore(3)

    seen = [score.update(value) for value in (30_000.0, 30_000.0, float(np.nextafter(30_000.0, 1e9)))]

    assert seen[-1] == pytest.approx(2 / 3**0.5, rel=1e-12)


def test_a_score_needs_two_values() -> None:
    with pytest.raises(ValueError, match="period must be at least 2, got 1"):
        ZScore(1)
    with pytest.raises(ValueError, match="period must be at least 2, got 1"):
        z_score(np.ones(3), 1)
