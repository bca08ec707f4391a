"""Loads the files of one run into a market history that fits together."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from attrs import define, field, frozen
from typing_extensions import override

from adapters.market_data.mark_bars import STAND_INS, complete_marks, count_missing
from adapters.market_data.quality_gate import BARS, DETAIL, MARK, judge_series
from adapters.market_data.series_reading import SeriesReading
from application.errors import DataError
from application.market_history import MarketHistory, SourceQuality, Suspension
from application.market_request import HistoryRequest, MarketSource, PeriodMode, SymbolFiles
from application.ports.market_catalog import MarketCatalog
from domain.funding_schedule import (
    REGULAR,
    AssumeRate,
    FundingHole,
    MissingFundingError,
    ResolvedFunding,
    SkipHoles,
    lacks_last,
    resolve,
)
from domain.instrument import is_spot
from domain.market import BarSeries, FundingEvent
from domain.time_units import format_interval, iso_utc

_NO_FUNDING: Final = "funding is left out: no funding file is given"


@frozen
class _Period:
    """A stretch of time [start_ns, end_ns)."""

    start_ns: int
    end_ns: int

    @override
    def __str__(self) -> str:
        return f"{iso_utc(self.start_ns)} to {iso_utc(self.end_ns)}"


@define
class _Loaded:
    """What has been gathered so far, by instrument, and what reads more."""

    reading: SeriesReading
    bars: dict[str, BarSeries]
    funding: dict[str, tuple[FundingEvent, ...]] = field(factory=dict)
    marks: dict[str, BarSeries] = field(factory=dict)
    detail: dict[str, BarSeries] = field(factory=dict)
    suspensions: list[Suspension] = field(factory=list)
    notes: list[str] = field(factory=list)
    qualities: list[SourceQuality] = field(factory=list)


def load_history(request: HistoryRequest, catalog: MarketCatalog | None = None) -> MarketHistory:
    """Read, check and cut the requested files and series.

    Every assumption made on the way is one sentence in the history's notes.

    Args:
        request: What is asked for.
        catalog: Where series of the catalogue are read from; needed only if the request names any.

    Raises:
        DataError: A file or series is bad, or they do not fit together or cover the period. One line.
    """
    reading = SeriesReading(catalog)
    sources = {symbol: _bars_source(symbol, files) for symbol, files in sorted(request.files.items())}
    _check_request(request)
    whole = {symbol: reading.bars(source, symbol, request.interval_ns) for symbol, source in sources.items()}
    period = _trading_period(whole, request)
    bars = {symbol: _cut(series, period, sources[symbol]) for symbol, series in whole.items()}
    loaded = _Loaded(reading, bars, notes=list(request.notes))
    loaded.notes.extend(_period_notes(period, request))
    for symbol in loaded.bars:
        _add_symbol(loaded, symbol, request)
    return MarketHistory(
        bars=loaded.bars,
        funding=loaded.funding,
        marks=loaded.marks,
        detail=loaded.detail,
        suspensions=tuple(loaded.suspensions),
        notes=tuple(loaded.notes),
        qualities=tuple(loaded.qualities),
    )


def _check_request(request: HistoryRequest) -> None:
    if not request.files:
        raise DataError("market data: no instrument is named")
    start_ns, end_ns = request.start_ns, request.end_ns
    if start_ns is not None and end_ns is not None and start_ns >= end_ns:
        raise DataError(f"market data: the period starts at {iso_utc(start_ns)}, not before its end {iso_utc(end_ns)}")
    for symbol, files in sorted(request.files.items()):
        _check_files(symbol, files, request)


def _bars_source(symbol: str, files: SymbolFiles) -> MarketSource:
    if files.bars is not None:
        return files.bars
    for kind, path in (("funding", files.funding), ("mark prices", files.mark), ("detail", files.detail)):
        if path is not None:
            raise DataError(f"{symbol}: {kind} without bars: {path}")
    raise DataError(f"{symbol}: no file of bars is given")


def _check_files(symbol: str, files: SymbolFiles, request: HistoryRequest) -> None:
    if is_spot(symbol):
        for kind, source in (("funding", files.funding), ("mark prices", files.mark)):
            if source is not None:
                raise DataError(f"{symbol}: {kind} for a spot pair, which has none: {source}")
    elif files.funding is None and not request.allow_no_funding:
        raise DataError(f"{symbol}: bars without funding: {files.bars}; give a funding file, or allow to leave it out")
    if files.detail is not None:
        _check_detail_interval(symbol, files.detail_interval_ns, request.interval_ns)


def _check_detail_interval(symbol: str, detail_ns: int | None, interval_ns: int) -> None:
    if detail_ns is None:
        raise DataError(f"{symbol}: a detail file needs its interval")
    if not 0 < detail_ns < interval_ns or interval_ns % detail_ns != 0:
        raise DataError(
            f"{symbol}: detail interval {format_interval(detail_ns)} must be shorter than the bars' "
            f"{format_interval(interval_ns)} and divide it"
        )


def _span(series: BarSeries) -> _Period:
    return _Period(int(series.opened_at_ns[0]), int(series.opened_at_ns[-1]) + series.interval_ns)


def _trading_period(whole: Mapping[str, BarSeries], request: HistoryRequest) -> _Period:
    spans = {symbol: _span(series) for symbol, series in whole.items()}
    if request.period_mode is PeriodMode.UNION:
        start_ns = min(span.start_ns for span in spans.values())
        end_ns = max(span.end_ns for span in spans.values())
    else:
        start_ns, end_ns = _common_stretch(spans)
    start_ns = start_ns if request.start_ns is None else max(start_ns, request.start_ns)
    end_ns = end_ns if request.end_ns is None else min(end_ns, request.end_ns)
    if start_ns >= end_ns:
        covered = ", ".join(f"{symbol} {span}" for symbol, span in spans.items())
        raise DataError(f"market data: no bars in the period asked for; there is {covered}")
    return _Period(start_ns, end_ns)


def _common_stretch(spans: Mapping[str, _Period]) -> tuple[int, int]:
    latest = max(spans, key=lambda symbol: spans[symbol].start_ns)
    earliest = min(spans, key=lambda symbol: spans[symbol].end_ns)
    start_ns, end_ns = spans[latest].start_ns, spans[earliest].end_ns
    if start_ns >= end_ns:
        raise DataError(
            f"market data: no common stretch: {earliest} ends at {iso_utc(end_ns)}, "
            f"{latest} starts at {iso_utc(start_ns)}"
        )
    return start_ns, end_ns


def _cut(series: BarSeries, period: _Period, source: MarketSource) -> BarSeries:
    cut = series.between(period.start_ns, period.end_ns)
    if len(cut) == 0:
        raise DataError(f"{source}: {series.symbol} has no bars in {period}; there is {_span(series)}")
    return cut


def _period_notes(period: _Period, request: HistoryRequest) -> Iterator[str]:
    if request.start_ns is not None and period.start_ns > request.start_ns:
        yield f"The data start at {iso_utc(period.start_ns)}, later than asked for ({iso_utc(request.start_ns)})."
    if request.end_ns is not None and period.end_ns < request.end_ns:
        yield f"The data end at {iso_utc(period.end_ns)}, earlier than asked for ({iso_utc(request.end_ns)})."


def _add_symbol(loaded: _Loaded, symbol: str, request: HistoryRequest) -> None:
    bars, files = loaded.bars[symbol], request.files[symbol]
    loaded.notes.extend(_gap_notes(bars))
    if files.funding is None and not is_spot(symbol):
        loaded.notes.append(f"{symbol}: {_NO_FUNDING}.")
    elif files.funding is not None:
        _add_funding(loaded, bars, files.funding, request)
    marks = None if files.mark is None else _add_marks(loaded, bars, files.mark)
    if files.detail is not None and files.detail_interval_ns is not None:
        _add_detail(loaded, bars, files.detail, files.detail_interval_ns)
    loaded.qualities.extend(_qualities(bars, marks, loaded.detail.get(symbol), files, request))


def _qualities(
    bars: BarSeries, marks: BarSeries | None, detail: BarSeries | None, files: SymbolFiles, request: HistoryRequest
) -> Iterator[SourceQuality]:
    for kind, series, source in ((BARS, bars, files.bars), (MARK, marks, files.mark), (DETAIL, detail, files.detail)):
        if series is not None and source is not None and len(series):
            published = marks if kind == BARS else None
            yield judge_series(series, kind=kind, origin=source, quality_min=request.quality_min, marks=published)


def _gap_notes(bars: BarSeries) -> Iterator[str]:
    steps = np.diff(bars.opened_at_ns) // bars.interval_ns
    gaps = int((steps > 1).sum())
    if gaps:
        missing = int((steps - 1).sum())
        yield f"{bars.symbol}: {_counted(missing, 'bar')} missing in {_counted(gaps, 'gap')}; nothing trades there."


def _add_funding(loaded: _Loaded, bars: BarSeries, source: MarketSource, request: HistoryRequest) -> None:
    span = _span(bars)
    series = loaded.reading.funding(source, bars.symbol)
    calendar = request.funding_calendars.get(bars.symbol, REGULAR)
    try:
        resolved = resolve(
            series,
            request.funding_holes,
            start_ns=span.start_ns,
            end_ns=span.end_ns,
            interval_ns=request.interval_ns,
            calendar=calendar,
        )
    except MissingFundingError as error:
        raise DataError(f"{source}: {error}; trade another period, skip the holes or assume a rate") from error
    loaded.funding[bars.symbol] = resolved.events
    loaded.suspensions.extend(_suspensions(bars.symbol, resolved))
    loaded.notes.extend(_hole_notes(bars.symbol, resolved.holes, request))
    if lacks_last(series, span.start_ns, span.end_ns, calendar):
        loaded.notes.append(
            f"{bars.symbol}: the funding rate at the end, {iso_utc(span.end_ns)}, is not known: not paid."
        )


def _suspensions(symbol: str, resolved: ResolvedFunding) -> Iterator[Suspension]:
    for start_ns, end_ns in resolved.suspensions:
        missed = sum(start_ns < at_ns <= end_ns for hole in resolved.holes for at_ns in hole.missed_at_ns)
        yield Suspension(symbol, start_ns, end_ns, f"{_counted(missed, 'funding rate')} missing")


def _hole_notes(symbol: str, holes: tuple[FundingHole, ...], request: HistoryRequest) -> Iterator[str]:
    if not holes:
        return
    missed = [at_ns for hole in holes for at_ns in hole.missed_at_ns]
    where = f"in {_counted(len(holes), 'hole')}, {iso_utc(missed[0])} to {iso_utc(missed[-1])}"
    match request.funding_holes:
        case AssumeRate(rate):
            yield f"{symbol}: {_counted(len(missed), 'settlement')} assumed at a rate of {rate:f} {where}."
        case SkipHoles():
            yield f"{symbol}: not held while {_counted(len(missed), 'funding rate')} are unknown {where}."
        case _:
            return


def _add_marks(loaded: _Loaded, bars: BarSeries, source: MarketSource) -> BarSeries:
    """Add the marks of one instrument, and return them as published: without last prices standing in."""
    span = _span(bars)
    marks = loaded.reading.marks(source, bars.symbol, bars.interval_ns)
    marks = marks.between(span.start_ns, span.end_ns)
    missing = count_missing(bars, marks)
    if missing:
        loaded.notes.append(f"{bars.symbol}: {missing:,} of {len(bars):,} {STAND_INS}")
    loaded.marks[bars.symbol] = complete_marks(bars, marks)
    return marks


def _add_detail(loaded: _Loaded, bars: BarSeries, source: MarketSource, detail_interval_ns: int) -> None:
    span = _span(bars)
    detail = loaded.reading.bars(source, bars.symbol, detail_interval_ns).between(span.start_ns, span.end_ns)
    incomplete = _count_incomplete(bars, detail)
    if incomplete:
        loaded.notes.append(
            f"{bars.symbol}: {incomplete:,} of {len(bars):,} bars lack some or all "
            f"{format_interval(detail_interval_ns)} detail; the bar decides there."
        )
    if len(detail):
        loaded.detail[bars.symbol] = detail


def _count_incomplete(bars: BarSeries, detail: BarSeries) -> int:
    """Return how many bars are not fully covered by detail bars."""
    first = np.searchsorted(detail.opened_at_ns, bars.opened_at_ns, side="left")
    behind = np.searchsorted(detail.opened_at_ns, bars.closed_at_ns, side="left")
    return int((behind - first < bars.interval_ns // detail.interval_ns).sum())


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
