"""Makes long series shorter for display without losing their extremes."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from domain.market import BarSeries, Float64Array, Int64Array


def rows_with_extremes(columns: Sequence[Float64Array], n_rows_max: int) -> Int64Array:
    """Return which rows to keep so that no high or low of any column gets lost, ascending.

    Rows are divided into equal buckets; of each, every column keeps its lowest and its highest row. The first
    and the last row are always kept. Short series are kept whole.

    Args:
        columns: Equally long, shape (n_rows,) each, at least one.
        n_rows_max: Roughly how many rows may remain, at least twice the number of columns.
    """
    n_rows = columns[0].shape[0]
    if n_rows <= n_rows_max:
        return np.arange(n_rows, dtype=np.int64)
    n_buckets = max(1, n_rows_max // (2 * len(columns)))
    edges = np.linspace(0, n_rows, n_buckets + 1).astype(np.int64)
    kept = {0, n_rows - 1}
    for column in columns:
        for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            part = column[start:stop]
            kept.update((start + int(np.argmin(part)), start + int(np.argmax(part))))
    return np.asarray(sorted(kept), dtype=np.int64)


@frozen
class DrawnBars:
    """Bars as they are drawn; each may stand for several.

    Attributes:
        closed_at_ns: Close instants, shape (n_bars,); of the last bar that one stands for.
        open: First prices, same shape, quote per base.
        high: Highest prices, same shape.
        low: Lowest prices, same shape.
        close: Last prices, same shape.
        n_joined: How many bars one stands for.
    """

    closed_at_ns: Int64Array
    open: Float64Array
    high: Float64Array
    low: Float64Array
    close: Float64Array
    n_joined: int


def bars_to_draw(series: BarSeries, n_bars_max: int) -> DrawnBars:
    """Return bars, joined in equal numbers where they are too many.

    A joined bar has the first open, the highest high, the lowest low and the last close of its parts, so
    extremes stay.

    Args:
        series: At least one bar.
        n_bars_max: How many may remain.
    """
    n_joined = -(-len(series) // n_bars_max)
    starts = np.arange(0, len(series), n_joined)
    ends = np.append(starts[1:], len(series)) - 1
    return DrawnBars(
        series.closed_at_ns[ends],
        series.open[starts],
        np.maximum.reduceat(series.high, starts),
        np.minimum.reduceat(series.low, starts),
        series.close[ends],
        n_joined,
    )
