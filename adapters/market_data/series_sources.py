"""Series to look at, row by row as they are stored: files of any form, and series of the catalogue."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from attrs import frozen
from typing_extensions import override

from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from adapters.market_data.row_forms import Rows
from adapters.market_data.row_tables import bar_table, funding_table
from adapters.market_data.vendor_files.vendor_file import VendorFile
from application.errors import DataError
from application.market_series import SeriesInfo, SeriesKey, SeriesKind
from application.ports.series_source import SeriesSource
from domain.bar_table import BarTable
from domain.funding_table import FundingTable


@frozen(eq=False)
class RowSource(SeriesSource):
    """Rows with all their columns.

    Attributes:
        name: The path of the file, or the key of the series.
        key: The series that its rows claim to belong to.
        as_of_ns: When its last rows were taken, at the latest; None if unknown.
        read: Begins to yield the rows.
        read_notes: Returns how they are read.
    """

    name: str
    key: SeriesKey
    as_of_ns: int | None
    read: Callable[[], Iterator[Rows]]
    read_notes: Callable[[], tuple[str, ...]]

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return self.read_notes()

    @override
    def bar_chunks(self) -> Iterator[BarTable]:
        if not self.key.kind.has_bars:
            raise DataError(f"{self.name}: holds {self.key.kind.value}, no bars")
        return map(partial(bar_table, self.key), self.read())

    @override
    def funding_chunks(self) -> Iterator[FundingTable]:
        if self.key.kind is not SeriesKind.FUNDING:
            raise DataError(f"{self.name}: holds {self.key.kind.value}, no funding")
        return map(partial(funding_table, self.key), self.read())


def of_file(path: Path, file: VendorFile) -> RowSource:
    """Return a recognized file; when it was taken, it does not tell."""

    def notes() -> tuple[str, ...]:
        return (f"Read as: {file.reading}.", *file.notes)

    return RowSource(str(path), file.key, None, file.rows, notes)


def of_catalog(catalog: ParquetMarketCatalog, key: SeriesKey) -> RowSource:
    """Return a series of the catalogue; its last rows were taken before the first import that brought them.

    Raises:
        DataError: There is no such series.
    """
    return RowSource(str(key), key, _taken_at_ns(catalog.info(key)), partial(catalog.rows, key), tuple)


def _taken_at_ns(info: SeriesInfo) -> int | None:
    last_ns = info.partitions[-1].end_ns
    return min((source.imported_at_ns for source in info.sources if source.end_ns >= last_ns), default=None)
