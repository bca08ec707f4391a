"""Real files of every kind go into the catalogue as what they are. Figures were counted with other tools."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet
import pytest

from adapters.market_data.bar_files import read_bars
from adapters.market_data.catalog.resampling import CatalogResampling
from adapters.market_data.funding_files import read_funding
from application.errors import DataError
from application.market_import import ConflictPolicy, ReadingHints
from application.market_resampling import MissingParts
from application.market_series import SeriesKey
from domain.time_units import iso_utc, parse_interval
from tests.catalogs import catalog_in, import_files

# File below the data folder, the series, rows, first and last instant (of bars: first open and last close).
FILES: Final = [
    (
        "raw/binance_csv/ALGOUSDT-1m-2023-02.csv.gz",
        ("um/klines/ALGOUSDT/1m", 40_320, "2023-02-01T00:00:00Z", "2023-03-01T00:00:00Z"),
    ),
    (
        "raw/binance_csv/spot/BTCUSDT-1h-2023-03.csv",
        ("spot/klines/BTCUSDT/1h", 743, "2023-03-01T00:00:00Z", "2023-04-01T00:00:00Z"),
    ),
    (
        "raw/binance_vision/klines/KITEUSDT/KITEUSDT-1m-2026-03-08.zip",
        ("um/klines/KITEUSDT/1m", 1_440, "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"),
    ),
    (
        "raw/binance_vision/aggTrades/RLCUSDT-aggTrades-2026-04-15.zip",
        ("um/aggTrades/RLCUSDT", 16_467, "2026-04-15T00:00:04.326000Z", None),
    ),
    (
        "raw/binance_vision/metrics/KITEUSDT/KITEUSDT-metrics-2026-03-08.zip",
        ("um/metrics/KITEUSDT", 288, "2026-03-08T00:05:00Z", "2026-03-09T00:00:00Z"),
    ),
    (
        "raw/freqtrade_futures/XRP_USDT_USDT-1h-futures.feather",
        ("um/klines/XRPUSDT/1h", 100, "2021-11-17T01:00:00Z", "2021-11-21T05:00:00Z"),
    ),
    (
        "raw/freqtrade_futures/XRP_USDT_USDT-1h-mark.feather",
        ("um/mark/XRPUSDT/1h", 100, "2021-11-15T06:00:00Z", "2021-11-19T10:00:00Z"),
    ),
    (
        "raw/freqtrade_futures/XRP_USDT_USDT-8h-funding_rate.feather",
        ("um/funding/XRPUSDT", 91, "2021-11-18T00:00:00Z", "2021-12-18T00:00:00Z"),
    ),
    (
        "dirty/spot_BTCUSDT-1h_cryptodatadownload.csv.gz",
        ("spot/klines/BTCUSDT/1h", 16_319, "2020-08-02T02:00:00Z", "2022-06-13T01:00:00Z"),
    ),
    (
        "dirty/spot_BTCUSDT-30m_2020_outages.csv.gz",
        ("spot/klines/BTCUSDT/30m", 17_528, "2020-01-03T15:00:00Z", "2021-01-03T15:00:00Z"),
    ),
    (
        "dirty/spot_BCHUSDT-5m_2020_outages.csv.gz",
        ("spot/klines/BCHUSDT/5m", 26_427, "2020-10-02T15:20:00Z", "2021-01-02T15:25:00Z"),
    ),
    (
        "dirty/um_BTCUSDT-30m_from_ticks_nan.parquet",
        ("um/klines/BTCUSDT/30m", 61_296, "2021-01-01T00:00:00Z", "2024-07-01T00:00:00Z"),
    ),
    (
        "dirty/synthetic_BTCUSDT-15m.csv.gz",
        ("um/klines/BTCUSDT/15m", 25_000, "2022-01-01T00:00:00Z", "2022-09-18T10:00:00Z"),
    ),
    ("dirty/bybit_BTCUSDT-1m_bad_prices.parquet", ("um/klines/BTCUSDT/1m", 30_000, "2024-09-08T06:51:00Z", None)),
    (
        "um/mark-1h/SOLUSDT-mark-1h.parquet",
        ("um/mark/SOLUSDT/1h", 4_368, "2024-01-01T00:00:00Z", "2024-07-01T00:00:00Z"),
    ),
]


@pytest.mark.parametrize(("name", "expected"), FILES, ids=[name for name, _ in FILES])
def test_every_kind_of_file_becomes_the_series_that_it_is(
    name: str, expected: tuple[str, int, str, str | None], shared_data: Path, tmp_path: Path
) -> None:
    catalog = catalog_in(tmp_path)

    (imported,) = import_files(catalog, shared_data / "data" / name, hints=ReadingHints())

    series, n_rows, start, end = expected
    assert str(imported.info.key) == series
    assert imported.info.n_rows == imported.n_new == n_rows
    assert iso_utc(imported.info.start_ns) == start
    if end is not None:
        assert iso_utc(imported.info.end_ns) == end


def test_the_series_of_a_file_is_what_the_strict_reader_reads(shared_data: Path, tmp_path: Path) -> None:
    data, catalog = shared_data / "data" / "um", catalog_in(tmp_path)
    bars, funding = data / "1h" / "BTCUSDT-1h.parquet", data / "funding" / "SOLUSDT-funding.parquet"

    import_files(catalog, bars, funding)

    key = SeriesKey.parse("um/klines/BTCUSDT/1h")
    strict = read_bars(bars, symbol="BTCUSDT", interval_ns=key.bar_interval_ns)
    assert catalog.bar_series(key).content_hash() == strict.content_hash()
    # The file has times some milliseconds behind the hour; what both give is the hour.
    settled = catalog.funding_series(SeriesKey.parse("um/funding/SOLUSDT"))
    assert settled.content_hash() == read_funding(funding, symbol="SOLUSDT").content_hash()


def test_rows_stood_newest_first_and_others_lack_prices_and_both_is_said(shared_data: Path, tmp_path: Path) -> None:
    dirty, catalog = shared_data / "data" / "dirty", catalog_in(tmp_path)

    (newest_first,) = import_files(catalog, dirty / "spot_BTCUSDT-1h_cryptodatadownload.csv.gz", hints=ReadingHints())
    (holes,) = import_files(catalog, dirty / "um_BTCUSDT-30m_from_ticks_nan.parquet", hints=ReadingHints())

    assert "Rows stood newest first; they are stored oldest first." in newest_first.files[0].record.notes
    assert "56 rows lack a value; they are stored as they are." in holes.files[0].record.notes
    assert int(np.isnan(catalog.bar_table(holes.info.key).close).sum()) == 56
    with pytest.raises(DataError, match=r"um/klines/BTCUSDT/30m: row \d+, column open: nan is not a finite number"):
        catalog.bar_series(holes.info.key)


def test_days_of_the_archive_and_the_same_days_merged_by_somebody_agree(shared_data: Path, tmp_path: Path) -> None:
    data, catalog = shared_data / "data", catalog_in(tmp_path)
    days = sorted((data / "raw" / "binance_vision" / "metrics" / "KITEUSDT").glob("*.zip"))

    import_files(catalog, *days)
    (merged,) = import_files(catalog, data / "um" / "metrics" / "KITEUSDT-metrics.parquet")

    record = merged.files[0].record
    assert (record.n_rows, record.n_equal, record.n_new) == (10_080, 5 * 288, 10_080 - 5 * 288)
    assert merged.info.n_rows == 10_080


def test_two_sources_of_the_same_funding_agree_however_their_tools_rounded(shared_data: Path, tmp_path: Path) -> None:
    data, catalog = shared_data / "data", catalog_in(tmp_path)
    import_files(catalog, data / "raw" / "freqtrade_futures" / "XRP_USDT_USDT-8h-funding_rate.feather")

    # The tool that wrote the first file worked with the rate: -0.0021933400000000002 was -0.00219334 when published.
    (merged,) = import_files(catalog, data / "um" / "funding" / "XRPUSDT-funding.parquet")

    record = merged.files[0].record
    assert (record.n_equal, record.n_conflicts, merged.info.n_rows) == (91, 0, 4_913)


def test_four_hours_made_of_hours_are_those_that_the_exchange_published(shared_data: Path, tmp_path: Path) -> None:
    data, catalog = shared_data / "data" / "um", catalog_in(tmp_path)
    import_files(catalog, data / "1h" / "LINKUSDT-1h.parquet")
    resampling = CatalogResampling(catalog, lambda: 0)

    made = resampling(
        SeriesKey.parse("um/klines/LINKUSDT/1h"),
        parse_interval("4h"),
        MissingParts.DROP,
        ConflictPolicy.REFUSE,
        lambda _: None,
    )

    table = catalog.bar_table(made.info.key)
    published = pyarrow.parquet.read_table(data / "4h" / "LINKUSDT-4h.parquet").to_pydict()
    columns = (table.opened_at_ns // 10**6, table.open, table.high, table.low, table.close, table.volume)
    ours = {row[0]: row[1:] for row in zip(*(column.tolist() for column in columns), strict=True)}
    theirs = {row[0]: row[1:] for row in zip(*(published[name] for name in _NAMES), strict=True)}
    differing = [time for time, row in ours.items() if row != theirs[time]]

    assert len(ours) == made.n_bars == 9_760
    assert not [iso_utc(time * 10**6) for time in differing if not _is_known(time)]


_NAMES: Final = ("open_time", "open", "high", "low", "close", "volume")


def _is_known(time_ms: int) -> bool:
    """Whether the exchange itself published different values for different intervals around this instant."""
    return iso_utc(time_ms * 10**6)[:10] in {"2022-07-16", "2023-11-10", "2023-11-14", "2024-03-27", "2024-03-28"}
