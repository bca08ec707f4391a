"""What fraction of wealth grows it fastest in the long run, and how far it may fall on the way.

A fraction is what is staked over wealth (bets), or notional over equity (holdings); growth is the expected
natural logarithm of the growth factor per bet or period. What a fraction of the growth-optimal one risks is
told by `probability_of_falling_to` and `probability_of_reaching`.

References:
    Kelly (1956), "A New Interpretation of Information Rate", Bell System Technical Journal 35(4), 917-926.
    Thorp (2006), "The Kelly Criterion in Blackjack, Sports Betting and the Stock Market", Handbook of Asset
    and Liability Management 1, section 7.
"""

from math import expm1, inf, isfinite, log, log1p
from typing import Final

import numpy as np
from attrs import frozen

from domain.market import Float64Array

_ROUNDING: Final = 1e-9


@frozen
class GrowthOptimal:
    """The fraction that grows fastest, and how fast that is.

    Attributes:
        fraction: Stake over wealth or notional over equity; zero where there is no edge.
        growth: Expected logarithm of growth per bet or period at that fraction; zero at zero.
    """

    fraction: float
    growth: float


@frozen
class GrowthOptimalMix:
    """The mix of several assets that grows fastest.

    Attributes:
        fractions: Notional over equity of each asset, shape (n_assets,); negative is short.
        growth: Expected logarithm of growth per period.
    """

    fractions: tuple[float, ...]
    growth: float


def growth_optimal_bet(*, win_probability: float, gain_per_unit: float, loss_per_unit: float) -> GrowthOptimal:
    """Return the best stake on a bet that either wins or loses: ``p/b − q/a``, zero without an edge.

    Args:
        win_probability: p, from 0 to 1, both excluded: what cannot lose has no best stake.
        gain_per_unit: a, won per unit staked, positive.
        loss_per_unit: b, lost per unit staked, positive.

    Raises:
        ValueError: A number is outside of its range.
    """
    if not (0.0 < win_probability < 1.0 and 0.0 < gain_per_unit < inf and 0.0 < loss_per_unit < inf):
        raise ValueError(
            f"need 0 < p < 1 and positive gain and loss, got {win_probability}, {gain_per_unit}, {loss_per_unit}"
        )
    fraction = max(win_probability / loss_per_unit - (1.0 - win_probability) / gain_per_unit, 0.0)
    won = win_probability * log1p(fraction * gain_per_unit)
    lost = (1.0 - win_probability) * log1p(-fraction * loss_per_unit)
    return GrowthOptimal(fraction, won + lost)


def growth_optimal_holding(*, mean: float, std: float, risk_free: float = 0.0) -> GrowthOptimal:
    """Return the best fraction of an asset in continuous time: ``(m − r)/s²``, negative for a short.

    Args:
        mean: Expected return per period, as a fraction.
        std: Standard deviation of returns of the same period, positive.
        risk_free: Return of what is not invested, same period.

    Raises:
        ValueError: The deviation is not positive, or a number is not finite.
    """
    if not (0.0 < std < inf and isfinite(mean) and isfinite(risk_free)):
        raise ValueError(f"need finite numbers and a positive deviation, got {mean}, {std}, {risk_free}")
    fraction = (mean - risk_free) / std**2
    return GrowthOptimal(fraction, holding_growth(fraction, mean=mean, std=std, risk_free=risk_free))


def holding_growth(fraction: float, *, mean: float, std: float, risk_free: float = 0.0) -> float:
    """Return how fast wealth grows that keeps this fraction in the asset: ``r + f(m − r) − f²s²/2``."""
    return risk_free + fraction * (mean - risk_free) - 0.5 * (fraction * std) ** 2


def growth_optimal_fraction(outcomes: Float64Array, probabilities: Float64Array | None = None) -> GrowthOptimal | None:
    """Return the best fraction for any outcomes, such as the returns that were observed.

    Solves ``Σ p·r/(1 + f·r) = 0`` by bisection, to the last bit. A short is the long of the negated outcomes.

    Args:
        outcomes: Return per unit staked, shape (n_outcomes,); −1 loses the stake.
        probabilities: Of each outcome, same shape, not negative, summing to one; None for equally likely ones.

    Returns:
        A fraction of zero where the mean is not positive; None where there is nothing to go by, because there
        are no outcomes or none of them loses, so that no fraction is too much.

    Raises:
        ValueError: Shapes differ, a number is not finite, or the probabilities do not sum to one.
    """
    if probabilities is None:
        probabilities = np.full(outcomes.size, 1.0 / max(outcomes.size, 1))
    elif not (np.all(probabilities >= 0.0) and abs(float(probabilities.sum()) - 1.0) <= _ROUNDING):
        raise ValueError("probabilities must not be negative and must sum to one")
    if outcomes.ndim != 1 or outcomes.shape != probabilities.shape or not np.all(np.isfinite(outcomes)):
        raise ValueError(f"need finite outcomes, one per probability, got {outcomes.shape} and {probabilities.shape}")
    possible = probabilities > 0.0
    outcomes, probabilities = outcomes[possible], probabilities[possible]
    worst = float(outcomes.min(initial=0.0))
    if worst >= 0.0:
        return None
    fraction = _best_share(outcomes / -worst, probabilities) / -worst
    return GrowthOptimal(fraction, float(probabilities @ np.log1p(fraction * outcomes)))


def _best_share(outcomes: Float64Array, probabilities: Float64Array) -> float:
    """Return where growth has its maximum, in shares of the fraction that the worst outcome, here −1, would ruin.

    The worst outcome being exactly −1, ``1 + share·r`` stays positive for every share below one, however it rounds.
    """
    if float(probabilities @ outcomes) <= 0.0:
        return 0.0
    low, high = 0.0, 1.0
    while low < (middle := 0.5 * (low + high)) < high:
        slope = float(probabilities @ (outcomes / (1.0 + middle * outcomes)))
        low, high = (middle, high) if slope > 0.0 else (low, middle)
    return low


def growth_optimal_mix(means: Float64Array, covariance: Float64Array, *, risk_free: float = 0.0) -> GrowthOptimalMix:
    """Return the best fractions of several assets in continuous time: ``C⁻¹(µ − r)``, without any constraint.

    Args:
        means: Expected return of each asset per period, shape (n_assets,).
        covariance: Of their returns, shape (n_assets, n_assets), symmetric and positive definite.
        risk_free: Return of what is not invested, same period.

    Raises:
        ValueError: Shapes do not fit, a number is not finite, or the covariance is not positive definite.
    """
    n_assets = means.size
    if n_assets == 0 or means.shape != (n_assets,) or covariance.shape != (n_assets, n_assets):
        raise ValueError(f"need means and a square covariance, got shapes {means.shape} and {covariance.shape}")
    if not (np.all(np.isfinite(means)) and np.all(np.isfinite(covariance)) and isfinite(risk_free)):
        raise ValueError("means, covariance and risk-free return must be finite")
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as error:
        raise ValueError("the covariance is not positive definite") from error
    excess = means - risk_free
    fractions = np.linalg.solve(covariance, excess)
    growth = risk_free + 0.5 * float(fractions @ excess)
    return GrowthOptimalMix(tuple(fractions.tolist()), growth)


def probability_of_falling_to(wealth_fraction: float, *, kelly_multiple: float) -> float:
    """Return how likely it is that wealth ever falls to a fraction of the start: ``x^(2/c − 1)``.

    In continuous time, with the true mean and deviation known. At twice the growth-optimal fraction and above,
    growth is not positive and the fall is certain.

    Args:
        wealth_fraction: x, from 0 to 1, both excluded; 0.88 is a fall by 12 percent from the start.
        kelly_multiple: c, what is held over the growth-optimal fraction, positive.

    Raises:
        ValueError: A number is outside of its range.
    """
    if not (0.0 < wealth_fraction < 1.0 and 0.0 < kelly_multiple < inf):
        raise ValueError(f"need 0 < fraction < 1 and a positive multiple, got {wealth_fraction} and {kelly_multiple}")
    return float(wealth_fraction ** max(2.0 / kelly_multiple - 1.0, 0.0))


def probability_of_reaching(gain: float, *, before: float, kelly_multiple: float) -> float:
    """Return how likely wealth reaches b times the start before it falls to a: ``(1 − a^k)/(1 − (a/b)^k)``.

    With ``k = 2/c − 1``, in continuous time, with the true mean and deviation known.

    Args:
        gain: b, over the start, above one; 2 means doubling.
        before: a, over the start, from 0 to 1, both excluded.
        kelly_multiple: c, what is held over the growth-optimal fraction, from 0 to 2, both excluded.

    Raises:
        ValueError: A number is outside of its range.
    """
    if not (1.0 < gain < inf and 0.0 < before < 1.0 and 0.0 < kelly_multiple < 2.0):  # noqa: PLR2004  # no growth at 2
        raise ValueError(f"need b > 1, 0 < a < 1 and 0 < c < 2, got {gain}, {before}, {kelly_multiple}")
    power = 2.0 / kelly_multiple - 1.0
    return expm1(power * log(before)) / expm1(power * (log(before) - log(gain)))
