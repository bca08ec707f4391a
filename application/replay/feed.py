"""Hands out a timeline moment by moment: row for row, or many quiet moments at once.

Most moments of a history are alike: the same bars end, a decision is due, the next bars begin, and nothing
else happens. Over a stretch of such moments whoever needs no more than the closed bars can be given them in
one go, at a fraction of the cost of a row each.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from application.replay.timeline import Kind, Stream, Timeline
from application.trading.events import Moment
from domain.market import Bar, BarSeries, FundingEvent, Int64Array
from domain.rule_book import InstrumentChanged

_ROWS_PER_PAGE: Final = 4096
_ENDS: Final = frozenset({Kind.END_MATCHING, Kind.END_DECISION, Kind.END_MARK})
_BEGINS: Final = frozenset({Kind.BEGIN_MATCHING, Kind.BEGIN_MARK})


class Track:
    """One series of bars and how far it is; its rows become bars a page at a time.

    Attributes:
        series: The bars.
        begun: How many have begun.
        ended: How many have ended.
    """

    __slots__ = ("_page", "_page_start", "begun", "ended", "series")

    def __init__(self, series: BarSeries) -> None:
        self.series = series
        self.begun = 0
        self.ended = 0
        self._page: list[Bar] = []
        self._page_start = 0

    def begin(self) -> Bar:
        """Return the next bar that begins."""
        row = self.begun
        self.begun = row + 1
        return self._bar(row)

    def end(self) -> Bar:
        """Return the next bar that ends."""
        row = self.ended
        self.ended = row + 1
        return self._bar(row)

    def following(self, n: int) -> list[Bar]:
        """Return the next bars that end, `n` of them or as many as the present page holds, at least one."""
        start = self.ended - self._page_start
        if not 0 <= start < len(self._page):
            self._turn_to(self.ended)
            start = self.ended - self._page_start
        return self._page[start : start + n]

    def skip(self, n: int) -> None:
        """Have the next `n` bars begun and ended."""
        self.ended += n
        # Where bars never begin, as for the decision core alone, this says nothing and harms nothing.
        self.begun = self.ended

    def _bar(self, row: int) -> Bar:
        place = row - self._page_start
        if not 0 <= place < len(self._page):
            self._turn_to(row)
            place = row - self._page_start
        return self._page[place]

    def _turn_to(self, row: int) -> None:
        self._page = list(self.series.bars_between(row, row + _ROWS_PER_PAGE))
        self._page_start = row


class Feed:
    """A timeline on its way from the first moment of decision to the last.

    Attributes:
        kinds: Kind of each stream, by its place on the timeline.
        is_decided: Whether bars that end on a stream are decided upon.
        advance: Gives the next bar or settlement of a stream.
        n_moments: How many moments of decision there are.
    """

    def __init__(self, timeline: Timeline) -> None:
        streams = timeline.streams
        self._timeline = timeline
        self.kinds = [int(stream.kind) for stream in streams]
        self.is_decided = [stream.is_decided for stream in streams]
        sources = [stream.source for stream in streams if isinstance(stream.source, BarSeries)]
        tracks = {id(source): Track(source) for source in sources}
        self.advance: list[Callable[[], Any]] = [_advance(stream, tracks) for stream in streams]
        self._bars = [tracks[id(stream.source)] for stream in streams if _decides(stream)]
        self._marks = [tracks[id(stream.source)] for stream in streams if stream.kind is Kind.END_MARK]
        self._at_ns = timeline.moments_at_ns
        self.n_moments = int(self._at_ns.shape[0])
        self._find_stretches(sources)

    def rows_before(self, moment: int) -> list[int]:
        """Return what happens between the moment before and this one: of each row the place of its stream."""
        return self._timeline.rows_before(moment)

    def rows_after_last(self) -> list[int]:
        """Return what happens after the last moment."""
        return self._timeline.rows_before(self.n_moments)

    def at_ns(self, moment: int) -> int:
        """Return when a moment is."""
        return int(self._at_ns[moment])

    def stretch(self, moment: int) -> int:
        """Return how many moments from this one on are alike; none if this one is not like that."""
        if not self._is_plain[moment]:
            return 0
        following = int(np.searchsorted(self._breaks, moment, side="right"))
        end = int(self._breaks[following]) if following < self._breaks.shape[0] else self.n_moments
        return end - moment

    def ending(self, moment: int) -> tuple[list[Track], list[Track]]:
        """Return the series of traded bars, and of marks, of which a bar ends at a moment of a stretch."""
        present = self._present
        return (
            [track for track in self._bars if present[id(track.series)][moment]],
            [track for track in self._marks if present[id(track.series)][moment]],
        )

    def moments(
        self, moment: int, n: int, bars: Sequence[Track], marks: Sequence[Track]
    ) -> tuple[list[int], Iterator[Moment]]:
        """Return moments of a stretch, `n` of them or fewer, at least one: when they are, and what is decided upon.

        Args:
            moment: The first one.
            n: How many at the most.
            bars: Series of traded bars that `ending` names.
            marks: Series of marks that `ending` names.
        """
        pages = [track.following(n) for track in (*bars, *marks)]
        n_given = min(map(len, pages))
        at_ns: list[int] = self._at_ns[moment : moment + n_given].tolist()
        ended = zip(*pages[: len(bars)], strict=False)
        marked = zip(*pages[len(bars) :], strict=False) if marks else repeat(())
        return at_ns, zip(at_ns, ended, marked, strict=False)

    def _find_stretches(self, sources: Iterable[BarSeries]) -> None:
        at_ns = self._at_ns
        n_streams: dict[int, int] = {}
        for source in sources:
            n_streams[id(source)] = n_streams.get(id(source), 0) + 1
        expected = np.zeros(at_ns.shape, dtype=np.int32)
        breaks = np.zeros(at_ns.shape, dtype=np.bool_)
        self._present: dict[int, NDArray[np.bool_]] = {}
        for track in (*self._bars, *self._marks):
            present, overlaps = _ends_at(track.series, at_ns)
            expected += present * np.int32(n_streams[id(track.series)])
            breaks |= overlaps
            breaks[1:] |= present[1:] != present[:-1]
            self._present[id(track.series)] = present
            if overlaps.any():
                expected[overlaps] = -1
        # Whatever else happens before a moment shows in the number of its rows.
        self._is_plain = self._timeline.n_rows_before == expected
        self._breaks = np.flatnonzero(breaks | ~self._is_plain)


def _decides(stream: Stream) -> bool:
    return stream.kind is Kind.END_DECISION or (stream.kind is Kind.END_MATCHING and stream.is_decided)


def _advance(stream: Stream, tracks: dict[int, Track]) -> Callable[[], Any]:
    if isinstance(stream.source, BarSeries):
        track = tracks[id(stream.source)]
        return track.begin if stream.kind in _BEGINS else track.end
    events: tuple[FundingEvent, ...] | tuple[InstrumentChanged, ...] = stream.source or ()
    return iter(events).__next__


def _ends_at(series: BarSeries, at_ns: Int64Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return at which instants a bar of the series ends, and where one does that began before the instant before."""
    overlaps = np.zeros(at_ns.shape, dtype=np.bool_)
    if not len(series):
        return overlaps, overlaps
    closed = series.closed_at_ns
    rows = np.minimum(np.searchsorted(closed, at_ns), closed.shape[0] - 1)
    present = closed[rows] == at_ns
    overlaps[1:] = present[1:] & (series.opened_at_ns[rows[1:]] < at_ns[:-1])
    return present, overlaps
