"""Strategies as the engine sees them."""

from typing import Protocol

from domain.as_of import AsOfView
from domain.signal import Signal


class Strategy(Protocol):
    """Decides for one instrument, one closed bar after the other.

    It is told everything it may know through the view, keeps its own state, and must give the same
    signals for the same bars: it reads no clock, no files and no randomness of its own.

    Attributes:
        lookback_bars: How many past bars the view must keep for it.
    """

    lookback_bars: int

    def on_bar(self, view: AsOfView, /) -> Signal | None:
        """Take the bar that has just closed; return what to do, or nothing to leave all as it is."""
        ...
