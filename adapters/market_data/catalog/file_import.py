"""Puts files into the catalogue: recognized first, merged series by series, and committed once all are ready."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Final

from attrs import field, frozen
from typing_extensions import override

from adapters.market_data.catalog.folders import series_folder, writing
from adapters.market_data.catalog.manifest import read_manifest
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from adapters.market_data.catalog.partition_files import check_present
from adapters.market_data.catalog.series_writer import Addition, Incoming, SeriesWriter
from adapters.market_data.row_forms import Rows
from adapters.market_data.vendor_files.containers import readable
from adapters.market_data.vendor_files.recognition import VendorFiles
from adapters.market_data.vendor_files.vendor_file import VendorFile
from application.market_import import ConflictPolicy, ImportedFile, ImportedSeries, ReadingHints
from application.market_series import SeriesInfo, SeriesKey, SourceRecord
from application.ports.market_import import MarketImport

# Reading takes most of the time, merging and writing the rest.
_READING_SHARE: Final = 0.7


@frozen
class CatalogImport(MarketImport):
    """Imports files into a catalogue in a folder.

    Attributes:
        catalog: The catalogue.
        now_ns: Tells the instant that manifests record.
        files: Recognizes files.
    """

    catalog: ParquetMarketCatalog
    now_ns: Callable[[], int]
    files: VendorFiles = field(factory=VendorFiles)

    @override
    def __call__(
        self,
        paths: Sequence[Path],
        hints: ReadingHints,
        on_conflict: ConflictPolicy,
        progress: Callable[[float], None],
        /,
    ) -> tuple[ImportedSeries, ...]:
        recognized = [self.files.recognize(path, hints) for path in paths]
        groups = _by_series(recognized)
        meter = _Meter(recognized, progress)
        with writing(self.catalog.root, self.catalog.on_wait) as staging:
            # Every series is ready before the first one changes: one bad row, and nothing was imported.
            prepared = [
                self._prepared(key, groups[key], staging, on_conflict, meter) for key in sorted(groups, key=str)
            ]
            return tuple(self._committed(each) for each in prepared)

    def _prepared(
        self, key: SeriesKey, files: Sequence[VendorFile], staging: Path, policy: ConflictPolicy, meter: "_Meter"
    ) -> "_Prepared":
        folder = series_folder(self.catalog.root, key)
        hashes = {file.path: _sha256(file.path) for file in files}
        known = _known_records(_whole(read_manifest(folder, key), folder), files, hashes, policy)
        new = _distinct([file for file in files if file.path not in known], hashes)
        addition = None
        if new:
            writer = SeriesWriter(folder, key, staging, policy, self.now_ns, meter.merging(new))
            addition = writer.prepare([_incoming(file, hashes[file.path], meter) for file in new])
        records = {} if addition is None else {record.sha256: record for record in addition.records}
        return _Prepared(key, addition, tuple(_imported_files(files, known, new, hashes, records)))

    def _committed(self, prepared: "_Prepared") -> ImportedSeries:
        if prepared.addition is not None:
            prepared.addition.commit()
        return ImportedSeries(info=self.catalog.info(prepared.key), files=prepared.files)


@frozen(eq=False)
class _Prepared:
    """One series before it changes.

    Attributes:
        key: The series.
        addition: What is to be committed; None if all files were known.
        files: What will have come of each file.
    """

    key: SeriesKey
    addition: Addition | None
    files: tuple[ImportedFile, ...]


def _imported_files(
    files: Sequence[VendorFile],
    known: Mapping[Path, SourceRecord],
    new: Sequence[VendorFile],
    hashes: Mapping[Path, str],
    records: Mapping[str, SourceRecord],
) -> Iterator[ImportedFile]:
    for file in files:
        yield ImportedFile(
            path=file.path,
            record=known[file.path] if file.path in known else records[hashes[file.path]],
            was_known=file.path in known or file not in new,
        )


def _by_series(files: Iterable[VendorFile]) -> dict[SeriesKey, list[VendorFile]]:
    groups: dict[SeriesKey, list[VendorFile]] = {}
    for file in files:
        groups.setdefault(file.key, []).append(file)
    return groups


def _sha256(path: Path) -> str:
    with readable(path), path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _whole(info: SeriesInfo | None, folder: Path) -> SeriesInfo | None:
    """Return a series if its files are there: one that lost some does not have what was imported before."""
    for partition in () if info is None else info.partitions:
        check_present(folder / partition.file, partition)
    return info


def _known_records(
    info: SeriesInfo | None, files: Sequence[VendorFile], hashes: Mapping[Path, str], policy: ConflictPolicy
) -> dict[Path, SourceRecord]:
    """Return the records of files that were imported before and read the same way; replacing is always done again."""
    if info is None or policy is ConflictPolicy.REPLACE:
        return {}
    before = {(record.sha256, record.reading): record for record in info.sources}
    found = {file.path: before.get((hashes[file.path], file.reading)) for file in files}
    return {path: record for path, record in found.items() if record is not None}


def _distinct(files: Sequence[VendorFile], hashes: Mapping[Path, str]) -> list[VendorFile]:
    """Return the files without those whose bytes another one before them has."""
    first_by_hash: dict[str, VendorFile] = {}
    for file in files:
        first_by_hash.setdefault(hashes[file.path], file)
    return list(first_by_hash.values())


def _incoming(file: VendorFile, sha256: str, meter: "_Meter") -> Incoming:
    return Incoming(
        label=str(file.path),
        name=file.path.name,
        sha256=sha256,
        reading=file.reading,
        chunks=meter.reading(file),
        notes=lambda: file.notes,
    )


class _Meter:
    """Turns how far each file is into how far the whole is, by the files' sizes."""

    def __init__(self, files: Sequence[VendorFile], progress: Callable[[float], None]) -> None:
        self._sizes = {file.path: max(1, file.path.stat().st_size) for file in files}
        self._shares = dict.fromkeys(self._sizes, 0.0)
        self._progress = progress

    def reading(self, file: VendorFile) -> Iterator[Rows]:
        """Yield the rows of a file, and tell how far it is."""
        for rows in file.rows():
            yield rows
            self._set([file], _READING_SHARE * file.share_read)

    def merging(self, files: Sequence[VendorFile]) -> Callable[[float], None]:
        """Return what is to be told how far the merge of some files is."""
        return lambda share: self._set(files, _READING_SHARE + (1 - _READING_SHARE) * share)

    def _set(self, files: Sequence[VendorFile], share: float) -> None:
        self._shares |= {file.path: share for file in files}
        done = sum(self._shares[path] * size for path, size in self._sizes.items())
        self._progress(done / sum(self._sizes.values()))
