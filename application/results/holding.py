"""What simply holding would have made: the yardstick that every active run is put beside."""

from collections.abc import Mapping

import numpy as np

from domain.market import BarSeries, Float64Array, Int64Array


def hold_equally(prices: Mapping[str, BarSeries], at_ns: Int64Array) -> Float64Array:
    """Return what one unit of money grows to if it is divided equally and held.

    Each instrument is bought at the open of its first bar; until then its part is cash. Nothing is paid:
    no fees, no funding, no leverage.

    Args:
        prices: Bars by instrument, each with at least one.
        at_ns: Instants asked about, ascending, shape (n_points,).

    Returns:
        Growth at those instants, shape (n_points,); 1 is where it began. NaN without instruments.
    """
    if not prices:
        return np.full(at_ns.shape, np.nan)
    growths = [_growth(series, at_ns) for series in prices.values()]
    growth: Float64Array = np.mean(growths, axis=0)
    return growth


def _growth(series: BarSeries, at_ns: Int64Array) -> Float64Array:
    rows = np.searchsorted(series.closed_at_ns, at_ns, side="right")
    closes = np.concatenate([[series.open[0]], series.close])
    growth: Float64Array = closes[rows] / series.open[0]
    return growth
