"""How the returns of several instruments move together."""

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.covariance import correlation, ewma_covariance, sample_covariance
from tests.unit.domain.risk.drawn import tables

returns_of_several = tables(2, 40, max_columns=5)

# Laws


@given(returns=returns_of_several, decay=st.floats(0.5, 0.99))
def test_no_portfolio_has_a_negative_variance(returns: Float64Array, decay: float) -> None:
    for covariance in (
        sample_covariance(returns, observations_min=2),
        ewma_covariance(returns, decay=decay, observations_min=2),
    ):
        assert covariance is not None
        assert np.array_equal(covariance, covariance.T)
        assert np.linalg.eigvalsh(covariance).min() >= -1e-14


@given(returns=returns_of_several)
def test_the_sample_covariance_is_numpys(returns: Float64Array) -> None:
    covariance = sample_covariance(returns, observations_min=2)

    assert covariance is not None
    np.testing.assert_allclose(covariance, np.atleast_2d(np.cov(returns, rowvar=False)), rtol=1e-9, atol=1e-15)


@given(returns=returns_of_several, decay=st.floats(0.5, 0.99))
def test_the_weighted_covariance_is_a_weighted_mean_of_products(returns: Float64Array, decay: float) -> None:
    # The slow way: one product after another.
    weights = [decay ** (len(returns) - 1 - t) for t in range(len(returns))]
    products = np.array([weight * np.outer(row, row) for weight, row in zip(weights, returns, strict=True)])
    slow = products.sum(axis=0) / sum(weights)

    covariance = ewma_covariance(returns, decay=decay, observations_min=2)

    assert covariance is not None
    np.testing.assert_allclose(covariance, slow, rtol=1e-9, atol=1e-15)


@given(returns=returns_of_several)
def test_correlations_lie_between_minus_one_and_one(returns: Float64Array) -> None:
    covariance = sample_covariance(returns, observations_min=2)
    assert covariance is not None

    correlations = correlation(covariance)

    known = ~np.isnan(correlations)
    varies = np.diagonal(covariance) > 0.0
    np.testing.assert_array_equal(known, np.outer(varies, varies))
    assert (np.abs(correlations[known]) <= 1.0).all()
    assert (np.diagonal(correlations)[varies] == 1.0).all()


@given(returns=returns_of_several, factor=st.floats(0.1, 10.0))
def test_correlation_has_no_unit(returns: Float64Array, factor: float) -> None:
    covariance = sample_covariance(returns, observations_min=2)
    assert covariance is not None

    np.testing.assert_allclose(correlation(factor * covariance), correlation(covariance), rtol=1e-9, atol=1e-12)


# Worked examples


def test_two_instruments_over_three_days() -> None:
    # Means 2 and 0; away −1, 0, 1 and 2, −2, 0. Products: 2/2 = 1; (−2 + 0 + 0)/2 = −1; 8/2 = 4; −1/√(1 × 4) = −0.5.
    covariance = sample_covariance([[1.0, 2.0], [2.0, -2.0], [3.0, 0.0]], observations_min=3)

    assert covariance is not None
    assert covariance.tolist() == [[1.0, -1.0], [-1.0, 4.0]]
    assert correlation(covariance).tolist() == [[1.0, -0.5], [-0.5, 1.0]]


def test_recent_days_weigh_more() -> None:
    # Weights 0.5 and 1 over 1.5: (0.5 × 4 + 1 × 1)/1.5 = 2, (0.5 × −2 + 1 × 1)/1.5 = 0.
    covariance = ewma_covariance([[2.0, -1.0], [1.0, 1.0]], decay=0.5, observations_min=2)

    assert covariance is not None
    assert covariance == pytest.approx(np.array([[2.0, 0.0], [0.0, 1.0]]))


# Unknown and refused


def test_too_few_days_say_nothing() -> None:
    returns = np.zeros((29, 2))

    assert sample_covariance(returns) is None
    assert ewma_covariance(returns) is None
    assert sample_covariance(returns[:1], observations_min=0) is None
    assert ewma_covariance(returns[:0], observations_min=0) is None
    assert sample_covariance(np.zeros((30, 2))) is not None


def test_what_did_not_vary_has_no_correlation() -> None:
    correlations = correlation([[0.0, 0.0], [0.0, 4.0]])

    np.testing.assert_array_equal(correlations, [[nan, nan], [nan, 1.0]])


@pytest.mark.parametrize(
    ("covariance", "complaint"),
    [
        ([[1.0, 0.5]], "square"),
        ([1.0], "square"),
        ([[1.0, 0.5], [0.4, 1.0]], "symmetric"),
        ([[-1.0]], "no negative variance"),
        ([[nan]], "finite"),
    ],
)
def test_what_is_no_covariance_is_refused(covariance: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        correlation(np.array(covariance))


def test_bad_returns_are_refused() -> None:
    with pytest.raises(ValueError, match="row 1 is not a finite number"):
        sample_covariance([[0.0, 0.0], [0.0, nan]])
    with pytest.raises(ValueError, match="2 axes"):
        ewma_covariance([0.0, 0.1])
    with pytest.raises(ValueError, match="decay"):
        ewma_covariance([[0.0]], decay=1.0)
