"""An equity of the past that later equity is measured against, untouched by money moved in or out.

The rule is scaling: a deposit or withdrawal multiplies the reference by the same factor as the equity of that
moment, as if the account were a fund and money bought or sold units of it at their present value. So the fraction
lost stays what it is. Adding the amount instead would keep the sum lost, but half a drawdown could be deposited away.
"""

from decimal import ROUND_CEILING, Context, Decimal
from typing import Final

from attrs import frozen

from domain.errors import DomainError
from domain.numbers import EXACT_SUMS, ONE, ZERO

# A reference that does not come out even is rounded up: rounding never makes a loss smaller.
_ROUNDED_UP: Final = Context(prec=28, rounding=ROUND_CEILING)


@frozen
class ReferenceEquity:
    """What equity was, in terms of the money that is in the account now.

    Attributes:
        amount: Quote currency, positive; zero while everything is withdrawn, or if nothing was there at first.
        loss_when_emptied: While everything is withdrawn, the fraction that had been lost by then; later deposits
            go on from it. None otherwise.
    """

    amount: Decimal
    loss_when_emptied: Decimal | None = None

    @classmethod
    def of(cls, equity: Decimal) -> "ReferenceEquity":
        """Return the reference for an equity of now; an account without money has lost nothing so far.

        Raises:
            DomainError: The equity is negative or not a finite number.
        """
        if finite_equity(equity) < 0:
            raise DomainError(f"an equity of {equity} is nothing to measure losses against")
        return cls(equity) if equity > 0 else cls(ZERO, ZERO)

    @property
    def is_empty(self) -> bool:
        """Whether there is no money in the account by which to measure."""
        return self.loss_when_emptied is not None

    def loss(self, equity: Decimal) -> Decimal:
        """Return the fraction lost, negative for a gain, above one where equity is negative; 28 digits."""
        if self.loss_when_emptied is not None:
            return self.loss_when_emptied
        return (self.amount - equity) / self.amount

    def has_lost(self, equity: Decimal, fraction: Decimal) -> bool:
        """Whether this fraction or more is lost, exactly."""
        if self.loss_when_emptied is not None:
            return self.loss_when_emptied >= fraction
        return equity <= self.equity_at(fraction)

    def has_lost_more_than(self, equity: Decimal, fraction: Decimal) -> bool:
        """Whether more than this fraction is lost, exactly."""
        if self.loss_when_emptied is not None:
            return self.loss_when_emptied > fraction
        return equity < self.equity_at(fraction)

    def equity_at(self, fraction: Decimal) -> Decimal:
        """Return the equity at which exactly this fraction is lost, quote currency; zero while empty."""
        return EXACT_SUMS.multiply(self.amount, EXACT_SUMS.subtract(ONE, fraction))

    def after_transfer(self, amount: Decimal, *, equity_before: Decimal) -> "ReferenceEquity":
        """Return the reference after money was moved; the fraction lost is what it was, to 27 digits.

        Where nothing is left, there is no fraction to keep: a deposit then moves the reference by its amount, so
        that the sum lost stays in view.

        Args:
            amount: Deposit (positive) or withdrawal (negative), quote currency.
            equity_before: Wallet balance plus unrealized PnL just before, quote currency.

        Raises:
            DomainError: More is withdrawn than there is, or a number is not finite.
        """
        equity_after = finite_equity(equity_before) + finite_equity(amount)
        if amount < 0 and equity_after < 0:
            raise DomainError(f"a withdrawal of {-amount} from an equity of {equity_before}")
        if self.loss_when_emptied is not None:
            return self._refilled(equity_after, self.loss_when_emptied)
        if equity_before <= 0:
            return ReferenceEquity(self.amount + amount)
        if equity_after == 0:
            return ReferenceEquity(ZERO, self.loss(equity_before))
        if equity_before == self.amount:
            return ReferenceEquity(equity_after)
        return ReferenceEquity(_ROUNDED_UP.divide(_ROUNDED_UP.multiply(self.amount, equity_after), equity_before))

    def _refilled(self, equity: Decimal, loss: Decimal) -> "ReferenceEquity":
        return ReferenceEquity(_ROUNDED_UP.divide(equity, ONE - loss)) if equity > 0 else self


def finite_equity(amount: Decimal) -> Decimal:
    """Return an amount of money as it is.

    Raises:
        DomainError: It is NaN or infinite, so that nothing can be judged by it.
    """
    if not amount.is_finite():
        raise DomainError(f"not a finite amount: {amount}")
    return amount
