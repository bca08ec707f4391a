"""How a share comes to want out: by an order that protects it, by one that cannot stand, or because it must shrink."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.records import ExitReason
from application.trading.share import Share
from application.trading.share_exits import ShareExits
from application.venue_messages import RejectionCode
from domain.numbers import ONE, ZERO

_PLAIN_REASONS: Final = {Purpose.STOP: ExitReason.STOP, Purpose.TARGET: ExitReason.TARGET}


def leave_by(share: Share, working: WorkingOrder) -> bool:
    """Let an order that protects a share decide what it wants from now on; return whether that changes anything.

    Called when it has begun to trade, or cannot stand because its price is passed. A stop and a whole target end
    the trade; a rung closes its quantity, even if it fills in part: the rest follows at the market.
    """
    if share.target * share.held <= 0:
        return False
    exits, order_id = share.exits, working.order.client_order_id
    if exits is None:
        share.target, share.exit_reason = ZERO, _PLAIN_REASONS[working.purpose]
        return True
    if working.purpose is Purpose.STOP:
        share.target, share.exit_reason = ZERO, exits.stop_reasons.get(order_id, ExitReason.STOP)
        return True
    return _take_rung(share, exits, exits.rung_of.get(order_id), working.order.terms.quantity)


def _take_rung(share: Share, exits: ShareExits, place: int | None, quantity: Decimal) -> bool:
    if exits.state is None or place is None or not exits.plan.take_profit:
        # The signal's own target, or one of an earlier trade that filled while it was being taken back.
        return leave(share, ExitReason.TARGET)
    if place in exits.state.rungs_taken:
        return False
    exits.state = exits.state.with_rung_taken(place)
    exits.rung_ids.pop(place, None)
    share.target -= min(quantity, abs(share.target)) * (1 if share.held > 0 else -1)
    share.exit_reason = ExitReason.TAKE_PROFIT
    return True


def leave_by_rejection(share: Share, working: WorkingOrder, code: RejectionCode) -> bool:
    """Let a share want what follows from the venue's refusal of its stop or target; return whether that is news.

    A target that the price has passed has done its work, and so has a stop in the place of another one. Anything
    else leaves the share unprotected, and it is closed.
    """
    is_passed = code is RejectionCode.WOULD_TRIGGER
    if is_passed and (working.purpose is Purpose.TARGET or share.is_guarded or _has_moved(share, working)):
        return leave_by(share, working)
    return leave(share, ExitReason.UNPROTECTED)


def _has_moved(share: Share, working: WorkingOrder) -> bool:
    reasons = {} if share.exits is None else share.exits.stop_reasons
    return reasons.get(working.order.client_order_id, ExitReason.STOP) is not ExitReason.STOP


def leave(share: Share, reason: ExitReason) -> bool:
    """Have a share want out; return whether it did not before."""
    if share.held == 0 or share.target * share.held <= 0:
        return False
    share.target, share.exit_reason = ZERO, reason
    return True


def give_up(share: Share, at_ns: int) -> None:
    """Have a share want nothing, now and later, because its strategy has failed; what is on its way out goes on.

    Args:
        share: The strategy's.
        at_ns: When that was decided.
    """
    if share.held == 0 or share.target * share.held > 0:
        share.exit_reason = ExitReason.FAILURE
    share.target, share.decided_at_ns = ZERO, at_ns
    share.stop_distance = share.target_distance = None
    if share.exits is not None:
        share.exits.waiting = None
    if share.shadow is not None:
        share.shadow.leave()


def keep_part(books: Mapping[str, InstrumentBook], part: Decimal) -> None:
    """Have every share want to keep only a part of what it holds, and nothing that it does not hold yet.

    Args:
        books: What is traded.
        part: From 0 to 1, rounded down to whole lots; one changes nothing.
    """
    if part == ONE:
        return
    for book in books.values():
        for share in book.shares:
            if share.held == 0 and share.target == 0:
                continue
            if share.target * share.held > 0:
                kept = min(book.instrument.floor_quantity(abs(share.held) * part), abs(share.target))
                share.target = kept if share.held > 0 else -kept
                share.exit_reason = ExitReason.RISK
            else:
                # What is on its way out goes on, for its own reason, and nothing is opened behind it.
                share.target = ZERO
            book.is_unsettled = True
