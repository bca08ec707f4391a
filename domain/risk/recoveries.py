"""Drawdowns and the time it took to recover from them."""

from decimal import Decimal
from typing import Final

from attrs import frozen

from domain.time_units import NS_PER_DAY

RECOVERIES_KEPT: Final = 100
"""So many recoveries are remembered one by one; the statistics go on counting beyond."""


@frozen
class Fall:
    """A drawdown that has not been recovered.

    Attributes:
        started_at_ns: When equity was first seen below the high.
        depth: The deepest so far, as a fraction of the high.
        deepest_at_ns: When that was.
    """

    started_at_ns: int
    depth: Decimal
    deepest_at_ns: int


@frozen
class Recovery:
    """A drawdown that was recovered.

    Attributes:
        started_at_ns: When equity was first seen below the high.
        ended_at_ns: When it reached the high again.
        depth: The deepest, as a fraction of the high.
    """

    started_at_ns: int
    ended_at_ns: int
    depth: Decimal

    @property
    def days(self) -> float:
        """From leaving the high to reaching it again."""
        return (self.ended_at_ns - self.started_at_ns) / NS_PER_DAY


@frozen
class RecoveryStatistics:
    """How long recoveries took, in days."""

    count: int
    mean_days: float
    max_days: float
    min_days: float


@frozen
class RecoveryRecord:
    """All recoveries of drawdowns that had been at least mild.

    Attributes:
        count: How many.
        total_ns: Their lengths together.
        longest_ns: The longest; zero if there was none.
        shortest_ns: The shortest; zero if there was none.
        latest: The last ones, in time order, at most `RECOVERIES_KEPT`.
    """

    count: int = 0
    total_ns: int = 0
    longest_ns: int = 0
    shortest_ns: int = 0
    latest: tuple[Recovery, ...] = ()

    @property
    def statistics(self) -> RecoveryStatistics | None:
        """How long they took, None if there was none."""
        if self.count == 0:
            return None
        mean_ns = self.total_ns / self.count
        return RecoveryStatistics(
            self.count, mean_ns / NS_PER_DAY, self.longest_ns / NS_PER_DAY, self.shortest_ns / NS_PER_DAY
        )

    def with_another(self, recovery: Recovery) -> "RecoveryRecord":
        """Return the record with one more recovery at its end."""
        length_ns = recovery.ended_at_ns - recovery.started_at_ns
        return RecoveryRecord(
            count=self.count + 1,
            total_ns=self.total_ns + length_ns,
            longest_ns=max(self.longest_ns, length_ns),
            shortest_ns=min(self.shortest_ns, length_ns) if self.count else length_ns,
            latest=(*self.latest, recovery)[-RECOVERIES_KEPT:],
        )
