"""Days as they began and ended: where the tails of what is held come from.

Each day's return is divided by the standard deviation that was expected at its start. The quotients keep fat tails and
skew, and are alike in calm times and wild ones, so that hundreds of days say what a bad one is; today's deviation
brings them to today. This is filtered historical simulation: Hull & White (1998), "Incorporating volatility updating
into the historical simulation method for value-at-risk", Journal of Risk 1(1), 5-19; Barone-Adesi, Giannopoulos &
Vosper (1999), "VaR without correlations for portfolios of derivative securities", Journal of Futures Markets 19(5).

Days are whole, so that they do not overlap: as many quotients, as many observations. Where something is forecast, it
is the tail of just what is held, on its own side of the market. Limits, which are asked order by order about positions
that are not there yet, take the worse side of the market, and never less than the tail that is assumed while little is
known.
"""

from math import sqrt

import numpy as np
from attrs import field, frozen

from domain.market import Float64Array
from domain.risk.estimates import EstimateSettings
from domain.risk.liquidation_risk import FAT_TAIL_DOF
from domain.risk.observations import OBSERVATIONS_MIN
from domain.risk.parametric_tail import cornish_fisher_tail, normal_tail, sample_moments, student_t_tail
from domain.risk.tail_risk import TailRisk, historical_tail
from domain.risk.value_at_risk import VarMethod


@frozen(eq=False)
class DayHistory:
    """What was known when each day began.

    Attributes:
        began_at: Instants in days since 1970, shape (n_starts,), ascending. The last day has only begun.
        prices: Marks at those instants, shape (n_starts, n_symbols), quote per base; 0 where unknown.
        covariances: Of daily returns as known at those instants, shape (n_starts, n_symbols, n_symbols); NaN where
            unknown.
    """

    began_at: Float64Array
    prices: Float64Array
    covariances: Float64Array
    _returns: Float64Array = field(init=False, repr=False)
    _spans: Float64Array = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        prices = np.where(self.prices > 0.0, self.prices, np.nan)
        object.__setattr__(self, "_returns", prices[1:] / prices[:-1] - 1.0)
        object.__setattr__(self, "_spans", np.diff(self.began_at))

    def outcomes(self, notional: Float64Array) -> Float64Array:
        """Return what positions of these values would have made in each whole day, quote currency.

        Args:
            notional: Signed value of each, shape (n_symbols,); positive long.

        Returns:
            Shape (n_known,), oldest first; days on which the price of anything held is unknown are left out.
        """
        held = np.flatnonzero(notional)
        outcomes: Float64Array = self._returns[:, held] @ notional[held]
        return outcomes[np.isfinite(outcomes)]

    def residuals(self, notional: Float64Array) -> Float64Array:
        """Return what the same positions made in each whole day over the deviation expected at its start.

        Returns:
            Shape (n_known,), oldest first; days before which the risk of anything held was unknown are left out.
        """
        held = np.flatnonzero(notional)
        values, before = notional[held], self.covariances[:-1][:, held[:, np.newaxis], held]
        return _over_deviation(self._returns[:, held] @ values, before @ values @ values, self._spans)

    def each_residual(self) -> Float64Array:
        """Return the residuals of every instrument, held long, one after the other."""
        variances = np.diagonal(self.covariances[:-1], axis1=1, axis2=2)
        return _over_deviation(self._returns, variances, self._spans[:, np.newaxis])


def _over_deviation(returns: Float64Array, variances: Float64Array, spans: Float64Array) -> Float64Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        residuals: Float64Array = returns / np.sqrt(variances * spans)
    return residuals[np.isfinite(residuals)]


def forecast_tail(
    history: DayHistory, covariance: Float64Array, notional: Float64Array, settings: EstimateSettings
) -> TailRisk | None:
    """Return VaR and expected shortfall of positions over the day that comes, quote currency.

    Args:
        history: The days before.
        covariance: Of daily returns as known now, shape (n_symbols, n_symbols); NaN where unknown.
        notional: Signed value of each position, quote currency, shape (n_symbols,); positive long.
        settings: Confidence and method; the historical one takes the days as they were.

    Returns:
        None while the risk of anything held is unknown, where nothing is held, and while fewer than 30 whole days are
        known, or fewer than reach the tail (20 at 95 %, 100 at 99 %).
    """
    held = np.flatnonzero(notional)
    variance = float(notional[held] @ covariance[np.ix_(held, held)] @ notional[held])
    if not variance > 0.0:
        return None
    if settings.method is VarMethod.HISTORICAL:
        return historical_tail(history.outcomes(notional), settings.confidence)
    if settings.method is VarMethod.NORMAL:
        return normal_tail(0.0, sqrt(variance), settings.confidence)
    tail = _tail_of(history.residuals(notional), settings)
    return None if tail is None else _scaled(tail, sqrt(variance))


def limiting_tail(history: DayHistory, settings: EstimateSettings) -> TailRisk:
    """Return the tail that limits reckon with, in standard deviations of whatever is held.

    The worst of the normal one, Student's t of the same deviation, and what the residuals of all instruments say of
    either side of the market once they are enough; with the normal method the normal one alone.
    """
    normal = normal_tail(0.0, 1.0, settings.confidence)
    if settings.method is VarMethod.NORMAL:
        return normal
    residuals = history.each_residual()
    found = [
        normal,
        student_t_tail(0.0, 1.0, FAT_TAIL_DOF, settings.confidence),
        *(tail for side in (residuals, -residuals) if (tail := _tail_of(side, settings)) is not None),
    ]
    return TailRisk(max(tail.var for tail in found), max(tail.expected_shortfall for tail in found))


def _tail_of(residuals: Float64Array, settings: EstimateSettings) -> TailRisk | None:
    if settings.method is not VarMethod.CORNISH_FISHER:
        return historical_tail(residuals, settings.confidence)
    moments = sample_moments(residuals) if residuals.size >= OBSERVATIONS_MIN else None
    return None if moments is None else cornish_fisher_tail(moments, settings.confidence)


def _scaled(tail: TailRisk, deviation: float) -> TailRisk:
    return TailRisk(tail.var * deviation, tail.expected_shortfall * deviation)
