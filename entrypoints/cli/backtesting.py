"""The commands that run a backtest: `backtest` and `demo`.

What only one of them, or only one form of output needs is imported where it is used.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve, frozen

from application.errors import DataError
from application.market_history import MarketHistory
from application.results.failure_wording import all_failed, failure_text
from application.results.result import RunResult
from application.results.run_record import RunRecord
from entrypoints.certification_beside import certified_beside
from entrypoints.cli.process import prepare_process
from entrypoints.configuration.files import history_request
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.container import plan_backtest
from entrypoints.errors import ConfigurationError, UntrustworthyResultError
from entrypoints.own_code.output import prints_to_stderr
from entrypoints.own_code_run import run_with_own_code
from entrypoints.terminal.progress import TerminalProgress


@frozen(kw_only=True)
class Wanted:
    """What is to be done with a run.

    Attributes:
        as_json: Whether the result document goes to standard output instead of the report for people.
        output: Where the result document is to be written, too.
        report: Where the HTML report is to be written, too.
        keeps_report: Whether the HTML report is to be kept with the saved run.
        quiet: Whether nothing is printed but errors.
        verbose: Whether lists that can be long are given whole.
        keeps: Whether the run is saved.
    """

    as_json: bool
    output: Path | None = None
    report: Path | None = None
    keeps_report: bool = False
    quiet: bool = False
    verbose: bool
    keeps: bool


def run_configured(path: Path, wanted: Wanted) -> None:
    """Run the backtest that a file describes.

    Raises:
        ConfigurationError: The configuration is wrong, or an output cannot or must not be written.
    """
    from entrypoints.cli.output_file import OUTPUT, REPORT, check_apart, check_writable  # noqa: PLC0415
    from entrypoints.configuration.loading import load_configuration  # noqa: PLC0415

    configuration, source = load_configuration(path, os.environ)
    for file, option in ((wanted.output, OUTPUT), (wanted.report, REPORT)):
        if file is not None:
            check_writable(file, (path, *_input_files(configuration, source)), option=option)
    check_apart(wanted.output, wanted.report)
    _run(configuration, source, wanted)


def _input_files(configuration: RunConfiguration, source: ConfigurationSource) -> Iterator[Path]:
    if configuration.data is not None:
        for files in history_request(configuration.data, source).files.values():
            found = (files.bars, files.funding, files.mark, files.detail)
            yield from (source for source in found if isinstance(source, Path))


def run_demo(wanted: Wanted, *, seed: int, bars: int) -> None:
    """Run the built-in configuration on a synthetic market."""
    from entrypoints.cli.demo_run import demo_configuration  # noqa: PLC0415

    source = ConfigurationSource("demo", Path.cwd(), os.environ)
    _run(demo_configuration(seed=seed, bars=bars), source, wanted)


def _run(configuration: RunConfiguration, source: ConfigurationSource, wanted: Wanted) -> None:
    with prints_to_stderr(), TerminalProgress("backtest", is_wanted=not wanted.quiet) as progress:
        plan = plan_backtest(configuration, source, progress.fitted)
        result = run_with_own_code(
            certified_beside(plan, configuration, source, prepare_process), configuration, progress
        )
    for failure in result.log.failures:
        sys.stderr.write(f"autotrading: warning: {failure_text(failure, result)}\n")
    # Before anything is printed: whoever reads the output may go away in the middle of it.
    kept = _keep(result, plan.history, configuration, source, wanted)
    if wanted.as_json or wanted.output is not None:
        _write_document(result, plan.history, wanted)
    if not (wanted.as_json or wanted.quiet):
        _show(result, kept, verbose=wanted.verbose)
    if not result.certificate.is_clean:
        raise UntrustworthyResultError(f"decisions depended on later data: {result.certificate.first_difference}")
    if all_failed(result.log.failures):
        raise UntrustworthyResultError("every strategy failed: the run proves nothing")


@frozen
class _Kept:
    """What is left of a run on disk.

    Attributes:
        folder: Where it is saved; None if it is not.
        is_new: Whether it was not there before.
        report: Where its HTML report is; None without one.
    """

    folder: Path | None = None
    is_new: bool = False
    report: Path | None = None


def _keep(
    result: RunResult,
    history: MarketHistory,
    configuration: RunConfiguration,
    source: ConfigurationSource,
    wanted: Wanted,
) -> _Kept:
    """Save the run and write its report, as far as that is wanted."""
    if not wanted.keeps and wanted.report is None:
        return _Kept()
    from entrypoints.cli.run_provenance import record_run  # noqa: PLC0415
    from entrypoints.run_container import wall_clock  # noqa: PLC0415

    record = record_run(result, history, configuration, source, created_at_ns=wall_clock().now_ns())
    kept = _save(record) if wanted.keeps else _Kept()
    if wanted.report is not None:
        return evolve(kept, report=_write_report(record, wanted.report))
    return _with_own_report(kept, record) if wanted.keeps_report else kept


def _save(record: RunRecord) -> _Kept:
    """Save the run, or warn that it is not saved: that must not take the result away."""
    from entrypoints.run_container import open_run_store  # noqa: PLC0415

    try:
        store = open_run_store(os.environ)
        return _Kept(store.folder_of(record.result.run_id), store.save(record))
    except DataError as error:
        sys.stderr.write(f"autotrading: the run is not saved: {error}\n")
        return _Kept()


def _with_own_report(kept: _Kept, record: RunRecord) -> _Kept:
    """Write the report beside the saved run, or warn that there is none."""
    from entrypoints.cli.output_file import REPORT_NAME  # noqa: PLC0415

    if kept.folder is None:
        return kept
    try:
        return evolve(kept, report=_write_report(record, kept.folder / REPORT_NAME))
    except ConfigurationError as error:
        sys.stderr.write(f"autotrading: there is no report: {error}\n")
        return kept


def _write_report(record: RunRecord, path: Path) -> Path:
    from adapters.html_report.page import report_page  # noqa: PLC0415  # brings plotly's script along
    from entrypoints.cli.output_file import REPORT, write_whole  # noqa: PLC0415

    write_whole(path, report_page(record), option=REPORT)
    return path


def _write_document(result: RunResult, history: MarketHistory, wanted: Wanted) -> None:
    from adapters.run_documents.from_result import to_document  # noqa: PLC0415
    from adapters.run_documents.json_form import encode  # noqa: PLC0415
    from entrypoints.cli.output_file import write_whole  # noqa: PLC0415

    document = encode(to_document(result, history.bars))
    if wanted.output is not None:
        write_whole(wanted.output, document)
    if wanted.as_json:
        sys.stdout.buffer.write(document)
        sys.stdout.flush()


def _show(result: RunResult, kept: _Kept, *, verbose: bool) -> None:
    from entrypoints.terminal.report import print_report  # noqa: PLC0415
    from entrypoints.terminal.run_tables import print_page, print_saved  # noqa: PLC0415

    print_report(result, verbose=verbose)
    if kept.report is not None:
        print_page(kept.report)
    if kept.folder is not None:
        print_saved(kept.folder, is_new=kept.is_new)
