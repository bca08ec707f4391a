"""The stop and the target that protect one strategy's share, as orders at the venue."""

from decimal import Decimal

from application.trading.book import InstrumentBook, Purpose
from application.trading.share import Share
from domain.numbers import exact
from domain.order import OrderTerms, OrderType, Side, TriggerPrice


def protective_terms(
    book: InstrumentBook, share: Share, purpose: Purpose, trigger_by: TriggerPrice
) -> OrderTerms | None:
    """Return the stop or target order that a share ought to have now, None if it needs none.

    Distances are measured from the entry price, so both always lie on their right side. The stop is
    rounded to the tick nearer to the entry, the target to the one farther away.
    """
    distance = share.stop_distance if purpose is Purpose.STOP else share.target_distance
    entry_price = share.position.entry_price
    if distance is None or entry_price is None:
        return None
    is_long = share.held > 0
    loses = purpose is Purpose.STOP
    offset = exact(distance) if is_long != loses else -exact(distance)
    trigger = book.instrument.round_price_against(entry_price + offset, is_buy=is_long)
    if trigger <= 0:
        return None
    return OrderTerms(
        symbol=book.instrument.symbol,
        side=Side.SELL if is_long else Side.BUY,
        type=OrderType.STOP_MARKET if loses else OrderType.TAKE_PROFIT_MARKET,
        quantity=abs(share.held),
        trigger_price=trigger,
        reduce_only=_only_reduces(book, share),
        trigger_by=trigger_by,
    )


def _only_reduces(book: InstrumentBook, share: Share) -> bool:
    """Whether closing this share can only shrink the net position: no other share holds the opposite."""
    return all(other.held * share.held >= 0 for other in book.shares)


def fits(terms: OrderTerms, wanted: OrderTerms, leaves_quantity: Decimal) -> bool:
    """Whether a working protective order still does what is wanted of it."""
    return (
        leaves_quantity == wanted.quantity
        and terms.side is wanted.side
        and terms.trigger_price == wanted.trigger_price
        and terms.reduce_only == wanted.reduce_only
    )
