"""What a run leaves for its certificate, piece by piece while it goes on."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from attrs import define, evolve, field, frozen

from application.trading.records import RunLog
from application.venue_messages import VenueReport

NEVER: Final = 2**63

Sample = Callable[[int, int], Sequence[int]]
"""Chooses `k` different numbers below `n` at random: ``sample(n, k)``, reproducibly."""


def _itself(record: Any) -> Any:  # noqa: ANN401  # any record
    return record


class RecordKind(NamedTuple):
    """One kind of record that a run leaves.

    Attributes:
        list_of: Its records in a log.
        is_whole: Whether all of a moment's own instant are there by the moment: of orders and refusals some may follow
            from fills that are reported after it.
        compared: What of a record has to be the same.
    """

    list_of: Callable[[RunLog], list[Any]]
    is_whole: bool
    compared: Callable[[Any], Any] = _itself


# What decides comes before what is decided by it, where both differ at one instant.
RECORD_KINDS: Final = (
    RecordKind(lambda log: log.regime_changes, is_whole=True),
    # What an error says may name things in the order of a set, which is another one in every process.
    RecordKind(lambda log: log.failures, is_whole=True, compared=lambda failure: evolve(failure, message="")),
    RecordKind(lambda log: log.decisions, is_whole=True),
    RecordKind(lambda log: log.refusals, is_whole=False),
    RecordKind(lambda log: log.orders, is_whole=False),
)
"""What is compared when decisions are made again."""


@frozen
class Evidence:
    """One stretch of a run: what came in beside the market, what was decided, and where to cut.

    Attributes:
        cuts: Moments of decision in it that are to be made again with the history cut there, ascending.
        told: What the venue reported, each with the number of market events that had been told before it.
        records: What was left behind, by `RECORD_KINDS`.
    """

    cuts: tuple[int, ...]
    told: tuple[tuple[int, VenueReport], ...]
    records: tuple[tuple[Any, ...], ...]


@define(eq=False)
class EvidenceCollector:
    """Divides a run into stretches of equally many moments, and hands each out once it has passed.

    In each stretch two moments are cut: one at which something was decided and any other, because not deciding is a
    decision too; where nothing was decided, any two. Of an odd number the last stretch gets one. The last moment of
    all is always cut at, so that no decision is left out.

    Attributes:
        log: What the run leaves behind; its curve has every moment.
        told: What the venue reported, as `ReplayDriver.told` keeps it.
        sample: Source of randomness.
        n_samples: How many moments to cut at most.
        give: Takes each stretch.
    """

    log: RunLog
    told: Sequence[tuple[int, VenueReport]]
    sample: Sample
    n_samples: int
    give: Callable[[Evidence], None]
    _n_stretches: int = field(default=0, init=False)
    _n_moments: int = field(default=0, init=False)
    _n_decided: int = field(default=0, init=False)
    _n_told: int = field(default=0, init=False)
    _n_given: list[int] = field(factory=lambda: [0] * len(RECORD_KINDS), init=False)

    def passed(self, n_moments: int, n_all: int) -> int:
        """Take note of how many moments of a run have passed; return at how many it wants to be told again.

        Args:
            n_moments: How many have passed.
            n_all: How many there will be.
        """
        n_stretches = min((self.n_samples + 1) // 2, n_all)
        cuts: list[int] = []
        while self._n_stretches < n_stretches:
            end = _end_of(self._n_stretches, n_stretches, n_all)
            if n_moments < end:
                break
            self._n_stretches += 1
            cuts.extend(self._cuts_until(end, self._n_cuts(n_stretches), is_last=end == n_all))
        if cuts:
            self._hand_out(tuple(cuts))
        return _end_of(self._n_stretches, n_stretches, n_all) if self._n_stretches < n_stretches else NEVER

    def _n_cuts(self, n_stretches: int) -> int:
        """Return how many cuts the present stretch gets: two, the last one what is left."""
        return self.n_samples - 2 * (n_stretches - 1) if self._n_stretches == n_stretches else 2

    def _cuts_until(self, end: int, n_cuts: int, *, is_last: bool) -> list[int]:
        moments, decisions = self.log.equity_at_ns[self._n_moments : end], self.log.decisions
        self._n_moments, until_ns = end, moments[-1]
        decided: list[int] = []
        while self._n_decided < len(decisions) and decisions[self._n_decided].at_ns <= until_ns:
            decided.append(decisions[self._n_decided].at_ns)
            self._n_decided += 1
        decided = sorted(set(decided))
        n_decided = min(len(decided), n_cuts // 2)
        cuts = {decided[place] for place in self.sample(len(decided), n_decided)}
        n_any = min(len(moments), n_cuts - n_decided) - is_last
        cuts.update(moments[place] for place in self.sample(len(moments), n_any))
        return sorted(cuts | {until_ns} if is_last else cuts)

    def _hand_out(self, cuts: tuple[int, ...]) -> None:
        told, records = tuple(self.told[self._n_told :]), []
        self._n_told += len(told)
        for place, kind in enumerate(RECORD_KINDS):
            new = tuple(kind.list_of(self.log)[self._n_given[place] :])
            self._n_given[place] += len(new)
            records.append(new)
        self.give(Evidence(cuts, told, tuple(records)))


def _end_of(n_stretches_before: int, n_stretches: int, n_all: int) -> int:
    return (n_stretches_before + 1) * n_all // n_stretches
