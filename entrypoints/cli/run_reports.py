"""What the commands `report` and `compare` do."""

import json
import os
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import typer
from attrs import asdict

from adapters.run_documents.run_store import FileRunStore
from application.results.comparing.differences import (
    Difference,
    differing_assumptions,
    differing_configuration,
    remarks_on,
)
from application.results.comparing.figures import ComparedFigure, Number, compared_figures
from application.results.comparing.names import N_RUNS_MAX
from application.results.comparing.trades import differing_trades
from application.results.run_record import RunRecord
from application.results.run_reference import find_run
from entrypoints.cli.output_file import OUTPUT, REPORT_NAME, check_writable, write_whole
from entrypoints.configuration.structuring import plain_decimal
from entrypoints.errors import ConfigurationError
from entrypoints.run_container import open_run_store
from entrypoints.terminal.progress import TerminalProgress

_COMPARISONS: Final = "comparisons"
_N_RUNS_MIN: Final = 2


def report_run(reference: str, output: Path | None, *, opens: bool) -> None:
    """Write the page of a saved run and print where it is."""
    from adapters.html_report.page import report_page  # noqa: PLC0415  # brings plotly's script along

    store = open_run_store(os.environ)
    run_id = find_run(reference, store.kept())
    path = _place(output, store.folder_of(run_id) / REPORT_NAME)
    with TerminalProgress("report") as progress:
        record = store.load(run_id)
        progress(0.5)
        page = report_page(record)
        progress(1.0)
    _publish(path, page, opens=opens)


def _place(chosen: Path | None, usual: Path) -> Path:
    if chosen is not None:
        check_writable(chosen)
    return usual if chosen is None else chosen


def _publish(path: Path, page: bytes, *, opens: bool, is_quiet: bool = False) -> None:
    write_whole(path, page, option=OUTPUT)
    if not is_quiet:
        typer.echo(path)
    if opens:
        import webbrowser  # noqa: PLC0415

        webbrowser.open(path.resolve().as_uri())


def compare_runs(references: Sequence[str], output: Path | None, *, as_json: bool, opens: bool) -> None:
    """Show saved runs beside each other.

    Raises:
        ConfigurationError: They are too few or too many, or one is named twice.
    """
    store = open_run_store(os.environ)
    run_ids = _different_runs(references, store)
    path = _place(output, store.path.parent / _COMPARISONS / f"{'_'.join(run_ids)}.html")
    with TerminalProgress("compare") as progress:
        records = []
        for run_id in run_ids:
            records.append(store.load(run_id))
            progress(len(records) / len(run_ids))
    if as_json:
        _print_document(records)
    else:
        from entrypoints.terminal.comparison import print_comparison  # noqa: PLC0415

        print_comparison(records)
    if output is not None or not as_json:
        _publish_comparison(path, records, opens=opens, is_quiet=as_json)


def _different_runs(references: Sequence[str], store: FileRunStore) -> list[str]:
    if not _N_RUNS_MIN <= len(references) <= N_RUNS_MAX:
        raise ConfigurationError(f"compare: takes {_N_RUNS_MIN} to {N_RUNS_MAX} runs, got {len(references)}")
    kept = store.kept()
    run_ids = [find_run(reference, kept) for reference in references]
    for place, run_id in enumerate(run_ids):
        if run_id in run_ids[:place]:
            raise ConfigurationError(f"compare: {references[place]} is {run_id}, which is there already")
    return run_ids


def _publish_comparison(path: Path, records: Sequence[RunRecord], *, opens: bool, is_quiet: bool) -> None:
    from adapters.html_report.comparison_page import comparison_page  # noqa: PLC0415  # brings plotly's script along

    if path.parent.name == _COMPARISONS:
        path.parent.mkdir(exist_ok=True)
    _publish(path, comparison_page(records), opens=opens, is_quiet=is_quiet)


def _print_document(records: Sequence[RunRecord]) -> None:
    results = [record.result for record in records]
    document = {
        "runs": [{"run_id": result.run_id, "name": result.name} for result in results],
        "remarks": list(remarks_on(records)),
        "figures": [_figure(each) for each in compared_figures(results)],
        "configuration": [_difference(each) for each in differing_configuration(records)],
        "assumptions": [_difference(each) for each in differing_assumptions(results)],
        "trades": [_trades(records[0], other) for other in records[1:]],
    }
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _figure(figure: ComparedFigure) -> dict[str, Any]:
    values = [_plain(value) for value in figure.values]
    return {"name": figure.name, "form": figure.form.value, "values": values, "best": sorted(figure.best)}


def _plain(value: Number | None) -> str | float | None:
    """Return money as exact text, as in the document of a run, and estimates as numbers."""
    return plain_decimal(value) if isinstance(value, Decimal) else value


def _difference(each: Difference) -> dict[str, Any]:
    return {"name": each.name, "values": list(each.values)}


def _trades(first: RunRecord, second: RunRecord) -> dict[str, Any]:
    differences = [asdict(each) for each in differing_trades(first, second)]
    return {"first": first.result.run_id, "second": second.result.run_id, "strategies": differences}
