"""Standard score: how many standard deviations a value lies from the mean of the last ones."""

from math import inf, nan

import numpy as np

from domain.indicators.inputs import check_columns, not_finite
from domain.indicators.windows import WindowSpread, window_spreads
from domain.market import Float64Array


class ZScore:
    """(Value − mean) / sample standard deviation (divisor ``period − 1``) of the last `period` values, it included.

    NaN where all of them are equal: nothing says then how far is far. Being one of the values, none can score more
    than (period − 1) / √period.
    """

    __slots__ = ("_spread", "period")

    def __init__(self, period: int) -> None:
        self._spread = WindowSpread(period, ddof=1)
        self.period = period

    @property
    def warmup_bars(self) -> int:
        """The first score is there with this many values."""
        return self.period

    def update(self, value: float) -> float:
        """Take the next value and return its score, NaN until `period` values have come.

        Raises:
            ValueError: The value is not a finite number.
        """
        if not -inf < value < inf:
            raise not_finite(value=value)
        offset, deviation = self._spread.update(value)
        return -offset / deviation if deviation != 0.0 else nan


def z_score(values: Float64Array, period: int) -> Float64Array:
    """Return the standard score of each row, as `ZScore` defines it.

    Args:
        values: Shape (n_bars,).
        period: Length of the window, at least two.

    Returns:
        Shape (n_bars,); the first ``period - 1`` are NaN, and those of windows of equal values.

    Raises:
        ValueError: A value is not a finite number, or the period is below two.
    """
    check_columns(values=values)
    offsets, deviations = window_spreads(values, period, ddof=1)
    out = np.full(values.shape, nan)
    np.divide(-offsets, deviations, out=out, where=deviations != 0.0)
    return out
