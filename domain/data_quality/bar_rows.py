"""Rows on their way through the checks: columns with the place at which each row was found."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from domain.bar_table import BarTable
from domain.market import BarSeries, Float64Array, Int64Array

BoolArray = NDArray[np.bool_]

PAGE: Final = 64
"""Rows over which one median is taken; every block but the last is whole pages."""

BLOCK: Final = 256 * PAGE
"""Rows that the checks see at once: a few megabytes, whatever the length of the series."""


class BarRows(NamedTuple):
    """Some rows, in the order found.

    Attributes:
        row: Index of each in the whole series, from 0, shape (n_rows,).
        opened_at_ns: Open instants, same shape, as are the others.
        open: First prices, quote per base.
        high: Highest prices.
        low: Lowest prices.
        close: Last prices.
        volume: Base units.
    """

    row: Int64Array
    opened_at_ns: Int64Array
    open: Float64Array
    high: Float64Array
    low: Float64Array
    close: Float64Array
    volume: Float64Array

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.row.shape[0])

    def part(self, start: int, stop: int) -> "BarRows":
        """Return rows ``start`` to ``stop`` (exclusive) without copying them."""
        return BarRows._make(column[start:stop] for column in self)

    def where(self, keep: BoolArray) -> "BarRows":
        """Return the rows for which ``keep`` is true."""
        return self if keep.all() else BarRows._make(column[keep] for column in self)


def bar_rows(table: BarTable | BarSeries, first_row: int = 0) -> BarRows:
    """Return all rows of a table or series, the first one at this place of the whole."""
    row = np.arange(first_row, first_row + len(table), dtype=np.int64)
    return BarRows(row, table.opened_at_ns, table.open, table.high, table.low, table.close, table.volume)


def joined(parts: list[BarRows]) -> BarRows:
    """Return the rows of all parts, one behind the other; at least one part is needed."""
    if len(parts) == 1:
        return parts[0]
    return BarRows._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


@define
class FixedBlocks:
    """Turns chunks of any size into blocks of one size, counted from the first row.

    Whatever is worked out per block then does not depend on how the rows were delivered, to the last bit.
    """

    _waiting: list[BarRows] = field(factory=list, init=False)
    _n_waiting: int = field(default=0, init=False)

    def push(self, rows: BarRows) -> Iterator[BarRows]:
        """Yield the blocks that these rows complete."""
        start = 0
        while rows.n_rows - start >= BLOCK - self._n_waiting:
            stop = start + BLOCK - self._n_waiting
            yield joined([*self._waiting, rows.part(start, stop)])
            self._waiting, self._n_waiting, start = [], 0, stop
        if start < rows.n_rows:
            self._waiting.append(rows.part(start, rows.n_rows))
            self._n_waiting += rows.n_rows - start

    def rest(self) -> Iterator[BarRows]:
        """Yield the rows that did not complete a block, if there are any."""
        if self._waiting:
            yield joined(self._waiting)
            self._waiting, self._n_waiting = [], 0
