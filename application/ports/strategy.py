"""Strategies as the engine sees them."""

from typing import Protocol

from domain.as_of import AsOfView
from domain.pairs import PairView
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


class PairedStrategy(Protocol):
    """Decides for a contract and the coins that are held against it, as one.

    All that is said of `Strategy` holds.

    Attributes:
        lookback_bars: How many past bars each of the two views must keep for it.
    """

    lookback_bars: int

    def on_pair(self, view: PairView, /) -> Signal | None:
        """Take the bars of both that have just closed at the same instant; return what to do with the contract.

        The coins are traded the other way, in the same quantity. An entry that is said again while something is held
        asks for what is missing of it. Nothing leaves all as it is.
        """
        ...
