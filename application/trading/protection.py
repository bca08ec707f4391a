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
    is_gain = (share.held > 0) != (purpose is Purpose.STOP)
    price = entry_price + (exact(distance) if is_gain else -exact(distance))
    return terms_at(book, share, purpose, price, abs(share.held), trigger_by)


def terms_at(
    book: InstrumentBook, share: Share, purpose: Purpose, price: Decimal, quantity: Decimal, trigger_by: TriggerPrice
) -> OrderTerms | None:
    """Return the stop or target order of a share at a price, None where no order can stand.

    Args:
        book: The instrument.
        share: Whose it is; it holds something.
        purpose: Stop or target.
        price: Quote per base; rounded to the tick that a holder reaches later in gain and sooner in loss.
        quantity: Of it, base units.
        trigger_by: Which price triggers it.
    """
    is_long = share.held > 0
    trigger = book.instrument.round_price_against(price, is_buy=is_long)
    if trigger <= 0:
        return None
    return OrderTerms(
        symbol=book.instrument.symbol,
        side=Side.SELL if is_long else Side.BUY,
        type=OrderType.STOP_MARKET if purpose is Purpose.STOP else OrderType.TAKE_PROFIT_MARKET,
        quantity=quantity,
        trigger_price=trigger,
        reduce_only=only_reduces(book, share),
        trigger_by=trigger_by,
    )


def only_reduces(book: InstrumentBook, share: Share) -> bool:
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
