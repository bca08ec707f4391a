"""The catalogue in a folder: reads series back, forgets them, remembers what validation found."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from attrs import evolve, frozen
from typing_extensions import override

from adapters.durable_files import sync_folder
from adapters.market_data.bar_files import checked_bars
from adapters.market_data.catalog.folders import series_folder, stored_keys, sweep, writing
from adapters.market_data.catalog.manifest import MANIFEST, read_manifest, write_manifest
from adapters.market_data.catalog.partition_files import read_partition
from adapters.market_data.funding_files import checked_funding
from adapters.market_data.row_forms import ROW_FORMS, Rows, no_rows
from adapters.market_data.row_tables import bar_table, funding_table
from application.errors import DataError
from application.market_series import Market, QualitySummary, SeriesInfo, SeriesKey, SeriesKind
from application.ports.market_catalog import ROWS_PER_CHUNK, MarketCatalog
from domain.bar_table import BarTable
from domain.funding_table import FundingTable
from domain.market import BarSeries, FundingSeries

_START_OF_TIME: Final = int(np.iinfo(np.int64).min)
_END_OF_TIME: Final = int(np.iinfo(np.int64).max)


def _wait_in_silence() -> None:
    return


@frozen
class ParquetMarketCatalog(MarketCatalog):
    """Series as partitioned Parquet files below one folder, with a manifest each (ADR 0007).

    Attributes:
        root: The folder; it need not exist yet.
        on_wait: Is called when another process is writing and has to be waited for.
    """

    root: Path
    on_wait: Callable[[], None] = _wait_in_silence

    @override
    def list_series(self) -> tuple[SeriesInfo, ...]:
        return tuple(info for info in self._manifests().values() if isinstance(info, SeriesInfo))

    @override
    def damaged_series(self) -> Mapping[SeriesKey, str]:
        return {key: str(error) for key, error in self._manifests().items() if isinstance(error, DataError)}

    def _manifests(self) -> dict[SeriesKey, SeriesInfo | DataError | None]:
        return {key: self._manifest(key) for key in stored_keys(self.root)}

    def _manifest(self, key: SeriesKey) -> SeriesInfo | DataError | None:
        try:
            return read_manifest(series_folder(self.root, key), key)
        except DataError as error:
            return error

    @override
    def info(self, key: SeriesKey, /) -> SeriesInfo:
        info = read_manifest(series_folder(self.root, key), key)
        if info is None:
            raise DataError(f"{key}: the catalogue has no such series; {import_hint(key)}")
        return info

    @override
    def has(self, key: SeriesKey, /) -> bool:
        return read_manifest(series_folder(self.root, key), key) is not None

    def rows(self, key: SeriesKey, *, start_ns: int | None = None, end_ns: int | None = None) -> Iterator[Rows]:
        """Yield the rows at or after ``start_ns`` and before ``end_ns``, in the form in which they are stored.

        Raises:
            DataError: There is no such series, or a file is damaged.
        """
        form = ROW_FORMS[key.kind]
        first_ns = _START_OF_TIME if start_ns is None else start_ns
        behind_ns = _END_OF_TIME if end_ns is None else end_ns
        for partition in self.info(key).partitions:
            if partition.end_ns < first_ns or partition.start_ns >= behind_ns:
                continue
            for rows in read_partition(series_folder(self.root, key) / partition.file, partition, form):
                times = rows.integers(form.time)
                start, stop = np.searchsorted(times, (first_ns, behind_ns), side="left")
                if start < stop:
                    yield rows.part(int(start), int(stop))

    @override
    def bar_chunks(
        self,
        key: SeriesKey,
        /,
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        rows_max: int = ROWS_PER_CHUNK,
    ) -> Iterator[BarTable]:
        if not key.kind.has_bars:
            raise DataError(f"{key}: its rows are no bars")
        for rows in self.rows(key, start_ns=start_ns, end_ns=end_ns):
            for start in range(0, len(rows), rows_max):
                yield bar_table(key, rows.part(start, start + rows_max))

    @override
    def bar_table(self, key: SeriesKey, /, *, start_ns: int | None = None, end_ns: int | None = None) -> BarTable:
        chunks = [bar_table(key, no_rows(key.kind)), *self.bar_chunks(key, start_ns=start_ns, end_ns=end_ns)]
        return BarTable(
            key.symbol,
            key.bar_interval_ns,
            np.concatenate([chunk.opened_at_ns for chunk in chunks]),
            open=np.concatenate([chunk.open for chunk in chunks]),
            high=np.concatenate([chunk.high for chunk in chunks]),
            low=np.concatenate([chunk.low for chunk in chunks]),
            close=np.concatenate([chunk.close for chunk in chunks]),
            volume=np.concatenate([chunk.volume for chunk in chunks]),
        )

    @override
    def bar_series(self, key: SeriesKey, /) -> BarSeries:
        return checked_bars(str(key), self.bar_table(key))

    @override
    def funding_chunks(self, key: SeriesKey, /, *, rows_max: int = ROWS_PER_CHUNK) -> Iterator[FundingTable]:
        if key.kind is not SeriesKind.FUNDING:
            raise DataError(f"{key}: its rows are no funding settlements")
        for rows in self.rows(key):
            for start in range(0, len(rows), rows_max):
                yield funding_table(key, rows.part(start, start + rows_max))

    @override
    def funding_series(self, key: SeriesKey, /) -> FundingSeries:
        chunks = list(self.funding_chunks(key))
        settled_at_ns = np.concatenate([chunk.settled_at_ns for chunk in chunks])
        rates = np.concatenate([chunk.rates for chunk in chunks])
        return checked_funding(str(key), FundingTable(key.symbol, settled_at_ns, rates))

    @override
    def record_quality(self, key: SeriesKey, quality: QualitySummary, /) -> None:
        with writing(self.root, self.on_wait):
            write_manifest(series_folder(self.root, key), evolve(self.info(key), quality=quality))

    @override
    def delete(self, key: SeriesKey, /) -> SeriesInfo | None:
        folder = series_folder(self.root, key)
        with writing(self.root, self.on_wait):
            # What cannot be read is no reason to keep it.
            info = None if isinstance(self._manifest(key), DataError) else self.info(key)
            # Without its manifest a series is gone; what is left then is swept, now or by the next writer.
            (folder / MANIFEST).unlink()
            sync_folder(folder)
            sweep(folder, None)
            _remove_empty(folder, self.root)
        return info


def import_hint(key: SeriesKey) -> str:
    """Return the command that would bring a series."""
    market = "" if key.market is Market.UM else f" --market {key.market.value}"
    interval = f" --interval {str(key).rpartition('/')[2]}" if key.kind.has_bars else ""
    return f"autotrading data import PATH --kind {key.kind.value} --symbol {key.symbol}{interval}{market} brings it"


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and those around it as far as nothing is left in them."""
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
