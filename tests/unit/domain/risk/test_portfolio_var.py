"""The risk of several positions together, and which of them it comes from."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.portfolio_var import (
    decompose_risk,
    historical_shortfall_contributions,
    portfolio_expected_shortfall,
    portfolio_var,
    risk_contributions,
)
from domain.risk.tail_risk import historical_expected_shortfall
from tests.unit.domain.risk.drawn import numbers, tables


@st.composite
def portfolios(draw: st.DrawFn) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Draw positions, a covariance and means that can be."""
    n = draw(st.integers(1, 5))
    root = draw(numbers(n * n, largest=0.2)).reshape(n, n)
    positions = draw(numbers(n, largest=1e6))
    means = draw(numbers(n, largest=0.01))
    return positions, np.einsum("ik,jk->ij", root, root), means


confidences = st.sampled_from([0.9, 0.95, 0.99])

# Laws


@given(portfolio=portfolios(), confidence=confidences)
def test_the_components_sum_to_the_whole(
    portfolio: tuple[Float64Array, Float64Array, Float64Array], confidence: float
) -> None:
    positions, covariance, means = portfolio

    for parts in (
        portfolio_var(positions, covariance, confidence),
        portfolio_var(positions, covariance, confidence, means=means),
        portfolio_expected_shortfall(positions, covariance, confidence, means=means),
    ):
        size = float(np.abs(parts.components).sum()) + float(np.abs(positions).max())
        assert float(parts.components.sum()) == pytest.approx(parts.total, abs=1e-12 * size)


@given(portfolio=portfolios(), confidence=confidences)
def test_together_is_never_worse_than_all_at_once(
    portfolio: tuple[Float64Array, Float64Array, Float64Array], confidence: float
) -> None:
    positions, covariance, means = portfolio
    parts = portfolio_var(positions, covariance, confidence, means=means)

    assert parts.total <= parts.undiversified + 1e-9 * np.abs(positions).max()


@given(portfolio=portfolios())
def test_the_mirrored_portfolio_has_the_same_risk(portfolio: tuple[Float64Array, Float64Array, Float64Array]) -> None:
    positions, covariance, _ = portfolio
    parts, mirror = decompose_risk(positions, covariance, 2.0), decompose_risk(-positions, covariance, 2.0)

    assert mirror.total == parts.total
    np.testing.assert_array_equal(mirror.components, parts.components)
    np.testing.assert_array_equal(mirror.incremental, parts.incremental)
    np.testing.assert_array_equal(mirror.marginal, -parts.marginal)


@given(portfolio=portfolios(), factor=st.floats(0.1, 100.0))
def test_twice_the_positions_have_twice_the_risk(
    portfolio: tuple[Float64Array, Float64Array, Float64Array], factor: float
) -> None:
    positions, covariance, means = portfolio

    parts = decompose_risk(positions, covariance, 2.0, means=means)
    scaled = decompose_risk(factor * positions, covariance, 2.0, means=means)

    assert scaled.total == pytest.approx(factor * parts.total, rel=1e-9, abs=1e-9)


@given(portfolio=portfolios())
def test_incremental_is_what_goes_when_the_position_goes(
    portfolio: tuple[Float64Array, Float64Array, Float64Array],
) -> None:
    positions, covariance, means = portfolio
    parts = decompose_risk(positions, covariance, 2.0, means=means)

    for place in range(positions.size):
        keep = np.arange(positions.size) != place
        rest = decompose_risk(positions[keep], covariance[np.ix_(keep, keep)], 2.0, means=means[keep])
        assert parts.incremental[place] == pytest.approx(parts.total - rest.total, rel=1e-9, abs=1e-6)


@given(portfolio=portfolios())
def test_marginal_is_the_slope_of_the_whole(portfolio: tuple[Float64Array, Float64Array, Float64Array]) -> None:
    positions, covariance, means = portfolio
    parts = decompose_risk(positions, covariance, 2.0, means=means)
    # Near zero risk the deviation has a corner, which no slope describes.
    assume(risk_contributions(positions, covariance).deviation > 1e-3 * np.abs(positions).max() > 0.0)
    step = 1e-5 * float(np.abs(positions).max())

    for place in range(positions.size):
        moved = np.where(np.arange(positions.size) == place, step, 0.0)
        above, below = (decompose_risk(positions + way * moved, covariance, 2.0, means=means).total for way in (1, -1))
        assert (above - below) / (2.0 * step) == pytest.approx(parts.marginal[place], abs=1e-3)


@given(portfolio=portfolios())
def test_a_perfect_hedge_has_no_risk(portfolio: tuple[Float64Array, Float64Array, Float64Array]) -> None:
    positions, covariance, _ = portfolio
    twice = np.block([[covariance, covariance], [covariance, covariance]])

    parts = decompose_risk(np.concatenate([positions, -positions]), twice, 2.0)

    assert parts.total == 0.0
    assert parts.components.tolist() == [0.0] * positions.size * 2


@given(
    returns=tables(20, 60, max_columns=4),
    data=st.data(),
)
def test_the_shares_of_the_worst_days_sum_to_their_mean(returns: Float64Array, data: st.DataObject) -> None:
    positions = data.draw(numbers(returns.shape[1], largest=100.0))

    parts = historical_shortfall_contributions(returns, positions, 0.95)

    assert parts is not None
    of_the_whole = historical_expected_shortfall((returns * positions).sum(axis=1), 0.95)
    assert parts.expected_shortfall == pytest.approx(of_the_whole, rel=1e-9, abs=1e-9)
    assert parts.contributions.sum() == pytest.approx(parts.expected_shortfall, rel=1e-9, abs=1e-9)


# Worked examples


def test_a_hedge_lowers_the_risk_and_a_duplicate_raises_it() -> None:
    # Two instruments at 10 % and 20 %, correlation 1/2: covariance 0.01, 0.01, 0.04.
    covariance = [[0.01, 0.01], [0.01, 0.04]]

    duplicate = decompose_risk([100.0, 50.0], covariance, 1.0)
    hedge = decompose_risk([100.0, -50.0], covariance, 1.0)

    # Variance 100 ± 2 × 50 + 100: √300 and √100. Pulls of the hedge (1 − 0.5, 1 − 2): components 50/10 and 50/10.
    assert duplicate.total == pytest.approx(sqrt(300.0))
    assert hedge.total == pytest.approx(10.0)
    assert hedge.components == pytest.approx([5.0, 5.0])
    assert hedge.individual == pytest.approx([10.0, 10.0])
    assert hedge.undiversified == pytest.approx(20.0)
    # Without the first the second alone has 10, and the other way round: neither adds anything.
    assert hedge.incremental == pytest.approx([0.0, 0.0], abs=1e-12)


def test_a_smaller_hedge_has_a_negative_part() -> None:
    # 100 against 10 of the same at correlation one: deviation 9, the hedge takes 1 of the 10.
    parts = risk_contributions([100.0, -10.0], [[0.01, 0.01], [0.01, 0.01]])

    assert parts.deviation == pytest.approx(9.0)
    assert parts.contributions == pytest.approx([10.0, -1.0])
    assert parts.shares == pytest.approx([10.0 / 9.0, -1.0 / 9.0])
    # (10 + 1)/9, and 81/(100 + 1).
    assert parts.diversification_ratio == pytest.approx(11.0 / 9.0)
    assert parts.effective_bets == pytest.approx(81.0 / 101.0)


def test_expected_gains_lower_the_loss() -> None:
    # 2 × 0.1 × 100 − 0.01 × 100
    parts = decompose_risk([100.0], [[0.01]], 2.0, means=[0.01])

    assert parts.total == pytest.approx(19.0)
    assert parts.incremental == pytest.approx([19.0])


def test_a_flat_account_has_no_risk_and_no_shares() -> None:
    parts = risk_contributions([0.0, 0.0], [[0.01, 0.0], [0.0, 0.04]])

    assert parts.deviation == 0.0
    assert parts.contributions.tolist() == [0.0, 0.0]
    assert parts.shares is None
    assert parts.diversification_ratio is None
    assert parts.effective_bets is None
    assert portfolio_var([], np.empty((0, 0)), 0.95).total == 0.0


# Unknown and refused


def test_fewer_days_than_reach_the_tail_say_nothing() -> None:
    assert historical_shortfall_contributions(np.zeros((19, 1)), [1.0], 0.95) is None
    assert historical_shortfall_contributions(np.zeros((20, 1)), [1.0], 0.95) is not None


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one row of the covariance per position"):
        portfolio_var([1.0, 2.0], [[0.01]], 0.95)
    with pytest.raises(ValueError, match="one mean per position"):
        portfolio_var([1.0], [[0.01]], 0.95, means=[0.0, 0.0])
    with pytest.raises(ValueError, match="deviations >= 0"):
        decompose_risk([1.0], [[0.01]], -1.0)
    with pytest.raises(ValueError, match="one column of returns per position"):
        historical_shortfall_contributions(np.zeros((20, 1)), [1.0, 2.0], 0.95)
    with pytest.raises(ValueError, match="row 0 is not a finite number"):
        portfolio_var([float("nan")], [[0.01]], 0.95)
