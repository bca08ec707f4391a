"""What becomes of one order when it arrives, when prices reach it, and when its time is up."""

from decimal import Decimal

from attrs import define, field

from adapters.simulated.admission import Admission, Moment, trigger_price_at
from adapters.simulated.books import VenueBooks
from adapters.simulated.credit import Credit, Rejection
from adapters.simulated.desk import Desk
from adapters.simulated.matching import is_marketable
from adapters.simulated.open_orders import WorkingOrder
from adapters.simulated.pricing import TakerPricing, latency_drift
from adapters.simulated.rules import VenueRules
from application.venue_messages import (
    CancelOrder,
    CancelRejected,
    ExpiryReason,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderTriggered,
    PlaceOrder,
    RejectionCode,
)
from domain.market import Bar
from domain.numbers import ZERO, exact, floor_to_step
from domain.order import OrderType, TimeInForce


def _share_of_volume(desk: Desk, bar: Bar, fraction: Decimal) -> Decimal:
    return floor_to_step(exact(bar.volume) * fraction, desk.market.instrument.lot_size)


@define(eq=False)
class OrderHandling:
    """Takes, triggers, fills, cancels and expires orders against a bar.

    How much and at what price is decided here from the bar in progress; who may trade is
    decided by admission and credit, which know nothing about bars.
    """

    rules: VenueRules
    books: VenueBooks
    pricing: TakerPricing
    credit: Credit
    admission: Admission
    _sequence: int = field(default=0, init=False)

    def receive(self, desk: Desk, command: PlaceOrder | CancelOrder, bar: Bar, moment: Moment) -> None:
        """Work on a command that has arrived."""
        if isinstance(command, CancelOrder):
            self._cancel(desk, command, moment)
            return
        self._sequence += 1
        terms = command.approval.terms
        order = WorkingOrder(command.client_order_id, terms, self._sequence, terms.quantity)
        problem = self.admission.problem(desk, order, moment) or self._take_in(desk, order, bar, moment)
        if problem is not None:
            self.books.report(OrderRejected(order.client_order_id, moment.at_ns, problem.code, problem.detail))

    def trigger(self, desk: Desk, order: WorkingOrder, bar: Bar, price: float, at_ns: int) -> None:
        """Turn a conditional order into a market order at the price that reached it."""
        desk.orders.remove(order.client_order_id)
        quantity = order.leaves_quantity
        if order.is_reducing:
            reducible = self.books.reducible(order)
            quantity = reducible if order.terms.close_position else min(quantity, reducible)
        if quantity == 0:
            self.books.expire(desk, order, at_ns, ExpiryReason.REDUCE_ONLY)
            return
        order.leaves_quantity = quantity
        self.books.report(OrderTriggered(order.client_order_id, at_ns, quantity))
        self._take_as_market(desk, order, bar, price, at_ns)

    def fill_waiting_market(self, desk: Desk, order: WorkingOrder, bar: Bar) -> None:
        """Trade a market order that had to wait for a bar with volume."""
        desk.orders.remove(order.client_order_id)
        self._take_as_market(desk, order, bar, bar.open, bar.opened_at_ns)

    def fill_resting(self, desk: Desk, order: WorkingOrder, bar: Bar, at_ns: int) -> None:
        """Trade a limit order that prices have gone through, as far as its share of the volume goes."""
        order.tried_at_ns = bar.closed_at_ns
        share = _share_of_volume(desk, bar, self.rules.volume_share_max)
        quantity = min(order.leaves_quantity, desk.maker_quantity_left(bar, share, is_buy=order.is_buy))
        if order.is_reducing:
            quantity = min(quantity, self.books.reducible(order))
        price = order.terms.price
        if quantity <= 0 or price is None:
            return
        if desk.is_spot and self.credit.problem(desk, order, quantity, price) is not None:
            # Cash may have gone elsewhere while it rested: what cannot be paid now is not bought.
            self.books.expire(desk, order, at_ns, ExpiryReason.MARGIN)
            return
        desk.use_maker_quantity(quantity, is_buy=order.is_buy)
        self.books.fill(desk, order, quantity, price, at_ns, reference_price=price, is_maker=True)

    def expire_by_time(self, desk: Desk, before_ns: int) -> None:
        """Close the orders whose time was up before an instant."""
        for order in desk.orders.all():
            if order.good_until_ns < before_ns:
                self.books.expire(desk, order, order.good_until_ns, ExpiryReason.TIME)

    def _cancel(self, desk: Desk, command: CancelOrder, moment: Moment) -> None:
        order = desk.orders.remove(command.client_order_id)
        outcome = CancelRejected if order is None else OrderCanceled
        self.books.report(outcome(command.client_order_id, moment.at_ns))

    def _take_in(self, desk: Desk, order: WorkingOrder, bar: Bar, moment: Moment) -> Rejection | None:
        if order.terms.is_conditional:
            self._rest(desk, order, bar, moment)
            return None
        if order.terms.type is OrderType.MARKET:
            return self._take_in_market(desk, order, bar, moment)
        return self._take_in_limit(desk, order, bar, moment)

    def _take_in_market(self, desk: Desk, order: WorkingOrder, bar: Bar, moment: Moment) -> Rejection | None:
        if bar.volume == 0:
            problem = self.credit.problem(desk, order, order.leaves_quantity, exact(moment.price))
            if problem is None:
                self._rest(desk, order, bar, moment)
            return problem
        drift = latency_drift(bar, moment.price, is_buy=order.is_buy, delay_ns=moment.delay_ns)
        quantity, price = self._quote(desk, order, bar, moment.price, drift)
        problem = self.credit.problem(desk, order, quantity, price)
        if problem is not None:
            return problem
        self.books.report(OrderAccepted(order.client_order_id, moment.at_ns))
        self._take(desk, order, quantity, price, moment.at_ns, exact(moment.price))
        self._expire_remainder(desk, order, moment.at_ns, ExpiryReason.MARKET_REMAINDER)
        return None

    def _take_in_limit(self, desk: Desk, order: WorkingOrder, bar: Bar, moment: Moment) -> Rejection | None:
        limit = order.terms.price or ZERO
        quantity, price = ZERO, limit
        if is_marketable(order, moment.price):
            if order.terms.time_in_force is TimeInForce.GTX:
                return Rejection(RejectionCode.WOULD_TAKE, f"limit {limit} would take at {exact(moment.price)}")
            drift = latency_drift(bar, moment.price, is_buy=order.is_buy, delay_ns=moment.delay_ns)
            quantity, price = self._quote(desk, order, bar, moment.price, drift)
            price = min(price, limit) if order.is_buy else max(price, limit)
        if order.terms.time_in_force is TimeInForce.FOK and quantity < order.leaves_quantity:
            return Rejection(RejectionCode.FOK_NOT_FILLABLE, f"{quantity} of {order.leaves_quantity} can be filled")
        problem = self.credit.problem(desk, order, order.leaves_quantity, limit if order.is_buy else max(limit, price))
        if problem is not None:
            return problem
        self.books.report(OrderAccepted(order.client_order_id, moment.at_ns))
        self._take(desk, order, quantity, price, moment.at_ns, exact(moment.price))
        self._keep_limit(desk, order, bar, moment)
        return None

    def _keep_limit(self, desk: Desk, order: WorkingOrder, bar: Bar, moment: Moment) -> None:
        """Let what is left of a limit order rest, if there is anything and it may."""
        is_spent = order.is_reducing and self.books.reducible(order) == 0
        if is_spent or order.terms.time_in_force is TimeInForce.IOC:
            self._expire_remainder(desk, order, moment.at_ns, ExpiryReason.IOC_REMAINDER)
        elif order.leaves_quantity > 0:
            self._wait(desk, order, bar, moment)

    def _rest(self, desk: Desk, order: WorkingOrder, bar: Bar, moment: Moment) -> None:
        self.books.report(OrderAccepted(order.client_order_id, moment.at_ns))
        self._wait(desk, order, bar, moment)

    def _wait(self, desk: Desk, order: WorkingOrder, bar: Bar, moment: Moment) -> None:
        if moment.in_range and not order.is_stop:
            # Placed somewhere inside the range: the favourable extreme may lie behind it already.
            order.tried_at_ns = bar.closed_at_ns
        if order.is_trailing and order.terms.activation_price is None:
            order.best_price = trigger_price_at(desk, order.terms, moment)
        desk.orders.add(order)

    def _take_as_market(self, desk: Desk, order: WorkingOrder, bar: Bar, price: float, at_ns: int) -> None:
        quantity, fill_price = self._quote(desk, order, bar, price, 0.0)
        if self.credit.problem(desk, order, quantity, fill_price) is not None:
            self._expire_remainder(desk, order, at_ns, ExpiryReason.MARGIN)
            return
        self._take(desk, order, quantity, fill_price, at_ns, exact(price))
        self._expire_remainder(desk, order, at_ns, ExpiryReason.MARKET_REMAINDER)

    def _quote(self, desk: Desk, order: WorkingOrder, bar: Bar, price: float, drift: float) -> tuple[Decimal, Decimal]:
        """Return how much a taker gets, no more than its share of the bar's volume has left, and its price."""
        quantity = order.leaves_quantity
        if order.is_reducing:
            quantity = min(quantity, self.books.reducible(order))
        left = desk.taker_quantity_left(bar, _share_of_volume(desk, bar, self.rules.taker_volume_share_max))
        if quantity > left:
            quantity = floor_to_step(left, desk.market.instrument.lot_size)
        reference = exact(price)
        return quantity, self.pricing.price(desk.market, reference, quantity, is_buy=order.is_buy, drift=drift)

    def _take(
        self, desk: Desk, order: WorkingOrder, quantity: Decimal, price: Decimal, at_ns: int, reference: Decimal
    ) -> None:
        if quantity > 0:
            desk.use_taker_quantity(quantity)
            self.books.fill(desk, order, quantity, price, at_ns, reference_price=reference, is_maker=False)

    def _expire_remainder(self, desk: Desk, order: WorkingOrder, at_ns: int, reason: ExpiryReason) -> None:
        if order.leaves_quantity > 0:
            is_spent = order.is_reducing and self.books.reducible(order) == 0
            self.books.expire(desk, order, at_ns, ExpiryReason.REDUCE_ONLY if is_spent else reason)
