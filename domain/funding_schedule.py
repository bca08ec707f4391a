"""Holes in a history of funding rates, and what to do about them.

A contract settles funding every 8 hours at 00, 08 and 16 UTC, or more often where the venue
says so (every 4, 2 or 1 hours, sometimes for a week). More than 8 hours without a settlement,
or more than the interval of that time where it is known, is therefore missing data, and nobody
can tell what a position held through it has cost. Where a denser schedule is not known, a single
settlement lost from it leaves 8 hours or less, which looks like a change of interval and is taken
for one.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from attrs import Attribute, field, frozen

from domain.errors import DomainError
from domain.market import FundingEvent, FundingSeries
from domain.time_units import NS_PER_HOUR, iso_utc

LONGEST_INTERVAL_NS: Final = 8 * NS_PER_HOUR
"""Longest regular time between two settlements; 8 h steps from the epoch are 00, 08 and 16 UTC."""

# A decision at a bar's close fills at the next open: one bar to decide on closing, one to be closed.
_INTERVALS_TO_GET_FLAT: Final = 2


@frozen
class FundingCalendar:
    """How often a contract settles, as far as it is known; every 8 hours where it is not.

    Attributes:
        changes: (since when, interval) in time order, ns: from a settlement to the next one.
    """

    changes: tuple[tuple[int, int], ...] = ()

    def interval_at(self, at_ns: int) -> int:
        """Return the time from a settlement at this instant to the next one, ns."""
        begun = [interval_ns for since_ns, interval_ns in self.changes if since_ns <= at_ns]
        return begun[-1] if begun else LONGEST_INTERVAL_NS

    def due_between(self, start_ns: int, end_ns: int) -> tuple[int, ...]:
        """Return the instants in (start_ns, end_ns) at which settlements are due: multiples of the interval."""
        due, at_ns = [], start_ns
        while (at_ns := self._next_due(at_ns)) < end_ns:
            due.append(at_ns)
        return tuple(due)

    def _next_due(self, at_ns: int) -> int:
        interval_ns = self.interval_at(at_ns)
        return (at_ns // interval_ns + 1) * interval_ns


REGULAR: Final = FundingCalendar()
"""Every 8 hours."""


class MissingFundingError(DomainError):
    """Funding rates are missing and the policy is to refuse that. Use other data, another period or another policy."""


@frozen
class FundingHole:
    """A stretch without known settlements in which at least one must have taken place.

    Attributes:
        symbol: Instrument.
        last_known_ns: Last settlement before it; None if none is known.
        next_known_ns: First settlement after it; None if none is known.
        missed_at_ns: Assumed instants of the missed settlements that the trading period pays: the 8 h grid, or
            that of the interval then.
    """

    symbol: str
    last_known_ns: int | None
    next_known_ns: int | None
    missed_at_ns: tuple[int, ...]


@frozen
class RefuseHoles:
    """Do not trade on a history with holes at all."""


@frozen
class SkipHoles:
    """Hold no position while settlements are missed."""


@frozen
class AssumeRate:
    """Pay one stated rate at every missed settlement, on the grid of the interval then: usually 8 h.

    Attributes:
        rate: Fraction of notional; positive means longs pay shorts.
    """

    rate: Decimal = field()

    @rate.validator
    def _rate_is_a_fraction(self, _: "Attribute[Decimal]", value: Decimal) -> None:
        if not value.is_finite() or abs(value) >= 1:
            raise ValueError(f"assumed funding rate {value} is not a fraction below 1 (0.0001 is one basis point)")


FundingHolePolicy: TypeAlias = RefuseHoles | SkipHoles | AssumeRate


@frozen
class ResolvedFunding:
    """The settlements to trade on.

    Attributes:
        events: Settlements that the trading period pays, in time order; assumed ones are marked so.
        suspensions: Stretches (start_ns, end_ns) without a position, in time order, apart from each other.
        holes: What was missing, whatever was done about it.
    """

    events: tuple[FundingEvent, ...]
    suspensions: tuple[tuple[int, int], ...]
    holes: tuple[FundingHole, ...]


def find_holes(
    series: FundingSeries, start_ns: int, end_ns: int, calendar: FundingCalendar = REGULAR
) -> tuple[FundingHole, ...]:
    """Return the holes that touch the trading period, in time order.

    Whoever holds before a moment's decision pays at that moment. So nothing is missed at
    start_ns, where nothing is held yet, and a settlement at end_ns can be missed: the period
    pays those in (start_ns, end_ns]. Before the first known settlement the period's start
    stands in for one, after the last known one the period's end: where only the settlement at
    that very end is unknown, there is no more than one interval without one, and `lacks_last` says so.
    """
    known = [int(at) for at in series.settled_at_ns.tolist()]
    before: list[int | None] = [None, *known]
    after: list[int | None] = [*known, None]
    holes = (
        _hole(series.symbol, (last, following), (start_ns, end_ns), calendar)
        for last, following in zip(before, after, strict=True)
    )
    return tuple(hole for hole in holes if hole is not None)


def lacks_last(series: FundingSeries, start_ns: int, end_ns: int, calendar: FundingCalendar = REGULAR) -> bool:
    """Whether nobody knows a settlement that is due at the very end of the period, and no hole says so.

    Histories are often cut at midnight, with the last bar but before the settlement that it ends with.
    """
    known_until_ns = int(series.settled_at_ns[-1]) if len(series.settled_at_ns) else start_ns
    is_due = end_ns % calendar.interval_at(end_ns - 1) == 0 and known_until_ns < end_ns
    return is_due and not any(end_ns in hole.missed_at_ns for hole in find_holes(series, start_ns, end_ns, calendar))


def _hole(
    symbol: str, known: tuple[int | None, int | None], period: tuple[int, int], calendar: FundingCalendar
) -> FundingHole | None:
    (last, following), (start_ns, end_ns) = known, period
    opens_ns = start_ns if last is None else last
    closes_ns = end_ns if following is None else following
    if closes_ns - opens_ns <= calendar.interval_at(opens_ns):
        return None
    # The known settlement itself is not missed, the one at the period's end may be.
    missed_before_ns = end_ns + 1 if following is None else min(following, end_ns + 1)
    missed = calendar.due_between(max(opens_ns, start_ns), missed_before_ns)
    return FundingHole(symbol, last, following, missed) if missed else None


def resolve(
    series: FundingSeries,
    policy: FundingHolePolicy,
    *,
    start_ns: int,
    end_ns: int,
    interval_ns: int,
    calendar: FundingCalendar = REGULAR,
) -> ResolvedFunding:
    """Return the settlements that a trading period pays, in (start_ns, end_ns], with its holes dealt with.

    Args:
        series: Known settlements, also outside the period.
        policy: What to do about holes.
        start_ns: When the first bar opens; a settlement then finds nothing held and does not count.
        end_ns: When the last bar closes; a settlement then is paid on what is still held.
        interval_ns: Time between two decisions, which is how long it takes to act.
        calendar: How often the contract settles.

    Raises:
        MissingFundingError: There is a hole, and the policy is `RefuseHoles`.
    """
    holes = find_holes(series, start_ns, end_ns, calendar)
    events = tuple(event for event in series.events() if start_ns < event.settled_at_ns <= end_ns)
    match policy:
        case RefuseHoles():
            _refuse(holes)
            return ResolvedFunding(events, (), holes)
        case SkipHoles():
            return ResolvedFunding(events, _suspensions(holes, start_ns, end_ns, interval_ns), holes)
        case AssumeRate(rate):
            return ResolvedFunding(_with_assumed(events, holes, rate), (), holes)


def _refuse(holes: Sequence[FundingHole]) -> None:
    if holes:
        missed = sum(len(hole.missed_at_ns) for hole in holes)
        raise MissingFundingError(
            f"{holes[0].symbol}: funding rates are missing from {iso_utc(holes[0].missed_at_ns[0])} on: "
            f"{_counted(missed, 'payment')} in {_counted(len(holes), 'hole')}"
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _suspensions(
    holes: Sequence[FundingHole], start_ns: int, end_ns: int, interval_ns: int
) -> tuple[tuple[int, int], ...]:
    stretches: list[tuple[int, int]] = []
    for hole in holes:
        from_ns = max(hole.missed_at_ns[0] - _INTERVALS_TO_GET_FLAT * interval_ns, start_ns)
        until_ns = end_ns if hole.next_known_ns is None else min(hole.next_known_ns, end_ns)
        # With long bars the way out of one hole can overlap the way into the next.
        if stretches and from_ns <= stretches[-1][1]:
            from_ns = stretches.pop()[0]
        stretches.append((from_ns, until_ns))
    return tuple(stretches)


def _with_assumed(
    events: Sequence[FundingEvent], holes: Sequence[FundingHole], rate: Decimal
) -> tuple[FundingEvent, ...]:
    assumed = (FundingEvent(hole.symbol, at_ns, rate, is_assumed=True) for hole in holes for at_ns in hole.missed_at_ns)
    return tuple(sorted((*events, *assumed), key=lambda event: event.settled_at_ns))
