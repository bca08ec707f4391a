"""Bars of a longer interval from bars of a shorter one, exactly.

Quantities are added as the decimals that the venue published, not as binary fractions: the sum of 0.1 and 0.2 is
0.3, and hours summed to days give the same days as minutes.
"""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Final

import numpy as np
from attrs import field, frozen

from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_DAY

# Weekly bars open on Mondays; the epoch was a Thursday.
_FIRST_MONDAY_NS: Final = 4 * NS_PER_DAY
_WEEK_NS: Final = 7 * NS_PER_DAY

_DECIMALS_MAX: Final = 9
# Up to here every whole number is a float.
_WHOLE_MAX: Final = 2.0**53
# Sums of whole numbers stay far from where 64 bits end.
_SUM_MAX: Final = 2.0**62
_DIGITS: Final = 60


@frozen(eq=False)
class AggregatedBars:
    """Bars of the longer interval.

    Attributes:
        opened_at_ns: Open instants, shape (n_bars,), ascending.
        columns: The other columns by name, each of the same shape.
        n_parts: How many bars of the shorter interval each consists of, same shape.
    """

    opened_at_ns: Int64Array = field(repr=False)
    columns: Mapping[str, Float64Array] = field(repr=False)
    n_parts: Int64Array = field(repr=False)


def bar_opens(at_ns: Int64Array, interval_ns: int) -> Int64Array:
    """Return where the bar opens that each instant lies in; shape (n,). Weeks open on Mondays, in UTC like all."""
    origin_ns = _FIRST_MONDAY_NS if interval_ns % _WEEK_NS == 0 else 0
    return at_ns - (at_ns - origin_ns) % interval_ns


def aggregate_bars(opened_at_ns: Int64Array, columns: Mapping[str, Float64Array], interval_ns: int) -> AggregatedBars:
    """Aggregate ascending bars: first open, highest high, lowest low, last close, and exact sums of all other columns.

    NaN in any part makes the result NaN there: what nobody knows stays unknown.

    Args:
        opened_at_ns: Open instants, shape (n_rows,), ascending, at least one.
        columns: ``open``, ``high``, ``low``, ``close`` and whatever is summed, each of shape (n_rows,).
        interval_ns: Length of the bars that come out.
    """
    opens = bar_opens(opened_at_ns, interval_ns)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(opens)) + 1))
    stops = np.concatenate((starts[1:], [opens.shape[0]]))
    aggregated = {name: _aggregate(name, values, starts, stops) for name, values in columns.items()}
    return AggregatedBars(opens[starts], aggregated, stops - starts)


def _aggregate(name: str, values: Float64Array, starts: Int64Array, stops: Int64Array) -> Float64Array:
    match name:
        case "open":
            return values[starts]
        case "high":
            return np.maximum.reduceat(values, starts)
        case "low":
            return np.minimum.reduceat(values, starts)
        case "close":
            return values[stops - 1]
        case _:
            return exact_sums(values, starts)


def exact_sums(values: Float64Array, starts: Int64Array) -> Float64Array:
    """Return the sum of each group, each value taken as the shortest decimal that reads back as it.

    Args:
        values: Shape (n_rows,).
        starts: First row of each group, ascending, the first one 0; shape (n_groups,).

    Returns:
        The floats nearest to the decimal sums, shape (n_groups,); NaN or infinite where a value is.
    """
    is_finite = np.isfinite(values)
    finite = np.where(is_finite, values, 0.0)
    sums = _sums_of_whole_numbers(finite, starts)
    if sums is None:
        sums = _sums_of_decimals(finite, starts)
    if is_finite.all():
        return sums
    return np.where(np.logical_and.reduceat(is_finite, starts), sums, np.add.reduceat(values, starts))


def _sums_of_whole_numbers(values: Float64Array, starts: Int64Array) -> Float64Array | None:
    """Return the sums in whole numbers of the last decimal place; None if there are too many places or digits."""
    for decimals in range(_DECIMALS_MAX + 1):
        factor = 10.0**decimals
        whole = np.rint(values * factor)
        if np.abs(whole).max() >= _WHOLE_MAX:
            return None
        if (whole / factor == values).all():
            if np.add.reduceat(np.abs(whole), starts).max() >= _SUM_MAX:
                return None
            sums: Int64Array = np.add.reduceat(whole.astype(np.int64), starts)
            return _divided(sums, 10**decimals)
    return None


def _divided(sums: Int64Array, divisor: int) -> Float64Array:
    """Return quotients rounded once: by floats where the sums are floats exactly, by whole numbers elsewhere."""
    quotients: Float64Array = sums / float(divisor)
    for place in np.flatnonzero(np.abs(sums) >= int(_WHOLE_MAX)):
        quotients[place] = int(sums[place]) / divisor
    return quotients


def _sums_of_decimals(values: Float64Array, starts: Int64Array) -> Float64Array:
    groups = np.split(values, starts[1:])
    with localcontext() as context:
        context.prec = _DIGITS
        return np.array(
            [float(sum((Decimal(repr(value)) for value in group.tolist()), Decimal(0))) for group in groups]
        )
