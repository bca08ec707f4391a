"""Tables of bars for tests of validation: clean ones from a seed, and what can be planted in them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.bar_table import BarTable
from domain.data_quality.findings import FindingCode
from domain.data_quality.series_quality import SeriesQuality
from domain.data_quality.validation import Claim, validate_bars
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, SYMBOL

N_ROWS: Final = 1_500
"""Enough for every check but that for a generated look, which such a walk would rightly show."""

COLUMNS: Final = ("opened_at_ns", "open", "high", "low", "close", "volume")

Columns: TypeAlias = dict[str, NDArray[Any]]


def clean_columns(seed: int = 0, n_rows: int = N_ROWS, *, interval_ns: int = NS_PER_HOUR) -> Columns:
    """Return an unbroken random walk of 0.5 % a bar whose opens are the closes before."""
    random = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.005, n_rows)))
    opens = np.concatenate(([100.0], close))[:-1]
    wick = np.exp(np.abs(random.normal(0.0, 0.002, (2, n_rows))))
    return {
        "opened_at_ns": START_NS + interval_ns * np.arange(n_rows, dtype=np.int64),
        "open": opens,
        "high": np.maximum(opens, close) * wick[0],
        "low": np.minimum(opens, close) / wick[1],
        "close": close,
        "volume": np.exp(random.normal(5.0, 0.8, n_rows)),
    }


def table_of(columns: Mapping[str, NDArray[Any]], *, interval_ns: int = NS_PER_HOUR) -> BarTable:
    """Return columns as a table."""
    numbers = [np.asarray(columns[name], dtype=np.float64) for name in COLUMNS[1:]]
    return BarTable(SYMBOL, interval_ns, np.asarray(columns["opened_at_ns"], dtype=np.int64), *numbers)


def rows_of(columns: Columns, rows: NDArray[np.int64]) -> Columns:
    """Return these rows, in this order, some perhaps twice."""
    return {name: column[rows] for name, column in columns.items()}


def split_table(table: BarTable, at: list[int]) -> list[BarTable]:
    """Return a table in pieces, cut before these rows."""
    return [_piece(table, start, stop) for start, stop in pairwise([0, *sorted(at), len(table)])]


def _piece(table: BarTable, start: int, stop: int) -> BarTable:
    return BarTable(table.symbol, table.interval_ns, *(getattr(table, name)[start:stop] for name in COLUMNS))


def judged(
    columns: Mapping[str, NDArray[Any]], *, interval_ns: int = NS_PER_HOUR, as_of_ns: int | None = None
) -> SeriesQuality:
    """Return what validation says about columns that claim to be traded bars."""
    claim = Claim(symbol=SYMBOL, interval_ns=interval_ns, as_of_ns=as_of_ns)
    return validate_bars(claim, [table_of(columns, interval_ns=interval_ns)])


def counts(quality: SeriesQuality) -> dict[FindingCode, int]:
    """Return how many rows each finding counts."""
    return {finding.code: finding.count for finding in quality.findings}


def rows_found(quality: SeriesQuality, code: FindingCode) -> list[int | None]:
    """Return the rows at which something was found first."""
    found = [finding for finding in quality.findings if finding.code is code]
    return [place.row for finding in found for place in finding.occurrences]


def times_found(quality: SeriesQuality, code: FindingCode) -> list[int]:
    """Return the instants at which something was found first."""
    found = [finding for finding in quality.findings if finding.code is code]
    return [place.at_ns for finding in found for place in finding.occurrences]
