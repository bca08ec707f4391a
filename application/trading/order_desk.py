"""Where orders leave the decision core: judged by the gate, named, remembered, and put among the commands."""

from collections.abc import Callable, Mapping, Sequence

from attrs import Factory, define, field

from application.trading.account_books import AccountBooks
from application.trading.book import NEVER_NS, InstrumentBook, Purpose, WorkingOrder
from application.trading.records import Refusal, RunLog, SentOrder
from application.trading.share import Share
from application.venue_messages import CancelOrder, Command, PlaceOrder
from domain.errors import DomainError
from domain.numbers import ZERO
from domain.order import ClientOrderId, Order, OrderTerms, Side
from domain.risk.policy import RiskPolicy, RiskSnapshot
from domain.risk.verdict import Approved


@define(eq=False)
class OrderDesk:
    """Judges orders, sends them, and knows which are working.

    Attributes:
        books: What is traded, by symbol.
        risk_policy: The gate that every order passes last.
        next_order_id: Gives a new client order id, never the same twice.
        account: The account that the gate looks at.
        log: Where orders and refusals are recorded.
        now_ns: The instant that was told last.
        is_halted: Whether opening is stopped.
        commands: What is to be sent, in sequence.
    """

    books: Mapping[str, InstrumentBook]
    risk_policy: RiskPolicy
    next_order_id: Callable[[], ClientOrderId]
    account: AccountBooks
    log: RunLog
    now_ns: int = 0
    is_halted: bool = False
    commands: list[Command] = Factory(list)
    _book_of: dict[ClientOrderId, InstrumentBook] = field(factory=dict, init=False)

    def drain(self) -> Sequence[Command]:
        """Hand out the commands that have come together."""
        if not self.commands:
            return ()
        commands, self.commands = self.commands, []
        return commands

    def send(self, book: InstrumentBook, terms: OrderTerms, purpose: Purpose, share: Share | None = None) -> bool:
        """Pass an order through the gate and to the venue; return whether it went out."""
        approval = self.assess(book, terms, purpose)
        if approval is None:
            return False
        self.dispatch(book, approval, purpose, share)
        return True

    def assess(self, book: InstrumentBook, terms: OrderTerms, purpose: Purpose) -> Approved | None:
        """Return the gate's approval, None after recording its refusal."""
        verdict = self.risk_policy.assess(terms, self._snapshot(book))
        if isinstance(verdict, Approved):
            return verdict
        codes = tuple(reason.value for reason in verdict.reasons)
        self.refuse(book, "gate", codes, f"{terms.side.value} {terms.quantity} {purpose.value}")
        return None

    def dispatch(self, book: InstrumentBook, approval: Approved, purpose: Purpose, share: Share | None = None) -> None:
        """Send an approved order and remember what it is for."""
        terms = approval.terms
        order_id = self.next_order_id()
        book.working[order_id] = WorkingOrder(Order(order_id, terms, self.now_ns), purpose, share)
        self._book_of[order_id] = book
        strategy = None if share is None else share.name
        self.log.orders.append(SentOrder(self.now_ns, order_id, purpose.value, terms, strategy))
        self.commands.append(PlaceOrder(order_id, approval, self.now_ns))
        if share is not None:
            _set_protection(share, purpose, order_id)

    def cancel_protection(self, book: InstrumentBook, share: Share, purpose: Purpose, order_id: ClientOrderId) -> None:
        """Have the venue take back a stop or target, which from now on protects nobody."""
        if order_id in (share.stop_id, share.take_profit_id):  # Else another one has taken its place already.
            _set_protection(share, purpose, None)
        self.commands.append(CancelOrder(order_id, book.instrument.symbol, self.now_ns))

    def refuse(self, book: InstrumentBook, source: str, reasons: tuple[str, ...], detail: str) -> None:
        """Record that an order was not sent, or not taken, and why."""
        self.log.refusals.append(Refusal(self.now_ns, book.instrument.symbol, source, reasons, detail))

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
        share = working.share
        if share is not None and order_id in (share.stop_id, share.take_profit_id):
            _set_protection(share, working.purpose, None)
        book.is_unsettled = True
        return book, working

    def _snapshot(self, book: InstrumentBook) -> RiskSnapshot:
        others = (other.worst_case_notional for other in self.books.values() if other is not book)
        return RiskSnapshot(
            equity=self.account.equity,
            other_notional=sum(others, ZERO),
            held_quantity=book.position.signed_quantity,
            working_buys=book.working_quantity(Side.BUY),
            working_sells=book.working_quantity(Side.SELL),
            mark_price=book.mark_price,
            is_halted=self.is_halted,
            is_suspended=book.suspended_from_ns != NEVER_NS and book.suspension_at(self.now_ns) is not None,
        )


def _set_protection(share: Share, purpose: Purpose, order_id: ClientOrderId | None) -> None:
    if purpose is Purpose.STOP:
        share.stop_id = order_id
    else:
        share.take_profit_id = order_id
