"""Brings instruments from what is held to what is wanted: net orders, internal crossings, and protection."""

from decimal import Decimal

from attrs import frozen

from application.trading.attribution import Part
from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.exit_orders import ExitOrders, leave
from application.trading.netting import NetTrade, drop_wishes, net_trade
from application.trading.order_desk import OrderDesk
from application.trading.records import ExitReason, RunLog
from application.trading.risk_controller import RiskController
from domain.numbers import ZERO, exact, shortest
from domain.order import Fill, OrderTerms, OrderType, Side
from domain.risk.verdict import Approved, RefusalReason


@frozen(eq=False)
class TargetTrader:
    """Trades what the strategies of an instrument want together.

    Attributes:
        desk: Sends orders.
        exits: Places stops and targets.
        controller: Counts trades that have ended.
        log: Keeps them.
    """

    desk: OrderDesk
    exits: ExitOrders
    controller: RiskController
    log: RunLog

    def trade(self, book: InstrumentBook) -> None:
        """Send the net orders that bring the instrument from what is held and in flight to its targets.

        What reduces goes as a reduce-only order of its own: should a stop close the position before it
        arrives, it can then not open the opposite.
        """
        book.is_unsettled = False
        trade = net_trade(book)
        # Judged before anything is sent: what may not be opened changes what is to be closed.
        approval = self._assess_opening(book, trade)
        if trade.opening and approval is None:
            self._drop(book, trade.side, trade.opening)
            trade = net_trade(book)
            # What is still to be opened are exits beyond the net position: tried again at the next bar.
            book.is_unsettled = trade.opening > 0
        if trade.closing:
            self.desk.send(book, _market(book, trade.side, trade.closing, reduce_only=True), Purpose.CLOSE)
        if approval is not None:
            self.desk.dispatch(book, approval, Purpose.OPEN)
        if trade.is_nothing:
            self._cross_internally(book)

    def _assess_opening(self, book: InstrumentBook, trade: NetTrade) -> Approved | None:
        if not trade.opening:
            return None
        return self.desk.assess(book, _market(book, trade.side, trade.opening), Purpose.OPEN)

    def _drop(self, book: InstrumentBook, side: Side, quantity: Decimal) -> None:
        """Have the strategies give up what cannot be opened, and say who did where it could be several."""
        given_up_by = drop_wishes(book.shares, side, quantity)
        if len(book.shares) == 1:
            return
        for share, given_up in given_up_by:
            detail = f"{share.name} gives up {side.value} {shortest(given_up)}"
            self.desk.refuse(book, "netting", (RefusalReason.GIVEN_UP.value,), detail)

    def _cross_internally(self, book: InstrumentBook) -> None:
        """Let strategies that want opposite things trade with each other at the mark, at no cost."""
        if book.has_net_orders:
            return
        price = exact(book.mark)
        for share in book.shares:
            if share.missing != 0:
                self.apply(Part(share, share.missing, ZERO, is_internal=True), price, None, self.desk.now_ns)
        self.protect(book)

    def protect(self, book: InstrumentBook) -> None:
        """Give every share the stop and targets it ought to have, and no other; without them it is closed."""
        for share in book.shares:
            is_bare = not share.needs_no_protection and not self.exits.protect(book, share)
            if is_bare and leave(share, ExitReason.UNPROTECTED):
                self.trade(book)

    def drop_remainder(self, book: InstrumentBook, working: WorkingOrder) -> None:
        """Give up what the venue did not open; what is then left are wishes that cancel out."""
        self._drop(book, working.order.terms.side, working.order.leaves_quantity)
        if net_trade(book).is_nothing:
            self._cross_internally(book)

    def apply(self, part: Part, price: Decimal, fill: Fill | None, at_ns: int) -> None:
        """Book a part of a fill, or of an internal crossing, and take note of the trades that it ends."""
        source = None if part.is_internal else fill
        closed = part.share.apply(part.signed_quantity, price, fill=source, at_ns=at_ns, fee=part.fee)
        if closed:
            self.log.trades += closed
            self.controller.note_trades(closed, at_ns)


def _market(book: InstrumentBook, side: Side, quantity: Decimal, *, reduce_only: bool = False) -> OrderTerms:
    return OrderTerms(
        symbol=book.instrument.symbol, side=side, type=OrderType.MARKET, quantity=quantity, reduce_only=reduce_only
    )
