"""The pre-trade limits that every order passes, last before the wire."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import field, frozen, validators

from domain.numbers import ZERO
from domain.order import OrderTerms, Side
from domain.risk.snapshot import worst_case_quantity
from domain.risk.verdict import Approved, RefusalReason, Refused

_positive = validators.gt(ZERO)


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


@frozen(kw_only=True)
class RiskPolicy:
    """Pre-trade limits of one account.

    Attributes:
        order_notional_max: Largest notional of one order that can open, quote currency.
        gross_leverage_max: Gross notional over equity; 3 means three times.
    """

    order_notional_max: Decimal = field(validator=_positive)
    gross_leverage_max: Decimal = field(validator=_positive)

    def assess(self, terms: OrderTerms, account: RiskSnapshot) -> Approved | Refused:
        """Judge one order. What can only reduce always passes: the way out stays open.

        Total: whatever goes wrong while judging refuses the order instead of raising.
        """
        if terms.only_reduces:
            return Approved(terms)
        try:
            reasons = tuple(self._breaches(terms, account))
        except ArithmeticError:
            reasons = (RefusalReason.GATE_ERROR,)
        return Refused(terms, reasons) if reasons else Approved(terms)

    def _breaches(self, terms: OrderTerms, account: RiskSnapshot) -> Iterator[RefusalReason]:
        if account.is_halted:
            yield RefusalReason.HALTED
        if account.is_suspended:
            yield RefusalReason.SUSPENDED
        if account.mark_price is None or not account.mark_price > 0:
            yield RefusalReason.NO_PRICE
            return
        if not account.is_finite:
            yield RefusalReason.ACCOUNT_UNKNOWN
            return
        price = max(account.mark_price, terms.price or ZERO, terms.trigger_price or ZERO)
        if terms.quantity * price > self.order_notional_max:
            yield RefusalReason.ORDER_NOTIONAL
        if self._exceeds_leverage(terms, account, price):
            yield RefusalReason.GROSS_LEVERAGE

    def _exceeds_leverage(self, terms: OrderTerms, account: RiskSnapshot, price: Decimal) -> bool:
        buys, sells = account.working_buys, account.working_sells
        before = worst_case_quantity(account.held_quantity, buys, sells)
        if terms.side is Side.BUY:
            buys += terms.quantity
        else:
            sells += terms.quantity
        after = worst_case_quantity(account.held_quantity, buys, sells)
        # Multiplied out, because equity can be zero or negative. An order that does not make the
        # worst case worse passes even when the account is already beyond the limit.
        return after > before and account.other_notional + after * price > self.gross_leverage_max * account.equity
