"""The account as the risk gate sees it."""

from decimal import Decimal

from attrs import frozen

from domain.numbers import ZERO


@frozen
class RiskSnapshot:
    """The account as the gate sees it, at the worst case of what is already working.

    Attributes:
        equity: Wallet balance plus unrealized PnL, quote currency; can be negative.
        other_notional: Worst-case gross notional of all other instruments, quote currency, never negative.
        held_quantity: Held in this instrument, base units; positive long, negative short.
        working_buys: What working buy orders could still open, base units.
        working_sells: The same for sells.
        mark_price: Price at which this instrument is valued, quote per base; None if unknown.
        is_halted: Whether opening is stopped.
        is_suspended: Whether this instrument must not be opened now.
    """

    equity: Decimal
    other_notional: Decimal
    held_quantity: Decimal
    working_buys: Decimal
    working_sells: Decimal
    mark_price: Decimal | None
    is_halted: bool = False
    is_suspended: bool = False

    @property
    def is_finite(self) -> bool:
        """Whether the account can be valued at all: every number is a number."""
        quantities = (self.held_quantity, self.working_buys, self.working_sells)
        return all(number.is_finite() for number in (self.equity, self.other_notional, *quantities))


def worst_case_quantity(held: Decimal, buys: Decimal, sells: Decimal) -> Decimal:
    """Return the largest absolute position that can come about, base units, never negative.

    Orders may fill in any sequence and reduce-only ones may close what is held first, so what is
    held counts fully towards its own side and not at all against the other.
    """
    return max(max(held, ZERO) + buys, max(-held, ZERO) + sells)
