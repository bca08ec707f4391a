"""Value at risk of several positions together, and which of them it comes from.

Positions are signed notionals in one currency (positive long, negative short), so that a hedge lowers the risk and a
duplicate raises it; weights serve as well, and the results are then fractions.
"""

from typing import Final

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike

from domain.distributions import normal_density, normal_quantile
from domain.market import Float64Array
from domain.risk.covariance import require_covariance
from domain.risk.observations import require_returns, tail_mass, tail_probability
from domain.risk.tail_risk import tail_shares

# Of a variance relative to that of all positions going wrong at once.
_ROUNDING: Final = 1e-13


@frozen(eq=False)
class RiskContributions:
    """Standard deviation of a portfolio's result, and what each position adds to it.

    Attributes:
        deviation: In the unit of the positions, never negative.
        marginal: Change of the deviation per unit more of each position, shape (n_positions,); zero without risk.
        contributions: Position times marginal; they sum to the deviation. Negative for a hedge.
        standalone: Deviation of each position by itself.
        diversification_ratio: Sum of the standalone deviations over that of the whole, 1 or more; None without risk.
        effective_bets: One over the sum of squared shares of the contributions; None without risk.
    """

    deviation: float
    marginal: Float64Array = field(repr=False)
    contributions: Float64Array = field(repr=False)
    standalone: Float64Array = field(repr=False)
    diversification_ratio: float | None
    effective_bets: float | None

    @property
    def shares(self) -> Float64Array | None:
        """Contribution of each position as a fraction of the whole; they sum to one. None without risk."""
        return self.contributions / self.deviation if self.deviation > 0.0 else None


@frozen(eq=False)
class LossDecomposition:
    """Value at risk or expected shortfall of a portfolio and its parts: positive losses in the unit of the positions.

    Attributes:
        total: Of all positions together.
        undiversified: Sum of what each has by itself: what it would be if everything went wrong at once.
        individual: Of each position by itself, shape (n_positions,).
        marginal: Change of the total per unit more of each position.
        components: Position times marginal; they sum to the total. Negative for a hedge.
        incremental: Total of all minus that of all but this one; negative where the position lowers the risk.
    """

    total: float
    undiversified: float
    individual: Float64Array = field(repr=False)
    marginal: Float64Array = field(repr=False)
    components: Float64Array = field(repr=False)
    incremental: Float64Array = field(repr=False)


def risk_contributions(positions: ArrayLike, covariance: ArrayLike) -> RiskContributions:
    """Return the standard deviation of a portfolio and how it is made up.

    Args:
        positions: Signed notionals, shape (n_positions,).
        covariance: Of the returns, shape (n_positions, n_positions).

    References:
        Litterman (1996), "Hot Spots and Hedges", Journal of Portfolio Management 23(5), 52-75.

    Raises:
        ValueError: Shapes differ, or a number cannot be.
    """
    return _contributions(*_require_positions(positions, covariance))


def portfolio_var(
    positions: ArrayLike, covariance: ArrayLike, confidence: float, *, means: ArrayLike | None = None
) -> LossDecomposition:
    """Return the VaR of a portfolio of normal returns, and its parts.

    Args:
        positions: Signed notionals, shape (n_positions,).
        covariance: Of the returns of one period, shape (n_positions, n_positions).
        confidence: From 0.5 to below 1.
        means: Expected returns of the period, shape (n_positions,); None for zero.

    References:
        Jorion (2007), "Value at Risk", 3rd ed., chapter 7.

    Raises:
        ValueError: Shapes differ, or a number cannot be.
    """
    return decompose_risk(positions, covariance, -normal_quantile(tail_probability(confidence)), means=means)


def portfolio_expected_shortfall(
    positions: ArrayLike, covariance: ArrayLike, confidence: float, *, means: ArrayLike | None = None
) -> LossDecomposition:
    """Return the expected shortfall of a portfolio of normal returns, and its parts; see `portfolio_var`."""
    tail = tail_probability(confidence)
    return decompose_risk(positions, covariance, normal_density(normal_quantile(tail)) / tail, means=means)


def decompose_risk(
    positions: ArrayLike, covariance: ArrayLike, deviations: float, *, means: ArrayLike | None = None
) -> LossDecomposition:
    """Return what is lost so many standard deviations from the mean, and its parts.

    Args:
        positions: Signed notionals, shape (n_positions,).
        covariance: Of the returns of one period, shape (n_positions, n_positions).
        deviations: How many; not negative.
        means: Expected returns of the period, shape (n_positions,); None for zero.

    Raises:
        ValueError: Shapes differ, or a number cannot be.
    """
    held, matrix = _require_positions(positions, covariance)
    gains = np.zeros(held.shape) if means is None else require_returns(means)
    if gains.shape != held.shape or not deviations >= 0.0:
        raise ValueError(f"need one mean per position and deviations >= 0, got shape {gains.shape} and {deviations}")
    parts = _contributions(held, matrix)
    individual = deviations * parts.standalone - held * gains
    return LossDecomposition(
        total=deviations * parts.deviation - float(np.sum(held * gains)),
        undiversified=float(individual.sum()),
        individual=individual,
        marginal=deviations * parts.marginal - gains,
        components=deviations * parts.contributions - held * gains,
        incremental=_incremental(held, matrix, parts.deviation, deviations) - held * gains,
    )


@frozen(eq=False)
class ShortfallContributions:
    """Expected shortfall of a portfolio over its own history, and what each position adds to it.

    Attributes:
        expected_shortfall: Mean loss of the worst days, in the unit of the positions.
        contributions: What each position lost on those days, shape (n_positions,); they sum to the whole.
    """

    expected_shortfall: float
    contributions: Float64Array = field(repr=False)


def historical_shortfall_contributions(
    returns: ArrayLike, positions: ArrayLike, confidence: float
) -> ShortfallContributions | None:
    """Return the expected shortfall of present positions over past returns, and its parts.

    Args:
        returns: Shape (n_returns, n_positions), fractions.
        positions: Signed notionals, shape (n_positions,).
        confidence: From 0.5 to below 1.

    Returns:
        None if the returns are fewer than make up one in the tail: 20 at 95 %, 100 at 99 %.

    Raises:
        ValueError: Shapes differ, or a number cannot be.
    """
    values, held = require_returns(returns, n_axes=2), require_returns(positions)
    if values.shape[1] != held.size:
        raise ValueError(f"need one column of returns per position, got {values.shape[1]} and {held.size}")
    if tail_mass(values.shape[0], confidence) < 1.0:
        return None
    losses = -values * held
    # Stable, so that of equally bad days the earlier one counts, on every machine.
    worst_first = np.argsort(-losses.sum(axis=1), kind="stable")
    shares = tail_shares(values.shape[0], confidence)
    contributions: Float64Array = np.einsum("t,ti->i", shares, losses[worst_first[: shares.size]])
    return ShortfallContributions(float(contributions.sum()), contributions)


def _contributions(held: Float64Array, matrix: Float64Array) -> RiskContributions:
    pulls: Float64Array = np.einsum("ij,j->i", matrix, held)
    deviation = float(_deviations(held[np.newaxis], matrix)[0])
    has_risk = deviation > 0.0
    marginal = pulls / deviation if has_risk else np.zeros(held.shape)
    contributions = held * marginal
    standalone = _standalone(held, matrix)
    return RiskContributions(
        deviation=deviation,
        marginal=marginal,
        contributions=contributions,
        standalone=standalone,
        diversification_ratio=float(standalone.sum()) / deviation if has_risk else None,
        effective_bets=deviation**2 / float(np.sum(contributions**2)) if has_risk else None,
    )


def _incremental(held: Float64Array, matrix: Float64Array, deviation: float, deviations: float) -> Float64Array:
    """Return how much less the risk would be without each position, means aside."""
    without_each = np.where(np.eye(held.size, dtype=np.bool_), 0.0, held)
    lowered: Float64Array = deviations * (deviation - _deviations(without_each, matrix))
    return lowered


def _deviations(portfolios: Float64Array, matrix: Float64Array) -> Float64Array:
    """Return the standard deviation of each portfolio, one a row; zero where rounding is all that a hedge leaves."""
    variances: Float64Array = np.einsum("ki,ij,kj->k", portfolios, matrix, portfolios)
    at_once = _standalone(portfolios, matrix).sum(axis=1)
    return np.sqrt(np.where(variances > _ROUNDING * at_once * at_once, variances, 0.0))


def _standalone(held: Float64Array, matrix: Float64Array) -> Float64Array:
    deviations: Float64Array = np.abs(held) * np.sqrt(np.diagonal(matrix))
    return deviations


def _require_positions(positions: ArrayLike, covariance: ArrayLike) -> tuple[Float64Array, Float64Array]:
    held, matrix = require_returns(positions), require_covariance(covariance)
    if matrix.shape[0] != held.size:
        raise ValueError(f"need one row of the covariance per position, got {matrix.shape[0]} and {held.size}")
    return held, matrix
