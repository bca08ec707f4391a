"""Which series a run was made on, as its provenance lists them."""

from collections.abc import Callable, Iterator
from hashlib import sha256

from application.market_history import MarketHistory
from application.results.run_record import SourceSeries
from domain.market import BarSeries, FundingEvent

OriginOf = Callable[[str, str], str]
"""Says in words where a series comes from: ``origin_of(symbol, kind)``."""


def sources_of(history: MarketHistory, origin_of: OriginOf) -> Iterator[SourceSeries]:
    """Yield every series of a history that holds anything, instrument by instrument."""
    for symbol in history.symbols:
        for kind, table in (("bars", history.bars), ("mark", history.marks), ("detail", history.detail)):
            series = table.get(symbol)
            if series is not None and len(series):
                yield _bars(series, kind, origin_of(symbol, kind))
        events = history.funding.get(symbol, ())
        if events:
            yield _funding(symbol, events, origin_of(symbol, "funding"))


def _bars(series: BarSeries, kind: str, origin: str) -> SourceSeries:
    return SourceSeries(
        symbol=series.symbol,
        kind=kind,
        origin=origin,
        n_rows=len(series),
        start_ns=int(series.opened_at_ns[0]),
        end_ns=int(series.opened_at_ns[-1]) + series.interval_ns,
        sha256=series.content_hash(),
    )


def _funding(symbol: str, events: tuple[FundingEvent, ...], origin: str) -> SourceSeries:
    lines = (f"{event.settled_at_ns}|{event.rate}|{event.is_assumed}\n" for event in events)
    return SourceSeries(
        symbol=symbol,
        kind="funding",
        origin=origin,
        n_rows=len(events),
        start_ns=events[0].settled_at_ns,
        end_ns=events[-1].settled_at_ns,
        sha256=sha256("".join(lines).encode()).hexdigest(),
    )
