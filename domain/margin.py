"""Margin, liquidation and bankruptcy of linear contracts, by the venue's published formulas.

Signs: a signed quantity is positive long and negative short; `cost` is signed quantity ×
entry price, so that unrealized PnL is signed quantity × mark − cost for both sides.

References:
    Binance FAQ, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts".
    Binance FAQ, "Leverage and Margin of USDⓈ-M Futures".
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum

from attrs import frozen

from domain.instrument import MarginSchedule
from domain.numbers import ZERO


class MarginMode(Enum):
    """Whether positions share the wallet or each has one of its own."""

    CROSS = "cross"
    ISOLATED = "isolated"


@frozen
class Exposure:
    """One side of one instrument as margin sees it.

    Attributes:
        signed_quantity: Base units; positive long, negative short.
        cost: Signed quantity × entry price, quote currency.
        mark_price: The venue's fair price now.
        schedule: Margin brackets in force.
    """

    signed_quantity: Decimal
    cost: Decimal
    mark_price: Decimal
    schedule: MarginSchedule

    @property
    def notional(self) -> Decimal:
        """Value at the mark price, quote currency, never negative."""
        return abs(self.signed_quantity) * self.mark_price

    @property
    def unrealized_pnl(self) -> Decimal:
        """Profit if closed at the mark price, before fees."""
        return self.signed_quantity * self.mark_price - self.cost

    @property
    def maintenance_margin(self) -> Decimal:
        """Equity needed to keep it open."""
        return self.schedule.maintenance_margin(self.notional)


@frozen
class MarginAccount:
    """A wallet and the exposures it carries together: cross margin, or one isolated position.

    Attributes:
        wallet_balance: Cash, quote currency, before unrealized PnL.
        exposures: All exposures that share this wallet.
    """

    wallet_balance: Decimal
    exposures: tuple[Exposure, ...]

    @property
    def equity(self) -> Decimal:
        """Wallet balance plus unrealized PnL; the venue calls it the margin balance."""
        return self.wallet_balance + sum((exposure.unrealized_pnl for exposure in self.exposures), ZERO)

    @property
    def maintenance_margin(self) -> Decimal:
        """Sum over the exposures."""
        return sum((exposure.maintenance_margin for exposure in self.exposures), ZERO)

    @property
    def is_liquidated(self) -> bool:
        """Whether equity no longer covers maintenance margin: the venue takes the positions over."""
        return bool(self.exposures) and self.equity <= self.maintenance_margin

    @property
    def margin_ratio(self) -> Decimal | None:
        """Maintenance margin over equity; liquidation at 1. None when equity is not positive."""
        return self.maintenance_margin / self.equity if self.equity > 0 else None

    def liquidation_price(self, index: int) -> Decimal | None:
        """Return the mark price of one exposure at which the account is liquidated, the others staying put."""
        own = self.exposures[index]
        others = self.exposures[:index] + self.exposures[index + 1 :]
        return liquidation_price(
            wallet_balance=self.wallet_balance + sum((other.unrealized_pnl for other in others), ZERO),
            other_maintenance=sum((other.maintenance_margin for other in others), ZERO),
            signed_quantity=own.signed_quantity,
            cost=own.cost,
            schedule=own.schedule,
        )


def initial_margin(quantity: Decimal, price: Decimal, leverage: Decimal) -> Decimal:
    """Return the equity needed to open: notional over the leverage setting."""
    return quantity * price / leverage


def liquidation_price_in_bracket(
    *,
    wallet_balance: Decimal,
    legs: Iterable[tuple[Decimal, Decimal, Decimal, Decimal]],
    other_maintenance: Decimal = ZERO,
) -> Decimal | None:
    """Solve equity = maintenance margin for the mark price, each leg kept in a given bracket.

    Args:
        wallet_balance: Cash plus the unrealized PnL of the account's *other* instruments.
        legs: (signed quantity, cost, maintenance rate, maintenance amount) of each side held in
            this instrument: one in one-way mode, up to two in hedge mode.
        other_maintenance: Maintenance margin of the account's other instruments.

    Returns:
        The price, which may be zero or negative when no price liquidates; None if the price has no effect.
    """
    free, slope = wallet_balance - other_maintenance, ZERO
    for signed_quantity, cost, rate, amount in legs:
        free += amount - cost
        slope += abs(signed_quantity) * rate - signed_quantity
    return free / slope if slope != 0 else None


def liquidation_price(
    *,
    wallet_balance: Decimal,
    signed_quantity: Decimal,
    cost: Decimal,
    schedule: MarginSchedule,
    other_maintenance: Decimal = ZERO,
) -> Decimal | None:
    """Return the mark price at which one position is liquidated, None if no positive price does it.

    The bracket is the one that holds the notional *at that price*, found by trying each: equity minus
    maintenance margin is monotone in the price, so at most one bracket contains its own solution.
    """
    for bracket in schedule.brackets:
        leg = (signed_quantity, cost, bracket.maintenance_rate, bracket.maintenance_amount)
        price = liquidation_price_in_bracket(
            wallet_balance=wallet_balance, legs=[leg], other_maintenance=other_maintenance
        )
        if price is None or price <= 0:
            continue
        notional = abs(signed_quantity) * price
        is_last = bracket is schedule.brackets[-1]
        if bracket.notional_floor <= notional and (is_last or notional <= bracket.notional_cap):
            return price
    return None


def bankruptcy_price(*, wallet_balance: Decimal, signed_quantity: Decimal, cost: Decimal) -> Decimal:
    """Return the price at which closing the position leaves exactly nothing: wallet + PnL = 0."""
    return (cost - wallet_balance) / signed_quantity
