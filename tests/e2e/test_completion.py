"""Completion: the scripts, and the answers that they ask the program for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import assert_refused, autotrading, clean_environment


def answers_for(words: str, place: int) -> list[str]:
    """Ask as the script for bash does: all words so far, and which of them is being completed."""
    environment = {"COMP_WORDS": words, "COMP_CWORD": str(place), "_AUTOTRADING_COMPLETE": "complete_bash"}
    result = autotrading(environment=environment)
    assert result.stderr == ""
    return result.stdout.split()


@pytest.mark.parametrize(
    ("words", "place", "answers"),
    [
        ("autotrading back", 1, ["backtest"]),
        ("autotrading data dow", 2, ["download"]),
        ("autotrading ris", 1, ["risk"]),
        ("autotrading risk --ru", 2, ["--run"]),
        ("autotrading data download --qu", 3, ["--quiet"]),
        ("autotrading completion ", 2, ["bash", "zsh", "fish"]),
        ("autotrading strat", 1, ["strategy"]),
        ("autotrading strategy ", 2, ["new", "check", "list"]),
        ("autotrading strategy check --para", 3, ["--parameters"]),
        ("autotrading nosuch", 1, []),
    ],
)
def test_a_shell_that_asks_gets_what_may_follow(words: str, place: int, answers: list[str]) -> None:
    assert answers_for(words, place) == answers


@pytest.mark.parametrize(
    ("shell", "environment", "answer"),
    [
        ("zsh", {"_TYPER_COMPLETE_ARGS": "autotrading back"}, '"backtest":'),
        ("fish", {"_TYPER_COMPLETE_ARGS": "autotrading back", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}, "backtest\t"),
    ],
)
def test_other_shells_get_what_may_follow_in_their_own_form(
    shell: str, environment: dict[str, str], answer: str
) -> None:
    result = autotrading(environment=environment | {"_AUTOTRADING_COMPLETE": f"complete_{shell}"})

    assert answer in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_asks_this_program(shell: str) -> None:
    result = autotrading("completion", shell)

    assert result.returncode == 0
    assert f"_AUTOTRADING_COMPLETE=complete_{shell}" in result.stdout


def test_bash_completes_with_the_script_as_it_is_printed(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    # The script asks whatever is called autotrading; here that is this checkout.
    program = tmp_path / "autotrading"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m entrypoints.cli.main "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = autotrading("completion", "bash").stdout
    asking = (
        'COMP_WORDS=(autotrading data dow); COMP_CWORD=2; _autotrading_completion autotrading; echo "${COMPREPLY[@]}"'
    )

    result = subprocess.run(
        [bash, "-c", f"{script}\n{asking}"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=clean_environment() | {"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )

    assert result.stdout == "download\n"


def test_an_unknown_shell_is_refused_with_those_that_are_known() -> None:
    said = assert_refused(autotrading("completion", "tcsh"), 2)

    assert "'tcsh' is not one of" in said
    assert "fish" in said
