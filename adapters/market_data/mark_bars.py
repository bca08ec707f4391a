"""Completes a series of mark prices with last prices where it has holes."""

from typing import Final

import numpy as np

from domain.market import BarSeries

# How the note ends that counts the bars which are not marks.
STAND_INS: Final = "mark bars are missing; the last price stands in."


def count_missing(bars: BarSeries, marks: BarSeries) -> int:
    """Return how many bars have no bar of the mark price."""
    return len(bars) - int(np.isin(bars.opened_at_ns, marks.opened_at_ns, assume_unique=True).sum())


def complete_marks(bars: BarSeries, marks: BarSeries) -> BarSeries:
    """Return the mark bars, with the traded bar standing in, at zero volume, wherever one is missing.

    Mark bars without a traded bar stay: the mark moves, and liquidates, also while nothing trades.

    Args:
        bars: Traded bars.
        marks: Mark bars of the same interval.
    """
    missing = ~np.isin(bars.opened_at_ns, marks.opened_at_ns, assume_unique=True)
    opened_at_ns = np.concatenate((marks.opened_at_ns, bars.opened_at_ns[missing]))
    order = np.argsort(opened_at_ns, kind="stable")
    open_, high, low, close = (
        np.concatenate((getattr(marks, name), getattr(bars, name)[missing]))[order]
        for name in ("open", "high", "low", "close")
    )
    volume = np.zeros(order.shape[0])
    return BarSeries(bars.symbol, bars.interval_ns, opened_at_ns[order], open_, high, low, close, volume)
