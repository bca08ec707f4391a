"""A recognized file: rows of one series, in the order in which they stand there."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from attrs import define, evolve, field
from typing_extensions import override

from adapters.market_data.row_checks import row_error
from adapters.market_data.row_forms import FLOAT, ROW_FORMS, Column, Rows
from adapters.market_data.row_tables import bar_table, funding_table
from adapters.market_data.vendor_files.column_names import ColumnSpec
from adapters.market_data.vendor_files.conversions import (
    Convert,
    Place,
    to_flags,
    to_floats,
    to_integers,
    to_rates,
    to_times,
)
from adapters.market_data.vendor_files.symbols import plain_symbol
from adapters.market_data.vendor_files.table_source import TableSource, Wanted
from adapters.market_data.vendor_files.time_columns import TimeReading
from application.errors import DataError
from application.market_series import SeriesKey, SeriesKind
from application.ports.market_catalog import MarketFile
from domain.bar_table import BarTable
from domain.funding_table import FundingTable

_CONVERT: Final[Mapping[Wanted, Convert]] = {
    Wanted.FLOAT: to_floats,
    Wanted.INT: to_integers,
    Wanted.FLAG: to_flags,
}


@define(eq=False)
class VendorFile(MarketFile):
    """One file that was recognized.

    Attributes:
        path: The file.
        key: The series that its rows belong to.
        source: The file as a table.
        columns: Name in the file of each column of ours.
        times: How its times are read.
        symbol_column: Name of the column that repeats the symbol, if it has one.
        more_notes: What recognizing it found out of the ordinary.
    """

    path: Path
    key: SeriesKey
    source: TableSource
    columns: Mapping[ColumnSpec, str]
    times: TimeReading
    symbol_column: str | None = None
    more_notes: tuple[str, ...] = ()
    _reading: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        named = [f"{spec.known_as}={name}" for spec, name in self.columns.items() if name != spec.known_as]
        self._reading = "; ".join(part for part in (self.source.words, self.times.words, ", ".join(named)) if part)

    @property
    @override
    def reading(self) -> str:
        return self._reading

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return (*self.source.notes, *self.more_notes, *self.times.notes())

    @property
    def share_read(self) -> float:
        """Share of the file that was read so far, 0 to 1."""
        return self.source.share_read

    def rows(self) -> Iterator[Rows]:
        """Yield the rows in the order in which they stand there.

        Raises:
            DataError: A value is no number or no time, or a row is of another symbol; the line names file, row,
                column and value.
        """
        row = 0
        self.times = evolve(self.times, seen={})
        for batch in self.source.batches(self._wanted()):
            if self.symbol_column is not None:
                self._check_symbols(batch, row)
            yield Rows(dict(self._converted(batch, row)))
            row += batch.num_rows

    def _wanted(self) -> dict[str, Wanted]:
        wanted = {name: spec.wanted for spec, name in self.columns.items()}
        if self.times.is_text:
            wanted |= {name: Wanted.TEXT for spec, name in self.columns.items() if spec.wanted is Wanted.TIME}
        return wanted if self.symbol_column is None else {**wanted, self.symbol_column: Wanted.TEXT}

    def _converted(self, batch: pa.RecordBatch, row: int) -> Iterator[tuple[str, Column]]:
        names = {spec.ours: (spec, name) for spec, name in self.columns.items()}
        for ours in ROW_FORMS[self.key.kind].columns:
            if ours in names:
                spec, name = names[ours]
                yield ours, self._convert(spec)(Place(self.path, row, name), batch.column(name))
            else:
                yield ours, np.full(batch.num_rows, np.nan, dtype=FLOAT)

    def _convert(self, spec: ColumnSpec) -> Convert:
        if spec.wanted is Wanted.TIME:
            return to_times(self.times)
        return to_rates if spec.ours == "rate" else _CONVERT[spec.wanted]

    def _check_symbols(self, batch: pa.RecordBatch, row: int) -> None:
        column = batch.column(self.symbol_column)
        for text in column.unique().to_pylist():
            if plain_symbol(str(text)) != self.key.symbol:
                offset = column.to_pylist().index(text)
                what = f"is not {self.key.symbol}: a file holds one symbol"
                raise row_error(self.path, row + offset, str(self.symbol_column), text, what)

    @override
    def bar_chunks(self) -> Iterator[BarTable]:
        if not self.key.kind.has_bars:
            raise DataError(f"{self.path}: holds {self.key.kind.value}, no bars")
        return map(partial(bar_table, self.key), self.rows())

    @override
    def funding_chunks(self) -> Iterator[FundingTable]:
        if self.key.kind is not SeriesKind.FUNDING:
            raise DataError(f"{self.path}: holds {self.key.kind.value}, no funding")
        return map(partial(funding_table, self.key), self.rows())
