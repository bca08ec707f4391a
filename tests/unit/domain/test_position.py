"""Positions worked out by hand."""

from decimal import Decimal

import pytest

from domain.position import Position


def make_position(*fills: tuple[str, str]) -> Position:
    position = Position("BTCUSDT")
    for signed_quantity, price in fills:
        position.fill(Decimal(signed_quantity), Decimal(price))
    return position


def test_a_new_position_is_flat() -> None:
    position = make_position()

    assert position.is_flat
    assert position.entry_price is None
    assert position.unrealized_pnl(Decimal(50_000)) == 0


def test_scaling_in_averages_the_entry_by_quantity() -> None:
    # 1 at 30,000 and 3 at 31,000: (30,000 + 93,000) / 4 = 30,750.
    position = make_position(("1", "30000"), ("3", "31000"))

    assert position.signed_quantity == 4
    assert position.cost == 123_000
    assert position.entry_price == 30_750
    assert position.realized_pnl == 0
    # 4 × (30,800 − 30,750) = 200.
    assert position.unrealized_pnl(Decimal(30_800)) == 200


def test_a_partial_close_realizes_its_share_and_leaves_the_entry_price() -> None:
    # 4 long at 30,750; 1 sold at 32,000 realizes 1 × (32,000 − 30,750) = 1,250.
    position = make_position(("1", "30000"), ("3", "31000"))

    realized = position.fill(Decimal(-1), Decimal(32_000))

    assert realized == position.realized_pnl == 1_250
    assert position.signed_quantity == 3
    assert position.entry_price == 30_750
    assert position.cost == 92_250


def test_a_short_gains_when_the_price_falls() -> None:
    # 2 sold at 1,850, 0.5 bought back at 1,790.5: 0.5 × (1,850 − 1,790.5) = 29.75;
    # the other 1.5 at 1,800: 1.5 × 50 = 75.
    position = make_position(("-2", "1850"))

    assert position.fill(Decimal("0.5"), Decimal("1790.5")) == Decimal("29.75")
    assert position.unrealized_pnl(Decimal(1_800)) == 75


def test_scaling_in_after_a_partial_close_averages_with_what_is_left() -> None:
    # 2 at 105 (cost 210), 0.5 sold at 120: 7.5 realized, 1.5 at 105 left (157.5); 0.5 at 90 more: 202.5 / 2 = 101.25.
    position = make_position(("1", "100"), ("1", "110"), ("-0.5", "120"), ("0.5", "90"))

    assert position.realized_pnl == Decimal("7.5")
    assert position.entry_price == Decimal("101.25")


def test_a_flip_realizes_the_old_side_and_opens_the_new_one_at_its_own_price() -> None:
    # 2 long at 101.25; 3 sold at 95: 2 × (95 − 101.25) = −12.5 realized, 1 short at 95.
    position = make_position(("2", "101.25"))

    assert position.fill(Decimal(-3), Decimal(95)) == Decimal("-12.5")
    assert position.signed_quantity == -1
    assert position.entry_price == 95
    assert position.cost == -95


def test_flipping_there_and_back_costs_the_two_spreads() -> None:
    # Long 1 at 100, flip to short 1 at 99 (−1), flip to long 1 at 101 (99 − 101 = −2), close at 101 (0).
    position = make_position(("1", "100"), ("-2", "99"), ("2", "101"), ("-1", "101"))

    assert position.is_flat
    assert position.realized_pnl == -3


def test_thirds_lose_nothing() -> None:
    # Entry 100 / 3 = 33.333…; closed in thirds at 40: the cost taken out is 33.33333333, then to 66.66666667
    # (+33.33333334), then to 100 (+33.33333333): realized 6.66666667 + 6.66666666 + 6.66666667 = 20 = 3 × 40 − 100.
    position = make_position(("1", "33"), ("1", "33"), ("1", "34"))

    realized = [position.fill(Decimal(-1), Decimal(40)) for _ in range(3)]

    assert realized == [Decimal("6.66666667"), Decimal("6.66666666"), Decimal("6.66666667")]
    assert position.realized_pnl == 20
    assert position.cost == 0


@pytest.mark.parametrize("price", ["0.00000001", "99999999.99"])
def test_extreme_prices_stay_exact(price: str) -> None:
    # Bought and sold at the same price: nothing gained, nothing lost.
    position = make_position(("0.001", price), ("12345.678", price), ("-12345.679", price))

    assert position.is_flat
    assert position.realized_pnl == 0
