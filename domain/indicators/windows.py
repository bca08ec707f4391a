"""Mean and spread of the last values of a series, exact enough to be compared with zero.

Where a window's sum is carried along, what leaves it takes digits with it, and a spread that should be zero comes out
as a small number of either sign. So here every window is looked at anew, O(window) with some nanoseconds a value:
sums are correctly rounded, and narrow spreads are taken from the differences to the newest value, which are exact
while values are close to each other and never larger than the spread by more than twice the root of the window.
Values that are all equal have a spread of exactly zero.
"""

from math import dist, fsum, nan, sqrt
from typing import Final

import numpy as np

from domain.indicators.inputs import at_least
from domain.market import Float64Array

_WIDE: Final = 1e-3
"""Deviation, relative to the mean, from which on the mean can be subtracted as it is.

It is off by up to half a unit in its last place, 1.1e-16 of it, which is then at most 1.1e-13 of the deviation. The
detour by differences takes as long again.
"""


class WindowMean:
    """Mean of the last `period` values, correctly rounded at every step.

    `domain.indicators.averages.MovingAverage` costs less and is right for prices; this is for what may be zero, of
    either sign, or of any magnitude. Values must be finite, which whoever uses it has checked.
    """

    __slots__ = ("_next", "_window", "period")

    def __init__(self, period: int) -> None:
        at_least(1, period=period)
        self.period = period
        # NaN in every place that has not been filled makes every sum before that NaN.
        self._window = [nan] * period
        self._next = 0

    @property
    def warmup_bars(self) -> int:
        """The first mean is there with this many values."""
        return self.period

    def update(self, value: float) -> float:
        """Take the next value and return the mean, NaN until `period` values have come."""
        window, slot = self._window, self._next
        window[slot] = value
        slot += 1
        self._next = 0 if slot == self.period else slot
        return fsum(window) / self.period


class WindowSpread:
    """How far the mean of the last `period` values lies from the newest, and their standard deviation.

    Values must be finite, which whoever uses it has checked.
    """

    __slots__ = ("_next", "_root", "_window", "period")

    def __init__(self, period: int, ddof: int) -> None:
        at_least(1 + ddof, period=period)
        self.period = period
        self._root = sqrt(period - ddof)
        self._window = [nan] * period
        self._next = 0

    def update(self, value: float) -> tuple[float, float]:
        """Take the next value; return mean − value and the standard deviation, NaN until `period` values have come.

        The deviation divides by ``period − ddof``; it is never negative, and zero for equal values.
        """
        self.push(value)
        return self.latest()

    def push(self, value: float) -> None:
        """Take the next value and work nothing out."""
        slot = self._next
        self._window[slot] = value
        slot += 1
        self._next = 0 if slot == self.period else slot

    def latest(self) -> tuple[float, float]:
        """Return what `update` has for the value that came last, NaN before the first as well."""
        window, period = self._window, self.period
        value = window[self._next - 1]
        mean = fsum(window) / period
        spread = dist(window, (mean,) * period)
        if spread >= _WIDE * abs(mean) * self._root:
            return mean - value, spread / self._root
        differences = [each - value for each in window]
        offset = fsum(differences) / period
        return offset, dist(differences, (offset,) * period) / self._root


def after_warmup(values: Float64Array, n_bars: int) -> Float64Array:
    """Return a column of shape (n_bars,) that ends with these values and is NaN before, where nothing is known yet."""
    out = np.full(n_bars, nan)
    out[n_bars - values.size :] = values
    return out


def window_sums(values: Float64Array, period: int) -> Float64Array:
    """Return the sum of each row's last `period` values, shape (n_bars,), NaN for the first ``period - 1``.

    Added up from the oldest to the newest, row by row the same, so that what comes later changes no bit of it. For
    values of one sign, where no digits cancel.
    """
    n_windows = max(0, values.size - period + 1)
    totals = np.zeros(n_windows)
    for lag in range(period):
        totals += values[lag : lag + n_windows]
    return after_warmup(totals, values.size)


def window_spreads(values: Float64Array, period: int, ddof: int) -> tuple[Float64Array, Float64Array]:
    """Return mean − newest value and standard deviation of each row's last `period` values.

    Args:
        values: Shape (n_bars,), finite.
        period: Length of the window, above `ddof`.
        ddof: What the divisor of the variance is below `period`: 0 for a population, 1 for a sample.

    Returns:
        Both of shape (n_bars,), NaN for the first ``period - 1`` rows.
    """
    at_least(1 + ddof, period=period)
    n_windows = max(0, values.size - period + 1)
    newest = values[values.size - n_windows :]
    offsets, squares = np.zeros(n_windows), np.zeros(n_windows)
    for lag in range(period):
        offsets += values[lag : lag + n_windows] - newest
    offsets /= period
    for lag in range(period):
        squares += np.square(values[lag : lag + n_windows] - newest - offsets)
    deviations = np.sqrt(squares / (period - ddof))
    return after_warmup(offsets, values.size), after_warmup(deviations, values.size)
