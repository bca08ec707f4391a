"""Keeps at the venue the stop and the targets that each share ought to have, and takes what becomes of them.

A new order is placed before the one that it replaces is taken back, both in the same batch of commands. The
other way round a lost or refused order would leave the share without a stop. Waiting for the new one to be
accepted would leave two stops standing for as long as messages travel: both could trigger, and where other
strategies hold the same instrument the second would sell what is theirs.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import evolve, frozen

from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.inner_stops import InnerStop, RefusedExit
from application.trading.leaving import leave
from application.trading.order_desk import OrderDesk
from application.trading.protection import fits, only_reduces, protective_terms, terms_at
from application.trading.records import ExitReason
from application.trading.share import Share
from application.trading.share_exits import STOP_REASONS, ShareExits
from application.venue_messages import RejectionCode
from domain.exit_state import ExitState
from domain.market import Bar
from domain.numbers import ZERO
from domain.order import ClientOrderId, Order, OrderTerms, OrderType, TriggerPrice


@frozen
class ExitOrders:
    """Places and replaces protective orders.

    Attributes:
        desk: Sends them.
        trigger_by: Which price triggers them.
    """

    desk: OrderDesk
    trigger_by: TriggerPrice

    def protect(self, book: InstrumentBook, share: Share) -> None:
        """Give a share the stop and the targets it ought to have, and no other; on its way out it keeps its own.

        Where others hold the opposite, a stop could open a position, and the gate may refuse it. The share then keeps
        what stands at the venue, and the stop that it ought to have is kept here, and watched.
        """
        exits, is_leaving = share.exits, share.held != 0 and share.target * share.held <= 0
        if is_leaving:
            if exits is not None:
                self._keep_within(book, share, exits)
            return
        if exits is None:
            self._keep_plain(book, share, Purpose.STOP, share.stop_id)
            self._keep_plain(book, share, Purpose.TARGET, share.take_profit_id)
            return
        self._keep_stop(book, share, exits)
        self._keep_targets(book, share, exits)

    def watch(self, book: InstrumentBook, bar: Bar, *, is_mark: bool = False) -> bool:
        """Have the shares leave whose stop, kept here, a bar has passed; return whether there are any.

        Args:
            book: The instrument.
            bar: That has just closed.
            is_mark: Whether it is one of mark prices.
        """
        if is_mark != (self.trigger_by is TriggerPrice.MARK and book.has_own_marks):
            return False
        is_news = False
        for share in book.shares:
            stop = share.inner_stop
            if stop is None:
                continue
            if stop.is_passed_by(bar):
                is_news = leave(share, stop.reason) or is_news
            elif self._may_ask_again(share, Purpose.STOP):
                self.protect(book, share)
        return is_news

    def keep_inside(self, book: InstrumentBook, share: Share, working: WorkingOrder, code: RejectionCode) -> bool:
        """Keep here the stop that the venue would not have because others hold the opposite; return whether it is that.

        Anything else that the venue has against a stop leaves the share unprotected.
        """
        is_theirs = code is RejectionCode.REDUCE_ONLY or not only_reduces(book, share)
        if working.purpose is not Purpose.STOP or code is RejectionCode.WOULD_TRIGGER or not is_theirs:
            return False
        share.refused_exits[Purpose.STOP] = RefusedExit(
            terms=working.order.terms, blocks=self.desk.blocks, by_venue=True
        )
        self.protect(book, share)
        return True

    def _keep_plain(self, book: InstrumentBook, share: Share, purpose: Purpose, order_id: ClientOrderId | None) -> None:
        wanted = protective_terms(book, share, purpose, self.trigger_by) if share.held != 0 else None
        self._keep(book, share, purpose, order_id, wanted)
        if purpose is Purpose.STOP:
            self._keep_inner(book, share, wanted, ExitReason.STOP)

    def _keep(
        self,
        book: InstrumentBook,
        share: Share,
        purpose: Purpose,
        order_id: ClientOrderId | None,
        wanted: OrderTerms | None,
        place: int | None = None,
    ) -> bool:
        """Have one order of a share at the venue be what is wanted, as far as it may be sent.

        Returns:
            Whether the order that is there stays.
        """
        present = None if order_id is None else book.working[order_id].order
        if present is not None and wanted is not None and fits(present.terms, wanted, present.leaves_quantity):
            return True
        is_refused = wanted is not None and not self._send(book, share, purpose, wanted, place)
        if is_refused and present is not None and wanted is not None and _still_protects(present, wanted):
            return True
        if order_id is not None:
            self.desk.cancel_protection(book, share, purpose, order_id)
        return False

    def _send(
        self, book: InstrumentBook, share: Share, purpose: Purpose, wanted: OrderTerms, place: int | None
    ) -> bool:
        """Send an order unless the gate refuses it, and record that once only; return whether it went out."""
        key = purpose if place is None else place
        refused = share.refused_exits.get(key)
        is_known = refused is not None and refused.terms == wanted and refused.blocks == self.desk.blocks
        if refused is not None and is_known and refused.by_venue:
            return False
        if self.desk.send(book, wanted, purpose, share, is_known=is_known):
            share.refused_exits.pop(key, None)
            return True
        share.refused_exits[key] = RefusedExit(terms=wanted, blocks=self.desk.blocks)
        return False

    def _may_ask_again(self, share: Share, key: object) -> bool:
        refused = share.refused_exits.get(key)
        return refused is not None and refused.blocks != self.desk.blocks

    def _keep_inner(self, book: InstrumentBook, share: Share, wanted: OrderTerms | None, reason: ExitReason) -> None:
        """Keep the stop of a share here where none that fits is at the venue or on its way there."""
        standing = None if share.stop_id is None else book.working[share.stop_id].order
        if wanted is None or (standing is not None and fits(standing.terms, wanted, standing.leaves_quantity)):
            share.inner_stop = None
        elif share.inner_stop is None or share.inner_stop.terms != wanted:
            share.inner_stop = InnerStop(terms=wanted, reason=reason, since_ns=self.desk.now_ns)
            share.is_guarded = True
        book.has_inner_stops = any(each.inner_stop is not None for each in book.shares)

    def _keep_stop(self, book: InstrumentBook, share: Share, exits: ShareExits) -> None:
        state, present, wanted = exits.state, share.stop_id, None
        if share.held != 0 and state is not None and state.stop_price is not None:
            wanted = terms_at(book, share, Purpose.STOP, state.stop_price, abs(share.held), self.trigger_by)
        self._keep(book, share, Purpose.STOP, present, wanted)
        reason = ExitReason.STOP if state is None else STOP_REASONS[state.stop_kind]
        if share.stop_id is not None and share.stop_id != present:
            exits.stop_reasons[share.stop_id] = reason
        self._keep_inner(book, share, wanted, reason)

    def _keep_within(self, book: InstrumentBook, share: Share, exits: ShareExits) -> None:
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
            return
        if stop.terms.side.sign * share.held > 0:
            self.desk.cancel_protection(book, share, Purpose.STOP, share.stop_id)
        else:
            self._replace_stop(book, share, exits, evolve(stop.terms, quantity=abs(share.held)))

    def _replace_stop(self, book: InstrumentBook, share: Share, exits: ShareExits, terms: OrderTerms) -> None:
        """Put another stop where one is, for the same reason."""
        reason = ExitReason.STOP if share.stop_id is None else exits.stop_reasons.get(share.stop_id, ExitReason.STOP)
        self._keep(book, share, Purpose.STOP, share.stop_id, terms)
        if share.stop_id is not None:
            exits.stop_reasons[share.stop_id] = reason

    def _keep_targets(self, book: InstrumentBook, share: Share, exits: ShareExits) -> None:
        wanted = dict(self._targets(book, share, exits, exits.state)) if exits.state is not None else {}
        for place in list(exits.rung_ids):
            if place not in wanted or exits.rung_ids[place] not in book.working:
                self._drop_rung(book, share, exits, place)
        for place, terms in wanted.items():
            self._keep_rung(book, share, exits, place, terms)

    def _drop_rung(self, book: InstrumentBook, share: Share, exits: ShareExits, place: int) -> None:
        order_id = exits.rung_ids.pop(place)
        if order_id in book.working:
            self.desk.cancel_protection(book, share, Purpose.TARGET, order_id)

    def _keep_rung(self, book: InstrumentBook, share: Share, exits: ShareExits, place: int, terms: OrderTerms) -> None:
        present = exits.rung_ids.get(place)
        is_kept = self._keep(book, share, Purpose.TARGET, present, terms, place)
        sent, share.take_profit_id = share.take_profit_id, None
        if sent is None and not is_kept:
            exits.rung_ids.pop(place, None)
        elif sent is not None:
            # The desk remembers one target of a share; those of a ladder are remembered by their rungs.
            exits.rung_ids[place] = sent
            exits.rung_of[sent] = place

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


def _still_protects(present: Order, wanted: OrderTerms) -> bool:
    """Whether an order that could not be replaced is worth more than none: a stop for all that is held."""
    is_stop = wanted.type is OrderType.STOP_MARKET and present.terms.side is wanted.side
    return is_stop and present.leaves_quantity == wanted.quantity
