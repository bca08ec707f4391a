"""Where commands print for people: escape sequences only where a terminal shows them and nobody objects."""

import os

from rich.console import Console


def report_console() -> Console:
    """Return standard output. With NO_COLOR set to anything, text has neither color nor weight (no-color.org)."""
    return _console(stderr=False)


def progress_console() -> Console:
    """Return standard error, where progress is shown; its styles as for reports."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # Rich itself takes the colors away and leaves bold and dim, which are escape sequences as well.
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(stderr=stderr, highlight=False, color_system=None if plain else "auto")
