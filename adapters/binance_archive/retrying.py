"""Tries again what failed for the moment, later and later, and never without end."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from attrs import define, field, frozen, validators

from application.errors import NetworkError
from application.ports.clock import Clock
from domain.time_units import NS_PER_SECOND

_T = TypeVar("_T")

_DOUBLINGS_MAX: Final = 30


class TransientError(Exception):
    """Something failed that may go well if it is tried again.

    Attributes:
        wait_ns: How long the other side asks us to wait, nanoseconds; None where it does not say.
    """

    def __init__(self, message: str, *, wait_ns: int | None = None) -> None:
        super().__init__(message)
        self.wait_ns = wait_ns


@frozen(kw_only=True)
class RetryPolicy:
    """How often and how soon something is tried again.

    Attributes:
        attempts_max: Attempts without any progress after which one thing is given up.
        retries_max: Retries of all things together after which everything is given up.
        first_wait_ns: Longest wait before the second attempt; it doubles with each further one.
        longest_wait_ns: What it doubles up to.
        asked_wait_max_ns: Longest wait that the other side may ask for; beyond it we give up.
    """

    attempts_max: int = field(default=6, validator=validators.ge(1))
    retries_max: int = field(default=200, validator=validators.ge(0))
    first_wait_ns: int = NS_PER_SECOND // 2
    longest_wait_ns: int = 30 * NS_PER_SECOND
    asked_wait_max_ns: int = 300 * NS_PER_SECOND

    def wait_ns(self, n_failures: int, share: float) -> int:
        """Return how long to wait after so many failures in a row, nanoseconds.

        Args:
            n_failures: From 1.
            share: Drawn at random from [0, 1), so that many who failed together do not come back together; between
                half and all of the longest wait is taken.
        """
        longest_ns = min(self.first_wait_ns << min(n_failures - 1, _DOUBLINGS_MAX), self.longest_wait_ns)
        return longest_ns // 2 + int(share * (longest_ns - longest_ns // 2))


@define(eq=False)
class Retrying:
    """Runs attempts for everybody who talks to the same servers: a wait that they ask for holds all of us.

    Attributes:
        clock: Waits.
        draw: Returns a random share from [0, 1).
        policy: How often and how soon.
        n_retries: How often anything was tried again so far.
    """

    clock: Clock
    draw: Callable[[], float]
    policy: RetryPolicy
    n_retries: int = field(default=0, init=False)
    _held_until_ns: int = field(default=0, init=False)

    async def run(self, what: str, attempt: Callable[[], Awaitable[_T]], progress: Callable[[], int] = lambda: 0) -> _T:
        """Return what the first successful attempt returns.

        Args:
            what: What is attempted, for the error.
            attempt: Raises `TransientError` where trying again may help; anything else ends it.
            progress: How far it has come, in any unit that grows; who comes further is not given up.

        Raises:
            NetworkError: It failed too often, or the other side asks for too long a wait.
        """
        n_failures, furthest = 0, progress()
        while True:
            await self._wait_while_held()
            try:
                return await attempt()
            except TransientError as error:
                n_failures = 1 if progress() > furthest else n_failures + 1
                furthest = max(furthest, progress())
                self._check_worth_it(what, error, n_failures)
                self.n_retries += 1
                await self._wait_after(error, n_failures)

    def hold(self, duration_ns: int) -> None:
        """Let nobody begin an attempt for so long, nanoseconds."""
        self._held_until_ns = max(self._held_until_ns, self.clock.elapsed_ns() + duration_ns)

    async def _wait_while_held(self) -> None:
        while (rest_ns := self._held_until_ns - self.clock.elapsed_ns()) > 0:
            await self.clock.sleep(rest_ns)

    def _check_worth_it(self, what: str, error: TransientError, n_failures: int) -> None:
        if error.wait_ns is not None and error.wait_ns > self.policy.asked_wait_max_ns:
            raise NetworkError(
                f"{what}: {error}; it asks to come back in {error.wait_ns // NS_PER_SECOND} s"
            ) from error
        if n_failures >= self.policy.attempts_max:
            raise NetworkError(f"{what}: {error} (attempt {n_failures}, given up)") from error
        if self.n_retries >= self.policy.retries_max:
            raise NetworkError(f"{what}: {error} (given up after {self.n_retries} retries in all)") from error

    async def _wait_after(self, error: TransientError, n_failures: int) -> None:
        if error.wait_ns is None:
            await self.clock.sleep(self.policy.wait_ns(n_failures, self.draw()))
        else:
            self.hold(error.wait_ns)
