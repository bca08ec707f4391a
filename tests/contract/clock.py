"""What may be relied on from any clock."""

import asyncio
from abc import abstractmethod

from application.ports.clock import Clock
from domain.time_units import NS_PER_MS


class ClockContract:
    """Promises of the port, checked against one adapter."""

    @abstractmethod
    def make_clock(self) -> Clock:
        """Return a clock."""

    @abstractmethod
    async def let_pass(self, clock: Clock, duration_ns: int) -> None:
        """Let at least this long pass on the clock."""

    def test_elapsed_time_is_never_less_than_before(self) -> None:
        clock = self.make_clock()

        readings = [clock.elapsed_ns() for _ in range(100)]

        assert readings == sorted(readings)

    async def test_both_readings_move_on_by_what_has_passed(self) -> None:
        clock = self.make_clock()
        now_ns, elapsed_ns = clock.now_ns(), clock.elapsed_ns()

        await self.let_pass(clock, 20 * NS_PER_MS)

        # Half would already show that the unit is right; the system's clock may be corrected on the way.
        assert clock.now_ns() - now_ns >= 10 * NS_PER_MS
        assert clock.elapsed_ns() - elapsed_ns >= 20 * NS_PER_MS

    async def test_a_sleep_lasts_at_least_as_long_as_was_asked_for(self) -> None:
        clock = self.make_clock()
        began_ns = clock.elapsed_ns()

        async with asyncio.TaskGroup() as tasks:
            sleeping = tasks.create_task(clock.sleep(5 * NS_PER_MS))
            tasks.create_task(self.let_pass(clock, 50 * NS_PER_MS))
            await sleeping
            woken_ns = clock.elapsed_ns()

        assert woken_ns - began_ns >= 5 * NS_PER_MS

    async def test_a_sleep_of_nothing_ends_by_itself_and_lets_others_go_first(self) -> None:
        clock = self.make_clock()
        order = []

        async def other() -> None:
            order.append("other")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(other())
            await clock.sleep(0)
            await clock.sleep(-1)
            order.append("sleeper")

        assert order == ["other", "sleeper"]

    async def test_who_is_interrupted_while_sleeping_wakes_nobody_else(self) -> None:
        clock = self.make_clock()
        interrupted = asyncio.ensure_future(clock.sleep(3_600_000 * NS_PER_MS))
        interrupted.cancel()

        await asyncio.wait([interrupted])
        await self.let_pass(clock, NS_PER_MS)

        assert interrupted.cancelled()
