"""The commands `data export`, `data resample` and `data delete`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from adapters.market_data.catalog.exporting import ENDINGS, export_series
from application.market_import import ConflictPolicy
from application.market_resampling import MissingParts
from application.market_series import SeriesKey
from entrypoints.cli.data_documents import resampled_document, write_json
from entrypoints.cli.output_file import check_writable
from entrypoints.data_container import market_resampling, open_catalog
from entrypoints.errors import ConfigurationError
from entrypoints.terminal.progress import TerminalProgress


def run_export(key: SeriesKey, output: Path, *, start_ns: int | None, end_ns: int | None, quiet: bool) -> None:
    """Write a series into a file."""
    if output.suffix.lower() not in ENDINGS:
        raise ConfigurationError(f"{output}: the file to write must end in {' or '.join(ENDINGS)}")
    check_writable(output, option="FILE")
    with TerminalProgress("export") as progress:
        n_rows = export_series(
            open_catalog(os.environ), key, output, start_ns=start_ns, end_ns=end_ns, progress=progress
        )
    if not quiet:
        typer.echo(f"{n_rows:,} rows of {key} written to {output}")


def run_resample(
    key: SeriesKey,
    interval_ns: int,
    missing: MissingParts,
    on_conflict: ConflictPolicy,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a series of longer bars."""
    with TerminalProgress("resample") as progress:
        made = market_resampling(os.environ)(key, interval_ns, missing, on_conflict, progress)
    if as_json:
        write_json(resampled_document(made))
    elif made.was_known and not quiet:
        typer.echo(f"{made.info.key}: was made from the same rows of {key} before; nothing has changed")
    elif not quiet:
        kept = "kept" if missing is MissingParts.KEEP else "dropped"
        typer.echo(
            f"{made.info.key}: {made.n_bars:,} bars made of {key}; {made.n_partial:,} with missing parts {kept}, "
            f"{made.n_unfinished} unfinished left out"
        )


def run_delete(keys: Sequence[SeriesKey], *, is_sure: bool, quiet: bool) -> None:
    """Delete series, after asking."""
    catalog = open_catalog(os.environ)
    # All of them have to be there before any of them is deleted.
    damaged = catalog.damaged_series()
    n_rows = {key: None if key in damaged else catalog.info(key).n_rows for key in keys}
    if not is_sure:
        if not sys.stdin.isatty():
            raise ConfigurationError("data delete: nobody can be asked here; say --yes")
        rows = sum(count or 0 for count in n_rows.values())
        broken = f", {len(damaged.keys() & n_rows.keys())} of them damaged," if damaged.keys() & n_rows.keys() else ""
        if not typer.confirm(f"Delete {len(n_rows)} series{broken} with {rows:,} rows for good?", err=True):
            typer.echo("nothing was deleted", err=True)
            return
    for key, count in n_rows.items():
        catalog.delete(key)
        if not quiet:
            typer.echo(f"{key}: deleted; it was damaged" if count is None else f"{key}: {count:,} rows deleted")
