"""What the command `data validate` does."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from attrs import evolve, frozen

from adapters.market_data.catalog.exporting import ENDINGS
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from adapters.market_data.repaired_file import write_repaired
from adapters.market_data.series_sources import RowSource, of_catalog, of_file
from adapters.market_data.vendor_files.file_names import facts_of
from adapters.market_data.vendor_files.recognition import VendorFiles
from application.data_validation import JudgedSource, Terms, repair_source, validate_source
from application.errors import DataError
from application.market_import import ReadingHints
from application.market_series import SeriesKey
from domain.data_quality.row_conflicts import ConflictPolicy
from entrypoints.cli.data_import import check_columns, files_meant
from entrypoints.cli.exit_codes import ExitCode
from entrypoints.cli.output_file import check_writable, write_whole
from entrypoints.data_container import open_catalog
from entrypoints.errors import ConfigurationError
from entrypoints.series_verdicts import verdict_on
from entrypoints.terminal.progress import TerminalProgress

_OPTION = "--repair"


@frozen(kw_only=True)
class Wanted:
    """What is asked of a validation.

    Attributes:
        against: File or series to compare with.
        as_of_ns: When the data were taken; None to go by the catalogue.
        repair: File to write what can be believed to.
        conflicts: What repair does with contradicting rows.
        hints: What is known about the files.
    """

    against: str | None
    as_of_ns: int | None
    repair: Path | None
    conflicts: ConflictPolicy
    hints: ReadingHints


def run_validate(names: Sequence[str], wanted: Wanted, *, as_json: bool, verbose: bool, quiet: bool) -> None:
    """Judge sources, repair one if asked for, and print the result.

    Raises:
        typer.Exit: Status 3, where one of them must not be used.
    """
    check_columns(wanted.hints)
    catalog = open_catalog(os.environ)
    sources = list(_sources(names, wanted.hints, catalog))
    terms = Terms(as_of_ns=wanted.as_of_ns, against=_second(wanted, catalog))
    if wanted.repair is not None:
        _check_output(wanted.repair, sources, wanted)
    judged = list(_judged(sources, terms, wanted, catalog))
    if as_json:
        _print_document(judged)
    elif quiet:
        _complain(judged)
    else:
        from entrypoints.terminal.quality_tables import print_judged  # noqa: PLC0415

        print_judged(judged, verbose=verbose)
    if not all(each.is_believable for each in judged):
        raise typer.Exit(ExitCode.DATA)


def print_schema() -> None:
    """Print the JSON Schema of the document."""
    from adapters.quality_documents.json_form import validation_schema  # noqa: PLC0415

    sys.stdout.write(json.dumps(validation_schema(), indent=2, ensure_ascii=False) + "\n")


def _sources(names: Sequence[str], hints: ReadingHints, catalog: ParquetMarketCatalog) -> Iterator[RowSource]:
    """Yield every source once; all of them are found before one is judged."""
    for name in dict.fromkeys(names):
        key = _series_meant(name)
        if key is not None:
            yield of_catalog(catalog, key)
        else:
            yield from (_recognized(path, hints) for path in files_meant(Path(name)))


def _series_meant(name: str) -> SeriesKey | None:
    """Return the series that a text names, unless it is the path of a file."""
    if Path(name).is_file():
        return None
    try:
        return SeriesKey.parse(name)
    except ValueError:
        return None


def _recognized(path: Path, hints: ReadingHints) -> RowSource:
    """Return a file. The interval that its name tells is what it claims, even if the rows do not bear that out."""
    if not path.exists():
        raise DataError(f"{path}: there is no such file, nor is that a series such as um/klines/BTCUSDT/1h")
    claimed_ns = facts_of(path).interval_ns
    if hints.interval_ns is None and claimed_ns is not None:
        hints = evolve(hints, interval_ns=claimed_ns)
    return of_file(path, VendorFiles().recognize(path, hints))


def _second(wanted: Wanted, catalog: ParquetMarketCatalog) -> RowSource | None:
    """Return what is compared with. What is said about the files in question does not describe it."""
    if wanted.against is None:
        return None
    found = list(_sources([wanted.against], ReadingHints(symbol=wanted.hints.symbol), catalog))
    if len(found) != 1:
        raise ConfigurationError(f"--against {wanted.against}: takes one file or series, these are {len(found)}")
    return found[0]


def _check_output(output: Path, sources: Sequence[RowSource], wanted: Wanted) -> None:
    if len(sources) != 1:
        raise ConfigurationError(f"{_OPTION} {output}: takes one file or series, these are {len(sources)}")
    if output.suffix.lower() not in ENDINGS:
        raise ConfigurationError(f"{_OPTION} {output}: the file to write must end in {' or '.join(ENDINGS)}")
    inputs = [Path(name) for name in (sources[0].name, wanted.against) if name is not None]
    check_writable(output, inputs, option=_OPTION)
    check_writable(_record_of(output), inputs, option=_OPTION)


def _record_of(output: Path) -> Path:
    """Return where what was done is recorded: an ending that no import takes for data."""
    return output.with_name(f"{output.name}.repairs")


def _judged(
    sources: Sequence[RowSource], terms: Terms, wanted: Wanted, catalog: ParquetMarketCatalog
) -> Iterator[JudgedSource]:
    with TerminalProgress("validate") as progress:
        for n_done, source in enumerate(sources):
            yield _judge(source, terms, wanted, catalog)
            progress((n_done + 1) / len(sources))


def _judge(source: RowSource, terms: Terms, wanted: Wanted, catalog: ParquetMarketCatalog) -> JudgedSource:
    key = _series_meant(source.name)
    report = validate_source(source, terms) if key is None else verdict_on(catalog, key, terms)
    judged = JudgedSource(report=report)
    return judged if wanted.repair is None else _repair(judged, source, terms, wanted.repair, wanted.conflicts)


def _repair(
    judged: JudgedSource, source: RowSource, terms: Terms, output: Path, conflicts: ConflictPolicy
) -> JudgedSource:
    from adapters.quality_documents.from_report import repair_part  # noqa: PLC0415  # brings msgspec
    from adapters.quality_documents.json_form import encode  # noqa: PLC0415

    report = repair_source(source, terms, conflicts)
    # The record first: rows whose origin nobody can tell are worse than a record of what was not written.
    write_whole(_record_of(output), encode(repair_part(report, str(output))), option=_OPTION)
    write_repaired(source, report, output)
    return evolve(judged, repair=report, repaired_to=str(output))


def _print_document(judged: Sequence[JudgedSource]) -> None:
    from adapters.quality_documents.from_report import validation_document  # noqa: PLC0415
    from adapters.quality_documents.json_form import encode  # noqa: PLC0415

    sys.stdout.write(encode(validation_document(judged)).decode())


def _complain(judged: Sequence[JudgedSource]) -> None:
    for each in judged:
        if not each.is_believable:
            quality = each.report.quality if each.repair is None else each.repair.quality
            sys.stderr.write(f"autotrading: {each.report.name}: {quality.conclusion}\n")
