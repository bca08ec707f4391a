"""Refusals leave a reason and no order; halts and suspensions stop the way in and never the way out."""

from decimal import Decimal

from attrs import evolve

from application.market_history import Suspension
from application.trading.events import OpeningHalted, OpeningResumed
from application.trading.records import ExitReason
from domain.risk.trading_state import TradingState
from domain.sizing import EquityFraction, FixedQuantity
from domain.time_units import NS_PER_HOUR
from tests.plans import plain_instrument
from tests.risk import only_limits, only_symbols
from tests.unit.application.trading.stage import COIN, OUT, after, at, d, long, play, short

FLAT = [(100.0,)] * 8
NARROW = only_limits(d("150"), d("1000"))
LOW_LEVERAGE = only_limits(d("1000000"), d("0.5"))
WIDE = only_limits(d("1000000"), d("1000"))
LONG_ONLY = evolve(WIDE, position=evolve(WIDE.position, allow_short=False))
ELSEWHERE = only_symbols("OTHERUSDT")


def test_a_refused_entry_leaves_a_reason_and_no_order() -> None:
    played = play(FLAT, {1: long()}, sizings=[FixedQuantity(d("2"))], policy=ELSEWHERE)

    (refusal,) = played.refusals
    assert (refusal.source, refusal.reasons, refusal.symbol) == ("gate", ("symbol_not_allowed",), COIN)
    assert refusal.at_ns == at(2)
    assert refusal.detail.startswith("BUY 2 open: ")
    assert played.orders == []
    assert played.engine.log.decisions[0].target_quantity == 2


def test_an_entry_is_sized_to_what_the_limit_on_one_order_leaves() -> None:
    # 2 × 100 = 200 is above 150, which carries 1.5.
    played = play(FLAT, {1: long()}, sizings=[FixedQuantity(d("2"))], policy=NARROW)

    (decision,) = played.engine.log.decisions
    assert decision.size_reason == "order_notional: orders up to 150"
    assert dict(decision.candidates)["order_notional"] == 1.5
    assert [code for code, _ in decision.candidates] == ["rule", "order_notional", "leverage", "venue_maximum"]
    assert played.share("A").held == d("1.5")
    assert played.refusals == []


def test_leverage_is_judged_over_all_instruments() -> None:
    # Equity 1,000 at half leverage carries 500: four units of the first instrument, and one of the other.
    history = {COIN: FLAT, "OTHERUSDT": FLAT}
    played = play(
        history,
        {COIN: {1: long()}, "OTHERUSDT": {3: long()}},
        sizings=[FixedQuantity(d("4"))],
        policy=LOW_LEVERAGE,
        equity="1000",
    )

    assert [(order.terms.symbol, order.terms.quantity) for order in played.orders] == [
        (COIN, d("4")),
        ("OTHERUSDT", d("1")),
    ]
    assert played.engine.log.decisions[1].bound_by == "leverage"


def test_two_strategies_that_enter_at_one_bar_share_what_the_limits_leave() -> None:
    # Equity 1,000 at half leverage carries 5 units: 3 for the first, 2 for the second, in one order.
    shared = play(
        FLAT, {1: long()}, {1: long()}, sizings=[FixedQuantity(d("3"))] * 2, policy=LOW_LEVERAGE, equity="1000"
    )
    assert (shared.held("A", "B"), shared.refusals) == ((3, 2), [])
    assert [order.terms.quantity for order in shared.orders] == [5]
    # An order of both may be worth 150: the second goes without, because nothing is left.
    narrow = play(FLAT, {1: long()}, {1: long()}, sizings=[FixedQuantity(d("2"))] * 2, policy=NARROW)
    assert (narrow.held("A", "B"), narrow.refusals[0].source) == ((d("1.5"), 0), "size")


def test_two_entries_at_one_bar_count_each_others_orders() -> None:
    history = {COIN: FLAT, "OTHERUSDT": FLAT}
    played = play(
        history,
        {COIN: {1: long()}, "OTHERUSDT": {1: long()}},
        sizings=[FixedQuantity(d("3"))],
        policy=LOW_LEVERAGE,
        equity="1000",
    )

    assert [(order.terms.symbol, order.terms.quantity) for order in played.orders] == [
        (COIN, d("3")),
        ("OTHERUSDT", d("2")),
    ]


def test_an_exhausted_limit_sizes_to_nothing_and_says_so() -> None:
    # Five units use up all that half of 1,000 carries.
    history = {COIN: FLAT, "OTHERUSDT": FLAT}
    played = play(
        history,
        {COIN: {1: long()}, "OTHERUSDT": {3: long()}},
        sizings=[FixedQuantity(d("5"))],
        policy=LOW_LEVERAGE,
        equity="1000",
    )

    assert [order.terms.symbol for order in played.orders] == [COIN]
    (refusal,) = played.refusals
    assert (refusal.source, refusal.reasons) == ("size", ("leverage",))
    assert refusal.detail == "0.5 of equity 1000.00, 500.00 elsewhere"


def test_a_refused_strategy_may_enter_at_a_later_signal() -> None:
    played = play(FLAT, {1: short(), 5: long()}, sizings=[FixedQuantity(d("2"))], policy=LONG_ONLY)

    assert [refusal.reasons for refusal in played.refusals] == [("short_not_allowed",)]
    assert played.share("A").held == 2


def test_a_reversal_whose_opening_is_refused_still_closes_what_is_held() -> None:
    rows = [(100.0,)] * 3 + [(200.0,)] * 4
    played = play(rows, {1: long(), 4: short()}, policy=LONG_ONLY)

    assert [order.purpose for order in played.orders] == ["open", "close"]
    assert [refusal.reasons for refusal in played.refusals] == [("short_not_allowed",)]
    assert played.share("A").held == played.share("A").target == 0
    assert played.the_trade.gross_pnl == 100


def test_a_halt_stops_entries_while_exits_go_on() -> None:
    played = play(FLAT, {1: long(), 4: OUT}, {5: long()}, operator={at(4): OpeningHalted(at(4), "drill")})

    assert played.held("A", "B") == (0, 0)
    assert played.the_trade.exit_reason is ExitReason.SIGNAL
    assert [(refusal.source, refusal.reasons) for refusal in played.refusals] == [("gate", ("operator",))]
    assert [decision.target_quantity for decision in played.engine.log.decisions] == [1, 0, 0]
    (change,) = played.engine.log.state_changes
    assert (change.after, change.causes, change.reasons) == (TradingState.REDUCING, ("operator",), ("drill",))
    assert change.at_ns == at(4)


def test_during_a_halt_nobody_takes_over_what_another_strategy_leaves() -> None:
    played = play(FLAT, {1: long(), 4: OUT}, {4: long()}, operator={at(4): OpeningHalted(at(4), "drill")})

    assert played.held("A", "B") == (0, 0)
    assert [refusal.reasons for refusal in played.refusals] == [("operator",)]


def test_a_halted_entry_is_refused_until_opening_is_resumed() -> None:
    played = play(
        FLAT,
        {3: long(), 5: long()},
        operator={at(3): OpeningHalted(at(3), "drill"), at(5): OpeningResumed(at(5))},
    )

    assert [(refusal.reasons, refusal.at_ns) for refusal in played.refusals] == [(("operator",), at(4))]
    assert [order.at_ns for order in played.orders] == [at(6)]


def test_during_a_halt_a_stop_still_fires_and_a_new_fill_is_still_protected() -> None:
    # The order went out before the halt; its fill, stop and target come after it.
    rows = [(100.0,)] * 3 + [(100.0, 100.0, 94.0, 96.0), (96.0,)]
    played = play(rows, {1: long(stop=5.0, target=20.0)}, operator={at(3): OpeningHalted(at(3), "drill")})

    assert [order.purpose for order in played.orders] == ["open", "stop", "target"]
    assert played.the_end == (ExitReason.STOP, 95)


def test_an_exit_beyond_the_net_position_is_taken_by_who_holds_the_opposite() -> None:
    # A +1 against B -1: the account is flat, so A's exit would have to open a short. B buys A's unit at the mark.
    played = play(
        [(100.0,)] * 4 + [(104.0,)] * 6,
        {1: long(), 4: OUT},
        {1: short()},
        operator={at(3): OpeningHalted(at(3), "drill"), at(7): OpeningResumed(at(7))},
    )

    assert played.held("A", "B") == (0, 0)
    assert played.orders == []
    ends = [(trade.strategy, trade.exit_reason, trade.gross_pnl, trade.exited_at_ns) for trade in played.trades]
    assert ends == [("A", ExitReason.SIGNAL, d("4"), at(5)), ("B", ExitReason.CROSSED, d("-4"), at(5))]
    assert [(refusal.source, refusal.reasons, refusal.detail) for refusal in played.refusals] == [
        ("gate", ("operator",), "SELL 1 open: opening is blocked: operator"),
        ("netting", ("given_up",), "B gives way with 1, so that others get out"),
    ]


def test_what_is_below_the_minimum_is_recorded_and_not_sent() -> None:
    instrument = evolve(plain_instrument(COIN), notional_min=d("100.01"))
    played = play(FLAT, {1: long()}, instruments={COIN: instrument})

    (refusal,) = played.refusals
    assert (refusal.source, refusal.reasons) == ("size", ("venue_minimum",))
    assert refusal.detail.startswith("1.000 worth 100.00, bound by rule, is below the minimum of ")
    assert played.orders == []
    (decision,) = played.engine.log.decisions
    assert decision.target_quantity == 0


def test_a_reversal_too_small_to_open_still_closes() -> None:
    # At 100 a hundredth of 1,000 is 0.1 unit, 10 in notional; at half the strength it is 5, below a minimum of 8.
    instrument = evolve(plain_instrument(COIN), notional_min=d("8"))
    weak = evolve(short(), strength=0.5)
    played = play(
        FLAT,
        {1: long(), 4: weak},
        sizings=[EquityFraction(d("0.01"))],
        equity="1000",
        instruments={COIN: instrument},
    )

    assert [order.purpose for order in played.orders] == ["open", "close"]
    assert played.share("A").held == 0
    assert [refusal.reasons for refusal in played.refusals] == [("venue_minimum",)]


def test_a_repeated_entry_changes_nothing() -> None:
    played = play(FLAT, {1: long(), 3: long(stop=1.0)})

    assert len(played.orders) == 1
    assert len(played.engine.log.decisions) == 1


def test_a_suspension_closes_the_position_opens_nothing_and_ends() -> None:
    # Suspended from the close of bar 2 to the close of bar 5. Closed with the first decision inside.
    gap = Suspension(COIN, at(3), at(6), "no funding known")
    played = play([(100.0,)] * 10, {0: long(stop=5.0), 3: long(), 5: long()}, suspensions=(gap,))

    assert played.trades[0].exit_reason is ExitReason.SUSPENSION
    assert played.trades[0].exited_at_ns == at(3)
    assert [(refusal.reasons, refusal.at_ns) for refusal in played.refusals] == [(("suspended",), at(4))]
    (passed,) = played.engine.log.unheard
    assert (passed.strategy, passed.why, passed.at_ns, passed.signal) == ("A", "suspended", at(4), long())
    # The close of bar 5 is the first instant after it.
    assert [order.at_ns for order in played.orders if order.purpose == "open"] == [at(1), at(6)]
    assert played.share("A").held == 1


def test_a_suspension_closes_what_is_filled_only_after_it_has_begun() -> None:
    # Decided at the close of bar 1, filled 90 minutes later inside the suspension, closed as soon as it is known.
    gap = Suspension(COIN, at(3), at(7), "no funding known")
    played = play([(100.0,)] * 12, {1: long()}, suspensions=(gap,), rules=after(NS_PER_HOUR * 3 // 2))

    assert played.share("A").held == 0
    assert [trade.exit_reason for trade in played.trades] == [ExitReason.SUSPENSION]


def test_a_suspension_of_one_instrument_leaves_the_others_alone() -> None:
    gap = Suspension(COIN, at(3), at(6), "no funding known")
    rows = {COIN: FLAT, "OTHERUSDT": FLAT}
    played = play(rows, {COIN: {0: long()}, "OTHERUSDT": {0: long(), 4: OUT}}, suspensions=(gap,))

    reasons = {trade.symbol: trade.exit_reason for trade in played.trades}
    assert reasons == {COIN: ExitReason.SUSPENSION, "OTHERUSDT": ExitReason.SIGNAL}


def test_of_two_suspensions_both_are_kept() -> None:
    gaps = (Suspension(COIN, at(2), at(3), "first"), Suspension(COIN, at(5), at(6), "second"))
    played = play([(100.0,)] * 9, {0: long(), 2: long()}, suspensions=gaps)

    assert [trade.exited_at_ns for trade in played.trades] == [at(2), at(5)]
    assert [order.at_ns for order in played.orders if order.purpose == "open"] == [at(1), at(3)]
    assert played.venue.equity == Decimal(100_000)
