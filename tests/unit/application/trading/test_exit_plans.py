"""Exit plans at work: one market each, with the prices worked out beside it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve

from application.trading.records import ExitReason, RoundTrip
from application.venue_messages import OrderFilled, OrderTriggered
from domain.exits import Breakeven, ExitPlan, FixedStop, PriceFraction, RiskMultiple, Rung, TrailingStop
from domain.market import FundingEvent
from domain.numbers import ZERO
from domain.order import Fill, PositionSide, Side, TradeId
from domain.signal import Signal
from domain.sizing import RiskFraction
from domain.time_units import NS_PER_HOUR
from tests.risk import only_limits
from tests.unit.application.trading.stage import (
    COIN,
    OUT,
    Played,
    Prices,
    Script,
    at,
    d,
    long,
    make_history,
    make_plan,
    perform,
    short,
)

FLAT: Final[list[Prices]] = [(100.0,)] * 3
"""Decided at the close of bar 1, entered at 100 at the open of bar 2."""


def r(multiple: str) -> RiskMultiple:
    return RiskMultiple(d(multiple))


def play(
    rows: Sequence[Prices],
    *scripts: Script,
    exits: ExitPlan | Sequence[ExitPlan],
    funding: Sequence[FundingEvent] = (),
    **wishes: Any,  # noqa: ANN401  # what `make_plan` takes
) -> Played:
    plan = make_plan(make_history(rows, funding=funding), scripts, **wishes)
    chosen = [exits] * len(scripts) if isinstance(exits, ExitPlan) else exits
    strategies = (evolve(each, exits=own) for each, own in zip(plan.strategies, chosen, strict=True))
    return perform(evolve(plan, strategies=tuple(strategies)))


def end_of(trade: RoundTrip) -> tuple[object, ...]:
    return trade.exit_reason, trade.exit_price


TRAILING: Final = ExitPlan(trailing=TrailingStop(distance=r("1"), activation=r("1")))


def test_a_trailing_stop_is_replaced_bar_by_bar_and_ends_the_trade() -> None:
    # R = 5. Bar 3 reaches 106: stop 101. Bar 4 reaches 110: stop 105. Bar 5 falls through 105.
    rows = [*FLAT, (100.0, 106.0, 100.0, 105.0), (105.0, 110.0, 105.0, 109.0), (109.0, 109.0, 104.0, 104.0), (104.0,)]
    played = play(rows, {1: long(stop=5.0)}, exits=TRAILING)

    assert [(order.at_ns, order.terms.trigger_price) for order in played.sent_for("stop")] == [
        (at(2), d("95")),
        (at(4), d("101")),
        (at(5), d("105")),
    ]
    assert end_of(played.the_trade) == (ExitReason.TRAILING_STOP, 105)
    # Won 5 with a risk of 5.
    assert (played.the_trade.initial_risk, played.the_trade.r_multiple) == (d("5"), 1.0)
    assert played.open_at_venue() == []


def test_for_a_short_everything_is_the_other_way_round() -> None:
    rows = [*FLAT, (100.0, 100.0, 94.0, 95.0), (95.0, 95.0, 90.0, 91.0), (91.0, 96.0, 91.0, 96.0), (96.0,)]
    played = play(rows, {1: short(stop=5.0)}, exits=TRAILING)

    assert [order.terms.trigger_price for order in played.sent_for("stop")] == [105, 99, 95]
    assert end_of(played.the_trade) == (ExitReason.TRAILING_STOP, 95)


def test_a_moved_stop_that_the_close_has_passed_already_is_left_at_the_market() -> None:
    # Bar 3 reaches 110 and closes at 103: a stop at 105 would be passed before it stands. Out at the open of bar 4.
    rows = [*FLAT, (100.0, 110.0, 100.0, 103.0), (102.0,), (102.0,)]
    played = play(rows, {1: long(stop=5.0)}, exits=TRAILING)

    assert end_of(played.the_trade) == (ExitReason.TRAILING_STOP, 102)
    assert [order.purpose for order in played.orders] == ["open", "stop", "close"]
    assert played.refusals == []


def test_breakeven_leaves_at_the_entry_plus_both_fees() -> None:
    # R = 5, reached in bar 3. Fee 0.1 %: 100 × (1.001 / 0.999) = 100.2002, to the tick nearer to the price 100.21.
    plan = ExitPlan(breakeven=Breakeven(at=r("1")))
    rows = [*FLAT, (100.0, 105.0, 100.0, 104.0), (104.0, 104.0, 99.0, 99.0), (99.0,)]
    played = play(rows, {1: long(stop=5.0)}, exits=plan, taker_rate="0.001")

    assert end_of(played.the_trade) == (ExitReason.BREAKEVEN, d("100.21"))
    # 0.21 won on price; 0.1 and 0.10021 paid.
    assert played.the_trade.net_pnl == d("0.21") - d("0.1") - d("0.10021")


LADDER: Final = ExitPlan(
    take_profit=(Rung(at=r("1"), share=d("0.3")), Rung(at=PriceFraction(d("0.08")), share=d("0.5")))
)


def test_rungs_close_their_shares_and_the_stop_shrinks_with_what_is_held() -> None:
    # R = 5: 0.3 at 105 and 0.5 at 108; 0.2 goes on until it is stopped at 95.
    rows = [*FLAT, (100.0, 106.0, 100.0, 106.0), (106.0, 109.0, 106.0, 106.0), (100.0, 100.0, 94.0, 94.0), (94.0,)]
    played = play(rows, {1: long(stop=5.0)}, exits=LADDER)

    assert [(fill.quantity, fill.price) for fill in played.fills[1:]] == [
        (d("0.3"), d("105")),
        (d("0.5"), d("108")),
        (d("0.2"), d("95")),
    ]
    assert [order.terms.quantity for order in played.sent_for("stop")] == [1, d("0.7"), d("0.2")]
    trade = played.the_trade
    assert (trade.exit_reason, trade.rungs_taken, trade.initial_risk) == (ExitReason.STOP, 2, d("5"))
    # 0.3 × 5 + 0.5 × 8 − 0.2 × 5 = 4.5, and 4.5 / 5 = 0.9 R.
    assert (trade.gross_pnl, trade.r_multiple) == (d("4.5"), 0.9)
    assert played.open_at_venue() == []


def test_a_whole_ladder_ends_the_trade_and_its_last_rung_takes_what_rounding_leaves() -> None:
    thirds = ExitPlan(
        take_profit=tuple(Rung(at=r(at), share=d(part)) for at, part in (("1", "0.3333"), ("2", "0.6667")))
    )
    rows = [*FLAT, (100.0, 111.0, 100.0, 111.0), (111.0,)]
    played = play(rows, {1: long(stop=5.0)}, exits=thirds)

    # Lots of 0.001: 0.333 of 0.3333, and 0.667 as the rest.
    assert [fill.quantity for fill in played.fills[1:]] == [d("0.333"), d("0.667")]
    assert played.the_trade.exit_reason is ExitReason.TAKE_PROFIT
    assert (played.the_trade.rungs_taken, played.share().held) == (2, ZERO)


def test_a_rung_that_fills_in_part_closes_the_rest_of_itself_at_the_market() -> None:
    # Volume 0.1 in bar 3: of the rung of 0.3 at 105, 0.2 follow at the open of bar 4.
    rows = [*FLAT, (100.0, 106.0, 100.0, 106.0, 0.1), (104.0,), (104.0,)]
    played = play(rows, {1: long(stop=5.0)}, exits=LADDER)

    assert [(fill.quantity, fill.price) for fill in played.fills[1:]] == [(d("0.1"), d("105")), (d("0.2"), d("104"))]
    assert (played.share().held, played.share().target) == (d("0.7"), d("0.7"))
    assert played.open_at_venue() == [("SELL", d("0.5"), 108), ("SELL", d("0.7"), 95)]


def test_a_rung_that_fills_in_several_parts_is_one_rung() -> None:
    engine = play([(100.0,)] * 4, {1: long(stop=5.0)}, exits=LADDER).engine
    (share,) = engine.books[COIN].shares
    rung = next(order for order in engine.log.orders if order.purpose == "target")

    engine.handle(OrderTriggered(rung.client_order_id, at(4), d("0.3")))
    for trade_id, quantity in (("a", "0.1"), ("b", "0.2")):
        fill = Fill(
            trade_id=TradeId(trade_id),
            client_order_id=rung.client_order_id,
            symbol=COIN,
            side=Side.SELL,
            position_side=PositionSide.BOTH,
            quantity=d(quantity),
            price=d("105"),
            fee=ZERO,
            is_maker=False,
            executed_at_ns=at(4),
            reference_price=d("105"),
        )
        engine.handle(OrderFilled(fill))

    assert (share.held, share.target) == (d("0.7"), d("0.7"))


def test_what_a_rung_leaves_ends_for_its_own_reason() -> None:
    rows = [*FLAT, (100.0, 106.0, 100.0, 106.0), (106.0,), (106.0,), (106.0,)]
    played = play(rows, {1: long(stop=5.0), 4: OUT}, exits=LADDER)

    assert (played.the_trade.exit_reason, played.the_trade.rungs_taken) == (ExitReason.SIGNAL, 1)


def test_a_signal_on_the_way_out_does_not_change_why() -> None:
    # Two hours are over at the close of bar 3, where the strategy says OUT as well.
    plan = ExitPlan(holding_max_ns=2 * NS_PER_HOUR)
    played = play([(100.0,)] * 6, {1: long(stop=5.0), 3: OUT}, exits=plan)

    assert played.the_trade.exit_reason is ExitReason.TIME_STOP


def test_fees_and_funding_of_a_trade_that_was_closed_in_parts_are_all_of_them() -> None:
    # Entered at 100; 0.3 out at 105; funding at 0.1 % on 0.7 at 106; 0.7 out at 106 by signal. Fee 0.1 % each time.
    funding = [FundingEvent(COIN, at(4), d("0.001"))]
    rows = [*FLAT, (100.0, 106.0, 100.0, 106.0), (106.0,), (106.0,), (106.0,)]
    plan = ExitPlan(take_profit=LADDER.take_profit[:1])
    played = play(rows, {1: long(stop=5.0), 4: OUT}, exits=plan, funding=funding, taker_rate="0.001")

    trade = played.the_trade
    assert trade.fees == d("0.1") + d("0.0315") + d("0.0742")  # 1 × 100, 0.3 × 105 and 0.7 × 106
    assert trade.funding == d("-0.0742")  # 0.7 × 106 × 0.1 %, paid
    assert (trade.fees, trade.funding) == (played.engine.ledger.fees, played.engine.ledger.funding)


def test_after_its_longest_holding_a_trade_is_closed_whatever_the_strategy_says() -> None:
    # Entered at the open of bar 2; two hours are over at the close of bar 3. An order to enter does not prolong it.
    plan = ExitPlan(holding_max_ns=2 * NS_PER_HOUR)
    played = play([(100.0,)] * 4 + [(103.0,)] * 2, {1: long(stop=5.0), 3: long(stop=5.0)}, exits=plan)

    assert (played.the_trade.exited_at_ns, *end_of(played.the_trade)) == (at(4), ExitReason.TIME_STOP, 103)
    assert played.share().target == 0


def test_a_signal_to_leave_waits_for_the_shortest_holding() -> None:
    # Entered at the open of bar 2; OUT at the close of bar 3 waits until three hours are over, at the close of bar 4.
    plan = ExitPlan(holding_min_ns=3 * NS_PER_HOUR)
    played = play([(100.0,)] * 5 + [(103.0,)] * 2, {1: long(stop=5.0), 3: OUT}, exits=plan)

    assert [(each.source, each.reasons) for each in played.refusals] == [("exits", ("minimum_holding",))]
    assert [(each.why, each.signal) for each in played.engine.log.unheard] == [("minimum_holding", OUT)]
    assert (played.the_trade.exited_at_ns, *end_of(played.the_trade)) == (at(5), ExitReason.SIGNAL, 103)


def test_a_signal_that_waits_is_forgotten_when_the_strategy_wants_the_trade_again() -> None:
    plan = ExitPlan(holding_min_ns=4 * NS_PER_HOUR)
    played = play([(100.0,)] * 9, {1: long(stop=5.0), 3: OUT, 4: long(stop=5.0)}, exits=plan)

    assert played.trades == []


def test_stops_and_targets_do_not_wait() -> None:
    plan = ExitPlan(holding_min_ns=100 * NS_PER_HOUR)
    rows = [*FLAT, (100.0, 100.0, 94.0, 94.0), (94.0,)]
    played = play(rows, {1: long(stop=5.0)}, exits=plan)

    assert played.the_end == (ExitReason.STOP, 95)


def test_a_turn_that_waits_comes_once_the_trade_is_gone_by_other_means() -> None:
    # SHORT at the close of bar 2 has to wait; the stop at 95 takes the long out in bar 3; the short follows at bar 4.
    plan = ExitPlan(holding_min_ns=100 * NS_PER_HOUR)
    rows = [*FLAT, (100.0, 100.0, 94.0, 94.0), (94.0,), (94.0,)]
    played = play(rows, {1: long(stop=5.0), 2: short(stop=5.0)}, exits=plan)

    assert played.the_end == (ExitReason.STOP, 95)
    assert played.share().held == -1


@pytest.mark.parametrize(
    ("signal", "stop", "quantity"),
    [
        (long(), 98, "5"),  # 2 % of 100; 10 at risk of 1,000: 10 / 2
        (long(stop=4.0), 96, "2.5"),  # the signal's: 10 / 4
        (long(stop=20.0), 90, "1"),  # at most 10 %: 10 / 10
    ],
)
def test_entries_are_sized_by_the_stop_that_they_will_have(signal: Signal, stop: int, quantity: str) -> None:
    plan = ExitPlan(stop=FixedStop(fraction=d("0.02"), fraction_max=d("0.1")))
    sizing = RiskFraction(d("0.01"), leverage_max=d("10"))
    played = play([(100.0,)] * 4, {1: signal}, exits=plan, sizings=[sizing], equity="1000")

    assert played.open_at_venue() == [("SELL", d(quantity), stop)]


def test_an_entry_without_the_stop_that_the_plan_measures_in_is_refused() -> None:
    played = play([(100.0,)] * 4, {1: long()}, exits=TRAILING)

    assert played.orders == []
    assert [(each.source, each.reasons) for each in played.refusals] == [("exits", ("no_initial_stop",))]


def test_a_stop_that_the_gate_refuses_to_move_stays_where_it_was() -> None:
    # B holds the opposite, so that A's stop could open a position; two of A's stops at once are too much for the gate.
    policy = only_limits(Decimal(1_000), d("0.0012"))
    rows = [*FLAT, (100.0, 106.0, 100.0, 105.0), (105.0,), (105.0,)]
    script = {1: long(stop=5.0)}
    played = play(rows, script, {1: short()}, exits=[TRAILING, ExitPlan()], policy=policy)

    assert [(each.source, each.detail.partition(":")[0]) for each in played.refusals] == [("gate", "SELL 1 stop")]
    assert played.share("A").held == 1
    assert played.open_at_venue() == [("SELL", 1, 95)]


def test_on_the_way_out_in_parts_a_stop_closes_no_more_than_is_left() -> None:
    # A and B are long one each. OUT of A in bar 2 finds 0.4 of volume in bar 3, of which 0.4 are sold; the rest waits.
    # A's stop then stands for 0.6, and in bar 4 takes no more than that; B keeps its own.
    still = (100.0, 100.0, 100.0, 100.0)
    rows = [(100.0,), (100.0,), (100.0,), (*still, 0.4), (100.0, 100.0, 94.0, 94.0), (94.0,)]
    inert = ExitPlan(holding_max_ns=10**18)
    played = play(rows, {0: long(stop=5.0), 2: OUT}, {0: long(stop=50.0)}, exits=inert)

    assert [order.terms.quantity for order in played.sent_for("stop") if order.strategy == "A"] == [1, d("0.6")]
    assert played.held("A", "B") == (0, 1)


def test_without_a_plan_the_initial_risk_is_that_of_the_signals_stop() -> None:
    stopped = play([*FLAT, (100.0, 100.0, 94.0, 94.0), (94.0,)], {1: long(stop=5.0)}, exits=ExitPlan())
    bare = play([(100.0,)] * 6, {1: long(), 3: OUT}, exits=ExitPlan())

    assert (stopped.the_trade.initial_risk, stopped.the_trade.r_multiple) == (d("5"), -1.0)
    assert (bare.the_trade.initial_risk, bare.the_trade.r_multiple) == (None, None)
    assert bare.the_trade.gross_pnl == ZERO
