"""Where the account stands on the drawdown ladder: its high, its level, its falls and recoveries.

Plain values that can be written down and read back: a state and an observation give the next state, and a
`LevelChange` where the level changed. Deposits and withdrawals move neither the drawdown nor the level; how, is
told in `domain.risk.reference_equity`.
"""

from decimal import Decimal
from math import inf, nextafter

from attrs import evolve, field, frozen

from domain.errors import DomainError
from domain.numbers import ONE, ZERO
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy, LevelAction
from domain.risk.recoveries import Fall, Recovery, RecoveryRecord
from domain.risk.reference_equity import ReferenceEquity, finite_equity
from domain.time_units import iso_utc


@frozen(kw_only=True)
class LevelChange:
    """The account came to another level.

    Attributes:
        before: The level it left.
        after: The level it is at now; levels between are skipped.
        drawdown: Fraction of the high, at the moment of change.
        equity: Quote currency.
        high: Highest equity, in terms of the money that is in the account now, quote currency.
        action: What is done from now on; positions are reduced at the first entry of a fall only, so that it keeps
            all of them where the level, or a deeper one, was reached before in this fall.
        changed_at_ns: When it was seen.
    """

    before: DrawdownLevel
    after: DrawdownLevel
    drawdown: Decimal
    equity: Decimal
    high: Decimal
    action: LevelAction
    changed_at_ns: int

    @property
    def is_deeper(self) -> bool:
        """Whether it got worse; positions are reduced then, and only then."""
        return self.after.is_deeper_than(self.before)


@frozen(kw_only=True)
class LadderState:
    """Where the account stands; made by `start`, moved on by `observe`, `after_transfer` and `restart`.

    Attributes:
        high: The high-water mark.
        high_at_ns: When equity rose to it.
        level: Where the account is on the ladder.
        level_at_ns: Since when.
        deepest: The deepest level since equity was at its high last.
        fall: The present drawdown, None at the high.
        recoveries: The past ones.
    """

    high: ReferenceEquity
    high_at_ns: int
    level: DrawdownLevel
    level_at_ns: int
    deepest: DrawdownLevel = DrawdownLevel.NONE
    fall: Fall | None = None
    recoveries: RecoveryRecord = field(factory=RecoveryRecord)

    @classmethod
    def start(cls, equity: Decimal, at_ns: int) -> "LadderState":
        """Return the state of an account whose first high is its present equity.

        Raises:
            DomainError: The equity is negative or not a finite number.
        """
        high = ReferenceEquity.of(equity)
        return cls(high=high, high_at_ns=at_ns, level=DrawdownLevel.NONE, level_at_ns=at_ns)

    def drawdown(self, equity: Decimal) -> Decimal:
        """Return how far equity is below the high, as a fraction of it, never negative."""
        return max(self.high.loss(equity), ZERO)

    def observe(self, equity: Decimal, at_ns: int, *, policy: LadderPolicy) -> tuple["LadderState", LevelChange | None]:
        """Take note of the equity of an instant; the state is the same object where nothing changes.

        Args:
            equity: Wallet balance plus unrealized PnL, quote currency; can be negative.
            at_ns: When; not before what was seen last.
            policy: Thresholds and actions.

        Raises:
            DomainError: The equity is not a finite number, or time goes backwards.
        """
        finite_equity(equity)
        self._check_time(at_ns)
        state = self._refilled(equity)
        if state.high.is_empty:
            return self, None
        at_high = equity >= state.high.amount
        state = _risen(state, equity, at_ns, policy) if at_high else _fallen(state, equity, at_ns)
        return _leveled(state, equity, at_ns, policy)

    def after_transfer(self, amount: Decimal, *, equity_before: Decimal) -> "LadderState":
        """Return the state after a deposit (positive) or a withdrawal (negative): drawdown and level stay.

        Args:
            amount: Quote currency.
            equity_before: Wallet balance plus unrealized PnL just before, quote currency.

        Raises:
            DomainError: More is withdrawn than there is, or a number is not finite.
        """
        return evolve(self, high=self.high.after_transfer(amount, equity_before=equity_before))

    def restart(self, equity: Decimal, at_ns: int) -> "LadderState":
        """Return the state with the present equity as its high: what a person decides after a halt, nothing else.

        Raises:
            DomainError: The equity is negative or not a finite number, or time goes backwards.
        """
        self._check_time(at_ns)
        return evolve(LadderState.start(equity, at_ns), recoveries=self.recoveries)

    def quiet_range(self, policy: LadderPolicy) -> tuple[float, float]:
        """Return the lowest and the highest equity, both included, that would change nothing if it were observed.

        A loop that values the account in ``float64`` compares with these two and observes only what is outside.
        No change of level is missed; a new high or low that is nearer to the last one than a float can tell may be.
        The lowest can be above the highest: then there is none. Both hold for this state, so not after a transfer.
        """
        if self.high.is_empty:
            return 0.0, 0.0
        deeper = policy.threshold_below(self.level)
        lowest = -inf if deeper is None else nextafter(float(self.high.equity_at(deeper)), inf)
        highest = float(self.high.amount)
        if self.fall is None:
            return max(lowest, highest), highest
        lowest = max(lowest, float(self.high.equity_at(self.fall.depth)))
        leaving = policy.leaving_below(self.level)
        if leaving is not None:
            highest = min(highest, float(self.high.equity_at(leaving)))
        return lowest, nextafter(highest, -inf)

    def _check_time(self, at_ns: int) -> None:
        latest_ns = max(self.high_at_ns, self.level_at_ns, self.fall.deepest_at_ns if self.fall else 0)
        if at_ns < latest_ns:
            raise DomainError(f"equity of {iso_utc(at_ns)} after that of {iso_utc(latest_ns)}")

    def _refilled(self, equity: Decimal) -> "LadderState":
        """Return the state in which money that came into an empty account, by whatever way, counts as a deposit."""
        if not self.high.is_empty or equity <= 0:
            return self
        return self.after_transfer(equity, equity_before=ZERO)


def _risen(state: LadderState, equity: Decimal, at_ns: int, policy: LadderPolicy) -> LadderState:
    if state.fall is None and equity == state.high.amount:
        return state
    recoveries = state.recoveries
    if state.fall is not None and state.fall.depth >= policy.mild.threshold:
        recoveries = recoveries.with_another(Recovery(state.fall.started_at_ns, at_ns, state.fall.depth))
    return evolve(
        state,
        high=ReferenceEquity(equity),
        high_at_ns=at_ns,
        deepest=DrawdownLevel.NONE,
        fall=None,
        recoveries=recoveries,
    )


def _fallen(state: LadderState, equity: Decimal, at_ns: int) -> LadderState:
    depth = state.high.loss(equity)
    if state.fall is None:
        return evolve(state, fall=Fall(started_at_ns=at_ns, depth=depth, deepest_at_ns=at_ns))
    if depth <= state.fall.depth:
        return state
    return evolve(state, fall=evolve(state.fall, depth=depth, deepest_at_ns=at_ns))


def _leveled(
    state: LadderState, equity: Decimal, at_ns: int, policy: LadderPolicy
) -> tuple[LadderState, LevelChange | None]:
    level = _level(state, equity, policy)
    if level is state.level:
        return state, None
    change = LevelChange(
        before=state.level,
        after=level,
        drawdown=state.drawdown(equity),
        equity=equity,
        high=state.high.amount,
        action=_carried_out(policy.action_at(level), is_first=level.is_deeper_than(state.deepest)),
        changed_at_ns=at_ns,
    )
    deepest = level if level.is_deeper_than(state.deepest) else state.deepest
    return evolve(state, level=level, level_at_ns=at_ns, deepest=deepest), change


def _carried_out(action: LevelAction, *, is_first: bool) -> LevelAction:
    """Return what is done on coming to a level: who comes back to it in the same fall has been reduced already.

    Otherwise a drawdown that swings about a threshold would halve positions with every swing, until nothing is left.
    """
    return action if is_first or action.halts else evolve(action, reduce_to=ONE)


def _level(state: LadderState, equity: Decimal, policy: LadderPolicy) -> DrawdownLevel:
    """Return the deepest level that is reached, or was and is not left yet."""
    deepest = DrawdownLevel.NONE
    for level, rung in policy.rungs():
        if not state.high.has_lost(equity, rung.threshold - policy.hysteresis):
            break
        has_reached = state.high.has_lost_more_than if level is DrawdownLevel.LIMIT else state.high.has_lost
        if not level.is_deeper_than(state.level) or has_reached(equity, rung.threshold):
            deepest = level
    return deepest
