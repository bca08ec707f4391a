"""What `data download` prints for people at its end."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.filesize import decimal

from application.download import DownloadedSeries, FileOrigin, MissingPeriod
from domain.time_units import iso_utc
from entrypoints.download_outcome import Outcome
from entrypoints.terminal.console import report_console
from entrypoints.terminal.tables import Cell, line, listing

_MISSING_SHOWN: Final = 6


def print_downloaded(outcomes: Sequence[Outcome]) -> None:
    """Print what became of each series, what is not published, and what failed."""
    console = report_console()
    for part in _summary(outcomes):
        console.print(part)


def _summary(outcomes: Sequence[Outcome]) -> Iterator[RenderableType]:
    figures = ("transferred", "kept", "recent", "size", "not published", "failed", "until", "new rows")
    yield listing(("series",), figures, (_row(outcome) for outcome in outcomes))
    for outcome in outcomes:
        if outcome.series.not_published:
            yield line(f"{outcome.series.request.key}: not published: {_names(outcome.series.not_published)}", "yellow")
        for failure in outcome.failures:
            yield line(f"failed: {failure}", "red")


def _row(outcome: Outcome) -> list[Cell]:
    series = outcome.series
    return [
        str(series.request.key),
        *(f"{_count(series, origin):,}" for origin in FileOrigin),
        decimal(series.n_bytes),
        f"{len(series.not_published):,}",
        f"{len(outcome.failures):,}",
        iso_utc(series.covered_until_ns)[:16].replace("T", " ") if series.files else "-",
        "-" if outcome.imported is None else f"{outcome.imported.n_new:,}",
    ]


def _count(series: DownloadedSeries, origin: FileOrigin) -> int:
    return sum(file.origin is origin for file in series.files)


def _names(missing: Sequence[MissingPeriod]) -> str:
    shown = ", ".join(period.name for period in missing[:_MISSING_SHOWN])
    left_out = len(missing) - _MISSING_SHOWN
    return shown if left_out <= 0 else f"{shown} and {left_out:,} more, the last {missing[-1].name}"
