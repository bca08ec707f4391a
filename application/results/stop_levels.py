"""Where the stop of each trade stood, and for how long: worked out from the orders that were sent."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from application.trading.records import RoundTrip, SentOrder

_STOP: Final = "stop"


@frozen
class StopLevel:
    """One stretch of time over which one strategy's stop stood at one price.

    Attributes:
        strategy: Whose it was.
        symbol: Instrument.
        price: Its trigger, quote per base.
        start_ns: When it was sent.
        end_ns: When the next one took its place or the trade ended.
    """

    strategy: str
    symbol: str
    price: float
    start_ns: int
    end_ns: int


def stop_levels(orders: Sequence[SentOrder], trades: Sequence[RoundTrip], *, until_ns: int) -> list[StopLevel]:
    """Return the stops of these trades, trade by trade.

    Nothing has to be known about how an order ended: a strategy has one stop at most in an instrument, the next
    one replaces it, and without a position it has none.

    Args:
        orders: What was sent, in time order.
        trades: Round trips of the same run, closed or open.
        until_ns: Where the stops of open trades are cut off.
    """
    sent: dict[tuple[str | None, str], list[SentOrder]] = defaultdict(list)
    for order in orders:
        if order.purpose == _STOP:
            sent[order.strategy, order.terms.symbol].append(order)
    return [level for trade in trades for level in _of_trade(trade, sent[trade.strategy, trade.symbol], until_ns)]


def _of_trade(trade: RoundTrip, stops: Sequence[SentOrder], until_ns: int) -> Iterator[StopLevel]:
    end_ns = until_ns if trade.exited_at_ns is None else trade.exited_at_ns
    first = bisect_left(stops, trade.entered_at_ns, key=_sent_at)
    behind = bisect_right(stops, end_ns, key=_sent_at)
    own = [stop for stop in stops[first:behind] if stop.terms.side.sign == -trade.direction]
    for stop, stop_end_ns in zip(own, [*(stop.at_ns for stop in own[1:]), end_ns], strict=False):
        if stop.terms.trigger_price is not None and stop.at_ns < stop_end_ns:
            yield StopLevel(trade.strategy, trade.symbol, float(stop.terms.trigger_price), stop.at_ns, stop_end_ns)


def _sent_at(order: SentOrder) -> int:
    return order.at_ns
