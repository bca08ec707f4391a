"""How likely a position is to be liquidated within a horizon."""

from math import inf, isfinite, log, sqrt
from typing import Final

from domain.distributions import normal_quantile, normal_survival, student_t_quantile, student_t_survival
from domain.risk.parametric_tail import student_t_scale

FAT_TAIL_DOF: Final = 4.0
"""Degrees of freedom of Student's t: daily returns of large coins have about this many."""


def liquidation_distance(mark_price: float, liquidation_price: float | None, *, is_long: bool) -> float:
    """Return how far the mark price may move against the holder, as a log distance.

    Args:
        mark_price: Positive, quote per base.
        liquidation_price: Positive; None where the position cannot be liquidated.
        is_long: Whether the holder loses when the price falls, and not when it rises.

    Returns:
        Positive ahead of the liquidation, zero or negative at or beyond it, infinite without one.

    Raises:
        ValueError: A price is not positive and finite.
    """
    prices = (mark_price,) if liquidation_price is None else (mark_price, liquidation_price)
    if not all(price > 0.0 and isfinite(price) for price in prices):
        raise ValueError(f"prices must be positive and finite, got {prices}")
    if liquidation_price is None:
        return inf
    distance = log(mark_price) - log(liquidation_price)
    return distance if is_long else -distance


def liquidation_probability(
    distance: float, daily_volatility: float, *, horizon_days: float = 1.0, dof: float = FAT_TAIL_DOF
) -> float:
    """Return the chance that the mark price touches the liquidation price within the horizon.

    The larger of two estimates, both by reflection, which for a path without drift makes the chance of *touching* a
    barrier twice that of *ending* beyond it: ``2 × (1 − Φ(d / (s√T)))`` with s the daily volatility, and the same
    with Student's t.

    Student's t is brought to the same standard deviation (its own scale is smaller by ``√((dof − 2) / dof)``, 0.71
    for 4 degrees of freedom), since the volatility that is given is a standard deviation. It then puts less than
    the normal at one or two deviations and more beyond, so that neither is always the careful one; hence the larger.
    For Student's t the reflection is itself an estimate: sums of days have thinner tails than it says.

    Args:
        distance: Log distance from `liquidation_distance`.
        daily_volatility: Standard deviation of daily log returns, not negative.
        horizon_days: In days, positive; volatility grows with its root.
        dof: Degrees of freedom of the fat tail, above 2.

    Returns:
        From 0 to 1: 0 where there is no liquidation price, 1 at or beyond it.

    Raises:
        ValueError: A number is out of its range.
    """
    if distance != distance or not (0.0 <= daily_volatility < inf and 0.0 < horizon_days < inf):  # noqa: PLR0124
        raise ValueError(
            f"need a distance, a volatility >= 0 and a horizon > 0, got {distance}, {daily_volatility}, {horizon_days}"
        )
    scale = student_t_scale(dof)
    if distance <= 0.0:
        return 1.0
    deviation = daily_volatility * sqrt(horizon_days)
    if deviation == 0.0 or distance == inf:
        return 0.0
    units = distance / deviation
    return 2.0 * max(normal_survival(units), student_t_survival(units / scale, dof))


def distance_for_probability(probability: float, daily_volatility: float, *, dof: float = FAT_TAIL_DOF) -> float:
    """Return the smallest log distance at which a liquidation within a day is no likelier than this.

    The inverse of `liquidation_probability`: the larger of what the two estimates ask for.

    Args:
        probability: Between 0 and 1.
        daily_volatility: Standard deviation of daily log returns, not negative.
        dof: Degrees of freedom of the fat tail, above 2.
    """
    # By the lower tail, where chances too small to be taken from one still are numbers.
    ending_beyond = probability / 2.0
    fat = -student_t_quantile(ending_beyond, dof) * student_t_scale(dof)
    return daily_volatility * max(-normal_quantile(ending_beyond), fat)
