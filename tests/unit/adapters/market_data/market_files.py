"""Writes small market data files; only what a test is about has to be said."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.parquet

from domain.time_units import NS_PER_MS

HOUR_MS: Final = 3_600_000
START_MS: Final = 1_704_067_200_000  # 2024-01-01T00:00:00Z
START_NS: Final = START_MS * NS_PER_MS

Columns: TypeAlias = Mapping[str, Sequence[object]]


def bar_columns(n_bars: int = 4, *, start_ms: int = START_MS, step_ms: int = HOUR_MS, price: float = 100.0) -> Columns:
    """Return valid bars, one step apart, that rise by one each."""
    base = [price + row for row in range(n_bars)]
    return {
        "open_time": [start_ms + row * step_ms for row in range(n_bars)],
        "open": base,
        "high": [value + 2 for value in base],
        "low": [value - 1 for value in base],
        "close": [value + 1 for value in base],
        "volume": [10.0] * n_bars,
    }


def funding_columns(n_events: int = 3, *, start_ms: int = START_MS, late_ms: int = 0) -> Columns:
    """Return settlements every 8 hours at one basis point."""
    return {
        "funding_time": [start_ms + row * 8 * HOUR_MS + late_ms for row in range(n_events)],
        "funding_rate": [0.0001] * n_events,
    }


def with_value(columns: Columns, column: str, row: int, value: object) -> Columns:
    """Return the columns with one value replaced; rows count from 0."""
    values = list(columns[column])
    values[row] = value
    return {**columns, column: values}


def without(columns: Columns, column: str) -> Columns:
    """Return the columns but one."""
    return {name: values for name, values in columns.items() if name != column}


def csv_text(columns: Columns) -> str:
    """Return the columns as CSV; None becomes an empty field."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join("" if value is None else str(value) for value in row) for row in rows]
    return "\n".join([",".join(columns), *lines]) + "\n"


def write_columns(path: Path, columns: Columns) -> Path:
    """Write the columns in the format that the name asks for, and return the path."""
    if path.name.endswith(".parquet"):
        pyarrow.parquet.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)
    elif path.name.endswith(".gz"):
        path.write_bytes(gzip.compress(csv_text(columns).encode()))
    else:
        path.write_text(csv_text(columns), encoding="utf-8")
    return path
