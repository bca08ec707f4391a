"""The account as the risk gate and the sizer are told of it: worst cases of everything that may still fill."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from attrs import define, frozen

from application.trading.account_books import AccountBooks
from application.trading.book import InstrumentBook
from application.trading.share import Share
from domain.margin import MarginMode
from domain.numbers import ZERO, exact
from domain.order import OrderType, PositionSide, Side
from domain.risk.capital_at_risk import Leg
from domain.risk.snapshot import AccountState, Environment, InstrumentState

_ONE_WAY: Final = frozenset({PositionSide.BOTH})


@frozen(kw_only=True)
class AccountTerms:
    """What the account is, beside what is in it.

    Attributes:
        margin_mode: Whether positions share the wallet.
        leverage: Setting at the venue.
        environment: Whose money it is.
        position_sides: Those that orders may name.
    """

    margin_mode: MarginMode = MarginMode.CROSS
    leverage: int = 1
    environment: Environment = Environment.BACKTEST
    position_sides: frozenset[PositionSide] = _ONE_WAY


@frozen
class Worst:
    """The most that can come to be held in an instrument, by side.

    Attributes:
        long_quantity: Base units, never negative.
        short_quantity: Base units, never negative.
        price: At which it is valued, quote per base; 0 before the first.
    """

    long_quantity: Decimal
    short_quantity: Decimal
    price: Decimal

    @property
    def signed_notional(self) -> float:
        """Value of the larger side, quote currency; positive long."""
        if self.long_quantity >= self.short_quantity:
            return float(self.long_quantity * self.price)
        return -float(self.short_quantity * self.price)


def worst_of(book: InstrumentBook) -> Worst:
    """Return the worst case of an instrument: what is held on each side and all that could be added to it."""
    held, price = book.position.signed_quantity, book.mark_price or ZERO
    long_quantity = held if held > 0 else ZERO
    short_quantity = -held if held < 0 else ZERO
    for working in book.working.values():
        terms = working.order.terms
        if not terms.reduce_only:
            if terms.side is Side.BUY:
                long_quantity += working.order.leaves_quantity
            else:
                short_quantity += working.order.leaves_quantity
    return Worst(long_quantity, short_quantity, price)
