"""How large values usually were, from the rows before alone."""

from typing import Final

import numpy as np
from attrs import define, field
from numpy.lib.stride_tricks import sliding_window_view

from domain.data_quality.bar_rows import PAGE
from domain.market import Float64Array

PAGES: Final = 16
"""Whole pages before the present one that are looked back upon: 1,024 rows."""

_PAGES_MIN: Final = 2
_MIDDLE: Final = PAGE // 2 - 1


@define
class PastScale:
    """The lower median of the lower medians of the pages before, for each row of fixed blocks.

    A page is 64 rows. No row of a page counts for that page, so nothing that comes later changes the scale of a row.
    """

    _medians: Float64Array = field(factory=lambda: np.full(PAGES, np.nan), init=False)

    @property
    def latest(self) -> float:
        """The scale for the row after the last whole page; NaN while there were too few."""
        return float(_middles(self._medians[np.newaxis])[0])

    def see(self, values: Float64Array) -> Float64Array:
        """Return the scale for each value of one block, shape (n_rows,); NaN for the first two pages of a series.

        Args:
            values: Not negative, finite, shape (n_rows,); all blocks but the last are whole pages.
        """
        n_pages = values.shape[0] // PAGE
        pages = values[: n_pages * PAGE].reshape(n_pages, PAGE)
        # The lower of the two middles: half the time of the exact median, and as good a measure.
        medians = np.concatenate((self._medians, np.partition(pages, _MIDDLE, axis=1)[:, _MIDDLE]))
        scales = _middles(sliding_window_view(medians, PAGES))
        self._medians = medians[-PAGES:]
        return np.repeat(scales, PAGE)[: values.shape[0]]


def _middles(windows: Float64Array) -> Float64Array:
    """Return the lower median of each window without its NaN; NaN where fewer than two numbers are left."""
    ordered = np.sort(windows, axis=1)
    n_known = PAGES - np.isnan(ordered).sum(axis=1)
    middles = ordered[np.arange(ordered.shape[0]), np.maximum(n_known - 1, 0) // 2]
    return np.where(n_known >= _PAGES_MIN, middles, np.nan)
