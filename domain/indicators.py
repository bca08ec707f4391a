"""Indicators, each in an incremental form (one value a bar) and a batch form (whole columns).

Both give NaN until they have seen enough. The incremental forms drift by rounding no more than one
window's worth: sums are made anew, correctly rounded, each time the window has been replaced.
"""

from math import fsum, isnan, nan

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from domain.market import Float64Array


class MovingAverage:
    """Simple moving average of the last `period` values."""

    __slots__ = ("_divisor", "_next", "_sum", "_window", "period")

    def __init__(self, period: int) -> None:
        if period < 1:
            raise ValueError(f"period must be at least 1, got {period}")
        self.period = period
        self._window = [0.0] * period
        self._next = 0
        self._sum = 0.0
        # NaN until the window has been filled once, which makes every average before that NaN.
        self._divisor = nan

    def update(self, value: float) -> float:
        """Take the next value and return the average, NaN until `period` values have come."""
        window, slot = self._window, self._next
        total = self._sum + (value - window[slot])
        window[slot] = value
        slot += 1
        if slot == self.period:
            slot, total, self._divisor = 0, fsum(window), float(self.period)
        self._next = slot
        self._sum = total
        return total / self._divisor


class MovingAveragePair:
    """Two simple moving averages of one series, kept in one window: half the work of keeping them apart."""

    __slots__ = ("_divisor", "_fast_sum", "_next", "_slow_sum", "_window", "fast_period", "slow_period")

    def __init__(self, fast_period: int, slow_period: int) -> None:
        if not 1 <= fast_period <= slow_period:
            raise ValueError(f"periods must be at least 1 and fast at most slow, got {fast_period} and {slow_period}")
        self.fast_period = fast_period
        self.slow_period = slow_period
        self._window = [0.0] * slow_period
        self._next = 0
        self._fast_sum = self._slow_sum = 0.0
        # NaN until the window has been filled once, which makes every average before that NaN.
        self._divisor = nan

    def update(self, value: float) -> float:
        """Take the next value and return the fast average minus the slow one, NaN until both are there."""
        window, slot, fast_period = self._window, self._next, self.fast_period
        slow_sum = self._slow_sum + (value - window[slot])
        # A negative place counts from the end: the window is a ring, whose start lies behind `slot`.
        fast_sum = self._fast_sum + (value - window[slot - fast_period])
        window[slot] = value
        slot += 1
        if slot == self.slow_period:
            slot, self._divisor = 0, float(slot)
            fast_sum, slow_sum = fsum(window[-fast_period:]), fsum(window)
        self._next = slot
        self._fast_sum, self._slow_sum = fast_sum, slow_sum
        return fast_sum / fast_period - slow_sum / self._divisor

    @property
    def fast(self) -> float:
        """The average of the last `fast_period` values; NaN until `slow_period` values have come."""
        return self._fast_sum / self.fast_period if self._divisor == self.slow_period else nan

    @property
    def slow(self) -> float:
        """The average of the last `slow_period` values; NaN until as many have come."""
        return self._slow_sum / self._divisor


def moving_average(values: Float64Array, period: int) -> Float64Array:
    """Return the simple moving average of each row's last `period` values.

    Args:
        values: Shape (n_bars,).
        period: Length of the window, in bars.

    Returns:
        Shape (n_bars,); the first ``period - 1`` are NaN.
    """
    out = np.full(values.shape, nan)
    if values.size >= period:
        out[period - 1 :] = sliding_window_view(values, period).mean(axis=1)
    return out


class AverageTrueRange:
    """Wilder's average true range, quote per base.

    The first bar only gives a previous close; the mean of the next `period` true ranges is the first
    value, and each later one is (before × (period − 1) + true range) / period.

    References:
        Wilder (1978), "New Concepts in Technical Trading Systems"; the seeding is TA-Lib's.
    """

    __slots__ = ("_close_before", "_n_ranges", "_ranges_sum", "_value", "period")

    def __init__(self, period: int) -> None:
        if period < 1:
            raise ValueError(f"period must be at least 1, got {period}")
        self.period = period
        self._close_before = nan
        self._n_ranges = 0
        self._ranges_sum = 0.0
        self._value = nan

    def update(self, high: float, low: float, close: float) -> float:
        """Take the next bar and return the average, NaN until ``period + 1`` bars have come."""
        before = self._close_before
        self._close_before = close
        true_range = (high if high > before else before) - (low if low < before else before)
        period = self.period
        if self._n_ranges == period:
            self._value = value = (self._value * (period - 1) + true_range) / period
            return value
        return self._begin_with(true_range)

    def _begin_with(self, true_range: float) -> float:
        # Without a close before it there is none: NaN carries that through the comparisons.
        if isnan(true_range):
            return nan
        self._n_ranges += 1
        self._ranges_sum += true_range
        if self._n_ranges == self.period:
            self._value = self._ranges_sum / self.period
        return self._value


def average_true_range(high: Float64Array, low: Float64Array, close: Float64Array, period: int) -> Float64Array:
    """Return Wilder's average true range of each bar, shape (n_bars,), NaN for the first `period` bars.

    Args:
        high: Highest prices, shape (n_bars,), quote per base.
        low: Lowest prices, same shape.
        close: Last prices, same shape.
        period: Smoothing length, in bars.
    """
    out = np.full(close.shape, nan)
    if close.size <= period:
        return out
    ranges = np.maximum(high[1:], close[:-1]) - np.minimum(low[1:], close[:-1])
    value = float(ranges[:period].mean())
    out[period] = value
    for row in range(period, ranges.size):
        value = (value * (period - 1) + float(ranges[row])) / period
        out[row + 1] = value
    return out
