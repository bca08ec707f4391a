"""Writes a merged stream of rows into partitions, period by period, and keeps only those that changed."""

from pathlib import Path
from types import TracebackType
from typing import Self

from attrs import define, field

from adapters.durable_files import sync_folder
from adapters.market_data.catalog.merge import Merged
from adapters.market_data.catalog.partition_files import PartitionWriter
from adapters.market_data.catalog.periods import PeriodLength, split_by_period
from adapters.market_data.row_forms import RowForm
from application.market_series import PartitionRecord


@define(eq=False)
class PeriodFiles:
    """Takes rows in time order; files get their names when nothing can be refused any more.

    Attributes:
        folder: Folder of the series.
        staging: Folder for temporary files, on the same disk.
        form: Of the rows.
        period: How long the periods are.
        n_rows: Rows taken so far.
    """

    folder: Path
    staging: Path
    form: RowForm
    period: PeriodLength
    n_rows: int = field(default=0, init=False)
    _open: PartitionWriter | None = field(default=None, init=False)
    _is_changed: bool = field(default=False, init=False)
    _done: list[tuple[Path, PartitionRecord]] = field(factory=list, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            self._open.abandon()

    def add(self, merged: Merged) -> None:
        """Take rows that come after all before them."""
        for period, start, stop in split_by_period(merged.rows.integers(self.form.time), self.period):
            if self._open is None or self._open.period != period:
                self._close()
                self._open = PartitionWriter(self.staging / f"{period}.parquet", period, self.form)
            self._open.add(merged.rows.part(start, stop))
            self._is_changed |= bool(merged.is_changed[start:stop].any())
        self.n_rows += len(merged.rows)

    def _close(self) -> None:
        if self._open is None:
            return
        if self._is_changed:
            self._done.append((self._open.path, self._open.close()))
        else:
            self._open.abandon()
        self._open, self._is_changed = None, False

    def finish(self) -> dict[str, PartitionRecord]:
        """Bring the changed files to the disk under temporary names; return what is in them by period."""
        self._close()
        return {record.period: record for _, record in self._done}

    def settle(self) -> None:
        """Give the finished files their names in the folder of the series, which is made if it is missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path, record in self._done:
            path.replace(self.folder / record.file)
        sync_folder(self.folder)
