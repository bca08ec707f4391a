"""Watches the account and says what follows: what new sizes are worth, what may not be opened, what must shrink.

The decision core asks it at moments when something may have changed: when equity leaves the range in which nothing
can, when a sample of the marks is due, and at the turn of the day.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import inf
from typing import Final

from attrs import define, evolve, field

from application.trading.account_books import AccountBooks
from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from application.trading.records import RoundTrip, RunLog, StateRecord, of_hold
from application.trading.var_forecasts import VarForecasts
from domain.numbers import ONE, ZERO, exact
from domain.risk.capital_guard import CapitalGuard, CapitalPolicy, GuardNews
from domain.risk.drawdown_ladder import LevelChange
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.settings import RiskSettings
from domain.risk.trading_state import Clearance, Hold, HoldCause, StateChange, TradingState

_OPERATOR: Final = "operator"
_SAFE_SIDE: Final = 1.0 + 1e-12
_NEVER_QUIET: Final = (inf, inf, 0)
"""No equity is in it, nor a new high above it, so that the account is looked at at the very next moment."""
_NEVER_SEEN: Final = (0.0, -1)


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
        seen: Equity at the moment valued last, and that moment: told by whoever values the account. A day that has no
            bar at its turn begins with it.
    """

    settings: RiskSettings
    books: Mapping[str, InstrumentBook]
    account: AccountBooks
    log: RunLog
    market: MarketRisk
    guard: CapitalGuard = field(init=False)
    blocks: tuple[str, ...] = field(default=(), init=False)
    quiet: tuple[float, float, int] = field(default=(0.0, 0.0, 0), init=False)
    seen: tuple[float, int] = field(default=_NEVER_SEEN, init=False)
    _policy: CapitalPolicy = field(init=False, repr=False)
    _forecasts: VarForecasts = field(init=False, repr=False)
    _risen_to: tuple[Decimal, int] | None = field(default=None, init=False, repr=False)
    _kept_at_next_level: float = field(default=0.0, init=False, repr=False)
    # A halt between two looks at the account, whose closing is due at the next one.
    _is_closing_due: bool = field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._policy = CapitalPolicy(ladder=self.settings.drawdown, losses=self.settings.losses)
        self._forecasts = VarForecasts(self.books, self.market, self.log.var_forecasts)
        self.guard = CapitalGuard.start(ZERO, 0)

    @property
    def size_factor(self) -> Decimal:
        """What is left of new sizes, 0 to 1."""
        return self.guard.size_factor(self._policy)

    def observe(self, at_ns: int, equity: float) -> Decimal:
        """Look at the account and return what part of every position is to be kept, 0 to 1.

        Args:
            at_ns: The moment.
            equity: Of the account, as the hot loop has valued it.

        Raises:
            DomainError: Time goes backwards.
        """
        lowest, highest, due_ns = self.quiet
        if at_ns >= due_ns:
            if at_ns >= self.market.next_sample_ns:
                self.market.sample(at_ns)
            if at_ns < self.guard.losses.day_ends_at_ns and lowest <= equity <= highest:
                self._refresh_due()
                return ONE
        elif equity > highest and self._is_without_a_fall:
            self._rise(at_ns, equity)
            return ONE
        return self._observe(at_ns)

    @property
    def _is_without_a_fall(self) -> bool:
        """Whether a new high ends nothing; one that makes a fall good is told at once, with its time."""
        ladder = self.guard.ladder
        return ladder.level is DrawdownLevel.NONE and ladder.fall is None

    def _rise(self, at_ns: int, equity: float) -> None:
        """Take note of a new high, which most others follow soon; the guard is told of the last of them."""
        self._risen_to = self.account.equity, at_ns
        lowest, _, due_ns = self.quiet
        # Rounded up: the guard is asked a little too early rather than too late.
        self.quiet = max(lowest, equity * self._kept_at_next_level * _SAFE_SIDE), equity, due_ns

    def _observe(self, at_ns: int) -> Decimal:
        guard = self._told_of_highs()
        if at_ns > guard.losses.day_ends_at_ns:
            guard = self._told_of_what_was_seen(guard)
        if at_ns >= guard.losses.day_ends_at_ns:
            self._forecasts.turn_of_day(at_ns)
        self.guard, news = guard.observe(self.account.equity, at_ns, policy=self._policy)
        is_closing_due, self._is_closing_due = self._is_closing_due, False
        self._take_note(news)
        return ZERO if is_closing_due else self._kept(news)

    def _told_of_highs(self) -> CapitalGuard:
        """Have the guard told of the last new high that it has not been told of, and return it."""
        self.guard, self._risen_to = self.guard_to_keep, None
        return self.guard

    def _told_of_what_was_seen(self, guard: CapitalGuard) -> CapitalGuard:
        """Have the guard told of the equity that was seen last, which ended a day that has no bar at its turn."""
        equity, at_ns = self.seen
        if at_ns > guard.losses.last_at_ns:
            self.guard, news = guard.observe(exact(equity), at_ns, policy=self._policy)
            self._take_note(news)
        return self.guard

    @property
    def guard_to_keep(self) -> CapitalGuard:
        """The guard as it has to be written down: it knows of every high."""
        if self._risen_to is None:
            return self.guard
        equity, at_ns = self._risen_to
        return self.guard.observe(equity, at_ns, policy=self._policy)[0]

    def restore(self, guard: CapitalGuard) -> None:
        """Go on from a guard that was written down."""
        self.guard, self._risen_to, self.seen = guard, None, _NEVER_SEEN
        self._refresh(guard)

    def _kept(self, news: GuardNews) -> Decimal:
        if _halts(news):
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
        _, highest = guard.quiet_range(self._policy)
        deeper = self.settings.drawdown.threshold_below(guard.ladder.level)
        self._kept_at_next_level = 0.0 if deeper is None else float(ONE - deeper)
        # How deep a fall gets within its level changes nothing that is done: it is looked at once a day.
        lowest = max(
            float(guard.ladder.high.amount) * self._kept_at_next_level * _SAFE_SIDE,
            guard.losses.lowest_quiet_equity(self.settings.losses),
        )
        self.quiet = _NEVER_QUIET if self._is_closing_due else (lowest, highest, 0)
        self._refresh_due()

    def _refresh_due(self) -> None:
        lowest, highest, _ = self.quiet
        self.quiet = lowest, highest, min(self.market.next_sample_ns, self.guard.losses.day_ends_at_ns)

    def note_transfer(self, amount: Decimal, *, equity_before: Decimal) -> None:
        """Take a deposit (positive) or a withdrawal (negative), which is neither gain nor loss."""
        self.guard = self._told_of_highs().after_transfer(amount, equity_before=equity_before)
        self.seen = _NEVER_SEEN  # what was seen was of another amount of money
        self._refresh(self.guard)

    def note_trades(self, trades: Iterable[RoundTrip], at_ns: int) -> None:
        """Count trades that were closed towards a row of losing ones."""
        if self.settings.losses.losing_trades_max is None:
            return
        for trade in trades:
            self.guard, news = self._told_of_highs().close_trade(
                trade.net_pnl, equity=self.account.equity, at_ns=at_ns, policy=self._policy
            )
            self._is_closing_due = self._is_closing_due or _halts(news)
            self._take_note(news)

    def stop_opening(self, reason: str, at_ns: int) -> None:
        """Let an operator stop all opening until one allows it again."""
        hold = Hold(cause=HoldCause.OPERATOR, state=TradingState.REDUCING, reason=reason, since_ns=at_ns)
        guard = self._told_of_highs()
        self._change_latch(evolve(guard, latch=guard.latch.engage(hold)), at_ns)

    def allow_opening(self, at_ns: int, *, person: str = _OPERATOR, reason: str = "resumed") -> None:
        """Let an operator end what an operator began; whatever else forbids opening stays."""
        self.clear(HoldCause.OPERATOR, at_ns, person=person, reason=reason)

    def clear(self, cause: HoldCause, at_ns: int, *, person: str, reason: str) -> Clearance | None:
        """Let a person end one hold, and record it; None if it did not hold.

        Raises:
            ValueError: Person or reason is blank, or the cause is the loss of a day or week, which ends with it.
            DomainError: It is for drawdown, and equity is negative, which is no high to begin from.
        """
        equity, before = self.account.equity, self._told_of_highs()
        guard, clearance = before.clear(cause, person=person, reason=reason, equity=equity, at_ns=at_ns)
        if clearance is not None:
            self.log.clearances.append(of_hold(clearance))
            self._change_latch(guard, at_ns)
        return clearance

    def _change_latch(self, guard: CapitalGuard, at_ns: int) -> None:
        before, self.guard = self.guard, guard
        news = GuardNews(
            level_change=self._restarted(before, at_ns), state_change=guard.latch.change_since(before.latch, at_ns)
        )
        self._take_note(news)

    def _restarted(self, before: CapitalGuard, at_ns: int) -> LevelChange | None:
        """Return the change of level that a person's decision made, None if it made none."""
        ladder = self.guard.ladder
        if ladder.level is before.ladder.level:
            return None
        return LevelChange(
            before=before.ladder.level,
            after=ladder.level,
            drawdown=ZERO,
            equity=ladder.high.amount,
            high=ladder.high.amount,
            action=self.guard.action(self._policy),
            changed_at_ns=at_ns,
        )


def _halts(news: GuardNews) -> bool:
    return news.state_change is not None and news.state_change.after is TradingState.HALTED


def _state_record(change: StateChange) -> StateRecord:
    return StateRecord(
        at_ns=change.changed_at_ns,
        before=change.before,
        after=change.after,
        causes=tuple(hold.cause.value for hold in change.holds),
        reasons=tuple(hold.reason for hold in change.holds),
    )
