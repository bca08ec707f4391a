"""Merges sorted rows of many sources into one sorted stream in which every key stands once.

Only a batch or two of each source are in memory; sources that begin later are not touched before their time.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from adapters.market_data.catalog.spool import ROW, SOURCE, in_order
from adapters.market_data.row_forms import FLOAT, RowForm, Rows, concatenate
from application.market_import import ConflictPolicy
from domain.market import Int64Array

_END_OF_TIME: Final = int(np.iinfo(np.int64).max)

STORED: Final = 0
"""Source number of rows that the catalogue holds already."""


@frozen
class RowConflict(Exception):  # noqa: N818  # told to the user as a DataError by who knows the files' names
    """Two rows tell different things about one key.

    Attributes:
        at_ns: The instant.
        column: First column in which they differ.
        first: Source, data row (from 0) and value of the row that came first.
        second: The same of the other.
    """

    at_ns: int
    column: str
    first: tuple[int, int, float]
    second: tuple[int, int, float]


@define
class Tally:
    """What became of the rows of each source, by its number; arrays of shape (n_sources + 1,), the stored rows first.

    Attributes:
        n_new: Rows whose key nobody had before.
        n_equal: Rows that say what somebody said before.
        n_completed: Rows that fill in columns which nobody had told.
        n_conflicts: Rows that say something else than what came before.
    """

    n_new: Int64Array
    n_equal: Int64Array
    n_completed: Int64Array
    n_conflicts: Int64Array

    @classmethod
    def of_sources(cls, n_sources: int) -> "Tally":
        """Return a tally of nothing yet."""
        return cls(*(np.zeros(n_sources + 1, dtype=np.int64) for _ in range(4)))


@frozen
class Merged:
    """Some rows of the result.

    Attributes:
        rows: In the order of their key, each key once; without source and row.
        is_changed: Which of them are new, or not as they were stored; shape (n_rows,).
    """

    rows: Rows
    is_changed: NDArray[np.bool_]


@define(eq=False)
class Feed:
    """One source while it is being merged.

    Attributes:
        start_ns: No row of it lies before; until then it is not opened.
    """

    start_ns: int
    form: RowForm
    _batches: Iterator[Rows]
    _buffer: Rows | None = field(default=None, init=False)
    _is_exhausted: bool = field(default=False, init=False)

    @property
    def safe_until_ns(self) -> int:
        """Rows before this instant are all in memory."""
        if self._is_exhausted:
            return _END_OF_TIME
        return self.start_ns if self._buffer is None else int(self._buffer[self.form.time][-1])

    @property
    def is_done(self) -> bool:
        """Whether all its rows were taken."""
        return self._is_exhausted and self._buffer is None

    def extend(self) -> None:
        """Load the next batch behind what is in memory."""
        batch = next(self._batches, None)
        if batch is None:
            self._is_exhausted = True
        elif len(batch):
            self._buffer = batch if self._buffer is None else concatenate((self._buffer, batch))

    def take_before(self, horizon_ns: int) -> Rows | None:
        """Take the rows in memory that lie before an instant; all that are left if it is the end of time."""
        if self._buffer is None:
            return None
        times = self._buffer.integers(self.form.time)
        stop = len(self._buffer) if horizon_ns == _END_OF_TIME else int(np.searchsorted(times, horizon_ns, side="left"))
        taken = self._buffer.part(0, stop)
        self._buffer = self._buffer.part(stop, len(self._buffer)) if stop < len(self._buffer) else None
        return taken if stop else None


def merge(feeds: Sequence[Feed], form: RowForm, policy: ConflictPolicy, tally: Tally) -> Iterator[Merged]:
    """Yield the union of sorted sources; where keys meet, what an earlier source said comes first.

    Args:
        feeds: The sources, what is stored before what is added.
        form: Of the rows.
        policy: What counts where two rows tell different things.
        tally: Is filled in.

    Raises:
        RowConflict: Two rows tell different things and the policy is to refuse; the earliest such instant.
    """
    while not all(feed.is_done for feed in feeds):
        horizon_ns = min(feed.safe_until_ns for feed in feeds)
        taken = [rows for feed in feeds if (rows := feed.take_before(horizon_ns)) is not None]
        if taken:
            yield _resolve(in_order(concatenate(taken), form), form, policy, tally)
        else:
            for feed in feeds:
                if feed.safe_until_ns == horizon_ns:
                    feed.extend()


def _resolve(rows: Rows, form: RowForm, policy: ConflictPolicy, tally: Tally) -> Merged:
    is_first = _is_first_of_key(rows, form)
    starts = np.flatnonzero(is_first)
    sources = rows.integers(SOURCE)
    _count(tally.n_new, sources[starts])
    result = rows.take(starts) if starts.shape[0] < len(rows) else rows
    is_changed = sources[starts] != STORED
    if starts.shape[0] < len(rows):
        result, more = _settle_repeated(rows, starts, result, form, policy, tally)
        is_changed |= more
    return Merged(result.only(tuple(form.columns)), is_changed)


def _is_first_of_key(rows: Rows, form: RowForm) -> NDArray[np.bool_]:
    is_first = np.zeros(len(rows), dtype=np.bool_)
    is_first[0] = True
    for name in form.key:
        column = rows[name]
        is_first[1:] |= column[1:] != column[:-1]
    return is_first


def _count(counts: Int64Array, sources: Int64Array) -> None:
    counts += np.bincount(sources, minlength=counts.shape[0])


def _settle_repeated(
    rows: Rows, starts: Int64Array, result: Rows, form: RowForm, policy: ConflictPolicy, tally: Tally
) -> tuple[Rows, NDArray[np.bool_]]:
    """Lay the second rows of all keys over the first ones, then the third ones, and so on."""
    result = Rows({name: column.copy() for name, column in result.columns.items()})
    counts = np.diff(np.concatenate((starts, [len(rows)])))
    is_changed = np.zeros(starts.shape[0], dtype=np.bool_)
    for place in range(1, int(counts.max())):
        groups = np.flatnonzero(counts > place)
        _lay_over(result, groups, rows.take(starts[groups] + place), form, policy, tally, is_changed)
    return result, is_changed


def _lay_over(
    result: Rows,
    groups: Int64Array,
    later: Rows,
    form: RowForm,
    policy: ConflictPolicy,
    tally: Tally,
    is_changed: NDArray[np.bool_],
) -> None:
    earlier = result.take(groups)
    differs = {name: _differs(earlier[name], later[name], is_optional=name in form.optional) for name in form.values}
    in_conflict = np.logical_or.reduce(list(differs.values()))
    if policy is ConflictPolicy.REFUSE and in_conflict.any():
        raise _first_conflict(earlier, later, differs, in_conflict, form)
    fills = {name: np.isnan(earlier[name]) & ~np.isnan(later[name]) & ~in_conflict for name in form.optional}
    completes = np.logical_or.reduce([np.zeros_like(in_conflict), *fills.values()])
    for name, fill in fills.items():
        result[name][groups[fill]] = later[name][fill]
    replaced = in_conflict & (policy is ConflictPolicy.REPLACE)
    for name in (*form.values, SOURCE, ROW):
        result[name][groups[replaced]] = later[name][replaced]
    is_changed[groups[completes | replaced]] = True
    sources = later.integers(SOURCE)
    _count(tally.n_conflicts, sources[in_conflict])
    _count(tally.n_completed, sources[completes])
    _count(tally.n_equal, sources[~in_conflict & ~completes])


def _differs(earlier: NDArray[np.generic], later: NDArray[np.generic], *, is_optional: bool) -> NDArray[np.bool_]:
    """Return where two rows contradict each other; what is not told contradicts nothing if it is optional."""
    differs: NDArray[np.bool_] = earlier != later
    if earlier.dtype != FLOAT:
        return differs
    nothing, nothing_later = np.isnan(earlier), np.isnan(later)
    differs &= ~((nothing | nothing_later) if is_optional else (nothing & nothing_later))
    return differs


def _first_conflict(
    earlier: Rows, later: Rows, differs: dict[str, NDArray[np.bool_]], in_conflict: NDArray[np.bool_], form: RowForm
) -> RowConflict:
    row = int(np.argmax(in_conflict))
    column = next(name for name, where in differs.items() if where[row])
    first, second = (
        (int(rows[SOURCE][row]), int(rows[ROW][row]), float(rows[column][row])) for rows in (earlier, later)
    )
    return RowConflict(int(earlier[form.time][row]), column, first, second)
