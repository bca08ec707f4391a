"""Keeps at the venue the stop and the targets that each share ought to have, and takes what becomes of them.

A new order is placed before the one that it replaces is taken back, both in the same batch of commands. The
other way round a lost or refused order would leave the share without a stop. Waiting for the new one to be
accepted would leave two stops standing for as long as messages travel: both could trigger, and where other
strategies hold the same instrument the second would sell what is theirs.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.order_desk import OrderDesk
from application.trading.protection import fits, protective_terms, terms_at
from application.trading.records import ExitReason
from application.trading.share import Share
from application.trading.share_exits import STOP_REASONS, ShareExits
from application.venue_messages import RejectionCode
from domain.exit_state import ExitState
from domain.numbers import ZERO
from domain.order import ClientOrderId, Order, OrderTerms, OrderType, TriggerPrice

_PLAIN_REASONS: Final = {Purpose.STOP: ExitReason.STOP, Purpose.TARGET: ExitReason.TARGET}


@frozen
class ExitOrders:
    """Places and replaces protective orders.

    Attributes:
        desk: Sends them.
        trigger_by: Which price triggers them.
    """

    desk: OrderDesk
    trigger_by: TriggerPrice

    def protect(self, book: InstrumentBook, share: Share) -> bool:
        """Give a share the stop and the targets it ought to have and no other; return whether it is protected."""
        exits, is_leaving = share.exits, share.held != 0 and share.target * share.held <= 0
        if exits is None:
            # On its way out, what protects it stays until it is closed.
            return is_leaving or self._keep_both(book, share)
        if is_leaving:
            return self._keep_within(book, share, exits)
        if not self._keep_stop(book, share, exits):
            return False
        self._keep_targets(book, share, exits)
        return True

    def protect_or_leave(self, book: InstrumentBook, share: Share) -> None:
        """Protect a share at a moment of decision; where that cannot be, it is among what is traded there."""
        if not self.protect(book, share) and leave(share, ExitReason.UNPROTECTED):
            book.is_unsettled = True

    def _keep_both(self, book: InstrumentBook, share: Share) -> bool:
        """Keep a stop and a target, and return whether the stop stands or none is wanted.

        A target that the gate refuses is tried again whenever protection is looked at: where another strategy holds
        the opposite it could open a position, and a trade is not unprotected for want of it.
        """
        if not self._keep_plain(book, share, Purpose.STOP, share.stop_id):
            return False
        self._keep_plain(book, share, Purpose.TARGET, share.take_profit_id)
        return True

    def _keep_plain(self, book: InstrumentBook, share: Share, purpose: Purpose, order_id: ClientOrderId | None) -> bool:
        wanted = protective_terms(book, share, purpose, self.trigger_by) if share.held != 0 else None
        return self._keep(book, share, purpose, order_id, wanted)

    def _keep(
        self,
        book: InstrumentBook,
        share: Share,
        purpose: Purpose,
        order_id: ClientOrderId | None,
        wanted: OrderTerms | None,
    ) -> bool:
        present = None if order_id is None else book.working[order_id].order
        if present is not None and wanted is not None and fits(present.terms, wanted, present.leaves_quantity):
            return True
        is_sent = wanted is None or self.desk.send(book, wanted, purpose, share)
        if not is_sent and present is not None and wanted is not None and _still_protects(share, present, wanted):
            return True
        if order_id is not None:
            self.desk.cancel_protection(book, share, purpose, order_id)
        return is_sent

    def _keep_stop(self, book: InstrumentBook, share: Share, exits: ShareExits) -> bool:
        state, present, wanted = exits.state, share.stop_id, None
        if share.held != 0 and state is not None and state.stop_price is not None:
            wanted = terms_at(book, share, Purpose.STOP, state.stop_price, abs(share.held), self.trigger_by)
        is_sent = self._keep(book, share, Purpose.STOP, present, wanted)
        if state is not None and share.stop_id is not None and share.stop_id != present:
            exits.stop_reasons[share.stop_id] = STOP_REASONS[state.stop_kind]
        return is_sent

    def _keep_within(self, book: InstrumentBook, share: Share, exits: ShareExits) -> bool:
        """Leave what protects a share on its way out, but let none of it close more than is still held.

        Where nobody else holds the instrument, the venue sees to that for what only reduces.
        """
        is_alone = all(other is share or other.held == 0 for other in book.shares)
        rungs = [book.working[order_id].order for order_id in exits.rung_ids.values() if order_id in book.working]
        if not _stays_within(share, rungs, is_alone=is_alone):
            for place in list(exits.rung_ids):
                self._drop_rung(book, share, exits, place)
        stop = None if share.stop_id is None else book.working[share.stop_id].order
        if stop is None or share.stop_id is None or _stays_within(share, [stop], is_alone=is_alone):
            return True
        if stop.terms.side.sign * share.held > 0:
            self.desk.cancel_protection(book, share, Purpose.STOP, share.stop_id)
            return True
        return self._replace_stop(book, share, exits, evolve(stop.terms, quantity=abs(share.held)))

    def _replace_stop(self, book: InstrumentBook, share: Share, exits: ShareExits, terms: OrderTerms) -> bool:
        """Put another stop where one is, for the same reason."""
        reason = ExitReason.STOP if share.stop_id is None else exits.stop_reasons.get(share.stop_id, ExitReason.STOP)
        is_sent = self._keep(book, share, Purpose.STOP, share.stop_id, terms)
        if share.stop_id is not None:
            exits.stop_reasons[share.stop_id] = reason
        return is_sent

    def _keep_targets(self, book: InstrumentBook, share: Share, exits: ShareExits) -> bool:
        wanted = dict(self._targets(book, share, exits, exits.state)) if exits.state is not None else {}
        for place in list(exits.rung_ids):
            if place not in wanted or exits.rung_ids[place] not in book.working:
                self._drop_rung(book, share, exits, place)
        return all(self._keep_rung(book, share, exits, place, terms) for place, terms in wanted.items())

    def _drop_rung(self, book: InstrumentBook, share: Share, exits: ShareExits, place: int) -> None:
        order_id = exits.rung_ids.pop(place)
        if order_id in book.working:
            self.desk.cancel_protection(book, share, Purpose.TARGET, order_id)

    def _keep_rung(self, book: InstrumentBook, share: Share, exits: ShareExits, place: int, terms: OrderTerms) -> bool:
        present = exits.rung_ids.get(place)
        is_sent = self._keep(book, share, Purpose.TARGET, present, terms)
        sent, share.take_profit_id = share.take_profit_id, None
        if sent is not None:
            # The desk remembers one target of a share; those of a ladder are remembered by their rungs.
            exits.rung_ids[place] = sent
            exits.rung_of[sent] = place
        return is_sent

    def _targets(
        self, book: InstrumentBook, share: Share, exits: ShareExits, state: ExitState
    ) -> Iterator[tuple[int, OrderTerms]]:
        """Yield place and terms of the targets that a share ought to have; together they close no more than is held."""
        left = abs(share.held)
        for place, price, part in state.targets(exits.plan):
            quantity = min(left, self._rung_quantity(book, exits, place, part))
            if quantity < book.instrument.quantity_min:
                continue
            terms = terms_at(book, share, Purpose.TARGET, price, quantity, self.trigger_by)
            if terms is not None and (terms.reduce_only or quantity * price >= book.instrument.notional_min):
                left -= quantity
                yield place, terms

    def _rung_quantity(self, book: InstrumentBook, exits: ShareExits, place: int, part: Decimal) -> Decimal:
        """Return what a rung closes: whole lots of its share, the last one of a whole ladder all that is left."""
        rungs = exits.plan.take_profit
        if not rungs or (place == len(rungs) - 1 and sum((rung.share for rung in rungs), ZERO) == 1):
            return exits.entered_quantity
        return book.instrument.floor_quantity(exits.entered_quantity * part)


def _stays_within(share: Share, orders: Sequence[Order], *, is_alone: bool) -> bool:
    """Whether orders together close no more than a share holds, and on its side."""
    if any(order.terms.side.sign * share.held > 0 for order in orders):
        return False
    is_bounded = is_alone and all(order.terms.reduce_only for order in orders)
    return is_bounded or sum((order.leaves_quantity for order in orders), ZERO) <= abs(share.held)


def _still_protects(share: Share, present: Order, wanted: OrderTerms) -> bool:
    """Whether an order that could not be replaced is worth more than none: a stop less near, for all that is held."""
    is_stop = wanted.type is OrderType.STOP_MARKET and present.terms.side is wanted.side
    return share.exits is not None and is_stop and present.leaves_quantity == wanted.quantity


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

    A target or a moved stop that the price has passed has done its work. Anything else leaves the share
    unprotected, and it is closed.
    """
    is_passed = code is RejectionCode.WOULD_TRIGGER
    if is_passed and (working.purpose is Purpose.TARGET or _has_moved(share, working)):
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
