"""How much more or less a strategy is given for what its signals have earned out of sample."""

from math import sqrt, tanh
from typing import Final

import numpy as np
from attrs import field, frozen, validators

from domain.market import Float64Array
from domain.performance import DAYS_PER_YEAR

_ROUNDING: Final = 1e-12


@frozen(kw_only=True)
class TiltPolicy:
    """How far performance moves a weight.

    Attributes:
        strength: Largest change of a weight, before they are made to sum to one again; 0.3 is 30 % up or down.
        prior_days: Days of evidence that count half; a Sharpe ratio of n days counts ``n / (n + prior_days)``.
        days_min: With fewer days there is no tilt.
        window_days: Only the latest so many days count.
    """

    strength: float = field(default=0.3, validator=[validators.ge(0.0), validators.lt(1.0)])
    prior_days: float = field(default=180.0, validator=validators.gt(0.0))
    days_min: int = field(default=30, validator=validators.ge(2))
    window_days: int = field(default=365, validator=validators.ge(2))


def annual_sharpe(daily_returns: Float64Array) -> float | None:
    """Return mean over standard deviation × √365 of daily returns, shape (n_days,).

    None where that is not known: fewer than two days, days that do not vary, or a return that is no number.
    """
    if daily_returns.size < 2 or not np.isfinite(daily_returns).all():  # noqa: PLR2004  # a deviation needs two
        return None
    mean, deviation = float(daily_returns.mean()), float(daily_returns.std(ddof=1))
    if deviation <= _ROUNDING * max(1.0, abs(mean)):
        return None
    return mean / deviation * sqrt(DAYS_PER_YEAR)


def shrunk_sharpe(daily_returns: Float64Array, prior_days: float) -> float | None:
    """Return the Sharpe ratio a year, drawn towards zero by how few days it is of; None where it is not known.

    The mean of a normal prior of zero mean that is worth `prior_days` of observations. The standard error of a yearly
    Sharpe ratio of n days is about ``√(365 / n)``: of a month 3.5, of a year 1.
    """
    sharpe = annual_sharpe(daily_returns)
    return None if sharpe is None else sharpe * daily_returns.size / (daily_returns.size + prior_days)


def performance_tilt(daily_returns: Float64Array, policy: TiltPolicy) -> float:
    """Return the factor of a strategy's weight: ``1 + strength × tanh(shrunk Sharpe ratio)``.

    Args:
        daily_returns: What one unit of the strategy's signals made each day after costs, oldest first, shape (n_days,).
        policy: How far it moves.

    Returns:
        Between ``1 − strength`` and ``1 + strength``; one where nothing is known.
    """
    if daily_returns.size < policy.days_min:
        return 1.0
    sharpe = shrunk_sharpe(daily_returns, policy.prior_days)
    return 1.0 if sharpe is None else 1.0 + policy.strength * tanh(sharpe)
