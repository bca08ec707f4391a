"""The signals of a run as comma-separated text, for spreadsheets and scripts."""

import csv
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from typing import Final

from adapters.run_documents.plain_numbers import plain
from application.results.signal_log import SignalEntry
from domain.time_units import iso_utc

_FORMULAS: Final = tuple("=+-@\t\r")

_COLUMNS: Final[Mapping[str, Callable[[SignalEntry], str]]] = {
    "at": lambda each: iso_utc(each.at_ns),
    "symbol": lambda each: _text(each.symbol),
    "strategy": lambda each: _text(each.strategy),
    "action": lambda each: each.signal.action.value,
    "strength": lambda each: repr(each.signal.strength),
    "confidence": lambda each: repr(each.signal.confidence),
    "stop_distance": lambda each: _number(each.signal.stop_distance),
    "target_distance": lambda each: _number(each.signal.target_distance),
    "scenario": lambda each: "" if each.scenario is None else each.scenario.code,
    "weight": lambda each: _number(each.weight),
    "reason": lambda each: _text(each.signal.reason),
    "target_quantity": lambda each: "" if each.target_quantity is None else plain(each.target_quantity),
    "size_reason": lambda each: _text(each.size_reason),
    "outcome": lambda each: each.outcome.value,
    "codes": lambda each: _text(" ".join(each.codes)),
    "detail": lambda each: _text(each.detail),
    "orders": lambda each: _text(" ".join(each.orders)),
}


def signals_csv(entries: Iterable[SignalEntry]) -> str:
    """Return one line for each signal below a line of names; estimates with every digit, unknown ones empty."""
    sink = StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([column(each) for column in _COLUMNS.values()] for each in entries)
    return sink.getvalue()


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _text(text: str) -> str:
    """Mark what a spreadsheet would run as a formula as the text that it is; every end of a line is one character.

    Python before 3.13 leaves a lone carriage return unquoted, and readers then see a row end there.
    """
    marked = f"'{text}" if text.startswith(_FORMULAS) else text
    return marked.replace("\r\n", "\n").replace("\r", "\n")
