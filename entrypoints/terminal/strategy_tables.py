"""Strategies and what the test kit says of one, for people."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from application.strategy_kit.outcome import KitReport, Outcome, Verdict
from entrypoints.terminal.console import report_console
from entrypoints.terminal.figures import NOTHING
from entrypoints.terminal.tables import heading, line, listing

_STYLES: Final = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.NOT_APPLICABLE: "dim"}


def print_kit_report(name: str, report: KitReport) -> None:
    """Print a line per check, and the evidence of those that failed."""
    console = report_console()
    for part in _parts(name, report):
        console.print(part)


def _parts(name: str, report: KitReport) -> Iterator[RenderableType]:
    yield heading(f"Test kit: {name}")
    yield listing(["check", "result"], [], [_row(each) for each in report.outcomes], "what")
    if report.failures:
        yield heading("Where it shows")
    for each in report.failures:
        yield line(f"{each.check}: {each.evidence}")


def _row(outcome: Outcome) -> tuple[str, Text, str]:
    return outcome.check, Text(outcome.verdict.value, _STYLES[outcome.verdict]), outcome.line


def print_strategies(rows: Sequence[tuple[str, int | None, str, str]]) -> None:
    """Print a line per strategy: its kind, how far it looks back, where it is from, and what it does."""
    shown = [
        (kind, origin, NOTHING if lookback_bars is None else str(lookback_bars), about)
        for kind, lookback_bars, origin, about in rows
    ]
    console = report_console()
    console.print(listing(["kind", "from"], ["bars"], shown, "about"))
    console.print(
        line("Bars: how many of the past it asks for at each bar; averages that it keeps reach farther.", "dim")
    )
