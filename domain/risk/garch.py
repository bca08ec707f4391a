"""GARCH(1,1): the variance that is expected next, with weights found from the returns themselves."""

from collections import deque
from math import log, nan, pi
from typing import Final

import numpy as np
from attrs import define, field, frozen, validators
from numpy.typing import ArrayLike
from typing_extensions import override

from domain.market import Float64Array
from domain.risk.observations import OBSERVATIONS_MIN, require_returns
from domain.risk.volatility import VarianceRecursion, VolatilityModel, conditional_variances, mean_square

_REACTIONS: Final = np.arange(1, 31) / 100.0
_SUMS: Final = np.array([0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995])
_GRID: Final = tuple(grid.ravel() for grid in np.meshgrid(_REACTIONS, _SUMS, indexing="ij"))


@frozen
class GarchFit:
    """The likeliest GARCH(1,1) of a stretch of returns.

    Attributes:
        recursion: Its step.
        first_variance: What the stretch begins with: its mean square, which is also where forecasts tend to.
        log_likelihood: Under normal returns.
    """

    recursion: VarianceRecursion
    first_variance: float
    log_likelihood: float


def fit_garch(returns: ArrayLike) -> GarchFit | None:
    """Return the likeliest of a fixed grid of GARCH(1,1) models whose long-run variance is that of the returns.

    Targeting the variance leaves alpha and beta to be found, and a grid of 360 pairs (alpha from 0.01 to 0.30, alpha +
    beta from 0.8 to 0.995) finds them the same way every time, without an optimizer that can fail. Among equally
    likely ones the smallest alpha is taken.

    Args:
        returns: Shape (n_returns,), fractions.

    Returns:
        None for fewer than 30 returns, or where their squares are all zero.

    References:
        Francq, Horvath & Zakoian (2011), "Merits and Drawbacks of Variance Targeting in GARCH Models", Journal of
        Financial Econometrics 9(4), 619-656.
    """
    values = require_returns(returns)
    target = mean_square(values) if values.size >= OBSERVATIONS_MIN else 0.0
    if target == 0.0:
        return None
    reactions, sums = _GRID
    deviances = _deviances(values * values / target, reactions, sums)
    best = int(np.argmin(deviances))
    alpha, total = float(reactions[best]), float(sums[best])
    recursion = VarianceRecursion(target * (1.0 - total), alpha, total - alpha)
    return GarchFit(recursion, target, -0.5 * (float(deviances[best]) + values.size * log(2.0 * pi * target)))


def _deviances(squares: Float64Array, reactions: Float64Array, sums: Float64Array) -> Float64Array:
    """Return the sum of ``log(variance) + square / variance`` for each model of the grid, shape (n_models,).

    Squares and variances are in units of the mean square: the weights do not depend on the unit of the returns.
    """
    constants, persistences = 1.0 - sums, sums - reactions
    variances = np.ones(reactions.shape)
    deviances = np.zeros(reactions.shape)
    for square in squares.tolist():
        deviances += np.log(variances) + square / variances
        variances = constants + reactions * square + persistences * variances
    return deviances


@frozen
class GarchVolatility(VolatilityModel):
    """GARCH(1,1), fitted anew from time to time to the latest returns before.

    Parameters too are known before the returns that they forecast: each forecast uses the fit of its own time.

    Attributes:
        window: How many of the latest returns are fitted.
        observations_min: How many there must be for the first fit.
        refit_every: After how many returns the parameters are found anew.
    """

    window: int = field(default=500, validator=validators.ge(OBSERVATIONS_MIN))
    observations_min: int = field(default=250, validator=validators.ge(OBSERVATIONS_MIN))
    refit_every: int = field(default=30, validator=validators.ge(1))

    @observations_min.validator
    def _fits_in_the_window(self, _: object, observations_min: int) -> None:
        if observations_min > self.window:
            raise ValueError(f"observations_min {observations_min} is above the window of {self.window}")

    @override
    def variance_forecasts(self, returns: ArrayLike, /) -> Float64Array:
        running = RunningGarch(self)
        return np.array([nan, *(running.update(value) for value in require_returns(returns).tolist())])


@define
class RunningGarch:
    """The same forecasts, one return at a time.

    Attributes:
        model: Window and rhythm of the fits.
        fit: The latest; None before the first, and where the returns did not move.
        variance: Forecast for the next return; NaN while there is no fit.
    """

    model: GarchVolatility = field(factory=GarchVolatility)
    fit: GarchFit | None = field(default=None, init=False)
    variance: float = field(default=nan, init=False)
    _latest: deque[float] = field(init=False)
    _n_seen: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._latest = deque(maxlen=self.model.window)

    def update(self, value: float) -> float:
        """Take the next return and return the forecast for the one after it; ValueError if it is not finite."""
        value = float(require_returns([value])[0])
        self._latest.append(value)
        self._n_seen += 1
        since_first_fit = self._n_seen - self.model.observations_min
        if since_first_fit >= 0 and since_first_fit % self.model.refit_every == 0:
            self._fit_anew()
        elif self.fit is not None:
            self.variance = self.fit.recursion.next_variance(self.variance, value)
        return self.variance

    def _fit_anew(self) -> None:
        latest = np.array(self._latest)
        fit = self.fit = fit_garch(latest)
        self.variance = nan
        if fit is not None:
            self.variance = float(conditional_variances(latest, fit.recursion, fit.first_variance)[-1])
