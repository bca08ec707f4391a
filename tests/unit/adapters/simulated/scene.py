"""A small stage for the venue: one-minute bars told by their prices, and orders told by their terms."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import define, evolve, field

from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from application.venue_messages import (
    CancelOrder,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    PlaceOrder,
    PositionLiquidated,
    VenueReport,
)
from domain.instrument import FeeSchedule, Instrument, MarginSchedule, is_spot
from domain.margin import MarginMode
from domain.market import Bar
from domain.order import ClientOrderId, Fill, OrderTerms, OrderType, Side
from domain.risk.verdict import Approved
from domain.time_units import NS_PER_MINUTE

COIN = "COINUSDT"
OTHER = "OTHERUSDT"
Reaction = Callable[[VenueReport], None]


def d(text: str) -> Decimal:
    """Return a decimal."""
    return Decimal(text)


def make_instrument(symbol: str = COIN, **changes: Any) -> Instrument:  # noqa: ANN401  # any field of the instrument
    """Round numbers: maker 0.02 %, taker 0.05 %, liquidation 1 %; margin of 1 % up to 10,000, then 2 %, but of spot."""
    brackets = [(d("0"), d("10000"), d("0.01"), 50), (d("10000"), d("50000"), d("0.02"), 20)]
    instrument = Instrument(
        symbol=symbol,
        tick_size=d("0.1"),
        lot_size=d("0.001"),
        quantity_min=d("0.001"),
        quantity_max=d("1000"),
        notional_min=d("5"),
        price_band=d("0.5"),
        fees=FeeSchedule(d("0.0002"), d("0.0005"), d("0.01")),
        margins=() if is_spot(symbol) else (MarginSchedule.from_rows(brackets),),
    )
    return evolve(instrument, **changes)


FRICTIONLESS = VenueRules(
    latency_ns=0, half_spread_bps=d("0"), impact_coefficient=d("0"), taker_volume_share_max=d("1")
)
"""Fills at exactly the price that the market showed, up to all that was traded."""


def make_bar(minute: int, prices: tuple[float, float, float, float], volume: float = 100.0, symbol: str = COIN) -> Bar:
    """A bar from (open, high, low, close), beginning at a minute."""
    return Bar(symbol, minute * NS_PER_MINUTE, (minute + 1) * NS_PER_MINUTE, *prices, volume)


@define(eq=False)
class Scene:
    """A venue at work: orders are sent at the present minute, bars move it on."""

    venue: SimulatedVenue
    minute: int = 0
    _orders: int = field(default=0, init=False)

    def place(self, side: Side, quantity: str, *, name: str = "", at_ns: int | None = None, **terms: Any) -> str:  # noqa: ANN401
        """Send an order; a MARKET one if nothing else is said. Returns its client order id."""
        self._orders += 1
        client_order_id = name or f"o{self._orders}"
        terms.setdefault("symbol", COIN)
        terms.setdefault("type", OrderType.MARKET)
        approval = Approved(OrderTerms(side=side, quantity=d(quantity), **terms))
        sent_at_ns = self.now_ns if at_ns is None else at_ns
        self.venue.execute(PlaceOrder(ClientOrderId(client_order_id), approval, sent_at_ns))
        return client_order_id

    def buy(self, quantity: str, **terms: Any) -> str:  # noqa: ANN401  # any order term
        """Send an order to buy."""
        return self.place(Side.BUY, quantity, **terms)

    def sell(self, quantity: str, **terms: Any) -> str:  # noqa: ANN401  # any order term
        """Send an order to sell."""
        return self.place(Side.SELL, quantity, **terms)

    def limit(self, side: Side, quantity: str, price: str, **terms: Any) -> str:  # noqa: ANN401  # any order term
        """Send a limit order."""
        return self.place(side, quantity, type=OrderType.LIMIT, price=d(price), **terms)

    def stop(self, side: Side, quantity: str, trigger: str, **terms: Any) -> str:  # noqa: ANN401  # any order term
        """Send a stop."""
        return self.place(side, quantity, type=OrderType.STOP_MARKET, trigger_price=d(trigger), **terms)

    def target(self, side: Side, quantity: str, trigger: str, **terms: Any) -> str:  # noqa: ANN401  # any order term
        """Send a take-profit."""
        return self.place(side, quantity, type=OrderType.TAKE_PROFIT_MARKET, trigger_price=d(trigger), **terms)

    def trail(self, side: Side, quantity: str, callback: str, **terms: Any) -> str:  # noqa: ANN401  # any order term
        """Send a trailing stop."""
        return self.place(side, quantity, type=OrderType.TRAILING_STOP_MARKET, callback_rate=d(callback), **terms)

    def cancel(self, client_order_id: str, at_ns: int | None = None) -> None:
        """Send a cancel."""
        sent_at_ns = self.now_ns if at_ns is None else at_ns
        self.venue.execute(CancelOrder(ClientOrderId(client_order_id), COIN, sent_at_ns))

    @property
    def now_ns(self) -> int:
        """The present minute."""
        return self.minute * NS_PER_MINUTE

    def bar(
        self, *prices: float, volume: float = 100.0, symbol: str = COIN, react: Reaction | None = None
    ) -> list[VenueReport]:
        """Run one bar of (open, high, low, close); a single price stands for all four."""
        first, *rest = prices
        high, low, close = rest or (first, first, first)
        bar = make_bar(self.minute, (first, high, low, close), volume, symbol)
        reports = []
        for step in (self.venue.open_bar, self.venue.close_bar):
            for report in step(bar):
                reports.append(report)
                if react is not None:
                    react(report)
        self.minute += 1
        return reports

    def mark(self, *prices: float, symbol: str = COIN) -> list[VenueReport]:
        """Run one bar of the mark price over the minute that a later `bar` of last prices covers."""
        first, *rest = prices
        high, low, close = rest or (first, first, first)
        bar = make_bar(self.minute, (first, high, low, close), 0.0, symbol)
        return [*self.venue.open_mark(bar), *self.venue.close_mark(bar)]


def make_scene(rules: VenueRules = FRICTIONLESS, *instruments: Instrument, deposit: str = "10000") -> Scene:
    """A venue with one funded account."""
    venue = SimulatedVenue(instruments or (make_instrument(),), rules)
    venue.deposit(d(deposit))
    return Scene(venue)


def isolated(leverage: int) -> VenueRules:
    """Frictionless rules with isolated margin."""
    return evolve(FRICTIONLESS, margin_mode=MarginMode.ISOLATED, leverage=leverage)


def fills(reports: list[VenueReport]) -> list[Fill]:
    """Pick the executions of orders."""
    return [report.fill for report in reports if isinstance(report, OrderFilled)]


def the_fill(reports: list[VenueReport]) -> Fill:
    """Pick the only execution."""
    (fill,) = fills(reports)
    return fill


def rejections(reports: list[VenueReport]) -> list[OrderRejected]:
    """Pick the rejections."""
    return [report for report in reports if isinstance(report, OrderRejected)]


def expiries(reports: list[VenueReport]) -> list[OrderExpired]:
    """Pick the expiries."""
    return [report for report in reports if isinstance(report, OrderExpired)]


def liquidations(reports: list[VenueReport]) -> list[PositionLiquidated]:
    """Pick the liquidations."""
    return [report for report in reports if isinstance(report, PositionLiquidated)]
