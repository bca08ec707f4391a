"""What the `data` commands print for people."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from adapters.market_data.row_forms import ROW_FORMS, Rows
from application.market_import import ConflictPolicy, ImportedSeries
from application.market_series import SeriesInfo, SourceRecord
from domain.data_quality.series_quality import Verdict
from domain.time_units import format_interval, iso_utc
from entrypoints.terminal.console import report_console
from entrypoints.terminal.tables import heading, line, pairs

_PIPE_WIDTH: Final = 1_000
_SOURCES_SHOWN: Final = 12
_KIB: Final = 1024.0
# From here on the next unit: four figures before the point are hard to read.
_FIGURES_MAX: Final = 1000.0


def _print(parts: Iterator[RenderableType]) -> None:
    console = report_console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        # In a pipe no screen is too narrow, and what reads there looks for whole names.
        console.width = _PIPE_WIDTH
    for part in parts:
        console.print(part)


def print_imported(imported: Sequence[ImportedSeries], skipped: Sequence[str]) -> None:
    """Print what an import did to each series, and what was out of the ordinary."""
    _print(_imported(imported, skipped))


def _imported(imported: Sequence[ImportedSeries], skipped: Sequence[str]) -> Iterator[RenderableType]:
    new = [file.record for each in imported for file in each.files if not file.was_known]
    extra = tuple(name for name, count in _EXTRA.items() if any(count(record) for record in new))
    known = ("known",) if any(file.was_known for each in imported for file in each.files) else ()
    names = ("files", *known, "new", *extra, "rows", "from", "to")
    yield _table("series", names, (_imported_row(each, extra, shows_known=bool(known)) for each in imported))
    for each in imported:
        for note, count in _notes(each).items():
            files = "" if count == 1 else f" ({count} files)"
            yield line(f"{each.info.key}: {note}{files}", "dim")
    for each in imported:
        quality = each.info.quality
        if quality is not None and quality.verdict != Verdict.GOOD.value:
            yield line(f"{each.info.key}: {quality.verdict}, score {quality.score:.3f}. {quality.worst}", "yellow")
    if not new:
        yield line("Everything was imported before; nothing has changed.")
    for text in skipped:
        yield line(f"left out: {text}", "yellow")


# What is shown only where there is any of it.
_EXTRA: Final[Mapping[str, Callable[[SourceRecord], int]]] = {
    "equal": lambda record: record.n_equal,
    "completed": lambda record: record.n_completed,
    "kept": lambda record: record.n_conflicts if record.on_conflict == ConflictPolicy.KEEP.value else 0,
    "replaced": lambda record: record.n_conflicts if record.on_conflict == ConflictPolicy.REPLACE.value else 0,
}


def _imported_row(each: ImportedSeries, extra: Sequence[str], *, shows_known: bool) -> list[str]:
    new = [file.record for file in each.files if not file.was_known]
    return [
        str(each.info.key),
        f"{len(each.files):,}",
        *([f"{len(each.files) - len(new):,}"] if shows_known else []),
        f"{each.n_new:,}",
        *(f"{sum(_EXTRA[name](record) for record in new):,}" for name in extra),
        f"{each.info.n_rows:,}",
        _day(each.info.start_ns),
        _day(each.info.end_ns),
    ]


def _notes(each: ImportedSeries) -> Counter[str]:
    return Counter(note for file in each.files if not file.was_known for note in file.record.notes)


def print_list(series: Sequence[SeriesInfo], root: Path) -> None:
    """Print all series of a catalogue."""
    _print(_list(series, root))


def _list(series: Sequence[SeriesInfo], root: Path) -> Iterator[RenderableType]:
    if not series:
        yield line(f"The catalogue in {root} is empty; autotrading data import PATH fills it.")
        return
    names = ("rows", "from", "to", "size", "quality")
    yield _table("series", names, (_list_row(info) for info in series))
    yield line(f"{len(series)} series, {_size(sum(info.n_bytes for info in series))} in {root}", "dim")


def _list_row(info: SeriesInfo) -> list[str]:
    return [
        str(info.key),
        f"{info.n_rows:,}",
        _day(info.start_ns),
        _day(info.end_ns),
        _size(info.n_bytes),
        _quality(info),
    ]


def _quality(info: SeriesInfo) -> str:
    if info.quality is None:
        return "unknown"
    outdated = "" if info.quality.content_hash == info.content_hash else ", outdated"
    return f"{info.quality.score:.3f} {info.quality.verdict}{outdated}"


def print_series(info: SeriesInfo, first: Rows, last: Rows) -> None:
    """Print what is known of one series."""
    _print(_series(info, first, last))


def _series(info: SeriesInfo, first: Rows, last: Rows) -> Iterator[RenderableType]:
    yield heading(str(info.key))
    yield pairs(
        (
            ("from", _moment(info.start_ns)),
            ("to", _moment(info.end_ns)),
            ("rows", f"{info.n_rows:,}"),
            *_bars_missing(info),
            ("stored", f"{_size(info.n_bytes)} in {len(info.partitions):,} files"),
            ("quality", _quality(info)),
            ("resampled from", info.derived_from or "no: imported"),
        )
    )
    yield line(f"content hash {info.content_hash}", "dim")
    yield heading("Sources")
    shown = info.sources[-_SOURCES_SHOWN:]
    yield _table("name", ("rows", "new", "equal", "conflicts", "imported"), (_source_row(source) for source in shown))
    if len(shown) < len(info.sources):
        yield line(f"and {len(info.sources) - len(shown):,} before them; --json lists all", "dim")
    for reading, count in Counter(source.reading for source in info.sources).items():
        yield line(f"read as: {reading}" + ("" if count == 1 else f" ({count} sources)"), "dim")
    for note, count in Counter(note for source in info.sources for note in source.notes).items():
        yield line(note if count == 1 else f"{note} ({count} sources)", "dim")
    yield heading("First and last rows")
    names = _shown_columns(info)
    yield _table("time", names[1:], (*_rows(first, names), *_rows(last, names)))


def _shown_columns(info: SeriesInfo) -> tuple[str, ...]:
    """Return the columns that every source has: they fit side by side on any terminal."""
    form = ROW_FORMS[info.key.kind]
    return (form.time, *(name for name in form.columns if name != form.time and name not in form.optional))


def _bars_missing(info: SeriesInfo) -> Iterator[tuple[str, str]]:
    if info.key.interval_ns is not None:
        n_missing = (info.end_ns - info.start_ns) // info.key.interval_ns - info.n_rows
        yield f"{format_interval(info.key.interval_ns)} bars missing within", f"{n_missing:,}"


def _source_row(source: SourceRecord) -> list[str]:
    conflicts = f"{source.n_conflicts:,}" + (f" ({source.on_conflict})" if source.n_conflicts else "")
    figures = (f"{source.n_rows:,}", f"{source.n_new:,}", f"{source.n_equal:,}", conflicts)
    return [source.name, *figures, _moment(source.imported_at_ns)]


def _rows(rows: Rows, names: Sequence[str]) -> Iterator[list[str]]:
    for place in range(len(rows)):
        time, *values = (rows[name][place].item() for name in names)
        yield [iso_utc(time).replace("T", " "), *map(str, values)]


def _table(first: str, others: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table in which no figure is ever cut: where the terminal is too narrow, the first column folds."""
    listed = list(rows)
    table = Table(box=SIMPLE_HEAD, header_style="dim", show_edge=False, padding=(0, 0, 0, 1), pad_edge=True)
    table.add_column(first, overflow="fold")
    for column, name in enumerate(others, start=1):
        width = max(map(len, (name, *(row[column] for row in listed))))
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
    for row in listed:
        table.add_row(*row)
    return table


def _day(at_ns: int) -> str:
    return iso_utc(at_ns)[:10]


def _moment(at_ns: int) -> str:
    return iso_utc(at_ns)[:16].replace("T", " ")


def _size(n_bytes: int) -> str:
    size = float(n_bytes)
    for unit in ("B", "KiB", "MiB"):
        if size < _FIGURES_MAX:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= _KIB
    return f"{size:,.1f} GiB"
