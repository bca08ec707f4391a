"""The latest bars of one instrument as columns, for what is fitted on a window of them."""

import numpy as np
from attrs import define, field

from domain.market import Bar, BarSeries, Float64Array, Int64Array

_COLUMNS = 5


@define(eq=False)
class BarWindow:
    """Keeps the latest bars, of which a series can be made without touching each of them.

    Attributes:
        length: How many bars are kept; None for all.
        n_bars: How many have been seen.
    """

    length: int | None
    n_bars: int = field(default=0, init=False)
    _opened: Int64Array = field(init=False, repr=False)
    _prices: Float64Array = field(init=False, repr=False)
    _end: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        # Twice the window: moving what is kept to the front once per window costs nothing per bar.
        n_rows = 2 * (1_024 if self.length is None else self.length)
        self._opened = np.empty(n_rows, dtype=np.int64)
        self._prices = np.empty((n_rows, _COLUMNS))

    def push(self, bar: Bar) -> None:
        """Take the next bar."""
        if self._end == self._opened.size:
            self._make_room()
        self._opened[self._end] = bar.opened_at_ns
        self._prices[self._end] = bar.open, bar.high, bar.low, bar.close, bar.volume
        self._end += 1
        self.n_bars += 1

    def _make_room(self) -> None:
        kept = self._end if self.length is None else self.length
        first, n_rows = self._end - kept, self._opened.size if self.length is not None else 2 * self._opened.size
        opened, prices = np.empty(n_rows, dtype=np.int64), np.empty((n_rows, _COLUMNS))
        opened[:kept], prices[:kept] = self._opened[first : self._end], self._prices[first : self._end]
        self._opened, self._prices, self._end = opened, prices, kept

    def latest(self, n_bars: int, symbol: str, interval_ns: int) -> BarSeries:
        """Return the latest bars as a series of its own; fewer if fewer are kept."""
        first = max(0, self._end - n_bars)
        rows = self._prices[first : self._end].T.copy()
        return BarSeries(symbol, interval_ns, self._opened[first : self._end].copy(), *rows)
