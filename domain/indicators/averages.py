"""Averages of the past: simple, linearly weighted, exponential and Wilder's.

All give NaN until they have seen enough. The simple ones drift by rounding no more than one window's
worth: their sums are made anew, correctly rounded, each time the window has been replaced.
"""

from collections import deque
from collections.abc import Callable
from itertools import accumulate
from math import fsum, inf, nan
from operator import mul

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from domain.indicators.inputs import at_least, check_columns, not_finite
from domain.indicators.windows import after_warmup
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

    @property
    def warmup_bars(self) -> int:
        """The first average is there with this many values."""
        return self.period

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

    @property
    def warmup_bars(self) -> int:
        """Both averages are there with this many values."""
        return self.slow_period

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


class WeightedAverage:
    """Average of the last `period` values with weights 1, 2, ... `period`, the newest heaviest; O(period)."""

    __slots__ = ("_divisor", "_weights", "_window", "period")

    def __init__(self, period: int) -> None:
        at_least(1, period=period)
        self.period = period
        self._weights = [float(weight) for weight in range(1, period + 1)]
        self._divisor = fsum(self._weights)
        # NaN in every place that has not been filled makes every average before that NaN.
        self._window = deque([nan] * period, maxlen=period)

    @property
    def warmup_bars(self) -> int:
        """The first average is there with this many values."""
        return self.period

    def update(self, value: float) -> float:
        """Take the next value and return the average, NaN until `period` values have come.

        Raises:
            ValueError: The value is not a finite number.
        """
        if not -inf < value < inf:
            raise not_finite(value=value)
        window = self._window
        window.append(value)
        return fsum(map(mul, self._weights, window)) / self._divisor


def weighted_average(values: Float64Array, period: int) -> Float64Array:
    """Return the average of each row's last `period` values with weights 1, 2, ... `period`, the newest heaviest.

    Args:
        values: Shape (n_bars,).
        period: Length of the window, in bars.

    Returns:
        Shape (n_bars,); the first ``period - 1`` are NaN.

    Raises:
        ValueError: A value is not a finite number, or the period is below one.
    """
    at_least(1, period=period)
    check_columns(values=values)
    n_windows = max(0, values.size - period + 1)
    totals = np.zeros(n_windows)
    for lag in range(period):
        totals += (lag + 1.0) * values[lag : lag + n_windows]
    return after_warmup(totals / (period * (period + 1) / 2), values.size)


class ExponentialAverage:
    """Exponential moving average: each value weighs 2 / (period + 1), the average before it the rest.

    It starts with the simple average of the first `period` values, as TA-Lib and StockCharts do. (TradingView and
    pandas start with the first value instead, and agree only after several periods.) Of equal values the average is
    exactly that value, so that two of them cross only where something has moved.
    """

    __slots__ = ("_decay", "_first", "_n_seen", "_value", "period")

    def __init__(self, period: int) -> None:
        at_least(1, period=period)
        self.period = period
        self._decay = exponential_decay(period)
        self._first = 0.0
        self._n_seen = 0
        # Until the seed is there this is the sum of the differences to the first value.
        self._value = 0.0

    @property
    def warmup_bars(self) -> int:
        """The first average is there with this many values."""
        return self.period

    def update(self, value: float) -> float:
        """Take the next value and return the average, NaN until `period` values have come.

        Raises:
            ValueError: The value is not a finite number.
        """
        if not -inf < value < inf:
            raise not_finite(value=value)
        if self._n_seen == self.period:
            # In this order it is the value itself for a period of one, and for values that stand still.
            self._value = average = value + self._decay * (self._value - value)
            return average
        return self._begin_with(value)

    def _begin_with(self, value: float) -> float:
        if self._n_seen == 0:
            self._first = value
        self._n_seen += 1
        self._value += value - self._first
        if self._n_seen < self.period:
            return nan
        self._value = self._first + self._value / self.period
        return self._value


class WilderAverage(ExponentialAverage):
    """Wilder's average: each value weighs 1 / period, the average before it the rest; begun as the exponential one.

    References:
        Wilder (1978), "New Concepts in Technical Trading Systems".
    """

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self._decay = wilder_decay(period)


def exponential_decay(period: int) -> float:
    """Return what the average before weighs in an exponential average: 1 − 2 / (period + 1)."""
    return (period - 1) / (period + 1)


def wilder_decay(period: int) -> float:
    """Return what the average before weighs in Wilder's average: 1 − 1 / period."""
    return (period - 1) / period


def exponential_average(values: Float64Array, period: int) -> Float64Array:
    """Return the exponential average of each row, as `ExponentialAverage` defines it.

    Args:
        values: Shape (n_bars,).
        period: Length that sets the weight 2 / (period + 1), and of the simple average it starts with.

    Returns:
        Shape (n_bars,); the first ``period - 1`` are NaN.

    Raises:
        ValueError: A value is not a finite number, or the period is below one.
    """
    return _seeded_average(values, period, exponential_decay)


def wilder_average(values: Float64Array, period: int) -> Float64Array:
    """Return Wilder's average of each row, as `WilderAverage` defines it; otherwise as `exponential_average`."""
    return _seeded_average(values, period, wilder_decay)


def _seeded_average(values: Float64Array, period: int, decay_of: Callable[[int], float]) -> Float64Array:
    at_least(1, period=period)
    check_columns(values=values)
    if values.size < period:
        return np.full(values.shape, nan)
    decay, first = decay_of(period), float(values[0])
    # cumsum adds in the sequence of time; sum would not, and the last bit would not be that of the incremental form.
    seed = first + float(np.cumsum(values[:period] - first)[-1]) / period
    steps = accumulate(values[period:].tolist(), lambda before, value: value + decay * (before - value), initial=seed)
    return after_warmup(np.array(list(steps)), values.size)
