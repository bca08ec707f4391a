"""The forms in which a report shows things: a table with a heading, pairs of name and value, lines."""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Cell = str | Text


def heading(text: str) -> Text:
    """Return the heading of a section."""
    return Text(text, "bold")


def pairs(rows: Iterable[tuple[str, Cell]]) -> Table:
    """Return names and values side by side, values to the right."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, value in rows:
        table.add_row(name, value)
    return table


def beside(*parts: RenderableType) -> Table:
    """Return parts side by side, each as wide as it needs to be."""
    grid = Table.grid(padding=(0, 2))
    for _ in parts:
        grid.add_column(no_wrap=True)
    grid.add_row(*parts)
    return grid


def line(text: str, style: str = "") -> Padding:
    """Return indented text; where it wraps, the rest is indented too."""
    return Padding(Text(text, style), (0, 0, 0, 2), expand=False)


def listing(names: Sequence[str], figures: Sequence[str], rows: Iterable[Sequence[Cell]], last: str = "") -> Table:
    """Return a table.

    Args:
        names: Headings of the columns that hold text.
        figures: Headings of the columns behind them that hold numbers: they stand to the right and never wrap.
        rows: Cells.
        last: Heading of one more column of text at the end.
    """
    table = Table(box=SIMPLE_HEAD, header_style="dim", show_edge=False, padding=(0, 0, 0, 1), pad_edge=True)
    for name in names:
        table.add_column(name, overflow="fold")
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    if last:
        table.add_column(last, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
