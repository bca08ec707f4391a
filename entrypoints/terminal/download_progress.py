"""The progress of a download on stderr: files, bytes, rate and time left; only on a terminal."""

import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class DownloadProgress:
    """Is told how a download comes along, and shows it where somebody looks."""

    def __init__(self, *, is_wanted: bool) -> None:
        self._is_shown = is_wanted and sys.stderr.isatty()
        self._started_s = monotonic()
        self._n_expected, self._n_finished, self._n_bytes = 0, 0, 0
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def expect(self, n_files: int, /) -> None:
        """So many more files will be asked for."""
        self._n_expected += n_files
        self._update()

    def receive(self, n_bytes: int, /) -> None:
        """So many bytes have come."""
        self._n_bytes += n_bytes
        self._update()

    def finish(self, _: str, /) -> None:
        """One file is done with."""
        self._n_finished += 1
        self._update()

    def _update(self) -> None:
        if not self._is_shown:
            return
        if self._bar is None:
            self._bar = _begin()
        progress, task = self._bar
        progress.update(task, total=self._n_expected, completed=self._n_finished, bytes=self._bytes_and_rate())

    def _bytes_and_rate(self) -> str:
        from rich.filesize import decimal  # noqa: PLC0415

        elapsed_s = max(monotonic() - self._started_s, 1e-3)
        return f"{decimal(self._n_bytes)}, {decimal(int(self._n_bytes / elapsed_s))}/s"


def _begin() -> "tuple[Progress, TaskID]":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    from entrypoints.terminal.console import progress_console  # noqa: PLC0415  # it loads rich

    progress = Progress(
        TextColumn("download"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files"),
        TextColumn("{task.fields[bytes]}"),
        TimeRemainingColumn(),
        console=progress_console(),
        transient=True,
    )
    progress.start()
    return progress, progress.add_task("download", total=None, bytes="")
