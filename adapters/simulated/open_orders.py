"""The orders that wait at the venue, by instrument."""

from decimal import Decimal
from math import inf
from typing import Final

from attrs import define, field

from domain.instrument import is_spot
from domain.numbers import ZERO
from domain.order import ClientOrderId, OrderTerms, OrderType, PositionSide, Side, TriggerPrice

NEVER_NS: Final = 2**63 - 1
"""An instant after every other."""

_STOP_TYPES: Final = frozenset({OrderType.STOP_MARKET, OrderType.TRAILING_STOP_MARKET})


def reduces(terms: OrderTerms) -> bool:
    """Whether an order may only shrink a position; in hedge mode the position side says it.

    The spot market knows no such order, but there nothing can be sold that is not held: each sale is one, whether it
    says so or not.
    """
    if terms.reduce_only or terms.close_position or (terms.side is Side.SELL and is_spot(terms.symbol)):
        return True
    closing_side = {PositionSide.LONG: Side.SELL, PositionSide.SHORT: Side.BUY}
    return closing_side.get(terms.position_side) is terms.side


@define(eq=False)
class WorkingOrder:
    """An accepted order that is not closed yet.

    Attributes:
        client_order_id: Our name of it.
        terms: What was asked for.
        sequence: Its place in the sequence of arrivals; earlier ones go first at the same price.
        leaves_quantity: Still to fill, base units; zero for close-position orders until they trigger.
        is_buy: Side.
        is_stop: Whether it waits for price to move against it: a stop or a trailing stop.
        is_trailing: Whether it is a trailing stop.
        is_reducing: Whether it may only shrink a position.
        level: Limit or trigger price as the market quotes it; NaN for orders without one.
        best_price: Most favourable price that a trailing stop has seen; None until it is active.
        good_until_ns: When it expires.
        tried_at_ns: Close of the last bar in which it had its chance; once in a bar is enough.
    """

    client_order_id: ClientOrderId
    terms: OrderTerms
    sequence: int
    leaves_quantity: Decimal
    is_buy: bool = field(init=False)
    is_stop: bool = field(init=False)
    is_trailing: bool = field(init=False)
    is_reducing: bool = field(init=False)
    level: float = field(init=False)
    best_price: float | None = field(default=None, init=False)
    good_until_ns: int = field(init=False)
    tried_at_ns: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        terms = self.terms
        self.is_buy = terms.side is Side.BUY
        self.is_stop = terms.type in _STOP_TYPES
        self.is_trailing = terms.type is OrderType.TRAILING_STOP_MARKET
        self.is_reducing = reduces(terms)
        price = terms.price if terms.price is not None else terms.trigger_price
        self.level = float(price) if price is not None else float("nan")
        self.good_until_ns = NEVER_NS if terms.good_until_ns is None else terms.good_until_ns

    @property
    def reserves_margin(self) -> bool:
        """Whether it could open a position as it stands: conditional orders need margin only once triggered."""
        return not self.is_reducing and not self.terms.is_conditional

    @property
    def is_waiting_market(self) -> bool:
        """Whether it is a market order that nobody has traded with yet."""
        return self.terms.type is OrderType.MARKET


@define(eq=False)
class OpenOrders:
    """The open orders of one instrument, in the sequence of their arrival."""

    _orders: dict[ClientOrderId, WorkingOrder] = field(factory=dict)

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, client_order_id: ClientOrderId) -> bool:
        return client_order_id in self._orders

    def all(self) -> list[WorkingOrder]:
        """Return them all; a copy, so that closing one while walking is safe."""
        return list(self._orders.values())

    def add(self, order: WorkingOrder) -> None:
        """Take an order in."""
        self._orders[order.client_order_id] = order

    def remove(self, client_order_id: ClientOrderId) -> WorkingOrder | None:
        """Take an order out; None if it is not open."""
        return self._orders.pop(client_order_id, None)

    def opening(self, *, is_buy: bool, apart_from: WorkingOrder | None = None) -> tuple[Decimal, Decimal]:
        """Return quantity and highest limit price of one side's orders that could open a position."""
        quantity = price = ZERO
        for order in self._orders.values():
            if order.is_buy is is_buy and order.reserves_margin and order is not apart_from:
                quantity += order.leaves_quantity
                price = max(price, order.terms.price or ZERO)
        return quantity, price

    def promised(self) -> Decimal:
        """Return what orders sell that do not only reduce, base units: of a spot pair it cannot be promised again."""
        sales = (order for order in self._orders.values() if not order.is_buy and not order.terms.only_reduces)
        return sum((order.leaves_quantity for order in sales), ZERO)

    def quiet_band(self) -> tuple[float, float, int]:
        """Return prices between which, and an instant until which, no order can do anything.

        Conservative: orders that follow the market or look at the mark leave no quiet at all.
        """
        low, high, until_ns = -inf, inf, NEVER_NS
        for order in self._orders.values():
            if order.is_trailing or order.is_waiting_market or order.terms.trigger_by is TriggerPrice.MARK:
                return inf, -inf, 0
            until_ns = min(until_ns, order.good_until_ns)
            if order.is_buy is order.is_stop:
                high = min(high, order.level)
            else:
                low = max(low, order.level)
        return low, high, until_ns
