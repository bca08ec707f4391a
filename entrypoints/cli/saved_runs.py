"""What the `runs` commands do."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from application.errors import DataError, RunReferenceError
from application.results.run_reference import find_run
from application.results.run_store import KeptRuns, RunSummary
from domain.time_units import iso_utc
from entrypoints.errors import ConfigurationError
from entrypoints.run_container import open_run_store


def list_runs(tag: str | None, *, as_json: bool) -> None:
    """Print every saved run, or those with a tag.

    Raises:
        DataError: Some cannot be read; the others have been printed by then.
    """
    store = open_run_store(os.environ)
    kept = store.kept()
    shown = [run for run in kept.runs if tag is None or tag in run.tags]
    if as_json:
        sys.stdout.write(json.dumps(_document(shown, kept), indent=2, ensure_ascii=False) + "\n")
    elif shown:
        from entrypoints.terminal.run_tables import print_runs  # noqa: PLC0415

        print_runs(shown)
    elif not kept.unreadable:
        typer.echo(f"no run has the tag {tag}" if kept.runs else f"no runs are saved in {store.path}")
    _complain(kept)


def _complain(kept: KeptRuns) -> None:
    if kept.unreadable:
        count = "one run" if len(kept.unreadable) == 1 else f"{len(kept.unreadable)} runs, the first"
        raise DataError(f"cannot read {count}: {kept.unreadable[0].problem}")


def _document(runs: Sequence[RunSummary], kept: KeptRuns) -> dict[str, Any]:
    unreadable = [{"run_id": each.run_id, "problem": each.problem} for each in kept.unreadable]
    return {"runs": [_summary_document(run) for run in runs], "unreadable": unreadable}


def _summary_document(run: RunSummary) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "name": run.name,
        "tags": list(run.tags),
        "created_at": iso_utc(run.created_at_ns),
        "last_made_at": iso_utc(run.last_made_at_ns),
        "synthetic": run.is_synthetic,
        "symbols": list(run.symbols),
        "start": iso_utc(run.start_ns),
        "end": iso_utc(run.end_ns),
        "total_return": _finite(run.total_return),
        "max_drawdown": _finite(run.max_drawdown),
        "closed_trades": run.n_trades,
        "product_version": run.product_version,
    }


def _finite(figure: float) -> float | None:
    # NaN and infinity differ from themselves less themselves; JSON knows neither.
    return figure if figure - figure == 0 else None


def show_run(reference: str, *, as_json: bool, verbose: bool) -> None:
    """Print a saved run as it was printed when it was made."""
    store = open_run_store(os.environ)
    run_id = find_run(reference, store.kept())
    if as_json:
        sys.stdout.buffer.write(store.document(run_id))
        sys.stdout.flush()
        return
    from entrypoints.terminal.report import print_report  # noqa: PLC0415

    print_report(store.load(run_id).result, verbose=verbose)


def print_signals(reference: str, output: Path | None) -> None:
    """Write every signal of a saved run as CSV.

    Raises:
        ConfigurationError: The file cannot or must not be written.
    """
    from adapters.run_documents.signals_csv import signals_csv  # noqa: PLC0415
    from application.results.signal_log import signal_log  # noqa: PLC0415
    from entrypoints.cli.output_file import check_writable, write_whole  # noqa: PLC0415

    if output is not None:
        check_writable(output)
    store = open_run_store(os.environ)
    run_id = find_run(reference, store.kept())
    content = signals_csv(signal_log(store.load(run_id).result))
    if output is not None:
        write_whole(output, content.encode())
        return
    if sys.stdout.isatty():
        from entrypoints.terminal.control_characters import visible  # noqa: PLC0415

        # Reasons are text of strategies. Files and other programs get every character of it.
        content = visible(content)
    sys.stdout.buffer.write(content.encode())
    sys.stdout.flush()


def tag_run(reference: str, tags: Sequence[str], *, quiet: bool) -> None:
    """Give a run tags."""
    store = open_run_store(os.environ)
    run_id = find_run(reference, store.kept())
    _say_tags(run_id, store.tag(run_id, tags), quiet=quiet)


def untag_run(reference: str, tags: Sequence[str], *, quiet: bool) -> None:
    """Take tags of a run away.

    Raises:
        RunReferenceError: It does not have one of them.
    """
    store = open_run_store(os.environ)
    run_id = find_run(reference, store.kept())
    has = store.tag(run_id, ())
    for tag in tags:
        if tag not in has:
            raise RunReferenceError(f"{run_id} does not have the tag {tag}; it has {', '.join(has) or 'none'}")
    _say_tags(run_id, store.untag(run_id, tags), quiet=quiet)


def _say_tags(run_id: str, tags: Sequence[str], *, quiet: bool) -> None:
    if not quiet:
        typer.echo(f"{run_id}: {', '.join(tags) or 'no tags'}")


def delete_runs(references: Sequence[str], *, is_sure: bool, quiet: bool) -> None:
    """Delete runs, after asking.

    Raises:
        ConfigurationError: Nobody can be asked.
    """
    store = open_run_store(os.environ)
    kept = store.kept()
    # All of them have to be there before any of them is deleted.
    run_ids = list(dict.fromkeys(find_run(reference, kept) for reference in references))
    if not is_sure and not _is_agreed(run_ids):
        typer.echo("nothing was deleted", err=True)
        return
    for run_id in run_ids:
        store.delete(run_id)
        if not quiet:
            typer.echo(f"{run_id}: deleted")


def _is_agreed(run_ids: Sequence[str]) -> bool:
    if not sys.stdin.isatty():
        raise ConfigurationError("runs delete: nobody can be asked here; say --yes")
    return typer.confirm(f"Delete {', '.join(run_ids)} for good?", err=True)
