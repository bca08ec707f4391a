"""The commands `rules list` and `rules show`."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches

from adapters.clock.system_clock import SystemClock
from adapters.instrument_rules.catalog import known_book, known_symbols
from adapters.instrument_rules.rules_file import plain_figure, read_versions
from application.errors import DataError
from domain.rule_book import FIGURE_NAMES, RuleBook, RuleFigures
from domain.time_units import NS_PER_HOUR, iso_utc, to_ns
from entrypoints.data_directory import refreshed_rules_file
from entrypoints.errors import ConfigurationError


def list_rules(*, as_json: bool) -> None:
    """Print all instruments whose rules are known, with what holds now.

    Raises:
        DataError: The recorded table is not as agreed.
    """
    now_ns, books = SystemClock().now_ns(), _books()
    if as_json:
        _write([_summary(book, now_ns) for book in books.values()])
        return
    from entrypoints.terminal.rules_tables import print_list  # noqa: PLC0415

    print_list(books.values(), now_ns)


def show_rules(symbol: str, at: datetime | None, *, as_json: bool) -> None:
    """Print the rules of one instrument at a time, and its dated versions.

    Raises:
        ConfigurationError: Nothing is known of the instrument.
        DataError: The recorded table is not as agreed.
    """
    books = _books()
    if symbol not in books:
        nearest = get_close_matches(symbol.upper(), books, n=1, cutoff=0.0)[0]
        raise ConfigurationError(f"no trading rules are known for {symbol!r}; the nearest known is {nearest}")
    at_ns = SystemClock().now_ns() if at is None else to_ns(at)
    if as_json:
        _write(_document(books[symbol], at_ns))
        return
    from entrypoints.terminal.rules_tables import print_rules  # noqa: PLC0415

    print_rules(books[symbol], at_ns)


def _books() -> Mapping[str, RuleBook]:
    path = refreshed_rules_file(os.environ)
    recorded = read_versions(path)
    try:
        return {symbol: known_book(symbol, recorded) for symbol in sorted({*known_symbols(), *recorded})}
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error


def _summary(book: RuleBook, now_ns: int) -> dict[str, object]:
    dates = [version.effective_at_ns for version in book.versions]
    return {
        "symbol": book.symbol,
        "first_at": iso_utc(dates[0]),
        "last_at": iso_utc(dates[-1]),
        "versions": len(dates),
        "missing": list(book.missing),
        "rules": _plain(book.figures_at(now_ns)),
    }


def _document(book: RuleBook, at_ns: int) -> dict[str, object]:
    terms = book.funding_terms_at(at_ns)
    cap = None if terms.rate_cap is None else plain_figure(terms.rate_cap)
    funding: dict[str, object] = {"funding_interval_h": terms.interval_ns // NS_PER_HOUR, "funding_cap": cap}
    return {
        "symbol": book.symbol,
        "at": iso_utc(at_ns),
        "rules": _plain(book.figures_at(at_ns)) | funding,
        "assumed": list(book.stand_ins_at(at_ns)),
        "missing": list(book.missing),
        "versions": [
            {"effective_at": iso_utc(each.effective_at_ns), "origin": each.origin, "figures": _plain(each.figures)}
            for each in book.versions
        ],
    }


def _plain(figures: RuleFigures) -> dict[str, object]:
    return {name: plain_figure(getattr(figures, name)) for name in FIGURE_NAMES if name in figures.stated}


def _write(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
