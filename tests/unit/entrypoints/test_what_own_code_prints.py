"""What own code prints goes to standard error: standard output has the result of a command and nothing else."""

import json
import sys
from pathlib import Path
from typing import Final

import pytest

from entrypoints.cli.main import main
from entrypoints.configuration.keys import PlainValue
from tests.own_strategies import write_code
from tests.unit.entrypoints.documents import make_document, write_document

PRINTS: Final = """
from attrs import field, frozen

print("loaded")


def noted(value):
    print("converted")
    return value


@frozen
class Parameters:
    bars: int = field(default=3, converter=noted)


class Prints:
    lookback_bars = 1

    def __init__(self, parameters: Parameters):
        print("made")

    def on_bar(self, view):
        if view.n_bars == 2:
            print("asked")
"""
SAID: Final = ("loaded", "converted", "made")


@pytest.fixture
def config(tmp_path: Path) -> str:
    write_code(tmp_path, PRINTS, "prints.py")
    section: PlainValue = {"name": "p", "kind": "prints.py", "symbols": ["BTCUSDT"], "sizing": {"fixed_quantity": 1}}
    return str(write_document(tmp_path, make_document(strategies=[section])))


def test_a_run_prints_its_document_alone(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", config, "--no-save", "--json"]) == 0

    out, err = capsys.readouterr()
    assert json.loads(out)["failures"] == []
    assert {*SAID, "asked"} <= set(err.splitlines())


def test_a_check_of_a_configuration_prints_the_configuration(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", config]) == 0

    out, err = capsys.readouterr()
    assert not set(SAID) & set(out.splitlines())
    assert set(err.splitlines()) == set(SAID)


def test_limits_are_printed_as_a_document_alone(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", config, "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["name"]


def test_the_kit_prints_its_document_alone(
    config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(config).parent)
    main(["strategy", "check", "prints.py", "--json"])

    out, err = capsys.readouterr()
    assert json.loads(out)["strategy"] == "prints.py"
    assert {*SAID, "asked"} <= set(err.splitlines())


def test_standard_output_is_back_afterwards(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    main(["backtest", config, "--no-save", "--quiet"])

    assert sys.stdout is before
    assert capsys.readouterr().out == ""
