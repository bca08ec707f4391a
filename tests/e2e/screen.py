"""Runs the command line on a terminal, standard output and standard error each on one of its own."""

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen
from typing_extensions import override

from tests.e2e.command import clean_environment


@frozen
class Screen:
    """What a command showed.

    Attributes:
        code: Exit code.
        stdout: What came to the terminal of standard output, escape sequences included.
        stderr: The same of standard error.
    """

    code: int
    stdout: str
    stderr: str


def on_terminal(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> Screen:
    """Run one command to its end as a person would see it."""
    terminals = [pty.openpty(), pty.openpty()]
    # A terminal that nobody reads while the command runs would block it as soon as its buffer is full.
    readers = [_Reader(controller) for controller, _ in terminals]
    process = subprocess.Popen(
        [sys.executable, "-m", "entrypoints.cli.main", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=terminals[0][1],
        stderr=terminals[1][1],
        env=clean_environment() | {"TERM": "xterm-256color", "COLUMNS": "120"} | dict(environment or {}),
    )
    for _, terminal in terminals:
        os.close(terminal)
    code = process.wait(timeout=120)
    return Screen(code, *(reader.text() for reader in readers))


class _Reader(threading.Thread):
    """Collects what comes from one terminal until its other side is closed."""

    def __init__(self, controller: int) -> None:
        super().__init__(daemon=True)
        self._controller = controller
        self._pieces: list[bytes] = []
        self.start()

    @override
    def run(self) -> None:
        while True:
            try:
                piece = os.read(self._controller, 65536)
            except OSError:
                # Linux says so when the last writer has closed a terminal.
                piece = b""
            if not piece:
                os.close(self._controller)
                return
            self._pieces.append(piece)

    def text(self) -> str:
        self.join(timeout=10)
        return b"".join(self._pieces).decode()
