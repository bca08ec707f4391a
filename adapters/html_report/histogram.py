"""Divides values into classes of a round width, of which one edge is zero: gains and losses never share a class."""

from math import floor, isfinite, log10
from typing import Final

import numpy as np
from attrs import frozen

from domain.market import Float64Array

_N_CLASSES_WANTED: Final = 40
_N_CLASSES_MAX: Final = 120
_ROUND: Final = (1.0, 2.0, 5.0, 10.0)


@frozen
class Histogram:
    """How many values lie in each class.

    Attributes:
        width: Of each class, in the unit of the values.
        first: Lower edge of the first class.
        counts: Values in each class, from the lowest class on; those beyond the last edge belong to the last class.
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
    width = _round_width(float(np.ptp(np.percentile(finite, [1, 99]))), float(np.abs(finite).max()))
    first = floor(float(finite.min()) / width)
    # Every class is [edge, next edge): a value that is an edge belongs to the class above it.
    places = np.floor(finite / width).astype(np.int64) - first
    n_classes = int(places.max()) + 1
    if n_classes > _N_CLASSES_MAX:
        return _with_wide_classes(finite)
    counts = np.bincount(places, minlength=n_classes)
    return Histogram(width, first * width, tuple(counts.tolist()))


def _with_wide_classes(finite: Float64Array) -> Histogram:
    width = _round_width(float(np.ptp(finite)), float(np.abs(finite).max()))
    places = np.floor(finite / width).astype(np.int64)
    first = int(places.min())
    return Histogram(width, first * width, tuple(np.bincount(places - first).tolist()))


def _round_width(spread: float, largest: float) -> float:
    wanted = (spread or 2.0 * largest) / _N_CLASSES_WANTED
    if not isfinite(wanted) or wanted <= 0.0:
        return 1.0
    power = 10.0 ** floor(log10(wanted))
    return next(power * step for step in _ROUND if power * step >= wanted)
