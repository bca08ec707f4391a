"""What was known when each of the latest days began, kept in one piece."""

from typing import Final

import numpy as np
from attrs import define, field

from domain.market import Float64Array
from domain.risk.day_history import DayHistory

_ROOM_AT_FIRST: Final = 64


@define(eq=False)
class DayStarts:
    """The latest starts of days, oldest first; older ones are forgotten.

    Attributes:
        n_symbols: Instruments.
        n_kept: How many starts are looked at, at least 2: one more than whole days.
    """

    n_symbols: int
    n_kept: int
    _n: int = field(default=0, init=False)
    _began_at: Float64Array = field(init=False, repr=False)
    _prices: Float64Array = field(init=False, repr=False)
    _covariances: Float64Array = field(init=False, repr=False)
    _history: DayHistory | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._make_room(_ROOM_AT_FIRST, 0)

    def append(self, began_at: float, prices: Float64Array, covariance: Float64Array) -> None:
        """Take the start of a day; see `DayHistory` for what is what."""
        if self._n == len(self._began_at):
            n_needed = min(self._n, self.n_kept - 1)
            # Twice what is needed, so that what is kept lies in one piece and is moved but rarely.
            self._make_room(2 * n_needed, n_needed)
        self._began_at[self._n], self._prices[self._n], self._covariances[self._n] = began_at, prices, covariance
        self._n += 1
        self._history = None

    def _make_room(self, n_rows: int, n_needed: int) -> None:
        """Move the latest starts into new arrays: those that were given away stay as they were."""
        first, n_symbols = self._n - n_needed, self.n_symbols
        began_at, prices = np.empty(n_rows), np.empty((n_rows, n_symbols))
        covariances = np.empty((n_rows, n_symbols, n_symbols))
        if n_needed:
            latest = slice(first, self._n)
            began_at[:n_needed], prices[:n_needed] = self._began_at[latest], self._prices[latest]
            covariances[:n_needed] = self._covariances[latest]
        self._began_at, self._prices, self._covariances, self._n = began_at, prices, covariances, n_needed

    @property
    def history(self) -> DayHistory:
        """The days as they stand."""
        if self._history is None:
            latest = slice(max(0, self._n - self.n_kept), self._n)
            self._history = DayHistory(self._began_at[latest], self._prices[latest], self._covariances[latest])
        return self._history
