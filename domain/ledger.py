"""The books of one account: every change of its cash has one of six causes."""

from decimal import Decimal

from attrs import define, field

from domain.errors import DomainError
from domain.numbers import ZERO


@define(eq=False)
class AccountLedger:
    """Cash of one account and the sums by which it came about, quote currency.

    The identity ``wallet = transfers + realized PnL − fees + funding − liquidation fees + insurance``
    holds after every entry; `check` proves it.
    """

    _wallet_balance: Decimal = field(default=ZERO, init=False)
    _transfers: Decimal = field(default=ZERO, init=False)
    _realized_pnl: Decimal = field(default=ZERO, init=False)
    _fees: Decimal = field(default=ZERO, init=False)
    _funding: Decimal = field(default=ZERO, init=False)
    _liquidation_fees: Decimal = field(default=ZERO, init=False)
    _insurance: Decimal = field(default=ZERO, init=False)

    @property
    def wallet_balance(self) -> Decimal:
        """Cash, before unrealized PnL."""
        return self._wallet_balance

    @property
    def transfers(self) -> Decimal:
        """Deposits minus withdrawals."""
        return self._transfers

    @property
    def realized_pnl(self) -> Decimal:
        """Realized by closing positions, before fees and funding."""
        return self._realized_pnl

    @property
    def fees(self) -> Decimal:
        """Trading fees paid; rebates make it smaller."""
        return self._fees

    @property
    def funding(self) -> Decimal:
        """Funding received minus paid."""
        return self._funding

    @property
    def liquidation_fees(self) -> Decimal:
        """Fees paid for being liquidated, on top of trading fees."""
        return self._liquidation_fees

    @property
    def insurance(self) -> Decimal:
        """Losses beyond bankruptcy that the venue's insurance fund took over."""
        return self._insurance

    def transfer(self, amount: Decimal) -> None:
        """Book a deposit (positive) or a withdrawal (negative)."""
        self._transfers += amount
        self._wallet_balance += amount

    def book_fill(self, realized_pnl: Decimal, fee: Decimal) -> None:
        """Book what one fill realized and what it cost."""
        self._realized_pnl += realized_pnl
        self._fees += fee
        self._wallet_balance += realized_pnl - fee

    def book_funding(self, payment: Decimal) -> None:
        """Book one funding payment: positive received, negative paid."""
        self._funding += payment
        self._wallet_balance += payment

    def book_liquidation_fee(self, fee: Decimal) -> None:
        """Book the fee of a liquidation."""
        self._liquidation_fees += fee
        self._wallet_balance -= fee

    def book_insurance(self, amount: Decimal) -> None:
        """Book a loss that the insurance fund took over; it never takes money from the account."""
        if amount < 0:
            raise DomainError(f"insurance pays in, never out: {amount}")
        self._insurance += amount
        self._wallet_balance += amount

    def check(self) -> None:
        """Prove the identity.

        Raises:
            DomainError: The parts do not add up to the wallet balance.
        """
        explained = self._transfers + self._realized_pnl - self._fees + self._funding
        explained += self._insurance - self._liquidation_fees
        if explained != self._wallet_balance:
            raise DomainError(f"ledger: wallet {self._wallet_balance} but its parts sum to {explained}")
