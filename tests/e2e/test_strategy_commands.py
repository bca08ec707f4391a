"""A strategy of one's own, from its first line to its first run, as a user goes about it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode
from tests.architecture.source_tree import ROOT
from tests.e2e.command import assert_refused, autotrading, clean_environment
from tests.own_strategies import HIGHEST_CLOSE, WITHOUT_PARAMETERS, write_code

HERE = {"PYTHONPATH": str(ROOT)}

SAYS_BY_HASH = '''from domain.signal import Signal, SignalAction


class ByHash:
    """Says other things in a process with other hashes."""

    lookback_bars = 2

    def on_bar(self, view):
        if len(view.bars(2)) < 2 or abs(view.bars(2)[0].close / view.bar.close - 1.0) < 0.01 or view.held_quantity:
            return None
        return Signal(action=SignalAction.ENTER_LONG, reason="moved", features=(("hash", float(hash("x") % 1000)),))
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    result = autotrading("strategy", "new", "my_breakout", environment=HERE, cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Try it: autotrading strategy check my_breakout.py\n" in result.stdout
    return folder


def test_what_is_written_passes_its_own_test_in_an_empty_folder(folder: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        capture_output=True,
        check=False,
        cwd=folder,
        encoding="utf-8",
        env=clean_environment() | HERE,
    )

    assert result.returncode == 0, result.stdout
    assert "3 passed" in result.stdout


def test_what_is_written_passes_the_test_kit(folder: Path) -> None:
    result = autotrading("strategy", "check", "my_breakout.py:MyBreakout", environment=HERE, cwd=folder)

    assert (result.returncode, result.stderr) == (0, "")
    assert "the same again, here and in another process" in result.stdout
    assert "fail" not in result.stdout


def test_what_is_written_runs(folder: Path) -> None:
    result = autotrading("backtest", "my_breakout.yaml", "--no-save", "--json", environment=HERE, cwd=folder)

    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert len(document["trades"]) > 10
    assert {trade["strategy"] for trade in document["trades"]} == {"my_breakout"}


def test_nothing_is_overwritten(folder: Path) -> None:
    (folder / "another").mkdir(exist_ok=True)
    there = write_code(folder / "another", "mine", "test_other.py")

    said = assert_refused(autotrading("strategy", "new", "other", "--folder", folder / "another", environment=HERE), 2)

    assert said == f"strategy new: {there} is there already; nothing was written"
    assert [path.name for path in (folder / "another").iterdir()] == ["test_other.py"]


@pytest.mark.parametrize("name", ["MyBreakout", "my-breakout", "1st", "class", "json", "domain", "../up", "_own"])
def test_a_name_that_no_module_can_have_is_refused(name: str, tmp_path: Path) -> None:
    said = assert_refused(autotrading("strategy", "new", name, environment=HERE, cwd=tmp_path), 2)

    assert name in said
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = assert_refused(autotrading("strategy", "new", "mine", "--folder", tmp_path / "nowhere"), 2)

    assert said == f"strategy new: --folder {tmp_path}/nowhere: there is no such folder"
    file = write_code(tmp_path, "x = 1\n", "file.py")
    said = assert_refused(autotrading("strategy", "new", "mine", "--folder", file), 2)
    assert said == f"strategy new: --folder {file}: is no folder"


def test_what_another_process_says_otherwise_fails_with_its_bar(tmp_path: Path) -> None:
    write_code(tmp_path, SAYS_BY_HASH)

    result = autotrading(
        "strategy", "check", "mine.py", "--json", environment=HERE | {"PYTHONHASHSEED": "1"}, cwd=tmp_path
    )

    assert result.returncode == 4
    assert result.stderr == "autotrading: mine.py fails 1 of 10 checks: determinism\n"
    document = json.loads(result.stdout)
    (failed,) = [each for each in document["checks"] if each["verdict"] == "fail"]
    assert document["passed"] is False
    assert failed["line"].startswith("says something else in another process")
    assert ", there " in failed["evidence"]


def test_the_evidence_is_printed_below_the_table(tmp_path: Path) -> None:
    write_code(tmp_path, WITHOUT_PARAMETERS)

    result = autotrading("strategy", "check", "mine.py", environment=HERE, cwd=tmp_path)

    assert result.returncode == 4
    assert result.stderr == "autotrading: mine.py fails 1 of 10 checks: signals\n"
    assert "Where it shows\n  signals: 2,160 bars of trends and swings\n" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.py",), "nowhere.py: there is no such file"),
        (("trend_folowing",), "there is no strategy 'trend_folowing'; did you mean trend_following?"),
        (("mine.py:Nope",), "mine.py: there is no class Nope; strategies in it: HighestClose, Nothing"),
        (("mine.py",), "mine.py: holds several strategies, HighestClose, Nothing"),
        (("mine.py:HighestClose", "--parameters", "bars=1"), "parameters.bars: expected a number at least 2"),
        (("mine.py:HighestClose", "--parameters", "bras=1"), "parameters.bras: unknown key; did you mean bars?"),
        (("mine.py:HighestClose", "--parameters", "bars"), "expected KEY=VALUE, such as bars=20: 'bars'"),
        (("mine.py:HighestClose", "--parameters", "bars=66"), "mine.py:27: RuntimeError: 66 is too much"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_one_line(
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_code(tmp_path, HIGHEST_CLOSE + WITHOUT_PARAMETERS)
    monkeypatch.chdir(tmp_path)

    assert commands.main(["strategy", "check", *arguments]) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said in printed.err


def test_strategies_are_listed_and_nobodys_code_is_run_for_it(tmp_path: Path) -> None:
    write_code(tmp_path, "raise SystemExit(9)\n", "installed_package.py")
    about = tmp_path / "package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: package\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[autotrading.strategies]\nhighest = installed_package:HighestClose\n")

    result = autotrading("strategy", "list", "--json", environment={"PYTHONPATH": f"{ROOT}:{tmp_path}"}, cwd=tmp_path)

    listed = {each["kind"]: each for each in json.loads(result.stdout)["strategies"]}
    assert listed["range_trading"]["lookback_bars"] == 6
    assert listed["highest"] == {
        "kind": "highest",
        "about": "installed_package:HighestClose",
        "lookback_bars": None,
        "origin": "installed",
    }


def test_the_list_for_people_has_the_strategies_of_the_product(tmp_path: Path) -> None:
    result = autotrading("strategy", "list", environment=HERE, cwd=tmp_path)

    assert result.returncode == 0
    for kind in ("trend_following", "mean_reversion", "range_trading", "funding_arbitrage"):
        assert kind in result.stdout
