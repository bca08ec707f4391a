"""Turns a request for series of the catalogue into one that only names what is there."""

from collections.abc import Iterator

from attrs import evolve

from application.market_request import HistoryRequest, MarketSource, SymbolFiles
from application.market_series import SeriesKey
from application.ports.market_catalog import MarketCatalog


def with_what_is_there(request: HistoryRequest, catalog: MarketCatalog) -> HistoryRequest:
    """Return the request without the series that the catalogue lacks and the run can do without, and say which.

    Mark prices can be done without, as with files: the last price stands in. So can funding, where the request allows
    it. Bars, detail and funding otherwise cannot.

    Raises:
        DataError: A series that cannot be done without is missing; the line names it and the command that brings it.
    """
    files = {symbol: _there(each, request, catalog) for symbol, each in sorted(request.files.items())}
    notes = [note for symbol, each in files.items() for note in _notes(symbol, request.files[symbol], each)]
    return evolve(request, files=files, notes=(*request.notes, *notes))


def _there(files: SymbolFiles, request: HistoryRequest, catalog: MarketCatalog) -> SymbolFiles:
    for source in (files.bars, files.detail, None if request.allow_no_funding else files.funding):
        if isinstance(source, SeriesKey):
            catalog.info(source)
    funding = files.funding if _is_there(files.funding, catalog) else None
    mark = files.mark if _is_there(files.mark, catalog) else None
    return evolve(files, funding=funding, mark=mark)


def _is_there(source: MarketSource | None, catalog: MarketCatalog) -> bool:
    return not isinstance(source, SeriesKey) or catalog.has(source)


def _notes(symbol: str, asked: SymbolFiles, there: SymbolFiles) -> Iterator[str]:
    if asked.mark is not None and there.mark is None:
        yield f"{symbol}: the catalogue has no {asked.mark}; the last price is the mark."
