"""Clocks for replays and tests: time passes when somebody says so, or when somebody waits."""

import asyncio
import heapq
from itertools import count

from attrs import define, field
from typing_extensions import override

from application.ports.clock import Clock


@define(eq=False)
class _MovedClock(Clock):
    """Shows what it was moved to.

    Attributes:
        slept_ns: What each sleep asked for, nanoseconds, in the order in which they began.
    """

    _now_ns: int = 0
    slept_ns: list[int] = field(factory=list, init=False)
    _elapsed_ns: int = field(default=0, init=False)

    @override
    def now_ns(self) -> int:
        return self._now_ns

    @override
    def elapsed_ns(self) -> int:
        return self._elapsed_ns

    def _pass(self, duration_ns: int) -> None:
        self._elapsed_ns += duration_ns
        self._now_ns += duration_ns


@define(eq=False)
class ManualClock(_MovedClock):
    """Stands still until it is advanced; who sleeps is woken in the order of the instants waited for."""

    _sleepers: list[tuple[int, int, "asyncio.Future[None]"]] = field(factory=list, init=False, repr=False)
    _order: "count[int]" = field(factory=count, init=False, repr=False)

    @override
    async def sleep(self, duration_ns: int, /) -> None:
        self.slept_ns.append(duration_ns)
        if duration_ns <= 0:
            await _let_others_go_first()
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed_ns + duration_ns, next(self._order), woken))
        await woken

    @property
    def n_sleeping(self) -> int:
        """How many are waiting to be woken."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    async def advance(self, duration_ns: int) -> None:
        """Let time pass, nanoseconds, and let everybody who wakes on the way act at the instant waited for.

        Raises:
            ValueError: Time would run backwards.
        """
        if duration_ns < 0:
            raise ValueError(f"time does not run backwards: {duration_ns} ns")
        until_ns = self._elapsed_ns + duration_ns
        await _let_others_go_first()
        while self._sleepers and self._sleepers[0][0] <= until_ns:
            wake_at_ns, _, woken = heapq.heappop(self._sleepers)
            self._pass(wake_at_ns - self._elapsed_ns)
            if not woken.done():
                woken.set_result(None)
            await _let_others_go_first()
        self._pass(until_ns - self._elapsed_ns)


@define(eq=False)
class LeapingClock(_MovedClock):
    """Leaps to the end of each sleep at once: hours of back-off pass in no time."""

    @override
    async def sleep(self, duration_ns: int, /) -> None:
        self.slept_ns.append(duration_ns)
        self._pass(max(duration_ns, 0))
        await _let_others_go_first()


async def _let_others_go_first() -> None:
    await asyncio.sleep(0)  # noqa: TID251  # no time passes: it is the turn of the others
