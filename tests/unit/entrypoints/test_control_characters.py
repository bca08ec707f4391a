"""Text of strategies is shown on a terminal and not obeyed by it; files and other programs get it as it is."""

import sys
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from rich.text import Text

from entrypoints.cli.main import main
from entrypoints.configuration.keys import PlainValue
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from entrypoints.terminal.console import report_console
from entrypoints.terminal.control_characters import visible
from entrypoints.terminal.tables import line, listing
from tests.own_strategies import write_code
from tests.unit.entrypoints.documents import make_document, write_document

CLEARS: Final = "\x1b[2Jcleared\x9b31m"
SHOUTS: Final = """
from domain.signal import Signal, SignalAction

class Shouts:
    lookback_bars = 1

    def on_bar(self, view):
        if view.n_bars == 5:
            return Signal(action=SignalAction.ENTER_LONG, reason="\\x1b[2Jcleared\\x9b31m", stop_distance=1.0)
"""


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain — Größe, \N{ROCKET}", "plain — Größe, \N{ROCKET}"),
        ("two\nlines\tand more", "two\nlines\tand more"),
        ("\x1b[31m\r\x00\x7f", "␛[31m␍␀␡"),
        ("\x9b31m", "\N{REPLACEMENT CHARACTER}31m"),
    ],
)
def test_control_characters_are_pictures(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_tables_and_lines_show_what_they_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    console = report_console()
    console.print(listing(["reason"], ["n"], [(CLEARS, "1"), (Text(CLEARS, "red"), "2")]))
    console.print(line(CLEARS))

    printed = capsys.readouterr().out
    assert printed.count("␛[2Jcleared\N{REPLACEMENT CHARACTER}31m") == 3
    assert "\x1b" not in printed
    assert "\x9b" not in printed


def test_colors_of_a_report_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    sink = StringIO()
    monkeypatch.setattr(sys, "stdout", sink)
    report_console().print(Text(CLEARS, "red"))

    assert sink.getvalue() == "\x1b[31m␛[2Jcleared\N{REPLACEMENT CHARACTER}31m\x1b[0m\n"


def shouting_run(folder: Path) -> str:
    write_code(folder, SHOUTS)
    section: PlainValue = {"name": "s", "kind": "mine.py", "symbols": ["BTCUSDT"], "sizing": {"fixed_quantity": 1}}
    return str(write_document(folder, make_document(strategies=[section])))


def test_signals_are_shown_on_a_terminal_and_written_as_they_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_DIRECTORY_VARIABLE, str(tmp_path / "data"))
    assert main(["backtest", shouting_run(tmp_path), "--verbose"]) == 0
    assert "\x1b" not in capfd.readouterr().out

    main(["runs", "signals", "latest"])
    assert CLEARS in capfd.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(["runs", "signals", "latest"])
    shown = capfd.readouterr().out
    assert visible(CLEARS) in shown
    assert "\x1b" not in shown


def test_an_error_is_shown_and_not_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", str(tmp_path / "\x1b[2J.yaml")]) == 2

    assert "␛[2J.yaml: there is no such file" in capsys.readouterr().err
