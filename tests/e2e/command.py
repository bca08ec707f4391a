"""Runs the command line as a user does: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

# Settings of the shell that runs the tests must not change what they see.
_NOT_INHERITED: Final = ("AUTOTRADING__", "AUTOTRADING_DEBUG", "NO_COLOR", "FORCE_COLOR", "COLUMNS")


def clean_environment() -> dict[str, str]:
    """Return the environment of this process without what would change what a command does or shows."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}


def autotrading(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> CompletedProcess[str]:
    """Run one command to its end and return what it said and how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "entrypoints.cli.main", *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        env=clean_environment() | {"COLUMNS": "100"} | dict(environment or {}),
        timeout=300,
    )


def beside_short_history(said: str) -> str:
    """Return what a command said besides that a short market is too short for models of its regimes."""
    return "".join(line for line in said.splitlines(keepends=True) if "too few bars for a first fit" not in line)


def assert_refused(result: CompletedProcess[str], code: int) -> str:
    """Check that a command ended with one line and an exit code, and return what the line says."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("autotrading: ")
    assert result.stderr.endswith("\n")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    return result.stderr.removeprefix("autotrading: ").rstrip("\n")
