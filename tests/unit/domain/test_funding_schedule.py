"""Holes in funding histories, worked out by hand; hours count from 2024-01-01T00:00Z, a point of the 8 h grid."""

from decimal import Decimal

import pytest

from domain.funding_schedule import (
    AssumeRate,
    FundingCalendar,
    FundingHole,
    MissingFundingError,
    RefuseHoles,
    SkipHoles,
    find_holes,
    lacks_last,
    resolve,
)
from domain.market import FundingEvent, FundingSeries
from domain.time_units import NS_PER_HOUR

START_NS = 1_704_067_200_000_000_000
RATE = Decimal("0.0001")


def hour(count: float) -> int:
    return START_NS + int(count * NS_PER_HOUR)


def series(*hours: int) -> FundingSeries:
    return FundingSeries("SOLUSDT", [hour(count) for count in hours], (RATE,) * len(hours))


def missed_hours(funding: FundingSeries, start: float, end: float) -> list[list[int]]:
    """Return the missed instants of each hole, in hours."""
    holes = find_holes(funding, hour(start), hour(end))
    return [[(at_ns - START_NS) // NS_PER_HOUR for at_ns in hole.missed_at_ns] for hole in holes]


def suspended_hours(funding: FundingSeries, start: int, end: int, interval_h: int) -> list[tuple[int, int]]:
    resolved = resolve(
        funding, SkipHoles(), start_ns=hour(start), end_ns=hour(end), interval_ns=interval_h * NS_PER_HOUR
    )
    return [((a - START_NS) // NS_PER_HOUR, (b - START_NS) // NS_PER_HOUR) for a, b in resolved.suspensions]


def test_an_eight_hour_schedule_has_no_holes() -> None:
    assert missed_hours(series(0, 8, 16, 24), 0, 32) == []


def test_denser_schedules_are_no_holes() -> None:
    # 8 h, then every 4, 2 and 1 hours, and back.
    assert missed_hours(series(0, 8, 12, 16, 18, 20, 22, 23, 24, 32), 0, 40) == []


def test_a_missing_stretch_is_filled_on_the_eight_hour_grid() -> None:
    holes = find_holes(series(0, 8, 40, 48), hour(0), hour(56))

    assert holes == (FundingHole("SOLUSDT", hour(8), hour(40), (hour(16), hour(24), hour(32))),)


def test_the_grid_holds_also_where_the_neighbors_are_off_it() -> None:
    # 4 h funding ends at hour 12 and starts again at 28: 16 and 24 lie between.
    assert missed_hours(series(4, 8, 12, 28, 32), 4, 36) == [[16, 24]]


def test_nine_hours_are_already_a_hole() -> None:
    # Between hours 7 and 16 the settlement of hour 8 is missing.
    assert missed_hours(series(0, 7, 16), 0, 24) == [[8]]


def test_before_the_first_settlement_the_periods_start_counts() -> None:
    # From hour 0 to 24 the settlements of 8 and 16 are unknown; at hour 0 nothing is held yet.
    assert missed_hours(series(24, 32), 0, 40) == [[8, 16]]
    assert missed_hours(series(8, 16), 0, 24) == []


def test_after_the_last_settlement_the_periods_end_counts() -> None:
    # The period ends at hour 32, where what is still held pays: hours 16, 24 and 32 are missing.
    assert missed_hours(series(0, 8), 0, 32) == [[16, 24, 32]]
    assert missed_hours(series(0, 8), 0, 31) == [[16, 24]]
    assert missed_hours(series(0, 8), 0, 16) == []


def test_a_rate_that_only_the_very_end_lacks_is_told_apart_from_a_hole() -> None:
    # Known until hour 8. At 16 one is due that nobody knows; at 15 none is due; at 24 the hole from 8 on says it.
    assert lacks_last(series(0, 8), hour(0), hour(16))
    assert not lacks_last(series(0, 8), hour(0), hour(15))
    assert not lacks_last(series(0, 8), hour(0), hour(24))
    assert not lacks_last(series(0, 8, 16), hour(0), hour(16))
    assert lacks_last(series(), hour(0), hour(8))


def test_settlements_outside_the_period_bound_its_holes() -> None:
    # The hole from 8 to 56 is seen only from 16, where nothing is held yet, to 40, where something may be.
    assert find_holes(series(0, 8, 56), hour(16), hour(40)) == (
        FundingHole("SOLUSDT", hour(8), hour(56), (hour(24), hour(32), hour(40))),
    )


def test_a_hole_without_a_payment_inside_the_period_does_not_matter() -> None:
    # Hours 8 to 24 are a hole that misses hour 16; the period ends before 16, or starts at 16.
    assert missed_hours(series(0, 8, 24), 0, 15) == []
    assert missed_hours(series(0, 8, 24), 0, 16) == [[16]]
    assert missed_hours(series(8, 24, 32), 16, 40) == []


def test_without_any_settlement_the_whole_period_is_a_hole() -> None:
    assert missed_hours(series(), 0, 24) == [[8, 16, 24]]
    assert missed_hours(series(), 0, 8) == []


def test_who_holds_before_a_moment_pays_at_it_so_the_start_does_not_count_and_the_end_does() -> None:
    resolved = resolve(series(0, 8, 16, 24), RefuseHoles(), start_ns=hour(8), end_ns=hour(24), interval_ns=NS_PER_HOUR)

    assert resolved.events == (
        FundingEvent("SOLUSDT", hour(16), RATE),
        FundingEvent("SOLUSDT", hour(24), RATE),
    )
    assert (resolved.suspensions, resolved.holes) == ((), ())


def test_refusing_names_the_first_missed_payment_and_counts_the_rest() -> None:
    # Missing: 16, 24 (from 8 to 32) and 48 (from 40 to 56).
    with pytest.raises(MissingFundingError) as caught:
        resolve(series(0, 8, 32, 40, 56, 64), RefuseHoles(), start_ns=hour(0), end_ns=hour(64), interval_ns=NS_PER_HOUR)

    assert str(caught.value) == (
        "SOLUSDT: funding rates are missing from 2024-01-01T16:00:00Z on: 3 payments in 2 holes"
    )


def test_assumed_payments_are_merged_in_time_order_and_marked() -> None:
    rate = Decimal("-0.0005")

    resolved = resolve(
        series(0, 8, 24, 32), AssumeRate(rate), start_ns=hour(0), end_ns=hour(32), interval_ns=NS_PER_HOUR
    )

    assert resolved.events == (
        FundingEvent("SOLUSDT", hour(8), RATE),
        FundingEvent("SOLUSDT", hour(16), rate, is_assumed=True),
        FundingEvent("SOLUSDT", hour(24), RATE),
        FundingEvent("SOLUSDT", hour(32), RATE),
    )
    assert len(resolved.holes) == 1


def test_where_a_denser_schedule_is_known_a_single_lost_settlement_is_a_hole() -> None:
    # Every 8 h until hour 16, every 2 h until 22, then every 8 h again; 20 is lost.
    calendar = FundingCalendar(((hour(16), 2 * NS_PER_HOUR), (hour(22), 8 * NS_PER_HOUR)))
    known = series(0, 8, 16, 18, 22, 24, 32)

    assert find_holes(known, hour(0), hour(32)) == ()
    assert find_holes(known, hour(0), hour(32), calendar) == (FundingHole("SOLUSDT", hour(18), hour(22), (hour(20),)),)


def test_a_hole_across_a_change_is_filled_on_the_grids_of_its_times() -> None:
    # From hour 8 on nothing is known until 32; every 4 h from 16, every 8 h from 24 on.
    calendar = FundingCalendar(((hour(16), 4 * NS_PER_HOUR), (hour(24), 8 * NS_PER_HOUR)))

    (hole,) = find_holes(series(0, 8, 32), hour(0), hour(32), calendar)

    assert hole.missed_at_ns == (hour(16), hour(20), hour(24))


def test_the_settlement_at_the_end_is_due_by_the_interval_of_that_time() -> None:
    calendar = FundingCalendar(((hour(8), 2 * NS_PER_HOUR),))

    assert lacks_last(series(0, 8), hour(0), hour(10), calendar)
    assert not lacks_last(series(0, 8), hour(0), hour(10))
    assert not lacks_last(series(0, 8), hour(0), hour(9), calendar)


@pytest.mark.parametrize("rate", ["1", "-1", "NaN", "Infinity"])
def test_an_assumed_rate_must_be_a_fraction(rate: str) -> None:
    with pytest.raises(ValueError, match="is not a fraction below 1"):
        AssumeRate(Decimal(rate))


def test_skipping_leaves_two_decisions_to_get_flat_and_ends_at_the_next_known_settlement() -> None:
    # First missed payment at 16, hourly decisions: flat from 14 on; the rate of hour 32 is known again.
    assert suspended_hours(series(0, 8, 32, 40), 0, 48, interval_h=1) == [(14, 32)]


def test_a_suspension_stays_inside_the_period() -> None:
    # Missed: 8 (from the start) and 32 (to the end at 36); 4 h bars would start at 8 - 8 = 0 and 32 - 8 = 24.
    assert suspended_hours(series(16, 24), 2, 36, interval_h=4) == [(2, 16), (24, 36)]


def test_suspensions_that_touch_become_one() -> None:
    # Missed 8 and 24; with 4 h bars the second starts at 24 - 8 = 16, where the first ends.
    assert suspended_hours(series(0, 16, 32), 0, 40, interval_h=4) == [(0, 32)]
