"""What a person sees: color only where it is wanted, progress never in the output, silence where it is asked for."""

from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT
from tests.e2e.command import assert_refused, autotrading
from tests.e2e.screen import on_terminal

ESCAPE = "\x1b"
COLOR = "\x1b["
# Long enough to take over a second, after which progress is shown.
LONG_DEMO = ("demo", "--bars", "1500")
EXAMPLE = ROOT / "config.example.yaml"


def test_a_terminal_gets_color_and_a_pipe_does_not() -> None:
    assert COLOR in on_terminal("demo", "--bars", "100").stdout
    assert ESCAPE not in autotrading("demo", "--bars", "100").stdout


@pytest.mark.parametrize("command", [("demo", "--bars", "100"), ("backtest", EXAMPLE), ("data", "list")])
def test_no_color_takes_every_escape_sequence_out_of_the_output(
    command: tuple[str | Path, ...], tmp_path: Path
) -> None:
    screen = on_terminal(*command, environment={"NO_COLOR": "1", "AUTOTRADING_DATA_DIR": str(tmp_path)})

    assert screen.code == 0
    assert screen.stdout
    assert ESCAPE not in screen.stdout


def test_progress_is_shown_on_the_terminal_of_standard_error_and_never_in_the_output() -> None:
    screen = on_terminal(*LONG_DEMO)

    assert "backtest" in screen.stderr
    assert "%" in screen.stderr
    assert "━" not in screen.stdout


def test_progress_is_not_shown_where_nobody_looks() -> None:
    assert autotrading(*LONG_DEMO).stderr == ""


def test_progress_without_color_moves_the_cursor_and_paints_nothing() -> None:
    screen = on_terminal(*LONG_DEMO, environment={"NO_COLOR": "1"})

    assert "backtest" in screen.stderr
    # Sequences that end in m set color and weight.
    assert not any(piece.partition("m")[0].replace(";", "").isdigit() for piece in screen.stderr.split(COLOR)[1:])


@pytest.mark.parametrize("command", [LONG_DEMO, ("backtest", EXAMPLE)])
def test_quiet_prints_nothing_when_all_goes_well(command: tuple[str | Path, ...]) -> None:
    screen = on_terminal(*command, "--quiet")

    assert screen.code == 0
    assert (screen.stdout, screen.stderr) == ("", "")


def test_quiet_still_says_what_is_wrong(tmp_path: Path) -> None:
    said = assert_refused(autotrading("backtest", tmp_path / "none.yaml", "--quiet"), 2)

    assert "none.yaml" in said


def test_quiet_still_writes_the_file_that_was_asked_for(tmp_path: Path) -> None:
    output = tmp_path / "run.json"

    result = autotrading("backtest", EXAMPLE, "--quiet", "--output", output)

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert output.stat().st_size > 1_000
