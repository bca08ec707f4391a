"""What the strategies of one instrument want together: one net trade, however many they are."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from attrs import frozen

from application.trading.book import InstrumentBook
from application.trading.share import Share
from domain.numbers import ZERO
from domain.order import Side


@frozen
class NetTrade:
    """What is still to be sent so that an instrument comes to its targets.

    Attributes:
        side: Buy or sell.
        closing: Part that brings the position nearer to zero, base units, zero or more.
        opening: Part that opens beyond it, base units, zero or more.
    """

    side: Side
    closing: Decimal
    opening: Decimal

    @property
    def is_nothing(self) -> bool:
        """Whether everything wanted is held or on its way."""
        return self.closing == 0 and self.opening == 0


def net_trade(book: InstrumentBook) -> NetTrade:
    """Net the targets of an instrument against what is held and what its working net orders will do."""
    expected = book.expected_quantity
    delta = sum((share.target for share in book.shares), ZERO) - expected
    closing = min(abs(delta), abs(expected)) if expected * delta < 0 else ZERO
    return NetTrade(Side.BUY if delta > 0 else Side.SELL, closing, abs(delta) - closing)


def opening_wish(share: Share, side: Side) -> Decimal:
    """Return what a strategy wants to open on a side, beyond what only gets it out of the other; base units."""
    wish = share.missing * side.sign
    if share.held * side.sign < 0:
        wish -= abs(share.held)
    return max(wish, ZERO)


def drop_wishes(shares: Sequence[Share], side: Side, quantity: Decimal) -> list[tuple[Share, Decimal]]:
    """Take back what cannot be opened from the strategies that want to open it, the last one first.

    Only wishes to open are taken back. A strategy that wants out keeps wanting it, even where its way out
    would open the net position, because others hold the opposite.

    Args:
        shares: The strategies of the instrument.
        side: Of the order that was refused.
        quantity: Of it that will not be traded, base units.

    Returns:
        Who gave up how much, base units.
    """
    return _cut(shares, side, quantity, lambda share: opening_wish(share, side))


def give_way(shares: Sequence[Share], side: Side, quantity: Decimal) -> list[tuple[Share, Decimal]]:
    """Have those who hold a side give it up to those who want out of the other, the last one first.

    For ways out that lie beyond the net position and may not be ordered, once all wishes to open are dropped. Then
    what would be opened is never more than what others want to hold on that side, so that all of it finds somebody.

    Args:
        shares: The strategies of the instrument.
        side: Of the order that was refused.
        quantity: Of it that was to lead out, base units.

    Returns:
        Who gave up how much, base units.
    """
    return _cut(shares, side, quantity, lambda share: max(share.target * side.sign, ZERO))


def _cut(
    shares: Sequence[Share], side: Side, quantity: Decimal, most_of: Callable[[Share], Decimal]
) -> list[tuple[Share, Decimal]]:
    """Bring targets back from a side by a quantity in all, the last strategy first, each by no more than its most."""
    dropped, left = [], quantity
    for share in reversed(shares):
        cut = min(left, most_of(share))
        if cut > 0:
            share.target -= cut * side.sign
            left -= cut
            dropped.append((share, cut))
    return dropped
