"""What every row goes through on its way into the catalogue, and what is remembered of its source."""

from typing import Final

import numpy as np
from attrs import define, field

from adapters.market_data.row_forms import FLOAT, Column, RowForm, Rows
from application.market_series import SeriesKind
from domain.market import Int64Array
from domain.time_units import NS_PER_HOUR, NS_PER_SECOND

# Published funding times trail the hour by up to some 30 ms in what we have seen; a minute is still unambiguous.
_LATE_NS_MAX: Final = 60 * NS_PER_SECOND


def settlement_hours(settled_at_ns: Int64Array) -> Int64Array:
    """Return published funding times as the whole hours that they stand for.

    Up to a minute after the hour is the hour. Other times stay as they are: nobody knows what they mean.
    """
    late_ns = settled_at_ns % NS_PER_HOUR
    return np.where(late_ns <= _LATE_NS_MAX, settled_at_ns - late_ns, settled_at_ns)


def in_stored_form(rows: Rows, form: RowForm, kind: SeriesKind) -> Rows:
    """Return rows with the columns of the form, equal values in equal bits: one NaN, no negative zero."""
    columns = {name: _stored(rows[name]) for name in form.columns}
    if kind is SeriesKind.FUNDING:
        columns[form.time] = settlement_hours(columns[form.time])
    return Rows(columns)


def _stored(column: Column) -> Column:
    if column.dtype != FLOAT:
        return column
    values: Column = column + 0.0
    values[np.isnan(values)] = np.nan
    return values


@define(eq=False)
class SourceSurvey:
    """What is remembered of one source while its rows pass.

    Attributes:
        n_rows: Rows so far.
        start_ns: First instant.
        end_ns: Last instant.
    """

    form: RowForm
    n_rows: int = field(default=0, init=False)
    start_ns: int = field(default=0, init=False)
    end_ns: int = field(default=0, init=False)
    _n_back: int = field(default=0, init=False)
    _n_steps: int = field(default=0, init=False)
    _last_ns: int = field(default=0, init=False)
    _n_nothing: int = field(default=0, init=False)

    def see(self, rows: Rows) -> None:
        """Take note of a chunk, in the order in which it stands in the source."""
        times = rows.integers(self.form.time)
        first, last = int(times.min()), int(times.max())
        self.start_ns, self.end_ns = (
            (first, last) if self.n_rows == 0 else (min(self.start_ns, first), max(self.end_ns, last))
        )
        before = times[:1] if self.n_rows == 0 else np.array([self._last_ns], dtype=np.int64)
        steps = np.diff(np.concatenate((before, times)))
        self._n_back += int((steps < 0).sum())
        self._n_steps += int((steps != 0).sum())
        self._last_ns = int(times[-1])
        self._n_nothing += self._count_nothing(rows)
        self.n_rows += len(rows)

    def _count_nothing(self, rows: Rows) -> int:
        needed = [name for name in self.form.values if name not in self.form.optional]
        holes = [np.isnan(rows[name]) for name in needed if rows[name].dtype == FLOAT]
        return int(np.logical_or.reduce(holes).sum()) if holes else 0

    def notes(self) -> list[str]:
        """Return what is out of the ordinary about the rows, one sentence each."""
        found = []
        if self._n_back and self._n_back == self._n_steps:
            found.append("Rows stood newest first; they are stored oldest first.")
        elif self._n_back:
            found.append(f"{self._n_back:,} rows stood behind a later one; rows are stored in time order.")
        if self._n_nothing:
            found.append(f"{self._n_nothing:,} rows lack a value; they are stored as they are.")
        return found
