"""Basis and its score, by hand."""

from math import isnan

import numpy as np
import pytest

from domain.indicators.basis import BasisScore, basis_score, relative_basis


def test_the_basis_is_relative_to_the_reference() -> None:
    np.testing.assert_allclose(
        relative_basis(np.array([101.0, 99.0]), np.array([100.0, 100.0])), [0.01, -0.01], rtol=1e-14
    )


def test_the_basis_is_scored_among_the_last_ones() -> None:
    # Bases 0.01, 0.02, 0.06: mean 0.03, variance (0.02² + 0.01² + 0.03²) / 2 = 0.0007, score 0.03 / √0.0007.
    scores = BasisScore(3)

    seen = [scores.update(price, 100.0) for price in (101.0, 102.0, 106.0)]

    assert seen[0].relative == pytest.approx(0.01, rel=1e-14)
    assert isnan(seen[1].score)
    assert seen[2].score == pytest.approx(0.03 / 0.0007**0.5, rel=1e-12)


def test_a_price_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"reference must be a positive number, got 0\.0"):
        BasisScore(3).update(1.0, 0.0)
    with pytest.raises(ValueError, match=r"reference: row 1: 0\.0 is not positive"):
        basis_score(np.ones(2), np.array([1.0, 0.0]), 2)
