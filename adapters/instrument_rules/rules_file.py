"""The user's own dated table: what refreshing has found, as one JSON file beside the shipped rules.

Written whole or not at all; read strictly, because whoever edits a figure by hand must hear of a slip.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from adapters.durable_files import replace_file
from adapters.instrument_rules.strict_json import Place, read_document
from application.errors import DataError
from domain.instrument import BracketRow, MarginSchedule
from domain.rule_book import FIGURE_NAMES, Figure, RuleFigures, RuleVersion
from domain.time_units import iso_utc, to_ns

SCHEMA: Final = "autotrading.rules"
SCHEMA_VERSION: Final = 1

_ABOUT: Final = ("symbol", "effective_at", "origin")
_BRACKET_LENGTH: Final = 4

Versions = Mapping[str, tuple[RuleVersion, ...]]
"""Dated versions by symbol."""


def read_versions(path: Path) -> Versions:
    """Return the versions in a table, by symbol; none if there is no file yet.

    Raises:
        DataError: The file is not such a table. One line naming file, row, key and value.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    document = read_document(content, str(path))
    _check_schema(document)
    found: dict[str, tuple[RuleVersion, ...]] = {}
    for row in document.key("rows").items():
        symbol = row.key("symbol").text()
        found[symbol] = (*found.get(symbol, ()), _version(row))
    return found


def _check_schema(document: Place) -> None:
    _refuse_unknown(document, ("schema", "version", "rows"))
    if document.key("schema").value != SCHEMA:
        document.key("schema").expected(repr(SCHEMA))
    if document.key("version").value != SCHEMA_VERSION:
        document.key("version").expected(f"version {SCHEMA_VERSION}, the one that this product reads")


def _refuse_unknown(place: Place, known: Iterable[str]) -> None:
    for name in place.names():
        if name not in known:
            place.refuse(f"unknown key {name!r}")


def _version(row: Place) -> RuleVersion:
    _refuse_unknown(row, (*_ABOUT, *FIGURE_NAMES))
    try:
        figures = RuleFigures(**dict(_figures(row)))
        return RuleVersion(_instant(row.key("effective_at")), figures, row.key("origin").text())
    except ValueError as error:
        row.refuse(str(error))


def _instant(place: Place) -> int:
    try:
        instant = datetime.fromisoformat(place.text())
    except ValueError:
        place.expected("a UTC time such as 2026-03-31T08:00:00Z")
    if instant.tzinfo is None:
        place.expected("a UTC time with its Z")
    return to_ns(instant.astimezone(UTC))


def _figures(row: Place) -> Iterator[tuple[str, Any]]:  # each figure has a type of its own
    for name in FIGURE_NAMES:
        if row.has(name):
            place = row.key(name)
            if name == "brackets":
                yield name, MarginSchedule.from_rows(_bracket(each) for each in place.items())
            elif name == "funding_interval_h":
                yield name, place.whole()
            else:
                yield name, place.decimal()


def _bracket(place: Place) -> BracketRow:
    cells = tuple(place.items())
    if len(cells) != _BRACKET_LENGTH:
        place.expected("[notional floor, notional cap, maintenance rate, largest leverage]")
    return cells[0].decimal(), cells[1].positive(), cells[2].positive(), cells[3].whole()


def write_versions(path: Path, versions: Versions) -> None:
    """Write a table so that it is there as a whole or as it was before, also after a power cut.

    Raises:
        DataError: The disk does not take it. One line.
    """
    rows = [_row(symbol, version) for symbol in sorted(versions) for version in versions[symbol]]
    document = {"schema": SCHEMA, "version": SCHEMA_VERSION, "rows": rows}
    content = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content.encode())
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


def _row(symbol: str, version: RuleVersion) -> dict[str, object]:
    about: dict[str, object] = {
        "symbol": symbol,
        "effective_at": iso_utc(version.effective_at_ns),
        "origin": version.origin,
    }
    return about | {name: plain_figure(getattr(version.figures, name)) for name in version.figures.stated}


def plain_figure(figure: Figure) -> object:
    """Return a figure as JSON holds it: decimals as text, brackets as lists."""
    if isinstance(figure, MarginSchedule):
        return [
            [
                *(f"{each:f}" for each in (bracket.notional_floor, bracket.notional_cap, bracket.maintenance_rate)),
                bracket.leverage_max,
            ]
            for bracket in figure.brackets
        ]
    return f"{figure:f}" if isinstance(figure, Decimal) else figure
