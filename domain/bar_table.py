"""Bars as somebody delivered them: nothing about them is certain yet."""

from collections.abc import Iterable

import numpy as np
from attrs import field, frozen

from domain.errors import InvalidMarketDataError
from domain.market import Float64Array, Int64Array


@frozen(eq=False)
class BarTable:
    """Rows of one instrument in the order in which they were found, as equally long columns.

    Unlike a `BarSeries` it may hold anything: NaN, prices that are not positive, rows twice or out of order.
    It is what validation looks at and what repair works on.

    Attributes:
        symbol: Instrument that the rows claim to belong to.
        interval_ns: Length of each bar that the rows claim to have.
        opened_at_ns: Open instants, shape (n_rows,), in any order.
        open: First prices, shape (n_rows,), quote per base; NaN where nothing stands.
        high: Highest prices, same shape.
        low: Lowest prices, same shape.
        close: Last prices, same shape.
        volume: Quantities traded in base units, same shape; zeros for bars of the mark or the index.
    """

    symbol: str
    interval_ns: int
    opened_at_ns: Int64Array = field(repr=False)
    open: Float64Array = field(repr=False)
    high: Float64Array = field(repr=False)
    low: Float64Array = field(repr=False)
    close: Float64Array = field(repr=False)
    volume: Float64Array = field(repr=False)

    def __attrs_post_init__(self) -> None:
        for name in ("open", "high", "low", "close", "volume"):
            n_rows = getattr(self, name).shape[0]
            if n_rows != len(self):
                raise InvalidMarketDataError(
                    f"{self.symbol}: column {name} has {n_rows} rows, opened_at_ns has {len(self)}"
                )

    def __len__(self) -> int:
        return int(self.opened_at_ns.shape[0])


def joined_table(symbol: str, interval_ns: int, chunks: Iterable[BarTable]) -> BarTable:
    """Return the rows of all chunks as one table, in the order given; no chunks make an empty one."""
    tables = list(chunks)
    times = np.concatenate([table.opened_at_ns for table in tables] or [np.zeros(0, dtype=np.int64)])
    numbers = (
        np.concatenate([getattr(table, name) for table in tables] or [np.zeros(0)])
        for name in ("open", "high", "low", "close", "volume")
    )
    return BarTable(symbol, interval_ns, times, *numbers)
