"""Partitions: the Parquet files in which the rows of a series are stored, one period each.

Rows are written in blocks of a fixed number, so that the same rows make the same blocks however they arrived.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from attrs import define, field

from adapters.market_data.row_forms import FLOAT, INT, RowForm, Rows, concatenate
from application.errors import DataError
from application.market_series import PartitionRecord

ROWS_PER_BLOCK: Final = 65_536
_ZSTD_LEVEL: Final = 1


def arrow_schema(form: RowForm) -> pa.Schema:
    """Return the columns of a partition."""
    return pa.schema([pa.field(name, pa.from_numpy_dtype(kind), nullable=False) for name, kind in form.columns.items()])


def to_arrow(rows: Rows, schema: pa.Schema) -> pa.RecordBatch:
    """Return rows as a record batch with these columns."""
    return pa.RecordBatch.from_arrays([pa.array(rows[name]) for name in schema.names], schema=schema)


def from_arrow(batch: pa.RecordBatch) -> Rows:
    """Return a record batch as rows; it holds no nulls."""
    return Rows(
        {
            name: np.asarray(batch.column(place).to_numpy(zero_copy_only=False))
            for place, name in enumerate(batch.schema.names)
        }
    )


@define(eq=False)
class PartitionWriter:
    """Writes one partition under a temporary name; `close` says what is in it."""

    path: Path
    period: str
    form: RowForm
    _file: BinaryIO = field(init=False)
    _parquet: pyarrow.parquet.ParquetWriter = field(init=False)
    _waiting: list[Rows] = field(factory=list, init=False)
    _n_waiting: int = field(default=0, init=False)
    _n_rows: int = field(default=0, init=False)
    _span: tuple[int, int] | None = field(default=None, init=False)
    _digest: Any = field(factory=sha256, init=False)
    _hasher: Executor = field(factory=lambda: ThreadPoolExecutor(max_workers=1), init=False)

    def __attrs_post_init__(self) -> None:
        self._file = self.path.open("xb")
        self._parquet = pyarrow.parquet.ParquetWriter(
            self._file,
            arrow_schema(self.form),
            compression="zstd",
            compression_level=_ZSTD_LEVEL,
            **_encodings(self.form),
        )

    def add(self, rows: Rows) -> None:
        """Append rows, whose keys come after all before them."""
        if len(rows) == 0:
            return
        self._waiting.append(rows)
        self._n_waiting += len(rows)
        if self._n_waiting >= ROWS_PER_BLOCK:
            self._write_blocks(concatenate(self._waiting))

    def _write_blocks(self, rows: Rows) -> None:
        n_whole = len(rows) // ROWS_PER_BLOCK * ROWS_PER_BLOCK
        for start in range(0, n_whole, ROWS_PER_BLOCK):
            self._write(rows.part(start, start + ROWS_PER_BLOCK))
        rest = rows.part(n_whole, len(rows))
        self._waiting, self._n_waiting = [rest] if len(rest) else [], len(rest)

    def _write(self, rows: Rows) -> None:
        # Hashing and compressing both let go of the interpreter, and take about as long.
        hashing = self._hasher.submit(self._hash, rows)
        self._parquet.write_batch(to_arrow(rows, self._parquet.schema), row_group_size=ROWS_PER_BLOCK)
        hashing.result()
        times = rows.integers(self.form.time)
        self._span = (int(times[0]) if self._span is None else self._span[0], int(times[-1]))
        self._n_rows += len(rows)

    def _hash(self, rows: Rows) -> None:
        for name in self.form.columns:
            column = np.ascontiguousarray(rows[name])
            self._digest.update(column.astype(column.dtype.newbyteorder("<"), copy=False).data)

    def close(self) -> PartitionRecord:
        """Bring everything to the disk and return what is in the file; there has to be at least one row."""
        if self._waiting:
            self._write(concatenate(self._waiting))
        self._hasher.shutdown()
        self._parquet.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if self._span is None:
            raise ValueError(f"{self.path}: a partition without rows")
        content = self.path.read_bytes()
        return PartitionRecord(
            period=self.period,
            file=f"{self.period}.{self._digest.hexdigest()[:16]}.parquet",
            n_rows=self._n_rows,
            start_ns=self._span[0],
            end_ns=self._span[1],
            n_bytes=len(content),
            sha256=sha256(content).hexdigest(),
            values_sha256=self._digest.hexdigest(),
        )

    def abandon(self) -> None:
        """Close and remove the file: nothing of it is wanted."""
        self._hasher.shutdown()
        if not self._file.closed:
            self._parquet.close()
            self._file.close()
        self.path.unlink(missing_ok=True)


def _encodings(form: RowForm) -> dict[str, Any]:
    """Return how columns are laid out: deltas of whole numbers and split bytes of floats compress best and fastest."""
    return {
        "use_dictionary": False,
        "use_byte_stream_split": [name for name, kind in form.columns.items() if kind == FLOAT],
        "column_encoding": {name: "DELTA_BINARY_PACKED" for name, kind in form.columns.items() if kind == INT},
        "write_statistics": [form.time],
    }


def check_present(path: Path, record: PartitionRecord) -> None:
    """Look whether a partition is there in its full size, without reading it.

    Raises:
        DataError: It is not.
    """
    if not path.is_file():
        raise DataError(f"{path}: is missing: the series was changed by somebody else meanwhile, or damaged")
    if path.stat().st_size != record.n_bytes:
        raise DataError(f"{path}: is damaged: it is not as long as what was written")


def read_partition(path: Path, record: PartitionRecord, form: RowForm) -> Iterator[Rows]:
    """Yield the rows of a partition block by block.

    Raises:
        DataError: The file is missing, or is not the one that was written.
    """
    check_present(path, record)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    if sha256(content).hexdigest() != record.sha256:
        raise DataError(f"{path}: is damaged: its content is not what was written (SHA-256 differs from the manifest)")
    with pyarrow.parquet.ParquetFile(pa.BufferReader(content)) as file:
        for batch in file.iter_batches(batch_size=ROWS_PER_BLOCK, columns=list(form.columns)):
            yield from_arrow(batch)
