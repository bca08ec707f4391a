"""How much an instrument may be expected to move in the next period, made from what it did before.

Each forecast is made of earlier returns alone, so that dividing a return by its own forecast hides nothing. The mean of
daily returns is taken as zero: it is small beside their deviation and cannot be told from zero within a few years.
"""

from math import fsum, nan
from typing import Final, Protocol

import numpy as np
from attrs import define, field, frozen, validators
from numpy.typing import ArrayLike
from typing_extensions import override

from domain.market import Float64Array
from domain.risk.observations import OBSERVATIONS_MIN, require_returns

RISK_METRICS_DECAY: Final = 0.94
"""Daily decay of J.P. Morgan & Reuters (1996), "RiskMetrics Technical Document", 4th ed., section 5.3."""


class VolatilityModel(Protocol):
    """Forecasts the variance of each return from those before it."""

    def variance_forecasts(self, returns: ArrayLike, /) -> Float64Array:
        """Return the forecast for each return and for the next one.

        Args:
            returns: Oldest first, shape (n_returns,), fractions.

        Returns:
            Shape (n_returns + 1,), squared fractions; element t is made of ``returns[:t]`` alone, and NaN while those
            are too few.
        """
        ...


@frozen
class VarianceRecursion:
    """One step from one period's variance to the next: ``constant + reaction × return² + persistence × variance``.

    This is GARCH(1,1); the exponentially weighted mean is the case without a constant whose two weights add up to one.

    References:
        Bollerslev (1986), "Generalized autoregressive conditional heteroskedasticity", Journal of Econometrics
        31(3), 307-327.

    Attributes:
        constant: Omega, a squared fraction, not negative.
        reaction: Alpha, weight of the latest squared return, from 0 to 1.
        persistence: Beta, weight of the variance before, from 0 to 1.
    """

    constant: float = field(validator=validators.ge(0.0))
    reaction: float = field(validator=[validators.ge(0.0), validators.le(1.0)])
    persistence: float = field(validator=[validators.ge(0.0), validators.le(1.0)])

    def next_variance(self, variance: float, value: float) -> float:
        """Return the variance of the next period, after this one's forecast and its return."""
        return self.constant + self.reaction * (value * value) + self.persistence * variance


def conditional_variances(returns: ArrayLike, recursion: VarianceRecursion, first_variance: float) -> Float64Array:
    """Return the variance forecast for each return and for the next one.

    Args:
        returns: Oldest first, shape (n_returns,).
        recursion: The step.
        first_variance: Forecast for the first return, not negative.

    Returns:
        Shape (n_returns + 1,).
    """
    variances = [first_variance]
    for value in require_returns(returns).tolist():
        variances.append(recursion.next_variance(variances[-1], value))
    return np.array(variances)


def normal_log_likelihood(returns: ArrayLike, variances: ArrayLike) -> float:
    """Return the log-likelihood of normal returns with mean zero and these variances, both shape (n_returns,)."""
    values, expected = require_returns(returns), np.asarray(variances, dtype=np.float64)
    return float(-0.5 * np.sum(np.log(2.0 * np.pi * expected) + values**2 / expected))


def mean_square(returns: ArrayLike) -> float:
    """Return the mean squared return, the variance around zero."""
    values = require_returns(returns)
    return fsum(values * values) / values.size


@frozen
class EwmaVolatility(VolatilityModel):
    """Exponentially weighted mean of squared returns.

    Seeding: the first forecast is the mean square of the first returns and is made after them, so that none of
    them gets a forecast that knew it.

    Attributes:
        decay: Weight of yesterday's variance, between 0 and 1.
        seed_observations: How many returns the first forecast is made of.
    """

    decay: float = field(default=RISK_METRICS_DECAY, validator=[validators.gt(0.0), validators.lt(1.0)])
    seed_observations: int = field(default=OBSERVATIONS_MIN, validator=validators.ge(1))

    @property
    def recursion(self) -> VarianceRecursion:
        """The step that the weights decay by."""
        return VarianceRecursion(0.0, 1.0 - self.decay, self.decay)

    @override
    def variance_forecasts(self, returns: ArrayLike, /) -> Float64Array:
        values, seed = require_returns(returns), self.seed_observations
        forecasts = np.full(values.size + 1, nan)
        if values.size >= seed:
            forecasts[seed:] = conditional_variances(values[seed:], self.recursion, mean_square(values[:seed]))
        return forecasts


@define
class RunningEwma:
    """The same forecasts, one return at a time.

    Attributes:
        model: Decay and seeding.
        variance: Forecast for the next return; NaN until there are enough of them.
    """

    model: EwmaVolatility = field(factory=EwmaVolatility)
    variance: float = field(default=nan, init=False)
    _seed_squares: list[float] = field(factory=list, init=False)

    def update(self, value: float) -> float:
        """Take the next return and return the forecast for the one after it; ValueError if it is not finite."""
        value = float(require_returns([value])[0])
        squares = self._seed_squares
        if len(squares) == self.model.seed_observations:
            self.variance = self.model.recursion.next_variance(self.variance, value)
            return self.variance
        squares.append(value * value)
        if len(squares) == self.model.seed_observations:
            self.variance = fsum(squares) / len(squares)
        return self.variance
