"""How far prices reach from bar to bar: true range and Wilder's average of it."""

from collections.abc import Mapping
from math import inf, isnan, nan
from typing import Any, Final

import numpy as np

from domain.indicators.inputs import check_columns, not_finite
from domain.market import Float64Array
from domain.saved_state import restored_count, restored_number, saved_number

WILDER_FORGOTTEN_PERIODS: Final = 21
"""After so many periods, the first of which is its start, one of Wilder's averages keeps 2e-9 of what was before."""


class TrueRange:
    """How far price went since the last close: the larger of high and last close, minus the smaller of low and it.

    The first bar has no close before it, and its range is high − low, as in StockCharts' sheets. A `WilderAverage` of
    it is their average true range, one bar earlier than `AverageTrueRange`, which leaves the first bar out.
    """

    __slots__ = ("_close_before",)

    warmup_bars = 1

    def __init__(self) -> None:
        # NaN is neither above a high nor below a low, which leaves the first bar to itself.
        self._close_before = nan

    def update(self, high: float, low: float, close: float) -> float:
        """Take the next bar and return its true range, quote per base.

        Raises:
            ValueError: A price is not a finite number.
        """
        if not (-inf < high - low < inf and -inf < close < inf):
            raise not_finite(high=high, low=low, close=close)
        before = self._close_before
        self._close_before = close
        return (before if before > high else high) - (before if before < low else low)


def true_range(high: Float64Array, low: Float64Array, close: Float64Array) -> Float64Array:
    """Return the true range of each bar, shape (n_bars,), quote per base; the first one's is high − low.

    Args:
        high: Highest prices, shape (n_bars,), quote per base.
        low: Lowest prices, same shape.
        close: Last prices, same shape.

    Raises:
        ValueError: A price is not a finite number, or the shapes differ.
    """
    check_columns(high=high, low=low, close=close)
    top, bottom = high.copy(), low.copy()
    np.maximum(top[1:], close[:-1], out=top[1:])
    np.minimum(bottom[1:], close[:-1], out=bottom[1:])
    return top - bottom


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

    @property
    def warmup_bars(self) -> int:
        """The first average is there with this many bars."""
        return self.period + 1

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

    def saved_state(self) -> dict[str, float | int | None]:
        """Return what it knows, as JSON can hold it."""
        return {
            "close_before": saved_number(self._close_before),
            "n_ranges": self._n_ranges,
            "ranges_sum": self._ranges_sum,
            "value": saved_number(self._value),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from the state of another one of the same period.

        Raises:
            ValueError: It is no such state.
        """
        close_before, value = restored_number(state, "close_before"), restored_number(state, "value")
        self._n_ranges, self._ranges_sum = restored_count(state, "n_ranges"), restored_number(state, "ranges_sum")
        self._close_before, self._value = close_before, value

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
