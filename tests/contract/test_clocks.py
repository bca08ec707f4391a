"""The clocks keep the promises of the port."""

from typing_extensions import override

from adapters.clock.manual_clock import LeapingClock, ManualClock
from adapters.clock.system_clock import SystemClock
from application.ports.clock import Clock
from tests.contract.clock import ClockContract
from tests.support import START_NS


class TestSystemClock(ClockContract):
    @override
    def make_clock(self) -> Clock:
        return SystemClock()

    @override
    async def let_pass(self, clock: Clock, duration_ns: int) -> None:
        await clock.sleep(duration_ns)


class TestManualClock(ClockContract):
    @override
    def make_clock(self) -> Clock:
        return ManualClock(START_NS)

    @override
    async def let_pass(self, clock: Clock, duration_ns: int) -> None:
        assert isinstance(clock, ManualClock)
        await clock.advance(duration_ns)


class TestLeapingClock(ClockContract):
    @override
    def make_clock(self) -> Clock:
        return LeapingClock(START_NS)

    @override
    async def let_pass(self, clock: Clock, duration_ns: int) -> None:
        await clock.sleep(duration_ns)
