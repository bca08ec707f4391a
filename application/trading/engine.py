"""The decision core: events in, commands out, everything in between without I/O.

One engine owns all mutable state of trading. It is told the time by the events, gets order ids from
a callable, and never waits. A driver (replay or live) puts events in, one at a time, and carries the
commands to a venue.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial

from attrs import Factory, define, field

from application.ports.decision_watch import OpenQuestion
from application.regimes.regime_plan import RegimePlan
from application.trading.account_books import AccountBooks
from application.trading.account_view import AccountTerms, AccountView
from application.trading.allocation import Allocator
from application.trading.attribution import Part, attribute_net_fill, attribute_reduction
from application.trading.book import InstrumentBook, Purpose
from application.trading.decision_loop import DecisionLoop
from application.trading.entry_sizing import EntrySizer
from application.trading.events import BarsClosed, Event, Moment
from application.trading.exit_follower import ExitFollower
from application.trading.exit_orders import ExitOrders
from application.trading.hedged_pair import HedgedPair
from application.trading.leaving import keep_part, leave_by, leave_by_rejection
from application.trading.market_risk import MarketRisk
from application.trading.operator_desk import OperatorDesk
from application.trading.order_desk import OrderDesk
from application.trading.pair_sizing import PairSizer
from application.trading.pair_trader import PairTrader
from application.trading.pre_trade import PreTradeCheck
from application.trading.records import ExitReason, RegimeChange, RoundTrip, RunLog
from application.trading.regime_follower import RegimeFollower
from application.trading.risk_controller import RiskController
from application.trading.risk_state import RiskState
from application.trading.share import Share
from application.trading.signal_desk import SignalDesk
from application.trading.strategy_failures import StrategyFailures
from application.trading.target_trader import TargetTrader
from application.venue_messages import (
    CancelRejected,
    Command,
    ExpiryReason,
    FundingPaid,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderTriggered,
    PositionLiquidated,
)
from domain.ledger import AccountLedger
from domain.market import Bar, FundingEvent, MarkPrice
from domain.numbers import ZERO
from domain.order import ClientOrderId, TriggerPrice
from domain.risk.gate import RiskGate
from domain.risk.settings import RiskSettings
from domain.risk.trading_state import TradingState
from domain.rule_book import InstrumentChanged


@define(eq=False)
class TradingEngine:
    """Turns market events and venue reports into orders.

    Attributes:
        books: What is traded, by symbol.
        risk: How the account is protected.
        next_order_id: Gives a new client order id, never the same twice.
        trigger_by: Which price triggers protective orders.
        keeps_curve: Whether every moment of decision adds a point to the equity curve.
        terms: What the account is.
        gate: Judges every order, by the limits of `risk`.
        allocator: Shares the account among strategies; None lets each use all of it.
        regimes: How the market of each instrument is judged; None judges none.
        pairs: Contracts and coins that are held as one; their shares are among those of `books`.
        question: What is being asked of a strategy, for whoever watches how long it takes.
        account: Cash and positions, from what the venue reported.
        log: What is left behind.
    """

    books: Mapping[str, InstrumentBook]
    risk: RiskSettings
    next_order_id: Callable[[], ClientOrderId]
    trigger_by: TriggerPrice = TriggerPrice.LAST
    keeps_curve: bool = True
    terms: AccountTerms = Factory(AccountTerms)
    gate: RiskGate = Factory(lambda self: RiskGate(self.risk.limits), takes_self=True)
    allocator: Allocator | None = None
    regimes: RegimePlan | None = None
    pairs: Sequence[HedgedPair] = ()
    question: OpenQuestion = Factory(OpenQuestion)
    account: AccountBooks = field(factory=AccountBooks, init=False)
    log: RunLog = field(factory=RunLog, init=False)
    controller: RiskController = field(init=False, repr=False)
    _desk: OrderDesk = field(init=False, repr=False)
    _exits: ExitOrders = field(init=False, repr=False)
    _trader: TargetTrader = field(init=False, repr=False)
    _loop: DecisionLoop = field(init=False, repr=False)
    _handlers: Mapping[type, Callable[..., None]] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.gate.limits != self.risk.limits:
            raise ValueError("gate: judges by other limits than those of risk")
        log, market = self.log, MarketRisk(self.books, self.risk.estimates)
        view = AccountView(self.books, self.account, self.terms, self.risk.limits)
        self.controller = RiskController(self.risk, self.books, self.account, log, market)
        if self.allocator is not None:
            self.allocator.follow(self.books.values(), log.weight_changes.append)
        sizer = EntrySizer(self.risk, view, market, self.allocator)
        check = PreTradeCheck(self.risk, view, market, self.controller, self.gate)
        self._desk = OrderDesk(check, self.next_order_id, log)
        self._exits = ExitOrders(self._desk, self.trigger_by)
        self._trader = TargetTrader(self._desk, self._exits, self.controller, log)
        n_shares = sum(len(book.shares) for book in self.books.values())
        # A pair is one strategy with two shares.
        failures = StrategyFailures(log, self.question, n_left=n_shares - len(self.pairs))
        self._loop = DecisionLoop(
            self.books,
            self.account,
            self._desk,
            self._trader,
            SignalDesk(self._desk, self._exits, sizer, self.controller),
            failures,
            self.question,
            self.keeps_curve,
        )
        self._follow_bars(PairTrader(self._desk, self._trader, PairSizer(sizer), self.controller, failures))
        self._handlers = {
            BarsClosed: self._on_bars_closed,
            MarkPrice: self._on_mark,
            FundingEvent: self._on_funding_published,
            InstrumentChanged: self._on_rules_changed,
            **OperatorDesk(self.books, self._desk, self.controller).handlers,
            OrderAccepted: self._on_accepted,
            OrderRejected: self._on_rejected,
            OrderTriggered: self._on_triggered,
            OrderFilled: self._on_filled,
            OrderCanceled: self._on_canceled,
            OrderExpired: self._on_expired,
            CancelRejected: self._on_cancel_rejected,
            FundingPaid: self._on_funding_paid,
            PositionLiquidated: self._on_liquidated,
        }

    def _note_regime(self, change: RegimeChange) -> None:
        self.log.regime_changes.append(change)
        if self.allocator is not None:
            self.allocator.noted_weights(self.books[change.symbol], change.at_ns)

    def _follow_bars(self, trader: PairTrader) -> None:
        """Say who follows the bars before which strategy is asked; the others' way stays as short as it is."""
        pair_of = {id(leg.share): pair for pair in self.pairs for leg in (pair.contract, pair.coins)}
        for book in self.books.values():
            for share in book.shares:
                followers = list(self._followers_of(book, share))
                if id(share) in pair_of:
                    followers.append(partial(trader.decide, pair_of[id(share)]))
                share.followers = tuple(followers)

    def _followers_of(self, book: InstrumentBook, share: Share) -> Iterator[Callable[[Bar], None]]:
        if self.regimes is not None and share is book.shares[0]:
            # Every instrument's bars are judged before the first strategy is asked about them.
            yield RegimeFollower(book, self.regimes, self._note_regime).follow
        if share.shadow is not None:
            yield share.shadow.follow
        if share.exits is not None and share.exits.plan.follows_bars:
            yield ExitFollower(book, share, share.exits, self._exits).follow

    def handle(self, event: Event) -> Sequence[Command]:
        """Take one event and return the commands it leads to, in the order to be sent.

        Raises:
            DomainError: The event contradicts what is known; trading must not go on.
        """
        self._handlers[event.__class__](event)
        return self._desk.drain()

    def advance(self, moments: Iterable[Moment]) -> Sequence[Command]:
        """Take moments of decision until one leads to commands; return these, or none after the last moment.

        The same as handling one after the other, without the way in and out for each. Where it stopped is
        told by `now_ns`; nothing may have happened between the moments.

        Raises:
            DomainError: As by `handle`.
        """
        self._loop.decide_at(moments)
        return self._desk.drain()

    @property
    def now_ns(self) -> int:
        """The instant that was told last."""
        return self._desk.now_ns

    @property
    def is_halted(self) -> bool:
        """Whether opening is stopped."""
        return bool(self.controller.blocks)

    @property
    def ledger(self) -> AccountLedger:
        """Cash of the account."""
        return self.account.ledger

    @property
    def equity(self) -> Decimal:
        """Wallet balance plus unrealized PnL at the last known marks, quote currency."""
        return self.account.equity

    def deposit(self, amount: Decimal) -> None:
        """Book a transfer into the account (negative: out of it)."""
        equity_before = self.account.equity
        self.account.deposit(amount)
        self.controller.note_transfer(amount, equity_before=equity_before)

    def risk_state(self) -> RiskState:
        """Return what risk control has to know after a restart."""
        check, activity = self._desk.check, self._desk.check.activity
        return RiskState(
            guard=self.controller.guard_to_keep,
            activity=None if activity is None else activity.record(),
            intents_made=check.intents_made,
        )

    def restore_risk(self, state: RiskState) -> None:
        """Go on from the risk state of before a restart, once deposits are booked and positions are known.

        What a halt had not closed by then is closed at the next bar. Events must not be from before the state: the
        first in which something would be found raises `DomainError`, as time that goes backwards.
        """
        self.controller.restore(state.guard)
        self._desk.check.restore(state.activity, intents_made=state.intents_made)
        if state.guard.latch.state is TradingState.HALTED:
            keep_part(self.books, ZERO)

    def open_trades(self) -> list[RoundTrip]:
        """Return the round trips that have not ended."""
        trades = (share.open_round_trip() for book in self.books.values() for share in book.shares)
        return [trade for trade in trades if trade is not None]

    # Market events

    def _on_bars_closed(self, event: BarsClosed) -> None:
        self._loop.decide_at((event,))

    def _on_mark(self, event: MarkPrice) -> None:
        book = self.books[event.symbol]
        book.has_own_marks = True
        book.mark, book.marked_at_ns = event.price, event.at_ns

    def _on_funding_published(self, event: FundingEvent) -> None:
        for share in self.books[event.symbol].shares:
            share.view.funding = event
            if share.shadow is not None:
                share.shadow.take_funding(event)

    def _on_rules_changed(self, event: InstrumentChanged) -> None:
        # What was decided and sent stays as it is; sizes and triggers follow the new steps from here on.
        self.books[event.symbol].instrument = event.instrument

    # Venue reports

    def _on_accepted(self, report: OrderAccepted) -> None:
        _, working = self._desk.working(report.client_order_id)
        working.order.accept()
        if working.share is not None and working.purpose is Purpose.STOP:
            working.share.is_guarded = True

    def _on_triggered(self, report: OrderTriggered) -> None:
        book, working = self._desk.working(report.client_order_id)
        working.order.trigger(report.quantity)
        book.note_orders_changed()

    def _on_filled(self, report: OrderFilled) -> None:
        fill = report.fill
        self._desk.now_ns = fill.executed_at_ns
        book, working = self._desk.working(fill.client_order_id)
        working.order.fill(fill)
        book.note_orders_changed()
        self._desk.note_fill(fill.client_order_id)
        self.account.book_execution(book, fill)
        self.log.fills.append(fill)
        share = working.share
        if share is None:
            parts = attribute_net_fill(book.shares, fill.signed_quantity, fill.fee)
        else:
            parts = [Part(share, fill.signed_quantity, fill.fee)]
            leave_by(share, working)
        for part in parts:
            self._trader.apply(part, fill.price, fill, fill.executed_at_ns)
        if working.order.is_terminal:
            # Looked at again: a stop may have overtaken a closing order, so that one of them traded too much.
            self._desk.end(fill.client_order_id)
        self._trader.protect(book)

    def _on_rejected(self, report: OrderRejected) -> None:
        self._desk.now_ns = report.at_ns
        book, working = self._desk.end(report.client_order_id)
        working.order.reject()
        self._desk.refuse(book, "venue", (report.code.value,), report.detail)
        if working.purpose is Purpose.OPEN:
            self._trader.drop_remainder(book, working, is_refused=True)
            return
        share = working.share
        if share is None or self._exits.keep_inside(book, share, working, report.code):
            return
        if leave_by_rejection(share, working, report.code):
            self._trader.trade(book)

    def _on_canceled(self, report: OrderCanceled) -> None:
        self._desk.now_ns = report.at_ns
        _, working = self._desk.end(report.client_order_id)
        working.order.cancel()

    def _on_expired(self, report: OrderExpired) -> None:
        self._desk.now_ns = report.at_ns
        book, working = self._desk.end(report.client_order_id)
        working.order.expire()
        if working.purpose is Purpose.OPEN:
            self._trader.drop_remainder(book, working, is_refused=report.reason is ExpiryReason.MARGIN)
        # After a liquidation the report of what was closed follows, and protects what is left.
        elif report.reason is not ExpiryReason.LIQUIDATION:
            self._trader.protect(book)

    def _on_cancel_rejected(self, report: CancelRejected) -> None:
        self._desk.now_ns = report.at_ns

    def _on_funding_paid(self, report: FundingPaid) -> None:
        self._desk.now_ns = report.at_ns
        self.account.book_funding(self.books[report.symbol], report)
        self.log.funding.append(report)

    def _on_liquidated(self, report: PositionLiquidated) -> None:
        fill = report.fill
        self._desk.now_ns = fill.executed_at_ns
        book = self.books[fill.symbol]
        self.account.book_liquidation(book, report)
        self.log.liquidations.append(report)
        for part in attribute_reduction(book.shares, fill.signed_quantity, fill.fee):
            part.share.exit_reason = ExitReason.LIQUIDATION
            self._trader.apply(part, fill.price, fill, fill.executed_at_ns)
            part.share.target = part.share.held
        self._trader.protect(book)
