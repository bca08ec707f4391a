"""A spool: rows of any number of files in any order, kept on disk as sorted runs until they are merged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from attrs import define, field, frozen

from adapters.market_data.catalog.partition_files import arrow_schema, from_arrow, to_arrow
from adapters.market_data.catalog.periods import PeriodLength, periods_of
from adapters.market_data.row_forms import INT, RowForm, Rows, concatenate

# Which file a row comes from, counted from 1 (0 is what is stored already), and its data row there, from 0.
SOURCE: Final = "source"
ROW: Final = "row"

# Rows that are sorted in memory at once: some 45 MB of bars, and as much again while they are being sorted.
_ROWS_PER_RUN: Final = 500_000
# Rows of each run that are in memory while runs are merged.
_ROWS_PER_BATCH: Final = 32_768


def spooled_form(form: RowForm) -> RowForm:
    """Return the form of rows that remember where they come from."""
    return RowForm({**form.columns, SOURCE: INT, ROW: INT}, form.key, form.optional)


@frozen
class _Run:
    """Sorted batches.

    Attributes:
        first: Place of its first batch in the file.
        n_batches: How many follow each other.
        start_ns: Instant of its first row.
        end_ns: Instant of its last row.
    """

    first: int
    n_batches: int
    start_ns: int
    end_ns: int


@define(eq=False)
class Spool:
    """Takes rows in any order and gives them back as runs whose rows are in the order of their key.

    Rows with equal keys stay in the order in which they came, within a run and from run to run.

    Attributes:
        path: The file.
        form: Of the rows.
        period: How long the periods are.
        periods: All periods that rows lie in.
        n_rows: Rows taken so far.
    """

    path: Path
    form: RowForm
    period: PeriodLength
    periods: set[str] = field(factory=set, init=False)
    n_rows: int = field(default=0, init=False)
    _waiting: list[Rows] = field(factory=list, init=False)
    _n_waiting: int = field(default=0, init=False)
    _n_batches: int = field(default=0, init=False)
    _runs: list[_Run] = field(factory=list, init=False)
    _schema: pa.Schema = field(init=False)
    _writer: pa.ipc.RecordBatchFileWriter = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._schema = arrow_schema(spooled_form(self.form))
        self._writer = pa.ipc.new_file(self.path, self._schema)

    def add(self, rows: Rows) -> None:
        """Take rows, with the columns `SOURCE` and `ROW`."""
        self.periods.update(periods_of(rows.integers(self.form.time), self.period))
        self.n_rows += len(rows)
        self._waiting.append(rows)
        self._n_waiting += len(rows)
        if self._n_waiting >= _ROWS_PER_RUN:
            self._write_run()

    def finish(self) -> None:
        """Write what is left; nothing can be added any more."""
        if self._waiting:
            self._write_run()
        self._writer.close()

    def _write_run(self) -> None:
        rows = in_order(concatenate(self._waiting), self.form)
        self._waiting, self._n_waiting = [], 0
        first = self._n_batches
        for start in range(0, len(rows), _ROWS_PER_BATCH):
            self._writer.write_batch(to_arrow(rows.part(start, start + _ROWS_PER_BATCH), self._schema))
            self._n_batches += 1
        times = rows.integers(self.form.time)
        self._remember(_Run(first, self._n_batches - first, int(times[0]), int(times[-1])))

    def _remember(self, run: _Run) -> None:
        """Lengthen the last run where this one simply goes on: a file in time order is one run however long it is."""
        if self._runs and run.start_ns > self._runs[-1].end_ns:
            last = self._runs.pop()
            run = _Run(last.first, last.n_batches + run.n_batches, last.start_ns, run.end_ns)
        self._runs.append(run)

    def runs(self) -> list[tuple[int, Iterator[Rows]]]:
        """Return the start of each run and its rows, read batch by batch; only once everything is written."""
        reader = pa.ipc.open_file(pa.OSFile(str(self.path)))
        return [(run.start_ns, _batches(reader, run)) for run in self._runs]


def _batches(reader: pa.ipc.RecordBatchFileReader, run: _Run) -> Iterator[Rows]:
    for place in range(run.first, run.first + run.n_batches):
        yield from_arrow(reader.get_batch(place))


def in_order(rows: Rows, form: RowForm) -> Rows:
    """Return rows in the order of their key; equal keys stay as they stand."""
    if is_in_order(rows, form):
        return rows
    # The last key of `lexsort` counts first.
    return rows.take(np.lexsort([rows[name] for name in reversed(form.key)]))


def is_in_order(rows: Rows, form: RowForm) -> bool:
    """Whether no row comes before one that stands above it; times alone decide where they are all different."""
    steps = np.diff(rows.integers(form.time))
    if bool((steps > 0).all()):
        return True
    return len(form.key) == 1 and bool((steps >= 0).all())
