"""Parsers of options whose complaint is one of the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer

_Parsed = TypeVar("_Parsed")


def parsed(parse: Callable[[str], _Parsed]) -> Callable[[str], _Parsed]:
    """Return a parser that raises what the command line reports, where this one raises `ValueError`."""

    def parse_or_complain(text: str) -> _Parsed:
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return parse_or_complain


def file_name(text: str) -> Path:
    """Return the path that a text names.

    Raises:
        typer.BadParameter: It names none.
    """
    if not text.strip():
        raise typer.BadParameter("the name of the file is empty")
    return Path(text)


def column_pair(text: str) -> tuple[str, str]:
    """Return our name of a column and that in a file, from ``close=Last``.

    Raises:
        ValueError: The text is not of this form.
    """
    known_as, separator, name = text.partition("=")
    if not separator or not name.strip():
        raise ValueError(f"expected OURS=THEIRS, such as close=Last: {text!r}")
    return known_as.strip(), name.strip()
