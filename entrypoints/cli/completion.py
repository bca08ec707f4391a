"""Completion for shells: the script that a shell reads once, and the answers that it then asks this program for.

Typer can do both but shows them only as options that would be loaded at every start, hence its inner modules; the
version of Typer is bounded, and the tests ask as a shell does.
"""

import os
from enum import Enum
from typing import Final

_VARIABLE: Final = "_AUTOTRADING_COMPLETE"


class Shell(Enum):
    """A shell that there is completion for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion_script(program: str, shell: Shell) -> str:
    """Return what a shell has to read so that it asks this program for completions."""
    from typer._completion_shared import get_completion_script  # noqa: PLC0415

    return get_completion_script(prog_name=program, complete_var=_VARIABLE, shell=shell.value)


def prepare_answers() -> None:
    """Let the program answer if a shell is asking; else nothing."""
    if _VARIABLE in os.environ:
        from typer._completion_classes import completion_init  # noqa: PLC0415

        completion_init()
