"""How long the engine's own check of an order and its decision on a size take: ten instruments, a hundred orders."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import numpy as np

from application.trading.account_view import AccountTerms
from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.engine import TradingEngine
from application.trading.order_ids import CountingOrderIds
from application.trading.order_origin import OrderOrigin
from application.trading.shadow_record import ShadowRecord
from application.trading.share import Share
from domain.as_of import AsOfView
from domain.market import Bar
from domain.order import ClientOrderId, Order, OrderTerms, OrderType, Side
from domain.position import Position
from domain.risk.limits import AccountLimits, OrderLimits, PositionLimits
from domain.risk.settings import RiskSettings
from domain.signal import Signal, SignalAction
from domain.sizing import KellyAndRisk
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from domain.time_units import NS_PER_HOUR
from tests.benchmarks.gate import measure_call
from tests.support import START_NS, make_instrument

_INSTRUMENTS: Final = 10
_ORDERS_EACH: Final = 10
_HOURS: Final = 800
_LONG: Final = Signal(action=SignalAction.ENTER_LONG, reason="followed")

EVERY_LIMIT: Final = RiskSettings(
    order=OrderLimits(notional_max=Decimal(200_000)),
    position=PositionLimits(correlated_max=Decimal(2), strategy_leverage_max=Decimal(2)),
    account=AccountLimits(leverage_max=Decimal(3), net_leverage_max=Decimal(2)),
)


def busy_engine(orders_of: Callable[[InstrumentBook], Iterable[OrderTerms]]) -> TradingEngine:
    """An account of a million with a position and working orders in each of ten instruments."""
    books = {f"C{place}USDT": _book(f"C{place}USDT") for place in range(_INSTRUMENTS)}
    engine = TradingEngine(books, EVERY_LIMIT, CountingOrderIds("bench"), terms=AccountTerms(leverage=5))
    engine.deposit(Decimal(1_000_000))
    random = np.random.default_rng(7)
    moves = random.standard_normal((_HOURS, 1)) * 0.004 + random.standard_normal((_HOURS, _INSTRUMENTS)) * 0.004
    prices = 100.0 * np.exp(np.cumsum(moves, axis=0))
    for hour, row in enumerate(prices):
        for book, price in zip(books.values(), row, strict=True):
            book.mark = round(float(price), 1)
            book.marked_at_ns = START_NS + hour * NS_PER_HOUR
            _show(book, hour)
        engine.controller.market.sample(START_NS + hour * NS_PER_HOUR)
    for place, book in enumerate(books.values()):
        _hold(engine, book, Decimal(200 if place % 2 else -200))
        _send(book, orders_of(book))
    return engine


def _book(symbol: str) -> InstrumentBook:
    strategy = TrendFollowing(TrendFollowingParameters())
    shadow = ShadowRecord(720, 0.0005, NS_PER_HOUR)
    view = AsOfView(symbol, 20)
    return InstrumentBook(
        make_instrument(symbol), [Share("trend", strategy, KellyAndRisk(), view, Position(symbol), shadow=shadow)]
    )


def _show(book: InstrumentBook, hour: int) -> None:
    """Let the strategy see the bar, and its shadow hold through a gain that rises and falls."""
    (share,) = book.shares
    at_ns, close = START_NS + hour * NS_PER_HOUR, book.mark
    bar = Bar(book.instrument.symbol, at_ns - NS_PER_HOUR, at_ns, close, close + 0.4, close - 0.4, close, 9.0)
    book.last_bar = bar
    share.view.push(bar)
    if share.shadow is not None:
        share.shadow.hear(_LONG)
        price = close * (1.0 + 0.0004 * hour)
        share.shadow.follow(Bar(book.instrument.symbol, at_ns - NS_PER_HOUR, at_ns, price, price, price, price, 9.0))


def _hold(engine: TradingEngine, book: InstrumentBook, quantity: Decimal) -> None:
    (share,) = book.shares
    for position in (book.position, share.position):
        position.fill(quantity, Decimal(str(book.mark)))
    share.target, share.stop_distance = quantity, 3.0
    book.refresh_floats()
    engine.account.held.append(book)


def _send(book: InstrumentBook, orders: Iterable[OrderTerms]) -> None:
    for number, terms in enumerate(orders):
        order_id = ClientOrderId(f"{book.instrument.symbol}-{number}")
        book.working[order_id] = WorkingOrder(Order(order_id, terms, START_NS), Purpose.OPEN, None)
    book.note_orders_changed()


def openings_of_both_sides(book: InstrumentBook) -> Iterable[OrderTerms]:
    """Ten orders that open, which nobody wants any more: all of it may come to be held, without a stop."""
    for number in range(_ORDERS_EACH):
        side = Side.BUY if number % 2 else Side.SELL
        price = Decimal(str(round(book.mark - (20 if number % 2 else -20) - number / 10, 1)))
        yield OrderTerms(
            symbol=book.instrument.symbol, side=side, type=OrderType.LIMIT, quantity=Decimal(10), price=price
        )


def stop_and_target(book: InstrumentBook) -> Iterable[OrderTerms]:
    """What protects a position, and nothing else."""
    side = Side.SELL if book.position.signed_quantity > 0 else Side.BUY
    for order_type, away in ((OrderType.STOP_MARKET, -3.0), (OrderType.TAKE_PROFIT_MARKET, 3.0)):
        yield OrderTerms(
            symbol=book.instrument.symbol,
            side=side,
            type=order_type,
            quantity=abs(book.position.signed_quantity),
            trigger_price=Decimal(str(round(book.mark - side.sign * away, 1))),
            reduce_only=True,
        )


def measure_sizing() -> None:
    """Print the time of a size decision and of the whole way of an order through the gate, on two kinds of accounts."""
    for title, orders_of in (
        ("ten positions, each with stop and target", stop_and_target),
        ("the same with a hundred opening orders", openings_of_both_sides),
    ):
        print(title)
        _measure(busy_engine(orders_of))


def _measure(engine: TradingEngine) -> None:
    book = next(iter(engine.books.values()))
    (share,) = book.shares
    now_ns = book.marked_at_ns
    sizer, check = engine._loop.signals.sizer, engine._desk.check  # their cost is the point
    signal = Signal(action=SignalAction.ENTER_SHORT, reason="measured", strength=0.8, stop_distance=2.5)
    decision = sizer.size(book, share, signal, now_ns=now_ns, drawdown_factor=Decimal(1))
    print(f"{len(decision.candidates)} candidates, bound by {decision.binding.value}")
    measure_call("size decision", lambda: sizer.size(book, share, signal, now_ns=now_ns, drawdown_factor=Decimal(1)))
    terms = OrderTerms(symbol=book.instrument.symbol, side=Side.SELL, type=OrderType.MARKET, quantity=Decimal(5))
    origin = OrderOrigin(strategies=("trend",), openers=("trend",), decided_at_ns=now_ns)
    verdict = check.assess(book, terms, "open", origin, now_ns)
    print(f"verdict: {type(verdict).__name__}")
    measure_call("order checked: snapshot, estimates, gate", lambda: check.assess(book, terms, "open", origin, now_ns))


if __name__ == "__main__":
    measure_sizing()
