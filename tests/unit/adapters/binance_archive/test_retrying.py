"""Trying again: later and later, together, and never without end."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.binance_archive.retrying import Retrying, RetryPolicy, TransientError
from adapters.clock.manual_clock import LeapingClock, ManualClock
from application.errors import NetworkError
from domain.time_units import NS_PER_MS, NS_PER_SECOND

POLICY = RetryPolicy(attempts_max=4, retries_max=100, first_wait_ns=NS_PER_SECOND, longest_wait_ns=5 * NS_PER_SECOND)


def make_retrying(clock: LeapingClock | ManualClock, *, policy: RetryPolicy = POLICY, share: float = 1.0) -> Retrying:
    return Retrying(clock, lambda: share, policy)


class Failing:
    """Fails a number of times, then succeeds."""

    def __init__(self, n_failures: int, *, wait_ns: int | None = None) -> None:
        self.n_left, self.wait_ns = n_failures, wait_ns
        self.n_attempts = 0

    async def __call__(self) -> str:
        self.n_attempts += 1
        if self.n_attempts <= self.n_left:
            raise TransientError("no answer in time", wait_ns=self.wait_ns)
        return "done"


@given(n_failures=st.integers(1, 10_000), share=st.floats(0, 1, exclude_max=True))
def test_a_wait_is_between_half_and_all_of_what_doubles_up_to_the_longest(n_failures: int, share: float) -> None:
    wait_ns = POLICY.wait_ns(n_failures, share)

    longest_ns = min(NS_PER_SECOND * 2 ** (n_failures - 1), 5 * NS_PER_SECOND)
    assert longest_ns // 2 <= wait_ns <= longest_ns


async def test_what_fails_for_the_moment_is_tried_again_after_doubled_waits() -> None:
    clock = LeapingClock()
    attempt = Failing(3)

    assert await make_retrying(clock).run("a file", attempt) == "done"

    # 1 s, doubled twice.
    assert clock.slept_ns == [1 * NS_PER_SECOND, 2 * NS_PER_SECOND, 4 * NS_PER_SECOND]


async def test_what_fails_again_and_again_is_given_up_with_its_name_and_reason() -> None:
    attempt = Failing(1000)

    with pytest.raises(NetworkError, match=r"^a file: no answer in time \(attempt 4, given up\)$"):
        await make_retrying(LeapingClock()).run("a file", attempt)

    assert attempt.n_attempts == 4


async def test_who_comes_further_with_each_attempt_is_not_given_up() -> None:
    attempt = Failing(30)

    assert await make_retrying(LeapingClock()).run("a file", attempt, lambda: attempt.n_attempts) == "done"


async def test_standing_still_after_progress_counts_from_one_again() -> None:
    attempt = Failing(1000)

    with pytest.raises(NetworkError):
        await make_retrying(LeapingClock()).run("a file", attempt, lambda: min(attempt.n_attempts, 3))

    # Three attempts come further, the third being the first failure in a row; three more stand still.
    assert attempt.n_attempts == 6


async def test_retries_of_all_things_together_are_limited() -> None:
    retrying = make_retrying(LeapingClock(), policy=RetryPolicy(attempts_max=10, retries_max=5))
    await retrying.run("first", Failing(3))

    with pytest.raises(NetworkError, match=r"second: no answer in time \(given up after 5 retries in all\)"):
        await retrying.run("second", Failing(3))


async def test_the_wait_that_is_asked_for_is_kept_by_everybody() -> None:
    clock = ManualClock()
    retrying = make_retrying(clock)
    asked_to_wait, other = Failing(1, wait_ns=7 * NS_PER_SECOND), Failing(0)

    first = asyncio.ensure_future(retrying.run("first", asked_to_wait))
    await clock.advance(NS_PER_MS)
    second = asyncio.ensure_future(retrying.run("second", other))
    await clock.advance(6 * NS_PER_SECOND)

    assert (asked_to_wait.n_attempts, other.n_attempts) == (1, 0)
    await clock.advance(NS_PER_SECOND)
    assert (await first, await second) == ("done", "done")


async def test_who_asks_for_too_long_a_wait_is_left_alone() -> None:
    attempt = Failing(1, wait_ns=7200 * NS_PER_SECOND)

    with pytest.raises(NetworkError, match="it asks to come back in 7200 s"):
        await make_retrying(LeapingClock()).run("a file", attempt)

    assert attempt.n_attempts == 1


async def test_what_trying_again_cannot_help_ends_at_once() -> None:
    async def refused() -> None:
        raise NetworkError("answered 451")

    clock = LeapingClock()
    with pytest.raises(NetworkError, match="451"):
        await make_retrying(clock).run("a file", refused)

    assert clock.slept_ns == []
