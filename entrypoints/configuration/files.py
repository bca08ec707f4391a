"""Which files a configuration means, and what is in them, independently of where they lie."""

import re
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Final

from application.market_request import HistoryRequest, SymbolFiles
from application.market_series import Market, SeriesKey, SeriesKind
from application.ports.market_catalog import MarketCatalog
from domain.instrument import is_spot, venue_symbol
from domain.time_units import parse_interval, to_ns
from entrypoints.configuration.keys import shown
from entrypoints.configuration.sections import DataSection, SymbolData
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.errors import ConfigurationError

_VARIABLE_FIRST: Final = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)(?=/|$)")


def history_request(data: DataSection, source: ConfigurationSource) -> HistoryRequest:
    """Return the request for market data that a configuration means.

    Raises:
        ConfigurationError: The root names a variable that is not set.
    """
    root = data_root(data, source)
    return HistoryRequest(
        files={symbol: _symbol_files(symbol, files, data, root) for symbol, files in data.symbols.items()},
        interval_ns=parse_interval(data.interval),
        start_ns=None if data.start is None else to_ns(data.start),
        end_ns=None if data.end is None else to_ns(data.end),
        period_mode=data.period,
        funding_holes=data.missing_funding,
        allow_no_funding=data.allow_no_funding,
        quality_min=data.quality_min,
    )


def data_root(data: DataSection, source: ConfigurationSource) -> Path:
    """Return the folder at which relative paths start: absolute, with ``~`` and a leading variable filled in.

    Raises:
        ConfigurationError: The variable is not set, or nobody knows the home folder.
    """
    if data.root is None:
        return source.folder
    text = data.root
    match = _VARIABLE_FIRST.match(text)
    if match is not None:
        value = source.environment.get(match[1])
        if not value:
            raise ConfigurationError(
                f"{source.name}: data.root: {shown(text)} needs the environment variable {match[1]}, which is not set"
            )
        text = value + text[match.end() :]
    try:
        return source.folder / Path(text).expanduser()
    except RuntimeError as error:
        raise ConfigurationError(f"{source.name}: data.root: {shown(text)}: {error}") from error


def _symbol_files(symbol: str, files: SymbolData, data: DataSection, root: Path) -> SymbolFiles:
    if files.catalog is not None:
        return _catalog_series(symbol, files, files.catalog, parse_interval(data.interval))
    return SymbolFiles(
        bars=None if files.bars is None else root / files.bars,
        funding=None if files.funding is None else root / files.funding,
        mark=None if files.mark is None else root / files.mark,
        detail=None if files.detail is None else root / files.detail,
        detail_interval_ns=None if files.detail_interval is None else parse_interval(files.detail_interval),
    )


def _catalog_series(symbol: str, files: SymbolData, market: Market, interval_ns: int) -> SymbolFiles:
    detail_ns = None if files.detail_interval is None else parse_interval(files.detail_interval)
    name, has_more = venue_symbol(symbol), not is_spot(symbol)
    return SymbolFiles(
        bars=SeriesKey(market, SeriesKind.BARS, name, interval_ns),
        funding=SeriesKey(market, SeriesKind.FUNDING, name) if has_more else None,
        mark=SeriesKey(market, SeriesKind.MARK, name, interval_ns) if has_more else None,
        detail=None if detail_ns is None else SeriesKey(market, SeriesKind.BARS, name, detail_ns),
        detail_interval_ns=detail_ns,
    )


def content_hashes(files: Mapping[str, SymbolFiles], catalog: MarketCatalog | None) -> Iterator[tuple[str, str, str]]:
    """Yield symbol, kind and the SHA-256 of each file or series, in a fixed order. They must have been read before."""
    for symbol in sorted(files):
        each = files[symbol]
        kinds = (("bars", each.bars), ("funding", each.funding), ("mark", each.mark), ("detail", each.detail))
        for kind, source in kinds:
            if isinstance(source, SeriesKey):
                if catalog is not None:
                    yield symbol, kind, catalog.info(source).content_hash
            elif source is not None:
                with source.open("rb") as file:
                    yield symbol, kind, file_digest(file, "sha256").hexdigest()
