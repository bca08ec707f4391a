"""Whatever happens to a process that imports: the catalogue is as it was before, or as it should be afterwards."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from application.market_import import ConflictPolicy
from application.market_series import SeriesInfo
from tests.architecture.source_tree import ROOT
from tests.catalogs import BTC_1M, Row, import_files, rows_of, write_csv

START_MS: Final = 1_706_742_000_000  # 2024-01-31T23:00:00Z: two months, so two partitions
MINUTE_MS: Final = 60_000


def minutes(first: int, behind: int, price: float) -> list[Row]:
    return [(START_MS + n * MINUTE_MS, price, price, price, price, 1.0) for n in range(first, behind)]


def start(folder: Path, steps: int, *files: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.e2e.import_under_way", str(folder), str(steps), *map(str, files)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def stored(folder: Path) -> tuple[list[Row], SeriesInfo]:
    catalog = ParquetMarketCatalog(folder / "catalog")
    return rows_of(catalog.bar_table(BTC_1M)), catalog.info(BTC_1M)


def files_in(folder: Path, info: SeriesInfo) -> Mapping[str, set[str]]:
    found = {path.name for path in (folder / "catalog" / str(BTC_1M)).iterdir()}
    named = {"manifest.json", *(partition.file for partition in info.partitions)}
    return {"missing": named - found, "too many": found - named}


def test_a_killed_import_leaves_what_was_there_and_the_next_one_clears_up(tmp_path: Path) -> None:
    old = write_csv(tmp_path / "1" / "BTCUSDT-1m.csv", minutes(0, 100, 10.0))
    new = write_csv(tmp_path / "2" / "BTCUSDT-1m.csv", minutes(50, 120, 20.0))
    finish(start(template := tmp_path / "template", 0, old))
    n_steps = int(finish(start(shutil.copytree(template, tmp_path / "rehearsal"), 0, new)))
    before, (after, info_after) = stored(template)[0], stored(tmp_path / "rehearsal")
    assert (len(before), len(after)) == (100, 120)

    seen = set()
    for step in range(1, n_steps + 1):
        folder = shutil.copytree(template, tmp_path / f"step-{step}")
        assert kill(folder, step, new) == -signal.SIGKILL
        rows, info = stored(folder)
        assert rows in (before, after)
        assert not files_in(folder, info)["missing"]
        seen.add(len(rows))
        import_files(ParquetMarketCatalog(folder / "catalog"), new, on_conflict=ConflictPolicy.REPLACE)
        rows, info = stored(folder)
        assert (rows, info.content_hash) == (after, info_after.content_hash)
    # Some died before the one step that counts, and the last ones after it.
    assert seen == {100, 120}


def kill(folder: Path, step: int, file: Path) -> int:
    process = start(folder, step, file)
    process.communicate(timeout=120)
    return process.returncode


def test_what_a_killed_import_left_is_swept_by_the_next_one(tmp_path: Path) -> None:
    old = write_csv(tmp_path / "1" / "BTCUSDT-1m.csv", minutes(0, 100, 10.0))
    new = write_csv(tmp_path / "2" / "BTCUSDT-1m.csv", minutes(50, 120, 20.0))
    finish(start(tmp_path, 0, old))
    finish(start(tmp_path, 0, new))
    # For readers of the old manifest, the old partitions stay until the next write.
    assert len(files_in(tmp_path, stored(tmp_path)[1])["too many"]) == 2

    finish(start(tmp_path, 0, new))

    assert not files_in(tmp_path, stored(tmp_path)[1])["too many"]
    assert not (tmp_path / "catalog" / ".staging").exists()


def test_imports_at_the_same_time_do_not_lose_rows(tmp_path: Path) -> None:
    parts = [write_csv(tmp_path / f"{n}" / "BTCUSDT-1m.csv", minutes(30 * n, 30 * n + 40, 10.0)) for n in range(4)]

    for process in [start(tmp_path, 0, part) for part in parts]:
        finish(process)

    rows, info = stored(tmp_path)
    assert rows == minutes(0, 130, 10.0)
    assert sum(source.n_new for source in info.sources) == 130
    assert sum(source.n_equal for source in info.sources) == 30


def test_an_interrupted_import_ends_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "BTCUSDT-1m.csv"
    write_csv(pipe, minutes(0, 300_000, 10.0))
    command = [sys.executable, "-m", "tests.e2e.interruptible", "data", "import", str(pipe), "--market", "um"]
    environment = os.environ | {"AUTOTRADING_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=environment) as process:
        while process.poll() is None and not list(tmp_path.glob("catalog/.staging/*/rows.arrow")):
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)

    if process.returncode == 0:
        pytest.skip("the import was over before it could be interrupted")
    assert (process.returncode, err) == (130, "autotrading: interrupted\n")
    assert not list((tmp_path / "catalog").rglob("*.parquet"))
    assert not (tmp_path / "catalog" / ".staging").exists()
