"""Drives the decision core and a stepped venue through a history, as fast as it goes."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Final

from attrs import define, field

from application.market_history import MarketHistory
from application.ports.stepped_venue import SteppedVenue
from application.replay.evidence import NEVER
from application.replay.feed import Feed, Track
from application.replay.timeline import Kind, market_timeline
from application.trading.engine import TradingEngine
from application.trading.events import BarsClosed
from application.venue_messages import VenueReport
from domain.market import Bar, FundingEvent
from domain.rule_book import InstrumentChanged

Progress = Callable[[float], None]
"""Is told the share of the work that is done, 0 to 1, now and then."""

_MOMENTS_PER_TELLING: Final = 4096

# Moments prepared at once: few after an order, because the next may be near, and more while nothing is wanted.
_HORIZON_MIN: Final = 32
_HORIZON_MAX: Final = 2048


def ignore_progress(_: float) -> None:
    """Tell nobody."""


def ignore_moments(_passed: int, _all: int) -> int:
    """Ask never to be told again."""
    return NEVER


@define(eq=False)
class ReplayDriver:
    """One run of the decision core over a history against a venue.

    Where the venue says that the bars ahead cannot change anything there, the decision core alone goes
    through them until it wants something; everywhere else both are told row by row.

    Attributes:
        history: What happened.
        engine: Decides.
        venue: Fills.
        progress: Is told how far it is.
        passed: Is told how many moments of decision have passed, and of how many; answers at how many it wants to be
            told again.
        told: What the venue reported, each with the number of market events that the engine had been
            told before it: enough to give another engine exactly the same inputs.
    """

    history: MarketHistory
    engine: TradingEngine
    venue: SteppedVenue
    progress: Progress = ignore_progress
    passed: Callable[[int, int], int] = ignore_moments
    told: list[tuple[int, VenueReport]] = field(factory=list, init=False)
    _n_told: int = field(default=0, init=False)
    _horizon: int = field(default=_HORIZON_MIN, init=False)

    def run(self) -> None:
        """Go through the history once, from its first event to its last.

        Raises:
            DomainError: Venue and engine contradict each other.
        """
        feed = Feed(market_timeline(self.history))
        moment = next_telling = 0
        next_passed = self.passed(0, feed.n_moments)
        while moment < feed.n_moments:
            if moment >= next_passed:
                next_passed = self.passed(moment, feed.n_moments)
            if moment >= next_telling:
                self.progress(moment / feed.n_moments)
                next_telling = moment + _MOMENTS_PER_TELLING
            moment += self._pass_quietly(feed, moment) or self._step(feed, moment)
        self._run_rows(feed, feed.rows_after_last(), [], [])
        self.passed(moment, feed.n_moments)
        self.progress(1.0)

    def _pass_quietly(self, feed: Feed, moment: int) -> int:
        """Let the decision core go on alone as far as it may, and return over how many moments it went."""
        n_quiet = min(feed.stretch(moment), self._horizon)
        if not n_quiet:
            return 0
        bars, marks = feed.ending(moment)
        for tracks, quiet_rows in ((bars, self.venue.quiet_bars), (marks, self.venue.quiet_marks)):
            for track in tracks:
                n_quiet = quiet_rows(track.series, track.ended, track.ended + n_quiet)
                if not n_quiet:
                    return 0
        at_ns, moments = feed.moments(moment, n_quiet, bars, marks)
        commands = self.engine.advance(moments)
        n_passed = bisect_left(at_ns, self.engine.now_ns) + 1
        self._horizon = _HORIZON_MIN if commands else min(2 * self._horizon, _HORIZON_MAX)
        self._pass_to_venue(bars, marks, n_passed)
        self._n_told += n_passed
        for command in commands:
            self.venue.execute(command)
        return n_passed

    def _pass_to_venue(self, bars: Iterable[Track], marks: Iterable[Track], n_passed: int) -> None:
        for track in bars:
            self.venue.pass_bars(track.following(n_passed))
            track.skip(n_passed)
        for track in marks:
            self.venue.pass_marks(track.following(n_passed))
            track.skip(n_passed)

    def _step(self, feed: Feed, moment: int) -> int:
        """Tell everything up to and at one moment of decision, row by row."""
        bars: list[Bar] = []
        marks: list[Bar] = []
        self._run_rows(feed, feed.rows_before(moment), bars, marks)
        # By symbol: which of them are matched on finer bars must not say who decides first.
        bars.sort()
        self._n_told += 1
        for command in self.engine.handle(BarsClosed(feed.at_ns(moment), tuple(bars), tuple(marks))):
            self.venue.execute(command)
        return 1

    def _run_rows(self, feed: Feed, rows: Iterable[int], bars: list[Bar], marks: list[Bar]) -> None:
        """Tell rows to the venue, and note the bars and marks that the next decision is to be told of."""
        venue, kinds, is_decided = self.venue, feed.kinds, feed.is_decided
        for place in rows:
            happened = feed.advance[place]()
            match kinds[place]:
                case Kind.END_MATCHING:
                    self._deliver(venue.close_bar(happened))
                    if is_decided[place]:
                        bars.append(happened)
                case Kind.BEGIN_MATCHING:
                    self._deliver(venue.open_bar(happened))
                case Kind.END_MARK:
                    self._deliver(venue.close_mark(happened))
                    marks.append(happened)
                case Kind.BEGIN_MARK:
                    self._deliver(venue.open_mark(happened))
                case Kind.END_DECISION:
                    bars.append(happened)
                case Kind.RULES:
                    self._change_rules(happened)
                case _:
                    self._settle(happened)

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
