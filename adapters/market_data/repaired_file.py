"""Writes what repair has left of a series into a file that our own import reads."""

from pathlib import Path
from typing import Final

import pyarrow as pa

from adapters.market_data.catalog.exporting import batch_of, writer, writing_over
from adapters.market_data.row_forms import Rows, concatenate
from adapters.market_data.series_sources import RowSource
from application.data_validation import RepairReport

MARK_COLUMN: Final = "doubtful"
"""Tells marked rows from others, where any are marked."""


def write_repaired(source: RowSource, report: RepairReport, path: Path) -> None:
    """Write the rows that are left, all their columns as the source had them.

    The file is there with all its rows, or as it was before.

    Args:
        source: What was repaired.
        report: Which of its rows are left.
        path: Ends in ``.csv`` or ``.parquet``.

    Raises:
        DataError: The file cannot be written, or an instant cannot be written in its unit.
    """
    batch = batch_of(source.key, _left(source, report))
    if report.is_marked.any():
        batch = batch.append_column(MARK_COLUMN, pa.array(report.is_marked))
    with writing_over(path) as file, writer(file, path, batch.schema) as write:
        write(batch)


def _left(source: RowSource, report: RepairReport) -> Rows:
    return concatenate(list(source.read())).take(report.rows)
