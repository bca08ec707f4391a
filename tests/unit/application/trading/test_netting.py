"""What several strategies want is netted before it costs fees, and divided again after it is filled."""

from decimal import Decimal

import pytest

from application.trading.attribution import attribute_net_fill, attribute_reduction
from application.trading.netting import drop_wishes
from application.trading.records import ExitReason
from application.trading.share import Share
from domain.as_of import AsOfView
from domain.order import Side
from domain.position import Position
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_HOUR, NS_PER_MS
from tests.risk import only_symbols
from tests.unit.application.trading.stage import COIN, ONE_UNIT, OUT, Scripted, after, at, d, long, play, short

FLAT = [(100.0,)] * 6
TWO_UNITS = FixedQuantity(d("2"))


def test_opposite_entries_at_one_bar_send_nothing_and_cost_nothing() -> None:
    played = play(FLAT, {1: long()}, {1: short()}, taker_rate="0.001")

    assert played.orders == []
    assert played.engine.ledger.fees == 0
    assert played.held("A", "B") == (1, -1)
    assert played.share("A").position.entry_price == 100
    assert played.share("B").position.entry_price == 100


def test_an_internal_crossing_is_booked_at_the_mark_of_the_decision() -> None:
    # Bar 1 closes at 104; the fill price of the next open, 110, plays no part.
    played = play([(100.0,), (100.0, 105.0, 99.0, 104.0), (110.0,)], {1: long()}, {1: short()})

    assert played.share("A").position.entry_price == 104
    assert played.engine.open_trades()[0].entered_at_ns == at(2)


def test_two_against_one_send_one_order_of_one() -> None:
    # Bought: 1 at 100, fee 100 × 0.001 = 0.1, all of it A's; B is served inside.
    played = play(FLAT, {1: long()}, {1: short()}, sizings=[TWO_UNITS], taker_rate="0.001")

    assert [(order.purpose, order.terms.quantity) for order in played.orders] == [("open", d("1"))]
    assert played.held("A", "B") == (2, -1)
    fees = {trade.strategy: trade.fees for trade in played.engine.open_trades()}
    assert fees == {"A": d("0.1"), "B": 0}


def test_two_who_want_the_same_share_one_order_and_its_fee() -> None:
    # 3 units at 100 cost 0.3: A, who took 2, pays 0.2 and B 0.1.
    played = play(FLAT, {1: long()}, {1: long()}, sizings=[TWO_UNITS], taker_rate="0.001")

    assert [order.terms.quantity for order in played.orders] == [3]
    fees = {trade.strategy: trade.fees for trade in played.engine.open_trades()}
    assert fees == {"A": d("0.2"), "B": d("0.1")}


def test_a_stop_closes_only_its_own_part_although_the_account_holds_less() -> None:
    # A +2 with a stop at 95, B -1: the account holds +1. Bar 3 falls to 94: A's 2 are sold, which leaves -1, B's.
    rows = [(100.0,)] * 3 + [(100.0, 100.0, 94.0, 94.0), (94.0,)]
    played = play(rows, {1: long(stop=5.0)}, {1: short()}, sizings=[TWO_UNITS])

    (stop,) = played.sent_for("stop")
    assert (stop.terms.quantity, stop.terms.reduce_only) == (d("2"), False)
    assert played.held("A", "B") == (0, -1)
    assert played.venue.position(COIN).signed_quantity == -1
    assert played.the_end == (ExitReason.STOP, 95)


def test_a_stop_that_can_only_reduce_says_so_and_stops_saying_so_when_another_holds_the_opposite() -> None:
    played = play(FLAT, {1: long(stop=5.0)}, {3: short()}, sizings=[TWO_UNITS])

    assert [order.terms.reduce_only for order in played.sent_for("stop")] == [True, False]
    assert played.open_at_venue() == [("SELL", 2, 95)]


def test_a_reversal_goes_as_one_order_that_closes_and_one_that_opens() -> None:
    played = play(FLAT, {1: long(), 3: short()})

    sent = [
        (order.purpose, order.terms.side.value, order.terms.quantity, order.terms.reduce_only)
        for order in played.orders
    ]
    assert sent == [
        ("open", "BUY", d("1"), False),
        ("close", "SELL", d("1"), True),
        ("open", "SELL", d("1"), False),
    ]
    assert played.the_trade.exit_reason is ExitReason.SIGNAL
    assert played.share("A").held == -1


def test_an_exit_against_an_entry_is_crossed_and_ends_the_trade_at_the_mark() -> None:
    # A sells its unit to B at the close of bar 3, 103: +3 for A, and the account's position stays as it is.
    rows = [(100.0,)] * 3 + [(100.0, 104.0, 100.0, 103.0), (105.0,), (105.0,)]
    played = play(rows, {1: long(), 3: OUT}, {3: long()}, taker_rate="0.001")

    assert len(played.orders) == 1
    assert (played.the_trade.gross_pnl, played.the_trade.exited_at_ns) == (d("3"), at(4))
    assert played.share("B").position.entry_price == 103


def test_a_close_that_finds_its_share_stopped_out_does_not_leave_it_short_for_good() -> None:
    # A and B hold one each. A leaves at the close of bar 2; its order needs 100 ms, and the open of bar 3 has gapped
    # through A's stop: the stop closes A, and then the close sells a unit that is B's. It has to be bought back.
    rows = [(100.0,)] * 3 + [(90.0,)] * 4
    played = play(rows, {0: long(stop=5.0), 2: OUT}, {0: long()}, rules=after(100 * NS_PER_MS))

    assert played.held("A", "B") == (0, 1)
    assert played.venue.position(COIN).signed_quantity == 1


def test_a_close_that_arrives_after_the_stop_is_not_answered_by_orders_without_end() -> None:
    # Orders take 90 minutes. The stop at 95 fires in bar 6 while the close that was sent at its open is still on its
    # way. Nothing is held then and nothing is wanted, so nothing more is to be sent.
    rows = [(100.0,)] * 6 + [(100.0, 100.0, 94.0, 95.0)] + [(95.0,)] * 8
    played = play(rows, {1: long(stop=5.0), 5: OUT}, rules=after(NS_PER_HOUR * 3 // 2))

    assert played.share("A").held == 0
    assert [order.purpose for order in played.orders] == ["open", "stop", "close"]
    assert [refusal.reasons for refusal in played.refusals] == [("reduce_only",)]


def test_orders_that_waited_for_volume_together_end_once_each() -> None:
    # Nothing trades in bars 2 to 4. Sent one after the other: close 1 (exit), open +1 (entry), close 1 and open -1
    # (reversal). In bar 5 all of them meet volume: the first close leaves nothing for the second, which expires.
    still = (100.0, 100.0, 100.0, 100.0, 0.0)
    rows = [(100.0,)] * 2 + [still] * 3 + [(100.0,)] * 4
    played = play(rows, {0: long(), 1: OUT, 2: long(), 3: short()})

    assert played.share("A").held == -1
    assert played.venue.position(COIN).signed_quantity == -1


def test_a_partial_fill_serves_who_wants_the_other_way_first() -> None:
    # Wanted: A +2, B -1, so one unit is ordered; half a unit of volume is there. B is served in full against A.
    rows = [(100.0,)] * 2 + [(100.0, 100.0, 100.0, 100.0, 0.5), (100.0,)]
    played = play(rows, {1: long()}, {1: short()}, sizings=[TWO_UNITS])

    assert played.held("A", "B") == (d("1.5"), -1)


def share_of(held: str, target: str, name: str = "S") -> Share:
    position = Position(COIN)
    if Decimal(held) != 0:
        position.fill(d(held), d("100"))
    return Share(name, Scripted({}), ONE_UNIT, AsOfView(COIN), position, target=d(target))


@pytest.mark.parametrize(
    ("shares", "filled", "expected"),
    [
        # One who wants 3 and one who wants 1: served in their order as far as the fill goes.
        ([("0", "3"), ("0", "1")], "2", [2, 0]),
        ([("0", "3"), ("0", "1")], "3.5", [3, d("0.5")]),
        # B wants to sell 1 and is served against A, at any size of fill.
        ([("0", "3"), ("0", "-1")], "0.5", [d("1.5"), -1]),
        # A turns around by 2 and finds 1 in the fill; of the 7 that B wants back it can serve the other 1.
        ([("1", "-1"), ("-7", "0")], "-1", [-2, 1]),
        # More than anybody wants is taken from what others hold the other way.
        ([("0", "0"), ("-1", "-1")], "1", [0, 1]),
        ([("0", "1"), ("-1", "-1")], "3", [2, 1]),
        # Else it goes to the first who wants this way, or to the first of all.
        ([("0", "0"), ("0", "1")], "3", [0, 3]),
        ([("1", "1"), ("0", "0")], "1", [1, 0]),
        ([("2", "0"), ("1", "1")], "-2", [-2, 0]),
    ],
)
def test_a_fill_of_the_net_order_is_divided_by_what_each_lacks(
    shares: list[tuple[str, str]], filled: str, expected: list[Decimal]
) -> None:
    made = [share_of(*each) for each in shares]

    parts = attribute_net_fill(made, d(filled), d("0.7"))

    got = [sum(part.signed_quantity for part in parts if part.share is share) for share in made]
    assert got == expected
    assert sum(part.fee for part in parts) == d("0.7")
    assert all(part.fee == 0 for part in parts if part.is_internal)


def test_a_leg_of_a_pair_gets_what_nobody_wants_only_where_there_is_no_other() -> None:
    leg, other = share_of("0", "0", "pair"), share_of("1", "1", "A")
    leg.is_leg = True

    assert [part.share.name for part in attribute_net_fill([leg, other], d("1"), d("0"))] == ["A"]
    assert [part.share.name for part in attribute_net_fill([leg], d("1"), d("0"))] == ["pair"]


def test_fee_parts_are_whole_steps_of_cash_and_sum_to_the_fee_where_thirds_do_not_divide() -> None:
    made = [share_of("0", "1") for _ in range(3)]

    parts = attribute_net_fill(made, d("3"), d("0.1"))

    # 0.1 / 3 is 0.0333..., of which cash knows eight places; the last one takes what is left.
    assert [part.fee for part in parts] == [d("0.03333333"), d("0.03333333"), d("0.03333334")]


def test_a_liquidation_is_divided_among_those_who_hold_what_was_closed() -> None:
    # Held +1, -1, +3; 2 are sold: 1 of the first, 1 of the third, none of the one who is short.
    made = [share_of("1", "1"), share_of("-1", "-1"), share_of("3", "3")]

    parts = attribute_reduction(made, d("-2"), d("0.4"))

    assert [(part.share, part.signed_quantity, part.fee) for part in parts] == [
        (made[0], d("-1"), d("0.2")),
        (made[2], d("-1"), d("0.2")),
    ]


def test_a_net_order_too_small_for_the_venue_costs_only_its_own_part() -> None:
    # A wants 1, B wants -0.99: the net 0.01 at 100 is worth 1, below the venue's 5. A gives up just that.
    sizings = [ONE_UNIT, FixedQuantity(d("0.99"))]
    played = play(FLAT, {1: long()}, {1: short()}, sizings=sizings)

    assert played.held("A", "B") == (d("0.99"), d("-0.99"))
    assert played.fills == []
    assert [(refusal.source, refusal.reasons) for refusal in played.refusals] == [
        ("gate", ("below_minimum",)),
        ("netting", ("given_up",)),
    ]
    assert played.refusals[1].detail == "A gives up BUY 0.01"


def test_when_the_gate_refuses_the_net_what_cancels_out_is_still_traded() -> None:
    # The net +0.6 is refused: A gives up 0.6 and keeps the 0.4 that B sells it.
    sizings = [ONE_UNIT, FixedQuantity(d("0.4"))]
    played = play(FLAT, {1: long()}, {1: short()}, sizings=sizings, policy=only_symbols("OTHERUSDT"))

    assert played.held("A", "B") == (d("0.4"), d("-0.4"))
    assert played.orders == []
    assert [refusal.reasons for refusal in played.refusals] == [("symbol_not_allowed",), ("given_up",)]


def test_no_wish_outlives_a_refusal_to_be_filled_bars_later() -> None:
    # As above; when A leaves at bar 4, its 0.4 are bought back from B's side of the account, and nothing else.
    sizings = [ONE_UNIT, FixedQuantity(d("0.4"))]
    played = play(FLAT, {1: long(), 3: OUT}, {1: short(), 3: OUT}, sizings=sizings, policy=only_symbols("OTHERUSDT"))

    assert played.held("A", "B") == (0, 0)
    assert played.orders == []


def test_what_is_given_up_is_taken_from_the_last_who_wanted_it() -> None:
    first, second = (Share(name, Scripted({}), ONE_UNIT, AsOfView(COIN), Position(COIN)) for name in "AB")
    first.target, second.target = d("2"), d("1")

    dropped = drop_wishes([first, second], Side.BUY, d("1.5"))

    assert dropped == [(second, d("1")), (first, d("0.5"))]
    assert (first.target, second.target) == (d("1.5"), d("0"))


def test_a_strategy_that_wants_out_gives_up_no_more_than_its_reversal() -> None:
    share = Share("A", Scripted({}), ONE_UNIT, AsOfView(COIN), Position(COIN))
    share.position.fill(d("-1"), d("100"))
    share.target = d("1")

    drop_wishes([share], Side.BUY, d("2"))

    assert share.target == 0
