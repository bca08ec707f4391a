"""A clock moved by hand wakes sleepers at the instants they wait for, in order, and not before."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.clock.manual_clock import LeapingClock, ManualClock

durations = st.integers(1, 1_000)


@given(waits=st.lists(durations, max_size=8), steps=st.lists(st.integers(0, 400), max_size=8))
def test_whoever_has_waited_long_enough_wakes_at_that_instant_and_nobody_else(
    waits: list[int], steps: list[int]
) -> None:
    woken: list[tuple[int, int]] = []

    async def sleep(clock: ManualClock, wait_ns: int) -> None:
        await clock.sleep(wait_ns)
        woken.append((wait_ns, clock.elapsed_ns()))

    async def run() -> None:
        clock = ManualClock(7)
        sleepers = [asyncio.ensure_future(sleep(clock, wait_ns)) for wait_ns in waits]
        for step in (0, *steps):
            await clock.advance(step)
        assert clock.now_ns() == 7 + sum(steps)
        assert clock.n_sleeping == sum(wait > sum(steps) for wait in waits)
        for sleeper in sleepers:
            sleeper.cancel()
        await asyncio.gather(*sleepers, return_exceptions=True)

    asyncio.run(run())

    assert woken == [(wait, wait) for wait in sorted(waits) if wait <= sum(steps)]


async def test_who_sleeps_again_on_waking_is_woken_within_the_same_stretch() -> None:
    clock = ManualClock()
    instants = []

    async def tick() -> None:
        while True:
            await clock.sleep(10)
            instants.append(clock.now_ns())

    ticking = asyncio.ensure_future(tick())
    await clock.advance(35)
    ticking.cancel()

    assert instants == [10, 20, 30]
    assert clock.slept_ns == [10, 10, 10, 10]


async def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards: -1 ns"):
        await ManualClock().advance(-1)


async def test_a_leaping_clock_is_at_the_end_of_the_sleep_at_once() -> None:
    clock = LeapingClock(100)

    await clock.sleep(3_600_000_000_000)

    assert (clock.now_ns(), clock.elapsed_ns()) == (3_600_000_000_100, 3_600_000_000_000)
    assert clock.slept_ns == [3_600_000_000_000]
