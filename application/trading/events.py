"""What happens in the market and at the desk, as the decision core is told."""

from typing import NamedTuple, TypeAlias

from attrs import frozen

from application.venue_messages import VenueReport
from domain.market import Bar, FundingEvent, MarkPrice
from domain.rule_book import InstrumentChanged


class BarsClosed(NamedTuple):
    """A moment of decision: the bars that closed at one instant, in order of symbol.

    Attributes:
        at_ns: The instant.
        bars: Traded bars that close there.
        marks: Bars of the mark price that have closed since the last moment, in order of time.
    """

    at_ns: int
    bars: tuple[Bar, ...]
    marks: tuple[Bar, ...] = ()


Moment: TypeAlias = tuple[int, tuple[Bar, ...], tuple[Bar, ...]]
"""A moment of decision as a plain tuple: instant, bars, marks; every `BarsClosed` is one."""


@frozen
class OpeningHalted:
    """The operator, or a limit, stops all opening; what reduces goes on."""

    at_ns: int
    reason: str


@frozen
class OpeningResumed:
    """The operator allows opening again."""

    at_ns: int


Event: TypeAlias = (
    BarsClosed | MarkPrice | FundingEvent | InstrumentChanged | OpeningHalted | OpeningResumed | VenueReport
)
