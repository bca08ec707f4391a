"""Who opens with an order, and how old the decision is, as the gate is told."""

from decimal import Decimal

from attrs import evolve

from application.trading.events import BarsClosed
from application.trading.order_origin import origin_of_net_order, origin_of_protection
from application.trading.share import Share
from application.venue_messages import Command, OrderAccepted, OrderCanceled, PlaceOrder
from domain.as_of import AsOfView
from domain.order import Side
from domain.position import Position
from domain.risk.settings import RiskSettings
from domain.sizing import FixedQuantity
from tests.plans import WIDE_LIMITS
from tests.unit.application.trading.stage import (
    COIN,
    ONE_UNIT,
    OTHER,
    OUT,
    Scripted,
    at,
    coin_series,
    d,
    long,
    make_history,
    make_plan,
    play,
    short,
    watched_engine,
)

FLAT = [(100.0,)] * 8


def share_of(held: str, target: str, name: str, decided_at_ns: int) -> Share:
    position = Position(COIN)
    if Decimal(held) != 0:
        position.fill(d(held), d("100"))
    return Share(name, Scripted({}), ONE_UNIT, AsOfView(COIN), position, target=d(target), decided_at_ns=decided_at_ns)


def test_who_gets_out_opens_nothing_and_who_turns_around_does() -> None:
    leaves, turns, waits, enters = (
        share_of("1", "0", "leaves", 10),
        share_of("1", "-1", "turns", 30),
        share_of("-2", "-2", "waits", 5),
        share_of("0", "-1", "enters", 20),
    )

    origin = origin_of_net_order([leaves, turns, waits, enters], Side.SELL, 40)

    assert origin.strategies == ("leaves", "turns", "enters")
    assert origin.openers == ("turns", "enters")
    assert origin.decided_at_ns == 20


def test_a_way_out_and_a_stop_are_never_too_old() -> None:
    leaves = share_of("1", "0", "leaves", 10)

    assert origin_of_net_order([leaves], Side.SELL, 40).decided_at_ns == 40
    assert origin_of_protection(leaves, 40).decided_at_ns == 40
    assert origin_of_protection(leaves, 40).openers == ()


def aged(seconds: float) -> RiskSettings:
    return evolve(WIDE_LIMITS, order=evolve(WIDE_LIMITS.order, intent_age_max_s=seconds))


def sent_after_a_cancel(policy: RiskSettings) -> tuple[list[Command], tuple[str, ...]]:
    """Decide at the close of bar 1, have the venue cancel the order, and see what the close of bar 2 brings."""
    plan = make_plan(make_history(FLAT), [{1: long()}], policy=policy)
    engine = watched_engine(plan)
    bars = list(coin_series(FLAT).bars())
    engine.handle(BarsClosed(at(1), (bars[0],)))
    (placed,) = engine.handle(BarsClosed(at(2), (bars[1],)))
    assert isinstance(placed, PlaceOrder)
    engine.handle(OrderAccepted(placed.client_order_id, at(2)))
    engine.handle(OrderCanceled(placed.client_order_id, at(2.5)))
    again = list(engine.handle(BarsClosed(at(3), (bars[2],))))
    return again, tuple(reason for refusal in engine.log.refusals for reason in refusal.reasons)


def test_what_is_tried_again_is_as_old_as_its_decision() -> None:
    in_time, refused = sent_after_a_cancel(aged(3_600.0))
    assert [type(command) for command in in_time] == [PlaceOrder]
    assert refused == ()

    too_late, refused = sent_after_a_cancel(aged(3_599.0))
    assert too_late == []
    assert refused == ("intent_stale",)


def test_a_way_out_that_opens_the_net_position_is_no_entry() -> None:
    # A +1 against B -1. A's way out sells one beyond the flat account; in the same moment it enters elsewhere.
    # With one entry an hour allowed that is one entry, not two.
    policy = evolve(WIDE_LIMITS, activity=evolve(WIDE_LIMITS.activity, entries_per_hour_max=1))
    played = play(
        {COIN: FLAT, OTHER: FLAT},
        {COIN: {1: long(), 4: OUT}, OTHER: {4: long()}},
        {COIN: {1: short()}},
        policy=policy,
    )

    assert played.refusals == []
    assert [(order.terms.symbol, order.terms.side.value) for order in played.orders] == [(COIN, "SELL"), (OTHER, "BUY")]
    assert played.engine.controller.blocks == ()


def test_a_stop_beyond_the_net_position_is_no_entry_and_is_not_stopped_with_its_strategy() -> None:
    # A +2 with a stop against B -1: that stop could open. With its second entry within the hour A is stopped; the stop
    # of what it holds is replaced all the same when B's entry makes it one that could open.
    policy = evolve(WIDE_LIMITS, activity=evolve(WIDE_LIMITS.activity, entries_per_hour_max=1))
    played = play(
        {COIN: FLAT, OTHER: FLAT},
        {COIN: {1: long(stop=5.0)}, OTHER: {1: long()}},
        {COIN: {4: short()}},
        policy=policy,
        sizings=[FixedQuantity(d("2"))],
    )

    assert [refusal.reasons for refusal in played.refusals] == [("entries_per_hour",), ("given_up",)]
    assert [order.terms.reduce_only for order in played.sent_for("stop")] == [True, False]
