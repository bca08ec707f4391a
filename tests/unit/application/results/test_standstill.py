"""What stopped a run for good is named: the hold that only a person ends, whatever had stopped opening before it."""

import pytest
from attrs import evolve

from application.results.result import RunResult
from application.results.standstill import is_for_good, standstill, standstill_text
from domain.risk.trading_state import Hold, HoldCause, TradingState
from tests.risk_records import make_risk_use
from tests.support import START_NS
from tests.unit.adapters.run_documents.results import make_result

HOUR_NS = 3_600_000_000_000


def held_by(cause: HoldCause, hours: int, state: TradingState = TradingState.HALTED) -> Hold:
    return Hold(cause=cause, state=state, reason=cause.value, since_ns=START_NS + hours * HOUR_NS)


def ended_with(*holds: Hold, gross: str = "0") -> RunResult:
    return evolve(make_result(), risk_use=make_risk_use(holds=holds, gross=gross))


@pytest.mark.parametrize("hours_before", [0, 5])
def test_the_limit_that_halted_is_named_and_not_the_drawdown_that_would_have_ended_by_itself(hours_before: int) -> None:
    drawdown = held_by(HoldCause.DRAWDOWN, 5 - hours_before, TradingState.REDUCING)
    limit = held_by(HoldCause.DRAWDOWN_LIMIT, 5)

    assert standstill(ended_with(drawdown, limit)) == (limit,)


def test_of_several_that_a_person_ends_all_are_named_the_first_one_first() -> None:
    first, second = held_by(HoldCause.OPERATOR, 1, TradingState.REDUCING), held_by(HoldCause.DRAWDOWN_LIMIT, 2)

    assert standstill(ended_with(second, first)) == (first, second)
    assert standstill_text((first, second)) == (
        "opening has been stopped since 2024-01-01 01:00 UTC by operator (operator) "
        "and since 2024-01-01 02:00 UTC by drawdown_limit (drawdown_limit); only a person ends it"
    )


def test_a_drawdown_alone_is_named_only_where_nothing_is_held() -> None:
    drawdown = held_by(HoldCause.DRAWDOWN, 1, TradingState.REDUCING)

    assert standstill(ended_with(drawdown)) == (drawdown,)
    assert standstill(ended_with(drawdown, gross="1")) == ()


def test_what_ends_by_itself_stops_nothing_for_good() -> None:
    assert standstill(ended_with(held_by(HoldCause.DAILY_LOSS, 1), held_by(HoldCause.LOSING_DAYS, 2))) == ()
    assert standstill(ended_with()) == ()
    assert standstill(make_result()) == ()


def test_each_hold_is_for_good_by_its_cause_or_because_nothing_is_held() -> None:
    nothing, something = make_risk_use(), make_risk_use(gross="1")

    assert [is_for_good(held_by(HoldCause.DRAWDOWN, 1), use) for use in (nothing, something)] == [True, False]
    assert [is_for_good(held_by(HoldCause.OPERATOR, 1), use) for use in (nothing, something)] == [True, True]
    assert not is_for_good(held_by(HoldCause.WEEKLY_LOSS, 1), nothing)
