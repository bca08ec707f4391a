"""The events of a history in the order in which they happened.

At one instant: bars end, marks end, other trading rules come into force, funding is settled on what is held,
then everything that closed is decided upon, then the next marks and bars begin. So what was traded before an
instant was traded by the rules of before and what is decided at it obeys the new ones, who enters at a funding
time does not pay it and who leaves at it still does, and no decision is filled before its bar is over.
"""

from enum import IntEnum
from typing import TypeAlias

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from application.market_history import MarketHistory
from domain.market import BarSeries, FundingEvent, Int64Array
from domain.rule_book import InstrumentChanged

Source: TypeAlias = BarSeries | tuple[FundingEvent, ...] | tuple[InstrumentChanged, ...]
"""What the rows of a stream are taken from."""


class Kind(IntEnum):
    """What a row of the timeline is; the values order what happens at one instant."""

    END_MATCHING = 0
    END_MARK = 1
    RULES = 2
    FUNDING = 3
    END_DECISION = 4
    DECIDE = 5
    BEGIN_MARK = 6
    BEGIN_MATCHING = 7


@frozen(eq=False)
class Stream:
    """One series on the timeline; rows refer to it by its place among the streams.

    Attributes:
        kind: What its rows mean.
        symbol: Instrument; empty for the moments of decision and for changes of rules.
        at_ns: When its rows happen.
        source: Bars, settlements or changes of rules, one per row; None for the moments of decision. A stream
            that ends bars and the one that begins them share a source.
        is_decided: Whether bars that end here are what strategies decide on.
    """

    kind: Kind
    symbol: str
    at_ns: Int64Array = field(repr=False)
    source: Source | None = field(default=None, repr=False)
    is_decided: bool = False


@define(eq=False)
class Timeline:
    """All events of a history by time.

    Attributes:
        streams: The series that rows refer to; exactly one of them holds the moments of decision.
        moments_at_ns: When these are, shape (n_moments,).
    """

    streams: tuple[Stream, ...]
    moments_at_ns: Int64Array = field(init=False, repr=False)
    _places: NDArray[np.int16] = field(init=False, repr=False)
    _decisions: NDArray[np.intp] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        at_ns = np.concatenate([stream.at_ns for stream in self.streams])
        lengths = [stream.at_ns.shape[0] for stream in self.streams]
        places = np.repeat(np.arange(len(self.streams), dtype=np.int16), lengths)
        # Stable, so that rows of one instant stay in the order of the streams.
        order = np.argsort(at_ns, kind="stable")
        self._places = places[order]
        (decides,) = (place for place, stream in enumerate(self.streams) if stream.kind is Kind.DECIDE)
        self.moments_at_ns = self.streams[decides].at_ns
        self._decisions = np.flatnonzero(self._places == decides)

    def __len__(self) -> int:
        return int(self._places.shape[0])

    @property
    def n_rows_before(self) -> Int64Array:
        """How many rows lie between each moment of decision and the one before, shape (n_moments,)."""
        return np.diff(self._decisions, prepend=-1) - 1

    def rows_before(self, moment: int) -> list[int]:
        """Return the rows between a moment of decision and the one before: of each the place of its stream.

        When a row happens is told by its stream, whose rows come in the same order. Past the last moment
        are the rows that follow it.
        """
        start = int(self._decisions[moment - 1]) + 1 if moment else 0
        stop = int(self._decisions[moment]) if moment < self._decisions.shape[0] else len(self)
        places: list[int] = self._places[start:stop].tolist()
        return places


def matching_series(bars: BarSeries, detail: BarSeries | None) -> tuple[BarSeries, ...]:
    """Return the bars on which orders are matched: the finest that cover each bar.

    A bar is replaced by its detail bars where these cover it completely; elsewhere it decides itself.
    """
    if detail is None:
        return (bars,)
    per_bar = bars.interval_ns // detail.interval_ns
    first = np.searchsorted(detail.opened_at_ns, bars.opened_at_ns, side="left")
    after = np.searchsorted(detail.opened_at_ns, bars.opened_at_ns + np.int64(bars.interval_ns), side="left")
    is_covered = (after - first) == per_bar
    edges = np.zeros(len(detail) + 1, dtype=np.int64)
    np.add.at(edges, first[is_covered], 1)
    np.add.at(edges, after[is_covered], -1)
    is_used = np.cumsum(edges[:-1]) > 0
    return (bars.where(~is_covered), detail.where(is_used))


def market_timeline(history: MarketHistory) -> Timeline:
    """Lay everything that a history shows on one timeline."""
    ends: list[Stream] = []
    begins: list[Stream] = []
    decided: list[Stream] = []
    for symbol in history.symbols:
        bars = history.bars[symbol]
        matching = matching_series(bars, history.detail.get(symbol))
        is_decided = matching == (bars,)
        for series in matching:
            ends.append(Stream(Kind.END_MATCHING, symbol, series.closed_at_ns, series, is_decided))
            begins.append(Stream(Kind.BEGIN_MATCHING, symbol, series.opened_at_ns, series))
        if not is_decided:
            decided.append(Stream(Kind.END_DECISION, symbol, bars.closed_at_ns, bars))
    begin_marks = [
        Stream(Kind.BEGIN_MARK, symbol, marks.opened_at_ns, marks) for symbol, marks in sorted(history.marks.items())
    ]
    return Timeline((*ends, *_shown(history), *decided, _moments(history), *begin_marks, *begins))


def decision_timeline(history: MarketHistory) -> Timeline:
    """Lay on one timeline only what the decision core is told: marks, rules, funding, and bars as they close."""
    decided = [
        Stream(Kind.END_DECISION, symbol, history.bars[symbol].closed_at_ns, history.bars[symbol])
        for symbol in history.symbols
    ]
    return Timeline((*_shown(history), *decided, _moments(history)))


def _shown(history: MarketHistory) -> list[Stream]:
    marks = [
        Stream(Kind.END_MARK, symbol, series.closed_at_ns, series) for symbol, series in sorted(history.marks.items())
    ]
    funding = [
        Stream(Kind.FUNDING, symbol, np.array([event.settled_at_ns for event in events], dtype=np.int64), events)
        for symbol, events in sorted(history.funding.items())
    ]
    changes = history.rule_changes
    rules = [Stream(Kind.RULES, "", np.array([each.at_ns for each in changes], dtype=np.int64), changes)]
    return marks + (rules if changes else []) + funding


def _moments(history: MarketHistory) -> Stream:
    closes = [series.closed_at_ns for series in history.bars.values()]
    return Stream(Kind.DECIDE, "", np.unique(np.concatenate(closes)))
