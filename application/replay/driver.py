"""Drives the decision core and a stepped venue through a history, as fast as it goes."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final

from attrs import define, field

from application.market_history import MarketHistory
from application.ports.stepped_venue import SteppedVenue
from application.replay.timeline import Kind, Stream, market_timeline
from application.trading.engine import TradingEngine
from application.trading.events import BarsClosed
from application.venue_messages import VenueReport
from domain.market import Bar, BarSeries, FundingEvent
from domain.rule_book import InstrumentChanged

Progress = Callable[[float], None]
"""Is told the share of the work that is done, 0 to 1, now and then."""


def ignore_progress(_: float) -> None:
    """Tell nobody."""


@define(eq=False)
class ReplayDriver:
    """One run of the decision core over a history against a venue.

    Attributes:
        history: What happened.
        engine: Decides.
        venue: Fills.
        progress: Is told how far it is.
        told: What the venue reported, each with the number of market events that the engine had been
            told before it: enough to give another engine exactly the same inputs.
    """

    history: MarketHistory
    engine: TradingEngine
    venue: SteppedVenue
    progress: Progress = ignore_progress
    told: list[tuple[int, VenueReport]] = field(factory=list, init=False)
    _n_told: int = field(default=0, init=False)

    def run(self) -> None:
        """Go through the history once, from its first event to its last.

        Raises:
            DomainError: Venue and engine contradict each other.
        """
        timeline = market_timeline(self.history)
        cursors = Cursors(timeline.streams)
        shown = Shown()
        for done, rows in enumerate(timeline.chunks()):
            self.progress(done / timeline.n_chunks)
            self._run_rows(rows, cursors, shown)
        self.progress(1.0)

    def _run_rows(  # noqa: C901, PLR0912  # one flat dispatch: every bar comes through it three times and more
        self, rows: Iterable[int], cursors: "Cursors", shown: "Shown"
    ) -> None:
        # Names are local, kinds plain numbers, and the usual ones come first.
        end_matching, decide, begin_matching = int(Kind.END_MATCHING), int(Kind.DECIDE), int(Kind.BEGIN_MATCHING)
        end_mark, begin_mark, end_decision = int(Kind.END_MARK), int(Kind.BEGIN_MARK), int(Kind.END_DECISION)
        funding = int(Kind.FUNDING)
        kinds, current, is_decided = cursors.kinds, cursors.current, cursors.is_decided
        advance, end_of_begin = cursors.advance, cursors.end_of_begin
        venue, deliver, handle = self.venue, self._deliver, self.engine.handle
        open_bar, close_bar, open_mark, close_mark = venue.open_bar, venue.close_bar, venue.open_mark, venue.close_mark
        bars, marks, new = shown.bars, shown.marks, tuple.__new__
        for place in rows:
            kind = kinds[place]
            if kind == end_matching:
                bar = current[place]
                if reports := close_bar(bar):
                    deliver(reports)
                if is_decided[place]:
                    bars.append(bar)
            elif kind == begin_matching:
                current[end_of_begin[place]] = bar = advance[place]()
                if reports := open_bar(bar):
                    deliver(reports)
            elif kind == decide:
                self._n_told += 1
                if commands := handle(new(BarsClosed, (advance[place](), tuple(bars), tuple(marks)))):
                    for command in commands:
                        venue.execute(command)
                bars.clear()
                marks.clear()
            elif kind == end_mark:
                bar = current[place]
                if reports := close_mark(bar):
                    deliver(reports)
                marks.append(bar)
            elif kind == begin_mark:
                current[end_of_begin[place]] = bar = advance[place]()
                if reports := open_mark(bar):
                    deliver(reports)
            elif kind == end_decision:
                bars.append(advance[place]())
            elif kind == funding:
                self._settle(advance[place]())
            else:
                self._change_rules(advance[place]())

    def _settle(self, event: FundingEvent) -> None:
        """Pay funding on what is held, then show the engine the rate."""
        self._deliver(self.venue.settle_funding(event))
        self._n_told += 1
        self.engine.handle(event)

    def _change_rules(self, change: InstrumentChanged) -> None:
        """Have venue and engine go on by the new rules of an instrument."""
        self.venue.change_rules(change)
        self._n_told += 1
        self.engine.handle(change)

    def _deliver(self, reports: Iterable[VenueReport]) -> None:
        """Tell the engine what the venue reported, one report at a time, so that it can react in between."""
        for report in reports:
            self.told.append((self._n_told, report))
            for command in self.engine.handle(report):
                self.venue.execute(command)


_MOMENTS_PER_PIECE: Final = 4096
_END_OF: Final = {Kind.BEGIN_MATCHING: Kind.END_MATCHING, Kind.BEGIN_MARK: Kind.END_MARK}

# Stands where no bar has begun; never looked at, because every bar begins before it ends.
_NO_BAR: Final = Bar("", 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Shown:
    """What the market has shown since the last moment of decision.

    Attributes:
        bars: Bars that have closed.
        marks: Bars of the mark price that have closed.
    """

    __slots__ = ("bars", "marks")

    def __init__(self) -> None:
        self.bars: list[Bar] = []
        self.marks: list[Bar] = []


class Cursors:
    """Where each stream of a timeline is; all lists are by the place of the stream.

    Attributes:
        kinds: Kind of each stream.
        is_decided: Whether bars that end on a stream are decided upon.
        advance: Gives the next bar or settlement of a stream, or the next moment of decision.
        end_of_begin: Of a stream that begins bars, the place of the one that ends them.
        current: Of a stream that ends bars, the bar that has begun last.
    """

    def __init__(self, streams: tuple[Stream, ...]) -> None:
        self.kinds = [int(stream.kind) for stream in streams]
        self.is_decided = [stream.is_decided for stream in streams]
        self.advance: list[Callable[[], Any]] = [_iterate(stream).__next__ for stream in streams]
        ends = {(stream.kind, id(stream.source)): place for place, stream in enumerate(streams)}
        self.end_of_begin = [
            ends[_END_OF[stream.kind], id(stream.source)] if stream.kind in _END_OF else -1 for stream in streams
        ]
        self.current: list[Bar] = [_NO_BAR] * len(streams)


def _iterate(stream: Stream) -> Iterator[Any]:
    if stream.source is None:
        # In pieces: a list of all moments would outweigh the history.
        pieces = range(0, stream.at_ns.shape[0], _MOMENTS_PER_PIECE)
        return chain.from_iterable(stream.at_ns[start : start + _MOMENTS_PER_PIECE].tolist() for start in pieces)
    return stream.source.bars() if isinstance(stream.source, BarSeries) else iter(stream.source)
