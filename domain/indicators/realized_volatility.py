"""Realized volatility: the standard deviation of log price per bar, from closes and from what lies within bars.

All of them per bar and as fractions: 0.01 is one percent a bar. `annualized_volatility` makes it a year's. Logarithms
are those of the standard library in both forms: on processors where NumPy has its own, they can differ in the last bit,
even with where a row stands in its column, which would let what comes later change what was.
"""

from math import inf, isnan, log, nan, sqrt
from typing import Final, TypeVar

import numpy as np

from domain.indicators.inputs import at_least, check_bars, check_prices, check_ranges, not_a_bar, not_positive
from domain.indicators.windows import WindowMean, WindowSpread, after_warmup, window_spreads, window_sums
from domain.market import Float64Array
from domain.time_units import NS_PER_YEAR

_Value = TypeVar("_Value", float, Float64Array)

_PARKINSON: Final = 1.0 / (4.0 * log(2.0))
_OPEN_TO_CLOSE: Final = 2.0 * log(2.0) - 1.0


def annualized_volatility(per_bar: _Value, interval_ns: int) -> _Value:
    """Return the volatility of a year of 365 days, from one or a column of volatilities per bar of this length.

    Raises:
        ValueError: The interval is not positive.
    """
    at_least(1, interval_ns=interval_ns)
    return per_bar * sqrt(NS_PER_YEAR / interval_ns)


class CloseVolatility:
    """Sample standard deviation (divisor ``period − 1``) of the last `period` log returns from close to close."""

    __slots__ = ("_close_before", "_spread", "period")

    def __init__(self, period: int) -> None:
        self._spread = WindowSpread(period, ddof=1)
        self.period = period
        self._close_before = nan

    @property
    def warmup_bars(self) -> int:
        """The first volatility is there with this many closes."""
        return self.period + 1

    def update(self, close: float) -> float:
        """Take the next close and return the volatility per bar, NaN until ``period + 1`` closes have come.

        Raises:
            ValueError: The close is not a positive finite number.
        """
        self.push(close)
        return self.latest()

    def push(self, close: float) -> None:
        """Take the next close and work nothing out: for whoever needs few of the volatilities.

        Raises:
            ValueError: The close is not a positive finite number.
        """
        if not 0.0 < close < inf:
            raise not_positive(close=close)
        before = self._close_before
        self._close_before = close
        if not isnan(before):
            self._spread.push(log(close / before))

    def latest(self) -> float:
        """Return what `update` has for the close that came last, NaN before the first as well."""
        return self._spread.latest()[1]


def close_volatility(close: Float64Array, period: int) -> Float64Array:
    """Return the close-to-close volatility of each bar, as `CloseVolatility` defines it.

    Args:
        close: Last prices, positive, shape (n_bars,).
        period: Number of returns in a window, at least two.

    Returns:
        Shape (n_bars,), a fraction per bar; NaN for the first `period` bars.

    Raises:
        ValueError: A close is not a positive finite number, or the period is below two.
    """
    check_prices(close=close)
    return after_warmup(window_spreads(_log(close[1:] / close[:-1]), period, ddof=1)[1], close.size)


class ParkinsonVolatility:
    """Volatility from the ranges of the last `period` bars: the root of their mean ln(high / low)² / (4 ln 2).

    References:
        Parkinson (1980), "The Extreme Value Method for Estimating the Variance of the Rate of Return".
    """

    __slots__ = ("_squares", "period")

    def __init__(self, period: int) -> None:
        self._squares = WindowMean(period)
        self.period = period

    @property
    def warmup_bars(self) -> int:
        """The first volatility is there with this many bars."""
        return self.period

    def update(self, high: float, low: float) -> float:
        """Take the next bar and return the volatility per bar, NaN until `period` bars have come.

        Raises:
            ValueError: A price is not a positive finite number, or the low is above the high.
        """
        if not 0.0 < low <= high < inf:
            raise not_a_bar(high=high, low=low)
        reach = log(high / low)
        return sqrt(_PARKINSON * self._squares.update(reach * reach))


def parkinson_volatility(high: Float64Array, low: Float64Array, period: int) -> Float64Array:
    """Return Parkinson's volatility of each bar, as `ParkinsonVolatility` defines it.

    Args:
        high: Highest prices, positive, shape (n_bars,), quote per base.
        low: Lowest prices, same shape, ``0 < low <= high``.
        period: Length of the window, in bars.

    Returns:
        Shape (n_bars,), a fraction per bar; NaN for the first ``period - 1`` bars.

    Raises:
        ValueError: A price is not a positive finite number, a low is above its high, the shapes differ, or the period
            is below one.
    """
    at_least(1, period=period)
    check_ranges(high, low)
    return np.sqrt(_PARKINSON * (window_sums(np.square(_log(high / low)), period) / period))


class GarmanKlassVolatility:
    """Volatility from range and body of the last `period` bars.

    The root of their mean ½ ln(high / low)² − (2 ln 2 − 1) ln(close / open)², which is never negative for a bar. It
    takes for granted that price does not jump between bars.

    References:
        Garman and Klass (1980), "On the Estimation of Security Price Volatilities from Historical Data".
    """

    __slots__ = ("_squares", "period")

    def __init__(self, period: int) -> None:
        self._squares = WindowMean(period)
        self.period = period

    @property
    def warmup_bars(self) -> int:
        """The first volatility is there with this many bars."""
        return self.period

    def update(self, open_: float, high: float, low: float, close: float) -> float:
        """Take the next bar and return the volatility per bar, NaN until `period` bars have come.

        Raises:
            ValueError: A price is not a positive finite number, or the prices are not in the order of a bar.
        """
        if not (0.0 < low <= open_ <= high < inf and low <= close <= high):
            raise not_a_bar(open=open_, high=high, low=low, close=close)
        reach, body = log(high / low), log(close / open_)
        return sqrt(self._squares.update(0.5 * reach * reach - _OPEN_TO_CLOSE * body * body))


def garman_klass_volatility(
    open_: Float64Array, high: Float64Array, low: Float64Array, close: Float64Array, period: int
) -> Float64Array:
    """Return the Garman-Klass volatility of each bar, as `GarmanKlassVolatility` defines it.

    Args:
        open_: First prices, positive, shape (n_bars,), quote per base.
        high: Highest prices, same shape.
        low: Lowest prices, same shape.
        close: Last prices, same shape.
        period: Length of the window, in bars.

    Returns:
        Shape (n_bars,), a fraction per bar; NaN for the first ``period - 1`` bars.

    Raises:
        ValueError: The columns are not those of bars, or the period is below one.
    """
    at_least(1, period=period)
    check_bars(open_, high, low, close)
    reach, body = _log(high / low), _log(close / open_)
    return np.sqrt(window_sums(0.5 * reach * reach - _OPEN_TO_CLOSE * body * body, period) / period)


class YangZhangVolatility:
    """Volatility from jumps between bars, bodies and ranges of the last `period` bars; right under drift and jumps.

    The root of V(ln(open / close before)) + k V(ln(close / open)) + (1 − k) mean of Rogers' and Satchell's
    ln(high / close) ln(high / open) + ln(low / close) ln(low / open), with sample variances V and
    k = 0.34 / (1.34 + (period + 1) / (period − 1)).

    References:
        Yang and Zhang (2000), "Drift-Independent Volatility Estimation Based on High, Low, Open, and Close Prices".
    """

    __slots__ = ("_bodies", "_close_before", "_jumps", "_share", "_within", "period")

    def __init__(self, period: int) -> None:
        self._jumps = WindowSpread(period, ddof=1)
        self._bodies = WindowSpread(period, ddof=1)
        self._within = WindowMean(period)
        self._share = _body_share(period)
        self.period = period
        self._close_before = nan

    @property
    def warmup_bars(self) -> int:
        """The first volatility is there with this many bars, the first of which only gives a close."""
        return self.period + 1

    def update(self, open_: float, high: float, low: float, close: float) -> float:
        """Take the next bar and return the volatility per bar, NaN until ``period + 1`` bars have come.

        Raises:
            ValueError: A price is not a positive finite number, or the prices are not in the order of a bar.
        """
        if not (0.0 < low <= open_ <= high < inf and low <= close <= high):
            raise not_a_bar(open=open_, high=high, low=low, close=close)
        before = self._close_before
        self._close_before = close
        if isnan(before):
            return nan
        jump = self._jumps.update(log(open_ / before))[1]
        body = self._bodies.update(log(close / open_))[1]
        within = self._within.update(
            log(high / close) * log(high / open_) + log(low / close) * log(low / open_),
        )
        share = self._share
        return sqrt(jump * jump + share * body * body + (1.0 - share) * within)


def yang_zhang_volatility(
    open_: Float64Array, high: Float64Array, low: Float64Array, close: Float64Array, period: int
) -> Float64Array:
    """Return the Yang-Zhang volatility of each bar, as `YangZhangVolatility` defines it.

    Args:
        open_: First prices, positive, shape (n_bars,), quote per base.
        high: Highest prices, same shape.
        low: Lowest prices, same shape.
        close: Last prices, same shape.
        period: Number of bars in a window that have a close before them, at least two.

    Returns:
        Shape (n_bars,), a fraction per bar; NaN for the first `period` bars.

    Raises:
        ValueError: The columns are not those of bars, or the period is below two.
    """
    at_least(2, period=period)
    check_bars(open_, high, low, close)
    n_bars, before = close.size, close[:-1]
    open_, high, low, close = open_[1:], high[1:], low[1:], close[1:]
    _, jump = window_spreads(_log(open_ / before), period, ddof=1)
    _, body = window_spreads(_log(close / open_), period, ddof=1)
    within = _log(high / close) * _log(high / open_) + _log(low / close) * _log(low / open_)
    share = _body_share(period)
    variance = jump * jump + share * body * body + (1.0 - share) * (window_sums(within, period) / period)
    return after_warmup(np.sqrt(variance), n_bars)


def _body_share(period: int) -> float:
    # The constant for which the variance of the estimate is smallest, in the paper's simulations.
    return 0.34 / (1.34 + (period + 1) / (period - 1))


def _log(ratios: Float64Array) -> Float64Array:
    return np.array([log(ratio) for ratio in ratios.tolist()])
