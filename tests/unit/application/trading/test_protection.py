"""Stops and targets: placed after the entry, on the right side, for as long as there is something to protect."""

from decimal import Decimal

import pytest
from attrs import evolve

from adapters.simulated.rules import VenueRules
from application.trading.book import InstrumentBook, Purpose
from application.trading.protection import protective_terms
from application.trading.records import ExitReason
from application.trading.share import Share
from domain.as_of import AsOfView
from domain.instrument import FeeSchedule
from domain.margin import MarginMode
from domain.market import BarSeries
from domain.order import OrderType, Side, TriggerPrice
from domain.position import Position
from domain.signal import Signal
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_HOUR, NS_PER_MS
from tests.plans import FRICTIONLESS, plain_instrument
from tests.unit.application.trading.stage import (
    COIN,
    ONE_UNIT,
    OTHER,
    OUT,
    Prices,
    Scripted,
    after,
    at,
    coin_series,
    d,
    long,
    make_history,
    make_plan,
    perform,
    play,
    short,
)

FLAT = [(100.0,)] * 6


@pytest.mark.parametrize(
    ("signal", "side", "stop", "target"),
    [(long(stop=5.0, target=7.0), "SELL", 95, 107), (short(stop=5.0, target=7.0), "BUY", 105, 93)],
    ids=["long", "short"],
)
def test_both_are_placed_once_the_entry_is_filled_on_the_sides_where_they_belong(
    signal: Signal, side: str, stop: int, target: int
) -> None:
    played = play(FLAT, {1: signal})

    assert [(order.purpose, order.at_ns) for order in played.orders] == [
        ("open", at(2)),
        ("stop", at(2)),
        ("target", at(2)),
    ]
    assert played.open_at_venue() == [(side, 1, stop), (side, 1, target)]
    assert {order.terms.type for order in played.orders[1:]} == {OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET}


def test_distances_are_measured_from_the_price_paid_and_not_from_the_price_of_the_decision() -> None:
    # Decided at 100, filled at the next open, 110: stop 105, target 117.
    played = play([(100.0,)] * 2 + [(110.0,)] * 2, {1: long(stop=5.0, target=7.0)})

    assert [trigger for _, _, trigger in played.open_at_venue()] == [105, 117]


@pytest.mark.parametrize(
    ("held", "stop", "target"),
    # Entry 100, distance 0.123 in ticks of 0.1: the stop goes to the tick nearer to the entry, the target farther away.
    [("1", "99.9", "100.2"), ("-1", "100.1", "99.8")],
    ids=["long", "short"],
)
def test_the_stop_is_rounded_towards_the_entry_and_the_target_away_from_it(held: str, stop: str, target: str) -> None:
    position = Position(COIN)
    position.fill(d(held), d("100"))
    share = Share("A", Scripted({}), ONE_UNIT, AsOfView(COIN), position, stop_distance=0.123, target_distance=0.123)
    book = InstrumentBook(plain_instrument(COIN, tick_size="0.1"), [share])

    triggers = []
    for purpose in (Purpose.STOP, Purpose.TARGET):
        terms = protective_terms(book, share, purpose, TriggerPrice.LAST)
        assert terms is not None
        assert terms.side is (Side.SELL if share.held > 0 else Side.BUY)
        triggers.append(terms.trigger_price)
    assert triggers == [d(stop), d(target)]


def test_a_distance_beyond_zero_makes_no_order() -> None:
    # A long from 100 cannot fall by 150.
    played = play(FLAT, {1: long(stop=150.0)})

    assert [order.purpose for order in played.orders] == ["open"]


@pytest.mark.parametrize(
    ("bar", "reason", "price"),
    [((100.0, 100.0, 94.0, 96.0), ExitReason.STOP, 95), ((100.0, 108.0, 100.0, 106.0), ExitReason.TARGET, 107)],
    ids=["stop", "target"],
)
def test_when_one_fills_the_other_is_canceled(bar: Prices, reason: ExitReason, price: int) -> None:
    played = play([(100.0,)] * 3 + [bar, (100.0,)], {1: long(stop=5.0, target=7.0)})

    assert played.the_end == (reason, price)
    assert played.open_at_venue() == []
    assert played.engine.books[COIN].working == {}
    assert (played.share().stop_id, played.share().take_profit_id) == (None, None)


def test_after_an_exit_by_signal_both_are_canceled() -> None:
    played = play(FLAT, {1: long(stop=5.0, target=7.0), 3: OUT})

    assert played.open_at_venue() == []
    assert played.the_trade.exit_reason is ExitReason.SIGNAL


def test_until_an_exit_is_filled_the_stop_stays() -> None:
    # Nothing trades in bars 3 and 4, so the close waits; bar 5 opens at 90: the waiting order fills there.
    still = (100.0, 100.0, 100.0, 100.0, 0.0)
    played = play([(100.0,)] * 3 + [still, still, (90.0,)], {1: long(stop=5.0), 2: OUT})

    assert played.the_trade.exit_price == 90
    assert played.open_at_venue() == []


def test_a_reversal_replaces_the_protection_of_the_old_side() -> None:
    played = play(FLAT, {1: long(stop=5.0, target=7.0), 3: short(stop=4.0, target=6.0)})

    assert played.open_at_venue() == [("BUY", 1, 104), ("BUY", 1, 94)]


def test_an_entry_that_fills_in_part_is_protected_in_part() -> None:
    # 0.4 units of volume where 1 is wanted: the rest expires, the strategy is content with 0.4.
    rows = [(100.0,)] * 2 + [(100.0, 100.0, 100.0, 100.0, 0.4), (100.0,), (100.0,)]
    played = play(rows, {1: long(stop=5.0, target=7.0)})

    assert played.share().held == played.share().target == d("0.4")
    assert played.open_at_venue() == [("SELL", d("0.4"), 95), ("SELL", d("0.4"), 107)]


def test_a_stop_that_fills_in_part_closes_the_rest_at_the_next_bar() -> None:
    # The stop sells 0.3 in bar 3, whose volume is 0.3, and the rest goes at the open of bar 4: (0.3 × 95 + 0.7 × 90).
    rows = [(100.0,)] * 3 + [(100.0, 100.0, 94.0, 94.0, 0.3), (90.0,), (90.0,)]
    played = play(rows, {1: long(stop=5.0, target=7.0)})

    assert [(fill.quantity, fill.price) for fill in played.fills[1:]] == [(d("0.3"), d("95")), (d("0.7"), d("90"))]
    assert played.the_end == (ExitReason.STOP, d("91.5"))
    assert played.open_at_venue() == []


def test_a_stop_that_a_gap_has_passed_closes_at_the_market_as_unprotected() -> None:
    # Filled at 100.02 with 2 bps of spread; a stop 0.01 away is passed already at the open of 100.
    rules = evolve(FRICTIONLESS, half_spread_bps=d("2"))
    played = play(FLAT, {1: long(stop=0.01)}, rules=rules)

    assert played.refusals[0].source == "venue"
    assert played.refusals[0].reasons == ("would_trigger",)
    assert played.the_trade.exit_reason is ExitReason.UNPROTECTED
    assert played.share().held == 0
    assert played.open_at_venue() == []


@pytest.mark.parametrize(
    ("opened", "reason"), [(110.0, ExitReason.TARGET), (90.0, ExitReason.UNPROTECTED)], ids=["target", "stop"]
)
def test_what_the_market_has_passed_while_the_order_was_on_its_way_closes_at_the_market(
    opened: float, reason: ExitReason
) -> None:
    # An order takes 90 minutes. Entered at 3.5 hours at 100, stop and target are sent then and arrive at the open of
    # bar 5, which is beyond one of them: it is refused, and the share is closed by an order that arrives at 6.5 hours.
    rows = [(100.0,)] * 5 + [(opened,)] * 5
    played = play(rows, {1: long(stop=5.0, target=7.0)}, rules=after(NS_PER_HOUR * 3 // 2))

    assert [refusal.reasons for refusal in played.refusals] == [("would_trigger",)]
    assert (played.the_trade.exit_reason, played.the_trade.exited_at_ns) == (reason, at(6.5))
    assert played.the_trade.exit_price == d(str(opened))
    assert played.open_at_venue() == []


def test_a_liquidation_ends_the_trade_and_leaves_nothing_at_work() -> None:
    # 100 units at 100 with 1,000 of equity: margin is gone near 90. A stop at 80 comes too late.
    rows = [(100.0,)] * 3 + [(100.0, 100.0, 85.0, 85.0), (85.0,), (85.0,)]
    played = play(rows, {1: long(stop=20.0, target=30.0)}, equity="1000", sizings=[FixedQuantity(d("100"))])

    assert [trade.exit_reason for trade in played.trades] == [ExitReason.LIQUIDATION]
    assert played.open_at_venue() == []
    assert played.engine.books[COIN].working == {}
    assert played.share().held == played.share().target == 0
    assert played.engine.log.liquidations


def test_after_a_liquidation_nothing_is_bought_back_although_there_is_money() -> None:
    # Isolated at leverage 20: a wallet of 500 behind 100 units at 100, gone near 95; the account has 99,500 more.
    rules = evolve(FRICTIONLESS, margin_mode=MarginMode.ISOLATED)
    rows = [(100.0,), (100.0,), (100.0,), (100.0, 100.0, 85.0, 85.0), (85.0,), (85.0,)]
    played = play(rows, {1: long(stop=20.0)}, rules=rules, sizings=[FixedQuantity(d("100"))])

    assert [order.purpose for order in played.orders] == ["open", "stop"]
    assert played.refusals == []
    assert played.share().held == played.share().target == 0


def test_a_liquidation_of_one_instrument_leaves_the_survivor_protected() -> None:
    # Cross margin of 30.5 behind two units at 100, without fees. At a mark of 70.1 for COIN equity is 0.6 and the
    # maintenance margin 0.004 × (70.1 + 100) = 0.6804: the venue expires the orders of both and closes OTHER, which
    # needs most. COIN needs 0.2804 and lives: its stop at 40 has to stand again.
    free = FeeSchedule(Decimal(0), Decimal(0), Decimal(0))
    instruments = {symbol: evolve(plain_instrument(symbol), fees=free) for symbol in (COIN, OTHER)}
    falling: list[Prices] = [(100.0,), (100.0,), (100.0,), (100.0, 100.0, 70.1, 70.1), (70.1,), (70.1,), (70.1,)]
    rows: dict[str, list[Prices]] = {COIN: falling, OTHER: [(100.0,)] * 7}
    script = {COIN: {0: long(stop=60.0)}, OTHER: {0: long(stop=60.0)}}
    played = play(rows, script, equity="30.5", instruments=instruments)

    assert [report.fill.symbol for report in played.engine.log.liquidations] == [OTHER]
    assert played.share("A", COIN).held == 1
    assert played.open_at_venue(OTHER) == []
    assert played.open_at_venue(COIN) == [("SELL", 1, 40)]


def test_protection_can_look_at_the_mark() -> None:
    # The last price falls to 90 in bar 3 while the mark stays at 100: a stop by the mark at 95 does not fire.
    rows = [(100.0,)] * 3 + [(100.0, 100.0, 90.0, 100.0), (100.0,)]
    marks = {COIN: coin_series([(100.0,)] * 5)}
    plan = make_plan(make_history(rows, marks=marks), [{1: long(stop=5.0)}])
    by_mark = perform(evolve(plan, trigger_by=TriggerPrice.MARK))
    by_last = perform(plan)

    assert [each.share().held for each in (by_mark, by_last)] == [1, 0]


# Stop and target in one bar. Entered at 100 at the open of bar 2, stop 95, target 105; bar 3 reaches both.
BOTH = [(100.0,)] * 3 + [(100.0, 106.0, 94.0, 100.0), (100.0,)]


def quarters(*rows: Prices, row: float = 3.0) -> dict[str, BarSeries]:
    """Make detail bars of a quarter of an hour from the beginning of a bar on."""
    return {COIN: coin_series(rows, interval_ns=at(0.25) - at(0), start_ns=at(row))}


TARGET_FIRST = ((100.0, 106.0, 100.0, 104.0), (104.0,), (104.0, 104.0, 94.0, 94.0), (94.0, 100.0, 94.0, 100.0))
STOP_FIRST = ((100.0, 100.0, 94.0, 94.0), (94.0, 106.0, 94.0, 104.0), (104.0,), (104.0, 104.0, 100.0, 100.0))


def test_without_detail_the_stop_is_taken() -> None:
    played = play(BOTH, {1: long(stop=5.0, target=5.0)})

    assert played.the_end == (ExitReason.STOP, 95)


@pytest.mark.parametrize(
    ("path", "reason", "price"),
    [(TARGET_FIRST, ExitReason.TARGET, 105), (STOP_FIRST, ExitReason.STOP, 95)],
    ids=["target first", "stop first"],
)
def test_with_detail_the_path_decides(path: tuple[Prices, ...], reason: ExitReason, price: int) -> None:
    played = play(BOTH, {1: long(stop=5.0, target=5.0)}, detail=quarters(*path))

    assert played.the_end == (reason, price)


def test_a_bar_that_detail_does_not_cover_completely_decides_itself() -> None:
    # Three of four quarters are there, and in them the target comes first: the whole bar is asked, and takes the stop.
    played = play(BOTH, {1: long(stop=5.0, target=5.0)}, detail=quarters(*TARGET_FIRST[:3]))

    assert played.the_trade.exit_reason is ExitReason.STOP


def test_detail_changes_nothing_that_is_decided() -> None:
    plain = play(BOTH, {1: long(), 3: OUT})
    fine = play(BOTH, {1: long(), 3: OUT}, detail=quarters(*TARGET_FIRST))

    assert fine.engine.log.decisions == plain.engine.log.decisions
    assert fine.engine.log.equity_at_ns == plain.engine.log.equity_at_ns


def test_with_latency_and_costs_protection_stands_all_the_same() -> None:
    rules = VenueRules(latency_ns=100 * NS_PER_MS)
    played = play(FLAT, {1: long(stop=5.0, target=7.0)}, rules=rules)

    entry = played.share().position.entry_price
    assert entry is not None
    assert [trigger for _, _, trigger in played.open_at_venue()] == [entry - 5, entry + 7]


def test_a_stop_fills_no_worse_than_its_level_unless_the_market_gaps() -> None:
    rows = [(100.0,)] * 3 + [(90.0, 91.0, 89.0, 90.0), (90.0,)]
    played = play(rows, {1: long(stop=5.0)}, rules=after(0))

    assert played.the_trade.exit_price == 90
