"""Momentum: relative strength index, by Wilder and by simple averages, and MACD."""

from math import inf, isnan, nan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from domain.indicators.averages import ExponentialAverage, WilderAverage, exponential_average, wilder_average
from domain.indicators.inputs import at_least, check_columns, not_finite
from domain.indicators.windows import WindowMean, after_warmup, window_sums
from domain.market import Float64Array

_Value = TypeVar("_Value", float, Float64Array)


class RelativeStrengthIndex:
    """Wilder's RSI: 100 × average rise / (average rise + average fall) over the closes, 0 to 100.

    Both are Wilder averages of the changes, begun with the simple average of the first `period` changes. Where nothing
    has moved at all there is no strength to relate to another: NaN, and not 50, which would say that both are equal.

    References:
        Wilder (1978), "New Concepts in Technical Trading Systems"; TA-Lib and StockCharts agree.
    """

    __slots__ = ("_before", "_falls", "_rises", "period")

    def __init__(self, period: int) -> None:
        self._rises: WilderAverage | WindowMean = WilderAverage(period)
        self._falls: WilderAverage | WindowMean = WilderAverage(period)
        self.period = period
        self._before = nan

    @property
    def warmup_bars(self) -> int:
        """The first index is there with this many closes."""
        return self.period + 1

    def update(self, close: float) -> float:
        """Take the next close and return the index, NaN until ``period + 1`` have come.

        Raises:
            ValueError: The close is not a finite number.
        """
        if not -inf < close < inf:
            raise not_finite(close=close)
        change = close - self._before
        self._before = close
        if isnan(change):
            return nan
        rise = self._rises.update(change if change > 0.0 else 0.0)
        fall = self._falls.update(-change if change < 0.0 else 0.0)
        moved = rise + fall
        # The share first, which is at most one: 100 × rise may be rounded up, and the index would be above 100.
        return 100.0 * (rise / moved) if moved != 0.0 else nan


def relative_strength_index(close: Float64Array, period: int) -> Float64Array:
    """Return Wilder's RSI of each bar, 0 to 100, as `RelativeStrengthIndex` defines it.

    Args:
        close: Last prices, shape (n_bars,).
        period: Smoothing length, in bars.

    Returns:
        Shape (n_bars,), NaN for the first `period` bars and as long as nothing has moved.

    Raises:
        ValueError: A close is not a finite number, or the period is below one.
    """
    at_least(1, period=period)
    rises, falls = _rises_and_falls(close)
    return after_warmup(_share(wilder_average(rises, period), wilder_average(falls, period)), close.size)


class CutlerStrengthIndex(RelativeStrengthIndex):
    """Cutler's RSI: 100 × sum of rises / (sum of rises + sum of falls) over the last `period` changes, 0 to 100.

    Unlike Wilder's it forgets: it depends on the last ``period + 1`` closes and on nothing before. NaN where none of
    them moved.
    """

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self._rises = WindowMean(period)
        self._falls = WindowMean(period)


def cutler_strength_index(close: Float64Array, period: int) -> Float64Array:
    """Return Cutler's RSI of each bar, as `CutlerStrengthIndex` defines it; otherwise as `relative_strength_index`."""
    at_least(1, period=period)
    rises, falls = _rises_and_falls(close)
    return after_warmup(_share(window_sums(rises, period), window_sums(falls, period)), close.size)


def _rises_and_falls(close: Float64Array) -> tuple[Float64Array, Float64Array]:
    check_columns(close=close)
    changes = np.diff(close)
    return np.where(changes > 0.0, changes, 0.0), np.where(changes < 0.0, -changes, 0.0)


def _share(rises: Float64Array, falls: Float64Array) -> Float64Array:
    moved, out = rises + falls, np.full(rises.shape, nan)
    np.divide(rises, moved, out=out, where=moved != 0.0)
    return 100.0 * out


class Macd(NamedTuple, Generic[_Value]):
    """Moving average convergence and divergence, in the unit of the prices; of one bar or as columns.

    Attributes:
        line: Fast exponential average minus the slow one.
        signal: Exponential average of the line.
        histogram: Line minus signal.
    """

    line: _Value
    signal: _Value
    histogram: _Value


class ConvergenceDivergence:
    """MACD of one series of closes.

    Each average, the signal's too, starts with the simple average of its own first values. (TA-Lib's MACD starts the
    fast one later, so that both begin together, and differs by some points at first.)

    References:
        Appel (1979), "The Moving Average Convergence-Divergence Method".
    """

    __slots__ = ("_fast", "_signal", "_slow", "fast_period", "signal_period", "slow_period")

    def __init__(self, fast_period: int = 12, slow_period: int = 26, signal_period: int = 9) -> None:
        _check_periods(fast_period, slow_period, signal_period)
        self.fast_period = fast_period
        self.slow_period = slow_period
        self.signal_period = signal_period
        self._fast = ExponentialAverage(fast_period)
        self._slow = ExponentialAverage(slow_period)
        self._signal = ExponentialAverage(signal_period)

    @property
    def warmup_bars(self) -> int:
        """All three are there with this many closes; the line is with `slow_period`."""
        return self.slow_period + self.signal_period - 1

    def update(self, close: float) -> Macd[float]:
        """Take the next close and return the three values, NaN until there are closes enough for each.

        Raises:
            ValueError: The close is not a finite number.
        """
        line = self._fast.update(close) - self._slow.update(close)
        if isnan(line):
            return Macd(nan, nan, nan)
        signal = self._signal.update(line)
        return Macd(line, signal, line - signal)


def convergence_divergence(
    close: Float64Array, fast_period: int = 12, slow_period: int = 26, signal_period: int = 9
) -> Macd[Float64Array]:
    """Return the MACD of each bar, as `ConvergenceDivergence` defines it.

    Args:
        close: Last prices, shape (n_bars,).
        fast_period: Length of the fast average, at least one.
        slow_period: Length of the slow average, not below the fast one.
        signal_period: Length of the average of the line.

    Returns:
        Three columns of shape (n_bars,); NaN for the first ``slow_period - 1`` bars, signal and histogram for
        ``signal_period - 1`` more.

    Raises:
        ValueError: A close is not a finite number, or the periods do not fit.
    """
    _check_periods(fast_period, slow_period, signal_period)
    line = exponential_average(close, fast_period) - exponential_average(close, slow_period)
    signal = after_warmup(exponential_average(line[slow_period - 1 :], signal_period), line.size)
    return Macd(line, signal, line - signal)


def _check_periods(fast_period: int, slow_period: int, signal_period: int) -> None:
    at_least(1, fast_period=fast_period, signal_period=signal_period)
    if slow_period < fast_period:
        raise ValueError(f"slow_period must not be below fast_period, got {slow_period} and {fast_period}")
