"""Bands around price: Bollinger's from its spread, Donchian's from its extremes, Keltner's from its ranges."""

from math import inf, isnan, nan
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from domain.indicators.averages import ExponentialAverage, exponential_average
from domain.indicators.inputs import at_least, check_columns, not_finite, positive_number
from domain.indicators.ranges import AverageTrueRange, average_true_range
from domain.indicators.windows import WindowSpread, after_warmup, window_spreads
from domain.market import Float64Array

_Value = TypeVar("_Value", float, Float64Array)


class Bollinger(NamedTuple, Generic[_Value]):
    """Bollinger bands of one bar or as columns.

    Attributes:
        middle: Simple average of the closes, quote per base.
        upper: Middle plus the width in standard deviations.
        lower: Middle minus it.
        percent_b: Where the close lies: 0 on the lower band, 1 on the upper, beyond them outside. NaN where the bands
            have no distance, all closes being equal.
        bandwidth: (upper − lower) / middle, a fraction.
    """

    middle: _Value
    upper: _Value
    lower: _Value
    percent_b: _Value
    bandwidth: _Value


class BollingerBands:
    """Bollinger bands: average of the closes and so many standard deviations on either side.

    The deviation is that of a population (divisor `period`), as Bollinger defines it. `percent_b` is taken from the
    close's distance to the average and not from the bands, whose difference loses digits while they are narrow.

    References:
        Bollinger (2001), "Bollinger on Bollinger Bands"; TA-Lib and StockCharts agree.
    """

    __slots__ = ("_spread", "period", "width")

    def __init__(self, period: int = 20, width: float = 2.0) -> None:
        positive_number(width=width)
        self._spread = WindowSpread(period, ddof=0)
        self.period = period
        self.width = width

    @property
    def warmup_bars(self) -> int:
        """The first bands are there with this many closes."""
        return self.period

    def update(self, close: float) -> Bollinger[float]:
        """Take the next close and return the bands, NaN until `period` closes have come.

        Raises:
            ValueError: The close is not a finite number.
        """
        if not -inf < close < inf:
            raise not_finite(close=close)
        offset, deviation = self._spread.update(close)
        middle, reach = close + offset, self.width * deviation
        return Bollinger(
            middle,
            middle + reach,
            middle - reach,
            0.5 - offset / (2.0 * reach) if reach > 0.0 else nan,
            2.0 * reach / middle if middle != 0.0 else nan,
        )


def bollinger_bands(close: Float64Array, period: int = 20, width: float = 2.0) -> Bollinger[Float64Array]:
    """Return the Bollinger bands of each bar, as `BollingerBands` defines them.

    Args:
        close: Last prices, shape (n_bars,).
        period: Length of the window, in bars.
        width: Standard deviations from the middle to either band, positive.

    Returns:
        Five columns of shape (n_bars,); the first ``period - 1`` are NaN.

    Raises:
        ValueError: A close is not a finite number, the period is below one, or the width is not positive.
    """
    positive_number(width=width)
    check_columns(close=close)
    offset, deviation = window_spreads(close, period, ddof=0)
    middle, reach = close + offset, width * deviation
    percent_b = 0.5 - np.divide(offset, 2.0 * reach, out=np.full(close.shape, nan), where=reach > 0.0)
    bandwidth = np.divide(2.0 * reach, middle, out=np.full(close.shape, nan), where=middle != 0.0)
    return Bollinger(middle, middle + reach, middle - reach, percent_b, bandwidth)


class Channel(NamedTuple, Generic[_Value]):
    """A channel of one bar or as columns, quote per base: upper and lower edge and its middle."""

    middle: _Value
    upper: _Value
    lower: _Value


class DonchianChannel:
    """Highest high and lowest low of the last `period` bars, the present one included.

    O(1), but O(period) for a bar with which the highest or lowest one leaves. A close can touch an edge but never be
    beyond it: who waits for a breakout compares with the channel of the bar before.
    """

    __slots__ = ("_highs", "_lower", "_lows", "_n_seen", "_upper", "period")

    def __init__(self, period: int) -> None:
        at_least(1, period=period)
        self.period = period
        self._highs = [-inf] * period
        self._lows = [inf] * period
        self._n_seen = 0
        self._upper, self._lower = -inf, inf

    @property
    def warmup_bars(self) -> int:
        """The first channel is there with this many bars."""
        return self.period

    def update(self, high: float, low: float) -> Channel[float]:
        """Take the next bar and return the channel, NaN until `period` bars have come.

        Raises:
            ValueError: A price is not a finite number.
        """
        if not -inf < high - low < inf:
            raise not_finite(high=high, low=low)
        slot = self._n_seen % self.period
        high_gone, low_gone = self._highs[slot], self._lows[slot]
        self._highs[slot], self._lows[slot] = high, low
        self._n_seen += 1
        if high >= self._upper:
            self._upper = high
        elif high_gone == self._upper:
            self._upper = max(self._highs)
        if low <= self._lower:
            self._lower = low
        elif low_gone == self._lower:
            self._lower = min(self._lows)
        return self._channel()

    def _channel(self) -> Channel[float]:
        if self._n_seen < self.period:
            return Channel(nan, nan, nan)
        return Channel((self._upper + self._lower) / 2.0, self._upper, self._lower)


def donchian_channel(high: Float64Array, low: Float64Array, period: int) -> Channel[Float64Array]:
    """Return the Donchian channel of each bar, as `DonchianChannel` defines it.

    Args:
        high: Highest prices, shape (n_bars,), quote per base.
        low: Lowest prices, same shape.
        period: Length of the window, in bars.

    Returns:
        Three columns of shape (n_bars,); the first ``period - 1`` are NaN.

    Raises:
        ValueError: A price is not a finite number, the shapes differ, or the period is below one.
    """
    at_least(1, period=period)
    check_columns(high=high, low=low)
    if high.size < period:
        return Channel(*(np.full(high.shape, nan) for _ in range(3)))
    upper = after_warmup(sliding_window_view(high, period).max(axis=1), high.size)
    lower = after_warmup(sliding_window_view(low, period).min(axis=1), low.size)
    return Channel((upper + lower) / 2.0, upper, lower)


class KeltnerChannel:
    """Exponential average of the closes and so many average true ranges on either side.

    This is Raschke's form with Wilder's average (`AverageTrueRange`), not Keltner's of 1960 with simple averages.
    """

    __slots__ = ("_average", "_range", "width")

    def __init__(self, period: int = 20, range_period: int = 10, width: float = 2.0) -> None:
        positive_number(width=width)
        self._average = ExponentialAverage(period)
        self._range = AverageTrueRange(range_period)
        self.width = width

    @property
    def warmup_bars(self) -> int:
        """The first channel is there with this many bars."""
        return max(self._average.warmup_bars, self._range.warmup_bars)

    def update(self, high: float, low: float, close: float) -> Channel[float]:
        """Take the next bar and return the channel, NaN until both averages are there.

        Raises:
            ValueError: A price is not a finite number.
        """
        if not (-inf < high - low < inf and -inf < close < inf):
            raise not_finite(high=high, low=low, close=close)
        middle = self._average.update(close)
        reach = self.width * self._range.update(high, low, close)
        if isnan(reach):
            middle = nan
        return Channel(middle, middle + reach, middle - reach)


def keltner_channel(
    high: Float64Array,
    low: Float64Array,
    close: Float64Array,
    period: int = 20,
    range_period: int = 10,
    width: float = 2.0,
) -> Channel[Float64Array]:
    """Return the Keltner channel of each bar, as `KeltnerChannel` defines it.

    Args:
        high: Highest prices, shape (n_bars,), quote per base.
        low: Lowest prices, same shape.
        close: Last prices, same shape.
        period: Length of the average of the closes.
        range_period: Length of the average true range.
        width: Average true ranges from the middle to either edge, positive.

    Returns:
        Three columns of shape (n_bars,), NaN until both averages are there.

    Raises:
        ValueError: A price is not a finite number, the shapes differ, a period is below one, or the width is not
            positive.
    """
    at_least(1, range_period=range_period)
    positive_number(width=width)
    check_columns(high=high, low=low, close=close)
    reach = width * average_true_range(high, low, close, range_period)
    middle = np.where(np.isnan(reach), nan, exponential_average(close, period))
    return Channel(middle, middle + reach, middle - reach)
