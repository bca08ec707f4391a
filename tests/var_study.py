"""Forecasts of value at risk over real perpetuals, day by day, against what happened.

What is fixed beforehand, by convention and not by the outcome: RiskMetrics' decay of 0.94, a window of 500 days (so
that the 99 % VaR is the fifth worst) and at least half of it, 250, before anything is forecast.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
from attrs import frozen

from adapters.market_data.bar_files import read_bars
from domain.market import Float64Array
from domain.resampling import aggregate_bars
from domain.risk.filtered_historical import DEFAULT_VOLATILITY
from domain.risk.garch import GarchVolatility
from domain.risk.value_at_risk import TailForecasts, VarMethod, forecast_tails
from domain.risk.var_backtest import VarBacktest, backtest_var
from domain.risk.volatility import VolatilityModel
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, to_ns

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
SIDES: Final = {"long": 1.0, "short": -1.0}
CONFIDENCES: Final = (0.95, 0.99)
WINDOW: Final = 500
OBSERVATIONS_MIN: Final = 250
START_NS: Final = to_ns(datetime(2020, 1, 1, tzinfo=UTC))
END_NS: Final = to_ns(datetime(2024, 7, 1, tzinfo=UTC))

_HOURS_PER_DAY: Final = 24


@frozen
class Forecaster:
    """One way of forecasting.

    Attributes:
        title: As tables show it.
        method: How the tail is estimated.
        volatility: What the filtered method filters by.
    """

    title: str
    method: VarMethod
    volatility: VolatilityModel = DEFAULT_VOLATILITY

    def forecast(
        self, returns: Float64Array, confidence: float, *, observations_min: int = OBSERVATIONS_MIN
    ) -> TailForecasts:
        """Forecast each day from the days before it."""
        return forecast_tails(
            returns,
            self.method,
            confidence,
            observations_min=observations_min,
            volatility=self.volatility,
            window=WINDOW,
        )


FILTERED: Final = Forecaster("filtered, EWMA", VarMethod.FILTERED_HISTORICAL)
FORECASTERS: Final = (
    Forecaster("historical", VarMethod.HISTORICAL),
    Forecaster("normal", VarMethod.NORMAL),
    Forecaster("Cornish-Fisher", VarMethod.CORNISH_FISHER),
    FILTERED,
    Forecaster("filtered, GARCH", VarMethod.FILTERED_HISTORICAL, GarchVolatility()),
)


@frozen
class Outcome:
    """Forecasts of one series against what happened.

    Attributes:
        symbol: Instrument.
        side: Who held it.
        confidence: Of the forecasts.
        backtest: Counts and tests; None where nothing was forecast.
        loss_over_shortfall: Mean over the days beyond the VaR of the loss over the expected shortfall, 1 if that is
            right; NaN without such a day.
    """

    symbol: str
    side: str
    confidence: float
    backtest: VarBacktest | None
    loss_over_shortfall: float


def outcomes(
    returns_of: Mapping[str, Float64Array],
    forecaster: Forecaster,
    *,
    observations_min: int = OBSERVATIONS_MIN,
    first_day: int = 0,
) -> Iterator[Outcome]:
    """Yield the outcome for each symbol, side and confidence, counting from a day of each series on."""
    for symbol, side, confidence in product(returns_of, SIDES, CONFIDENCES):
        returns = SIDES[side] * returns_of[symbol]
        tails = forecaster.forecast(returns, confidence, observations_min=observations_min)
        counted = TailForecasts(tails.var[first_day:], tails.expected_shortfall[first_day:])
        yield judge(symbol, side, confidence, returns[first_day:], counted)


def judge(symbol: str, side: str, confidence: float, returns: Float64Array, tails: TailForecasts) -> Outcome:
    """Hold the forecasts of one series against what came, both per unit or both in money, shape (n_days,)."""
    backtest = backtest_var(returns, tails.var, confidence)
    return Outcome(symbol, side, confidence, backtest, _loss_over_shortfall(returns, tails))


def _loss_over_shortfall(returns: Float64Array, tails: TailForecasts) -> float:
    beyond = -returns > tails.var
    return float(np.mean(-returns[beyond] / tails.expected_shortfall[beyond])) if beyond.any() else np.nan


def daily_returns(folder: Path, symbol: str, *, start_ns: int = START_NS, end_ns: int = END_NS) -> Float64Array:
    """Return simple returns from one UTC day's last price to the next, of the whole days from start to end.

    Args:
        folder: Shared folder with ``data/um/1h``.
        symbol: Instrument.
        start_ns: First instant; days before the listing are not there.
        end_ns: First instant after the last day.

    Raises:
        ValueError: A day between two others is missing or has fewer than 24 hours.
    """
    path = folder / "data" / "um" / "1h" / f"{symbol}-1h.parquet"
    bars = read_bars(path, symbol=symbol, interval_ns=NS_PER_HOUR).between(start_ns, end_ns)
    days = aggregate_bars(bars.opened_at_ns, {"close": bars.close}, NS_PER_DAY)
    is_whole = days.n_parts == _HOURS_PER_DAY
    opened_at_ns, close = days.opened_at_ns[is_whole], days.columns["close"][is_whole]
    if np.any(np.diff(opened_at_ns) != NS_PER_DAY):
        raise ValueError(f"{path}: days are missing")
    returns: Float64Array = np.diff(close) / close[:-1]
    return returns
