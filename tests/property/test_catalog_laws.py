"""The catalogue is a function of the rows that went in: neither their files nor their order show."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.market_data.catalog import partition_files, spool
from adapters.market_data.catalog.exporting import export_series
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from application.errors import DataError
from application.market_import import ConflictPolicy, ReadingHints
from application.market_series import Market, SeriesInfo
from domain.time_units import NS_PER_MINUTE
from tests.catalogs import BTC_1M, Row, catalog_in, import_files, rows_of, write_csv

MINUTE_MS: Final = 60_000
# Shortly before midnight at the end of January: minutes are stored by month, so rows lie in two partitions.
START_MS: Final = 1_706_742_000_000  # 2024-01-31T23:00:00Z
N_MINUTES: Final = 120
# Said, because in few rows hardly any two lie a minute apart, and then nobody believes the name of the file.
MINUTES: Final = ReadingHints(market=Market.UM, interval_ns=NS_PER_MINUTE)

prices = st.integers(1, 99_999).map(lambda cents: cents / 100)
quantities = st.integers(0, 10**9).map(lambda thousandths: thousandths / 1000)

BOUNDED = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def tables(draw: st.DrawFn, min_size: int = 1) -> list[Row]:
    """Draw bars at distinct minutes in any order; their prices need not make sense."""
    minutes = draw(st.lists(st.integers(0, N_MINUTES - 1), min_size=min_size, max_size=25, unique=True))
    return [draw(bars_at(START_MS + minute * MINUTE_MS)) for minute in minutes]


def bars_at(time_ms: int) -> st.SearchStrategy[Row]:
    return st.tuples(st.just(time_ms), prices, prices, prices, prices, quantities)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a dozen rows take all the ways that otherwise take millions."""
    monkeypatch.setattr(spool, "_ROWS_PER_RUN", 7)
    monkeypatch.setattr(spool, "_ROWS_PER_BATCH", 2)
    monkeypatch.setattr(partition_files, "ROWS_PER_BLOCK", 5)


def imported(*files: list[Row], policy: ConflictPolicy = ConflictPolicy.REFUSE) -> tuple[list[Row], SeriesInfo]:
    """Import each list of rows as a file of its own, one after the other; return what is stored then."""
    with TemporaryDirectory() as folder:
        catalog = catalog_in(Path(folder))
        for number, rows in enumerate(files):
            path = write_csv(Path(folder) / f"{number}" / "BTCUSDT-1m.csv", rows)
            import_files(catalog, path, hints=MINUTES, on_conflict=policy)
        return rows_of(catalog.bar_table(BTC_1M)), catalog.info(BTC_1M)


@BOUNDED
@given(table=tables(min_size=2))
def test_rows_come_back_in_time_order_and_unchanged(table: list[Row]) -> None:
    stored, info = imported(table)

    assert stored == sorted(table)
    assert info.n_rows == len(table)


@BOUNDED
@given(table=tables(min_size=2), data=st.data())
def test_any_split_into_files_in_any_order_makes_the_same_series(table: list[Row], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(table))
    cut = data.draw(st.integers(1, len(table) - 1))
    # Both files hold the row at the cut, so that they overlap.
    parts = (shuffled[: cut + 1], shuffled[cut:])

    whole, of_whole = imported(table)
    merged, of_parts = imported(*parts)

    assert merged == whole
    assert of_parts.content_hash == of_whole.content_hash
    assert [partition.sha256 for partition in of_parts.partitions] == [each.sha256 for each in of_whole.partitions]
    assert sum(source.n_new for source in of_parts.sources) == len(table)
    assert sum(source.n_equal for source in of_parts.sources) == 1


@BOUNDED
@given(table=tables())
def test_importing_twice_is_importing_once(table: list[Row]) -> None:
    once, of_once = imported(table)
    twice, of_twice = imported(table, table)

    assert (twice, of_twice) == (once, of_once)


@BOUNDED
@given(table=tables())
def test_the_same_rows_in_another_file_change_nothing_but_the_list_of_sources(table: list[Row]) -> None:
    _, of_once = imported(table)
    _, of_twice = imported(table, list(reversed(table)) if len(table) > 1 else [*table, *table])

    assert evolve(of_twice, sources=of_once.sources) == of_once
    assert of_twice.sources[1].n_new == 0
    assert of_twice.sources[1].n_equal == of_twice.sources[1].n_rows


@BOUNDED
@given(table=tables(), other=tables())
def test_where_rows_conflict_the_policy_decides_and_all_others_are_united(table: list[Row], other: list[Row]) -> None:
    first, later = {row[0]: row for row in table}, {row[0]: row for row in other}
    conflicts = [time for time in first.keys() & later.keys() if first[time] != later[time]]

    kept, of_kept = imported(table, other, policy=ConflictPolicy.KEEP)
    replaced, of_replaced = imported(table, other, policy=ConflictPolicy.REPLACE)

    assert kept == sorted((later | first).values())
    assert replaced == sorted((first | later).values())
    if other != table:
        assert of_kept.sources[1].n_conflicts == of_replaced.sources[1].n_conflicts == len(conflicts)
    if conflicts:
        with pytest.raises(DataError, match="but the catalogue has"):
            imported(table, other)
    else:
        assert imported(table, other)[0] == kept


@BOUNDED
@given(table=tables(), ending=st.sampled_from(["csv", "parquet"]))
def test_what_is_exported_and_imported_again_is_the_same(table: list[Row], ending: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        there, back = catalog_in(folder / "there"), catalog_in(folder / "back")
        import_files(there, write_csv(folder / "BTCUSDT-1m.csv", table), hints=MINUTES)
        path = folder / f"BTCUSDT-1m-out.{ending}"

        n_rows = export_series(there, BTC_1M, path, start_ns=None, end_ns=None, progress=lambda _: None)
        import_files(back, path, hints=MINUTES)

        assert n_rows == len(table)
        assert back.info(BTC_1M).content_hash == there.info(BTC_1M).content_hash


@BOUNDED
@given(table=tables(min_size=2), data=st.data())
def test_chunks_and_cuts_are_parts_of_the_whole(table: list[Row], data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(st.integers(0, N_MINUTES), st.integers(0, N_MINUTES))))
    rows_max = data.draw(st.integers(1, 6))
    start_ms, end_ms = START_MS + start * MINUTE_MS, START_MS + end * MINUTE_MS
    with TemporaryDirectory() as name:
        catalog = catalog_in(Path(name))
        import_files(catalog, write_csv(Path(name) / "BTCUSDT-1m.csv", table), hints=MINUTES)

        cut = chunks_of(catalog, start_ms * 10**6, end_ms * 10**6, rows_max)

        assert [row for chunk in cut for row in chunk] == sorted(row for row in table if start_ms <= row[0] < end_ms)
        assert all(1 <= len(chunk) <= rows_max for chunk in cut)


def chunks_of(catalog: ParquetMarketCatalog, start_ns: int, end_ns: int, rows_max: int) -> list[list[Row]]:
    chunks = catalog.bar_chunks(BTC_1M, start_ns=start_ns, end_ns=end_ns, rows_max=rows_max)
    return [rows_of(chunk) for chunk in chunks]
