"""What the first lines of a CSV file tell: its separator, whether it has a header, and where the rows begin."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from application.errors import DataError

_SEPARATORS: Final = (",", ";", "\t", "|")
_LINES_SEEN_MAX: Final = 50
_NAME: Final = re.compile(r"[A-Za-z_#][\w #()\[\].\-/%]*", re.ASCII)
_FIELD_LENGTH_MAX: Final = 80
_LINE_LENGTH_MAX: Final = 20_000

# Files of the venue's own archive before it wrote headers, and the bare bars of other tools.
_UNNAMED: Final = {
    12: (
        *("open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count"),
        *("taker_buy_volume", "taker_buy_quote_volume", "ignore"),
    ),
    8: (
        *("agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time", "is_buyer_maker"),
        "is_best_match",
    ),
    7: ("agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time", "is_buyer_maker"),
    6: ("open_time", "open", "high", "low", "close", "volume"),
}


@frozen
class CsvForm:
    """How a CSV file is laid out.

    Attributes:
        separator: Between fields.
        names: Of the columns.
        has_header: Whether the names stand in the file.
        start: Byte at which the rows begin.
        n_lines_before: Lines before the header that are no part of the table.
    """

    separator: str
    names: tuple[str, ...]
    has_header: bool
    start: int
    n_lines_before: int


def csv_form(path: Path, beginning: bytes) -> CsvForm:
    """Return the layout of a file that begins like this.

    Raises:
        DataError: It is not UTF-8 text, or no table of at least two columns is found.
    """
    lines = _lines(path, beginning)
    if any(len(text) > _LINE_LENGTH_MAX for _, text in lines):
        raise DataError(f"{path}: is no table: a line has more than {_LINE_LENGTH_MAX:,} characters")
    separator, n_fields = _separator(path, [text for _, text in lines])
    table = [(start, text) for start, text in lines if len(_fields(text, separator)) == n_fields]
    first_start, first = table[0]
    n_lines_before = [start for start, _ in lines].index(first_start)
    fields = tuple(field.strip() for field in _fields(first, separator))
    if _is_header(fields):
        start = next((start for start, _ in lines if start > first_start), len(beginning))
        return CsvForm(separator, fields, has_header=True, start=start, n_lines_before=n_lines_before)
    return CsvForm(
        separator, _names_of_unnamed(path, fields), has_header=False, start=first_start, n_lines_before=n_lines_before
    )


def _lines(path: Path, beginning: bytes) -> list[tuple[int, str]]:
    """Return the first lines that are not blank, each with the byte at which it starts."""
    found, start = [], 3 if beginning.startswith(b"\xef\xbb\xbf") else 0
    for line in beginning[start:].splitlines(keepends=True):
        try:
            text = line.decode("utf-8").strip("\r\n")
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: is not UTF-8 text: {error.reason} at byte {start + error.start}") from error
        if text.strip():
            found.append((start, text))
        start += len(line)
        if len(found) == _LINES_SEEN_MAX:
            break
    if not found:
        raise DataError(f"{path}: is empty")
    return found


def _separator(path: Path, lines: Sequence[str]) -> tuple[str, int]:
    """Return the separator that cuts the most lines into the same number of fields, and that number."""
    best = ("", 1, 0)
    for separator in _SEPARATORS:
        counts = Counter(len(_fields(line, separator)) for line in lines)
        n_fields, n_lines = max(counts.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]))
        if n_fields > 1 and n_lines > best[2]:
            best = (separator, n_fields, n_lines)
    if not best[0]:
        raise DataError(f"{path}: is no table: looked for columns parted by comma, semicolon, tab or bar")
    return best[0], best[1]


def _fields(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _is_header(fields: Sequence[str]) -> bool:
    """Whether these are names: words, of which no two are the same, and truth values are none."""
    words = [field for field in fields if field]
    no_values = all(field.lower() not in {"true", "false", "nan", "null", "inf"} for field in words)
    named = all(_NAME.fullmatch(field) and len(field) <= _FIELD_LENGTH_MAX for field in words)
    return bool(words) and no_values and named


def _names_of_unnamed(path: Path, fields: Sequence[str]) -> tuple[str, ...]:
    names = _UNNAMED.get(len(fields))
    if names is None:
        shown = ", ".join(fields[:4])
        raise DataError(
            f"{path}: has no header row, and its {len(fields)} columns ({shown}, ...) are no known layout: "
            "klines have 12 or 6, aggTrades 7 or 8"
        )
    return names
