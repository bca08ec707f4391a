"""The commands below `data`, as a user runs them."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pyarrow.parquet
import pytest
import yaml

from entrypoints.cli.commands import main
from entrypoints.configuration.keys import PlainValue
from tests.catalogs import HEADER, write_csv
from tests.e2e.command import assert_refused, autotrading
from tests.unit.adapters.market_data.market_files import bar_columns, funding_columns, write_columns
from tests.unit.entrypoints.documents import make_data_document, write_document

START_MS: Final = 1_704_067_200_000  # 2024-01-01T00:00:00Z
HOUR_MS: Final = 3_600_000


Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    """Three hours of bars that rise by one each."""
    rows = [(START_MS + n * HOUR_MS, 10 + n, 12 + n, 9 + n, 11 + n, 2.5) for n in range(3)]
    return write_csv(tmp_path / "um" / "BTCUSDT-1h.csv", rows)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs commands in this process, because one of their own takes half a second each; their data lie in a folder."""
    monkeypatch.setenv("AUTOTRADING_DATA_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: str | Path) -> CompletedProcess[str]:
        code = main([str(argument) for argument in arguments])
        return CompletedProcess(arguments, code, *capfd.readouterr())

    return run_here


def done(result: CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def document(result: CompletedProcess[str]) -> Any:  # noqa: ANN401  # JSON is what it is
    return json.loads(done(result))


def test_an_import_says_what_is_new_and_a_second_one_that_nothing_is(hours: Path, run: Run) -> None:
    first = done(run("data", "import", hours))
    second = done(run("data", "import", hours))

    assert "um/klines/BTCUSDT/1h" in first
    assert "2024-01-01" in first
    assert "Everything was imported before; nothing has changed." in second


def test_the_same_as_documents(hours: Path, run: Run) -> None:
    (series,) = document(run("data", "import", hours, "--json"))["series"]
    (again,) = document(run("data", "import", hours, "--json"))["series"]

    assert (series["series"], series["rows"], series["new"]) == ("um/klines/BTCUSDT/1h", 3, 3)
    assert (series["start"], series["end"]) == ("2024-01-01T00:00:00Z", "2024-01-01T03:00:00Z")
    assert not series["files"][0]["was_known"]
    assert again["files"][0]["was_known"]
    assert again["content_hash"] == series["content_hash"]


def test_quiet_says_nothing(hours: Path, run: Run) -> None:
    assert done(run("data", "import", hours, "--quiet")) == ""
    assert done(run("data", "resample", "um/klines/BTCUSDT/1h", "3h", "--quiet")) == ""
    assert done(run("data", "export", "um/klines/BTCUSDT/1h", "out.csv", "--quiet")) == ""
    assert done(run("data", "delete", "um/klines/BTCUSDT/1h", "--yes", "--quiet")) == ""


def test_folders_and_patterns_mean_the_files_in_them(hours: Path, tmp_path: Path, run: Run) -> None:
    write_csv(tmp_path / "um" / "deep" / "ETHUSDT-1h.csv", [(START_MS, 1, 1, 1, 1, 1)])
    (tmp_path / "um" / "notes.txt").write_text("no data")

    folder = document(run("data", "import", hours.parent, "--json"))
    pattern = document(run("data", "import", str(tmp_path / "*" / "BTC*.csv"), "--json"))

    assert [each["series"] for each in folder["series"]] == ["um/klines/BTCUSDT/1h", "um/klines/ETHUSDT/1h"]
    assert [each["series"] for each in pattern["series"]] == ["um/klines/BTCUSDT/1h"]


def test_list_and_show(hours: Path, run: Run) -> None:
    assert "autotrading data import PATH fills it" in done(run("data", "list"))
    done(run("data", "import", hours))

    listed, shown = run("data", "list"), run("data", "show", "um/klines/BTCUSDT/1h")
    everything = document(run("data", "show", "um/klines/BTCUSDT/1h", "--json"))
    (one,) = document(run("data", "list", "--json"))["series"]

    assert "um/klines/BTCUSDT/1h" in done(listed)
    assert "BTCUSDT-1h.csv" in done(shown)
    assert "2024-01-01 02:00:00Z" in shown.stdout
    assert one["rows"] == everything["rows"] == 3
    assert everything["sources"][0]["name"] == "BTCUSDT-1h.csv"
    assert everything["partitions"][0]["period"] == "2024"


def test_a_process_of_its_own_does_the_same_and_shows_no_colors_where_nobody_looks(
    hours: Path, tmp_path: Path, run: Run
) -> None:
    done(run("data", "import", hours))
    here = run("data", "show", "um/klines/BTCUSDT/1h")

    environment = {"AUTOTRADING_DATA_DIR": str(tmp_path / "store")}
    there = autotrading("data", "show", "um/klines/BTCUSDT/1h", environment=environment)

    assert done(there) == done(here)
    assert "\x1b" not in there.stdout


def test_export_writes_what_other_tools_read(hours: Path, tmp_path: Path, run: Run) -> None:
    done(run("data", "import", hours))

    cut = ("--from", "2024-01-01T01:00", "--to", "2024-01-01T02:00")
    done(run("data", "export", "um/klines/BTCUSDT/1h", "out.csv", *cut))
    done(run("data", "export", "um/klines/BTCUSDT/1h", "out.parquet"))

    header, row = (tmp_path / "out.csv").read_text().splitlines()
    assert header.replace('"', "").split(",")[:6] == HEADER.split(",")
    assert row == f"{START_MS + HOUR_MS},11,13,10,12,2.5,,,,"
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").column("close").to_pylist() == [11.0, 12.0, 13.0]


def test_resample_says_what_it_left_out(hours: Path, run: Run) -> None:
    done(run("data", "import", hours))

    said = done(run("data", "resample", "um/klines/BTCUSDT/1h", "2h"))
    made = document(run("data", "show", "um/klines/BTCUSDT/2h", "--json"))

    assert said.strip() == (
        "um/klines/BTCUSDT/2h: 1 bars made of um/klines/BTCUSDT/1h; 0 with missing parts dropped, 1 unfinished left out"
    )
    assert made["derived_from"] == "um/klines/BTCUSDT/1h"


def test_delete_asks_where_it_can_and_is_final(hours: Path, tmp_path: Path, run: Run) -> None:
    done(run("data", "import", hours))

    assert "say --yes" in assert_refused(run("data", "delete", "um/klines/BTCUSDT/1h"), 2)
    done(run("data", "delete", "um/klines/BTCUSDT/1h", "--yes"))

    assert document(run("data", "list", "--json"))["series"] == []
    assert [path.name for path in (tmp_path / "store" / "catalog").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("import", "nothing.csv"), 3, "nothing.csv: there is no such file"),
        (("import", ""), 2, "the name of the file is empty"),
        (("import", "no*.csv"), 3, "no*.csv: no file is called like that"),
        (("import", "um/BTCUSDT-1h.csv", "--column", "close=Last"), 3, "there is no column Last for close"),
        (("import", "um/BTCUSDT-1h.csv", "--column", "clse=close"), 2, "unknown column; did you mean close?"),
        (("import", "um/BTCUSDT-1h.csv", "--column", "close"), 2, "expected OURS=THEIRS"),
        (("import", "um/BTCUSDT-1h.csv", "--interval", "1y"), 2, "not an interval such as 1m, 1h or 1d: '1y'"),
        (("import", "um/BTCUSDT-1h.csv", "--kind", "funding"), 3, "funding need columns funding_time, funding_rate"),
        (("show", "BTCUSDT"), 2, "not a series such as um/klines/BTCUSDT/1h"),
        (
            ("show", "um/klines/ETHUSDT/1h"),
            3,
            "um/klines/ETHUSDT/1h: the catalogue has no such series; autotrading data ",
        ),
        (("export", "um/klines/BTCUSDT/1h", "out.xls"), 2, "must end in .csv or .parquet"),
        (("export", "um/klines/BTCUSDT/1h", "none/out.csv"), 2, "FILE none/out.csv: there is no folder none"),
        (("export", "um/klines/BTCUSDT/1h", "out.csv", "--from", "2030-01-01"), 3, "has no rows in the time asked for"),
        (("export", "um/klines/BTCUSDT/1h", "out.csv", "--from", "soon"), 2, "not a time such as 2024-01-31"),
        (("resample", "um/klines/BTCUSDT/1h", "90m"), 3, "that is no multiple of 1h"),
        (("resample", "um/klines/BTCUSDT/1h", "1d"), 3, "um/klines/BTCUSDT/1h resampled to 1d: holds no rows"),
        (("delete", "um/klines/ETHUSDT/1h", "--yes"), 3, "the catalogue has no such series"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    arguments: tuple[str, ...], code: int, message: str, hours: Path, tmp_path: Path, run: Run
) -> None:
    done(run("data", "import", hours))
    before = document(run("data", "list", "--json"))

    assert message in assert_refused(run("data", *arguments), code)

    assert document(run("data", "list", "--json")) == before
    assert not list(tmp_path.glob("out*"))


def test_a_bad_file_among_good_ones_stops_the_import_before_anything_is_written(
    hours: Path, tmp_path: Path, run: Run
) -> None:
    bad = write_csv(tmp_path / "um" / "XRPUSDT-1h.csv", [("a", "b")], "this,that")

    message = assert_refused(run("data", "import", hours.parent), 3)
    skipped = document(run("data", "import", hours.parent, "--skip-unrecognized", "--json"))

    assert message.startswith(f"{bad}: is none of what was looked for")
    assert [each["series"] for each in skipped["series"]] == ["um/klines/BTCUSDT/1h"]
    assert len(skipped["skipped"]) == 1


def test_an_export_goes_where_a_link_points(hours: Path, tmp_path: Path, run: Run) -> None:
    done(run("data", "import", hours))
    (tmp_path / "disk").mkdir()
    (tmp_path / "out.csv").symlink_to(tmp_path / "disk" / "bars.csv")

    done(run("data", "export", "um/klines/BTCUSDT/1h", "out.csv"))

    assert (tmp_path / "out.csv").is_symlink()
    assert len((tmp_path / "disk" / "bars.csv").read_text(encoding="utf-8").splitlines()) == 1 + 3


def test_names_are_whole_in_a_pipe(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    symbol = f"{'LONG' * 6}USDT"
    rows = [(START_MS + n * HOUR_MS, 10, 12, 9, 11, 2.5) for n in range(3)]
    imported = done(run("data", "import", write_csv(tmp_path / "um" / f"{symbol}-1h.csv", rows)))

    assert f" um/klines/{symbol}/1h " in imported
    assert f" um/klines/{symbol}/1h " in done(run("data", "list"))


def test_bars_with_missing_parts_are_not_called_dropped_while_they_stay(tmp_path: Path, run: Run) -> None:
    rows = [(START_MS + n * HOUR_MS, 10, 12, 9, 11, 2.5) for n in (0, 2, 3)]
    done(run("data", "import", write_csv(tmp_path / "um" / "BTCUSDT-1h.csv", rows)))
    resample = ("data", "resample", "um/klines/BTCUSDT/1h", "2h")
    done(run(*resample, "--missing", "keep"))

    message = assert_refused(run(*resample), 3)
    done(run("data", "delete", "um/klines/BTCUSDT/2h", "--yes"))
    made = document(run(*resample, "--json"))

    assert message.endswith("may be in it; autotrading data delete um/klines/BTCUSDT/2h makes room")
    assert made["rows"] == 1


def test_a_data_directory_that_is_a_file_is_not_an_empty_catalogue(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("something else", encoding="utf-8")
    monkeypatch.setenv("AUTOTRADING_DATA_DIR", str(tmp_path / "file"))

    message = assert_refused(run("data", "list"), 2)

    assert message == f"{tmp_path / 'file'}: the data directory has to be a folder (AUTOTRADING_DATA_DIR)"


def test_conflicts_are_refused_until_somebody_decides(hours: Path, tmp_path: Path, run: Run) -> None:
    done(run("data", "import", hours))
    other = write_csv(tmp_path / "BTCUSDT-1h.csv", [(START_MS + HOUR_MS, 11, 13, 10, 99, 2.5)])

    refused = assert_refused(run("data", "import", other), 3)
    kept = document(run("data", "import", other, "--on-conflict", "keep", "--json"))
    replaced = document(run("data", "import", other, "--on-conflict", "replace", "--json"))
    done(run("data", "export", "um/klines/BTCUSDT/1h", "out.parquet"))

    assert refused.endswith(
        "row 1 (2024-01-01T01:00:00Z), close: 99.0, but the catalogue has 12.0; nothing was imported "
        "(--on-conflict keep or replace decides)"
    )
    assert kept["series"][0]["files"][0]["conflicts"] == replaced["series"][0]["files"][0]["conflicts"] == 1
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").column("close").to_pylist() == [11.0, 99.0, 13.0]


def test_a_partition_that_was_changed_behind_our_back_is_noticed(hours: Path, tmp_path: Path, run: Run) -> None:
    done(run("data", "import", hours))
    (partition,) = (tmp_path / "store" / "catalog").rglob("*.parquet")
    content = bytearray(partition.read_bytes())
    content[len(content) // 2] ^= 1
    partition.write_bytes(content)

    message = assert_refused(run("data", "export", "um/klines/BTCUSDT/1h", "out.csv"), 3)

    assert message.startswith(f"{partition}: is damaged")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no manifest of a series"),
        ('{"schema_version": 99}', "schema version 99; this product reads version 1"),
        ('{"schema_version": 1, "series": 3}', "is no manifest of a series"),
    ],
)
def test_a_damaged_manifest_is_named(content: str, message: str, hours: Path, tmp_path: Path, run: Run) -> None:
    done(run("data", "import", hours))
    (manifest,) = (tmp_path / "store" / "catalog").rglob("manifest.json")
    manifest.write_text(content)

    refused = assert_refused(run("data", "show", "um/klines/BTCUSDT/1h"), 3)

    assert refused.startswith(f"{manifest}: ")
    assert message in refused


def test_a_damaged_series_hides_no_other_and_can_be_deleted(hours: Path, tmp_path: Path, run: Run) -> None:
    done(run("data", "import", hours))
    (manifest,) = (tmp_path / "store" / "catalog").rglob("manifest.json")
    done(run("data", "import", hours, "--symbol", "ETHUSDT"))
    manifest.write_text("{")

    listed = run("data", "list")
    as_json = run("data", "list", "--json")
    deleted = run("data", "delete", "um/klines/BTCUSDT/1h", "--yes")

    assert (listed.returncode, as_json.returncode) == (3, 3)
    assert "um/klines/ETHUSDT/1h" in listed.stdout
    assert f"{manifest}: is no manifest of a series" in listed.stderr
    assert "; autotrading data delete um/klines/BTCUSDT/1h removes it" in listed.stderr
    assert [each["series"] for each in json.loads(as_json.stdout)["damaged"]] == ["um/klines/BTCUSDT/1h"]
    assert deleted.stdout == "um/klines/BTCUSDT/1h: deleted; it was damaged\n"
    assert [each["series"] for each in document(run("data", "list", "--json"))["series"]] == ["um/klines/ETHUSDT/1h"]
    assert not manifest.parent.exists()


def test_a_backtest_on_the_catalogue_is_the_backtest_on_the_files(tmp_path: Path, run: Run) -> None:
    names = {"bars": "BTCUSDT-1h.csv", "funding": "BTCUSDT-funding.csv", "mark": "BTCUSDT-mark-1h.csv"}
    files: dict[str, PlainValue] = {**names}
    write_columns(tmp_path / names["bars"], bar_columns(60))
    write_columns(tmp_path / names["funding"], funding_columns(8))
    write_columns(tmp_path / names["mark"], bar_columns(60, price=100.5))
    keys: dict[str, PlainValue] = {"allow_no_funding": False, "quality_min": 0}
    on_files = write_document(tmp_path, make_data_document({"BTCUSDT": files}, **keys), "files.yaml")
    on_catalog = write_document(tmp_path, make_data_document({"BTCUSDT": "catalog"}, **keys), "catalog.yaml")

    missing = assert_refused(run("backtest", on_catalog), 3)
    done(run("data", "import", *names.values(), "--market", "um", "--quiet"))
    there, here = (document(run("backtest", config, "--json")) for config in (on_files, on_catalog))

    assert missing == (
        "um/klines/BTCUSDT/1h: the catalogue has no such series; "
        "autotrading data import PATH --kind klines --symbol BTCUSDT --interval 1h brings it"
    )
    assert here["hashes"]["data"] == there["hashes"]["data"]
    assert here["hashes"]["result"] == there["hashes"]["result"]
    assert here["assumptions"] == there["assumptions"]


def test_without_mark_prices_in_the_catalogue_the_run_says_so(tmp_path: Path, run: Run) -> None:
    write_columns(tmp_path / "BTCUSDT-1h.csv", bar_columns(60))
    write_columns(tmp_path / "BTCUSDT-funding.csv", funding_columns(8))
    done(run("data", "import", "BTCUSDT-1h.csv", "BTCUSDT-funding.csv", "--market", "um", "--quiet"))
    config = write_document(tmp_path, make_data_document({"BTCUSDT": {"catalog": "um"}}, quality_min=0))

    result = document(run("backtest", config, "--json"))

    said = [each for each in result["assumptions"] if "um/mark/BTCUSDT/1h" in f"{each['value']} {each['meaning']}"]
    assert len(said) == 1
    assert yaml.safe_load(config.read_text())["data"]["symbols"]["BTCUSDT"] == {"catalog": "um"}
