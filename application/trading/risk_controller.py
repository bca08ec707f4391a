"""Watches the account and says what follows: what new sizes are worth, what may not be opened, what must shrink.

The decision core asks it at moments when something may have changed: when equity leaves the range in which nothing
can, when a sample of the marks is due, and at the turn of the day.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from attrs import define, evolve, field

from application.trading.account_books import AccountBooks
from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from application.trading.records import RoundTrip, RunLog, StateRecord
from application.trading.var_forecasts import VarForecasts
from domain.numbers import ONE, ZERO
from domain.risk.capital_guard import CapitalGuard, CapitalPolicy, GuardNews
from domain.risk.settings import RiskSettings
from domain.risk.trading_state import Hold, HoldCause, StateChange, TradingState

_OPERATOR: Final = "operator"


@define(eq=False)
class RiskController:
    """The account's guard at work.

    Attributes:
        settings: What was agreed.
        books: What is traded, by symbol.
        account: Cash and positions.
        log: Where changes are recorded.
        market: Samples of the marks.
        guard: Ladder, loss limits and latch; persisted where trading goes on after this process.
        blocks: Codes of all that forbids opening.
        quiet: Lowest and highest equity at which, and the instant before which, nothing can have changed.
    """

    settings: RiskSettings
    books: Mapping[str, InstrumentBook]
    account: AccountBooks
    log: RunLog
    market: MarketRisk
    guard: CapitalGuard = field(init=False)
    blocks: tuple[str, ...] = field(default=(), init=False)
    quiet: tuple[float, float, int] = field(default=(0.0, 0.0, 0), init=False)
    _policy: CapitalPolicy = field(init=False, repr=False)
    _forecasts: VarForecasts = field(init=False, repr=False)
    _day_ends_at_ns: int = field(default=0, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._policy = CapitalPolicy(ladder=self.settings.drawdown, losses=self.settings.losses)
        self._forecasts = VarForecasts(self.books, self.market, self.log.var_forecasts)
        self.guard = CapitalGuard.start(ZERO, 0)

    @property
    def size_factor(self) -> Decimal:
        """What is left of new sizes, 0 to 1."""
        return self.guard.size_factor(self._policy)

    def observe(self, at_ns: int) -> Decimal:
        """Look at the account and return what part of every position is to be kept, 0 to 1.

        Raises:
            DomainError: Time goes backwards.
        """
        before = self.guard
        if at_ns >= self.market.next_sample_ns:
            self._sample(at_ns)
        if at_ns >= before.losses.day_ends_at_ns:
            self._forecasts.turn_of_day(at_ns)
        self.guard, news = before.observe(self.account.equity, at_ns, policy=self._policy)
        self._take_note(news)
        return self._kept(news)

    def _sample(self, at_ns: int) -> None:
        self.market.sample(at_ns)
        for book in self.books.values():
            for share in book.shares:
                if share.shadow is not None:
                    share.shadow.sample(book.mark)

    def _kept(self, news: GuardNews) -> Decimal:
        if news.state_change is not None and news.state_change.after is TradingState.HALTED:
            return ZERO
        change = news.level_change
        return change.action.reduce_to if change is not None and change.is_deeper else ONE

    def _take_note(self, news: GuardNews) -> None:
        log, guard = self.log, self.guard
        if news.level_change is not None:
            log.level_changes.append(news.level_change)
        if news.state_change is not None:
            log.state_changes.append(_state_record(news.state_change))
        log.loss_breaches.extend(news.breaches)
        self._refresh(guard)

    def _refresh(self, guard: CapitalGuard) -> None:
        self.blocks = tuple(hold.cause.value for hold in guard.latch.holds)
        lowest, highest = guard.quiet_range(self._policy)
        self.quiet = lowest, highest, min(self.market.next_sample_ns, guard.losses.day_ends_at_ns)

    def note_transfer(self, amount: Decimal, *, equity_before: Decimal) -> None:
        """Take a deposit (positive) or a withdrawal (negative), which is neither gain nor loss."""
        self.guard = self.guard.after_transfer(amount, equity_before=equity_before)
        self._refresh(self.guard)

    def note_trades(self, trades: Iterable[RoundTrip], at_ns: int) -> None:
        """Count trades that were closed towards a row of losing ones."""
        for trade in trades:
            self.guard, news = self.guard.close_trade(
                trade.net_pnl, equity=self.account.equity, at_ns=at_ns, policy=self._policy
            )
            self._take_note(news)

    def stop_opening(self, reason: str, at_ns: int) -> None:
        """Let an operator stop all opening until one allows it again."""
        hold = Hold(cause=HoldCause.OPERATOR, state=TradingState.REDUCING, reason=reason, since_ns=at_ns)
        self._change_latch(evolve(self.guard, latch=self.guard.latch.engage(hold)), at_ns)

    def allow_opening(self, at_ns: int, *, person: str = _OPERATOR, reason: str = "resumed") -> None:
        """Let an operator end what an operator began; whatever else forbids opening stays."""
        equity = self.account.equity
        guard, _ = self.guard.clear(HoldCause.OPERATOR, person=person, reason=reason, equity=equity, at_ns=at_ns)
        self._change_latch(guard, at_ns)

    def _change_latch(self, guard: CapitalGuard, at_ns: int) -> None:
        before, self.guard = self.guard, guard
        self._take_note(GuardNews(state_change=guard.latch.change_since(before.latch, at_ns)))


def _state_record(change: StateChange) -> StateRecord:
    return StateRecord(
        at_ns=change.changed_at_ns,
        before=change.before,
        after=change.after,
        causes=tuple(hold.cause.value for hold in change.holds),
        reasons=tuple(hold.reason for hold in change.holds),
    )
