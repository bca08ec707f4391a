"""A user keeps runs: what one process has saved another shows, and deleting is asked about at a terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.source_tree import ROOT
from tests.e2e.command import autotrading, beside_short_history


def said(environment: Mapping[str, str], *arguments: str) -> str:
    result = autotrading(*arguments, environment=environment)
    assert (result.returncode, beside_short_history(result.stderr)) == (0, "")
    return result.stdout


def answered(environment: Mapping[str, str], answer: bytes, *arguments: str) -> str:
    """Run a command at a terminal that answers its question; return what it printed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "entrypoints.cli.main", *arguments],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={**os.environ, **environment},
    ) as process:
        os.write(ours, answer)
        printed, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, printed
    return printed.decode()


def test_a_run_is_shown_again_from_what_was_saved_alone_and_deleted_after_a_question(tmp_path: Path) -> None:
    environment = {"AUTOTRADING_DATA_DIR": str(tmp_path / "data")}
    printed = said(environment, "demo", "--bars", "100")

    shown = said(environment, "runs", "show", "latest")

    assert printed.startswith(shown)
    assert len(shown) > 1000
    assert "nothing was deleted" in answered(environment, b"n\n", "runs", "delete", "latest")
    assert "for good?" in answered(environment, b"y\n", "runs", "delete", "latest")
    assert said(environment, "runs", "list").startswith("no runs are saved in ")
