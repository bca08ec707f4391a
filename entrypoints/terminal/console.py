"""Where commands print for people: escape sequences only where a terminal shows them and nobody objects."""

import os
from collections.abc import Iterator

from attrs import frozen
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.measure import Measurement
from rich.segment import Segment
from typing_extensions import override

from entrypoints.terminal.control_characters import visible


def report_console() -> Console:
    """Return standard output. With NO_COLOR set to anything, text has neither color nor weight (no-color.org).

    What is shown may be text of strategies: control characters in it are seen and not obeyed.
    """
    console = _console(stderr=False)
    console.push_render_hook(_VisibleText())
    return console


def progress_console() -> Console:
    """Return standard error, where progress is shown; its styles as for reports."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # Rich itself takes the colors away and leaves bold and dim, which are escape sequences as well.
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(stderr=stderr, highlight=False, color_system=None if plain else "auto")


class _VisibleText(RenderHook):
    @override
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Visible(each) for each in renderables]


@frozen
class _Visible:
    inner: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self.inner, options):
            # Colors and weights are no text: they come as styles.
            yield segment if segment.control else Segment(visible(segment.text), segment.style)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self.inner)
