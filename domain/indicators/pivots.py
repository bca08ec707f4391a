"""Pivots: highs and lows that stand out, known no earlier than their right side has closed."""

from collections import deque
from math import inf, nan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from domain.indicators.inputs import at_least, check_columns, not_finite
from domain.indicators.windows import after_warmup
from domain.market import Float64Array

_Value = TypeVar("_Value", float, Float64Array)


class Pivot(NamedTuple):
    """One confirmed pivot. Bars are counted from the first that was seen, which is 0.

    Attributes:
        price: High of a pivot high, low of a pivot low, quote per base.
        bar: The bar that it belongs to.
        known_bar: The bar with whose close it became known, `right` bars later.
    """

    price: float
    bar: int
    known_bar: int


class ConfirmedPivots(NamedTuple):
    """What one bar's close confirms: a pivot high, a pivot low, both or, mostly, neither."""

    high: Pivot | None
    low: Pivot | None


class PivotPrices(NamedTuple, Generic[_Value]):
    """Prices of pivots as columns, each in the row of the bar that confirms it; NaN where none is confirmed."""

    high: _Value
    low: _Value


_NONE = ConfirmedPivots(None, None)


class PivotFinder:
    """Finds pivots: a high above those of `left` bars before it and of `right` bars after it; lows the other way up.

    Strictly above: of two equal highs next to each other none is a pivot. Before the `right` bars have closed there is
    no pivot, not even a tentative one, for that would be known only from the future.
    """

    __slots__ = ("_highs", "_lows", "_n_seen", "left", "right")

    def __init__(self, left: int, right: int) -> None:
        at_least(1, left=left, right=right)
        self.left = left
        self.right = right
        self._highs: deque[float] = deque(maxlen=left + 1 + right)
        self._lows: deque[float] = deque(maxlen=left + 1 + right)
        self._n_seen = 0

    @property
    def warmup_bars(self) -> int:
        """The first pivot can be there with this many bars."""
        return self.left + 1 + self.right

    def update(self, high: float, low: float) -> ConfirmedPivots:
        """Take the next bar and return the pivots that its close confirms.

        Raises:
            ValueError: A price is not a finite number.
        """
        if not -inf < high - low < inf:
            raise not_finite(high=high, low=low)
        highs, lows, left = self._highs, self._lows, self.left
        highs.append(high)
        lows.append(low)
        self._n_seen += 1
        if self._n_seen <= left + self.right:
            return _NONE
        top, bottom = highs[left], lows[left]
        # The bars next to it rule most out at once.
        is_high = highs[left - 1] < top > highs[left + 1] and top == max(highs) and highs.count(top) == 1
        is_low = lows[left - 1] > bottom < lows[left + 1] and bottom == min(lows) and lows.count(bottom) == 1
        if not (is_high or is_low):
            return _NONE
        known_bar = self._n_seen - 1
        bar = known_bar - self.right
        return ConfirmedPivots(
            Pivot(top, bar, known_bar) if is_high else None, Pivot(bottom, bar, known_bar) if is_low else None
        )


def confirmed_pivots(high: Float64Array, low: Float64Array, left: int, right: int) -> PivotPrices[Float64Array]:
    """Return the prices of pivots in the rows of the bars that confirm them, as `PivotFinder` defines them.

    Args:
        high: Highest prices, shape (n_bars,), quote per base.
        low: Lowest prices, same shape.
        left: Bars before a pivot that it stands out from, at least one.
        right: Bars after it that it stands out from, at least one.

    Returns:
        Two columns of shape (n_bars,), NaN where no pivot is confirmed. A pivot in row ``t`` belongs to bar
        ``t - right``.

    Raises:
        ValueError: A price is not a finite number, the shapes differ, or a side has no bars.
    """
    at_least(1, left=left, right=right)
    check_columns(high=high, low=low)
    return PivotPrices(_peaks(high, left, right), -_peaks(-low, left, right))


def _peaks(values: Float64Array, left: int, right: int) -> Float64Array:
    n_windows = max(0, values.size - left - right)
    candidates = values[left : left + n_windows]
    stands_out = np.ones(n_windows, dtype=np.bool_)
    for lag in range(left + 1 + right):
        if lag != left:
            stands_out &= candidates > values[lag : lag + n_windows]
    return after_warmup(np.where(stands_out, candidates, nan), values.size)
