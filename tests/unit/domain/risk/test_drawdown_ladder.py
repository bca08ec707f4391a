"""The drawdown ladder by example: levels and their actions, the way back, recoveries, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from domain.errors import DomainError
from domain.risk.drawdown_ladder import LadderState, LevelChange
from domain.risk.drawdown_levels import NO_ACTION, DrawdownLevel, LadderPolicy, LevelAction, Rung
from domain.risk.recoveries import RECOVERIES_KEPT, Fall, Recovery, RecoveryRecord
from domain.time_units import NS_PER_DAY
from tests.support import START_NS

POLICY = LadderPolicy()
DAY = NS_PER_DAY


def after(*curve: str | int, policy: LadderPolicy = POLICY) -> LadderState:
    """Return the state of an account of 100 that was worth this much on successive days."""
    return last(*curve, policy=policy)[0]


def last(*curve: str | int, policy: LadderPolicy = POLICY) -> tuple[LadderState, LevelChange | None]:
    state, change = LadderState.start(Decimal(100), START_NS), None
    for day, equity in enumerate(curve, start=1):
        state, change = state.observe(Decimal(equity), START_NS + day * DAY, policy=policy)
    return state, change


@pytest.mark.parametrize(
    ("equity", "level"),
    [
        ("100", DrawdownLevel.NONE),
        ("99.01", DrawdownLevel.NONE),
        ("99", DrawdownLevel.MILD),
        ("95.01", DrawdownLevel.MILD),
        ("95", DrawdownLevel.MODERATE),
        ("90.01", DrawdownLevel.MODERATE),
        ("90", DrawdownLevel.SEVERE),
        ("88", DrawdownLevel.SEVERE),  # exactly 12 % is not beyond the limit
        ("87.99999999", DrawdownLevel.LIMIT),
        ("0", DrawdownLevel.LIMIT),
        ("-5", DrawdownLevel.LIMIT),
    ],
)
def test_each_level_begins_at_its_threshold_and_the_limit_beyond_it(equity: str, level: DrawdownLevel) -> None:
    assert after(equity).level is level


@pytest.mark.parametrize(
    ("level", "size_factor", "reduce_to", "halts"),
    [
        (DrawdownLevel.NONE, "1", "1", False),
        (DrawdownLevel.MILD, "1", "1", False),
        (DrawdownLevel.MODERATE, "0.5", "1", False),
        (DrawdownLevel.SEVERE, "0", "0.5", False),
        (DrawdownLevel.LIMIT, "0", "0", True),
    ],
)
def test_what_is_done_at_each_level_by_default(
    level: DrawdownLevel, size_factor: str, reduce_to: str, halts: bool
) -> None:
    action = POLICY.action_at(level)

    assert action == LevelAction(size_factor=Decimal(size_factor), reduce_to=Decimal(reduce_to), halts=halts)
    assert action.may_open == (level not in {DrawdownLevel.SEVERE, DrawdownLevel.LIMIT})


def test_a_change_of_level_is_told_once_with_all_that_it_was_judged_by() -> None:
    state, change = last(120, 108)

    assert change == LevelChange(
        before=DrawdownLevel.NONE,
        after=DrawdownLevel.SEVERE,
        drawdown=Decimal("0.1"),
        equity=Decimal(108),
        high=Decimal(120),
        action=POLICY.severe.action,
        changed_at_ns=START_NS + 2 * DAY,
    )
    assert change.is_deeper
    assert state.level_at_ns == START_NS + 2 * DAY
    assert last(120, 108, 108)[1] is None


def test_the_way_back_leads_past_the_threshold_by_the_margin() -> None:
    # MODERATE from 95 down; left above 95.5, half a percent of the high.
    at_the_threshold, _ = last(95, "95.5")
    beyond, change = last(95, "95.51")

    assert at_the_threshold.level is DrawdownLevel.MODERATE
    assert beyond.level is DrawdownLevel.MILD
    assert change is not None
    assert not change.is_deeper
    assert change.action == POLICY.mild.action


def test_a_level_that_is_entered_again_in_the_same_fall_reduces_nothing_more() -> None:
    # SEVERE at 90 keeps half; left at 94, entered again at 89: still nothing is opened, but nothing is halved again.
    _, first = last(90)
    _, again = last(90, 94, 89)
    _, after_a_high = last(90, 101, 90)

    assert first is not None
    assert again is not None
    assert after_a_high is not None
    assert first.action == POLICY.severe.action
    assert again.after is DrawdownLevel.SEVERE
    assert again.action == evolve(POLICY.severe.action, reduce_to=Decimal(1))
    assert after_a_high.action == POLICY.severe.action


def test_a_level_above_the_deepest_that_was_reached_reduces_nothing_and_the_limit_always_halts() -> None:
    # Straight to the limit, up to 94, and down again: neither halves, and the limit closes what is left once more.
    _, severe = last(87, 94, 89)
    _, limit = last(87, 94, 87)

    assert severe is not None
    assert limit is not None
    assert severe.action.reduce_to == 1
    assert limit.action == POLICY.limit.action


def test_a_new_high_leaves_every_level() -> None:
    state, change = last(87, 100)

    assert (state.level, state.fall) == (DrawdownLevel.NONE, None)
    assert change is not None
    assert (change.before, change.after, change.action) == (DrawdownLevel.LIMIT, DrawdownLevel.NONE, NO_ACTION)


def test_an_observation_that_changes_nothing_gives_the_same_state() -> None:
    state = after(95)

    assert state.observe(Decimal("95.2"), START_NS + 9 * DAY, policy=POLICY)[0] is state


def test_a_fall_is_tracked_to_its_deepest() -> None:
    assert after(96, 92, 94).fall == Fall(START_NS + DAY, Decimal("0.08"), START_NS + 2 * DAY)


def test_recoveries_are_counted_and_measured_in_days() -> None:
    # Below 100 on days 1 and 2, back on day 3: 2 days. Below 110 on days 5 to 8, back on day 9: 4 days.
    # The dip to 99.5 of 100, half a percent, never was mild and does not count.
    record = after(98, 97, 100, 110, 105, 104, 103, 109, 110, "109.5", 111).recoveries

    assert record.latest == (
        Recovery(START_NS + DAY, START_NS + 3 * DAY, Decimal("0.03")),
        Recovery(START_NS + 5 * DAY, START_NS + 9 * DAY, (Decimal(110) - 103) / 110),
    )
    assert [recovery.days for recovery in record.latest] == [2.0, 4.0]
    statistics = record.statistics
    assert statistics is not None
    assert (statistics.count, statistics.mean_days, statistics.max_days, statistics.min_days) == (2, 3.0, 4.0, 2.0)


def test_without_a_recovery_there_are_no_statistics() -> None:
    assert after(90).recoveries.statistics is None


def test_only_the_latest_recoveries_are_kept_and_all_are_counted() -> None:
    record = RecoveryRecord()
    for day in range(RECOVERIES_KEPT + 5):
        record = record.with_another(Recovery(0, (day + 1) * DAY, Decimal("0.02")))

    assert record.count == RECOVERIES_KEPT + 5
    assert len(record.latest) == RECOVERIES_KEPT
    assert record.latest[-1].days == RECOVERIES_KEPT + 5
    assert (record.shortest_ns, record.longest_ns) == (DAY, (RECOVERIES_KEPT + 5) * DAY)


def test_after_a_halt_a_person_can_take_the_present_equity_for_the_high() -> None:
    state = after(110, 90)

    restarted = state.restart(Decimal(90), START_NS + 5 * DAY)

    assert (restarted.level, restarted.fall) == (DrawdownLevel.NONE, None)
    assert restarted.drawdown(Decimal(90)) == 0
    assert restarted.high_at_ns == START_NS + 5 * DAY


def test_a_deposit_into_a_drawdown_leaves_it_what_it_was() -> None:
    # 90 of 100 is 10 %; 910 more make 1000 of 1111.11…
    state = after(90).after_transfer(Decimal(910), equity_before=Decimal(90))

    assert state.drawdown(Decimal(1000)) == pytest.approx(Decimal("0.1"), abs=Decimal("1E-24"))
    assert state.level is DrawdownLevel.SEVERE


def test_an_account_that_starts_empty_begins_with_its_first_deposit() -> None:
    state, change = LadderState.start(Decimal(0), START_NS).observe(Decimal(50), START_NS, policy=POLICY)

    assert (state.high.amount, state.level, change) == (Decimal(50), DrawdownLevel.NONE, None)
    assert state.drawdown(Decimal(45)) == Decimal("0.1")


def test_an_empty_account_is_quiet_only_while_it_is_empty() -> None:
    assert LadderState.start(Decimal(0), START_NS).quiet_range(POLICY) == (0.0, 0.0)


def test_what_cannot_be_is_refused() -> None:
    state = after(90)

    with pytest.raises(DomainError, match="not a finite amount: NaN"):
        state.observe(Decimal("NaN"), START_NS + 9 * DAY, policy=POLICY)
    with pytest.raises(DomainError, match="equity of 2024-01-01T00:00:00Z after that of 2024-01-02T00:00:00Z"):
        state.observe(Decimal(90), START_NS, policy=POLICY)
    with pytest.raises(DomainError, match="after that of"):
        state.restart(Decimal(90), START_NS)
    with pytest.raises(DomainError, match="equity of -1"):
        LadderState.start(Decimal(-1), START_NS)


def rung(threshold: str, size_factor: str = "0", reduce_to: str = "0") -> Rung:
    action = LevelAction(size_factor=Decimal(size_factor), reduce_to=Decimal(reduce_to))
    return Rung(threshold=Decimal(threshold), action=action)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hysteresis": Decimal("0.01")}, "hysteresis: 0.01 is not below the mild threshold 0.01"),
        ({"moderate": rung("0.11")}, "severe: threshold 0.1 is not above 0.11 of moderate"),
        ({"moderate": rung("0.10")}, "severe: threshold 0.1 is not above 0.10 of moderate"),
        ({"mild": rung("0.01", "0.4", "1")}, "moderate: its action is laxer than that of mild"),
        ({"severe": rung("0.10", "0", "0.5"), "moderate": rung("0.05", "0", "0.4")}, "severe: its action is laxer"),
        (
            {"severe": Rung(threshold=Decimal("0.1"), action=POLICY.limit.action), "limit": rung("0.12")},
            "limit: its action is laxer than that of severe",
        ),
    ],
)
def test_a_ladder_that_contradicts_itself_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evolve(POLICY, **change)


@pytest.mark.parametrize("threshold", ["0", "1", "1.2", "-0.1"])
def test_a_threshold_is_a_fraction_between_nothing_and_all(threshold: str) -> None:
    with pytest.raises(ValueError, match="threshold"):
        rung(threshold)


def test_an_action_that_halts_keeps_nothing_open() -> None:
    with pytest.raises(ValueError, match="halts: needs size_factor 0 and reduce_to 0"):
        LevelAction(size_factor=Decimal(1), reduce_to=Decimal(0), halts=True)
    with pytest.raises(ValueError, match="size_factor"):
        LevelAction(size_factor=Decimal("1.1"))
    with pytest.raises(ValueError, match="reduce_to"):
        LevelAction(reduce_to=Decimal("-0.1"))
