"""How far ahead the bars of a series stay inside a band in which nothing can happen."""

from math import inf

import numpy as np

from domain.market import BarSeries

_ROWS_AT_FIRST = 64
_GROWTH = 4


def rows_inside(series: BarSeries, start: int, stop: int, low: float, high: float, until_ns: int) -> int:
    """Return how many rows from ``start`` on stay strictly inside a band of prices, and end before an instant.

    Looks a little ahead at first and then farther: most bands are left soon or not at all.

    Args:
        series: The bars; all of them may be looked at, as by the venue that they happen at.
        start: First row.
        stop: Row behind the last one that is asked about.
        low: Lower end of the band, quote per base; nothing is inside if it is not below the upper one.
        high: Upper end of the band.
        until_ns: Bars that close at this instant or later are outside.
    """
    if not low < high:
        return 0
    stop = min(stop, int(np.searchsorted(series.opened_at_ns, until_ns - series.interval_ns, side="left")))
    if low == -inf and high == inf:
        return max(stop - start, 0)
    row, n_rows = start, _ROWS_AT_FIRST
    while row < stop:
        part = slice(row, min(row + n_rows, stop))
        outside = (series.low[part] <= low) | (series.high[part] >= high)
        first = int(outside.argmax())
        if outside[first]:
            return row + first - start
        row, n_rows = part.stop, n_rows * _GROWTH
    return max(stop - start, 0)
