"""Writes a series of the catalogue into one file that other tools, and our own import, read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from adapters.durable_files import replacing
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from adapters.market_data.row_forms import FLOAT, ROW_FORMS, Column, Rows
from adapters.market_data.vendor_files.column_names import COLUMN_SPECS
from adapters.market_data.vendor_files.table_source import Wanted
from application.errors import DataError
from application.market_series import SeriesKey, SeriesKind
from domain.time_units import NS_PER_MS, NS_PER_US, iso_utc

ENDINGS: Final = (".csv", ".parquet")

Write = Callable[[pa.RecordBatch], None]


def export_series(
    catalog: ParquetMarketCatalog,
    key: SeriesKey,
    path: Path,
    *,
    start_ns: int | None,
    end_ns: int | None,
    progress: Callable[[float], None],
) -> int:
    """Write the rows from ``start_ns`` on and before ``end_ns``; return how many there are.

    Times are whole milliseconds, of trades microseconds. The file is there with all its rows, or as it was before.

    Args:
        catalog: The catalogue.
        key: The series.
        path: Ends in one of `ENDINGS`.
        start_ns: First instant; None for the first row.
        end_ns: First instant behind; None for the last row.
        progress: Is called with the share that is done, 0 to 1.

    Raises:
        DataError: There is no such series, none of its rows lies in that time, or the file cannot be written.
    """
    n_rows, n_all = 0, catalog.info(key).n_rows
    with writing_over(path) as file, writer(file, path, schema_of(key.kind)) as write:
        for rows in catalog.rows(key, start_ns=start_ns, end_ns=end_ns):
            write(batch_of(key, rows))
            n_rows += len(rows)
            progress(n_rows / n_all)
        if n_rows == 0:
            raise DataError(f"{key}: has no rows in the time asked for")
    return n_rows


@contextmanager
def writing_over(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside another one, which it replaces if all goes well; a link stays one."""
    try:
        with replacing(path.resolve()) as file:
            yield file
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


@contextmanager
def writer(file: BinaryIO, path: Path, schema: pa.Schema) -> Iterator[Write]:
    """Yield what writes batches of this schema, as CSV or Parquet by the ending of the path."""
    if path.suffix.lower() == ".parquet":
        with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as parquet:
            yield parquet.write_batch
    else:
        options = pyarrow.csv.WriteOptions(quoting_style="none")
        with pyarrow.csv.CSVWriter(file, schema, write_options=options) as csv:
            yield csv.write_batch


def schema_of(kind: SeriesKind) -> pa.Schema:
    """Return the columns in which rows of one kind are written."""
    dtypes = ROW_FORMS[kind].columns
    return pa.schema([(spec.known_as, pa.from_numpy_dtype(dtypes[spec.ours])) for spec in COLUMN_SPECS[kind]])


def batch_of(key: SeriesKey, rows: Rows) -> pa.RecordBatch:
    """Return rows in the columns of `schema_of`.

    Raises:
        DataError: An instant cannot be written in the unit of the file.
    """
    columns = [
        pa.array(_times(key, rows[spec.ours])) if spec.wanted is Wanted.TIME else _values(rows[spec.ours])
        for spec in COLUMN_SPECS[key.kind]
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema_of(key.kind))


def _values(column: Column) -> pa.Array:
    """Return a column in which what nobody knows is nothing, so that it is an empty field in CSV."""
    return pa.array(column, mask=np.isnan(column)) if column.dtype == FLOAT else pa.array(column)


def _times(key: SeriesKey, at_ns: Column) -> Column:
    unit_ns, unit = (NS_PER_US, "microsecond") if key.kind is SeriesKind.TRADES else (NS_PER_MS, "millisecond")
    odd = np.flatnonzero(at_ns % unit_ns)
    if odd.size:
        raise DataError(f"{key}: {iso_utc(int(at_ns[odd[0]]))} is no whole {unit}, so it cannot be exported")
    times: Column = at_ns // unit_ns
    return times
