"""Reads named columns of one Parquet or CSV file as arrays.

The only module here that imports pyarrow, which takes a while: import this one inside the
function that reads. No error of pyarrow gets out of it.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
from attrs import field, frozen

from adapters.market_data.invalid_rows import FirstInvalidRow
from adapters.market_data.row_checks import row_error
from adapters.market_data.text_casts import casts, first_uncastable
from application.errors import DataError
from domain.market import Float64Array, Int64Array

_COLUMNS_SHOWN_MAX: Final = 12


@frozen(eq=False)
class ColumnFile:
    """The wanted columns of one file, not yet converted.

    Attributes:
        path: The file.
    """

    path: Path
    _table: pa.Table = field(repr=False)

    def integers(self, name: str) -> Int64Array:
        """Return a column of whole numbers, shape (n_rows,).

        Raises:
            DataError: A value is missing or not a whole number; the message names row, column and value.
        """
        column = self._present(name)
        if pa.types.is_string(column.type):
            column = self._parsed(name, column, pa.int64(), "is not a whole number")
        elif not pa.types.is_integer(column.type):
            raise self._wrong_type(name, column, "whole numbers (int64)")
        return np.asarray(self._cast(name, column, pa.int64()), dtype=np.int64)

    def floats(self, name: str) -> Float64Array:
        """Return a column of numbers, shape (n_rows,); NaN and infinities pass.

        Single-precision columns are refused: 0.1 read from one is 0.10000000149, which nobody published.

        Raises:
            DataError: A value is missing or not a number; the message names row, column and value.
        """
        column = self._present(name)
        if pa.types.is_string(column.type):
            column = self._parsed(name, column, pa.float64(), "is not a number")
        elif not (pa.types.is_float64(column.type) or pa.types.is_integer(column.type)):
            raise self._wrong_type(name, column, "numbers (float64)")
        return np.asarray(self._cast(name, column, pa.float64()), dtype=np.float64)

    def _present(self, name: str) -> pa.ChunkedArray:
        column = self._table[name]
        if column.null_count:
            row = pyarrow.compute.index(column.is_null(), True).as_py()
            raise DataError(f"{self.path}: row {row + 1}, column {name}: the value is missing")
        return column

    def _parsed(self, name: str, column: pa.ChunkedArray, to: pa.DataType, what: str) -> pa.ChunkedArray:
        if casts(column, to):
            return column.cast(to)
        row = first_uncastable(column, to)
        text = column[row].as_py()
        if not text.strip():
            raise DataError(f"{self.path}: row {row + 1}, column {name}: the value is missing")
        raise row_error(self.path, row, name, text, what)

    def _cast(self, name: str, column: pa.ChunkedArray, to: pa.DataType) -> object:
        if not casts(column, to):
            row = first_uncastable(column, to)
            raise row_error(self.path, row, name, column[row].as_py(), f"does not fit into {to}")
        return column.cast(to).to_numpy()

    def _wrong_type(self, name: str, column: pa.ChunkedArray, wanted: str) -> DataError:
        return DataError(f"{self.path}: column {name} holds {column.type} (row 1: {column[0].as_py()}), not {wanted}")


def read_column_file(path: Path, names: Sequence[str]) -> ColumnFile:
    """Read the named columns of a ``.parquet``, ``.csv`` or ``.csv.gz`` file; other columns are ignored.

    A CSV has one header row and commas; blank lines are skipped and not counted.

    Raises:
        DataError: The file is missing, unreadable, empty, of an unknown kind, or lacks a column.
    """
    if not path.exists():
        raise DataError(f"{path}: there is no such file")
    if not path.is_file():
        raise DataError(f"{path}: is not a file")
    table = _read_table(path, names)
    if table.num_rows == 0:
        raise DataError(f"{path}: holds no rows")
    return ColumnFile(path, table)


def _read_table(path: Path, names: Sequence[str]) -> pa.Table:
    lowered = path.name.lower()
    if lowered.endswith(".parquet"):
        return _read_parquet(path, names)
    if lowered.endswith((".csv", ".csv.gz")):
        return _read_csv(path, names)
    raise DataError(f"{path}: unknown kind of file; known are .parquet, .csv and .csv.gz")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error


def _read_parquet(path: Path, names: Sequence[str]) -> pa.Table:
    with _readable(path), pyarrow.parquet.ParquetFile(path) as file:
        _check_names(path, file.schema_arrow.names, names)
        return file.read(columns=list(names))


def _read_csv(path: Path, names: Sequence[str]) -> pa.Table:
    with _readable(path), _open_text(path) as file:
        # Blank lines are no rows, also before the header.
        first_line = next((line for line in file if line.strip("\r\n")), "")
        header = next(csv.reader([first_line]), [])
    if not header:
        raise DataError(f"{path}: is empty")
    _check_names(path, header, names)
    bad_rows = FirstInvalidRow()
    try:
        with _readable(path):
            return _parse_csv(path, names, bad_rows)
    except DataError:
        if bad_rows.first is None:
            raise
        found, expected = bad_rows.first.actual_columns, bad_rows.first.expected_columns
        # pyarrow counts the header as its first row.
        message = f"{path}: row {bad_rows.first.number - 1}: {found} fields where the header names {expected}"
        raise DataError(message) from None


def _parse_csv(path: Path, names: Sequence[str], bad_rows: FirstInvalidRow) -> pa.Table:
    """Return the columns as text: pyarrow's own conversion would hide the row and turn "null" into nothing."""
    return pyarrow.csv.read_csv(
        path,
        # Only a single thread knows row numbers; a million rows still take under a second.
        read_options=pyarrow.csv.ReadOptions(use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=bad_rows),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=list(names), column_types=dict.fromkeys(names, pa.string())
        ),
    )


def _open_text(path: Path) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _check_names(path: Path, found: Sequence[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if name not in found:
            spaced = [each for each in found if each.strip() == name]
            if spaced:
                raise DataError(f"{path}: column {name} is written {spaced[0]!r} in the header: take away the spaces")
            shown = ", ".join(found[:_COLUMNS_SHOWN_MAX])
            raise DataError(f"{path}: column {name} is missing (found: {shown})")
        if found.count(name) > 1:
            raise DataError(f"{path}: column {name} occurs {found.count(name)} times")
