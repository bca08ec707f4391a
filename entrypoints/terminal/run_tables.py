"""What the terminal says about saved runs."""

from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from application.results.run_store import RunSummary
from entrypoints.terminal.console import report_console
from entrypoints.terminal.figures import moment, percent

_DATE_LENGTH: Final = 10
_FIGURES: Final = ("return", "drawdown", "trades", "made")


def print_runs(runs: Sequence[RunSummary]) -> None:
    """Print a row for each run; it takes two lines, so that it fits a narrow terminal."""
    table = Table(box=SIMPLE_HEAD, header_style="dim", show_edge=False, padding=(0, 0, 0, 1))
    table.add_column("run, name and tags", overflow="fold")
    table.add_column("period", no_wrap=True)
    for name in _FIGURES:
        table.add_column(name, justify="right", no_wrap=True)
    for run in runs:
        table.add_row(*_row(run))
    report_console().print(table)


def _row(run: RunSummary) -> list[str | Text]:
    notes = (["synthetic"] if run.is_synthetic else []) + list(run.tags)
    return [
        Text.assemble(run.run_id, "\n", ", ".join((run.name, *notes))),
        f"{moment(run.start_ns)[:_DATE_LENGTH]}\n{moment(run.end_ns)[:_DATE_LENGTH]}",
        Text(percent(run.total_return), _color(run.total_return)),
        percent(run.max_drawdown),
        f"{run.n_trades:,}",
        moment(run.last_made_at_ns),
    ]


def _color(figure: float) -> str:
    return "" if isnan(figure) or figure == 0 else "green" if figure > 0 else "red"


def print_page(path: Path) -> None:
    """Say where the report of a run is, as a page for the browser."""
    report_console().print(Text.assemble("\nReport: ", (str(path), "bold")), soft_wrap=True)


def print_saved(folder: Path, *, is_new: bool) -> None:
    """Say where a run is kept and how to see it again."""
    where = f"\n{'Saved' if is_new else 'Saved before'} in {folder}; see it with "
    report_console().print(Text.assemble(where, (f"autotrading report {folder.name}", "bold")))
