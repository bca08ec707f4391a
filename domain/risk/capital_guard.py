"""What keeps the account from losing more than was agreed: ladder, loss limits and trading state, held together.

One value to keep and to write down. Every equity that is observed moves ladder and loss limits on, and what they
find holds trading back: no finding is without its consequence.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import evolve, field, frozen

from domain.numbers import ZERO
from domain.risk.drawdown_ladder import LadderState, LevelChange
from domain.risk.drawdown_levels import LadderPolicy, LevelAction
from domain.risk.loss_limits import LossBreach, LossLimits, LossRecord, LossRule, OnLoss
from domain.risk.trading_state import Clearance, Hold, HoldCause, StateChange, TradingLatch, TradingState

_CAUSES: Final[Mapping[LossRule, HoldCause]] = {
    LossRule.DAILY_LOSS: HoldCause.DAILY_LOSS,
    LossRule.WEEKLY_LOSS: HoldCause.WEEKLY_LOSS,
    LossRule.LOSING_DAYS: HoldCause.LOSING_DAYS,
    LossRule.LOSING_TRADES: HoldCause.LOSING_TRADES,
}
_STATES: Final[Mapping[OnLoss, TradingState]] = {
    OnLoss.REDUCING: TradingState.REDUCING,
    OnLoss.HALTED: TradingState.HALTED,
}


@frozen(kw_only=True)
class CapitalPolicy:
    """What was agreed.

    Attributes:
        ladder: Levels of drawdown and their actions.
        losses: What may be lost in a day, a week and a row, and what a broken limit leaves: REDUCING, or HALTED, in
            which strategies no longer close either.
    """

    ladder: LadderPolicy
    losses: LossLimits


@frozen(kw_only=True)
class GuardNews:
    """What an observation found; nothing most of the time.

    Attributes:
        level_change: The account came to another level of the ladder; if deeper, positions are to be reduced.
        breaches: Loss limits that were broken just now.
        state_change: Trading may do more or less than before.
    """

    level_change: LevelChange | None = None
    breaches: tuple[LossBreach, ...] = ()
    state_change: StateChange | None = None


@frozen(kw_only=True)
class CapitalGuard:
    """Where the account stands; made by `start`.

    Attributes:
        ladder: On the drawdown ladder.
        losses: In its day, its week and its rows of losses.
        latch: What holds trading back, by these or for other reasons.
    """

    ladder: LadderState
    losses: LossRecord
    latch: TradingLatch = field(factory=TradingLatch)

    @classmethod
    def start(cls, equity: Decimal, at_ns: int) -> "CapitalGuard":
        """Return the guard of an account that is first seen now.

        Raises:
            DomainError: The equity is negative or not a finite number.
        """
        return cls(ladder=LadderState.start(equity, at_ns), losses=LossRecord.start(equity, at_ns))

    def action(self, policy: CapitalPolicy) -> LevelAction:
        """Return what is done at the present level of the ladder."""
        return policy.ladder.action_at(self.ladder.level)

    def size_factor(self, policy: CapitalPolicy) -> Decimal:
        """Return what new sizes are multiplied by, from 0 to 1: zero while anything holds trading back."""
        return self.action(policy).size_factor if self.latch.may_open else ZERO

    def observe(self, equity: Decimal, at_ns: int, *, policy: CapitalPolicy) -> tuple["CapitalGuard", GuardNews]:
        """Take note of the equity of an instant.

        Args:
            equity: Wallet balance plus unrealized PnL, quote currency; can be negative.
            at_ns: When; not before what was seen last.
            policy: What was agreed.

        Raises:
            DomainError: The equity is not a finite number, or time goes backwards.
        """
        ladder, level_change = self.ladder.observe(equity, at_ns, policy=policy.ladder)
        losses, breaches = self.losses.observe(equity, at_ns, limits=policy.losses)
        guard = _consequent(CapitalGuard(ladder=ladder, losses=losses, latch=self.latch), equity, at_ns, policy)
        return guard, GuardNews(
            level_change=level_change, breaches=breaches, state_change=guard.latch.change_since(self.latch, at_ns)
        )

    def close_trade(
        self, net_pnl: Decimal, *, equity: Decimal, at_ns: int, policy: CapitalPolicy
    ) -> tuple["CapitalGuard", GuardNews]:
        """Count a trade that was closed.

        Args:
            net_pnl: After fees and funding, quote currency.
            equity: Of the account after it, quote currency.
            at_ns: When.
            policy: What was agreed.

        Raises:
            DomainError: The result is not a finite number.
        """
        losses, breaches = self.losses.close_trade(net_pnl, at_ns, limits=policy.losses)
        guard = _consequent(evolve(self, losses=losses), equity, at_ns, policy)
        return guard, GuardNews(breaches=breaches, state_change=guard.latch.change_since(self.latch, at_ns))

    def after_transfer(self, amount: Decimal, *, equity_before: Decimal) -> "CapitalGuard":
        """Return the guard after a deposit (positive) or a withdrawal (negative): it moves no loss and no state.

        Raises:
            DomainError: More is withdrawn than there is, or a number is not finite.
        """
        return evolve(
            self,
            ladder=self.ladder.after_transfer(amount, equity_before=equity_before),
            losses=self.losses.after_transfer(amount, equity_before=equity_before),
        )

    def clear(
        self, cause: HoldCause, *, person: str, reason: str, equity: Decimal, at_ns: int
    ) -> tuple["CapitalGuard", Clearance | None]:
        """Return the guard without a cause that a person ends, and the record of that; None if it did not hold.

        Ending a hold for drawdown takes the present equity for the new high, so that no level holds any longer, and
        ending one for losses in a row forgives the row: otherwise they would hold again at once.

        Raises:
            ValueError: Person or reason is blank, or the cause is the loss of a day or week, which ends with it.
            DomainError: The equity is negative or not a finite number.
        """
        if cause in {HoldCause.DAILY_LOSS, HoldCause.WEEKLY_LOSS}:
            raise ValueError(f"{cause.value}: ends with the day or week, no person can end it")
        latch, clearance = self.latch.clear(cause, person=person, reason=reason, at_ns=at_ns)
        if clearance is None:
            return self, None
        ladder, losses = self.ladder, self.losses
        if cause in {HoldCause.DRAWDOWN, HoldCause.DRAWDOWN_LIMIT}:
            ladder, latch = ladder.restart(equity, at_ns), latch.release(HoldCause.DRAWDOWN)
        if cause in {HoldCause.LOSING_DAYS, HoldCause.LOSING_TRADES}:
            losses = losses.forgive_streaks()
        return evolve(self, latch=latch, ladder=ladder, losses=losses), clearance

    def quiet_range(self, policy: CapitalPolicy) -> tuple[float, float]:
        """Return the lowest and the highest equity, both included, that nothing would be found in before midnight.

        For a loop that values the account in ``float64``: it observes only what is outside, and what is at
        ``losses.day_ends_at_ns``. The lowest can be above the highest: then there is none.
        """
        lowest, highest = self.ladder.quiet_range(policy.ladder)
        return max(lowest, self.losses.lowest_quiet_equity(policy.losses)), highest


def _consequent(guard: CapitalGuard, equity: Decimal, at_ns: int, policy: CapitalPolicy) -> CapitalGuard:
    """Let what ladder and loss limits say hold trading back, and what they say no more let it go."""
    latch = guard.latch
    action = guard.action(policy)
    broken = guard.losses.broken(policy.losses)
    if action.may_open and not broken and not latch.holds:
        return guard
    drawdown = f"drawdown {guard.ladder.drawdown(equity):.2%}, level {guard.ladder.level.value}"
    if action.halts:
        latch = latch.engage(_hold(HoldCause.DRAWDOWN_LIMIT, TradingState.HALTED, drawdown, at_ns))
    if action.may_open:
        latch = latch.release(HoldCause.DRAWDOWN)
    else:
        latch = latch.engage(_hold(HoldCause.DRAWDOWN, TradingState.REDUCING, drawdown, at_ns))
    for rule, cause in _CAUSES.items():
        if rule in broken:
            latch = latch.engage(
                _hold(cause, _STATES[policy.losses.on_loss], _loss_reason(rule, guard.losses, equity), at_ns)
            )
        elif not cause.needs_person:
            latch = latch.release(cause)
    return evolve(guard, latch=latch)


def _hold(cause: HoldCause, state: TradingState, reason: str, at_ns: int) -> Hold:
    return Hold(cause=cause, state=state, reason=reason, since_ns=at_ns)


def _loss_reason(rule: LossRule, losses: LossRecord, equity: Decimal) -> str:
    if rule is LossRule.LOSING_DAYS:
        return f"{losses.losing_days} losing days in a row"
    if rule is LossRule.LOSING_TRADES:
        return f"{losses.losing_trades} losing trades in a row"
    period, name = (losses.day, "day") if rule is LossRule.DAILY_LOSS else (losses.week, "week")
    fraction = period.loss_fraction(equity)
    share = "" if fraction is None else f", {fraction:.2%} of equity at its start"
    return f"lost {-period.pnl(equity):.2f} this {name}{share}"
