"""What each instrument and each strategy contributed, summed from its trades."""

from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext

from attrs import define

from application.trading.records import RoundTrip
from domain.numbers import EXACT_SUMS, ZERO


@define
class Contribution:
    """Sums over trades, closed and open, quote currency; what is still held counts with what it has realized.

    Attributes:
        n_trades: Closed and open.
        price_pnl: Realized on price.
        fees: Paid.
        funding: Received minus paid.
        slippage: Cost against the reference prices, contained in price_pnl.
    """

    n_trades: int = 0
    price_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    slippage: Decimal = ZERO

    @property
    def net_pnl(self) -> Decimal:
        """Realized on price minus fees plus funding."""
        with localcontext(EXACT_SUMS):
            return self.price_pnl - self.fees + self.funding

    def add(self, trade: RoundTrip) -> None:
        """Add one trade to the sums."""
        with localcontext(EXACT_SUMS):
            self.n_trades += 1
            self.price_pnl += trade.gross_pnl
            self.fees += trade.fees
            self.funding += trade.funding
            self.slippage += trade.slippage


def contributions(trades: Iterable[RoundTrip], key: Callable[[RoundTrip], str]) -> dict[str, Contribution]:
    """Return the sums by what the key says of a trade, in alphabetical order."""
    found: dict[str, Contribution] = {}
    for trade in sorted(trades, key=key):
        found.setdefault(key(trade), Contribution()).add(trade)
    return found


def net_of(trade: RoundTrip) -> Decimal:
    """Return gross PnL minus fees plus funding without rounding: shared fees have up to 28 digits."""
    with localcontext(EXACT_SUMS):
        return trade.gross_pnl - trade.fees + trade.funding
