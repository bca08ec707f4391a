"""The commands that run a backtest: `backtest` and `demo`.

What only one of them, or only one form of output needs is imported where it is used.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from application.backtest import run_backtest
from application.results.result import RunResult
from entrypoints.configuration.files import history_request
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.container import plan_backtest
from entrypoints.errors import UntrustworthyResultError
from entrypoints.terminal.progress import TerminalProgress


def run_configured(path: Path, *, as_json: bool, output: Path | None, verbose: bool) -> None:
    """Run the backtest that a file describes."""
    from entrypoints.cli.output_file import check_writable  # noqa: PLC0415
    from entrypoints.configuration.loading import load_configuration  # noqa: PLC0415

    configuration, source = load_configuration(path, os.environ)
    if output is not None:
        check_writable(output, (path, *_input_files(configuration, source)))
    _run(configuration, source, as_json=as_json, output=output, verbose=verbose)


def _input_files(configuration: RunConfiguration, source: ConfigurationSource) -> Iterator[Path]:
    if configuration.data is not None:
        for files in history_request(configuration.data, source).files.values():
            found = (files.bars, files.funding, files.mark, files.detail)
            yield from (source for source in found if isinstance(source, Path))


def run_demo(*, seed: int, bars: int, as_json: bool, verbose: bool) -> None:
    """Run the built-in configuration on a synthetic market."""
    from entrypoints.cli.demo_run import demo_configuration  # noqa: PLC0415

    source = ConfigurationSource("demo", Path.cwd(), os.environ)
    _run(demo_configuration(seed=seed, bars=bars), source, as_json=as_json, output=None, verbose=verbose)


def _run(
    configuration: RunConfiguration, source: ConfigurationSource, *, as_json: bool, output: Path | None, verbose: bool
) -> None:
    with TerminalProgress("backtest") as progress:
        result = run_backtest(plan_backtest(configuration, source), progress)
    if as_json or output is not None:
        _write_document(result, output, to_stdout=as_json)
    if not as_json:
        _show(result, verbose=verbose)
    if not result.certificate.is_clean:
        raise UntrustworthyResultError(f"decisions depended on later data: {result.certificate.first_difference}")


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


def _show(result: RunResult, *, verbose: bool) -> None:
    from entrypoints.terminal.report import print_report  # noqa: PLC0415

    print_report(result, verbose=verbose)
