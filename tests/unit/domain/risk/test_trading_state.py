"""What holds trading back, by example."""

import pytest

from domain.errors import DomainError
from domain.risk.trading_state import (
    CLEARANCES_MAX,
    Clearance,
    Hold,
    HoldCause,
    StateChange,
    TradingLatch,
    TradingState,
)
from tests.support import START_NS
from tests.written_states import written_and_read

PEOPLE_ONLY = {
    HoldCause.DRAWDOWN_LIMIT,
    HoldCause.LOSING_TRADES,
    HoldCause.INVARIANT_BROKEN,
    HoldCause.SELF_CHECK_FAILED,
    HoldCause.OPERATOR,
    HoldCause.KILL_SWITCH,
}


def hold(cause: HoldCause, state: TradingState = TradingState.HALTED, since_ns: int = START_NS) -> Hold:
    return Hold(cause=cause, state=state, reason=f"because of {cause.value}", since_ns=since_ns)


def held(*holds: Hold) -> TradingLatch:
    latch = TradingLatch()
    for one in holds:
        latch = latch.engage(one)
    return latch


def test_at_first_nothing_holds_trading_back() -> None:
    assert TradingLatch().state is TradingState.ACTIVE
    assert TradingLatch().may_open


def test_the_worst_of_several_causes_counts() -> None:
    reducing = hold(HoldCause.DAILY_LOSS, TradingState.REDUCING)
    halting = hold(HoldCause.KILL_SWITCH)

    assert held(reducing).state is TradingState.REDUCING
    assert held(reducing, halting).state is held(halting, reducing).state is TradingState.HALTED
    assert held(reducing, halting).release(HoldCause.DAILY_LOSS).state is TradingState.HALTED


def test_which_causes_only_a_person_ends() -> None:
    assert {cause for cause in HoldCause if cause.needs_person} == PEOPLE_ONLY


@pytest.mark.parametrize("cause", [cause for cause in HoldCause if cause in PEOPLE_ONLY])
def test_what_only_a_person_ends_does_not_end_by_itself(cause: HoldCause) -> None:
    with pytest.raises(DomainError, match=f"{cause.value}: only a person"):
        held(hold(cause)).release(cause)


def test_a_person_ends_one_cause_and_is_on_record() -> None:
    latch = held(hold(HoldCause.KILL_SWITCH), hold(HoldCause.OPERATOR, TradingState.REDUCING))

    cleared, record = latch.clear(HoldCause.KILL_SWITCH, person=" Ada ", reason="checked the books", at_ns=START_NS + 5)

    assert record == Clearance(
        hold=hold(HoldCause.KILL_SWITCH), person="Ada", reason="checked the books", cleared_at_ns=START_NS + 5
    )
    assert cleared.holds == (hold(HoldCause.OPERATOR, TradingState.REDUCING),)
    assert cleared.clearances == (record,)


@pytest.mark.parametrize(("person", "reason"), [("", "why"), ("  ", "why"), ("Ada", ""), ("Ada", "\t")])
def test_nobody_and_for_no_reason_ends_nothing(person: str, reason: str) -> None:
    with pytest.raises(ValueError, match="name of a person and a reason"):
        held(hold(HoldCause.OPERATOR)).clear(HoldCause.OPERATOR, person=person, reason=reason, at_ns=START_NS)


def test_ending_what_does_not_hold_leaves_no_record() -> None:
    latch = held(hold(HoldCause.OPERATOR))

    assert latch.clear(HoldCause.KILL_SWITCH, person="Ada", reason="sure", at_ns=START_NS) == (latch, None)
    assert latch.release(HoldCause.STALE_DATA) is latch


def test_the_same_cause_again_keeps_its_begin_and_never_gets_milder() -> None:
    mild, grave = TradingState.REDUCING, TradingState.HALTED
    first = held(hold(HoldCause.OPERATOR, mild, START_NS))

    worse = first.engage(hold(HoldCause.OPERATOR, grave, START_NS + 9))

    assert worse.holds == (hold(HoldCause.OPERATOR, grave, START_NS),)
    assert worse.engage(hold(HoldCause.OPERATOR, mild, START_NS + 20)) is worse


def test_a_change_of_state_is_told_with_all_that_holds() -> None:
    before = held(hold(HoldCause.DAILY_LOSS, TradingState.REDUCING))
    after = before.engage(hold(HoldCause.KILL_SWITCH))

    assert after.change_since(before, START_NS + 1) == StateChange(
        before=TradingState.REDUCING, after=TradingState.HALTED, holds=after.holds, changed_at_ns=START_NS + 1
    )
    assert after.change_since(after, START_NS + 1) is None


def test_some_causes_always_halt() -> None:
    with pytest.raises(ValueError, match="kill_switch: state must be halted, got reducing"):
        hold(HoldCause.KILL_SWITCH, TradingState.REDUCING)
    with pytest.raises(ValueError, match="state"):
        hold(HoldCause.OPERATOR, TradingState.ACTIVE)


def test_a_latch_that_was_tampered_with_is_refused() -> None:
    kill = hold(HoldCause.KILL_SWITCH)
    with pytest.raises(ValueError, match="not one per cause"):
        TradingLatch((kill, kill))
    with pytest.raises(ValueError, match="not one per cause"):
        TradingLatch((kill, hold(HoldCause.DAILY_LOSS)))


def test_a_latch_comes_back_from_json_equal() -> None:
    latch = held(*(hold(cause) for cause in HoldCause))

    assert written_and_read(latch) == latch
    assert written_and_read(latch).state is TradingState.HALTED


def test_the_latch_remembers_who_ended_what_and_of_many_the_last() -> None:
    latch = TradingLatch()
    for number in range(CLEARANCES_MAX + 1):
        latch = latch.engage(hold(HoldCause.OPERATOR))
        latch, _ = latch.clear(HoldCause.OPERATOR, person="Ada", reason=f"reason {number}", at_ns=START_NS + number)
    held_again = latch.engage(hold(HoldCause.KILL_SWITCH)).engage(hold(HoldCause.STALE_DATA))

    assert [each.reason for each in latch.clearances] == [f"reason {number}" for number in range(1, CLEARANCES_MAX + 1)]
    assert held_again.release(HoldCause.STALE_DATA).clearances == latch.clearances
