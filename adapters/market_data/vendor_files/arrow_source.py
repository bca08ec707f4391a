"""Parquet and Feather files, read batch by batch in the types that they have."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet
from attrs import define, field
from typing_extensions import override

from adapters.market_data.vendor_files.containers import Content, PackedFile
from adapters.market_data.vendor_files.table_source import TableSource, Wanted
from application.errors import DataError

_SAMPLE_ROWS: Final = 1_000
_ROWS_PER_BATCH: Final = 65_536


@define(eq=False)
class ArrowSource(TableSource):
    """One Parquet or Feather (version 2) file."""

    _file: PackedFile
    _schema: pa.Schema = field(init=False)
    _n_rows: int = field(init=False)
    _n_read: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        with self._readable():
            if self._file.content is Content.PARQUET:
                with pyarrow.parquet.ParquetFile(self._path) as file:
                    self._schema, self._n_rows = file.schema_arrow, file.metadata.num_rows
            else:
                with pa.OSFile(str(self._path)) as raw, pa.ipc.open_file(raw) as reader:
                    self._schema, self._n_rows = reader.schema, -1

    @property
    def _path(self) -> Path:
        return self._file.path

    @property
    @override
    def words(self) -> str:
        return self._file.words

    @property
    @override
    def names(self) -> tuple[str, ...]:
        return tuple(self._schema.names)

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return ()

    @property
    @override
    def share_read(self) -> float:
        return self._n_read / self._n_rows if self._n_rows > 0 else 0.0

    @override
    def sample(self) -> pa.Table:
        flat = [name for name in self.names if name and not pa.types.is_nested(self._schema.field(name).type)]
        batch = next(self._read(flat, _SAMPLE_ROWS), None)
        return self._schema.empty_table() if batch is None else pa.Table.from_batches([batch])

    @override
    def batches(self, wanted: Mapping[str, Wanted]) -> Iterator[pa.RecordBatch]:
        self._n_read = 0
        for batch in self._read(list(wanted), _ROWS_PER_BATCH):
            self._n_read += batch.num_rows
            yield batch

    def _read(self, names: list[str], n_rows: int) -> Iterator[pa.RecordBatch]:
        with self._readable():
            yield from map(
                _in_plain_types,
                self._parquet(names, n_rows) if self._file.content is Content.PARQUET else self._feather(names, n_rows),
            )

    def _parquet(self, names: list[str], n_rows: int) -> Iterator[pa.RecordBatch]:
        with pyarrow.parquet.ParquetFile(self._path) as file:
            yield from file.iter_batches(batch_size=n_rows, columns=names)

    def _feather(self, names: list[str], n_rows: int) -> Iterator[pa.RecordBatch]:
        places = [self._schema.get_field_index(name) for name in names]
        with pa.OSFile(str(self._path)) as raw:
            options = pa.ipc.IpcReadOptions(included_fields=places)
            reader = pa.ipc.open_file(raw, options=options)
            for place in range(reader.num_record_batches):
                batch = reader.get_batch(place)
                yield from (batch.slice(start, n_rows) for start in range(0, batch.num_rows, n_rows))

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{self._path}: cannot be read: {' '.join(str(error).split())}") from error


def _in_plain_types(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose text, dates and categories are of the one type of each that is looked for."""
    fields = [pa.field(each.name, _plain(each.type)) for each in batch.schema]
    return batch.cast(pa.schema(fields))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return pa.timestamp("ms") if pa.types.is_date(kind) else kind
