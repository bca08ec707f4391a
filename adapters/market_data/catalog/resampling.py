"""Makes a series of longer bars from a series of the catalogue."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from attrs import define, evolve, field, frozen

from adapters.market_data.catalog.folders import series_folder, writing
from adapters.market_data.catalog.manifest import read_manifest
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from adapters.market_data.catalog.series_writer import Incoming, SeriesWriter
from adapters.market_data.row_forms import Rows, concatenate
from application.errors import DataError
from application.market_import import ConflictPolicy
from application.market_resampling import MissingParts, Resampling
from application.market_series import SeriesInfo, SeriesKey
from domain.resampling import aggregate_bars, bar_opens
from domain.time_units import format_interval

_WORDS: Final = {MissingParts.DROP: "left out", MissingParts.KEEP: "made of what is there"}


@frozen
class CatalogResampling:
    """Resamples series of a catalogue in a folder.

    Attributes:
        catalog: The catalogue.
        now_ns: Tells the instant that the manifest records.
    """

    catalog: ParquetMarketCatalog
    now_ns: Callable[[], int]

    def __call__(
        self,
        key: SeriesKey,
        interval_ns: int,
        missing: MissingParts,
        on_conflict: ConflictPolicy,
        progress: Callable[[float], None],
    ) -> Resampling:
        """Aggregate a series to a longer interval, and put the result into the catalogue.

        Args:
            key: The source: bars.
            interval_ns: Of the bars to make; a whole number of the source's.
            missing: What is done with bars of which parts are missing.
            on_conflict: What is done where the catalogue has other values for such a bar.
            progress: Is called with the share that is done, 0 to 1.

        Raises:
            DataError: There is no such series, it holds no bars or no whole one, the interval does not fit, values
                conflict, or whole bars were to be added to bars with missing parts.
        """
        source = self.catalog.info(key)
        target = _target(key, interval_ns)
        folder = series_folder(self.catalog.root, target)
        parts = _Parts(key.bar_interval_ns, interval_ns, missing)
        known = read_manifest(folder, target)
        if known is not None and _is_done(known, source, parts.words, on_conflict):
            return Resampling(info=known, n_bars=0, n_partial=0, n_unfinished=0, was_known=True)
        _check_holds_no_partial_bars(known, missing)
        with writing(self.catalog.root, self.catalog.on_wait) as staging:
            writer = SeriesWriter(folder, target, staging, on_conflict, self.now_ns, lambda _: None)
            chunks = parts.aggregated(_metered(self.catalog.rows(key), source.n_rows, progress))
            made = writer.prepare([_incoming(source, parts, chunks)], derived_from=str(key))
            made.commit()
        return Resampling(
            info=made.info, n_bars=parts.n_bars, n_partial=parts.n_partial, n_unfinished=parts.n_unfinished
        )


def _target(key: SeriesKey, interval_ns: int) -> SeriesKey:
    if not key.kind.has_bars:
        raise DataError(f"{key}: its rows are no bars, so they have no interval to be resampled to")
    if interval_ns <= key.bar_interval_ns or interval_ns % key.bar_interval_ns != 0:
        raise DataError(
            f"{key}: cannot be resampled to {format_interval(interval_ns)}: "
            f"that is no multiple of {format_interval(key.bar_interval_ns)}"
        )
    return evolve(key, interval_ns=interval_ns)


def _is_done(known: SeriesInfo, source: SeriesInfo, words: str, on_conflict: ConflictPolicy) -> bool:
    if on_conflict is ConflictPolicy.REPLACE:
        return False
    return any(record.sha256 == source.content_hash and record.reading == words for record in known.sources)


def _check_holds_no_partial_bars(known: SeriesInfo | None, missing: MissingParts) -> None:
    """Refuse to add whole bars to bars with missing parts, which nothing would drop any more."""
    if known is None or missing is MissingParts.KEEP:
        return
    if any(record.reading.endswith(_WORDS[MissingParts.KEEP]) for record in known.sources):
        raise DataError(
            f"{known.key}: was made with --missing keep, so bars with missing parts may be in it; "
            f"autotrading data delete {known.key} makes room"
        )


def _incoming(source: SeriesInfo, parts: "_Parts", chunks: Iterator[Rows]) -> Incoming:
    return Incoming(
        label=f"{source.key} resampled to {format_interval(parts.to_ns)}",
        name=f"resampled from {source.key}",
        sha256=source.content_hash,
        reading=parts.words,
        chunks=chunks,
        notes=parts.notes,
    )


def _metered(chunks: Iterator[Rows], n_rows: int, progress: Callable[[float], None]) -> Iterator[Rows]:
    n_done = 0
    for rows in chunks:
        n_done += len(rows)
        progress(n_done / n_rows)
        yield rows


@define(eq=False)
class _Parts:
    """Aggregates ascending rows chunk by chunk, and counts what is left out.

    Attributes:
        from_ns: Interval of the rows.
        to_ns: Interval of the bars that are made.
        missing: What is done with bars of which parts are missing.
    """

    from_ns: int
    to_ns: int
    missing: MissingParts
    n_bars: int = field(default=0, init=False)
    n_partial: int = field(default=0, init=False)
    n_unfinished: int = field(default=0, init=False)

    @property
    def words(self) -> str:
        """What is done, in words."""
        intervals = f"{format_interval(self.from_ns)} to {format_interval(self.to_ns)}"
        return f"{intervals}; bars with missing parts {_WORDS[self.missing]}"

    def notes(self) -> list[str]:
        """Return what was left out or kept, one sentence each."""
        found = []
        if self.n_partial:
            found.append(f"{self.n_partial:,} bars lack parts; they are {_WORDS[self.missing]}.")
        if self.n_unfinished:
            found.append("The source ends within a bar, which is left out.")
        return found

    def aggregated(self, chunks: Iterator[Rows]) -> Iterator[Rows]:
        """Yield the bars that are made of rows."""
        rest: Rows | None = None
        for chunk in chunks:
            rows = chunk if rest is None else concatenate((rest, chunk))
            opens = bar_opens(rows.integers("opened_at_ns"), self.to_ns)
            # The last bar may go on in the next chunk.
            stop = int(np.searchsorted(opens, opens[-1], side="left"))
            rest = rows.part(stop, len(rows))
            if stop:
                yield self._bars(rows.part(0, stop))
        if rest is not None and self._is_finished(rest):
            yield self._bars(rest)

    def _is_finished(self, rows: Rows) -> bool:
        times = rows.integers("opened_at_ns")
        is_finished = int(times[-1]) + self.from_ns >= int(bar_opens(times[-1:], self.to_ns)[0]) + self.to_ns
        self.n_unfinished = 0 if is_finished else 1
        return is_finished

    def _bars(self, rows: Rows) -> Rows:
        columns = {name: rows.floats(name) for name in rows.columns if name != "opened_at_ns"}
        bars = aggregate_bars(rows.integers("opened_at_ns"), columns, self.to_ns)
        is_whole = bars.n_parts == self.to_ns // self.from_ns
        self.n_partial += int((~is_whole).sum())
        made = Rows({"opened_at_ns": bars.opened_at_ns, **bars.columns})
        made = made.take(is_whole) if self.missing is MissingParts.DROP else made
        self.n_bars += len(made)
        return made
