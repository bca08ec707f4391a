"""Longer bars are exactly what shorter ones say."""

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.market_data.catalog import partition_files
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from adapters.market_data.catalog.resampling import CatalogResampling
from application.errors import DataError
from application.market_import import ConflictPolicy
from application.market_resampling import MissingParts, Resampling
from application.market_series import SeriesKey
from domain.resampling import aggregate_bars, bar_opens, exact_sums
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, parse_interval
from tests.catalogs import BTC_1M, Row, catalog_in, import_files, rows_of, write_csv

START_MS: Final = 1_704_067_200_000  # 2024-01-01T00:00:00Z, a Monday
MINUTE_MS: Final = 60_000

values = st.one_of(
    st.integers(0, 10**9).map(lambda n: n / 1000),
    st.integers(0, 10**12).map(lambda n: n / 10**8),
    st.floats(0, 1e20),
)


@given(groups=st.lists(st.lists(values, min_size=1, max_size=8), min_size=1, max_size=8))
def test_sums_are_the_floats_nearest_to_the_decimal_sums(groups: list[list[float]]) -> None:
    flat = np.array([value for group in groups for value in group])
    starts = np.cumsum([0, *(len(group) for group in groups[:-1])])

    sums = exact_sums(flat, starts)

    assert sums.tolist() == [float(sum(Decimal(repr(value)) for value in group)) for group in groups]


def test_three_tenths_are_three_tenths() -> None:
    # In binary floating point 0.1 + 0.2 is 0.30000000000000004.
    assert exact_sums(np.array([0.1, 0.2]), np.array([0])).tolist() == [0.3]


def test_what_nobody_knows_stays_unknown_and_what_is_beside_it_does_not_suffer() -> None:
    sums = exact_sums(np.array([1.0, np.nan, 0.1, 0.2]), np.array([0, 2]))

    assert np.isnan(sums[0])
    assert sums[1] == 0.3


def test_sums_beyond_what_a_float_counts_are_rounded_once() -> None:
    # 2**53 - 1 and 2: the sum 9007199254740993 lies between two floats, and goes to the even one.
    assert exact_sums(np.array([9_007_199_254_740_991.0, 2.0]), np.array([0])).tolist() == [9_007_199_254_740_992.0]


def test_an_hour_of_four_quarters() -> None:
    times = np.arange(4, dtype=np.int64) * 15 * NS_PER_MINUTE
    columns = {
        "open": np.array([10.0, 11, 12, 13]),
        "high": np.array([12.0, 15, 13, 14]),
        "low": np.array([9.0, 10, 8, 12]),
        "close": np.array([11.0, 12, 13, 9]),
        "volume": np.array([0.1, 0.2, 0.3, 0.4]),
    }

    bars = aggregate_bars(times, columns, NS_PER_HOUR)

    # First 10, highest 15, lowest 8, last 9; 0.1 + 0.2 + 0.3 + 0.4 = 1.
    assert {name: column.tolist() for name, column in bars.columns.items()} == {
        "open": [10.0],
        "high": [15.0],
        "low": [8.0],
        "close": [9.0],
        "volume": [1.0],
    }
    assert bars.n_parts.tolist() == [4]


def test_weeks_open_on_mondays() -> None:
    # 1970-01-01 was a Thursday; the Monday after it is the 5th.
    instants = np.array([4 * NS_PER_DAY - 1, 4 * NS_PER_DAY, 11 * NS_PER_DAY - 1], dtype=np.int64)

    assert bar_opens(instants, 7 * NS_PER_DAY).tolist() == [-3 * NS_PER_DAY, 4 * NS_PER_DAY, 4 * NS_PER_DAY]


@st.composite
def minutes(draw: st.DrawFn, *, n_max: int = 300) -> list[Row]:
    """Draw consistent bars of consecutive minutes, some of them missing."""
    n_rows = draw(st.integers(60, n_max))
    first = draw(st.integers(0, 90))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    missing = set(rng.integers(0, n_rows, draw(st.integers(0, 3))).tolist())
    closes = 100 + np.cumsum(rng.integers(-5, 6, n_rows + 1)) * 0.01
    return [
        (
            START_MS + (first + row) * MINUTE_MS,
            round(float(closes[row]), 2),
            round(float(closes[row : row + 2].max()) + 0.01, 2),
            round(float(closes[row : row + 2].min()) - 0.01, 2),
            round(float(closes[row + 1]), 2),
            int(rng.integers(0, 10**6)) / 1000,
        )
        for row in range(n_rows)
        if row not in missing
    ]


def resample(
    catalog: ParquetMarketCatalog, key: SeriesKey, interval: str, missing: MissingParts = MissingParts.DROP
) -> Resampling:
    to_ns = parse_interval(interval)
    return CatalogResampling(catalog, lambda: 0)(key, to_ns, missing, ConflictPolicy.REFUSE, lambda _: None)


@settings(max_examples=10)
@given(table=minutes(), missing=st.sampled_from(MissingParts))
def test_each_bar_is_what_an_obvious_loop_makes_of_its_minutes(table: list[Row], missing: MissingParts) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(partition_files, "ROWS_PER_BLOCK", 50)
        catalog = catalog_in(Path(name))
        import_files(catalog, write_csv(Path(name) / "BTCUSDT-1m.csv", table))

        made, expected = stored_after_resampling(catalog, missing), obvious(table, missing)

        assert made == expected


def stored_after_resampling(catalog: ParquetMarketCatalog, missing: MissingParts) -> list[Row]:
    try:
        return rows_of(catalog.bar_table(resample(catalog, BTC_1M, "15m", missing).info.key))
    except DataError as error:
        return [] if "holds no rows" in str(error) else pytest.fail(str(error))


def obvious(table: list[Row], missing: MissingParts) -> list[Row]:
    """Return quarters of an hour, made one by one."""
    groups: dict[int, list[Row]] = {}
    for row in table:
        groups.setdefault(row[0] - row[0] % (15 * MINUTE_MS), []).append(row)
    last = max(groups)
    if groups[last][-1][0] != last + 14 * MINUTE_MS:
        del groups[last]
    return [
        (
            time,
            rows[0][1],
            max(row[2] for row in rows),
            min(row[3] for row in rows),
            rows[-1][4],
            float(sum(Decimal(repr(row[5])) for row in rows)),
        )
        for time, rows in groups.items()
        if missing is MissingParts.KEEP or len(rows) == 15
    ]


@settings(max_examples=8)
@given(table=minutes())
def test_resampling_what_was_resampled_is_resampling_at_once(table: list[Row]) -> None:
    with TemporaryDirectory() as name:
        catalog, other = catalog_in(Path(name) / "a"), catalog_in(Path(name) / "b")
        path = write_csv(Path(name) / "BTCUSDT-1m.csv", table)
        import_files(catalog, path)
        import_files(other, path)

        quarters = resample(catalog, BTC_1M, "15m", MissingParts.KEEP).info.key
        steps = hours_or_nothing(catalog, quarters)
        at_once = hours_or_nothing(other, BTC_1M)

        # A quarter that is unfinished is left out, so the last hour may differ in being there; no other does.
        assert steps == at_once[: len(steps)]
        assert len(at_once) - len(steps) <= 1


def hours_or_nothing(catalog: ParquetMarketCatalog, key: SeriesKey) -> list[Row]:
    try:
        return rows_of(catalog.bar_table(resample(catalog, key, "1h", MissingParts.KEEP).info.key))
    except DataError as error:
        return [] if "holds no rows" in str(error) else pytest.fail(str(error))


def test_resampling_conserves_volume_and_counts_what_it_leaves_out(tmp_path: Path) -> None:
    # 2 whole hours, one that lacks its minute 30, and 10 minutes of a fourth.
    rows = [(START_MS + minute * MINUTE_MS, 1.0, 1.0, 1.0, 1.0, 0.1) for minute in range(190) if minute != 150]
    catalog = catalog_in(tmp_path)
    import_files(catalog, write_csv(tmp_path / "BTCUSDT-1m.csv", rows))

    made = resample(catalog, BTC_1M, "1h")

    assert (made.n_bars, made.n_partial, made.n_unfinished) == (2, 1, 1)
    assert catalog.bar_table(made.info.key).volume.tolist() == [6.0, 6.0]
    assert made.info.derived_from == "um/klines/BTCUSDT/1m"
    assert made.info.sources[0].sha256 == catalog.info(BTC_1M).content_hash
    assert resample(catalog, BTC_1M, "1h").was_known


@pytest.mark.parametrize(("interval", "why"), [("1m", "no multiple of 1m"), ("90s", "no multiple of 1m")])
def test_what_does_not_fit_is_refused(interval: str, why: str, tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    import_files(catalog, write_csv(tmp_path / "BTCUSDT-1m.csv", [(START_MS, 1, 1, 1, 1, 1)]))

    with pytest.raises(DataError, match=why):
        resample(catalog, BTC_1M, interval)
