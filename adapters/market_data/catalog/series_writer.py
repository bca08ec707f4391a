"""Adds rows to one series in one transaction: all of them, or the series stays as it was."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from attrs import define, field, frozen

from adapters.market_data.catalog.folders import sweep
from adapters.market_data.catalog.manifest import read_manifest, write_manifest
from adapters.market_data.catalog.merge import STORED, Feed, RowConflict, Tally, merge
from adapters.market_data.catalog.partition_files import read_partition
from adapters.market_data.catalog.period_files import PeriodFiles
from adapters.market_data.catalog.periods import PeriodLength, period_length
from adapters.market_data.catalog.row_intake import SourceSurvey, in_stored_form
from adapters.market_data.catalog.spool import ROW, SOURCE, Spool
from adapters.market_data.row_forms import ROW_FORMS, RowForm, Rows
from application.errors import DataError
from application.market_import import ConflictPolicy
from application.market_series import PartitionRecord, SeriesInfo, SeriesKey, SourceRecord
from domain.time_units import iso_utc


@frozen(eq=False)
class Incoming:
    """Rows on their way into a series.

    Attributes:
        label: What messages call them: the path of a file, or another series.
        name: What the manifest calls them.
        sha256: Of the file, or of the series that they come from.
        reading: How they were read, in words.
        chunks: The rows, in any order.
        notes: Tells what was out of the ordinary; asked once all chunks were taken.
    """

    label: str
    name: str
    sha256: str
    reading: str
    chunks: Iterator[Rows]
    notes: Callable[[], Sequence[str]]


@frozen(eq=False)
class Addition:
    """Rows merged with what a series had, on the disk but no part of it until `commit`.

    Attributes:
        info: The series as it will be.
        records: One for each source.
    """

    info: SeriesInfo
    records: tuple[SourceRecord, ...]
    _files: PeriodFiles

    def commit(self) -> None:
        """Make it part of the series, in one step."""
        self._files.settle()
        write_manifest(self._files.folder, self.info)


@define(eq=False)
class SeriesWriter:
    """One transaction on one series; make one each time, while holding the lock of the catalogue.

    Attributes:
        folder: Folder of the series.
        key: The series.
        staging: Folder for temporary files, on the same disk.
        policy: What counts where rows conflict.
        now_ns: Tells the instant that the manifest records.
        progress: Is called with the share of the merge that is done, 0 to 1.
    """

    folder: Path
    key: SeriesKey
    staging: Path
    policy: ConflictPolicy
    now_ns: Callable[[], int]
    progress: Callable[[float], None]
    _form: RowForm = field(init=False)
    _period: PeriodLength = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._form = ROW_FORMS[self.key.kind]
        self._period = period_length(self.key)

    def prepare(self, incoming: Sequence[Incoming], derived_from: str | None = None) -> Addition:
        """Merge rows with what is stored, for the caller to commit; the series stays as it was.

        Args:
            incoming: The sources, at least one; where they conflict, earlier ones come first.
            derived_from: The series that the rows were worked out from.

        Raises:
            DataError: A source is bad or empty, rows conflict and that is refused, or what is stored is damaged.
        """
        old = read_manifest(self.folder, self.key)
        sweep(self.folder, old)
        staging = Path(mkdtemp(dir=self.staging))
        spool = Spool(staging / "rows.arrow", self._form, self._period)
        surveys = [self._take_in(spool, number, each) for number, each in enumerate(incoming, start=1)]
        spool.finish()
        tally = Tally.of_sources(len(incoming))
        files = PeriodFiles(self.folder, staging, self._form, self._period)
        partitions = self._merged(old, spool, files, tally, incoming)
        spool.path.unlink()
        records = tuple(self._records(incoming, surveys, tally))
        return Addition(self._changed(old, records, partitions, derived_from), records, files)

    def _take_in(self, spool: Spool, number: int, incoming: Incoming) -> SourceSurvey:
        survey = SourceSurvey(self._form)
        for chunk in incoming.chunks:
            if len(chunk) == 0:
                continue
            rows = in_stored_form(chunk, self._form, self.key.kind)
            places = np.arange(survey.n_rows, survey.n_rows + len(rows), dtype=np.int64)
            survey.see(rows)
            spool.add(rows.with_columns({SOURCE: np.full(len(rows), number, dtype=np.int64), ROW: places}))
        if survey.n_rows == 0:
            raise DataError(f"{incoming.label}: holds no rows")
        return survey

    def _merged(
        self,
        old: SeriesInfo | None,
        spool: Spool,
        files: PeriodFiles,
        tally: Tally,
        incoming: Sequence[Incoming],
    ) -> tuple[PartitionRecord, ...]:
        partitions = {partition.period: partition for partition in old.partitions} if old else {}
        touched = [partitions[period] for period in sorted(spool.periods & partitions.keys())]
        n_to_do = spool.n_rows + sum(partition.n_rows for partition in touched)
        with files:
            try:
                for merged in merge(self._feeds(touched, spool), self._form, self.policy, tally):
                    files.add(merged)
                    self.progress(min(1.0, files.n_rows / n_to_do))
            except RowConflict as conflict:
                raise self._refusal(conflict, incoming) from conflict
            partitions |= files.finish()
        return tuple(partitions[period] for period in sorted(partitions))

    def _feeds(self, touched: Sequence[PartitionRecord], spool: Spool) -> list[Feed]:
        stored = [Feed(touched[0].start_ns, self._form, self._stored_rows(touched))] if touched else []
        return [*stored, *(Feed(start_ns, self._form, batches) for start_ns, batches in spool.runs())]

    def _stored_rows(self, partitions: Sequence[PartitionRecord]) -> Iterator[Rows]:
        for partition in partitions:
            for rows in read_partition(self.folder / partition.file, partition, self._form):
                nothing = np.full(len(rows), STORED, dtype=np.int64)
                yield rows.with_columns({SOURCE: nothing, ROW: nothing})

    def _refusal(self, conflict: RowConflict, incoming: Sequence[Incoming]) -> DataError:
        (first_source, first_row, first_value), (source, row, value) = conflict.first, conflict.second
        there = (
            "the catalogue has"
            if first_source == STORED
            else f"row {first_row + 1} of {incoming[first_source - 1].label} has"
        )
        return DataError(
            f"{incoming[source - 1].label}: row {row + 1} ({iso_utc(conflict.at_ns)}), {conflict.column}: {value!r}, "
            f"but {there} {first_value!r}; nothing was imported (--on-conflict keep or replace decides)"
        )

    def _records(
        self, incoming: Sequence[Incoming], surveys: Sequence[SourceSurvey], tally: Tally
    ) -> Iterator[SourceRecord]:
        at_ns = self.now_ns()
        for number, (source, survey) in enumerate(zip(incoming, surveys, strict=True), start=1):
            yield SourceRecord(
                name=source.name,
                sha256=source.sha256,
                reading=source.reading,
                n_rows=survey.n_rows,
                start_ns=survey.start_ns,
                end_ns=survey.end_ns,
                imported_at_ns=at_ns,
                n_new=int(tally.n_new[number]),
                n_equal=int(tally.n_equal[number]),
                n_completed=int(tally.n_completed[number]),
                n_conflicts=int(tally.n_conflicts[number]),
                on_conflict=self.policy.value,
                notes=(*source.notes(), *survey.notes()),
            )

    def _changed(
        self,
        old: SeriesInfo | None,
        records: Sequence[SourceRecord],
        partitions: tuple[PartitionRecord, ...],
        derived_from: str | None,
    ) -> SeriesInfo:
        return SeriesInfo(
            key=self.key,
            sources=(*(() if old is None else old.sources), *records),
            partitions=partitions,
            quality=None if old is None else old.quality,
            derived_from=derived_from if old is None else old.derived_from,
        )
