"""Prices that do not move, and rows that are repeated as if new."""

from typing import Final

import numpy as np
from attrs import define, field

from domain.data_quality.bar_rows import BarRows, BoolArray
from domain.data_quality.findings import FindingCode
from domain.data_quality.tally import Tally

STILL_MIN: Final = 12
"""Rows with the prices of the row before from which on prices stand still. In liquid markets ten were the most."""

COPIED_MIN: Final = 3
"""Rows that repeat prices and a volume above zero from which on they are copies. In real data one was the most."""


@define
class _Run:
    """Follows runs of one kind through the blocks."""

    minimum: int
    _length: int = 0

    def see(self, same: BoolArray) -> BoolArray:
        """Return which rows make a run long enough, or go on with one; earlier blocks are not looked at again."""
        edges = np.diff(same.astype(np.int8), prepend=0, append=0)
        starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        carried = self._length if same[0] else 0
        lengths = stops - starts
        if lengths.size and carried:
            lengths[0] += carried
        is_open = bool(same[-1])
        self._length = int(lengths[-1]) if is_open else 0
        frozen = np.zeros(same.shape[0], dtype=np.bool_)
        for start, stop in zip(starts[lengths >= self.minimum], stops[lengths >= self.minimum], strict=True):
            frozen[start:stop] = True
        return frozen


@define
class Standstill:
    """Finds runs of rows in which nothing moves."""

    _still: _Run = field(factory=lambda: _Run(STILL_MIN), init=False)
    _copied: _Run = field(factory=lambda: _Run(COPIED_MIN), init=False)
    _last: BarRows | None = field(default=None, init=False)

    def see(self, rows: BarRows, tally: Tally) -> None:
        """Take one block of possible rows."""
        same_prices = np.ones(rows.n_rows, dtype=np.bool_)
        for name in ("open", "high", "low", "close"):
            same_prices &= self._repeats(rows, name)
        same_rows = same_prices & self._repeats(rows, "volume") & (rows.volume > 0)
        self._last = rows.part(rows.n_rows - 1, rows.n_rows)
        frozen = self._still.see(same_prices) | self._copied.see(same_rows)
        tally.add_rows(FindingCode.FROZEN, rows, frozen, _describe)

    def _repeats(self, rows: BarRows, name: str) -> BoolArray:
        column = getattr(rows, name)
        before = np.nan if self._last is None else float(getattr(self._last, name)[0])
        repeats: BoolArray = column == np.concatenate(([before], column[:-1]))
        return repeats


def _describe(rows: BarRows, index: int) -> str:
    return f"close {float(rows.close[index])!r}, volume {float(rows.volume[index])!r} as in the row before"
