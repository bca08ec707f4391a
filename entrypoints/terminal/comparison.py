"""Several runs beside each other for people at a terminal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from textwrap import wrap
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from application.results.comparing.differences import Difference, differing_configuration, remarks_on
from application.results.comparing.figures import ComparedFigure, Form, Number, compared_figures
from application.results.comparing.names import run_names
from application.results.comparing.trades import differing_trades
from application.results.run_record import RunRecord
from entrypoints.terminal.console import report_console
from entrypoints.terminal.figures import NOTHING, money, percent, ratio
from entrypoints.terminal.tables import heading, line, listing

_DIFFERENCES_SHOWN_MAX: Final = 25
_RUNS_ABREAST: Final = 4
_HEADING_WIDTH: Final = 14
_KINDS: Final = ("same", "other exit", "other size", "other cost", "only first", "only second")
_WRITTEN: Final[Mapping[Form, Callable[[Number], str]]] = {
    Form.MONEY: lambda value: money(Decimal(value)),
    Form.COST: lambda value: money(Decimal(value)),
    Form.FRACTION: lambda value: percent(float(value)),
    Form.RATIO: lambda value: ratio(float(value)),
    Form.DAYS: lambda value: f"{value:,.1f} days",
    Form.COUNT: lambda value: f"{value:,}",
}


def print_comparison(records: Sequence[RunRecord]) -> None:
    """Print runs beside each other; without colors where NO_COLOR is set or nobody looks."""
    console = report_console()
    for part in comparison(records):
        console.print(part)


def comparison(records: Sequence[RunRecord]) -> Iterator[RenderableType]:
    """Yield the parts of a comparison from top to bottom."""
    names = run_names(records)
    for remark in remarks_on(records):
        yield line(remark, "yellow")
    figures = compared_figures([record.result for record in records])
    yield from _figures(figures, names)
    yield line("* the best of a figure", "dim")
    yield from _configuration(differing_configuration(records), names)
    yield from _trades(records, names)


def _figures(figures: Sequence[ComparedFigure], names: Sequence[str]) -> Iterator[RenderableType]:
    """Yield the figures of a few runs after each other: columns of figures never wrap, and more would not fit."""
    rows = [(each.name, list(_values(each))) for each in figures]
    headings = ["\n".join(wrap(name, _HEADING_WIDTH)) for name in names]
    for start in range(0, len(names), _RUNS_ABREAST):
        part = slice(start, start + _RUNS_ABREAST)
        yield listing(["figure"], headings[part], [(name, *values[part]) for name, values in rows])


def _values(figure: ComparedFigure) -> Iterator[Text]:
    for place, value in enumerate(figure.values):
        text = NOTHING if value is None else _WRITTEN[figure.form](value)
        yield Text(f"{text} *", "bold") if place in figure.best else Text(f"{text}  ")


def _configuration(found: Sequence[Difference], names: Sequence[str]) -> Iterator[RenderableType]:
    if not found:
        return
    yield Text()
    yield heading("Configured differently")
    shown = found[:_DIFFERENCES_SHOWN_MAX]
    # Values are text as keys are: they wrap, too, and leave room to each other.
    rows = [[each.name, *(value or NOTHING for value in each.values)] for each in shown]
    yield listing(["key", *names], [], rows)
    if len(shown) < len(found):
        yield line(f"and {len(found) - len(shown)} more", "dim")


def _trades(records: Sequence[RunRecord], names: Sequence[str]) -> Iterator[RenderableType]:
    for other, name in zip(records[1:], names[1:], strict=True):
        found = differing_trades(records[0], other)
        if not found:
            continue
        yield Text()
        yield heading(f"Trades of {name} beside {names[0]}")
        rows = [[each.strategy, *map(str, each.counts)] for each in found]
        yield listing(["strategy"], _KINDS, rows)
