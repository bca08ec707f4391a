"""Ends work that takes too long: it is done in a thread of its own, which is left behind when its time is over."""

import ctypes
from collections.abc import Callable
from threading import Thread
from typing import Final

from attrs import frozen

WALK_S: Final = 10.0
"""Time that a walk through one market has, unless it is said otherwise: thousands of times what it takes as a rule."""


class _TimeIsOverError(BaseException):
    """Raised in the thread of work whose time is over; no `Exception`, so that work does not catch it by mistake."""


@frozen
class TimeLimit:
    """Gives each walk through a market so much time.

    Attributes:
        walk_s: Seconds of a walk.
    """

    walk_s: float = WALK_S

    def __call__(self, work: Callable[[], None], n_walks: int = 1, /) -> bool:
        """Do the work and return whether it was done in the time of so many walks; it must not raise."""
        worker = Thread(target=_until_its_time_is_over, args=(work,), daemon=True)
        worker.start()
        worker.join(self.walk_s * n_walks)
        if not worker.is_alive():
            return True
        # A loop ends at its next instruction. What sleeps or waits is left alone; the process does not wait for it.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(worker.ident or 0), ctypes.py_object(_TimeIsOverError)
        )
        return False


def _until_its_time_is_over(work: Callable[[], None]) -> None:
    try:
        work()
    except _TimeIsOverError:
        return
