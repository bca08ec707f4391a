"""Where orders leave the decision core: judged by the gate, named, remembered, and put among the commands."""

from collections.abc import Callable, Sequence

from attrs import Factory, define, field

from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.order_origin import OrderOrigin, origin_of_net_order, origin_of_protection
from application.trading.pre_trade import PreTradeCheck
from application.trading.records import Refusal, RunLog, SentOrder, UnheardSignal
from application.trading.share import Share
from application.venue_messages import CancelOrder, Command, PlaceOrder
from domain.errors import DomainError
from domain.numbers import shortest
from domain.order import ClientOrderId, Order, OrderTerms
from domain.risk.verdict import Approved
from domain.signal import Signal


@define(eq=False)
class OrderDesk:
    """Judges orders, sends them, and knows which are working.

    Attributes:
        check: Puts every order before the gate.
        next_order_id: Gives a new client order id, never the same twice.
        log: Where orders and refusals are recorded.
        now_ns: The instant that was told last.
        commands: What is to be sent, in sequence.
    """

    check: PreTradeCheck
    next_order_id: Callable[[], ClientOrderId]
    log: RunLog
    now_ns: int = 0
    commands: list[Command] = Factory(list)
    _book_of: dict[ClientOrderId, InstrumentBook] = field(factory=dict, init=False)

    def drain(self) -> Sequence[Command]:
        """Hand out the commands that have come together."""
        if not self.commands:
            return ()
        commands, self.commands = self.commands, []
        return commands

    def pass_over(self, book: InstrumentBook, strategy: str, signal: Signal, why: str) -> None:
        """Record a signal on which nothing is decided; the refusal that says why in words is the caller's."""
        self.log.unheard.append(UnheardSignal(self.now_ns, strategy, book.instrument.symbol, signal, why))

    @property
    def blocks(self) -> tuple[str, ...]:
        """Codes of all that forbids opening now."""
        return self.check.controller.blocks

    def send(
        self,
        book: InstrumentBook,
        terms: OrderTerms,
        purpose: Purpose,
        share: Share | None = None,
        *,
        is_known: bool = False,
    ) -> bool:
        """Pass an order through the gate and to the venue; return whether it went out.

        Args:
            book: Its instrument.
            terms: What is to be ordered.
            purpose: What for.
            share: Whose it is; None for the net orders of the instrument.
            is_known: Whether a refusal of it is on record already.
        """
        approval = self.assess(book, terms, purpose, share, is_known=is_known)
        if approval is None:
            return False
        self.dispatch(book, approval, purpose, share)
        return True

    def assess(
        self,
        book: InstrumentBook,
        terms: OrderTerms,
        purpose: Purpose,
        share: Share | None = None,
        *,
        is_known: bool = False,
    ) -> Approved | None:
        """Return the gate's approval, None after recording its refusal unless it is on record already."""
        verdict = self.check.assess(book, terms, purpose.value, self._origin(book, terms, share), self.now_ns)
        if isinstance(verdict, Approved):
            return verdict
        if is_known:
            return None
        codes = tuple(reason.value for reason in verdict.reasons)
        self.refuse(
            book, "gate", codes, f"{terms.side.value} {shortest(terms.quantity)} {purpose.value}: {verdict.text}"
        )
        return None

    def dispatch(self, book: InstrumentBook, approval: Approved, purpose: Purpose, share: Share | None = None) -> None:
        """Send an approved order and remember what it is for."""
        terms = approval.terms
        order_id, origin = self.next_order_id(), self._origin(book, terms, share)
        book.working[order_id] = WorkingOrder(Order(order_id, terms, self.now_ns), purpose, share)
        self._book_of[order_id] = book
        book.note_orders_changed()
        strategy = None if share is None else share.name
        self.log.orders.append(SentOrder(self.now_ns, order_id, purpose.value, terms, strategy))
        self.commands.append(PlaceOrder(order_id, approval, self.now_ns))
        self.check.note_sent(order_id, terms, purpose.value, origin, self.now_ns)
        if share is not None:
            _set_protection(share, purpose, order_id)

    def _origin(self, book: InstrumentBook, terms: OrderTerms, share: Share | None) -> OrderOrigin:
        if share is not None:
            return origin_of_protection(share, self.now_ns)
        return origin_of_net_order(book.shares, terms.side, self.now_ns)

    def cancel_protection(self, book: InstrumentBook, share: Share, purpose: Purpose, order_id: ClientOrderId) -> None:
        """Have the venue take back a stop or target, which from now on protects nobody."""
        if order_id in (share.stop_id, share.take_profit_id):  # Else another one has taken its place already.
            _set_protection(share, purpose, None)
        self.commands.append(CancelOrder(order_id, book.instrument.symbol, self.now_ns))
        if self.check.activity is not None:
            self.check.activity.cancel_sent(self.now_ns)

    def refuse(self, book: InstrumentBook, source: str, reasons: tuple[str, ...], detail: str) -> None:
        """Record that an order was not sent, or not taken, and why."""
        self.log.refusals.append(Refusal(self.now_ns, book.instrument.symbol, source, reasons, detail))

    def note_fill(self, order_id: ClientOrderId) -> None:
        """Remember that an order was filled, at least in part."""
        if self.check.activity is not None:
            self.check.activity.filled(order_id)

    def working(self, order_id: ClientOrderId) -> tuple[InstrumentBook, WorkingOrder]:
        """Return a working order and the instrument it is of.

        Raises:
            DomainError: No such order is working.
        """
        book = self._book_of.get(order_id)
        if book is None:
            raise DomainError(f"the venue reports on {order_id}, which is not working")
        return book, book.working[order_id]

    def end(self, order_id: ClientOrderId) -> tuple[InstrumentBook, WorkingOrder]:
        """Take an order that has ended off the books; its remainder is looked at again at the next bar."""
        book, working = self.working(order_id)
        del book.working[order_id]
        del self._book_of[order_id]
        book.note_orders_changed()
        if self.check.activity is not None:
            self.check.activity.ended(order_id)
        share = working.share
        if share is not None and order_id in (share.stop_id, share.take_profit_id):
            _set_protection(share, working.purpose, None)
        book.is_unsettled = True
        return book, working


def _set_protection(share: Share, purpose: Purpose, order_id: ClientOrderId | None) -> None:
    if purpose is Purpose.STOP:
        share.stop_id = order_id
    else:
        share.take_profit_id = order_id
