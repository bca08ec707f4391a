"""Whatever happens to the account in whatever order: findings have consequences, and halts outlive everything."""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.numbers import ONE, ZERO
from domain.risk.capital_guard import CapitalGuard, CapitalPolicy, GuardNews
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy
from domain.risk.loss_limits import LossLimits, LossRule
from domain.risk.trading_state import Hold, HoldCause, TradingState
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.support import START_NS
from tests.written_states import written_and_read

POLICY = CapitalPolicy(
    ladder=LadderPolicy(),
    losses=LossLimits(
        daily_fraction=Decimal("0.05"),
        daily_amount=None,
        weekly_fraction=Decimal("0.10"),
        weekly_amount=None,
        losing_days_max=2,
        losing_trades_max=2,
    ),
)
CENT = Decimal("0.01")

# Mostly small, now and then beyond a threshold.
changes = st.integers(-400, 400).map(lambda count: ONE + count * CENT * CENT) | st.sampled_from(
    [Decimal("0.85"), Decimal("0.9"), Decimal("0.95"), Decimal("1.15")]
)


class AccountLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.equity = Decimal(10_000)
        self.now_ns = START_NS
        self.guard = CapitalGuard.start(self.equity, self.now_ns)
        self.needs_person: set[HoldCause] = set()

    def observe(self) -> GuardNews:
        before = self.guard
        self.guard, news = self.guard.observe(self.equity, self.now_ns, policy=POLICY)
        assert (news.state_change is None) == (before.latch.state is self.guard.latch.state)
        assert (news.level_change is None) == (before.ladder.level is self.guard.ladder.level)
        if self.guard.ladder.level is DrawdownLevel.LIMIT:
            self.needs_person.add(HoldCause.DRAWDOWN_LIMIT)
        return news

    @rule(change=changes)
    def prices_move(self, change: Decimal) -> None:
        self.equity = (self.equity * change).quantize(CENT)
        self.now_ns += NS_PER_HOUR
        self.observe()

    @rule()
    def midnight_comes(self) -> None:
        self.now_ns = (self.now_ns // NS_PER_DAY + 1) * NS_PER_DAY
        self.observe()
        assert HoldCause.DAILY_LOSS not in {hold.cause for hold in self.guard.latch.holds}

    @rule(result=st.integers(-100, 100).map(Decimal))
    def a_trade_closes(self, result: Decimal) -> None:
        self.guard, news = self.guard.close_trade(result, equity=self.equity, at_ns=self.now_ns, policy=POLICY)
        if self.guard.losses.losing_trades > 2:
            assert [breach.rule for breach in news.breaches] == [LossRule.LOSING_TRADES]
            self.needs_person.add(HoldCause.LOSING_TRADES)

    @precondition(lambda self: self.equity > 0)
    @rule(share=st.integers(-99, 300))
    def money_moves(self, share: int) -> None:
        amount = (self.equity * share / 100).quantize(CENT)
        if self.equity + amount <= 0:
            return
        before = self.guard
        self.guard = self.guard.after_transfer(amount, equity_before=self.equity)
        self.equity += amount

        assert (self.guard.latch, self.guard.ladder.level) == (before.latch, before.ladder.level)
        if before.ladder.drawdown(self.equity - amount) != POLICY.ladder.limit.threshold:  # rounding decides there
            assert self.observe() == GuardNews()

    @rule()
    def somebody_pulls_the_kill_switch(self) -> None:
        kill = Hold(cause=HoldCause.KILL_SWITCH, state=TradingState.HALTED, reason="by hand", since_ns=self.now_ns)
        self.guard = CapitalGuard(
            ladder=self.guard.ladder, losses=self.guard.losses, latch=self.guard.latch.engage(kill)
        )
        self.needs_person.add(HoldCause.KILL_SWITCH)

    @precondition(lambda self: self.needs_person and self.equity > 0)
    @rule(data=st.data())
    def a_person_ends_a_hold(self, data: st.DataObject) -> None:
        cause = data.draw(st.sampled_from(sorted(self.needs_person, key=lambda one: one.value)))

        self.guard, clearance = self.guard.clear(
            cause, person="Ada", reason="looked", equity=self.equity, at_ns=self.now_ns
        )

        assert clearance is not None
        self.needs_person.remove(cause)
        self.observe()
        assert cause not in {hold.cause for hold in self.guard.latch.holds}

    @rule()
    def the_system_starts_again(self) -> None:
        again = written_and_read(self.guard)
        assert again == self.guard
        self.guard = again

    @invariant()
    def what_needs_a_person_holds_until_a_person_ends_it(self) -> None:
        holding = {hold.cause for hold in self.guard.latch.holds if hold.cause.needs_person}
        assert holding == self.needs_person

    @invariant()
    def no_finding_is_without_its_consequence(self) -> None:
        if not self.guard.action(POLICY).may_open or self.guard.losses.broken(POLICY.losses):
            assert not self.guard.latch.may_open
        if not self.guard.latch.may_open:
            assert self.guard.size_factor(POLICY) == ZERO
        if self.guard.ladder.level is DrawdownLevel.LIMIT:
            assert self.guard.latch.state is TradingState.HALTED


TestAccountLife = AccountLife.TestCase
