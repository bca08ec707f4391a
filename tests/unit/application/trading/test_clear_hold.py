"""Only a person ends a halt: while a process trades and while none does, on record, and across restarts."""

from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from adapters.risk_state.state_file import FileRiskStateStore
from application.errors import DataError
from application.trading.clear_hold import clear_hold, let_strategy_go_on
from application.trading.engine import TradingEngine
from application.trading.events import Event, HoldCleared, OpeningHalted, OpeningResumed, StrategyLetGoOn
from application.trading.records import ClearanceRecord
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy
from domain.risk.estimates import EstimateSettings
from domain.risk.settings import RiskSettings
from domain.risk.trading_state import HoldCause, StrategyRelease, TradingState
from domain.sizing import FixedQuantity
from tests.plans import WIDE_LIMITS
from tests.unit.application.trading.stage import (
    COIN,
    OTHER,
    Played,
    at,
    d,
    long,
    make_history,
    make_plan,
    play,
    watched_engine,
)

LADDER: Final = evolve(WIDE_LIMITS, drawdown=LadderPolicy(), estimates=EstimateSettings(interval_s=86_400))
THOUSAND: Final = FixedQuantity(d("1000"))
# 1,000 units of an account of 100,000: at 87 the drawdown is 13 %, beyond the limit of 12 %.
HALTING: Final = [(100.0,)] * 3 + [(87.0,)] * 6


def halted(operator: dict[int, Event] | None = None) -> Played:
    script = {0: long(), 6: long()}
    return play(HALTING, script, sizings=[THOUSAND], policy=LADDER, operator=operator)


def cleared(cause: HoldCause = HoldCause.DRAWDOWN_LIMIT) -> HoldCleared:
    return HoldCleared(at_ns=at(6), cause=cause, person="Ada", reason="books checked")


def started_anew(store: FileRiskStateStore, policy: RiskSettings = LADDER) -> TradingEngine:
    """Start another process on what is kept, with the account as the halt has left it: in cash."""
    engine = watched_engine(make_plan(make_history(HALTING), [{}], policy=policy, equity="87000"))
    state = store.load()
    assert state is not None
    engine.restore_risk(state)
    return engine


def test_a_halt_ends_for_a_process_that_trades_when_a_named_person_says_so() -> None:
    played = halted({at(6): cleared()})
    log = played.engine.log

    assert [change.after for change in log.state_changes] == [TradingState.HALTED, TradingState.ACTIVE]
    assert played.engine.controller.blocks == ()
    assert log.clearances == [
        ClearanceRecord(
            at_ns=at(6),
            ended="drawdown_limit",
            strategy=None,
            held_since_ns=at(4),
            held_for="drawdown 13.00%, level limit",
            person="Ada",
            reason="books checked",
        )
    ]
    # The level ends with it, and what is wanted afterwards is opened again.
    assert [change.after for change in log.level_changes] == [DrawdownLevel.LIMIT, DrawdownLevel.NONE]
    assert played.held("A") == (1000,)


def test_nothing_else_ends_it() -> None:
    others = [cause for cause in HoldCause if cause.needs_person and cause is not HoldCause.DRAWDOWN_LIMIT]
    events: list[Event] = [OpeningResumed(at(6)), *map(cleared, others)]
    for event in events:
        played = halted({at(6): event})
        assert played.engine.controller.guard.latch.state is TradingState.HALTED
        assert played.engine.log.clearances == []
        assert played.held("A") == (0,)


def test_who_resumes_is_on_record_too() -> None:
    played = play([(100.0,)] * 6, {}, operator={at(2): OpeningHalted(at(2), "drill"), at(4): OpeningResumed(at(4))})

    (record,) = played.engine.log.clearances
    assert (record.ended, record.person, record.held_since_ns, record.held_for) == (
        "operator",
        "operator",
        at(2),
        "drill",
    )


def test_a_halt_outlives_processes_until_a_person_ends_it_on_disk(tmp_path: Path) -> None:
    store = FileRiskStateStore(tmp_path / "account" / "risk.json")
    first = halted().engine
    store.save(first.risk_state())

    second = started_anew(store)
    assert second.controller.guard.latch.state is TradingState.HALTED
    store.save(second.risk_state())

    clearance = clear_hold(
        store, HoldCause.DRAWDOWN_LIMIT, person="Ada", reason="books checked", equity=d("87000"), at_ns=at(20)
    )
    third = started_anew(store)

    assert clearance is not None
    assert (clearance.person, clearance.hold.since_ns) == ("Ada", at(4))
    assert third.controller.guard.latch.state is TradingState.ACTIVE
    assert third.controller.size_factor == 1
    assert third.controller.guard.ladder.high.amount == Decimal(87_000)
    assert third.risk_state().guard.latch.clearances == (clearance,)


def test_what_does_not_hold_is_not_ended_and_nothing_is_written(tmp_path: Path) -> None:
    store = FileRiskStateStore(tmp_path / "risk.json")
    store.save(halted().engine.risk_state())
    before = store.path.read_bytes()

    for cause in (HoldCause.KILL_SWITCH, HoldCause.OPERATOR):
        assert clear_hold(store, cause, person="Ada", reason="sure", equity=d("87000"), at_ns=at(20)) is None
    with pytest.raises(ValueError, match="name of a person"):
        clear_hold(store, HoldCause.DRAWDOWN_LIMIT, person=" ", reason="sure", equity=d("87000"), at_ns=at(20))

    assert store.path.read_bytes() == before


def test_without_a_state_there_is_nothing_to_end(tmp_path: Path) -> None:
    store = FileRiskStateStore(tmp_path / "risk.json")

    with pytest.raises(DataError, match="no risk state"):
        clear_hold(store, HoldCause.KILL_SWITCH, person="Ada", reason="sure", equity=d("1"), at_ns=at(1))
    assert not store.path.exists()


ONE_ENTRY: Final = evolve(WIDE_LIMITS, activity=evolve(WIDE_LIMITS.activity, entries_per_hour_max=1))


def runs_away(operator: dict[int, Event] | None = None) -> Played:
    """Enter two instruments in one moment, which one entry an hour does not allow, and one of them again later."""
    rows = {COIN: [(100.0,)] * 8, OTHER: [(100.0,)] * 8}
    script = {COIN: {1: long()}, OTHER: {1: long(), 5: long()}}
    return play(rows, script, policy=ONE_ENTRY, operator=operator)


def test_a_strategy_that_ran_away_goes_on_when_a_named_person_says_so() -> None:
    event = StrategyLetGoOn(at_ns=at(4), strategy="A", person="Ada", reason="found the loop")

    assert runs_away().share("A", OTHER).held == 0
    played = runs_away({at(4): event})

    assert played.share("A", OTHER).held == 1
    (record,) = played.engine.log.clearances
    assert (record.at_ns, record.ended, record.strategy, record.person) == (at(4), "strategy_stopped", "A", "Ada")


def test_a_strategy_that_ran_away_stays_stopped_on_disk_until_a_person_lets_it_go_on(tmp_path: Path) -> None:
    store = FileRiskStateStore(tmp_path / "risk.json")
    store.save(runs_away().engine.risk_state())
    limits = ONE_ENTRY.limits

    assert let_strategy_go_on(store, "B", limits, person="Ada", reason="looked", at_ns=at(20)) is None
    stopped = store.load()
    release = let_strategy_go_on(store, "A", limits, person="Ada", reason="looked", at_ns=at(20))
    free = store.load()

    assert stopped is not None
    assert free is not None
    assert stopped.activity is not None
    assert free.activity is not None
    assert stopped.activity.stopped == ("A",)
    assert release == StrategyRelease(strategy="A", person="Ada", reason="looked", released_at_ns=at(20))
    assert free.activity == evolve(stopped.activity, stopped=(), releases=(release,))
