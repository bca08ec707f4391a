"""A progress bar on stderr: only on a terminal, only for what takes longer than a moment, gone when it is done."""

import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_QUIET_S: Final = 1.0


class TerminalProgress:
    """Is called with the share of the work that is done, 0 to 1."""

    def __init__(self, label: str, *, is_wanted: bool = True) -> None:
        self._label = label
        self._started_s = monotonic()
        self._is_shown = is_wanted and sys.stderr.isatty()
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def __call__(self, share: float) -> None:
        """Show how far the work is, once it has taken longer than a moment."""
        self.say(self._label, share)

    def fitted(self, n_done: int, n_all: int) -> None:
        """Show how many of the models of a run have been fitted."""
        self.say(f"fitting regime models {n_done:,} of {n_all:,}", n_done / n_all if n_all else 1.0)

    def say(self, label: str, share: float) -> None:
        """Show what is being done and how far it is, once it has taken longer than a moment."""
        if not self._is_shown:
            return
        if self._bar is None and monotonic() - self._started_s > _QUIET_S:
            self._bar = self._begin()
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=share, description=label)

    def _begin(self) -> "tuple[Progress, TaskID]":
        from rich.progress import Progress  # noqa: PLC0415  # most runs are over before a bar is needed

        from entrypoints.terminal.console import progress_console  # noqa: PLC0415

        progress = Progress(console=progress_console(), transient=True)
        progress.start()
        return progress, progress.add_task(self._label, total=1.0)
