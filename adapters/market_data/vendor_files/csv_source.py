"""CSV files, plain or packed, read block by block."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv
from attrs import define, field
from typing_extensions import override

from adapters.market_data.invalid_rows import FirstInvalidRow
from adapters.market_data.vendor_files.containers import ByteStream, PackedFile, unpacked
from adapters.market_data.vendor_files.csv_form import CsvForm, csv_form
from adapters.market_data.vendor_files.table_source import TableSource, Wanted
from application.errors import DataError

_BEGINNING: Final = 256 * 1024
_SAMPLE_ROWS: Final = 1_000
# Some 65,000 bars, which need a few megabytes more once they are numbers.
_BLOCK: Final = 8 * 1024 * 1024
_LINE_MAX: Final = 1024 * 1024

_TYPES: Final = {
    Wanted.TIME: pa.int64(),
    Wanted.FLOAT: pa.float64(),
    Wanted.INT: pa.int64(),
    Wanted.FLAG: pa.string(),
    Wanted.TEXT: pa.string(),
}


@define(eq=False)
class CsvSource(TableSource):
    """One CSV file."""

    _file: PackedFile
    _form: CsvForm = field(init=False)
    _beginning: bytes = field(init=False)
    _share_read: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        with unpacked(self._file) as stream:
            self._beginning = stream.read(_BEGINNING)
        self._form = csv_form(self._file.path, self._beginning)

    @property
    @override
    def words(self) -> str:
        return self._file.words

    @property
    @override
    def names(self) -> tuple[str, ...]:
        return self._form.names

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        found = []
        if self._form.n_lines_before:
            found.append(f"{self._form.n_lines_before} line(s) before the header are no part of the table.")
        if not self._form.has_header:
            found.append("The file has no header row; its columns are known by their number.")
        return tuple(found)

    @property
    @override
    def share_read(self) -> float:
        return self._share_read

    @override
    def sample(self) -> pa.Table:
        block = self._beginning[self._form.start :]
        whole = block if len(self._beginning) < _BEGINNING else block[: block.rfind(b"\n") + 1]
        types = dict.fromkeys(_distinct(self.names), pa.string())
        if not whole.strip():
            return pa.schema(types.items()).empty_table()
        return self._parse(whole, types, 0)[:_SAMPLE_ROWS]

    @override
    def batches(self, wanted: Mapping[str, Wanted]) -> Iterator[pa.RecordBatch]:
        row = 0
        with unpacked(self._file) as stream:
            for block in _blocks(stream, self._form.start):
                table = self._typed(block, wanted, row)
                self._share_read = stream.share_read
                row += table.num_rows
                yield from table.combine_chunks().to_batches()

    def _typed(self, block: bytes, wanted: Mapping[str, Wanted], row: int) -> pa.Table:
        """Return a block as numbers; or as text if any of it is no number, so that the caller finds which."""
        try:
            return self._parse(block, {name: _TYPES[what] for name, what in wanted.items()}, row, is_threaded=True)
        except DataError:
            return self._parse(block, dict.fromkeys(wanted, pa.string()), row)

    def _parse(
        self, block: bytes, types: Mapping[str, pa.DataType], row: int, *, is_threaded: bool = False
    ) -> pa.Table:
        bad_rows = FirstInvalidRow()
        try:
            return pyarrow.csv.read_csv(
                pa.BufferReader(block),
                read_options=pyarrow.csv.ReadOptions(
                    column_names=_distinct(self.names), use_threads=is_threaded, block_size=len(block) + 1
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._form.separator, invalid_row_handler=None if is_threaded else bad_rows
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    include_columns=list(types), column_types=dict(types), null_values=[""], strings_can_be_null=False
                ),
            )
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise _refusal(self._file.path, error, bad_rows, row) from error


def _distinct(names: tuple[str, ...]) -> list[str]:
    """Return the names with a mark behind those that occurred before: columns without a name may be many."""
    return [name if names.index(name) == place else f"{name} ({place + 1})" for place, name in enumerate(names)]


def _refusal(path: Path, error: Exception, bad_rows: FirstInvalidRow, row: int) -> DataError:
    if bad_rows.first is None or bad_rows.first.number is None:
        return DataError(f"{path}: cannot be read: {' '.join(str(error).split())}")
    found, expected = bad_rows.first.actual_columns, bad_rows.first.expected_columns
    # pyarrow counts the rows of a block from 1.
    return DataError(f"{path}: row {row + bad_rows.first.number}: {found} fields where there are {expected} columns")


def _blocks(stream: ByteStream, start: int) -> Iterator[bytes]:
    """Yield the bytes from a place on in blocks of whole lines.

    Raises:
        DataError: A line does not end.
    """
    stream.read(start)
    rest = b""
    while chunk := stream.read(_BLOCK):
        block = rest + chunk
        stop = block.rfind(b"\n") + 1
        rest = block[stop:]
        if len(rest) > _LINE_MAX:
            # Such as the zeros in which a file ends whose writer died; memory must not grow with them.
            raise DataError(f"{stream.path}: is damaged: a line has more than {_LINE_MAX // 2**20} MiB")
        if block[:stop].strip():
            yield block[:stop]
    if rest.strip():
        yield rest
