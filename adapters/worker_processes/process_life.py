"""How a process that was started for some work comes to its end: with whoever started it, and by nobody else."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    # A name for annotations alone: start-up does without the module.
    from multiprocessing.process import BaseProcess

_PATIENCE_S: Final = 2.0


@contextmanager
def uninterrupted_start() -> Iterator[None]:
    """Let a process that is started meanwhile not be interrupted before it has called `ignore_interruptions`.

    It inherits which signals wait. Where signals cannot be made to wait, as on Windows, nothing is done.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing.resource_tracker import ensure_running  # noqa: PLC0415  # not on the path of start-up

    # Started by the first process otherwise, it would let signals through again when it is there.
    ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_interruptions() -> None:
    """Go on where the terminal is interrupted: whoever started this process ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def end_soon(processes: "Iterable[BaseProcess]") -> None:
    """Wait a moment for processes to end by themselves, and end those that have not."""
    end_s = time.monotonic() + _PATIENCE_S
    for process in processes:
        process.join(max(0.0, end_s - time.monotonic()))
        process.kill()  # Whoever has ended already takes no notice.
        process.join()


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, however that came about."""
    from multiprocessing import parent_process  # noqa: PLC0415  # not on the path of start-up

    parent = parent_process()
    if parent is not None:
        Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    from multiprocessing.connection import wait  # noqa: PLC0415

    wait([sentinel])
    # Nobody is left who could use anything of this process, or wait for it.
    os._exit(1)
