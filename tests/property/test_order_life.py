"""The life of an order: whatever the venue reports, in any sequence, the order stays true."""

from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.errors import DomainError, InvalidOrderTransitionError, OverfillError
from domain.order import Fill, Order, OrderStatus, OrderTerms
from tests.support import make_fill, make_order, make_terms

LOT = Decimal("0.001")
LOTS_MAX = 1_000

# How far along its life an order is; it never goes back. Kept apart from the table under test on purpose.
STAGE = {
    OrderStatus.PENDING: 0,
    OrderStatus.ACCEPTED: 1,
    OrderStatus.PARTIALLY_FILLED: 2,
    OrderStatus.FILLED: 3,
    OrderStatus.CANCELED: 3,
    OrderStatus.EXPIRED: 3,
    OrderStatus.REJECTED: 3,
}
CLOSED = 3

lots = st.integers(1, LOTS_MAX).map(lambda count: count * LOT)
any_terms = st.one_of(
    lots.map(make_terms),
    lots.map(lambda quantity: make_terms(quantity, price="30000")),
    lots.map(lambda quantity: make_terms(quantity, trigger_price="31000")),
    lots.map(lambda quantity: make_terms(quantity, callback_rate="0.01")),
    st.just(make_terms("0", trigger_price="31000", close_position=True)),
)


def state_of(order: Order) -> tuple[object, ...]:
    return order.status, order.quantity, order.filled_quantity, order.leaves_quantity, order.is_triggered


class OrderLife(RuleBasedStateMachine):
    order: Order
    reported: list[Fill]
    stage: int
    closed_as: OrderStatus | None
    was_triggered: bool

    @initialize(terms=any_terms)
    def place(self, terms: OrderTerms) -> None:
        self.begin(terms)

    @precondition(lambda self: not self.is_open())
    @rule(terms=any_terms)
    def place_another_when_closed(self, terms: OrderTerms) -> None:
        self.begin(terms)

    def begin(self, terms: OrderTerms) -> None:
        self.order = make_order(terms=terms)
        self.reported = []
        self.stage = 0
        self.closed_as = None
        self.was_triggered = False

    def leaves_lots(self) -> int:
        return int(self.order.leaves_quantity / LOT)

    def is_open(self) -> bool:
        return STAGE[self.order.status] < CLOSED

    def new_fill(self, quantity: Decimal) -> Fill:
        return make_fill(quantity, f"t-{len(self.reported)}")

    @rule()
    def acknowledge(self) -> None:
        self.order.accept()

    @precondition(lambda self: self.is_open() and self.leaves_lots() > 0)
    @rule(data=st.data())
    def fill(self, data: st.DataObject) -> None:
        most = self.leaves_lots()
        fill = self.new_fill(data.draw(st.integers(1, most) | st.integers(1, min(most, 10)) | st.just(most)) * LOT)
        self.order.fill(fill)
        self.reported.append(fill)

    @precondition(lambda self: bool(self.reported))
    @rule(data=st.data())
    def repeat_a_report(self, data: st.DataObject) -> None:
        before = state_of(self.order)
        self.order.fill(data.draw(st.sampled_from(self.reported)))
        assert state_of(self.order) == before

    @precondition(lambda self: self.is_open())
    @rule(beyond=lots)
    def report_more_than_was_ordered(self, beyond: Decimal) -> None:
        before = state_of(self.order)
        with pytest.raises(OverfillError):
            self.order.fill(self.new_fill(self.order.leaves_quantity + beyond))
        assert state_of(self.order) == before

    @precondition(lambda self: self.is_open())
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        """One rule for three ends, so that most orders live long enough for something to happen to them."""
        ends = {OrderStatus.CANCELED: self.order.cancel, OrderStatus.EXPIRED: self.order.expire}
        if self.order.status is OrderStatus.PENDING:
            ends[OrderStatus.REJECTED] = self.order.reject
        status = data.draw(st.sampled_from(sorted(ends, key=lambda end: end.value)))
        ends[status]()
        assert self.order.status is status

    @precondition(lambda self: self.order.status is not OrderStatus.PENDING)
    @rule()
    def reject_what_the_venue_already_has(self) -> None:
        before = state_of(self.order)
        with pytest.raises(InvalidOrderTransitionError):
            self.order.reject()
        assert state_of(self.order) == before

    @precondition(lambda self: self.is_open() and self.order.terms.is_conditional)
    @rule(data=st.data())
    def trigger(self, data: st.DataObject) -> None:
        """The venue may trigger for less than ordered (less is held), never for what is filled already."""
        filled = int(self.order.filled_quantity / LOT)
        ordered = int(self.order.terms.quantity / LOT) or LOTS_MAX
        if filled == ordered:
            return
        quantity = data.draw(st.integers(filled + 1, ordered)) * LOT
        repeated, before = self.order.is_triggered, state_of(self.order)
        self.order.trigger(quantity)
        assert self.order.is_triggered
        if repeated:
            assert state_of(self.order) == before
        else:
            assert self.order.quantity == quantity

    @precondition(lambda self: not self.order.terms.is_conditional)
    @rule(quantity=lots)
    def trigger_what_never_waits(self, quantity: Decimal) -> None:
        before = state_of(self.order)
        with pytest.raises(InvalidOrderTransitionError):
            self.order.trigger(quantity)
        assert state_of(self.order) == before

    @precondition(lambda self: not self.is_open())
    @rule(quantity=lots)
    def contradict_a_closed_order(self, quantity: Decimal) -> None:
        before = state_of(self.order)
        late = make_fill(quantity, "late")
        with pytest.raises(DomainError):
            self.order.fill(late)
        for contradict in (self.order.cancel, self.order.expire, self.order.reject):
            with pytest.raises(InvalidOrderTransitionError):
                contradict()
        with pytest.raises(InvalidOrderTransitionError):
            self.order.trigger(quantity)
        self.order.accept()
        assert state_of(self.order) == before

    @invariant()
    def filled_is_the_sum_of_distinct_reports(self) -> None:
        assert self.order.filled_quantity == sum((fill.quantity for fill in self.reported), Decimal(0))

    @invariant()
    def never_more_than_ordered(self) -> None:
        assert 0 <= self.order.leaves_quantity <= self.order.quantity
        assert self.order.leaves_quantity + self.order.filled_quantity == self.order.quantity

    @invariant()
    def status_says_how_much_is_filled(self) -> None:
        status, filled = self.order.status, self.order.filled_quantity
        if status is OrderStatus.FILLED:
            assert filled == self.order.quantity > 0
        if status is OrderStatus.PARTIALLY_FILLED:
            assert 0 < filled < self.order.quantity
        if status in {OrderStatus.PENDING, OrderStatus.ACCEPTED, OrderStatus.REJECTED}:
            assert filled == 0

    @invariant()
    def life_never_goes_back(self) -> None:
        stage = STAGE[self.order.status]
        assert stage >= self.stage
        assert self.order.is_terminal == (stage == CLOSED)
        assert self.order.is_triggered >= self.was_triggered
        self.stage, self.was_triggered = stage, self.order.is_triggered

    @invariant()
    def a_closed_order_stays_closed(self) -> None:
        if self.closed_as is not None:
            assert self.order.status is self.closed_as
        elif self.order.is_terminal:
            self.closed_as = self.order.status


TestOrderLife = OrderLife.TestCase
