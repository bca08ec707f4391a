"""Which orders can be asked for, and single moments of their life."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from domain.errors import DomainError, InvalidOrderTransitionError
from domain.order import OrderStatus, OrderTerms, OrderType, PositionSide, Side, TimeInForce
from tests.support import START_NS, make_fill, make_order, make_terms

MAKE_VALID: dict[str, Callable[[], OrderTerms]] = {
    "market": lambda: make_terms("1"),
    "limit": lambda: make_terms("1", price="100"),
    "limit IOC": lambda: make_terms("1", price="100", time_in_force=TimeInForce.IOC),
    "limit FOK": lambda: make_terms("1", price="100", time_in_force=TimeInForce.FOK),
    "post-only": lambda: make_terms("1", price="100", time_in_force=TimeInForce.GTX),
    "limit GTD": lambda: make_terms("1", price="100", time_in_force=TimeInForce.GTD, good_until_ns=START_NS),
    "reduce-only": lambda: make_terms("1", reduce_only=True),
    "stop": lambda: make_terms("1", trigger_price="90"),
    "take-profit": lambda: make_terms("1", trigger_price="110", order_type=OrderType.TAKE_PROFIT_MARKET),
    "trailing stop": lambda: make_terms("1", callback_rate="0.01"),
    "trailing stop from a price on": lambda: make_terms("1", callback_rate="0.01", activation_price="110"),
    "close-position": lambda: make_terms("0", trigger_price="90", close_position=True),
    "hedge side": lambda: make_terms("1", position_side=PositionSide.SHORT),
}

REFUSED: dict[str, tuple[Callable[[], OrderTerms], str]] = {
    "no quantity": (lambda: make_terms("0"), "quantity 0 is not positive"),
    "negative quantity": (lambda: make_terms("-1"), "quantity -1 is not positive"),
    "limit without price": (lambda: make_terms("1", order_type=OrderType.LIMIT), "a limit order has a price"),
    "market with price": (lambda: make_terms("1", price="1", order_type=OrderType.MARKET), "a limit order has a price"),
    "price of zero": (lambda: make_terms("1", price="0"), "price 0 is not positive"),
    "negative trigger": (lambda: make_terms("1", trigger_price="-1"), "price -1 is not positive"),
    "stop without trigger": (lambda: make_terms("1", order_type=OrderType.STOP_MARKET), "has a trigger price"),
    "limit with trigger": (
        lambda: make_terms("1", price="1", trigger_price="1", order_type=OrderType.LIMIT),
        "has a trigger price",
    ),
    "trailing without callback": (
        lambda: make_terms("1", order_type=OrderType.TRAILING_STOP_MARKET),
        "has a callback rate",
    ),
    "activation of a market order": (lambda: make_terms("1", activation_price="1"), "has a callback rate"),
    "callback of everything": (lambda: make_terms("1", callback_rate="1"), "callback rate 1 is not a fraction"),
    "callback of nothing": (lambda: make_terms("1", callback_rate="0"), "callback rate 0 is not a fraction"),
    "GTD without time": (lambda: make_terms("1", price="1", time_in_force=TimeInForce.GTD), "a GTD order has a time"),
    "time without GTD": (lambda: make_terms("1", price="1", good_until_ns=1), "a GTD order has a time"),
    "market IOC": (lambda: make_terms("1", time_in_force=TimeInForce.IOC), "time in force IOC is for limit orders"),
    "close-position with quantity": (
        lambda: make_terms("1", trigger_price="1", close_position=True),
        "a close-position order has no quantity",
    ),
    "close-position at market": (lambda: make_terms("0", close_position=True), "only a stop or take-profit"),
    "close-position and reduce-only": (
        lambda: make_terms("0", trigger_price="1", close_position=True, reduce_only=True),
        "already only reduces",
    ),
    "reduce-only in hedge mode": (
        lambda: make_terms("1", reduce_only=True, position_side=PositionSide.LONG),
        "reduce-only does not exist in hedge mode",
    ),
}


@pytest.mark.parametrize("name", MAKE_VALID)
def test_terms_that_fit_together_are_taken(name: str) -> None:
    terms = MAKE_VALID[name]()

    assert terms.is_conditional == (terms.trigger_price is not None or terms.callback_rate is not None)


@pytest.mark.parametrize("name", REFUSED)
def test_terms_that_contradict_each_other_are_refused_by_symbol_and_reason(name: str) -> None:
    make, problem = REFUSED[name]

    with pytest.raises(ValueError, match=f"BTCUSDT [A-Z_]+: .*{problem}"):
        make()


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_terms_with_a_number_that_is_none_are_refused(number: str) -> None:
    makers: list[Callable[[], OrderTerms]] = [
        lambda: make_terms(number),
        lambda: make_terms("1", price=number),
        lambda: make_terms("1", trigger_price=number),
        lambda: make_terms("1", callback_rate=number),
        lambda: make_terms("1", callback_rate="0.01", activation_price=number),
    ]

    for make in makers:
        with pytest.raises(ValueError, match=r"BTCUSDT [A-Z_]+: "):
            make()


def test_the_sign_of_a_quantity_is_its_side() -> None:
    assert make_terms("2", Side.BUY).signed_quantity == 2
    assert make_terms("2", Side.SELL).signed_quantity == -2
    assert make_fill("2", side=Side.SELL).signed_quantity == -2


def test_slippage_is_positive_when_the_price_was_worse_for_us() -> None:
    # Bought 2 at 101 instead of 100: 2 worse. Sold 2 at 101 instead of 100: 2 better.
    assert make_fill("2", price="101", reference_price="100").slippage == 2
    assert make_fill("2", side=Side.SELL, price="101", reference_price="100").slippage == -2
    assert make_fill("2", price="101").notional == 202


def test_a_fill_may_arrive_before_the_acknowledgment() -> None:
    order = make_order("2")

    order.fill(make_fill("1"))
    order.accept()

    assert order.status is OrderStatus.PARTIALLY_FILLED


def test_the_same_trade_reported_twice_counts_once() -> None:
    order = make_order("2")

    order.fill(make_fill("1", "t-7"))
    order.fill(make_fill("1", "t-7"))

    assert order.filled_quantity == 1


def test_the_last_trade_reported_again_after_the_close_is_no_contradiction() -> None:
    order = make_order("1")

    order.fill(make_fill("1", "t-7"))
    order.fill(make_fill("1", "t-7"))

    assert order.status is OrderStatus.FILLED


def test_an_order_that_was_partly_filled_can_still_be_canceled_and_keeps_its_fills() -> None:
    order = make_order("2")
    order.accept()
    order.fill(make_fill("0.5"))

    order.cancel()

    assert order.status is OrderStatus.CANCELED
    assert (order.filled_quantity, order.leaves_quantity) == (Decimal("0.5"), Decimal("1.5"))


def test_an_order_the_venue_has_can_no_longer_be_rejected() -> None:
    order = make_order()
    order.accept()

    with pytest.raises(InvalidOrderTransitionError, match="o-1: ACCEPTED -> REJECTED"):
        order.reject()


def test_a_close_position_order_learns_its_quantity_when_it_triggers() -> None:
    order = make_order(terms=make_terms("0", Side.SELL, trigger_price="90", close_position=True))
    order.accept()

    order.trigger(Decimal(3))
    order.fill(make_fill("3", side=Side.SELL))

    assert order.status is OrderStatus.FILLED


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN"])
def test_a_trigger_for_nothing_is_refused(quantity: str) -> None:
    order = make_order(terms=make_terms("2", trigger_price="90"))

    with pytest.raises(DomainError):
        order.trigger(Decimal(quantity))

    assert not order.is_triggered
    assert order.quantity == 2


def test_a_trigger_for_less_than_was_filled_already_is_refused() -> None:
    order = make_order(terms=make_terms("2", trigger_price="90"))
    order.fill(make_fill("1"))

    with pytest.raises(DomainError):
        order.trigger(Decimal("0.5"))

    assert order.leaves_quantity == 1


def test_an_order_whose_only_fill_overtook_its_trigger_is_filled() -> None:
    # Ordered 2, but only 1 was held: the venue triggers for 1 and fills it; the reports come the wrong way round.
    order = make_order(terms=make_terms("2", Side.SELL, trigger_price="90", reduce_only=True))
    order.fill(make_fill("1", side=Side.SELL))

    order.trigger(Decimal(1))

    assert order.status is OrderStatus.FILLED


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity"])
def test_a_fill_of_nothing_or_less_is_refused(quantity: str) -> None:
    order = make_order("2")

    with pytest.raises((DomainError, ValueError)):
        order.fill(make_fill(quantity))

    assert order.filled_quantity == 0
    assert order.status is OrderStatus.PENDING


def test_identity_and_terms_of_an_order_never_change() -> None:
    order = make_order()

    for name in ("client_order_id", "terms", "created_at_ns"):
        with pytest.raises(AttributeError):
            setattr(order, name, None)


def test_a_side_and_its_opposite() -> None:
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
