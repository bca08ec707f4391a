"""The venue as a replay sees it: it moves only when market events are put in."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol

from application.venue_messages import Command, VenueReport
from domain.market import Bar, BarSeries, FundingEvent
from domain.rule_book import InstrumentChanged


class SteppedVenue(Protocol):
    """Takes commands and market events, and reports what became of them.

    Market events come in time order. Each method returns its reports lazily: they must be consumed
    before the next call, and a command given while consuming takes part in what is left of the event.
    """

    def execute(self, command: Command, /) -> None:
        """Take a command; it arrives at the venue one latency after it was sent."""
        ...

    def open_bar(self, bar: Bar, /) -> Iterable[VenueReport]:
        """Begin a bar: its first price is now the market's. Only the venue may look at the rest of it."""
        ...

    def close_bar(self, bar: Bar, /) -> Iterable[VenueReport]:
        """End a bar: trade its range, then let its close be the last price."""
        ...

    def open_mark(self, bar: Bar, /) -> Iterable[VenueReport]:
        """Begin a bar of the mark price."""
        ...

    def close_mark(self, bar: Bar, /) -> Iterable[VenueReport]:
        """End a bar of the mark price: judge margin over its range."""
        ...

    def quiet_bars(self, series: BarSeries, start: int, stop: int, /) -> int:
        """Return how many bars from row ``start`` on, up to ``stop``, can change nothing here but the prices.

        Zero is always allowed. Whoever drives the venue may give it such bars with `pass_bars`, all at once
        and unread, as long as it does not execute anything in between.
        """
        ...

    def quiet_marks(self, series: BarSeries, start: int, stop: int, /) -> int:
        """Return the same for bars of the mark price, which are then given with `pass_marks`."""
        ...

    def pass_bars(self, bars: Sequence[Bar], /) -> None:
        """Have bars of one instrument begun and ended that `quiet_bars` has counted; at least one."""
        ...

    def pass_marks(self, bars: Sequence[Bar], /) -> None:
        """Have bars of one mark price begun and ended that `quiet_marks` has counted; at least one."""
        ...

    def settle_funding(self, event: FundingEvent, /) -> Iterable[VenueReport]:
        """Pay and collect funding on what is held now."""
        ...

    def change_rules(self, change: InstrumentChanged, /) -> None:
        """Go on by the new rules of one instrument.

        What rests keeps resting and what is held stays held; new orders obey the new rules, except that what only
        reduces may do so by any rules there have been. Margin is judged by the new brackets from the next mark on.
        """
        ...

    @property
    def wallet_balance(self) -> Decimal:
        """Cash of the account, quote currency."""
        ...

    @property
    def equity(self) -> Decimal:
        """Cash plus unrealized PnL at the present marks, quote currency."""
        ...
