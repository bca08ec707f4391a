"""Value at risk and expected shortfall, and both as a sample of returns itself shows them.

Losses are positive: a VaR of 0.05 is a loss of 5 percent of what is held. Where even the tail is a gain it is negative.
"""

from enum import Enum
from math import ceil, floor, fsum

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import ArrayLike

from domain.market import Float64Array
from domain.risk.observations import OBSERVATIONS_MIN, require_returns, tail_mass


@frozen
class TailRisk:
    """How much is lost on a bad day, and how much on average on the days at least as bad.

    Attributes:
        var: Loss that is exceeded with the chance ``1 - confidence``, as a positive fraction.
        expected_shortfall: Mean loss of that worst share of days, never less than the VaR.
    """

    var: float = field(validator=validators.lt(float("inf")))
    expected_shortfall: float = field(validator=validators.lt(float("inf")))

    @expected_shortfall.validator
    def _is_at_least_the_var(self, _: object, expected_shortfall: float) -> None:
        if not expected_shortfall >= self.var:
            raise ValueError(f"expected shortfall {expected_shortfall} is below the VaR {self.var}")


class QuantileConvention(Enum):
    """Which loss of a finite sample is its quantile. They differ where the tail holds a whole number of returns.

    `UPPER` is what this system uses: of 500 returns at 99 % the fifth worst. The next return, if it is like those
    before it, goes beyond it with a chance of 5/501, just below the 1 % that was asked for; with `LOWER` (the sixth
    worst) it is 6/501 and with `INTERPOLATED` something between, both too often. It is a loss that did happen, and the
    expected shortfall is never below it.
    """

    UPPER = "upper"
    """Smallest loss which more than the confidence of the sample does not exceed: the k-th worst if k are the tail."""
    LOWER = "lower"
    """Smallest loss which at least the confidence of the sample does not exceed: the one after the k worst."""
    INTERPOLATED = "interpolated"
    """Between neighbouring losses, as spreadsheets and NumPy do it (type 7 of Hyndman & Fan, 1996)."""


def historical_tail(
    returns: ArrayLike, confidence: float, *, observations_min: int = OBSERVATIONS_MIN
) -> TailRisk | None:
    """Return VaR and expected shortfall of the sample itself.

    Args:
        returns: Shape (n_returns,), fractions.
        confidence: From 0.5 to below 1.
        observations_min: How many returns there must be at least.

    Returns:
        None for too few returns, and for fewer than make up one in the tail (20 at 95 %, 100 at 99 %): beyond its worst
        loss a sample says nothing.
    """
    values = require_returns(returns)
    mass = tail_mass(values.size, confidence)
    if values.size < max(observations_min, 1) or mass < 1.0:
        return None
    losses = _worst_first(values)
    var = float(losses[ceil(mass) - 1])
    # A mean of equal losses may come out a last digit below them.
    return TailRisk(var, max(_mean_of_worst(losses, confidence), var))


def historical_var(
    returns: ArrayLike, confidence: float, *, convention: QuantileConvention = QuantileConvention.UPPER
) -> float:
    """Return the loss that a sample exceeds with the chance ``1 - confidence``.

    Raises:
        ValueError: There are no returns, or one of them or the confidence is out of range.
    """
    losses = _worst_first(returns)
    if convention is QuantileConvention.INTERPOLATED:
        return float(np.quantile(losses, confidence))
    mass = tail_mass(losses.size, confidence)
    place = ceil(mass) - 1 if convention is QuantileConvention.UPPER else floor(mass)
    return float(losses[place])


def historical_expected_shortfall(returns: ArrayLike, confidence: float) -> float:
    """Return the mean loss of exactly the worst ``1 - confidence`` of a sample, the last return counting in part.

    References:
        Rockafellar & Uryasev (2002), "Conditional value-at-risk for general loss distributions", Journal of Banking &
        Finance 26(7), 1443-1471.

    Raises:
        ValueError: There are no returns, or one of them or the confidence is out of range.
    """
    return _mean_of_worst(_worst_first(returns), confidence)


def tail_shares(n_returns: int, confidence: float) -> Float64Array:
    """Return how much each of the worst returns, the worst first, counts in the mean of the tail; the sum is one."""
    mass = tail_mass(n_returns, confidence)
    whole = floor(mass)
    counts = [1.0] * whole if mass == whole else [1.0] * whole + [mass - whole]
    return np.array(counts) / mass


def _mean_of_worst(losses: Float64Array, confidence: float) -> float:
    shares = tail_shares(losses.size, confidence)
    return fsum(losses[: shares.size] * shares)


def _worst_first(returns: ArrayLike) -> Float64Array:
    values = require_returns(returns)
    if values.size == 0:
        raise ValueError("there are no returns")
    losses: Float64Array = np.sort(-values)[::-1]
    return losses
