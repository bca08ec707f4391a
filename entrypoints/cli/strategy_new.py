"""The command `strategy new`."""

import keyword
import re
import sys
from pathlib import Path
from typing import Final

import typer

from entrypoints.code_hash import LAYERS
from entrypoints.errors import ConfigurationError
from entrypoints.strategy_kit.template import files_of

_SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def write_strategy(name: str, folder: Path) -> None:
    """Write the files of a new strategy.

    Raises:
        ConfigurationError: The name cannot be that of a module, a file is there already, or the folder takes none.
    """
    if not _SNAKE_CASE.fullmatch(name) or keyword.iskeyword(name):
        raise ConfigurationError(f"strategy new: {name!r} is no name in snake_case, such as my_breakout")
    if name in sys.stdlib_module_names or name in LAYERS:
        raise ConfigurationError(f"strategy new: {name} is the name of a module that there is already")
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "there is no such folder"
        raise ConfigurationError(f"strategy new: --folder {folder}: {what}")
    files = {folder / file: text for file, text in files_of(name).items()}
    # All of them or none: before the first is written.
    for path in files:
        if path.exists() or path.is_symlink():
            raise ConfigurationError(f"strategy new: {path} is there already; nothing was written")
    for path, text in files.items():
        _write(path, text)
    source, test, configuration = files
    typer.echo(f"{source}: a strategy, {test}: its test, {configuration}: a configuration that runs it")
    typer.echo(f"Try it: autotrading strategy check {source}")
    typer.echo(f"Run it: autotrading backtest {configuration}")


def _write(path: Path, text: str) -> None:
    try:
        # Never over a file that has come into being in between.
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError(f"strategy new: {path}: {error.strerror}") from error
