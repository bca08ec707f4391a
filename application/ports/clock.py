"""The clock as the use cases see it: it tells the time, and it waits."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time. Replays and tests own it; live runs read the clock of the system."""

    def now_ns(self) -> int:
        """Return the present instant, whole nanoseconds since 1970 UTC.

        It may step back or leap when the system's clock is corrected: never measure a duration with it.
        """
        ...

    def elapsed_ns(self) -> int:
        """Return nanoseconds since some fixed moment; never less than before. Only differences mean anything."""
        ...

    async def sleep(self, duration_ns: int, /) -> None:
        """Wait until at least this long has passed, in nanoseconds; zero or less only lets others go first."""
        ...
