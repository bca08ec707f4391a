"""What the venue checks before it takes an order, in the sequence in which it checks."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from attrs import frozen

from adapters.simulated.books import VenueBooks
from adapters.simulated.credit import Rejection
from adapters.simulated.desk import Desk
from adapters.simulated.matching import is_triggered_by
from adapters.simulated.open_orders import WorkingOrder, reduces
from application.venue_messages import RejectionCode
from domain.numbers import exact
from domain.order import OrderTerms, PositionSide, TriggerPrice


class Moment(NamedTuple):
    """When and at what price something reaches the market.

    Attributes:
        at_ns: The instant.
        price: Traded price then, as far as it is known.
        delay_ns: How long after that price was made.
        in_range: Whether it happens somewhere inside the range of a bar that is just closing.
    """

    at_ns: int
    price: float
    delay_ns: int
    in_range: bool


@frozen
class Admission:
    """Rules that refuse an order at the door; a refused order leaves nothing behind."""

    books: VenueBooks
    is_hedge_mode: bool

    def problem(self, desk: Desk, order: WorkingOrder, moment: Moment) -> Rejection | None:
        """Say why the order is not taken, or return nothing."""
        return next(self._problems(desk, order, moment), None)

    def _problems(self, desk: Desk, order: WorkingOrder, moment: Moment) -> Iterator[Rejection]:
        terms = order.terms
        filtered = self._filter_problem(desk, terms)
        if filtered is not None:
            yield Rejection(RejectionCode.FILTER, filtered)
        if (terms.position_side is not PositionSide.BOTH) is not (self.is_hedge_mode and not desk.is_spot):
            mode = "spot" if desk.is_spot else "hedge mode" if self.is_hedge_mode else "one-way mode"
            yield Rejection(RejectionCode.POSITION_MODE, f"position side {terms.position_side.value} in {mode}")
        if order.is_reducing and not terms.only_reduces:
            yield from self._sale_problems(desk, order)
        elif order.is_reducing:
            yield from self._reduction_problems(order)
        else:
            yield from _notional_problems(desk, terms, moment)
        if self.books.is_open(order.client_order_id):
            yield Rejection(RejectionCode.DUPLICATE_ID, f"{order.client_order_id} is open already")
        if order.good_until_ns <= moment.at_ns:
            yield Rejection(RejectionCode.EXPIRY_TIME, f"good until {order.good_until_ns}, now {moment.at_ns}")
        if terms.is_conditional and is_triggered_by(order, trigger_price_at(desk, terms, moment)):
            yield Rejection(RejectionCode.WOULD_TRIGGER, f"trigger {terms.trigger_price} is passed already")

    def _filter_problem(self, desk: Desk, terms: OrderTerms) -> str | None:
        instrument = desk.market.instrument
        if not terms.close_position:
            problem = instrument.quantity_problem(terms.quantity)
            if problem is not None and not (reduces(terms) and desk.market.may_reduce(terms.quantity)):
                return problem
        if terms.price is not None:
            return instrument.price_problem(terms.price, self.books.mark_of(desk.symbol))
        for price in (terms.trigger_price, terms.activation_price):
            if price is not None:
                return instrument.price_problem(price)
        return None

    def _sale_problems(self, desk: Desk, order: WorkingOrder) -> Iterator[Rejection]:
        """Refuse to sell coins that are not held, or that another order sells."""
        left = self.books.reducible(order) - desk.orders.promised()
        if order.terms.quantity > left:
            detail = f"sells {order.terms.quantity}, of what is held {left} is free"
            yield Rejection(RejectionCode.INSUFFICIENT_BALANCE, detail)

    def _reduction_problems(self, order: WorkingOrder) -> Iterator[Rejection]:
        reducible = self.books.reducible(order)
        if reducible == 0:
            yield Rejection(RejectionCode.REDUCE_ONLY, "there is no position to reduce")
        elif order.terms.position_side is not PositionSide.BOTH and order.terms.quantity > reducible:
            detail = f"quantity {order.terms.quantity} is more than the {reducible} held"
            yield Rejection(RejectionCode.REDUCE_ONLY, detail)


def _notional_problems(desk: Desk, terms: OrderTerms, moment: Moment) -> Iterator[Rejection]:
    price: Decimal = terms.price or terms.trigger_price or exact(moment.price)
    notional, notional_min = terms.quantity * price, desk.market.instrument.notional_min
    if notional < notional_min:
        yield Rejection(RejectionCode.FILTER, f"notional {notional} is below the minimum {notional_min}")


def trigger_price_at(desk: Desk, terms: OrderTerms, moment: Moment) -> float:
    """Return the price that an order's trigger looks at."""
    if terms.trigger_by is TriggerPrice.LAST or not desk.market.has_marks:
        return moment.price
    return desk.market.mark_price
