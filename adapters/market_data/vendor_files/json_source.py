"""JSON files: the arrays and objects that the venue's REST interface answers with, and lists of objects in general."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
from attrs import define, field
from typing_extensions import override

from adapters.market_data.vendor_files.containers import PackedFile, unpacked
from adapters.market_data.vendor_files.table_source import TableSource, Wanted
from application.errors import DataError

# JSON is read as a whole, at some five bytes of memory for each byte: beyond this it would not stay within bounds.
_SIZE_MAX: Final = 32 * 1024 * 1024
_SAMPLE_ROWS: Final = 1_000
_ROWS_PER_BATCH: Final = 50_000

_KLINE_NAMES: Final = (
    *("open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count"),
    *("taker_buy_volume", "taker_buy_quote_volume", "ignore"),
)
_SHORT_BAR_NAMES: Final = _KLINE_NAMES[:6]


@define(eq=False)
class JsonSource(TableSource):
    """One JSON file."""

    _file: PackedFile
    _names: tuple[str, ...] = field(init=False)
    _rows: list[Any] = field(init=False)
    _share_read: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self._rows = _rows(self._file)
        self._names = _names(self._file.path, self._rows)

    @property
    @override
    def words(self) -> str:
        form = "arrays" if isinstance(self._rows[0], list) else "objects"
        return f"{self._file.words}, {form}"

    @property
    @override
    def names(self) -> tuple[str, ...]:
        return self._names

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return ()

    @property
    @override
    def share_read(self) -> float:
        return self._share_read

    @override
    def sample(self) -> pa.Table:
        return pa.Table.from_batches([self._batch(self._rows[:_SAMPLE_ROWS], 0, self._names)])

    @override
    def batches(self, wanted: Mapping[str, Wanted]) -> Iterator[pa.RecordBatch]:
        for start in range(0, len(self._rows), _ROWS_PER_BATCH):
            yield self._batch(self._rows[start : start + _ROWS_PER_BATCH], start, tuple(wanted))
            self._share_read = min(1.0, (start + _ROWS_PER_BATCH) / len(self._rows))

    def _batch(self, rows: Sequence[Any], row: int, names: Sequence[str]) -> pa.RecordBatch:
        places = [self._names.index(name) for name in names]
        columns: list[list[str | None]] = [[] for _ in names]
        for offset, each in enumerate(rows):
            values = self._values(each, row + offset)
            for column, place in zip(columns, places, strict=True):
                column.append(_text(values[place]))
        return pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], names=list(names))

    def _values(self, row: object, number: int) -> Sequence[object]:
        if isinstance(row, list) and isinstance(self._rows[0], list):
            if len(row) != len(self._names):
                raise DataError(
                    f"{self._file.path}: row {number + 1}: {len(row)} values where the first row has {len(self._names)}"
                )
            return row
        if isinstance(row, dict) and isinstance(self._rows[0], dict):
            return [row.get(name) for name in self._names]
        raise DataError(f"{self._file.path}: row {number + 1}: is another kind of JSON value than the first row")


def _rows(file: PackedFile) -> list[Any]:
    with unpacked(file) as stream:
        content = stream.read(_SIZE_MAX + 1)
    if len(content) > _SIZE_MAX:
        raise DataError(
            f"{file.path}: JSON of more than {_SIZE_MAX // 2**20} MiB is not read; split it, or write it as CSV"
        )
    try:
        document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{file.path}: is no JSON: {error}") from error
    if isinstance(document, list) and document and isinstance(document[0], (list, dict)):
        return document
    what = "an empty list" if document == [] else f"{type(document).__name__} at the top"
    raise DataError(f"{file.path}: looked for a list of arrays or of objects, found {what}")


def _names(path: Path, rows: Sequence[Any]) -> tuple[str, ...]:
    first = rows[0]
    if isinstance(first, dict):
        return tuple(first)
    for names in (_KLINE_NAMES, _SHORT_BAR_NAMES):
        if len(first) == len(names):
            return names
    raise DataError(f"{path}: arrays of {len(first)} values are no known layout: klines have 12 or 6")


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)
