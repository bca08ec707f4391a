"""When a bar of prices reaches an order that waits. Pure questions; nothing here trades.

All comparisons are between floats as the market quotes them: the nearest double of a
decimal price is the very number that a bar with this price carries.
"""

from collections.abc import Iterable
from decimal import Decimal
from operator import attrgetter

from attrs import frozen

from adapters.simulated.market import PriceRange, SymbolMarket
from adapters.simulated.open_orders import WorkingOrder
from domain.market import Bar
from domain.numbers import ONE, exact
from domain.order import OrderType


@frozen
class Reach:
    """One order that prices have reached.

    Attributes:
        order: The order.
        price: Where it fills before costs, quote per base.
        level: What its trigger or limit waits for, quote per base: a mark price if it is triggered by marks.
        distance: How far that is from where the range began: nearer ones come first.
    """

    order: WorkingOrder
    price: float
    level: float
    distance: float

    @property
    def priority(self) -> tuple[float, int]:
        """Nearest first, then oldest."""
        return self.distance, self.order.sequence


def is_marketable(order: WorkingOrder, price: float) -> bool:
    """Whether a limit order would take at this price."""
    return order.level >= price if order.is_buy else order.level <= price


def is_triggered_by(order: WorkingOrder, price: float) -> bool:
    """Whether the trigger of a stop or take-profit has been reached at this price."""
    return price >= order.level if order.is_buy is order.is_stop else price <= order.level


def next_stop(orders: Iterable[WorkingOrder], market: SymbolMarket, bar: Bar, *, at_open: bool) -> Reach | None:
    """Return the stop or trailing stop that is reached first, None if there is none."""
    reaches = []
    for order in orders:
        if order.is_stop and order.tried_at_ns != bar.closed_at_ns:
            seen = _seen(order, market, bar, at_open=at_open)
            level = _trailing_level(order, market, seen) if order.is_trailing else _stop_level(order, seen)
            if level is None:
                # A trailing stop has now followed this range, and must not be asked about it again.
                order.tried_at_ns = bar.closed_at_ns if order.is_trailing and not at_open else order.tried_at_ns
            else:
                price = bar.open if at_open else min(max(level, bar.low), bar.high)
                reaches.append(Reach(order, price, level, _distance(level, seen.open)))
    return min(reaches, key=attrgetter("priority"), default=None)


def next_favourable(
    orders: Iterable[WorkingOrder], market: SymbolMarket, bar: Bar, *, at_open: bool, touch_fill: bool
) -> Reach | None:
    """Return the limit order or take-profit that is reached first and has not had its chance in this bar."""
    reaches = []
    for order in orders:
        if order.is_stop or order.is_waiting_market or order.tried_at_ns == bar.closed_at_ns:
            continue
        seen = _seen(order, market, bar, at_open=at_open)
        if order.terms.type is OrderType.LIMIT:
            is_reached = _is_traded_through(order, seen, touch_fill=touch_fill)
        else:
            is_reached = is_triggered_by(order, seen.low if order.is_buy else seen.high)
        if is_reached:
            price = _favourable_price(order, bar, at_open=at_open)
            reaches.append(Reach(order, price, order.level, _distance(order.level, seen.open)))
    return min(reaches, key=attrgetter("priority"), default=None)


def _distance(level: float, start: float) -> float:
    """Return how far a level is, without the float noise that would tell equal distances apart."""
    return round(abs(level - start), 9)


def _seen(order: WorkingOrder, market: SymbolMarket, bar: Bar, *, at_open: bool) -> PriceRange:
    if at_open:
        price = market.trigger_price(order.terms.trigger_by)
        return PriceRange(price, price, price, price)
    return market.trigger_range(order.terms.trigger_by, bar)


def _stop_level(order: WorkingOrder, seen: PriceRange) -> float | None:
    return order.level if is_triggered_by(order, seen.high if order.is_buy else seen.low) else None


def _is_traded_through(order: WorkingOrder, seen: PriceRange, *, touch_fill: bool) -> bool:
    if touch_fill:
        return seen.low <= order.level if order.is_buy else seen.high >= order.level
    return seen.low < order.level if order.is_buy else seen.high > order.level


def _favourable_price(order: WorkingOrder, bar: Bar, *, at_open: bool) -> float:
    """Never better than the order's own level, even when price has gapped beyond it."""
    if order.terms.type is OrderType.LIMIT:
        return order.level
    if at_open:
        return max(order.level, bar.open) if order.is_buy else min(order.level, bar.open)
    return min(max(order.level, bar.low), bar.high)


def _trailing_level(order: WorkingOrder, market: SymbolMarket, seen: PriceRange) -> float | None:
    """Return where a trailing stop triggers in a range, and let it follow the range if it does not.

    The level from the best price so far is asked first, as if the adverse extreme came first; then
    the favourable extreme moves it, and a close beyond the moved level has passed it on the way.
    """
    if order.best_price is None:
        if not _activates(order, seen):
            return None
    else:
        level = trailing_level(order, market, order.best_price)
        if seen.high >= level if order.is_buy else seen.low <= level:
            return level
    best = seen.low if order.is_buy else seen.high
    if order.best_price is not None:
        best = min(best, order.best_price) if order.is_buy else max(best, order.best_price)
    order.best_price = best
    level = trailing_level(order, market, best)
    return level if (seen.close >= level if order.is_buy else seen.close <= level) else None


def _activates(order: WorkingOrder, seen: PriceRange) -> bool:
    activation = order.terms.activation_price
    if activation is None:
        return True
    return seen.low <= float(activation) if order.is_buy else seen.high >= float(activation)


def trailing_level(order: WorkingOrder, market: SymbolMarket, best_price: float) -> float:
    """Return the trigger of a trailing stop whose best price is this, on the tick that is worse for us."""
    callback: Decimal = order.terms.callback_rate or Decimal(0)
    factor = ONE + callback if order.is_buy else ONE - callback
    return float(market.instrument.round_price_against(exact(best_price) * factor, is_buy=order.is_buy))
