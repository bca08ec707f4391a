"""Builders shared by tests: each makes a valid object, and a test says only the numbers that matter to it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from domain.instrument import BracketRow, FeeSchedule, Instrument, MarginSchedule, is_spot
from domain.market import Bar, BarSeries
from domain.order import (
    ClientOrderId,
    Fill,
    Order,
    OrderTerms,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
    TradeId,
    TriggerPrice,
)
from domain.time_units import NS_PER_HOUR

SYMBOL: Final = "BTCUSDT"
START_NS: Final = 1_704_067_200_000_000_000
"""2024-01-01T00:00:00Z."""

BRACKET_ROWS: Final[Sequence[BracketRow]] = (
    (Decimal(0), Decimal(50_000), Decimal("0.004"), 125),
    (Decimal(50_000), Decimal(600_000), Decimal("0.005"), 100),
    (Decimal(600_000), Decimal(3_000_000), Decimal("0.01"), 50),
    (Decimal(3_000_000), Decimal(500_000_000), Decimal("0.025"), 20),
)
"""Shaped like the venue's table for BTCUSDT; the amounts deducted are 0, 50, 3,050 and 48,050."""


def make_schedule(rows: Sequence[BracketRow] = BRACKET_ROWS, *, effective_at_ns: int = 0) -> MarginSchedule:
    return MarginSchedule.from_rows(rows, effective_at_ns=effective_at_ns)


def make_instrument(
    symbol: str = SYMBOL,
    *,
    tick_size: str = "0.1",
    lot_size: str = "0.001",
    quantity_min: str = "0.001",
    quantity_max: str = "1000",
    notional_min: str = "5",
    price_band: str = "0.05",
    maker_rate: str = "0.0002",
    taker_rate: str = "0.0005",
    liquidation_rate: str = "0.0125",
    margins: tuple[MarginSchedule, ...] | None = None,
) -> Instrument:
    return Instrument(
        symbol=symbol,
        tick_size=Decimal(tick_size),
        lot_size=Decimal(lot_size),
        quantity_min=Decimal(quantity_min),
        quantity_max=Decimal(quantity_max),
        notional_min=Decimal(notional_min),
        price_band=Decimal(price_band),
        fees=FeeSchedule(Decimal(maker_rate), Decimal(taker_rate), Decimal(liquidation_rate)),
        margins=_usual_margins(symbol) if margins is None else margins,
    )


def _usual_margins(symbol: str) -> tuple[MarginSchedule, ...]:
    return () if is_spot(symbol) else (make_schedule(),)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def make_terms(
    quantity: str | Decimal = "1",
    side: Side = Side.BUY,
    *,
    symbol: str = SYMBOL,
    price: str | None = None,
    trigger_price: str | None = None,
    callback_rate: str | None = None,
    activation_price: str | None = None,
    order_type: OrderType | None = None,
    time_in_force: TimeInForce = TimeInForce.GTC,
    good_until_ns: int | None = None,
    reduce_only: bool = False,
    close_position: bool = False,
    position_side: PositionSide = PositionSide.BOTH,
    trigger_by: TriggerPrice = TriggerPrice.LAST,
) -> OrderTerms:
    """Make terms of the type that the prices given imply: limit, stop, trailing stop, else market."""
    if order_type is None:
        implied = ((price, OrderType.LIMIT), (trigger_price, OrderType.STOP_MARKET))
        order_type = next((kind for given, kind in implied if given is not None), OrderType.MARKET)
        if callback_rate is not None:
            order_type = OrderType.TRAILING_STOP_MARKET
    return OrderTerms(
        symbol=symbol,
        side=side,
        type=order_type,
        quantity=Decimal(quantity),
        price=_decimal(price),
        trigger_price=_decimal(trigger_price),
        callback_rate=_decimal(callback_rate),
        activation_price=_decimal(activation_price),
        time_in_force=time_in_force,
        good_until_ns=good_until_ns,
        reduce_only=reduce_only,
        close_position=close_position,
        position_side=position_side,
        trigger_by=trigger_by,
    )


def make_order(
    quantity: str | Decimal = "1",
    *,
    terms: OrderTerms | None = None,
    client_order_id: str = "o-1",
    created_at_ns: int = START_NS,
) -> Order:
    """Make a market order to buy this quantity, or an order with the terms given."""
    return Order(ClientOrderId(client_order_id), make_terms(quantity) if terms is None else terms, created_at_ns)


def make_fill(
    quantity: str | Decimal = "1",
    trade_id: str = "t-1",
    *,
    side: Side = Side.BUY,
    price: str = "30000",
    fee: str = "0",
    reference_price: str | None = None,
    client_order_id: str = "o-1",
    symbol: str = SYMBOL,
    position_side: PositionSide = PositionSide.BOTH,
    is_maker: bool = False,
    executed_at_ns: int = START_NS,
) -> Fill:
    return Fill(
        trade_id=TradeId(trade_id),
        client_order_id=ClientOrderId(client_order_id),
        symbol=symbol,
        side=side,
        position_side=position_side,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal(fee),
        is_maker=is_maker,
        executed_at_ns=executed_at_ns,
        reference_price=Decimal(price if reference_price is None else reference_price),
    )


def make_bar(
    close: float = 100.0,
    *,
    open_price: float | None = None,
    high: float | None = None,
    low: float | None = None,
    volume: float = 1_000.0,
    symbol: str = SYMBOL,
    opened_at_ns: int = START_NS,
    interval_ns: int = NS_PER_HOUR,
) -> Bar:
    """Make a bar that does not move, except for the prices given."""
    first = close if open_price is None else open_price
    return Bar(
        symbol=symbol,
        opened_at_ns=opened_at_ns,
        closed_at_ns=opened_at_ns + interval_ns,
        open=first,
        high=max(first, close) if high is None else high,
        low=min(first, close) if low is None else low,
        close=close,
        volume=volume,
    )


def make_series(bars: Sequence[Bar], *, symbol: str = SYMBOL, interval_ns: int = NS_PER_HOUR) -> BarSeries:
    """Make a series of these bars at their own times."""
    return BarSeries(
        symbol,
        interval_ns,
        [bar.opened_at_ns for bar in bars],
        [bar.open for bar in bars],
        [bar.high for bar in bars],
        [bar.low for bar in bars],
        [bar.close for bar in bars],
        [bar.volume for bar in bars],
    )


def make_bars(
    closes: Sequence[float], *, symbol: str = SYMBOL, start_ns: int = START_NS, interval_ns: int = NS_PER_HOUR
) -> BarSeries:
    """Make an unbroken series with these closes; each bar opens at the close before it."""
    opens = [closes[0], *closes[:-1]]
    bars = [
        make_bar(
            close,
            open_price=first,
            symbol=symbol,
            opened_at_ns=start_ns + row * interval_ns,
            interval_ns=interval_ns,
        )
        for row, (first, close) in enumerate(zip(opens, closes, strict=True))
    ]
    return make_series(bars, symbol=symbol, interval_ns=interval_ns)
