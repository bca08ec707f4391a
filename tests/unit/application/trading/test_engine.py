"""The decision core by itself: decisions with their reasons, trades with their parts, and what contradicts it."""

from decimal import Decimal

import pytest

from application.trading.events import BarsClosed
from application.trading.order_ids import CountingOrderIds
from application.trading.records import ExitReason
from application.venue_messages import CancelRejected, OrderAccepted, OrderFilled
from domain.errors import DomainError
from domain.market import FundingEvent, MarkPrice
from domain.order import ClientOrderId
from domain.sizing import EquityFraction, FixedQuantity
from tests.support import make_bar, make_fill
from tests.unit.application.trading.stage import (
    COIN,
    OTHER,
    OUT,
    Prices,
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

FLAT = [(100.0,)] * 6


def test_a_decision_says_who_wanted_what_when_and_how_its_size_came_about() -> None:
    played = play(FLAT, {1: long(stop=5.0)})

    (decision,) = played.engine.log.decisions
    assert (decision.strategy, decision.symbol, decision.at_ns) == ("A", COIN, at(2))
    assert (decision.target_quantity, decision.size_reason) == (d("1"), "rule: fixed quantity")
    assert decision.signal == long(stop=5.0)


def test_a_decision_at_a_close_fills_at_the_next_open() -> None:
    played = play([(100.0,), (100.0, 108.0, 100.0, 107.0), (103.0,)], {1: long()})

    (fill,) = played.fills
    assert (fill.price, fill.executed_at_ns) == (d("103"), at(2))


def test_a_decision_at_the_last_close_stays_on_its_way() -> None:
    played = play(FLAT, {5: long()})

    assert len(played.orders) == 1
    assert played.fills == []


def test_a_round_trip_keeps_price_fees_and_slippage_apart() -> None:
    # Bought at 100, sold at 110: gross 10, fees 0.001 × (100 + 110) = 0.21.
    played = play([(100.0,)] * 4 + [(110.0,)] * 2, {1: long(), 3: OUT}, taker_rate="0.001")

    trade = played.the_trade
    assert (trade.entry_price, trade.exit_price) == (d("100"), d("110"))
    assert (trade.direction, trade.quantity) == (1, d("1"))
    assert (trade.gross_pnl, trade.fees, trade.funding, trade.slippage) == (d("10"), d("0.21"), d("0"), d("0"))
    assert trade.net_pnl == d("9.79")


def test_the_equity_curve_has_one_point_per_moment_of_decision_at_the_marks_of_that_moment() -> None:
    # One unit from 100: at closes of 100, 104 and 98 equity is 1,000, 1,004 and 998; exposure is value over equity.
    rows = [(100.0,)] * 2 + [(100.0, 104.0, 100.0, 104.0), (104.0, 104.0, 98.0, 98.0)]
    log = play(rows, {0: long()}, equity="1000").engine.log

    assert list(log.equity_at_ns) == [at(1), at(2), at(3), at(4)]
    assert list(log.equity) == [1000.0, 1000.0, 1004.0, 998.0]
    assert list(log.exposure) == pytest.approx([0.0, 100 / 1000, 104 / 1004, 98 / 998])


def test_instruments_with_marks_of_their_own_are_valued_at_them() -> None:
    marks = {COIN: coin_series([(100.0,), (100.0,), (100.0, 101.0, 100.0, 101.0)])}
    played = play([(100.0,), (100.0,), (100.0, 109.0, 100.0, 109.0)], {0: long()}, marks=marks, equity="1000")

    assert played.engine.equity == 1001
    assert list(played.engine.log.equity) == [1000.0, 1000.0, 1001.0]


def test_funding_is_divided_among_the_shares_by_what_they_hold() -> None:
    # +3 and -1 net to +2: at a rate of 0.001 on 100 the account pays 0.2, of which A pays 0.3 and B gets 0.1.
    event = FundingEvent(COIN, at(3), d("0.001"))
    played = play(FLAT, {1: long()}, {1: short()}, sizings=[FixedQuantity(d("3"))], funding=[event])

    assert played.engine.ledger.funding == d("-0.2")
    assert {trade.strategy: trade.funding for trade in played.engine.open_trades()} == {"A": d("-0.3"), "B": d("0.1")}


def test_what_a_strategy_sees_of_funding_is_the_last_settlement() -> None:
    event = FundingEvent(COIN, at(3), d("0.001"))
    played = play(FLAT, {1: long()}, funding=[event])

    assert played.share().view.funding == event


def test_each_instrument_of_a_strategy_has_a_share_of_its_own() -> None:
    played = play({COIN: FLAT, OTHER: FLAT}, {COIN: {1: long()}, OTHER: {2: short()}})

    assert played.share("A", COIN).held == 1
    assert played.share("A", OTHER).held == -1
    assert played.share("A", COIN).strategy is not played.share("A", OTHER).strategy


def test_an_exit_keeps_its_own_reason_even_when_the_stop_is_there_too() -> None:
    played = play([(100.0,)] * 4 + [(97.0,)] * 2, {1: long(stop=5.0), 3: OUT})

    assert played.the_trade.exit_reason is ExitReason.SIGNAL


def test_all_decisions_of_one_moment_are_made_at_the_same_equity() -> None:
    # OTHER, bought at 100, closes bar 3 at 200, which makes 1,100 of 1,000. COIN enters at that close with all of it:
    # 11 units at 100, whatever the order of the names.
    doubling: list[Prices] = [(100.0,), (100.0,), (100.0,), (100.0, 200.0, 100.0, 200.0), (200.0,), (200.0,)]
    rows: dict[str, list[Prices]] = {COIN: [(100.0,)] * 6, OTHER: doubling}
    played = play(
        rows,
        {OTHER: {0: long()}},
        {COIN: {3: long()}},
        sizings=[FixedQuantity(d("1")), EquityFraction(d("1"))],
        equity="1000",
    )

    assert played.share("B", COIN).held == 11


def test_a_report_on_an_order_that_is_not_working_stops_trading() -> None:
    engine = watched_engine(make_plan(make_history(FLAT), [{}]))

    with pytest.raises(DomainError, match="stranger"):
        engine.handle(OrderAccepted(ClientOrderId("stranger"), at(1)))
    with pytest.raises(DomainError, match="stranger"):
        engine.handle(OrderFilled(make_fill(client_order_id="stranger", symbol=COIN)))


def test_a_rejected_cancel_changes_nothing() -> None:
    engine = watched_engine(make_plan(make_history(FLAT), [{}]))

    assert list(engine.handle(CancelRejected(ClientOrderId("gone"), at(1)))) == []


def test_a_mark_that_comes_alone_values_the_account_at_once() -> None:
    played = play(FLAT, {1: long()}, equity="1000")

    played.engine.handle(MarkPrice(COIN, at(7), 105.5))

    assert played.engine.equity == d("1005.5")


def test_nothing_to_do_is_no_command() -> None:
    engine = watched_engine(make_plan(make_history(FLAT), [{}]))

    assert list(engine.handle(BarsClosed(at(1), (make_bar(symbol=COIN),)))) == []


def test_a_deposit_counts_at_once() -> None:
    engine = watched_engine(make_plan(make_history(FLAT), [{}], equity="5"))

    engine.deposit(d("2"))
    engine.deposit(d("-1"))

    assert engine.equity == 6
    assert engine.ledger.transfers == Decimal(6)


def test_order_ids_count_up_and_say_whose_they_are() -> None:
    ids = CountingOrderIds("bt")

    assert [ids(), ids()] == ["bt-1-1", "bt-2-1"]


def test_order_ids_stay_within_what_a_venue_allows() -> None:
    ids = CountingOrderIds("x" * 12)

    assert all(len(ids()) <= 32 for _ in range(1000))


@pytest.mark.parametrize("name", ["", "x" * 13])
def test_an_instance_name_of_the_wrong_length_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 12 characters"):
        CountingOrderIds(name)
