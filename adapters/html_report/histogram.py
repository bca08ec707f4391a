"""Divides values into classes of a round width, of which one edge is zero: gains and losses never share a class."""

from math import floor, log10
from typing import Final

import numpy as np
from attrs import frozen

from domain.market import Float64Array

_N_CLASSES_WANTED: Final = 40
_N_CLASSES_MAX: Final = 120
_FINEST: Final = 1e-9
_WIDE: Final = 0.04
_ROUND: Final = (1.0, 2.0, 5.0, 10.0, 20.0)


@frozen
class Histogram:
    """How many values lie in each class.

    Attributes:
        width: Of each class, in the unit of the values.
        first: Lower edge of the first class.
        counts: Values in each class, from the lowest class on.
    """

    width: float
    first: float
    counts: tuple[int, ...]


def histogram(values: Float64Array) -> Histogram | None:
    """Divide finite values, shape (n,), into classes; None without any.

    The middle 98 percent decide how wide the classes are, so that one outlier does not flatten the rest.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    width = _round_width(_wanted_width(finite))
    # Every class is [edge, next edge): a value that is an edge belongs to the class above it.
    places = np.floor(finite / width).astype(np.int64)
    first = int(places.min())
    return Histogram(width, first * width, tuple(np.bincount(places - first).tolist()))


def _wanted_width(finite: Float64Array) -> float:
    middle, whole = float(np.ptp(np.percentile(finite, [1, 99]))), float(np.ptp(finite))
    largest = float(np.abs(finite).max())
    # Values that are all alike get classes of the size of the values, and all zeros one that can be seen.
    usual = (middle or whole or 2.0 * largest or _WIDE) / _N_CLASSES_WANTED
    return max(usual, whole / _N_CLASSES_MAX, largest * _FINEST, _FINEST)


def _round_width(wanted: float) -> float:
    power = 10.0 ** floor(log10(wanted))
    return next(power * step for step in _ROUND if power * step >= wanted)
