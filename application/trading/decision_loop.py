"""Goes through moments of decision: what is held is valued, strategies are asked, what they want is traded."""

from collections.abc import Callable, Iterable, Mapping

from attrs import define, field

from application.ports.decision_watch import OpenQuestion
from application.trading.account_books import AccountBooks
from application.trading.answers import check_answer
from application.trading.book import InstrumentBook
from application.trading.events import Moment
from application.trading.exit_follower import waited
from application.trading.leaving import give_up, keep_part
from application.trading.order_desk import OrderDesk
from application.trading.records import ExitReason
from application.trading.share import Share
from application.trading.signal_desk import SignalDesk
from application.trading.strategy_failures import StrategyFailures, say_nothing
from application.trading.target_trader import TargetTrader
from domain.numbers import ZERO


@define(eq=False)
class DecisionLoop:
    """Has everybody decide on the bars that have closed.

    Attributes:
        books: What is traded, by symbol.
        account: Cash and positions.
        desk: Told the time; orders come together there.
        trader: Trades what is wanted.
        signals: Decides on what strategies say.
        failures: Told of strategies that fail.
        question: Where it is said what is being asked.
        keeps_curve: Whether every moment adds a point to the equity curve.
    """

    books: Mapping[str, InstrumentBook]
    account: AccountBooks
    desk: OrderDesk
    trader: TargetTrader
    signals: SignalDesk
    failures: StrategyFailures
    question: OpenQuestion
    keeps_curve: bool
    # Bound once: three look-ups that every bar would repeat.
    _curve: tuple[Callable[[int], None], Callable[[float], None], Callable[[float], None]] = field(
        init=False, repr=False
    )

    def __attrs_post_init__(self) -> None:
        log = self.desk.log
        self._curve = (log.equity_at_ns.append, log.equity.append, log.exposure.append)

    def decide_at(self, moments: Iterable[Moment]) -> None:  # noqa: C901, PLR0912, PLR0915  # one flat loop
        """Value what is held and ask the strategies, moment after moment until there is something to send.

        Every bar of every run comes through here, so what it needs is at hand and nothing is called in vain.
        """
        books, desk, account, trader, signals = self.books, self.desk, self.account, self.trader, self.signals
        commands, held_books, exits, controller = desk.commands, account.held, trader.exits, trader.controller
        add_moment, add_equity, add_exposure = self._curve
        question, keeps_curve = self.question, self.keeps_curve
        lowest, highest, due_ns = controller.quiet
        for at_ns, bars, marks in moments:
            desk.now_ns = question.at_ns = at_ns
            for mark in marks:
                book = books[mark.symbol]
                book.has_own_marks = True
                book.mark = mark.close
                book.marked_at_ns = mark.closed_at_ns
                if book.has_inner_stops and exits.watch(book, mark, is_mark=True):
                    book.is_unsettled = True
            # All are valued before any is decided upon: the order of their names must not matter.
            for bar in bars:
                book = books[bar.symbol]
                if not book.has_own_marks:
                    book.mark = bar.close
                    book.marked_at_ns = at_ns
            equity, gross = account.wallet_float, 0.0
            for book in held_books:
                value = book.held_float * book.mark
                equity += value - book.cost_float
                gross += abs(value)
            if keeps_curve:
                add_moment(at_ns)
                add_equity(equity)
                add_exposure(gross / equity if equity > 0.0 else 0.0)
            if at_ns >= due_ns or not lowest <= equity <= highest:
                keep_part(books, controller.observe(at_ns, equity))
                lowest, highest, due_ns = controller.quiet
            controller.seen = equity, at_ns
            for bar in bars:
                book = books[bar.symbol]
                is_open = at_ns < book.suspended_from_ns or self._may_trade(book)
                if book.has_inner_stops and (exits.watch(book, bar) or book.is_unsettled):
                    # They leave before anybody decides anew, as they would have at the venue.
                    trader.trade(book)
                    lowest, highest, due_ns = controller.quiet
                book.last_bar = bar
                for share in book.shares:
                    view = share.view
                    view.push(bar)
                    if share.followers:
                        for follow in share.followers:
                            follow(bar)
                    try:
                        # Within a try of its own: an error that comes just as this one ends is still caught.
                        try:
                            question.view = view
                            signal = share.on_bar(view)
                        finally:
                            question.view = None
                        if question.blocked is not None:
                            question.raise_what_was_kept()
                        if signal is not None:
                            check_answer(signal)
                    except KeyboardInterrupt:
                        raise
                    except BaseException as error:  # noqa: BLE001  # its own, whatever it is; it must not end a run
                        self._give_up(book, share, error)
                        continue
                    if signal is None and share.exits is not None:
                        signal = waited(share.exits, at_ns)
                    if signal is not None:
                        signals.hear(book, share, signal, is_open=is_open)
                if book.is_unsettled:
                    trader.trade(book)
                    lowest, highest, due_ns = controller.quiet
            if commands:
                return

    def _may_trade(self, book: InstrumentBook) -> bool:
        """Whether the instrument is outside its suspensions; inside one, everything held is closed."""
        gap = book.suspension_at(self.desk.now_ns)
        if gap is None:
            return True
        for share in book.shares:
            if share.shadow is not None:
                share.shadow.leave()
            if share.target != 0 or share.held != 0:
                share.target, share.exit_reason = ZERO, ExitReason.SUSPENSION
                book.is_unsettled = True
        return False

    def _give_up(self, book: InstrumentBook, share: Share, error: BaseException) -> None:
        """Close the share of a strategy that has failed, and ask it no more."""
        now_ns = self.desk.now_ns
        self.failures.note(share.strategy, share.name, book.instrument.symbol, error, at_ns=now_ns)
        share.on_bar = say_nothing
        give_up(share, now_ns)
        book.is_unsettled = True
        if share.exits is not None:
            self.trader.exits.protect(book, share)
