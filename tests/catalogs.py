"""Small catalogues and the files that fill them; only what a test is about has to be said."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from adapters.market_data.catalog.file_import import CatalogImport
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from application.market_import import ConflictPolicy, ImportedSeries, ReadingHints
from application.market_series import Market, SeriesKey, SeriesKind
from domain.bar_table import BarTable
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE

BTC_1H: Final = SeriesKey(Market.UM, SeriesKind.BARS, "BTCUSDT", NS_PER_HOUR)
BTC_1M: Final = SeriesKey(Market.UM, SeriesKind.BARS, "BTCUSDT", NS_PER_MINUTE)
IMPORTED_AT_NS: Final = 1_800_000_000_000_000_000

HEADER: Final = "open_time,open,high,low,close,volume"
Row = tuple[int, float, float, float, float, float]


def catalog_in(folder: Path) -> ParquetMarketCatalog:
    """Return the catalogue in a folder."""
    return ParquetMarketCatalog(folder / "catalog")


def import_files(
    catalog: ParquetMarketCatalog,
    *paths: Path,
    hints: ReadingHints | None = None,
    on_conflict: ConflictPolicy = ConflictPolicy.REFUSE,
) -> tuple[ImportedSeries, ...]:
    """Import files at a fixed instant."""
    importing = CatalogImport(catalog, lambda: IMPORTED_AT_NS)
    return importing(paths, hints or ReadingHints(market=Market.UM), on_conflict, lambda _: None)


def csv_of(rows: Sequence[Sequence[object]], header: str = HEADER) -> str:
    """Return rows as CSV."""
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def write_csv(path: Path, rows: Sequence[Sequence[object]], header: str = HEADER) -> Path:
    """Write rows as CSV and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(csv_of(rows, header), encoding="utf-8")
    return path


def rows_of(table: BarTable) -> list[Row]:
    """Return a table as rows, times in milliseconds; NaN becomes -1 so that rows can be compared."""
    columns = (table.open, table.high, table.low, table.close, table.volume)
    values = zip(*(np.where(np.isnan(column), -1.0, column).tolist() for column in columns), strict=True)
    times = (table.opened_at_ns // 1_000_000).tolist()
    return [(time, *row) for time, row in zip(times, values, strict=True)]
