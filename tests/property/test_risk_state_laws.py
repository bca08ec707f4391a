"""A restart changes nothing about risk: what is written down comes back, and a run that was cut goes on the same."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.risk_state.written_form import WrittenFormError, decode, encode
from application.backtest import BacktestPlan, build_engine
from application.trading.engine import TradingEngine
from application.trading.events import OpeningHalted
from application.trading.order_activity import OrderActivity
from application.trading.risk_state import RiskState
from application.venue_messages import Command
from domain.numbers import ZERO
from domain.risk.capital_guard import CapitalGuard
from domain.risk.drawdown_levels import LadderPolicy, LevelAction, Rung
from domain.risk.loss_limits import LossLimits
from domain.risk.settings import RiskSettings
from domain.risk.trading_state import TradingState
from tests.plans import WIDE_LIMITS
from tests.property.test_replay_laws import market, two_strategies
from tests.unit.application.trading.stage import Played, perform


def ladder(scale: Decimal) -> LadderPolicy:
    """Return the usual actions at so many times 1, 2, 4 and 6 thousandths of drawdown."""
    halves, nothing = Decimal("0.5"), LevelAction(size_factor=ZERO, reduce_to=Decimal("0.5"))
    return LadderPolicy(
        mild=Rung(threshold=scale * Decimal("0.001"), action=LevelAction()),
        moderate=Rung(threshold=scale * Decimal("0.002"), action=LevelAction(size_factor=halves)),
        severe=Rung(threshold=scale * Decimal("0.004"), action=nothing),
        limit=Rung(
            threshold=scale * Decimal("0.006"), action=LevelAction(size_factor=ZERO, reduce_to=ZERO, halts=True)
        ),
        hysteresis=ZERO,
    )


def protected(scale: Decimal) -> RiskSettings:
    """Return settings under which about everything that outlives a restart comes about within ten days."""
    return evolve(
        WIDE_LIMITS,
        activity=evolve(WIDE_LIMITS.activity, entries_per_hour_max=1, orders_per_fill_max=1.2, orders_per_fill_from=5),
        losses=LossLimits(
            daily_fraction=scale * Decimal("0.002"),
            weekly_fraction=scale * Decimal("0.005"),
            losing_days_max=2,
            losing_trades_max=8,
        ),
        drawdown=ladder(scale),
    )


seeds: Final = st.integers(0, 10_000)
scales: Final = st.sampled_from([Decimal(1), Decimal(4), Decimal(15)])
places: Final = st.floats(0.0, 1.0)


def plan_of(seed: int, scale: Decimal) -> BacktestPlan:
    return evolve(two_strategies(market(seed)), risk=protected(scale))


def played(seed: int, scale: Decimal, halted_at: float) -> Played:
    """Run to the end without a restart; somebody stops all opening on the way, or at the very end."""
    plan = plan_of(seed, scale)
    opened = next(iter(plan.history.bars.values())).closed_at_ns
    at_ns = int(opened[int(halted_at * (len(opened) - 1))])
    return perform(plan, operator={at_ns: OpeningHalted(at_ns, "enough")})


def with_amnesia(engine: TradingEngine) -> None:
    """Have risk control forget everything, as a process does that is started anew."""
    engine.controller.restore(CapitalGuard.start(engine.equity, engine.now_ns))
    check = engine._desk.check
    assert check.activity is not None
    check.activity = OrderActivity(engine.risk.limits)
    check.restore(None, intents_made=0)


def continued(run: Played, cut: int, *, is_restored: bool = True) -> tuple[TradingEngine, list[Command]]:
    """Tell a fresh core everything up to a cut, let it lose its memory of risk, perhaps restore it, and go on."""
    engine = build_engine(run.plan, run.plan.history)
    inputs = run.engine.inputs
    sent = [command for event in inputs[:cut] for command in engine.handle(event)]
    text = encode(engine.risk_state())
    with_amnesia(engine)
    if is_restored:
        engine.restore_risk(decode(text))
    return engine, [*sent, *(command for event in inputs[cut:] for command in engine.handle(event))]


@settings(max_examples=10)
@given(seed=seeds, scale=scales, halted_at=places, cut_at=places)
def test_a_run_cut_anywhere_and_restored_goes_on_the_same(
    seed: int, scale: Decimal, halted_at: float, cut_at: float
) -> None:
    run = played(seed, scale, halted_at)

    engine, sent = continued(run, int(cut_at * len(run.engine.inputs)))

    assert engine.log.refusals == run.engine.log.refusals
    assert engine.log.level_changes == run.engine.log.level_changes
    assert engine.log.loss_breaches == run.engine.log.loss_breaches
    assert engine.controller.blocks == run.engine.controller.blocks
    assert engine.risk_state() == run.engine.risk_state()
    assert sent == run.engine.sent
    assert engine.equity == run.engine.equity


def test_without_what_was_written_down_it_would_not_go_on_the_same() -> None:
    run = played(3, Decimal(1), 1.0)

    engine, sent = continued(run, len(run.engine.inputs) // 2, is_restored=False)

    assert run.engine.controller.guard.latch.state is TradingState.HALTED
    assert engine.log.refusals != run.engine.log.refusals
    assert sent != run.engine.sent


def test_a_halt_survives_any_number_of_restarts_and_opens_nothing() -> None:
    run = played(3, Decimal(1), 1.0)
    engine = build_engine(run.plan, run.plan.history)
    for event in run.engine.inputs:
        engine.handle(event)
        state = decode(encode(engine.risk_state()))
        with_amnesia(engine)
        engine.restore_risk(state)

    assert engine.controller.guard.latch.state is TradingState.HALTED
    assert "drawdown_limit" in engine.controller.blocks
    assert engine.log.orders == run.engine.log.orders


# The written form


def states() -> st.SearchStrategy[RiskState]:
    """Return states as runs leave them, of every kind that these runs come to."""

    def left(seed: int, scale: Decimal, cut_at: float) -> RiskState:
        run = played(seed % 8, scale, 1.0)
        engine = build_engine(run.plan, run.plan.history)
        for event in run.engine.inputs[: int(cut_at * len(run.engine.inputs))]:
            engine.handle(event)
        return engine.risk_state()

    return st.builds(left, seeds, scales, places)


@settings(max_examples=5)
@given(state=states())
def test_what_is_written_down_comes_back_and_is_written_the_same(state: RiskState) -> None:
    text = encode(state)

    assert decode(text) == state
    assert encode(decode(text)) == text


A_STATE: Final = played(3, Decimal(1), 1.0).engine.risk_state()
TEXT: Final = encode(A_STATE)


@settings(max_examples=200)
@given(place=st.integers(0, len(TEXT) - 1), byte=st.integers(0, 255))
def test_no_changed_byte_is_believed(place: int, byte: int) -> None:
    damaged = bytearray(TEXT)
    damaged[place] = byte

    # A space between two words of JSON, or the same byte, damages nothing.
    assert decoded(bytes(damaged)) in (A_STATE, None)


def decoded(text: bytes) -> RiskState | None:
    """Return the state of a text, None if it is refused."""
    try:
        return decode(text)
    except WrittenFormError:
        return None


@given(length=st.integers(0, len(TEXT) - 2))
def test_no_half_of_it_is_believed(length: int) -> None:
    with pytest.raises(WrittenFormError):
        decode(TEXT[:length])


def test_it_does_say_how_things_stand() -> None:
    assert A_STATE.guard.latch.state is TradingState.HALTED
    assert A_STATE.activity is not None
    assert A_STATE.activity.orders
    assert A_STATE.intents_made > 0


def changed(path: Sequence[str], value: object) -> bytes:
    """Return the text with one value changed, or left out, by somebody who knows how the checksum is made."""
    from adapters.risk_state import written_form  # noqa: PLC0415

    document: dict[str, Any] = json.loads(TEXT)
    place = document["state"]
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    document["sha256"] = written_form._checksum(document["state"])
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("guard", "latch"), None, "state.guard.latch: missing"),
        (("guard", "ladder", "high", "amount"), "NaN", "found 'NaN'"),
        (("guard", "ladder", "high", "amount"), 5, "expected str, found 5"),
        (("guard", "ladder", "level"), "deepest", "deepest"),
        (("guard", "losses", "losing_days"), "2", "expected int, found '2'"),
        (("guard", "losses", "losing_days"), True, "expected int, found True"),
        (("guard", "halted"), False, "halted"),
        (("intents_made",), None, "intents_made"),
    ],
)
def test_what_is_no_state_is_refused_by_its_place(path: tuple[str, ...], value: object, message: str) -> None:
    with pytest.raises(WrittenFormError) as refused:
        decode(changed(path, value))

    assert message in str(refused.value)
    assert path[-1] in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"version": 2', b'"version": 1', "version: expected 2, the one that this product reads, found 1"),
        (b'"autotrading.risk-state"', b'"autotrading.rules"', "schema: expected 'autotrading.risk-state'"),
        (b'"schema"', b'"extra": 1, "schema"', "extra: unknown key"),
        (b'"intents_made": ', b'"intents_made": 1', "sha256: does not fit the state"),
    ],
)
def test_another_document_is_refused(old: bytes, new: bytes, message: str) -> None:
    assert old in TEXT

    with pytest.raises(WrittenFormError, match=message):
        decode(TEXT.replace(old, new))
