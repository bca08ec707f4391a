"""Cash and positions of the account, booked from what the venue reports."""

from decimal import Decimal

from attrs import Factory, define

from application.trading.book import InstrumentBook
from application.trading.share import Share
from application.venue_messages import FundingPaid, PositionLiquidated
from domain.ledger import AccountLedger
from domain.numbers import ZERO, exact, round_cash
from domain.order import Fill


@define(eq=False)
class AccountBooks:
    """The account as the decision core knows it.

    Attributes:
        ledger: Cash.
        held: Instruments in which a position is held, in the sequence in which they were opened.
        wallet_float: The wallet balance as float, for the equity curve.
    """

    ledger: AccountLedger = Factory(AccountLedger)
    held: list[InstrumentBook] = Factory(list)
    wallet_float: float = 0.0

    @property
    def equity(self) -> Decimal:
        """Wallet balance plus unrealized PnL at the last known marks, quote currency."""
        unrealized = ZERO
        for book in self.held:
            unrealized += book.position.unrealized_pnl(exact(book.mark))
        return self.ledger.wallet_balance + unrealized

    def free_cash(self) -> Decimal:
        """Return the wallet less what spot cost, and less what contracts lose now; quote currency.

        Their profits do not count before they are realized.
        """
        cash, contracts = self.ledger.wallet_balance, ZERO
        for book in self.held:
            if book.instrument.is_spot:
                cash -= book.position.cost
            else:
                contracts += book.position.unrealized_pnl(exact(book.mark))
        return cash + min(contracts, ZERO)

    def deposit(self, amount: Decimal) -> None:
        """Book a transfer into the account (negative: out of it), quote currency."""
        self.ledger.transfer(amount)
        self._refresh()

    def book_execution(self, book: InstrumentBook, fill: Fill) -> None:
        """Book one execution in an instrument."""
        realized = book.position.fill(fill.signed_quantity, fill.price)
        self.ledger.book_fill(realized, fill.fee)
        self._refresh()
        book.refresh_floats()
        if book.position.is_flat:
            if book in self.held:
                self.held.remove(book)
        elif book not in self.held:
            self.held.append(book)

    def book_liquidation(self, book: InstrumentBook, report: PositionLiquidated) -> None:
        """Book what the venue closed, its fee, and what the insurance fund took over."""
        self.book_execution(book, report.fill)
        self.ledger.book_liquidation_fee(report.liquidation_fee)
        self.ledger.book_insurance(report.insurance)
        self._refresh()

    def book_funding(self, book: InstrumentBook, report: FundingPaid) -> None:
        """Book a funding payment, and divide it among the strategies that hold."""
        self.ledger.book_funding(report.payment)
        self._refresh()
        _divide([share for share in book.shares if share.held != 0], report)

    def _refresh(self) -> None:
        self.wallet_float = float(self.ledger.wallet_balance)


def _divide(shares: list[Share], report: FundingPaid) -> None:
    """Give every holder its part; the first one gets what rounding leaves."""
    left = report.payment
    for share in shares[1:]:
        part = round_cash(report.payment * share.held / report.signed_quantity)
        share.book_funding(part)
        left -= part
    if shares:
        shares[0].book_funding(left)
