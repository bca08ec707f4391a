"""Writes a file as a whole or not at all, and never over what the run is made from."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from adapters.durable_files import replace_file
from entrypoints.errors import ConfigurationError

OUTPUT: Final = "--output"
REPORT: Final = "--report"
REPORT_NAME: Final = "report.html"
"""Of the report that is kept beside a saved run."""


def check_writable(path: Path, inputs: Iterable[Path] = (), *, option: str = OUTPUT) -> None:
    """Refuse a place where nothing can or may be written, before the work is done.

    Args:
        path: Where the output is to go; a symbolic link means what it points to.
        inputs: What the run is made from; writing over it would lose it.
        option: The option that gave the path, for the message.

    Raises:
        ConfigurationError: The folder does not exist or takes no files, or the path is a folder, a device
            or one of the inputs.
    """
    try:
        _check_place(path, _target(path, option), option)
        for each in inputs:
            if path.exists() and each.exists() and path.samefile(each):
                raise ConfigurationError(f"{option} {path}: is an input of this run: {each}")
    except OSError as error:
        raise ConfigurationError(f"{option} {path}: {error.strerror}") from error


def check_apart(output: Path | None, report: Path | None) -> None:
    """Refuse to write two outputs into one file.

    Raises:
        ConfigurationError: Both mean the same one.
    """
    if output is not None and report is not None and _target(output, OUTPUT) == _target(report, REPORT):
        raise ConfigurationError(f"{REPORT} {report}: is the file of {OUTPUT} already")


def _check_place(path: Path, target: Path, option: str) -> None:
    if target.is_dir():
        raise ConfigurationError(f"{option} {path}: is a folder")
    _check_regular(path, option)
    if not target.parent.is_dir():
        raise ConfigurationError(f"{option} {path}: there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise ConfigurationError(f"{option} {path}: the folder {target.parent} takes no files")


def _check_regular(path: Path, option: str) -> None:
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{option} {path}: is not a regular file")


def _target(path: Path, option: str) -> Path:
    """Return the file that is meant, links followed; the link itself stays when the file is replaced."""
    try:
        return path.resolve() if path.is_symlink() else path
    except RuntimeError as error:
        raise ConfigurationError(f"{option} {path}: the link leads round in a circle") from error


def write_whole(path: Path, content: bytes, *, option: str = OUTPUT) -> None:
    """Write a file so that it is there with all its content or as it was before, also after a power cut.

    Raises:
        ConfigurationError: The disk does not take it, or there is something else than a regular file.
    """
    try:
        # Once more: a long run has passed since the place was checked.
        _check_regular(path, option)
        replace_file(_target(path, option), content)
    except OSError as error:
        raise ConfigurationError(f"{option} {path}: {error.strerror}") from error
