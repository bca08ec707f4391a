"""What validation says of real files. Every figure about a dirty file was counted anew in a test or is explained."""

import gzip
import os
from csv import DictReader
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet
import pytest

from adapters.market_data.series_sources import of_file
from adapters.market_data.vendor_files.recognition import VendorFiles
from application.data_validation import RepairReport, SeriesReport, Terms, repair_source, validate_source
from application.market_import import ReadingHints
from domain.data_quality.findings import FindingCode, Severity
from domain.data_quality.row_conflicts import ConflictPolicy
from domain.data_quality.series_quality import Verdict
from domain.time_units import NS_PER_MINUTE, iso_utc
from tests.conftest import ROOT

CODE: Final = FindingCode


def report(path: Path, against: Path | None = None) -> SeriesReport:
    """Validate one file, perhaps against another one."""
    second = None if against is None else of_file(against, VendorFiles().recognize(against, ReadingHints()))
    return validate_source(of_file(path, VendorFiles().recognize(path, ReadingHints())), Terms(against=second))


def repaired(path: Path) -> RepairReport:
    source = of_file(path, VendorFiles().recognize(path, ReadingHints()))
    return repair_source(source, Terms(), ConflictPolicy.DROP)


def found(judged: SeriesReport | RepairReport) -> dict[FindingCode, int]:
    return {finding.code: finding.count for finding in judged.quality.findings}


def csv_rows(path: Path, *, skip: int = 0) -> list[dict[str, str]]:
    """Read a file the plain way."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for _ in range(skip):
            next(file)
        return list(DictReader(file))


def missing_between(stamps: list[datetime], step: timedelta) -> list[int]:
    """Count what is missing between neighbors, one by one."""
    return [int((after - before) / step) - 1 for before, after in pairwise(stamps)]


class TestDirtyFiles:
    @pytest.mark.parametrize(
        ("name", "minutes", "n_gaps", "n_missing"),
        [("spot_BCHUSDT-5m_2020_outages.csv.gz", 5, 3, 70), ("spot_BTCUSDT-30m_2020_outages.csv.gz", 30, 8, 40)],
    )
    def test_outages_of_the_spot_market_are_gaps_and_no_more(
        self, name: str, minutes: int, n_gaps: int, n_missing: int, shared_data: Path
    ) -> None:
        path = shared_data / "data" / "dirty" / name
        stamps = [datetime.fromisoformat(row["timestamp"]) for row in csv_rows(path)]
        counted = [n for n in missing_between(stamps, timedelta(minutes=minutes)) if n]

        judged = report(path)

        assert (len(counted), sum(counted)) == (n_gaps, n_missing)
        assert [gap.n_missing for gap in judged.quality.gaps] == counted
        assert found(judged)[CODE.GAP] == n_missing
        assert set(found(judged)) == {CODE.GAP, CODE.OUTLIER, CODE.ZERO_VOLUME}
        assert judged.quality.verdict is Verdict.GOOD
        assert judged.quality.score.total >= 0.99

    def test_the_longest_outage_of_bch_is_46_bars_long(self, shared_data: Path) -> None:
        judged = report(shared_data / "data" / "dirty" / "spot_BCHUSDT-5m_2020_outages.csv.gz")

        # 12 + 46 + 12 = 70 bars; 46 bars of five minutes are 3 h 50 min, from 14:10 to 18:00.
        assert [(iso_utc(gap.start_ns), gap.n_missing) for gap in judged.quality.gaps] == [
            ("2020-11-30T06:00:00Z", 12),
            ("2020-12-21T14:10:00Z", 46),
            ("2020-12-25T02:00:00Z", 12),
        ]

    def test_a_vendor_who_writes_the_newest_row_first_is_out_of_order_and_repaired_by_sorting(
        self, shared_data: Path
    ) -> None:
        path = shared_data / "data" / "dirty" / "spot_BTCUSDT-1h_cryptodatadownload.csv.gz"
        n_rows = len(csv_rows(path, skip=1))

        judged, after = report(path), repaired(path)

        # All rows but the first one lie before the row above them.
        assert found(judged) == {CODE.ORDER: n_rows - 1} == {CODE.ORDER: 16_318}
        assert judged.quality.verdict is Verdict.UNUSABLE
        assert judged.quality.conclusion.endswith("Repair removes every error.")
        assert (after.n_rows, after.quality.verdict) == (n_rows, Verdict.GOOD)
        assert CODE.ORDER not in found(after)

    def test_bars_built_from_ticks_lack_prices_where_no_ticks_were_stored(self, shared_data: Path) -> None:
        path = shared_data / "data" / "dirty" / "um_BTCUSDT-30m_from_ticks_nan.parquet"
        closes = pyarrow.parquet.read_table(path)["close"].to_numpy()
        without = np.flatnonzero(np.isnan(closes))

        judged, after = report(path), repaired(path)

        assert len(without) == 56
        assert found(judged)[CODE.NOT_FINITE] == 56
        (finding,) = judged.quality.errors
        assert [place.row for place in finding.occurrences] == without[:20].tolist()
        assert judged.quality.verdict is Verdict.DOUBTFUL
        assert judged.quality.score.total <= 0.98
        # What repair drops is missing then: nothing stands in for it.
        assert found(after)[CODE.GAP] == 56
        assert not after.quality.errors
        assert (after.n_rows, after.quality.verdict) == (len(closes) - 56, Verdict.GOOD)

    def test_bars_of_a_test_net_are_unusable(self, shared_data: Path) -> None:
        path = shared_data / "data" / "dirty" / "bybit_BTCUSDT-1m_bad_prices.parquet"
        table = pyarrow.parquet.read_table(path)
        stamps, closes = np.sort(table["ts"].to_numpy()), table["close"].to_numpy()
        # Seconds, milliseconds or whatever they are: the smallest step is the minute.
        steps = np.diff(stamps.astype(np.int64))
        n_missing = int((steps // steps.min() - 1).sum())

        judged = report(path)

        assert (closes.min() < 10_000, closes.max() > 199_000) == (True, True)
        assert (n_missing, int((steps > steps.min()).sum())) == (119_349, 149)
        assert found(judged)[CODE.GAP] == n_missing
        assert judged.quality.errors[0].code is CODE.LEVEL_JUMP
        assert {CODE.OUTLIER, CODE.FROZEN, CODE.ABSURD_VOLUME} <= set(found(judged))
        assert judged.quality.verdict is Verdict.UNUSABLE
        # 80 % of the minutes are missing, so that completeness alone says enough: 30,000 / 149,349 = 0.2009.
        assert judged.quality.score.completeness == pytest.approx(30_000 / 149_349)
        assert judged.quality.score.total < 0.2

    def test_a_random_walk_that_is_sold_as_bitcoin_looks_synthetic(self, shared_data: Path) -> None:
        judged = report(shared_data / "data" / "dirty" / "synthetic_BTCUSDT-15m.csv.gz")

        assert [finding.code for finding in judged.quality.findings] == [CODE.SYNTHETIC_LOOK]
        assert all(habit.is_missing for habit in judged.quality.habits)
        assert len(judged.quality.habits) == 6
        assert judged.quality.verdict is Verdict.UNUSABLE

    def test_real_bitcoin_of_the_same_interval_has_all_six_habits(self, shared_data: Path) -> None:
        judged = report(shared_data / "data" / "um" / "15m" / "BTCUSDT-15m.parquet")

        assert len(judged.quality.habits) == 6
        assert not any(habit.is_missing for habit in judged.quality.habits)


class TestLuna:
    def test_another_coin_under_the_same_name_is_one_change_of_level(self, shared_data: Path) -> None:
        path = shared_data / "data" / "spot" / "1h" / "LUNAUSDT-1h.parquet"
        table = pyarrow.parquet.read_table(path)
        opens, closes = table["open"].to_numpy(), table["close"].to_numpy()
        row = int(np.argmax(closes[1:] / closes[:-1])) + 1

        judged = report(path)

        # The old coin ends at 0.00005, the new one opens at 1 and closes its first hour at 8.5558.
        assert round(float(closes[row] / closes[row - 1])) == 171_116
        assert round(float(opens[row] / closes[row - 1])) == 20_000
        (finding,) = judged.quality.errors
        assert (finding.code, finding.count) == (CODE.LEVEL_JUMP, 1)
        assert finding.occurrences[0].row == row
        assert "a factor of 20,000" in finding.occurrences[0].values
        assert judged.quality.verdict is Verdict.UNUSABLE
        # 437 hours without either coin, and 12 in five outages of the whole market.
        assert found(judged)[CODE.GAP] == 449
        assert max(gap.n_missing for gap in judged.quality.gaps) == 437

    def test_a_stablecoin_is_no_error(self, shared_data: Path) -> None:
        judged = report(shared_data / "data" / "spot" / "1h" / "BUSDUSDT-1h.parquet")

        assert not judged.quality.errors
        # Twelve hours in which it did not move at all: suspicious anywhere else, so it is mentioned.
        assert found(judged)[CODE.FROZEN] == 12


def _clean_files() -> list[str]:
    """Return every bar file of the set by its path within it; none where the set is not there."""
    data = Path(os.environ.get("AUTOTRADING_SHARED_DATA", ROOT.parent / "shared")) / "data"
    folders = ("um/1m", "um/5m", "um/15m", "um/1h", "um/4h", "um/mark-1h", "spot/1m", "spot/1h")
    found = sorted(path for folder in folders for path in (data / folder).glob("*.parquet"))
    return [str(path.relative_to(data)) for path in found if "LUNA" not in path.name]


@pytest.mark.parametrize("name", _clean_files() or ["um/1h/BTCUSDT-1h.parquet"])
def test_a_clean_file_has_no_error_and_scores_at_least_99_percent(name: str, shared_data: Path) -> None:
    judged = report(shared_data / "data" / name)

    assert not judged.quality.errors, judged.quality.conclusion
    assert judged.quality.score.total >= 0.99
    assert judged.quality.verdict is Verdict.GOOD


class TestMarks:
    def test_holes_of_months_explain_that_the_price_is_another_one_behind_them(self, shared_data: Path) -> None:
        for symbol in ("SOLUSDT", "XRPUSDT", "BNBUSDT"):
            judged = report(shared_data / "data" / "um" / "mark-8h" / f"{symbol}-mark-8h.parquet")

            assert not judged.quality.errors
            assert found(judged)[CODE.GAP] > 500
            assert judged.quality.verdict in {Verdict.DOUBTFUL, Verdict.UNUSABLE}

    @pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT", "XRPUSDT", "SOLUSDT"])
    def test_bars_of_a_perpetual_agree_with_its_mark_price(self, symbol: str, shared_data: Path) -> None:
        um = shared_data / "data" / "um"

        judged = report(um / "1h" / f"{symbol}-1h.parquet", um / "mark-1h" / f"{symbol}-mark-1h.parquet")

        assert not judged.quality.errors

    @pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
    def test_spot_bars_in_a_folder_of_perpetuals_are_found_out_by_the_mark_price(
        self, symbol: str, shared_data: Path, tmp_path: Path
    ) -> None:
        data = shared_data / "data"
        claimed = tmp_path / "um" / "1h" / f"{symbol}-1h.parquet"
        claimed.parent.mkdir(parents=True)
        claimed.write_bytes((data / "spot" / "1h" / f"{symbol}-1h.parquet").read_bytes())

        judged = report(claimed, data / "um" / "mark-1h" / f"{symbol}-mark-1h.parquet")
        against_spot = report(claimed, data / "spot" / "1h" / f"{symbol}-1h.parquet")

        assert [finding.code for finding in judged.quality.errors] == [CODE.SPOT_AS_PERPETUAL]
        assert [finding.code for finding in against_spot.quality.errors] == [CODE.SPOT_AS_PERPETUAL]
        assert judged.quality.verdict is Verdict.UNUSABLE

    @pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
    def test_perpetuals_are_not_taken_for_spot(self, symbol: str, shared_data: Path) -> None:
        data = shared_data / "data"

        judged = report(data / "um" / "1h" / f"{symbol}-1h.parquet", data / "spot" / "1h" / f"{symbol}-1h.parquet")

        assert not judged.quality.errors


class TestFunding:
    @pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT", "XRPUSDT", "ADAUSDT", "LTCUSDT"])
    def test_unbroken_funding_is_good(self, symbol: str, shared_data: Path) -> None:
        judged = report(shared_data / "data" / "um" / "funding" / f"{symbol}-funding.parquet")

        assert judged.quality.findings == ()
        assert judged.quality.score.total == 1.0

    def test_the_settlements_of_solana_every_two_hours_are_no_holes_but_the_months_without_any_are(
        self, shared_data: Path
    ) -> None:
        path = shared_data / "data" / "um" / "funding" / "SOLUSDT-funding.parquet"
        hours = np.unique(pyarrow.parquet.read_table(path)["funding_time"].to_numpy() // 3_600_000)
        steps = np.diff(hours)
        holes = steps[steps > 8]

        judged = report(path)

        assert found(judged) == {CODE.GAP: int((holes // 8 - 1).sum()), CODE.FUNDING_INTERVAL: 3}
        assert len(judged.quality.gaps) == len(holes) == 2
        assert all(finding.severity is not Severity.ERROR for finding in judged.quality.findings)


def test_bars_of_a_minute_can_be_cut_anywhere_without_a_change(shared_data: Path) -> None:
    path = shared_data / "data" / "um" / "1m" / "BTCUSDT-1m.parquet"
    judged = report(path)

    # 43,198 minutes lie between the first open and the last close.
    start_ns, end_ns = judged.quality.start_ns, judged.quality.end_ns
    assert start_ns is not None
    assert end_ns is not None
    assert (end_ns - start_ns) // NS_PER_MINUTE == judged.quality.n_rows == 43_198
