"""The look-ahead certificate: decisions of a run, made again without the future.

A fresh decision core is given the same venue reports, but the market only as far as it was known: the
history ends at a sampled moment, is checked there, is extended to the next one, and so on. Whatever was
decided must come out exactly the same. A strategy that reads or was fitted on later parts of the history
it is given cannot pass: they are not there. What a strategy brings along from elsewhere, a file or a
variable of its own, is outside of what can be cut, and so of what is certified.
"""

from collections.abc import Callable, Sequence
from typing import Final

from attrs import define, frozen

from application.market_history import MarketHistory
from application.replay.driver import Progress, ignore_progress
from application.replay.feed import Feed
from application.replay.timeline import Kind, Timeline, decision_timeline
from application.trading.engine import TradingEngine
from application.trading.events import BarsClosed, Event
from application.trading.records import RunLog
from application.venue_messages import VenueReport
from domain.market import Bar, BarSeries
from domain.time_units import iso_utc

EngineFactory = Callable[[MarketHistory], TradingEngine]
"""Builds a fresh decision core that may look at this history and at nothing else."""

NEVER: Final = 2**63

Sample = Callable[[int, int], Sequence[int]]
"""Chooses `k` different numbers below `n` at random: ``sample(n, k)``, reproducibly."""


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


def certify(
    *,
    history: MarketHistory,
    log: RunLog,
    told: Sequence[tuple[int, VenueReport]],
    make_engine: EngineFactory,
    sample: Sample,
    n_samples: int,
    progress: Progress = ignore_progress,
) -> Certificate:
    """Make a random sample of a run's decisions again on history cut at each of them.

    Half of the sample are moments at which something was decided, half are any moments: not deciding is
    a decision too.

    Args:
        history: The market of the run.
        log: What the run left behind.
        told: What the venue reported, as `ReplayDriver.told` keeps it.
        make_engine: Builds the decision core, as the run's own was built.
        sample: Source of randomness.
        n_samples: How many moments to check.
        progress: Is told how far it is.
    """
    cuts = _choose_cuts(log, sample, n_samples)
    if not cuts:
        return Certificate(0, 0, 0, None)
    rerun = _Rerun(log, told, make_engine(history.known_by(cuts[0])))
    matched, known_until = 0, history.start_ns - 1
    for cut_ns in cuts:
        difference = rerun.extend(_revealed(history, known_until, cut_ns), cut_ns)
        if difference is not None:
            return Certificate(len(cuts), matched, rerun.n_decisions, difference)
        matched, known_until = matched + 1, cut_ns
        progress(matched / len(cuts))
    return Certificate(len(cuts), matched, rerun.n_decisions, None)


def _choose_cuts(log: RunLog, sample: Sample, n_samples: int) -> list[int]:
    moments, decided = log.equity_at_ns, sorted({decision.at_ns for decision in log.decisions})
    n_decided = min(len(decided), n_samples // 2)
    n_any = min(len(moments), n_samples - n_decided)
    cuts = {decided[place] for place in sample(len(decided), n_decided)}
    return sorted(cuts | {moments[place] for place in sample(len(moments), n_any)})


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
class _Rerun:
    """A second decision core on its way through the same inputs."""

    log: RunLog
    told: Sequence[tuple[int, VenueReport]]
    engine: TradingEngine
    n_told: int = 0
    n_reported: int = 0
    next_report_at: int = 0
    n_decisions: int = 0
    n_orders: int = 0

    def extend(self, revealed: MarketHistory, cut_ns: int) -> str | None:
        """Go on to a cut and return the first difference, None if there is none."""
        try:
            self._replay(decision_timeline(revealed))
        except Exception as error:  # noqa: BLE001  # a strategy that reaches for missing data may raise anything
            return f"{iso_utc(cut_ns)}: the decision cannot be made without later data: {error!r}"
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
        while place < len(told) and told[place][0] <= self.n_told:
            self.engine.handle(told[place][1])
            place += 1
        self.n_reported = place
        self.next_report_at = told[place][0] if place < len(told) else NEVER

    def _first_difference(self, cut_ns: int) -> str | None:
        again, before = self.engine.log, self.log
        n_decisions, n_orders = len(again.decisions), len(again.orders)
        for remade, made in zip(
            again.decisions[self.n_decisions :], before.decisions[self.n_decisions :], strict=False
        ):
            if remade != made:
                return f"{iso_utc(made.at_ns)}: decided {made} with later data, {remade} without"
        for resent, sent in zip(again.orders[self.n_orders :], before.orders[self.n_orders :], strict=False):
            if resent != sent:
                return f"{iso_utc(sent.at_ns)}: sent {sent} with later data, {resent} without"
        for again_refused, refused in zip(again.refusals, before.refusals, strict=False):
            if again_refused != refused:
                return f"{iso_utc(refused.at_ns)}: refused {refused} with later data, {again_refused} without"
        expected = sum(1 for decision in before.decisions[self.n_decisions :] if decision.at_ns <= cut_ns)
        if n_decisions - self.n_decisions != expected:
            return f"{iso_utc(cut_ns)}: {expected} decisions with later data, {n_decisions - self.n_decisions} without"
        # Of the cut's own instant some orders may follow from fills that are reported after it.
        due = sum(1 for sent in before.orders[self.n_orders :] if sent.at_ns < cut_ns)
        if not due <= n_orders - self.n_orders <= len(before.orders) - self.n_orders:
            return f"{iso_utc(cut_ns)}: {due} orders with later data, {n_orders - self.n_orders} without"
        self.n_decisions, self.n_orders = n_decisions, n_orders
        return None
