"""What the strategies of one instrument want together: one net trade, however many they are."""

from collections.abc import Sequence
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
    dropped, left = [], quantity
    for share in reversed(shares):
        wish = share.missing * side.sign
        if share.held * side.sign < 0:
            wish -= abs(share.held)
        cut = min(left, max(wish, ZERO))
        if cut > 0:
            share.target -= cut * side.sign
            left -= cut
            dropped.append((share, cut))
    return dropped
