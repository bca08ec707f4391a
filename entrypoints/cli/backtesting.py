"""The commands that run a backtest: `backtest` and `demo`.

What only one of them, or only one form of output needs is imported where it is used.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from application.backtest import run_backtest
from application.errors import DataError
from application.market_history import MarketHistory
from application.results.result import RunResult
from entrypoints.configuration.files import history_request
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.container import plan_backtest
from entrypoints.errors import UntrustworthyResultError
from entrypoints.terminal.progress import TerminalProgress


def run_configured(path: Path, *, as_json: bool, output: Path | None, verbose: bool, keeps: bool) -> None:
    """Run the backtest that a file describes."""
    from entrypoints.cli.output_file import check_writable  # noqa: PLC0415
    from entrypoints.configuration.loading import load_configuration  # noqa: PLC0415

    configuration, source = load_configuration(path, os.environ)
    if output is not None:
        check_writable(output, (path, *_input_files(configuration, source)))
    _run(configuration, source, as_json=as_json, output=output, verbose=verbose, keeps=keeps)


def _input_files(configuration: RunConfiguration, source: ConfigurationSource) -> Iterator[Path]:
    if configuration.data is not None:
        for files in history_request(configuration.data, source).files.values():
            found = (files.bars, files.funding, files.mark, files.detail)
            yield from (path for path in found if path is not None)


def run_demo(*, seed: int, bars: int, as_json: bool, verbose: bool, keeps: bool) -> None:
    """Run the built-in configuration on a synthetic market."""
    from entrypoints.cli.demo_run import demo_configuration  # noqa: PLC0415

    source = ConfigurationSource("demo", Path.cwd(), os.environ)
    configuration = demo_configuration(seed=seed, bars=bars)
    _run(configuration, source, as_json=as_json, output=None, verbose=verbose, keeps=keeps)


def _run(
    configuration: RunConfiguration,
    source: ConfigurationSource,
    *,
    as_json: bool,
    output: Path | None,
    verbose: bool,
    keeps: bool,
) -> None:
    with TerminalProgress("backtest") as progress:
        plan = plan_backtest(configuration, source)
        result = run_backtest(plan, progress)
    # Before anything is printed: whoever reads the output may go away in the middle of it.
    saved = _save(result, plan.history, configuration, source) if keeps else None
    if as_json or output is not None:
        _write_document(result, output, to_stdout=as_json)
    if not as_json:
        _show(result, saved, verbose=verbose)
    if not result.certificate.is_clean:
        raise UntrustworthyResultError(f"decisions depended on later data: {result.certificate.first_difference}")


@frozen
class _Saved:
    """Where a run is kept, and whether it is new there."""

    folder: Path
    is_new: bool


def _save(
    result: RunResult, history: MarketHistory, configuration: RunConfiguration, source: ConfigurationSource
) -> _Saved | None:
    """Save the run, or warn that it is not saved: that must not take the result away."""
    from entrypoints.cli.run_provenance import record_run  # noqa: PLC0415
    from entrypoints.run_container import open_run_store, wall_clock  # noqa: PLC0415

    try:
        store = open_run_store(os.environ)
        record = record_run(result, history, configuration, source, created_at_ns=wall_clock().now_ns())
        return _Saved(store.folder_of(result.run_id), store.save(record))
    except DataError as error:
        sys.stderr.write(f"autotrading: the run is not saved: {error}\n")
        return None


def _write_document(result: RunResult, output: Path | None, *, to_stdout: bool) -> None:
    from adapters.run_documents.from_result import to_document  # noqa: PLC0415
    from adapters.run_documents.json_form import encode  # noqa: PLC0415
    from entrypoints.cli.output_file import write_whole  # noqa: PLC0415

    document = encode(to_document(result))
    if output is not None:
        write_whole(output, document)
    if to_stdout:
        sys.stdout.buffer.write(document)
        sys.stdout.flush()


def _show(result: RunResult, saved: _Saved | None, *, verbose: bool) -> None:
    from entrypoints.terminal.report import print_report  # noqa: PLC0415
    from entrypoints.terminal.run_tables import print_saved  # noqa: PLC0415

    print_report(result, verbose=verbose)
    if saved is not None:
        print_saved(saved.folder, is_new=saved.is_new)
