"""The command line from outside: what it prints, how it ends, and that it always says the same."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.architecture.source_tree import ROOT
from tests.e2e.command import assert_refused, autotrading, beside_short_history

EXAMPLES = ROOT / "examples"
SHORT_DEMO = ("demo", "--bars", "400", "--json")


def document_of(*arguments: str | Path, **environment: str) -> dict[str, Any]:
    """Run a command that prints a document and return it."""
    result = autotrading(*arguments, environment=environment)
    assert result.returncode == 0, result.stderr
    assert beside_short_history(result.stderr) == ""
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def schema_of(*arguments: str) -> dict[str, Any]:
    """Return a published schema."""
    schema: dict[str, Any] = json.loads(autotrading("config", "schema", *arguments).stdout)
    return schema


@pytest.mark.parametrize(
    "command",
    [
        *((), ("demo",), ("backtest",), ("config",), ("config", "check"), ("config", "schema"), ("version",)),
        *(("report",), ("compare",), ("data", "download"), ("completion",)),
        *(("runs",), *(("runs", each) for each in ("list", "show", "tag", "untag", "delete"))),
    ],
)
def test_every_command_has_help_that_names_the_exit_codes(command: tuple[str, ...]) -> None:
    result = autotrading(*command, "--help")

    assert result.returncode == 0
    assert result.stdout.startswith("Usage: autotrading")
    assert "Exit codes: 0 done, 1 internal error, 2 usage or configuration, 3 data" in result.stdout


@pytest.mark.parametrize("group", [(), ("config",), ("runs",)])
def test_a_command_line_without_a_command_shows_its_help_and_fails(group: tuple[str, ...]) -> None:
    result = autotrading(*group)

    assert result.returncode == 2
    assert "Commands:" in result.stdout


def test_the_version_is_printed_either_way() -> None:
    option, command = autotrading("--version"), autotrading("version")

    assert option.stdout == command.stdout
    assert option.stdout.startswith("autotrading ")


def test_the_demo_prints_books_that_balance_and_says_that_it_is_synthetic() -> None:
    result = autotrading("demo", "--bars", "400")

    assert result.returncode == 0
    assert beside_short_history(result.stderr) == ""
    assert "SYNTHETIC MARKET" in result.stdout
    assert "The books balance to the last unit." in result.stdout
    assert "sampled moments came out the same" in result.stdout


def test_the_document_fits_the_published_schema() -> None:
    document = document_of(*SHORT_DEMO)

    assert document["synthetic"] is True
    assert document["identity"]["difference"] == "0"
    assert document["certificate"]["matched"] == document["certificate"]["sampled"] > 0
    Draft202012Validator(schema_of("--output")).validate(document)


def test_two_processes_with_other_string_hashes_give_the_same_document() -> None:
    first = document_of(*SHORT_DEMO, PYTHONHASHSEED="1")
    second = document_of(*SHORT_DEMO, PYTHONHASHSEED="4242")

    assert first == second
    assert len(first["hashes"]["result"]) == 64


def test_another_seed_is_another_market() -> None:
    first, second = document_of(*SHORT_DEMO), document_of(*SHORT_DEMO, "--seed", "8")

    assert first["hashes"]["data"] != second["hashes"]["data"]


def test_the_example_runs_as_it_stands_and_writes_what_it_prints(tmp_path: Path) -> None:
    output = tmp_path / "run.json"

    document = document_of("backtest", ROOT / "config.example.yaml", "--json", "--output", output)

    assert json.loads(output.read_text(encoding="utf-8")) == document
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


def test_what_the_check_prints_is_a_configuration_that_means_the_same(tmp_path: Path) -> None:
    again = tmp_path / "again.yaml"

    first = autotrading("config", "check", ROOT / "config.example.yaml")
    again.write_text(first.stdout, encoding="utf-8")

    assert first.returncode == 0
    assert autotrading("config", "check", again).stdout == first.stdout
    # The rules in force stand behind it as comments: those of 2024, in which the generated market lies.
    assert "# BTCUSDT.rules: tick 0.1, lot 0.001\n" in first.stdout


def test_the_example_fits_the_published_schema() -> None:
    example = yaml.safe_load((ROOT / "config.example.yaml").read_text(encoding="utf-8"))

    Draft202012Validator(schema_of()).validate(example)


def test_no_color_means_no_escape_sequences() -> None:
    colored = autotrading("demo", "--bars", "100", environment={"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    plain = autotrading("demo", "--bars", "100", environment={"NO_COLOR": "1"})

    assert "\x1b[" in colored.stdout
    assert "\x1b[" not in plain.stdout


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_report_fits_the_terminal(columns: str) -> None:
    result = autotrading("demo", "--bars", "2000", environment={"COLUMNS": columns})

    # A path is not broken, however long: whoever copies it wants it whole.
    lines = [line for line in result.stdout.splitlines() if not line.startswith("Report: ")]
    assert max(map(len, lines)) <= int(columns)


def test_the_environment_goes_over_the_file() -> None:
    result = autotrading(
        "config", "check", ROOT / "config.example.yaml", environment={"AUTOTRADING__RISK__ACCOUNT__LEVERAGE_MAX": "2"}
    )

    assert yaml.safe_load(result.stdout)["risk"]["account"]["leverage_max"] == 2


def test_real_hours_of_three_majors_balance(shared_data: Path) -> None:
    document = document_of(
        "backtest",
        EXAMPLES / "three-majors-1h.yaml",
        "--json",
        AUTOTRADING_SHARED_DATA=str(shared_data),
        AUTOTRADING__DATA__START="2023-01-01",
    )

    assert document["synthetic"] is False
    assert document["symbols"] == ["BTCUSDT", "ETHUSDT", "XRPUSDT"]
    # 2023-01-01 to 2024-07-01: 547 days of 24 hours for 3 instruments.
    assert document["period"] == {"start": "2023-01-01T00:00:00Z", "end": "2024-07-01T00:00:00Z", "bars": 547 * 24 * 3}
    assert document["identity"]["difference"] == "0"


def test_holes_in_funding_are_refused_skipped_or_paid_at_a_stated_rate(shared_data: Path) -> None:
    environment = {"AUTOTRADING_SHARED_DATA": str(shared_data), "AUTOTRADING__DATA__START": "2022-09-01"}

    refused = autotrading("backtest", EXAMPLES / "solusdt-holes-refuse.yaml", environment=environment)
    skipped = document_of("backtest", EXAMPLES / "solusdt-holes-skip.yaml", "--json", **environment)
    assumed = document_of("backtest", EXAMPLES / "solusdt-holes-assume.yaml", "--json", **environment)

    assert "SOLUSDT: funding rates are missing from 2022-09-01T08:00:00Z on" in assert_refused(refused, 3)
    assert skipped["assumed_funding"] == []
    assert len(assumed["assumed_funding"]) > 0
    assert all(payment["rate"] == "0.0001" for payment in assumed["assumed_funding"])


def test_real_minutes_of_three_majors_balance(shared_data: Path) -> None:
    document = document_of(
        "backtest",
        EXAMPLES / "majors-1m.yaml",
        "--json",
        AUTOTRADING_SHARED_DATA=str(shared_data),
        AUTOTRADING__DATA__START="2023-08-14",
        AUTOTRADING__DATA__END="2023-08-16",
    )

    # Two days of 1440 minutes for 3 instruments.
    assert document["period"]["bars"] == 2 * 1440 * 3
    assert document["identity"]["difference"] == "0"


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_names_files_that_are_there(example: Path, shared_data: Path) -> None:
    result = autotrading("config", "check", example, environment={"AUTOTRADING_SHARED_DATA": str(shared_data)})

    assert result.returncode == 0, result.stderr


def test_a_pipe_that_closes_early_ends_the_command_quietly() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "entrypoints.cli.main", "demo", "--bars", "400", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert b"Traceback" not in said


def test_an_interruption_while_modules_are_imported_is_one_line_too() -> None:
    # Python asks the finders for the first module that is not there yet: the interruption falls into the import.
    script = """
import sys
from entrypoints.cli import main

class Interrupted:
    def find_spec(self, *_):
        raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
main.run()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, encoding="utf-8")

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "autotrading: interrupted\n")
