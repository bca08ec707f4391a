"""Round trips worked out by hand."""

from decimal import Decimal

import pytest

from domain.numbers import ZERO
from domain.pnl import annualized_basis, round_trip_pnl


def test_fees_are_paid_on_the_notional_of_both_sides() -> None:
    # Long 0.5 from 30,000 to 31,500: 0.5 × 1,500 = 750; fees 0.5 × (30,000 + 31,500) × 0.0004 = 12.3; net 737.7.
    result = round_trip_pnl(
        signed_quantity=Decimal("0.5"),
        entry_price=Decimal(30_000),
        exit_price=Decimal(31_500),
        fee_rate=Decimal("0.0004"),
    )

    assert (result.gross, result.fees, result.net) == (Decimal(750), Decimal("12.3"), Decimal("737.7"))


def test_a_short_pays_fees_too() -> None:
    # Short 2 from 1,850 to 1,790.5: 2 × 59.5 = 119; fees 2 × 3,640.5 × 0.0005 = 3.6405; net 115.3595.
    result = round_trip_pnl(
        signed_quantity=Decimal(-2),
        entry_price=Decimal(1_850),
        exit_price=Decimal("1790.5"),
        fee_rate=Decimal("0.0005"),
    )

    assert (result.gross, result.fees, result.net) == (Decimal(119), Decimal("3.6405"), Decimal("115.3595"))


@pytest.mark.parametrize("signed_quantity", [Decimal(3), Decimal(-3)], ids=["long", "short"])
def test_leaving_at_the_break_even_price_nets_nothing(signed_quantity: Decimal) -> None:
    entry_price, fee_rate = Decimal(30_000), Decimal("0.0004")
    break_even = round_trip_pnl(
        signed_quantity=signed_quantity, entry_price=entry_price, exit_price=entry_price, fee_rate=fee_rate
    ).break_even_exit

    result = round_trip_pnl(
        signed_quantity=signed_quantity, entry_price=entry_price, exit_price=break_even, fee_rate=fee_rate
    )

    # A long must leave above its entry and a short below; what is left is the rounding of one division.
    assert (break_even - entry_price) * signed_quantity > ZERO
    assert abs(result.net) < Decimal("1e-18")


def test_the_basis_of_a_dated_future_is_annualized_over_365_days() -> None:
    # 30,450 / 30,000 − 1 = 1.5 % in 45 days: × 365 / 45 = 12.1666… %.
    basis = annualized_basis(Decimal(30_450), Decimal(30_000), 45)

    assert abs(basis - Decimal("0.015") * 365 / 45) < Decimal("1e-25")
