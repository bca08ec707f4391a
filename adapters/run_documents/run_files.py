"""The files of one saved run: made from a record, and a record made from them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from adapters.run_documents.from_result import to_document
from adapters.run_documents.json_form import encode
from adapters.run_documents.log_tables import ADDED_IN, EXCURSIONS, LOG_TABLES, OPEN_TRADES, log_of, rows_of
from adapters.run_documents.record_form import RecordHead, decode_head, encode_head, head_of, result_of
from adapters.run_documents.series_tables import (
    BARS,
    BARS_NAME,
    EQUITY,
    EQUITY_NAME,
    bar_columns,
    equity_columns,
    fill_equity,
    prices_of,
)
from application.errors import DataError
from application.results.run_record import RunRecord
from domain.errors import DomainError

DOCUMENT_NAME: Final = "run.json"
HEAD_NAME: Final = "record.json"


def _file_name(table: str) -> str:
    return f"{table}.parquet"


FILE_NAMES: Final = frozenset(
    {DOCUMENT_NAME, HEAD_NAME, *map(_file_name, (EQUITY_NAME, BARS_NAME, *(form.name for form in LOG_TABLES)))}
)
"""What belongs to a run, manifest and labels apart."""


def file_names(version: int) -> frozenset[str]:
    """Return what belongs to a run that was saved in a version of the format."""
    return FILE_NAMES - {_file_name(table) for table, added in ADDED_IN.items() if added > version}


def contents_of(record: RunRecord) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each of these files.

    Raises:
        ValueError: The excursions are of other trades than the result's.
    """
    from adapters.run_documents.parquet_form import to_parquet  # noqa: PLC0415

    result = record.result
    if result.excursions and len(result.excursions) != len(result.log.trades) + len(result.open_trades):
        raise ValueError(f"{result.run_id}: {len(result.excursions)} excursions are not one for each trade")
    yield DOCUMENT_NAME, encode(to_document(result, record.prices))
    yield HEAD_NAME, encode_head(head_of(record))
    yield _file_name(EQUITY_NAME), to_parquet(equity_columns(result.log), EQUITY)
    yield _file_name(BARS_NAME), to_parquet(bar_columns(record.prices), BARS)
    for form, rows in rows_of(result):
        yield _file_name(form.name), to_parquet(form.to_columns(rows), form.columns)


def record_of(contents: Mapping[str, bytes], tags: tuple[str, ...], folder: Path) -> RunRecord:
    """Make a record from the contents of its files.

    Args:
        contents: By name, all of `file_names` of a version; a table that was not there yet is empty.
        tags: Of the run.
        folder: Where the files are, for messages.

    Raises:
        DataError: One of them holds what it cannot; the line names it.
    """
    from adapters.run_documents.parquet_form import from_parquet, plain_columns  # noqa: PLC0415

    head = head_from(contents[HEAD_NAME], folder)
    rows: dict[str, list[Any]] = {}
    for form in LOG_TABLES:
        if _file_name(form.name) not in contents and form.name in ADDED_IN:
            rows[form.name] = []
            continue
        with _said_of(folder / _file_name(form.name)) as name:
            rows[form.name] = form.to_rows(plain_columns(from_parquet(contents[name], form.columns)))
    log = log_of(rows)
    with _said_of(folder / _file_name(EQUITY_NAME)) as name:
        fill_equity(log, from_parquet(contents[name], EQUITY))
    with _said_of(folder / _file_name(BARS_NAME)) as name:
        prices = prices_of(from_parquet(contents[name], BARS), head.bars)
    result = result_of(head, log, rows[OPEN_TRADES.name], rows[EXCURSIONS.name])
    return RunRecord(result=result, prices=prices, provenance=head.provenance, tags=tags)


def head_from(content: bytes, folder: Path) -> RecordHead:
    """Return everything that is no table; errors as in `record_of`."""
    with _said_of(folder / HEAD_NAME):
        return decode_head(content)


@contextmanager
def _said_of(path: Path) -> Iterator[str]:
    """Turn what is wrong with a file's content into the line that names the file; give its name."""
    try:
        yield path.name
    except (ValueError, ArithmeticError, DomainError) as error:
        raise DataError(f"{path}: {' '.join(str(error).split())}") from error
