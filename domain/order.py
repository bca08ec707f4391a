"""Orders: what is asked for, what may follow what, and what became of it."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Final, NewType

from attrs import define, field, frozen, setters

from domain.errors import DomainError, InvalidOrderTransitionError, OverfillError
from domain.numbers import ZERO

ClientOrderId = NewType("ClientOrderId", str)
"""Chosen by us before an order is sent, at most 32 characters."""

TradeId = NewType("TradeId", str)
"""Given by the venue to each execution."""


class Side(Enum):
    """Direction of an order or fill."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class PositionSide(Enum):
    """Which position an order works on: the only one (one-way mode), or the long or short one (hedge mode)."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"


class OrderType(Enum):
    """How an order becomes a trade."""

    # By identity: members are single, and `Enum`'s own hash is a Python call that every order pays often.
    __hash__ = object.__hash__

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"
    TRAILING_STOP_MARKET = "TRAILING_STOP_MARKET"


class TimeInForce(Enum):
    """How long an order may rest.

    GTX is post-only: rejected if it would take. GTD expires at its own time.
    """

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"
    GTD = "GTD"


class TriggerPrice(Enum):
    """Which price triggers a conditional order."""

    LAST = "CONTRACT_PRICE"
    MARK = "MARK_PRICE"


class OrderStatus(Enum):
    """Where an order is in its life. Values are stored and never change meaning."""

    # By identity, as in `OrderType`.
    __hash__ = object.__hash__

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


_CONDITIONAL: Final = frozenset({OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET, OrderType.TRAILING_STOP_MARKET})

# What a venue may report while it works an order.
_WHILE_WORKING: Final = frozenset(
    {OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED}
)

# A fill may overtake the acknowledgment, so PENDING allows all that ACCEPTED does.
NEXT_STATUSES: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = {
    OrderStatus.PENDING: _WHILE_WORKING | {OrderStatus.ACCEPTED, OrderStatus.REJECTED},
    OrderStatus.ACCEPTED: _WHILE_WORKING,
    OrderStatus.PARTIALLY_FILLED: _WHILE_WORKING,
    OrderStatus.FILLED: frozenset(),
    OrderStatus.CANCELED: frozenset(),
    OrderStatus.EXPIRED: frozenset(),
    OrderStatus.REJECTED: frozenset(),
}


@frozen(kw_only=True)
class OrderTerms:
    """What is asked for. If it exists, its parts fit together.

    Attributes:
        symbol: Instrument.
        side: Buy or sell.
        type: How it becomes a trade.
        quantity: Base units, positive; zero only for close-position orders, which close whatever is held.
        price: Limit price, quote per base; only for LIMIT.
        trigger_price: Where a stop or take-profit becomes a market order.
        callback_rate: Distance of a trailing stop from the best price, as a fraction of that price.
        activation_price: Where a trailing stop starts to trail; None means at once.
        time_in_force: How long it may rest.
        good_until_ns: When a GTD order expires.
        reduce_only: May only shrink the position, never open or flip it.
        close_position: Closes the whole position when triggered.
        position_side: BOTH in one-way mode, LONG or SHORT in hedge mode.
        trigger_by: Which price triggers a conditional order.

    Raises:
        ValueError: The parts contradict each other.
    """

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal = ZERO
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    callback_rate: Decimal | None = None
    activation_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    good_until_ns: int | None = None
    reduce_only: bool = False
    close_position: bool = False
    position_side: PositionSide = PositionSide.BOTH
    trigger_by: TriggerPrice = TriggerPrice.LAST

    def __attrs_post_init__(self) -> None:
        problem = self._number_problem() or self._quantity_problem() or self._price_problem() or self._flag_problem()
        if problem:
            raise ValueError(f"{self.symbol} {self.type.value}: {problem}")

    @property
    def is_conditional(self) -> bool:
        """Whether it waits for a trigger before it trades."""
        return self.type in _CONDITIONAL

    @property
    def only_reduces(self) -> bool:
        """Whether it cannot open anything, whatever is held; in hedge mode the side against its position says so."""
        if self.reduce_only or self.close_position:
            return True
        against = Side.SELL if self.position_side is PositionSide.LONG else Side.BUY
        return self.position_side is not PositionSide.BOTH and self.side is against

    @property
    def signed_quantity(self) -> Decimal:
        """Quantity with the sign of its side."""
        return self.quantity if self.side is Side.BUY else -self.quantity

    def _number_problem(self) -> str | None:
        for number in (self.quantity, self.price, self.trigger_price, self.callback_rate, self.activation_price):
            if number is not None and not number.is_finite():
                return f"{number} is not a finite number"
        return None

    def _quantity_problem(self) -> str | None:
        if self.close_position:
            return "a close-position order has no quantity" if self.quantity != 0 else None
        return None if self.quantity > 0 else f"quantity {self.quantity} is not positive"

    def _price_problem(self) -> str | None:
        if (self.price is not None) != (self.type is OrderType.LIMIT):
            return "a limit order has a price, and only a limit order"
        needs_trigger = self.type in (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET)
        if (self.trigger_price is not None) != needs_trigger:
            return "a stop or take-profit has a trigger price, and only they"
        is_trailing = self.type is OrderType.TRAILING_STOP_MARKET
        if (self.callback_rate is not None) != is_trailing or (self.activation_price is not None and not is_trailing):
            return "a trailing stop has a callback rate, and only a trailing stop"
        if self.callback_rate is not None and not 0 < self.callback_rate < 1:
            return f"callback rate {self.callback_rate} is not a fraction between 0 and 1"
        for price in (self.price, self.trigger_price, self.activation_price):
            if price is not None and price <= 0:
                return f"price {price} is not positive"
        return None

    def _flag_problem(self) -> str | None:
        if (self.good_until_ns is not None) != (self.time_in_force is TimeInForce.GTD):
            return "a GTD order has a time to expire, and only a GTD order"
        if self.type is not OrderType.LIMIT and self.time_in_force is not TimeInForce.GTC:
            return f"time in force {self.time_in_force.value} is for limit orders"
        if self.close_position and self.type not in (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET):
            return "only a stop or take-profit may close the position"
        if self.reduce_only and self.position_side is not PositionSide.BOTH:
            return "reduce-only does not exist in hedge mode: the position side says it"
        if self.reduce_only and self.close_position:
            return "a close-position order already only reduces"
        return None


@frozen
class Fill:
    """One execution of an order, as the venue reports it.

    Attributes:
        trade_id: The venue's name of this execution; the same id twice is the same execution.
        client_order_id: Our name of the order.
        symbol: Instrument.
        side: Side of the order.
        position_side: Position that it changed.
        quantity: Base units, positive.
        price: Quote per base.
        fee: Paid in quote currency; negative is a rebate.
        is_maker: Whether our order rested.
        executed_at_ns: The venue's time.
        reference_price: What the market showed before spread, impact and latency cost us anything.
    """

    trade_id: TradeId
    client_order_id: ClientOrderId
    symbol: str
    side: Side
    position_side: PositionSide
    quantity: Decimal
    price: Decimal
    fee: Decimal
    is_maker: bool
    executed_at_ns: int
    reference_price: Decimal

    def __attrs_post_init__(self) -> None:
        if not self.quantity.is_finite() or self.quantity <= 0:
            raise DomainError(f"{self.client_order_id}: trade {self.trade_id} of {self.quantity}")

    @property
    def signed_quantity(self) -> Decimal:
        """Quantity with the sign of its side."""
        return self.quantity if self.side is Side.BUY else -self.quantity

    @property
    def notional(self) -> Decimal:
        """Quantity × price, quote currency."""
        return self.quantity * self.price

    @property
    def slippage(self) -> Decimal:
        """What the fill cost against the reference price, quote currency; positive is worse for us."""
        return self.signed_quantity * (self.price - self.reference_price)


@define(eq=False)
class Order:
    """One instruction to trade, and everything the venue has told us about it.

    The identity is `client_order_id`, chosen by us before the order is sent, so that a lost
    acknowledgment can be reconciled without sending twice.

    Attributes:
        client_order_id: Our name of it.
        terms: What is asked for.
        created_at_ns: When we decided to send it.
    """

    client_order_id: ClientOrderId = field(on_setattr=setters.frozen)
    terms: OrderTerms = field(on_setattr=setters.frozen)
    created_at_ns: int = field(on_setattr=setters.frozen)
    _status: OrderStatus = field(default=OrderStatus.PENDING, init=False)
    _quantity: Decimal = field(init=False)
    _filled_quantity: Decimal = field(default=ZERO, init=False)
    _is_triggered: bool = field(default=False, init=False)
    _trade_ids: set[TradeId] = field(factory=set, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._quantity = self.terms.quantity

    @property
    def status(self) -> OrderStatus:
        """Present status; change it only by reporting what the venue said."""
        return self._status

    @property
    def quantity(self) -> Decimal:
        """Base units ordered; of a close-position order, what was held when it triggered."""
        return self._quantity

    @property
    def filled_quantity(self) -> Decimal:
        """Sum of distinct fills, base units."""
        return self._filled_quantity

    @property
    def leaves_quantity(self) -> Decimal:
        """Quantity still open, base units."""
        return self._quantity - self._filled_quantity

    @property
    def is_triggered(self) -> bool:
        """Whether a conditional order has become a market order."""
        return self._is_triggered

    @property
    def is_terminal(self) -> bool:
        """Whether the venue can report nothing more about this order."""
        return not NEXT_STATUSES[self._status]

    def accept(self) -> None:
        """Record that the venue has the order; late news is ignored."""
        if self._status is OrderStatus.PENDING:
            self._move_to(OrderStatus.ACCEPTED)

    def trigger(self, quantity: Decimal) -> None:
        """Record that a conditional order became a market order for this quantity; a repetition is ignored.

        Raises:
            InvalidOrderTransitionError: The order is closed or never waits for a trigger.
        """
        if self.is_terminal or not self.terms.is_conditional:
            raise InvalidOrderTransitionError(f"{self.client_order_id}: {self._status.value} cannot trigger")
        if self._is_triggered:
            return
        if not quantity.is_finite() or quantity <= 0:
            raise DomainError(f"{self.client_order_id}: triggered for {quantity}")
        if quantity < self._filled_quantity:
            raise OverfillError(f"{self.client_order_id}: triggered for {quantity}, {self._filled_quantity} filled")
        self._is_triggered = True
        self._quantity = quantity
        if quantity == self._filled_quantity:
            self._move_to(OrderStatus.FILLED)

    def fill(self, fill: Fill) -> None:
        """Record one execution. Reporting the same trade twice changes nothing.

        Raises:
            OverfillError: The venue reports more than was ordered.
            InvalidOrderTransitionError: The order is already closed.
        """
        if fill.trade_id in self._trade_ids:
            return
        leaves = self.leaves_quantity - fill.quantity
        if leaves < 0 and not self.is_terminal:
            raise OverfillError(f"{self.client_order_id}: {-leaves} more than ordered")
        self._move_to(OrderStatus.FILLED if leaves == 0 else OrderStatus.PARTIALLY_FILLED)
        self._trade_ids.add(fill.trade_id)
        self._filled_quantity += fill.quantity

    def cancel(self) -> None:
        """Record that the venue closed the remainder because somebody asked."""
        self._move_to(OrderStatus.CANCELED)

    def expire(self) -> None:
        """Record that the venue closed the remainder by its own rules."""
        self._move_to(OrderStatus.EXPIRED)

    def reject(self) -> None:
        """Record that the venue refused the order."""
        self._move_to(OrderStatus.REJECTED)

    def _move_to(self, status: OrderStatus) -> None:
        if status not in NEXT_STATUSES[self._status]:
            raise InvalidOrderTransitionError(f"{self.client_order_id}: {self._status.value} -> {status.value}")
        self._status = status
