"""The largest deviation among all that can come to be held: every order fills or does not, whichever is worse.

The variance of positions is convex in their values, so between two ends of each it is largest where every one lies
at an end. With few of them open all such corners are tried. With many their number doubles with each, and every
pair of positions is taken at its own worst instead, which is never less.
"""

from functools import lru_cache
from math import inf
from typing import Final, TypeAlias

import numpy as np
from attrs import frozen

from domain.market import Float64Array

_TRIED_MAX: Final = 14
"""So many instruments with open ends make 16,384 corners."""


_Places: TypeAlias = np.ndarray[tuple[int], np.dtype[np.intp]]
_Choices: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.bool_]]


@frozen
class Reach:
    """Between which values a position can come to lie, quote currency; positive long.

    Attributes:
        lowest: Least long, or most short.
        highest: Most long, or least short; not below `lowest`.
    """

    lowest: float
    highest: float

    @property
    def sides(self) -> tuple[float, ...]:
        """The most that can be held on each side that can be reached, signed; nothing if it stays flat."""
        longs = (self.highest,) if self.highest > 0.0 else ()
        return (*longs, self.lowest) if self.lowest < 0.0 else longs

    @property
    def largest(self) -> float:
        """Value of the larger side, never negative."""
        return max(self.highest, -self.lowest)


@frozen(eq=False)
class ReachableSet:
    """Ends of the positions of several instruments, with the covariance of these.

    Attributes:
        covariance: Of daily returns, shape (n, n).
        lowest: Values, quote currency, signed, shape (n,).
        highest: The same, nowhere below `lowest`.
    """

    covariance: Float64Array
    lowest: Float64Array
    highest: Float64Array

    def largest_variance(self) -> float:
        """Return the largest variance of the daily PnL, quote currency squared; at least zero."""
        halves = _halves(self.lowest, self.highest)
        if halves is None:
            return self._variance_by_pairs()
        return max(0.0, float(_variances(*halves, self.covariance).max()))

    def worst_corner(self) -> Float64Array:
        """Return the values whose variance is the largest, shape (n,); with too many open ends the larger of each."""
        halves = _halves(self.lowest, self.highest)
        if halves is None:
            larger: Float64Array = np.where(self.highest >= -self.lowest, self.highest, self.lowest)
            return larger
        variances = _variances(*halves, self.covariance)
        first, second = np.unravel_index(int(variances.argmax()), variances.shape)
        corner: Float64Array = halves[0][first] + halves[1][second]
        return corner

    def _variance_by_pairs(self) -> float:
        """Return a bound: each pair of positions at those of its four corners where it adds most."""
        low, high = self.lowest, self.highest
        products = np.stack([np.outer(one, other) for one in (low, high) for other in (low, high)])
        np.einsum("kii->ki", products)[1:3] = products[0].diagonal()  # no position is at both its ends
        return max(0.0, float(np.max(products * self.covariance, axis=0).sum()))

    def beside(self, place: int, direction: int) -> "Beside":
        """Return what the others leave to one position, whatever of them fills.

        Args:
            place: Of the position; its own ends are left out of account.
            direction: +1 long, -1 short.
        """
        low, high = self.lowest.copy(), self.highest.copy()
        low[place] = high[place] = 0.0
        row, own = direction * self.covariance[place], float(self.covariance[place, place])
        halves = _halves(low, high)
        if halves is None:
            spent = np.array(ReachableSet(self.covariance, low, high).largest_variance())
            return Beside(direction, own, np.array(np.maximum(row * low, row * high).sum()), spent)
        together = np.add.outer(halves[0] @ row, halves[1] @ row)
        return Beside(direction, own, together, _variances(*halves, self.covariance))


@frozen(eq=False)
class Beside:
    """A position beside every corner of the others.

    Attributes:
        direction: Of the position, +1 long, -1 short.
        own_variance: Of the daily return of the position.
        covariances: Of its daily gain per value with the daily PnL of each corner, quote currency.
        variances: Of the daily PnL of each corner, quote currency squared.
    """

    direction: int
    own_variance: float
    covariances: Float64Array
    variances: Float64Array

    def largest_variance(self, own: Reach) -> float:
        """Return the largest variance of the daily PnL of all together, quote currency squared; at least zero.

        Args:
            own: Between which values the position can come to lie.
        """
        worst = 0.0
        for value in {own.lowest, own.highest}:
            together = self.variances + 2.0 * self.direction * value * self.covariances
            worst = max(worst, float(together.max()) + value**2 * self.own_variance)
        return worst

    def value_within(self, variance_max: float) -> float:
        """Return the largest value of the position at which no corner passes a variance.

        Per corner the larger root of v² x² + 2 c x + s² = d², with v² the variance of the position, c its covariance
        with the corner and s² the variance of that.

        Args:
            variance_max: Quote currency squared.

        Returns:
            Quote currency; 0 where no value does, infinity where every value does.
        """
        own, together, spare = self.own_variance, self.covariances, variance_max - self.variances
        if own <= 0.0:
            return inf if float(spare.min()) >= 0.0 else 0.0
        inner = together**2 + own * spare
        if float(inner.min()) < 0.0:
            return 0.0
        return max(0.0, float((np.sqrt(inner) - together).min()) / own)


def _variances(first: Float64Array, second: Float64Array, covariance: Float64Array) -> Float64Array:
    """Return the variance of every sum of a row of the first and one of the second, shape (n_first, n_second)."""
    spread = first @ covariance
    alone = np.add.outer((spread * first).sum(axis=1), ((second @ covariance) * second).sum(axis=1))
    variances: Float64Array = alone + 2.0 * (spread @ second.T)
    return variances


def _halves(lowest: Float64Array, highest: Float64Array) -> tuple[Float64Array, Float64Array] | None:
    """Return two sets of positions, shapes (n_first, n) and (n_second, n); None if there are too many corners.

    Every combination of ends is the sum of one of the first, in which half of what is open lies at its ends, and
    one of the second, with the other half: their variances are made of far fewer than one term for each corner.
    """
    (open_places,) = np.nonzero(highest > lowest)
    if len(open_places) > _TRIED_MAX:
        return None
    half = len(open_places) // 2
    closed = np.where(highest > lowest, 0.0, lowest)
    return (
        _ends(closed, lowest, highest, open_places[:half]),
        _ends(np.zeros_like(closed), lowest, highest, open_places[half:]),
    )


def _ends(start: Float64Array, lowest: Float64Array, highest: Float64Array, places: _Places) -> Float64Array:
    """Return copies of a start with every combination of ends at some places."""
    choices = _choices(len(places))
    ends = np.repeat(start[np.newaxis, :], len(choices), axis=0)
    ends[:, places] = np.where(choices, highest[places], lowest[places])
    return ends


@lru_cache(maxsize=_TRIED_MAX)
def _choices(n_open: int) -> _Choices:
    """Return all rows of so many truth values, shape (2 ** n_open, n_open)."""
    numbers = np.arange(2**n_open)[:, np.newaxis]
    choices: _Choices = (numbers >> np.arange(n_open)) & 1 == 1
    return choices
