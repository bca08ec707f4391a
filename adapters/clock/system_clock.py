"""The clock of the system."""

import asyncio
import time

from typing_extensions import override

from application.ports.clock import Clock
from domain.time_units import NS_PER_SECOND


class SystemClock(Clock):
    """Reads the clock of the system; the one place where the product may."""

    @override
    def now_ns(self) -> int:
        return time.time_ns()  # noqa: TID251  # this is the Clock port's own adapter

    @override
    def elapsed_ns(self) -> int:
        return time.monotonic_ns()

    @override
    async def sleep(self, duration_ns: int, /) -> None:
        wake_at_ns = self.elapsed_ns() + duration_ns
        # The event loop may wake a little early: its timers are coarser than the promise.
        while True:
            await asyncio.sleep(max(wake_at_ns - self.elapsed_ns(), 0) / NS_PER_SECOND)  # noqa: TID251  # as above
            if self.elapsed_ns() >= wake_at_ns:
                return
