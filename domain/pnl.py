"""Profit of one round trip in a linear contract."""

from decimal import Decimal

from attrs import frozen


@frozen
class RoundTripPnl:
    """Result of one entry and one exit, quote currency.

    Attributes:
        gross: Price difference × quantity, before fees.
        fees: Paid on both sides.
        break_even_exit: Exit price at which the net result is zero.
    """

    gross: Decimal
    fees: Decimal
    break_even_exit: Decimal

    @property
    def net(self) -> Decimal:
        """What is left after fees."""
        return self.gross - self.fees


def round_trip_pnl(
    *, signed_quantity: Decimal, entry_price: Decimal, exit_price: Decimal, fee_rate: Decimal
) -> RoundTripPnl:
    """Work out one round trip with the same fee rate on both sides.

    Args:
        signed_quantity: Base units; positive long, negative short; not zero.
        entry_price: Quote per base.
        exit_price: Quote per base.
        fee_rate: Fraction of notional on each side.
    """
    direction = 1 if signed_quantity > 0 else -1
    return RoundTripPnl(
        gross=signed_quantity * (exit_price - entry_price),
        fees=abs(signed_quantity) * (entry_price + exit_price) * fee_rate,
        break_even_exit=entry_price * (1 + direction * fee_rate) / (1 - direction * fee_rate),
    )


def annualized_basis(future_price: Decimal, spot_price: Decimal, days: int) -> Decimal:
    """Return the simple yearly return of holding spot against a dated future; a year has 365 days."""
    return (future_price / spot_price - 1) * 365 / days
