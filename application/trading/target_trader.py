"""Brings instruments from what is held to what is wanted: net orders, internal crossings, and protection."""

from decimal import Decimal

from attrs import frozen

from application.trading.attribution import Part
from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.exit_orders import ExitOrders
from application.trading.netting import NetTrade, drop_wishes, give_way, net_trade
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
        # Judged before anything is sent: what may not be opened changes what is to be closed.
        trade, approval = self._settle(book)
        if trade.closing:
            self.desk.send(book, _market(book, trade.side, trade.closing, reduce_only=True), Purpose.CLOSE)
        if approval is not None:
            self.desk.dispatch(book, approval, Purpose.OPEN)
        if trade.is_nothing:
            self._cross_internally(book)

    def may_open(self, book: InstrumentBook) -> bool:
        """Return whether the gate would let out the order that opens what is wanted; why not is recorded."""
        # What is wanted is the order itself: it must not be counted beside it.
        before, book.is_unsettled = book.is_unsettled, False
        trade = net_trade(book)
        may = not trade.opening or self._assess_opening(book, trade) is not None
        book.is_unsettled = before
        return may

    def _settle(self, book: InstrumentBook) -> tuple[NetTrade, Approved | None]:
        """Return what is traded, once what the gate does not let open is wanted no more."""
        trade = net_trade(book)
        approval = self._assess_opening(book, trade)
        if approval is not None or not trade.opening:
            return trade, approval
        self._drop(book, trade.side, trade.opening)
        left = net_trade(book)
        if left.opening < trade.opening:
            # Without the wishes to open, the ways out are another order.
            approval = self._assess_opening(book, left)
        if approval is None and left.opening:
            self._give_way(book, left.side, left.opening)
            left = net_trade(book)
        return left, approval

    def _assess_opening(self, book: InstrumentBook, trade: NetTrade) -> Approved | None:
        if not trade.opening:
            return None
        return self.desk.assess(book, _market(book, trade.side, trade.opening), Purpose.OPEN)

    def _give_way(self, book: InstrumentBook, side: Side, quantity: Decimal) -> None:
        """Have those who hold the opposite take what others want out of, where no order may carry that out.

        Both leave, and the position stays what it is: the way out is never refused, and opens nothing.
        """
        for share, given_up in give_way(book.shares, side, quantity):
            if share.held * side.sign > 0:
                share.exit_reason = ExitReason.CROSSED
            detail = f"{share.name} gives way with {shortest(given_up)}, so that others get out"
            self.desk.refuse(book, "netting", (RefusalReason.GIVEN_UP.value,), detail)

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
        """Give every share the stop and targets it ought to have, and no other."""
        for share in book.shares:
            if not share.needs_no_protection:
                self.exits.protect(book, share)

    def drop_remainder(self, book: InstrumentBook, working: WorkingOrder, *, is_refused: bool) -> None:
        """Give up what the venue did not open; what is then left are wishes that cancel out, and ways out.

        Args:
            book: The instrument.
            working: The order, which has ended.
            is_refused: Whether the venue would not have it, so that ways out have to go inside; what only lacked
                volume is tried again.
        """
        self._drop(book, working.order.terms.side, working.order.leaves_quantity)
        left = net_trade(book)
        if is_refused and left.opening and left.side is working.order.terms.side:
            self._give_way(book, left.side, min(left.opening, working.order.leaves_quantity))
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
