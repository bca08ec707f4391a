"""The command `rules refresh`."""

import asyncio
import json
import os
import sys
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import frozen

from adapters.clock.system_clock import SystemClock
from adapters.instrument_rules.catalog import known_book, known_symbols
from adapters.instrument_rules.exchange_info import PATH, read_exchange_info
from adapters.instrument_rules.leverage_brackets import read_leverage_brackets
from adapters.instrument_rules.rules_file import plain_figure, read_versions, write_versions
from adapters.instrument_rules.rules_server import fetch
from application.errors import DataError
from application.refresh_rules import News, find_news, merged, refuse_rewriting
from domain.rule_book import RuleBook, RuleFigures, RuleVersion
from domain.time_units import NS_PER_DAY, NS_PER_SECOND, iso_utc, to_ns
from entrypoints.data_directory import refreshed_rules_file
from entrypoints.errors import ConfigurationError

_TRAILS_NS_MAX: Final = NS_PER_DAY
"""A date may lie this far ahead of our clock, which need not be right."""


@frozen
class Sources:
    """Where the present rules are read.

    Attributes:
        url: Address of the venue; None to leave it alone.
        exchange_info: A saved answer in its place.
        brackets: A saved answer with margin brackets; None for none.
    """

    url: str | None
    exchange_info: Path | None
    brackets: Path | None


@frozen
class _Published:
    """What the sources say, together.

    Attributes:
        figures: By symbol.
        served_at_ns: The server time of a saved list of contracts; None if there is none.
        origin: Where it was read, in words.
    """

    figures: Mapping[str, RuleFigures]
    served_at_ns: int | None
    origin: str


def refresh_rules(sources: Sources, at: datetime | None, symbols: tuple[str, ...], *, as_json: bool) -> None:
    """Read the present rules and record what has changed.

    Raises:
        NetworkError: The venue does not answer as agreed.
        DataError: An answer, a file or the recorded table is not as agreed; nothing is written.
        ConfigurationError: A symbol that was asked for by name is listed nowhere.
    """
    path = refreshed_rules_file(os.environ)
    recorded = read_versions(path)
    wanted = {*known_symbols(), *recorded, *symbols}
    published = _read(sources, wanted)
    _check_found(symbols, published)
    at_ns = _since(at, published)
    books = _books(path, published.figures, recorded)
    news = find_news(books, published.figures, at_ns=at_ns, origin=published.origin)
    refuse_rewriting(recorded, news)
    if news.versions:
        write_versions(path, _with_news(recorded, news))
    _tell(news, at_ns, path, wanted - set(published.figures), as_json=as_json)


def _read(sources: Sources, wanted: Collection[str]) -> _Published:
    figures: Mapping[str, RuleFigures] = {}
    served_at_ns, origins = None, []
    if sources.url is not None:
        address = sources.url.rstrip("/") + PATH
        figures = read_exchange_info(asyncio.run(fetch(address)), address, wanted).figures
        origins.append(address)
    elif sources.exchange_info is not None:
        name = str(sources.exchange_info)
        info = read_exchange_info(_content(sources.exchange_info), name, wanted)
        figures, served_at_ns = info.figures, info.served_at_ns
        origins.append(name)
    if sources.brackets is not None:
        name = str(sources.brackets)
        figures = merged(figures, read_leverage_brackets(_content(sources.brackets), name, wanted))
        origins.append(name)
    return _Published(figures, served_at_ns, " and ".join(origins))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _check_found(symbols: Collection[str], published: _Published) -> None:
    for symbol in symbols:
        if symbol not in published.figures:
            raise ConfigurationError(f"--symbol {symbol}: is not listed in {published.origin}")


def _since(at: datetime | None, published: _Published) -> int:
    """Return since when the figures are known to hold, to the second."""
    now_ns = SystemClock().now_ns()
    given_ns = to_ns(at) if at is not None else published.served_at_ns
    if given_ns is not None and given_ns > now_ns + _TRAILS_NS_MAX:
        raise DataError(f"{published.origin}: is dated {iso_utc(given_ns)}, in the future")
    return (now_ns if given_ns is None else given_ns) // NS_PER_SECOND * NS_PER_SECOND


def _books(
    path: Path, symbols: Iterable[str], recorded: Mapping[str, tuple[RuleVersion, ...]]
) -> Mapping[str, RuleBook]:
    try:
        return {symbol: known_book(symbol, recorded) for symbol in symbols}
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error


def _with_news(recorded: Mapping[str, tuple[RuleVersion, ...]], news: News) -> Mapping[str, tuple[RuleVersion, ...]]:
    added = {symbol: (*recorded.get(symbol, ()), version) for symbol, version in news.versions.items()}
    return {**recorded, **added}


def _tell(news: News, at_ns: int, path: Path, missing: Collection[str], *, as_json: bool) -> None:
    if as_json:
        document = {
            "at": iso_utc(at_ns),
            "table": str(path),
            "changes": [
                {
                    "symbol": change.symbol,
                    "figure": change.name,
                    "before": None if change.before is None else plain_figure(change.before),
                    "after": plain_figure(change.after),
                }
                for change in news.changes
            ],
            "not_listed": sorted(missing),
        }
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        return
    from entrypoints.terminal.rules_tables import print_news  # noqa: PLC0415

    print_news(news, at_ns, path, missing)
