"""Wilder's directional movement: which way bars reach further, and how one-sidedly."""

from math import inf, isnan, nan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from domain.indicators.averages import WilderAverage, wilder_average
from domain.indicators.inputs import at_least, check_columns, not_finite
from domain.indicators.ranges import true_range
from domain.indicators.windows import after_warmup
from domain.market import Float64Array

_Value = TypeVar("_Value", float, Float64Array)


class Directional(NamedTuple, Generic[_Value]):
    """Directional indicators of one bar or as columns, each 0 to 100.

    Attributes:
        plus_di: Average reach upwards, as a share of the average true range.
        minus_di: The same downwards.
        dx: Difference of the two over their sum: 100 where all movement went one way.
        adx: Wilder average of `dx`, the strength of a trend in either direction.
    """

    plus_di: _Value
    minus_di: _Value
    dx: _Value
    adx: _Value


class DirectionalMovement:
    """ADX, +DI, −DI and DX of one instrument.

    A bar moves up by how far its high is above that of the bar before, if that is more than its low is below that
    bar's low, and down the other way around; a bar inside the one before it does not move. Averages begin with the
    simple average of the first `period` values after the first bar, ADX with that of the first `period` values of DX.
    (TA-Lib begins with one value less, and is up to 0.75 points apart at first.) A market that has not moved either
    way has no trend: all four are 0 where nothing has moved, for then the ADX can go on from there.

    References:
        Wilder (1978), "New Concepts in Technical Trading Systems"; the seeding is that of StockCharts' sheet.
    """

    __slots__ = ("_adx", "_close", "_downs", "_high", "_low", "_ranges", "_ups", "period")

    def __init__(self, period: int) -> None:
        self._ups, self._downs, self._ranges, self._adx = (WilderAverage(period) for _ in range(4))
        self.period = period
        self._high = self._low = self._close = nan

    @property
    def warmup_bars(self) -> int:
        """All four are there with this many bars; all but the ADX are with ``period + 1``."""
        return 2 * self.period

    def update(self, high: float, low: float, close: float) -> Directional[float]:
        """Take the next bar and return the four values, NaN until there are bars enough for each.

        Raises:
            ValueError: A price is not a finite number.
        """
        if not (-inf < high - low < inf and -inf < close < inf):
            raise not_finite(high=high, low=low, close=close)
        before, up, down = self._close, high - self._high, self._low - low
        self._high, self._low, self._close = high, low, close
        if isnan(before):
            return Directional(nan, nan, nan, nan)
        reach = (high if high > before else before) - (low if low < before else before)
        average_range = self._ranges.update(reach)
        average_up = self._ups.update(up if up > down and up > 0.0 else 0.0)
        average_down = self._downs.update(down if down > up and down > 0.0 else 0.0)
        if isnan(average_range):
            return Directional(nan, nan, nan, nan)
        return self._related(average_up, average_down, average_range)

    def _related(self, up: float, down: float, reach: float) -> Directional[float]:
        plus = 100.0 * (up / reach) if reach > 0.0 else 0.0
        minus = 100.0 * (down / reach) if reach > 0.0 else 0.0
        both = plus + minus
        dx = 100.0 * (abs(plus - minus) / both) if both > 0.0 else 0.0
        return Directional(plus, minus, dx, self._adx.update(dx))


def directional_movement(
    high: Float64Array, low: Float64Array, close: Float64Array, period: int
) -> Directional[Float64Array]:
    """Return the directional indicators of each bar, as `DirectionalMovement` defines them.

    Args:
        high: Highest prices, shape (n_bars,), quote per base.
        low: Lowest prices, same shape.
        close: Last prices, same shape.
        period: Smoothing length, in bars.

    Returns:
        Four columns of shape (n_bars,), 0 to 100; NaN for the first `period` bars, the ADX for
        ``2 * period - 1``.

    Raises:
        ValueError: A price is not a finite number, the shapes differ, or the period is below one.
    """
    at_least(1, period=period)
    check_columns(high=high, low=low, close=close)
    up, down = np.diff(high), -np.diff(low)
    average_up = wilder_average(np.where((up > down) & (up > 0.0), up, 0.0), period)
    average_down = wilder_average(np.where((down > up) & (down > 0.0), down, 0.0), period)
    average_range = wilder_average(true_range(high, low, close)[1:], period)
    plus = 100.0 * _ratio(average_up, average_range)
    minus = 100.0 * _ratio(average_down, average_range)
    dx = 100.0 * _ratio(np.abs(plus - minus), plus + minus)
    adx = wilder_average(dx[period - 1 :], period)
    return Directional(*(after_warmup(column, close.size) for column in (plus, minus, dx, adx)))


def _ratio(part: Float64Array, whole: Float64Array) -> Float64Array:
    # What is 0 of 0 is 0; what is not known yet stays so.
    return np.divide(part, whole, out=np.where(np.isnan(whole), nan, 0.0), where=whole > 0.0)
