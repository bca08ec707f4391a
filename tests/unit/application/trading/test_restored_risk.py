"""What the decision core does with the risk state of before a restart."""

from decimal import Decimal

import pytest
from attrs import evolve

from application.trading.engine import TradingEngine
from application.trading.events import BarsClosed
from application.trading.risk_state import RiskState
from application.venue_messages import PlaceOrder
from domain.errors import DomainError
from domain.market import Bar
from domain.order import Side
from domain.risk.capital_guard import CapitalGuard
from domain.risk.drawdown_levels import LadderPolicy
from domain.risk.estimates import EstimateSettings
from domain.risk.trading_state import Hold, HoldCause, TradingState
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_HOUR
from tests.plans import WIDE_LIMITS
from tests.unit.application.trading.stage import COIN, Played, at, long, play

PRICES = [(100.0,)] * 6


def holding_one() -> Played:
    """Return a run that holds one unit at its end."""
    return play(PRICES, {0: long()})


def held_back(state: RiskState, cause: HoldCause, by: TradingState) -> RiskState:
    hold = Hold(cause=cause, state=by, reason="test", since_ns=at(1))
    return evolve(state, guard=evolve(state.guard, latch=state.guard.latch.engage(hold)))


def next_orders(engine: TradingEngine, price: float = 100.0) -> list[tuple[Side, Decimal, bool]]:
    """Tell one more bar and return side, quantity and whether it only reduces of what is sent."""
    opened_ns = at(len(PRICES))
    bar = Bar(COIN, opened_ns, opened_ns + NS_PER_HOUR, price, price, price, price, 1_000.0)
    commands = engine.handle(BarsClosed(bar.closed_at_ns, (bar,), ()))
    terms = [command.approval.terms for command in commands if isinstance(command, PlaceOrder)]
    return [(each.side, each.quantity, each.reduce_only) for each in terms]


def test_a_halt_that_was_not_carried_out_closes_what_is_held() -> None:
    engine = holding_one().engine

    engine.restore_risk(held_back(engine.risk_state(), HoldCause.DRAWDOWN_LIMIT, TradingState.HALTED))

    assert next_orders(engine) == [(Side.SELL, Decimal(1), True)]
    assert engine.controller.blocks == ("drawdown_limit",)


def test_a_state_that_only_reduces_leaves_what_is_held_to_its_strategy() -> None:
    engine = holding_one().engine

    engine.restore_risk(held_back(engine.risk_state(), HoldCause.DAILY_LOSS, TradingState.REDUCING))

    assert next_orders(engine) == []
    assert engine.controller.blocks == ("daily_loss",)


def test_numbers_of_intents_go_on_and_none_is_given_twice() -> None:
    engine = holding_one().engine
    state = engine.risk_state()
    assert state.intents_made > 0

    engine.restore_risk(evolve(state, intents_made=41))

    assert engine.risk_state().intents_made == 41


def test_a_finding_from_before_the_state_is_refused() -> None:
    # 500 units that fall by 50 are a quarter of the equity.
    laddered = evolve(WIDE_LIMITS, drawdown=LadderPolicy())
    engine = play(PRICES, {0: long()}, policy=laddered, sizings=[FixedQuantity(Decimal(500))]).engine
    later_ns = at(1_000)
    engine.restore_risk(evolve(engine.risk_state(), guard=CapitalGuard.start(engine.equity, later_ns)))

    with pytest.raises(DomainError, match="after that of"):
        next_orders(engine, price=50.0)


def test_the_state_knows_of_every_high() -> None:
    # Between samples, the guard itself is told of the last of many highs only when something is to be looked at.
    estimates = EstimateSettings(interval_s=86_400)
    laddered = evolve(WIDE_LIMITS, drawdown=LadderPolicy(), estimates=estimates)
    rising = [(100.0,), (100.0,), *((100.0 + hour,) for hour in range(12))]

    engine = play(rising, {0: long()}, policy=laddered, sizings=[FixedQuantity(Decimal(500))]).engine

    assert engine.equity == Decimal(100_000 + 500 * 11)
    assert engine.risk_state().guard.ladder.high.amount == engine.equity

    # And a guard that is restored is not told of highs from before.
    engine.restore_risk(evolve(engine.risk_state(), guard=CapitalGuard.start(Decimal(1), at(20))))
    assert engine.risk_state().guard.ladder.high.amount == 1


def test_asking_for_the_state_changes_nothing() -> None:
    asked, unasked = holding_one(), holding_one()

    assert asked.engine.risk_state() == asked.engine.risk_state() == unasked.engine.risk_state()
