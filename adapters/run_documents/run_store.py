"""Keeps each run in a folder of its own: its document, its tables, a manifest of both, and its labels."""

from collections.abc import Iterable
from pathlib import Path

from attrs import Factory, field, frozen
from typing_extensions import override

from adapters.durable_files import replace_file
from adapters.run_documents.labels import LABELS_NAME, Labels, encode_labels, read_labels
from adapters.run_documents.manifest import MANIFEST_NAME, manifest_of, read_checked, read_manifest
from adapters.run_documents.record_form import RecordHead
from adapters.run_documents.run_files import (
    DOCUMENT_NAME,
    HEAD_NAME,
    contents_of,
    file_names,
    head_from,
    record_of,
)
from adapters.run_documents.shelf import Shelf, one_line
from application.errors import DataError
from application.results.run_record import RunRecord
from application.results.run_store import KeptRuns, RunStore, RunSummary, UnreadableRun


@frozen
class FileRunStore(RunStore):
    """Keeps runs in one folder.

    Attributes:
        path: The folder; it is made with the first run.
    """

    path: Path
    _shelf: Shelf = field(init=False, repr=False, default=Factory(lambda self: Shelf(self.path), takes_self=True))

    def folder_of(self, run_id: str) -> Path:
        """Return where a run is or would be kept.

        Raises:
            DataError: No run can be called so.
        """
        return self._shelf.place_of(run_id)

    @override
    def save(self, record: RunRecord) -> bool:
        run_id, made_at_ns = record.result.run_id, record.provenance.created_at_ns
        with one_line(self.path):
            if not self._shelf.place_of(run_id).exists():
                contents = dict(contents_of(record))
                contents[MANIFEST_NAME] = manifest_of(run_id, contents)
                contents[LABELS_NAME] = encode_labels(Labels(record.tags, made_at_ns))
                if self._shelf.put(run_id, contents):
                    return True
            self._check_sameness(record)
            self._relabel(run_id, add=record.tags, made_at_ns=made_at_ns)
        return False

    def _check_sameness(self, record: RunRecord) -> None:
        """Refuse to take one run for another that happens to have the same name."""
        folder = self._shelf.found(record.result.run_id)
        if _head(folder).hashes != record.result.hashes:
            raise DataError(f"{folder}: another run has this name: their hashes differ")

    @override
    def load(self, run_id: str) -> RunRecord:
        with one_line(self.path):
            folder = self._shelf.found(run_id)
            manifest = read_manifest(folder, file_names)
            contents = {name: read_checked(folder, manifest, name) for name in sorted(manifest.files)}
            return record_of(contents, read_labels(folder).tags, folder)

    @override
    def document(self, run_id: str) -> bytes:
        with one_line(self.path):
            folder = self._shelf.found(run_id)
            return read_checked(folder, read_manifest(folder, file_names), DOCUMENT_NAME)

    @override
    def kept(self) -> KeptRuns:
        runs: list[RunSummary] = []
        unreadable: list[UnreadableRun] = []
        with one_line(self.path):
            run_ids = self._shelf.run_ids()
        for run_id in run_ids:
            try:
                runs.append(self._summary(run_id))
            except DataError as error:
                unreadable.append(UnreadableRun(run_id, str(error)))
        return KeptRuns(tuple(sorted(runs, key=_last_made_first)), tuple(unreadable))

    def _summary(self, run_id: str) -> RunSummary:
        with one_line(self.path):
            folder = self._shelf.found(run_id)
            return _summary(_head(folder), read_labels(folder))

    @override
    def tag(self, run_id: str, tags: Iterable[str]) -> tuple[str, ...]:
        with one_line(self.path):
            return self._relabel(run_id, add=tags)

    @override
    def untag(self, run_id: str, tags: Iterable[str]) -> tuple[str, ...]:
        with one_line(self.path):
            return self._relabel(run_id, remove=tags)

    def _relabel(
        self, run_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = (), made_at_ns: int | None = None
    ) -> tuple[str, ...]:
        folder, taken = self._shelf.found(run_id), set(remove)
        with self._shelf.held():
            before = read_labels(folder)
            tags = tuple(tag for tag in dict.fromkeys((*before.tags, *add)) if tag not in taken)
            last_made_at_ns = before.last_made_at_ns if made_at_ns is None else max(before.last_made_at_ns, made_at_ns)
            after = Labels(tags, last_made_at_ns)
            if after != before:
                replace_file(folder / LABELS_NAME, encode_labels(after))
        return tags

    @override
    def delete(self, run_id: str) -> None:
        with one_line(self.path):
            self._shelf.take_away(self._shelf.found(run_id).name)


def _head(folder: Path) -> RecordHead:
    return head_from(read_checked(folder, read_manifest(folder, file_names), HEAD_NAME), folder)


def _last_made_first(summary: RunSummary) -> tuple[int, str]:
    return -summary.last_made_at_ns, summary.run_id


def _summary(head: RecordHead, labels: Labels) -> RunSummary:
    return RunSummary(
        run_id=head.run_id,
        name=head.name,
        tags=labels.tags,
        created_at_ns=head.provenance.created_at_ns,
        last_made_at_ns=labels.last_made_at_ns,
        is_synthetic=head.is_synthetic,
        symbols=head.symbols,
        start_ns=head.start_ns,
        end_ns=head.end_ns,
        total_return=head.performance.total_return,
        max_drawdown=head.performance.max_drawdown.depth,
        n_trades=head.trade_figures.n_trades,
        product_version=head.provenance.product_version,
    )
