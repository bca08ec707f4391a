"""Strategies as the engine sees them."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

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


@runtime_checkable
class RestorableStrategy(Protocol):
    """A strategy that can be stopped and go on elsewhere. `Strategy` is enough; this is for those that cannot warm up.

    What it gives is written as JSON: text as keys, and as values text, whole numbers, finite floats, true and false,
    None, lists and mappings of them. A new instance that is given it back, and a view with as many past bars as it
    looks back, says from then on exactly what the one that gave it would have said.
    """

    def saved_state(self) -> Mapping[str, Any]:
        """Return everything it knows that it could not be told again."""
        ...

    def restore(self, state: Mapping[str, Any], /) -> None:
        """Take up the state of another instance, before the first bar.

        Raises:
            ValueError: It is none that an instance with these parameters could have given.
        """
        ...


@runtime_checkable
class WarmedUpStrategy(Protocol):
    """A strategy that says how long its past matters. Without that it is taken to be as long as it looks back.

    Attributes:
        warm_up_bars: Started anywhere, it says after so many bars what one says that has always been there.
    """

    @property
    def warm_up_bars(self) -> int:
        """Bars, at least 0."""
        ...
