"""What happens in the market and at the desk, as the decision core is told."""

from typing import NamedTuple, TypeAlias

from attrs import frozen

from application.venue_messages import VenueReport
from domain.market import Bar, FundingEvent, MarkPrice
from domain.risk.trading_state import HoldCause
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


@frozen(kw_only=True)
class HoldCleared:
    """A person ends one cause that holds trading back; a cause that does not hold is no news.

    Attributes:
        at_ns: When.
        cause: Which one.
        person: Who decides it; must be named.
        reason: Why, in their words; must be said.
    """

    at_ns: int
    cause: HoldCause
    person: str
    reason: str


@frozen(kw_only=True)
class StrategyLetGoOn:
    """A person lets a strategy open again that was stopped for opening too often.

    Attributes:
        at_ns: When.
        strategy: Which one.
        person: Who decides it; must be named.
        reason: Why, in their words; must be said.
    """

    at_ns: int
    strategy: str
    person: str
    reason: str


Event: TypeAlias = (
    BarsClosed
    | MarkPrice
    | FundingEvent
    | InstrumentChanged
    | OpeningHalted
    | OpeningResumed
    | HoldCleared
    | StrategyLetGoOn
    | VenueReport
)
