"""The look-ahead certificate: decisions of a run, made again without the future.

A fresh decision core is given the same venue reports, but the market only as far as it was known: the
history ends at a sampled moment, is checked there, is extended to the next one, and so on. Whatever was
decided must come out exactly the same: the features of every signal, the regime, the signal, its size, and
what was sent or refused. A strategy that looks at the history it is made with is made anew, with the history
cut there, for every sampled moment: columns worked out beforehand pass where each row is of its past, and
not where later rows had a part in it. Who fails by itself has to fail again, at the same bar and in the same way;
who took too long is taken to do so again, because the clock on the wall is no part of the history. What a
strategy or a model brings along from elsewhere, a file or a variable of its own, is outside of what can be cut,
and so of what is certified.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Protocol

from attrs import define, field, frozen
from typing_extensions import override

from application.market_history import MarketHistory
from application.replay.checked_fits import ForeignModelError
from application.replay.differences import difference_between, said_of
from application.replay.driver import Progress
from application.replay.evidence import NEVER, RECORD_KINDS, Evidence, RecordKind
from application.replay.feed import Feed
from application.replay.repeated_blocks import repeat_blocks
from application.replay.timeline import Kind, Timeline, decision_timeline
from application.replay.watched_history import Looks, watched
from application.trading.engine import TradingEngine
from application.trading.events import BarsClosed, Event
from application.trading.records import RunLog
from application.venue_messages import VenueReport
from domain.market import Bar, BarSeries
from domain.time_units import iso_utc

EngineFactory = Callable[[MarketHistory], TradingEngine]
"""Builds a fresh decision core that may look at this history and at nothing else."""


@frozen
class Certificate:
    """What came out of making decisions again.

    Attributes:
        sampled: Moments of decision that were checked with the history cut there.
        matched: How many of them came out exactly the same, all decisions before them included.
        decisions_replayed: Decisions that were made again on the way.
        first_difference: The first moment that did not, and how; None if all did.
    """

    sampled: int
    matched: int
    decisions_replayed: int
    first_difference: str | None

    @property
    def is_clean(self) -> bool:
        """Whether nothing differed."""
        return self.first_difference is None


class Certifier(Protocol):
    """Makes decisions of a run again, from what it leaves piece by piece."""

    def take(self, evidence: Evidence, /) -> None:
        """Take the next stretch of the run."""
        ...

    def result(self) -> Certificate:
        """Return what came of all stretches; called once, at the end."""
        ...


@define(eq=False)
class Certification(Certifier):
    """Makes decisions again at once, stretch by stretch, until the first difference.

    Attributes:
        history: The market of the run.
        make_engine: Builds the decision core, as the run's own was built.
    """

    history: MarketHistory
    make_engine: EngineFactory
    _n_sampled: int = field(default=0, init=False)
    _n_matched: int = field(default=0, init=False)
    _difference: str | None = field(default=None, init=False)
    _repetition: "_Repetition" = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._repetition = _Repetition(self.history, self.make_engine)

    @override
    def take(self, evidence: Evidence, /) -> None:
        self._n_sampled += len(evidence.cuts)
        if self._difference is not None:
            return
        self._repetition.learn(evidence)
        for cut_ns in evidence.cuts:
            self._difference = self._repetition.go_to(cut_ns)
            if self._difference is not None:
                return
            self._n_matched += 1

    @override
    def result(self) -> Certificate:
        return Certificate(self._n_sampled, self._n_matched, self._repetition.n_decisions, self._difference)


@define(eq=False)
class LaterCertification(Certifier):
    """Keeps what a run leaves, and makes its decisions again when it is over.

    In one process the run goes first: a strategy whose instances share something must not be disturbed by others that
    are asked in between.

    Attributes:
        certification: Makes them again.
        progress: Is told how far it is.
    """

    certification: Certification
    progress: Progress
    _kept: list[Evidence] = field(factory=list, init=False)

    @override
    def take(self, evidence: Evidence, /) -> None:
        self._kept.append(evidence)

    @override
    def result(self) -> Certificate:
        for n_before, evidence in enumerate(self._kept):
            self.certification.take(evidence)
            self.progress((n_before + 1) / len(self._kept))
        self.progress(1.0)
        return self.certification.result()


def _revealed(history: MarketHistory, after_ns: int, until_ns: int) -> MarketHistory:
    """Return what became known after one instant and by another, sharing no arrays with the rest."""

    def part(series: BarSeries) -> BarSeries:
        # A bar becomes known at its close, so the first one opens where the last known one closed.
        return series.between(after_ns - series.interval_ns + 1, until_ns)

    return MarketHistory(
        bars={symbol: part(series) for symbol, series in history.bars.items()},
        marks={symbol: part(series) for symbol, series in history.marks.items()},
        funding={
            symbol: tuple(event for event in events if after_ns < event.settled_at_ns <= until_ns)
            for symbol, events in history.funding.items()
        },
        rule_changes=tuple(change for change in history.rule_changes if after_ns < change.at_ns <= until_ns),
    )


@define(eq=False)
class _Repetition:
    """Goes through a run again, from cut to cut, with decision cores that know nothing later.

    One core goes all the way if nobody in it looks at the history that it was made with. Where somebody does, that
    history ends too early for the next cut: from then on every cut gets a core of its own, from the start.
    """

    history: MarketHistory
    make_engine: EngineFactory
    n_decisions: int = field(default=0, init=False)
    # Of the run, as far as it is known.
    _log: RunLog = field(factory=RunLog, init=False)
    _told: list[tuple[int, VenueReport]] = field(factory=list, init=False)
    _rerun: "_Rerun | None" = field(default=None, init=False)
    _looks: Looks = field(factory=Looks, init=False)
    _known_until_ns: int = field(default=0, init=False)

    def learn(self, evidence: Evidence) -> None:
        """Take what the run left behind further on."""
        self._told.extend(evidence.told)
        for kind, records in zip(RECORD_KINDS, evidence.records, strict=True):
            kind.list_of(self._log).extend(records)
            if self._rerun is not None and kind.list_of(self._log) is self._log.failures:
                repeat_blocks(self._rerun.engine, records)

    def go_to(self, cut_ns: int) -> str | None:
        """Decide everything until a cut again and return the first difference, None if there is none."""
        if self._rerun is not None and not self._looks.happened:
            difference = self._extend(self._rerun, cut_ns)
            if not self._looks.happened:
                return difference
        known, self._looks = watched(self.history.known_by(cut_ns))
        try:
            engine = self.make_engine(known)
        except Exception as error:
            # A strategy that is made of missing data may raise anything; who looked at none does so by itself.
            if not self._looks.happened:
                raise
            return _cannot_be_made(cut_ns, error)
        repeat_blocks(engine, self._log.failures)
        self._rerun, self._known_until_ns = _Rerun(self._log, self._told, engine), self.history.start_ns - 1
        return self._extend(self._rerun, cut_ns)

    def _extend(self, rerun: "_Rerun", cut_ns: int) -> str | None:
        n_before = len(rerun.engine.log.decisions)
        difference = rerun.extend(_revealed(self.history, self._known_until_ns, cut_ns), cut_ns)
        self.n_decisions += len(rerun.engine.log.decisions) - n_before
        self._known_until_ns = cut_ns
        return difference


def _cannot_be_made(at_ns: int, error: Exception) -> str:
    return f"{iso_utc(at_ns)}: the decision cannot be made without later data: {error!r}"


@define(eq=False)
class _Rerun:
    """A second decision core on its way through the same inputs."""

    log: RunLog
    told: Sequence[tuple[int, VenueReport]]
    engine: TradingEngine
    n_told: int = 0
    n_reported: int = 0
    next_report_at: int = 0
    is_reporting: bool = False
    n_compared: list[int] = field(factory=lambda: [0] * len(RECORD_KINDS))

    def extend(self, revealed: MarketHistory, cut_ns: int) -> str | None:
        """Go on to a cut and return the first difference, None if there is none."""
        self._look_ahead_to_report()
        try:
            self._replay(decision_timeline(revealed))
        except ForeignModelError as error:
            return f"{iso_utc(self.engine.now_ns)}: {error}"
        except Exception as error:  # noqa: BLE001  # a strategy that reaches for missing data may raise anything
            # What differs may have led to it: an order that was not sent is missed by the report of its fill.
            now_ns = self.engine.now_ns
            # A report comes after everything of its instant was decided; anything else broke in the middle of it.
            until_ns = now_ns if self.is_reporting else now_ns - 1
            return self._first_difference(until_ns, breaks_off=True) or _cannot_be_made(now_ns, error)
        return self._first_difference(cut_ns)

    def _replay(self, timeline: Timeline) -> None:
        feed, moment = Feed(timeline), 0
        while moment < feed.n_moments:
            moment += self._advance(feed, moment) or self._step(feed, moment)
        for place in feed.rows_after_last():
            self._tell(feed.advance[place]())

    def _advance(self, feed: Feed, moment: int) -> int:
        """Go through moments that are alike, as far as no report comes in between; return how many."""
        n_silent = min(feed.stretch(moment), self.next_report_at - self.n_told)
        if n_silent <= 0:
            return 0
        bars, marks = feed.ending(moment)
        at_ns, moments = feed.moments(moment, n_silent, bars, marks)
        while self.engine.advance(moments):
            pass  # What is wanted has been judged already: it stands in the log.
        for track in (*bars, *marks):
            track.skip(len(at_ns))
        self.n_told += len(at_ns)
        return len(at_ns)

    def _step(self, feed: Feed, moment: int) -> int:
        bars: list[Bar] = []
        marks: list[Bar] = []
        for place in feed.rows_before(moment):
            happened = feed.advance[place]()
            match feed.kinds[place]:
                case Kind.END_DECISION:
                    bars.append(happened)
                case Kind.END_MARK:
                    marks.append(happened)
                case _:
                    self._tell(happened)
        self._tell(BarsClosed(feed.at_ns(moment), tuple(bars), tuple(marks)))
        return 1

    def _tell(self, event: Event) -> None:
        if self.n_told >= self.next_report_at:
            self._report()
        self.n_told += 1
        self.engine.handle(event)

    def _report(self) -> None:
        """Give the engine the reports that came before the next market event."""
        told, place = self.told, self.n_reported
        self.is_reporting = True
        while place < len(told) and told[place][0] <= self.n_told:
            self.engine.handle(told[place][1])
            place += 1
        self.is_reporting = False
        self.n_reported = place
        self._look_ahead_to_report()

    def _look_ahead_to_report(self) -> None:
        """Note before which market event the next report came, as far as the run is known."""
        told, place = self.told, self.n_reported
        self.next_report_at = told[place][0] if place < len(told) else NEVER

    def _first_difference(self, cut_ns: int, *, breaks_off: bool = False) -> str | None:
        of_kinds = [
            self._difference_of(place, kind, cut_ns, breaks_off=breaks_off) for place, kind in enumerate(RECORD_KINDS)
        ]
        found = [each for each in of_kinds if each is not None]
        if not found:
            return None
        # The earliest; of one instant the first kind.
        at_ns, _, difference = min(found)
        return f"{iso_utc(at_ns)}: {difference}"

    def _difference_of(
        self, place: int, kind: RecordKind, cut_ns: int, *, breaks_off: bool
    ) -> tuple[int, int, str] | None:
        """Return when records of a kind first differ, the place of the kind, and how; None if they do not.

        What broke off within the instant after the cut may have left some records of it.
        """
        made, again, start = kind.list_of(self.log), kind.list_of(self.engine.log), self.n_compared[place]
        for row in range(start, min(len(made), len(again))):
            one, other = kind.compared(made[row]), kind.compared(again[row])
            if one != other and repr(one) != repr(other):
                return made[row].at_ns, place, difference_between(made[row], again[row])
        self.n_compared[place] = len(again)
        n_due = bisect_right(made, cut_ns if kind.is_whole else cut_ns - 1, lo=start, key=attrgetter("at_ns"))
        if len(again) < n_due:
            return made[len(again)].at_ns, place, f"{said_of(made[len(again)])} with later data, not without"
        n_possible = n_due if kind.is_whole and not breaks_off else len(made)
        if len(again) > n_possible:
            return again[n_possible].at_ns, place, f"{said_of(again[n_possible])} without later data, not with it"
        return None
