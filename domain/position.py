"""A position: how much is held, what it cost, and what closing it has realized."""

from decimal import Decimal

from attrs import define, field

from domain.numbers import ZERO, round_cash


@define(eq=False)
class Position:
    """What one account (or one strategy's share of it) holds in one instrument.

    Cost is kept as cash, not as an average price, so nothing is lost to division: whatever a
    partial close takes out of the cost is exactly what is missing from it afterwards. The cost
    taken out is worked out from the sum closed since the last opening fill, so that closing in
    two steps realizes to the last unit what closing in one step does.

    Attributes:
        symbol: Instrument.
    """

    symbol: str
    _signed_quantity: Decimal = field(default=ZERO, init=False)
    _realized_pnl: Decimal = field(default=ZERO, init=False)
    _basis_quantity: Decimal = field(default=ZERO, init=False, repr=False)
    _basis_cost: Decimal = field(default=ZERO, init=False, repr=False)
    _closed_quantity: Decimal = field(default=ZERO, init=False, repr=False)
    _removed_cost: Decimal = field(default=ZERO, init=False, repr=False)

    @property
    def signed_quantity(self) -> Decimal:
        """Base units; positive long, negative short, zero flat."""
        return self._signed_quantity

    @property
    def is_flat(self) -> bool:
        """Whether nothing is held."""
        return self._signed_quantity == 0

    @property
    def cost(self) -> Decimal:
        """Signed quantity × entry price, quote currency: negative for a short."""
        return self._basis_cost - self._removed_cost

    @property
    def entry_price(self) -> Decimal | None:
        """Average entry price for display, quote per base; None when flat."""
        return None if self.is_flat else self._basis_cost / self._basis_quantity

    @property
    def realized_pnl(self) -> Decimal:
        """Sum realized by closing since the beginning, quote currency, before fees and funding."""
        return self._realized_pnl

    def unrealized_pnl(self, mark_price: Decimal) -> Decimal:
        """Return the profit of closing at this price, before fees."""
        return self._signed_quantity * mark_price - self.cost

    def fill(self, signed_quantity: Decimal, price: Decimal) -> Decimal:
        """Add a signed quantity at a price: open, scale in, close in part, close, or flip.

        Returns:
            The PnL that this fill realized, quote currency, before fees; zero if it only opened.
        """
        held = self._signed_quantity
        if held == 0 or (held > 0) == (signed_quantity > 0):
            self._open(signed_quantity, price)
            return ZERO
        closing = max(signed_quantity, -held) if held > 0 else min(signed_quantity, -held)
        realized = self._close(-closing, price)
        rest = signed_quantity - closing
        if rest != 0:
            self._open(rest, price)
        return realized

    def _open(self, signed_quantity: Decimal, price: Decimal) -> None:
        self._basis_cost = self.cost + signed_quantity * price
        self._signed_quantity += signed_quantity
        self._basis_quantity = self._signed_quantity
        self._closed_quantity = self._removed_cost = ZERO

    def _close(self, signed_quantity: Decimal, price: Decimal) -> Decimal:
        """Take out a part that has the sign of what is held."""
        self._closed_quantity += signed_quantity
        self._signed_quantity -= signed_quantity
        removed_before = self._removed_cost
        if self._signed_quantity == 0:
            self._removed_cost = self._basis_cost
        else:
            self._removed_cost = round_cash(self._basis_cost * self._closed_quantity / self._basis_quantity)
        realized = signed_quantity * price - (self._removed_cost - removed_before)
        self._realized_pnl += realized
        return realized
