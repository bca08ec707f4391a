"""What the catalogue keeps beside rows, and how it says no."""

from pathlib import Path

import pytest
from attrs import evolve

from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from application.errors import DataError
from application.market_import import ReadingHints
from application.market_series import Market, QualitySummary, SeriesKey, SeriesKind
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_MS
from tests.catalogs import BTC_1H, IMPORTED_AT_NS, catalog_in, import_files, rows_of, write_csv

START_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
HOUR_MS = 3_600_000
FUNDING = SeriesKey(Market.UM, SeriesKind.FUNDING, "BTCUSDT")


@pytest.fixture
def catalog(tmp_path: Path) -> ParquetMarketCatalog:
    """Return a catalogue with three hours of bars."""
    made = catalog_in(tmp_path)
    import_files(
        made, write_csv(tmp_path / "BTCUSDT-1h.csv", [(START_MS + n * HOUR_MS, 1, 2, 1, 2, 3) for n in range(3)])
    )
    return made


def test_the_manifest_tells_where_rows_come_from(catalog: ParquetMarketCatalog) -> None:
    info = catalog.info(BTC_1H)

    (source,), (partition,) = info.sources, info.partitions
    assert (source.name, source.n_rows, source.n_new, source.imported_at_ns) == ("BTCUSDT-1h.csv", 3, 3, IMPORTED_AT_NS)
    assert source.reading == "CSV; times in ms"
    assert (partition.period, partition.n_rows) == ("2024", 3)
    assert info.start_ns == START_MS * NS_PER_MS
    assert info.end_ns == (START_MS + 3 * HOUR_MS) * NS_PER_MS
    assert catalog.list_series() == (info,)


def test_a_catalogue_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    nothing = catalog_in(tmp_path)

    assert nothing.list_series() == ()
    assert not nothing.has(BTC_1H)
    assert not nothing.root.exists()
    with pytest.raises(DataError, match="um/klines/BTCUSDT/1h: the catalogue has no such series; autotrading data"):
        nothing.info(BTC_1H)


def test_a_catalogue_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "catalog").write_text("something else", encoding="utf-8")

    with pytest.raises(DataError, match="catalog: cannot be read: Not a directory"):
        catalog_in(tmp_path).list_series()


def test_what_validation_found_is_kept_and_outdated_by_new_rows(catalog: ParquetMarketCatalog, tmp_path: Path) -> None:
    quality = QualitySummary(
        content_hash=catalog.info(BTC_1H).content_hash,
        judged_at_ns=7,
        score=0.99,
        verdict="good",
        n_errors=0,
        n_warnings=1,
        worst="One bar is missing.",
    )

    catalog.record_quality(BTC_1H, quality)
    judged = catalog.info(BTC_1H)
    import_files(catalog, write_csv(tmp_path / "more" / "BTCUSDT-1h.csv", [(START_MS + 3 * HOUR_MS, 1, 2, 1, 2, 3)]))

    assert judged.quality == quality
    assert judged.content_hash == quality.content_hash
    assert catalog.info(BTC_1H).quality == quality
    assert catalog.info(BTC_1H).content_hash != quality.content_hash


def test_bars_are_no_funding_and_funding_no_bars(catalog: ParquetMarketCatalog, tmp_path: Path) -> None:
    import_files(catalog, write_csv(tmp_path / "BTCUSDT-funding.csv", [(START_MS, 0.1)], "funding_time,funding_rate"))

    with pytest.raises(DataError, match="um/funding/BTCUSDT: its rows are no bars"):
        next(iter(catalog.bar_chunks(FUNDING)))
    with pytest.raises(DataError, match="um/klines/BTCUSDT/1h: its rows are no funding settlements"):
        next(iter(catalog.funding_chunks(BTC_1H)))


def test_funding_published_late_is_the_settlement_of_its_hour(catalog: ParquetMarketCatalog, tmp_path: Path) -> None:
    header, late = "funding_time,funding_rate", START_MS + 17
    import_files(catalog, write_csv(tmp_path / "1" / "BTCUSDT-funding.csv", [(late, 0.0001)], header))
    (again,) = import_files(catalog, write_csv(tmp_path / "2" / "BTCUSDT-funding.csv", [(START_MS, 0.0001)], header))

    (chunk,) = catalog.funding_chunks(FUNDING)

    assert chunk.settled_at_ns.tolist() == [START_MS * NS_PER_MS]
    assert again.files[0].record.n_equal == 1


def test_what_one_source_tells_completes_what_another_left_open(catalog: ParquetMarketCatalog, tmp_path: Path) -> None:
    header = "open_time,open,high,low,close,volume,quote_volume"
    path = write_csv(tmp_path / "more" / "BTCUSDT-1h.csv", [(START_MS, 1, 2, 1, 2, 3, 4.5)], header)

    (completed,) = import_files(catalog, path, hints=ReadingHints(market=Market.UM, interval_ns=NS_PER_HOUR))
    (unchanged,) = import_files(catalog, tmp_path / "BTCUSDT-1h.csv")

    assert completed.files[0].record.n_completed == 1
    assert next(catalog.rows(BTC_1H)).floats("quote_volume").tolist()[0] == 4.5
    assert unchanged.info.content_hash == completed.info.content_hash


def test_bad_bars_are_stored_as_found_and_refused_where_a_run_asks_for_them(tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    rows = [(START_MS, 1, 2, 1, 2, 3), (START_MS + HOUR_MS, 1, 1, 2, 1, 3), (START_MS + 2 * HOUR_MS, "", 2, 1, 2, 3)]
    import_files(catalog, write_csv(tmp_path / "BTCUSDT-1h.csv", rows))

    assert rows_of(catalog.bar_table(BTC_1H))[1:] == [
        (START_MS + HOUR_MS, 1.0, 1.0, 2.0, 1.0, 3.0),
        (START_MS + 2 * HOUR_MS, -1.0, 2.0, 1.0, 2.0, 3.0),
    ]
    with pytest.raises(DataError, match="um/klines/BTCUSDT/1h: row 3, column open: nan is not a finite number"):
        catalog.bar_series(BTC_1H)


def test_a_partition_that_is_gone_is_named(catalog: ParquetMarketCatalog) -> None:
    (partition,) = catalog.root.rglob("*.parquet")
    partition.unlink()

    with pytest.raises(DataError, match=r"2024\.[0-9a-f]{16}\.parquet: is missing"):
        catalog.bar_table(BTC_1H)


def test_deleting_one_series_leaves_the_others(catalog: ParquetMarketCatalog, tmp_path: Path) -> None:
    minutes = evolve(BTC_1H, interval_ns=NS_PER_MINUTE)
    import_files(catalog, write_csv(tmp_path / "BTCUSDT-1m.csv", [(START_MS, 1, 1, 1, 1, 1)]))

    catalog.delete(BTC_1H)

    assert [info.key for info in catalog.list_series()] == [minutes]
    assert not (catalog.root / str(BTC_1H)).exists()


def test_folders_of_others_in_the_catalogue_are_left_alone(catalog: ParquetMarketCatalog) -> None:
    stranger = catalog.root / "um" / "klines" / "not a symbol" / "1h"
    stranger.mkdir(parents=True)
    (stranger / "manifest.json").write_text("{}")

    assert [info.key for info in catalog.list_series()] == [BTC_1H]


@pytest.mark.parametrize(
    "text",
    ["um/klines/BTCUSDT", "um/funding/BTCUSDT/1h", "um/klines/btcusdt/1h", "xx/klines/BTC/1h", "../../etc/passwd"],
)
def test_what_names_no_series_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a series such as um/klines/BTCUSDT/1h or um/funding/BTCUSDT: "):
        SeriesKey.parse(text)


@pytest.mark.parametrize("text", ["um/klines/BTCUSDT/1h", "spot/klines/1000SHIBUSDT/1m", "um/aggTrades/BTCUSDT_240628"])
def test_keys_are_written_as_they_are_read(text: str) -> None:
    assert str(SeriesKey.parse(text)) == text


def test_one_refused_row_keeps_the_whole_import_out(catalog: ParquetMarketCatalog, tmp_path: Path) -> None:
    """AAAUSDT comes before BTCUSDT, and must not be there when that one is refused."""
    before = catalog.list_series()
    good = write_csv(tmp_path / "AAAUSDT-1h.csv", [(START_MS, 1, 2, 1, 2, 3)])
    other_close = write_csv(tmp_path / "new" / "BTCUSDT-1h.csv", [(START_MS, 1, 2, 1, 1.5, 3)])

    with pytest.raises(DataError, match=r"nothing was imported \(--on-conflict keep or replace decides\)"):
        import_files(catalog, good, other_close)

    assert catalog.list_series() == before
    assert not list(catalog.root.rglob("*AAAUSDT*"))


def test_importing_a_known_file_into_a_series_that_lost_files_is_no_success(
    catalog: ParquetMarketCatalog, tmp_path: Path
) -> None:
    (partition,) = catalog.root.rglob("*.parquet")
    partition.unlink()

    with pytest.raises(DataError, match=r"2024\.[0-9a-f]{16}\.parquet: is missing"):
        import_files(catalog, tmp_path / "BTCUSDT-1h.csv")

    catalog.delete(BTC_1H)
    (imported,) = import_files(catalog, tmp_path / "BTCUSDT-1h.csv")
    assert imported.n_new == 3
