"""Laws of funding schedules with holes, whatever is missing."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.funding_schedule import (
    LONGEST_INTERVAL_NS,
    AssumeRate,
    FundingHolePolicy,
    MissingFundingError,
    RefuseHoles,
    ResolvedFunding,
    SkipHoles,
    find_holes,
    resolve,
)
from domain.market import FundingSeries
from domain.time_units import NS_PER_HOUR

RATE = Decimal("0.0001")
ASSUMED = Decimal("0.0007")
HOURS_MAX = 240

periods = st.tuples(st.integers(0, HOURS_MAX), st.integers(1, HOURS_MAX)).map(
    lambda drawn: (drawn[0] * NS_PER_HOUR, (drawn[0] + drawn[1]) * NS_PER_HOUR)
)
intervals_ns = st.sampled_from([1, 2, 4, 8, 24]).map(lambda hours: hours * NS_PER_HOUR)


def make_series(hours: list[int]) -> FundingSeries:
    return FundingSeries("SOLUSDT", [hour * NS_PER_HOUR for hour in hours], (RATE,) * len(hours))


any_series = st.sets(st.integers(0, 2 * HOURS_MAX), max_size=40).map(lambda hours: make_series(sorted(hours)))


@st.composite
def regular_series(draw: st.DrawFn) -> FundingSeries:
    """Draw an unbroken history: the venue moves between 8, 4, 2 and 1 hours as it likes."""
    hours = [0]
    for step in draw(st.lists(st.sampled_from([8, 4, 2, 1]), min_size=1, max_size=60)):
        hours.append(hours[-1] + step)
    return make_series(hours)


def resolved_with(series: FundingSeries, policy: FundingHolePolicy, period: tuple[int, int]) -> ResolvedFunding:
    return resolve(series, policy, start_ns=period[0], end_ns=period[1], interval_ns=NS_PER_HOUR)


def missed_by_definition(series: FundingSeries, start_ns: int, end_ns: int) -> list[int]:
    """Ask of every point of the grid that the period pays whether its known neighbors are too far apart."""
    known = series.settled_at_ns.tolist()
    missed = []
    for at_ns in range(0, end_ns + 1, LONGEST_INTERVAL_NS):
        before = max((settled for settled in known if settled < at_ns), default=start_ns)
        after = min((settled for settled in known if settled > at_ns), default=end_ns)
        if start_ns < at_ns and at_ns not in known and after - before > LONGEST_INTERVAL_NS:
            missed.append(at_ns)
    return missed


@given(series=any_series, period=periods)
def test_what_is_missed_follows_from_the_neighbors_alone(series: FundingSeries, period: tuple[int, int]) -> None:
    holes = find_holes(series, *period)

    assert [at_ns for hole in holes for at_ns in hole.missed_at_ns] == missed_by_definition(series, *period)


@given(series=regular_series())
def test_an_unbroken_history_has_no_holes(series: FundingSeries) -> None:
    period = int(series.settled_at_ns[0]), int(series.settled_at_ns[-1])

    assert find_holes(series, *period) == ()
    assert resolved_with(series, RefuseHoles(), period) == resolved_with(series, SkipHoles(), period)


@given(series=any_series, period=periods)
def test_after_assuming_nothing_is_missing_and_nothing_known_is_changed(
    series: FundingSeries, period: tuple[int, int]
) -> None:
    events = resolved_with(series, AssumeRate(ASSUMED), period).events

    filled = FundingSeries("SOLUSDT", [event.settled_at_ns for event in events], tuple(e.rate for e in events))
    assert find_holes(filled, *period) == ()
    known = tuple(event for event in series.events() if period[0] < event.settled_at_ns <= period[1])
    assert tuple(event for event in events if not event.is_assumed) == known
    assert all(event.rate == ASSUMED for event in events if event.is_assumed)
    assert all(period[0] < event.settled_at_ns <= period[1] for event in events)


@given(series=any_series, period=periods, interval_ns=intervals_ns)
def test_while_a_payment_is_missed_the_instrument_is_suspended(
    series: FundingSeries, period: tuple[int, int], interval_ns: int
) -> None:
    start_ns, end_ns = period

    resolved = resolve(series, SkipHoles(), start_ns=start_ns, end_ns=end_ns, interval_ns=interval_ns)

    for hole in resolved.holes:
        for at_ns in hole.missed_at_ns:
            flat_from_ns = max(at_ns - 2 * interval_ns, start_ns)
            assert any(first <= flat_from_ns and at_ns <= until for first, until in resolved.suspensions)
    assert all(start_ns <= first < until <= end_ns for first, until in resolved.suspensions)
    assert all(before[1] < after[0] for before, after in pairwise(resolved.suspensions))


@given(series=any_series, period=periods)
def test_a_history_is_refused_exactly_when_it_has_holes(series: FundingSeries, period: tuple[int, int]) -> None:
    if find_holes(series, *period):
        with pytest.raises(MissingFundingError):
            resolved_with(series, RefuseHoles(), period)
    else:
        assert resolved_with(series, RefuseHoles(), period) == resolved_with(series, AssumeRate(ASSUMED), period)
