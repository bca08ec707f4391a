"""Where stops stood, from the orders alone."""

from decimal import Decimal

from application.backtest import run_backtest
from application.market_history import MarketHistory
from application.results.stop_levels import StopLevel, stop_levels
from application.trading.records import ExitReason, SentOrder
from domain.order import ClientOrderId, Side
from tests.plans import trend_plan
from tests.support import START_NS, SYMBOL, make_bars, make_terms
from tests.unit.application.results.run_logs import make_trade

END_NS = START_NS + 100


def stop_at(offset_ns: int, price: str, *, strategy: str = "trend", side: Side = Side.SELL) -> SentOrder:
    terms = make_terms("1", side, trigger_price=price, reduce_only=True)
    return SentOrder(START_NS + offset_ns, ClientOrderId(f"bt-{offset_ns}"), "stop", terms, strategy)


def test_a_stop_stands_until_the_next_one_and_the_last_one_until_the_exit() -> None:
    trade = make_trade(entered_at_ns=START_NS, exited_at_ns=START_NS + 60)

    found = stop_levels([stop_at(0, "90"), stop_at(40, "95")], [trade], until_ns=END_NS)

    assert found == [
        StopLevel("trend", SYMBOL, 90.0, START_NS, START_NS + 40),
        StopLevel("trend", SYMBOL, 95.0, START_NS + 40, START_NS + 60),
    ]


def test_the_stop_of_an_open_trade_still_stands() -> None:
    trade = make_trade(entered_at_ns=START_NS, exited_at_ns=None)

    (level,) = stop_levels([stop_at(10, "90")], [trade], until_ns=END_NS)

    assert level.end_ns == END_NS


def test_stops_of_others_and_of_other_trades_are_not_its_own() -> None:
    trade = make_trade(entered_at_ns=START_NS + 20, exited_at_ns=START_NS + 60)
    orders = [
        stop_at(10, "80"),
        stop_at(30, "90", strategy="other"),
        stop_at(30, "110", side=Side.BUY),
        stop_at(70, "85"),
    ]

    assert stop_levels(orders, [trade], until_ns=END_NS) == []


def test_in_a_run_every_stopped_trade_ended_at_the_level_of_its_last_stop() -> None:
    wave = [100 + 10 * abs((row % 40) - 20) / 10 + (row % 3) for row in range(400)]
    result = run_backtest(trend_plan(MarketHistory(bars={SYMBOL: make_bars(wave)})))
    stopped = [trade for trade in result.log.trades if trade.exit_reason is ExitReason.STOP]

    assert stopped
    for trade in stopped:
        levels = stop_levels(result.log.orders, [trade], until_ns=result.end_ns)
        # Without spread or impact a stop fills at its trigger, or at an open beyond it.
        assert (Decimal(str(levels[-1].price)) - (trade.exit_price or 0)) * trade.direction >= 0
