"""Value at risk from past returns measured in the volatility of their own day, brought to that of tomorrow.

A plain historical sample forgets that days come in quiet and wild stretches: it is exceeded day after day when a wild
one begins and asks for too much long after. Here each return is divided by the volatility that was expected for it, and
the quotients, which keep the fat tails and the skew, are multiplied by the volatility expected for the next day.

References:
    Hull & White (1998), "Incorporating volatility updating into the historical simulation method for value-at-risk",
    Journal of Risk 1(1), 5-19; Barone-Adesi, Giannopoulos & Vosper (1999), "VaR without correlations for portfolios of
    derivative securities", Journal of Futures Markets 19(5), 583-602.
"""

from typing import Final

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike

from domain.market import Float64Array
from domain.risk.observations import OBSERVATIONS_MIN, require_returns
from domain.risk.tail_risk import TailRisk, historical_tail
from domain.risk.volatility import EwmaVolatility, VolatilityModel

DEFAULT_VOLATILITY: Final = EwmaVolatility()
WINDOW: Final = 500
"""How many of the latest quotients make up the sample: the fifth worst is the 99 % VaR."""


@frozen(eq=False)
class FilteredHistory:
    """Returns beside the volatility that was expected for each.

    Attributes:
        volatilities: Standard deviation expected for each return and for the next, from those before it, shape
            (n_returns + 1,); NaN where unknown.
        residuals: Return over volatility, shape (n_returns,); NaN where that was unknown or nothing moved before.
    """

    volatilities: Float64Array = field(repr=False)
    residuals: Float64Array = field(repr=False)

    @classmethod
    def of(cls, returns: ArrayLike, volatility: VolatilityModel = DEFAULT_VOLATILITY) -> "FilteredHistory":
        """Measure returns, oldest first, shape (n_returns,), fractions."""
        values = require_returns(returns)
        expected = np.sqrt(volatility.variance_forecasts(values))
        known = expected[:-1] > 0.0
        residuals = np.divide(values, expected[:-1], out=np.full(values.shape, np.nan), where=known)
        return cls(volatilities=expected, residuals=residuals)

    def sample(self, n_past: int, *, window: int = WINDOW) -> Float64Array:
        """Return what the next return after the first `n_past` might be, one for each of the latest residuals.

        Returns:
            Shape (n_known,), at most `window`, oldest first; empty where the next volatility is unknown or zero.
        """
        upcoming = float(self.volatilities[n_past])
        if not upcoming > 0.0:
            return np.empty(0)
        latest = self.residuals[max(0, n_past - window) : n_past]
        scaled: Float64Array = latest[np.isfinite(latest)] * upcoming
        return scaled

    def tail(
        self,
        n_past: int,
        confidence: float,
        *,
        window: int = WINDOW,
        observations_min: int = OBSERVATIONS_MIN,
    ) -> TailRisk | None:
        """Return VaR and expected shortfall of the return that comes after the first `n_past`.

        Returns:
            None while fewer than `observations_min` residuals are known, or too few to reach the tail; see
            `historical_tail`.
        """
        sample = self.sample(n_past, window=window)
        return historical_tail(sample, confidence, observations_min=observations_min)


def filtered_historical_tail(
    returns: ArrayLike,
    confidence: float,
    *,
    volatility: VolatilityModel = DEFAULT_VOLATILITY,
    window: int = WINDOW,
    observations_min: int = OBSERVATIONS_MIN,
) -> TailRisk | None:
    """Return VaR and expected shortfall of the next return, from these; see `FilteredHistory`.

    Args:
        returns: Oldest first, shape (n_returns,), fractions. All of them make the volatility, the latest
            `window` the sample.
        confidence: From 0.5 to below 1.
        volatility: What is expected of each day.
        window: How many of the latest residuals make up the sample.
        observations_min: How many of them must be known.
    """
    values = require_returns(returns)
    history = FilteredHistory.of(values, volatility)
    return history.tail(values.size, confidence, window=window, observations_min=observations_min)
