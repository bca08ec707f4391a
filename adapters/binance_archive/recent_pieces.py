"""Rows of the REST interface as JSON files of a bounded size: who reads JSON holds a whole file in memory."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import define, field

from adapters.binance_archive.folder import write_whole
from adapters.binance_archive.rest_pages import Row, close_ms
from application.download import DownloadedFile, FileOrigin
from application.market_series import SeriesKind
from domain.time_units import NS_PER_MS

PIECE_BYTES_MAX: Final = 16 << 20
"""Where a file ends and the next one begins; a page more may be in it."""


@define
class RecentPieces:
    """Writes pages of rows into numbered files.

    Attributes:
        kind: What the rows are.
        stem: Folder and beginning of the names; ``-1.json`` and so on follow.
        start_ms: Where the period of the first file starts.
        bytes_max: Size beyond which a file ends.
    """

    kind: SeriesKind
    stem: Path
    start_ms: int
    bytes_max: int = PIECE_BYTES_MAX
    _files: list[DownloadedFile] = field(factory=list, init=False)
    _rows: list[bytes] = field(factory=list, init=False, repr=False)
    _n_bytes: int = field(default=0, init=False)
    _end_ms: int = field(default=0, init=False)

    def add(self, page: Sequence[Row]) -> int:
        """Take the next rows in time order; return how many bytes they are.

        Raises:
            DataError: A file cannot be written.
        """
        texts = [json.dumps(row, separators=(",", ":")).encode() for row in page]
        n_bytes = sum(map(len, texts))
        if page:
            self._rows.extend(texts)
            self._n_bytes += n_bytes
            self._end_ms = close_ms(self.kind, page[-1]) + 1
        if self._n_bytes >= self.bytes_max:
            self._write()
        return n_bytes

    def finish(self) -> tuple[DownloadedFile, ...]:
        """Write what is left, remove files of an earlier download that this one has not replaced, return all files.

        Raises:
            DataError: A file cannot be written.
        """
        if self._rows:
            self._write()
        written = {file.path for file in self._files}
        for path in self.stem.parent.glob(f"{self.stem.name}-*.json"):
            if path not in written:
                path.unlink()
        return tuple(self._files)

    def _write(self) -> None:
        path = self.stem.with_name(f"{self.stem.name}-{len(self._files) + 1}.json")
        content = b"[\n" + b",\n".join(self._rows) + b"\n]\n"
        write_whole(path, content)
        file = DownloadedFile(
            path=path,
            origin=FileOrigin.RECENT,
            n_bytes=len(content),
            start_ns=self.start_ms * NS_PER_MS,
            end_ns=self._end_ms * NS_PER_MS,
        )
        self._files.append(file)
        self.start_ms = self._end_ms
        self._rows, self._n_bytes = [], 0
