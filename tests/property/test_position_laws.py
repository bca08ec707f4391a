"""Laws of a position: money is conserved exactly, and the way fills are told apart does not matter."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias

from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.position import Position

FillPair: TypeAlias = tuple[Decimal, Decimal]
"""Signed quantity and price."""

LOT = Decimal("0.001")
TICK = Decimal("0.01")
CASH_STEP = Decimal("0.00000001")

signed_quantities = st.integers(-5_000, 5_000).filter(bool).map(lambda count: count * LOT)
prices = st.integers(1, 10_000_000).map(lambda count: count * TICK)
fill_sequences = st.lists(st.tuples(signed_quantities, prices), max_size=12)
powers_of_ten = st.integers(-4, 4).map(lambda exponent: Decimal(1).scaleb(exponent))


@st.composite
def split_fills(draw: st.DrawFn) -> list[tuple[list[Decimal], Decimal]]:
    """Draw fills, each as the parts in which the venue might report it."""
    fills = []
    for _ in range(draw(st.integers(1, 8))):
        sign = draw(st.sampled_from([1, -1]))
        parts = draw(st.lists(st.integers(1, 2_000), min_size=1, max_size=4))
        fills.append(([sign * part * LOT for part in parts], draw(prices)))
    return fills


def position_after(fills: Iterable[FillPair]) -> Position:
    position = Position("BTCUSDT")
    for signed_quantity, price in fills:
        position.fill(signed_quantity, price)
    return position


def books(position: Position) -> tuple[Decimal, Decimal, Decimal]:
    return position.signed_quantity, position.cost, position.realized_pnl


def cash_flows(fills: Sequence[FillPair]) -> Decimal:
    """What a cash account would have paid and received: the definition of profit, without any averaging."""
    return sum((-quantity * price for quantity, price in fills), Decimal(0))


@given(fills=fill_sequences, mark=prices)
# 100 / 3 has no end: what one partial close rounds away the next must give back.
@example(
    fills=[(Decimal(3), Decimal("33.33")), (Decimal(-1), Decimal(40)), (Decimal(-1), Decimal(30))],
    mark=Decimal(50),
)
def test_realized_and_unrealized_pnl_are_exactly_the_cash_flows_and_what_is_left(
    fills: list[FillPair], mark: Decimal
) -> None:
    position = position_after(fills)

    held = sum((quantity for quantity, _ in fills), Decimal(0))
    assert position.signed_quantity == held
    assert position.realized_pnl + position.unrealized_pnl(mark) == cash_flows(fills) + held * mark


@given(fills=fill_sequences, mark=prices)
def test_what_each_fill_returns_adds_up_to_the_realized_pnl(fills: list[FillPair], mark: Decimal) -> None:
    position = Position("BTCUSDT")

    returned = [position.fill(quantity, price) for quantity, price in fills]
    returned.append(position.fill(-position.signed_quantity, mark) if not position.is_flat else Decimal(0))

    assert sum(returned, Decimal(0)) == position.realized_pnl
    assert position.is_flat
    assert position.cost == 0
    assert position.entry_price is None


@given(fills=split_fills())
# One third of 100.00000001 twice is not two thirds of it, if each is rounded for itself.
@example(
    fills=[
        ([Decimal(3)], Decimal("33.33")),
        ([Decimal(-1), Decimal(-1)], Decimal("35.55")),
        ([Decimal("0.001")], Decimal("17.77")),
        ([Decimal("-0.3"), Decimal("-0.4")], Decimal("40.01")),
    ]
)
def test_splitting_fills_changes_nothing(fills: list[tuple[list[Decimal], Decimal]]) -> None:
    whole, split = Position("BTCUSDT"), Position("BTCUSDT")

    for parts, price in fills:
        realized = whole.fill(sum(parts, Decimal(0)), price)
        realized_in_parts = sum((split.fill(part, price) for part in parts), Decimal(0))

        assert realized_in_parts == realized
        assert books(split) == books(whole)


@given(fills=fill_sequences, mark=prices)
def test_a_short_is_the_mirror_of_a_long(fills: list[FillPair], mark: Decimal) -> None:
    position = position_after(fills)
    mirrored = position_after([(-quantity, price) for quantity, price in fills])

    assert books(mirrored) == tuple(-value for value in books(position))
    assert mirrored.unrealized_pnl(mark) == -position.unrealized_pnl(mark)
    assert mirrored.entry_price == position.entry_price


@given(fills=fill_sequences, excess=signed_quantities, price=prices)
def test_a_flip_is_a_close_and_an_opening(fills: list[FillPair], excess: Decimal, price: Decimal) -> None:
    flipped, closed = position_after(fills), position_after(fills)
    held = flipped.signed_quantity
    assume(held * excess < 0)

    realized = flipped.fill(excess - held, price)

    assert realized == closed.fill(-held, price)
    assert flipped.signed_quantity == excess
    assert flipped.cost == excess * price
    assert flipped.entry_price == price


@given(fills=fill_sequences, quantity=signed_quantities, price=prices)
def test_adding_realizes_nothing_and_puts_exactly_its_price_on_the_cost(
    fills: list[FillPair], quantity: Decimal, price: Decimal
) -> None:
    position = position_after(fills)
    assume(position.signed_quantity * quantity >= 0)
    cost = position.cost

    assert position.fill(quantity, price) == 0
    assert position.cost == cost + quantity * price


@given(fills=fill_sequences, share=st.integers(1, 1_000), price=prices)
def test_closing_realizes_the_distance_to_the_entry_price_and_leaves_that_price(
    fills: list[FillPair], share: int, price: Decimal
) -> None:
    position = position_after(fills)
    entry_price = position.entry_price
    assume(entry_price is not None)
    assert entry_price is not None
    closing = position.signed_quantity * share / 1_000

    realized = position.fill(-closing, price)

    # Two roundings of half a cash step each: before and after this close.
    assert abs(realized - closing * (price - entry_price)) <= CASH_STEP
    assert position.entry_price == (entry_price if share < 1_000 else None)


@given(fills=fill_sequences, mark=prices, contract_size=powers_of_ten)
def test_profit_does_not_depend_on_the_unit_that_quantity_is_counted_in(
    fills: list[FillPair], mark: Decimal, contract_size: Decimal
) -> None:
    """A thousandfold contract at a thousandfold price is the same position: 1000PEPEUSDT and PEPEUSDT."""
    position = position_after(fills)
    recounted = position_after([(quantity / contract_size, price * contract_size) for quantity, price in fills])

    assert recounted.cost == position.cost
    assert recounted.realized_pnl == position.realized_pnl
    assert recounted.unrealized_pnl(mark * contract_size) == position.unrealized_pnl(mark)


@given(fills=fill_sequences, exit_price=prices, unit=powers_of_ten)
def test_profit_scales_with_the_unit_of_price(fills: list[FillPair], exit_price: Decimal, unit: Decimal) -> None:
    position = position_after(fills)
    scaled = position_after([(quantity, price * unit) for quantity, price in fills])

    # While open, each of the closes may have moved the split of cost by a cash step in either unit.
    assert abs(scaled.realized_pnl - position.realized_pnl * unit) <= len(fills) * CASH_STEP * (1 + unit)

    position.fill(-position.signed_quantity, exit_price)
    scaled.fill(-scaled.signed_quantity, exit_price * unit)
    assert scaled.realized_pnl == position.realized_pnl * unit
