"""Whether trading may open, only reduce, or do nothing, and who or what decided so.

Several causes can hold trading back at once, and the worst of them counts. Some end by themselves, as a day's loss
does with the day. The others only a named person ends: no event, no restart and no sequence of anything else does.
Which is which belongs to the cause, so that nothing that is stored or sent can make a cause weaker than it is.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from attrs import evolve, field, frozen, validators

from domain.errors import DomainError


class TradingState(Enum):
    """What may be traded. Values are stable: they are stored and alerted on.

    ACTIVE lets everything through that the gate lets through, REDUCING only what reduces. HALTED is REDUCING without
    strategies: nobody but the halt itself, stops that stand at the venue, and a person closes positions.
    """

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"

    def is_worse_than(self, other: "TradingState") -> bool:
        """Whether this state allows less."""
        return _SEVERITY[self] > _SEVERITY[other]


_SEVERITY: Final = {state: severity for severity, state in enumerate(TradingState)}


class HoldCause(Enum):
    """What holds trading back. Values are stable: they are stored and alerted on."""

    DRAWDOWN = "drawdown"
    DRAWDOWN_LIMIT = "drawdown_limit"
    DAILY_LOSS = "daily_loss"
    WEEKLY_LOSS = "weekly_loss"
    LOSING_DAYS = "losing_days"
    LOSING_TRADES = "losing_trades"
    STALE_DATA = "stale_data"
    VENUE_UNAVAILABLE = "venue_unavailable"
    RECONCILING = "reconciling"
    INVARIANT_BROKEN = "invariant_broken"
    SELF_CHECK_FAILED = "self_check_failed"
    OPERATOR = "operator"
    KILL_SWITCH = "kill_switch"

    @property
    def needs_person(self) -> bool:
        """Whether only a person can end it."""
        return self not in _END_BY_THEMSELVES


# What is not listed here needs a person: a new cause is safe before anybody has thought about it.
_END_BY_THEMSELVES: Final = frozenset(
    {
        HoldCause.DRAWDOWN,
        HoldCause.DAILY_LOSS,
        HoldCause.WEEKLY_LOSS,
        HoldCause.LOSING_DAYS,
        HoldCause.STALE_DATA,
        HoldCause.VENUE_UNAVAILABLE,
        HoldCause.RECONCILING,
    }
)
_LEAVE_NOTHING: Final = frozenset(
    {HoldCause.DRAWDOWN_LIMIT, HoldCause.INVARIANT_BROKEN, HoldCause.SELF_CHECK_FAILED, HoldCause.KILL_SWITCH}
)


@frozen(kw_only=True)
class Hold:
    """One cause that holds trading back.

    Attributes:
        cause: What it is.
        state: What it leaves: REDUCING or HALTED; some causes always halt.
        reason: For people, in words and figures.
        since_ns: When it began.

    Raises:
        ValueError: The cause always halts and the state does not, or the state is ACTIVE.
    """

    cause: HoldCause
    state: TradingState = field(validator=validators.in_((TradingState.REDUCING, TradingState.HALTED)))
    reason: str
    since_ns: int

    def __attrs_post_init__(self) -> None:
        if self.cause in _LEAVE_NOTHING and self.state is not TradingState.HALTED:
            raise ValueError(f"{self.cause.value}: state must be halted, got {self.state.value}")


@frozen(kw_only=True)
class Clearance:
    """A person ended a hold.

    Attributes:
        hold: What was ended.
        person: Who did it.
        reason: Why, in their words.
        cleared_at_ns: When.
    """

    hold: Hold
    person: str
    reason: str
    cleared_at_ns: int


def _stripped(text: str) -> str:
    return text.strip()


@frozen(kw_only=True)
class StrategyRelease:
    """A person let a strategy go on that was stopped.

    Attributes:
        strategy: Its name.
        person: Who did it.
        reason: Why, in their words.
        released_at_ns: When.

    Raises:
        ValueError: Person or reason is blank.
    """

    strategy: str
    person: str = field(converter=_stripped)
    reason: str = field(converter=_stripped)
    released_at_ns: int

    def __attrs_post_init__(self) -> None:
        if not self.person or not self.reason:
            raise ValueError("letting a strategy go on needs the name of a person and a reason")


@frozen(kw_only=True)
class StateChange:
    """The trading state is another one now.

    Attributes:
        before: What it was.
        after: What it is.
        holds: All that holds trading back now.
        changed_at_ns: When it changed.
    """

    before: TradingState
    after: TradingState
    holds: tuple[Hold, ...]
    changed_at_ns: int


CLEARANCES_MAX: Final = 100
"""Most clearances that a latch remembers; a person ends a hold a few times a year."""


@frozen
class TradingLatch:
    """Everything that holds trading back now, and who ended what did before; nothing does at first.

    Attributes:
        holds: At most one per cause, in the order of `HoldCause`.
        clearances: What people have ended, the newest last; of many the last `CLEARANCES_MAX`.
    """

    holds: tuple[Hold, ...] = ()
    clearances: tuple[Clearance, ...] = ()

    def __attrs_post_init__(self) -> None:
        causes = [hold.cause for hold in self.holds]
        if causes != [cause for cause in HoldCause if cause in causes]:
            raise ValueError(f"holds: not one per cause in their order: {[cause.value for cause in causes]}")

    @property
    def state(self) -> TradingState:
        """The worst of what all causes leave."""
        return max((hold.state for hold in self.holds), key=_SEVERITY.__getitem__, default=TradingState.ACTIVE)

    @property
    def may_open(self) -> bool:
        """Whether anything may be opened."""
        return not self.holds

    def hold_by(self, cause: HoldCause) -> Hold | None:
        """Return what a cause holds, None if it does not."""
        return next((hold for hold in self.holds if hold.cause is cause), None)

    def engage(self, hold: Hold) -> "TradingLatch":
        """Return the latch with one more hold. A cause that holds already keeps its begin, and never gets milder."""
        present = self.hold_by(hold.cause)
        if present is None:
            return self._with([*self.holds, hold])
        if not hold.state.is_worse_than(present.state):
            return self
        return self._with([*self._without(hold.cause), evolve(hold, since_ns=present.since_ns)])

    def release(self, cause: HoldCause) -> "TradingLatch":
        """Return the latch without a cause that has ended by itself; the same one if it did not hold.

        Raises:
            DomainError: Only a person can end it.
        """
        if cause.needs_person:
            raise DomainError(f"{cause.value}: only a person can end this hold")
        return evolve(self, holds=self._without(cause)) if self.hold_by(cause) is not None else self

    def clear(
        self, cause: HoldCause, *, person: str, reason: str, at_ns: int
    ) -> tuple["TradingLatch", Clearance | None]:
        """Return the latch without a cause that a person ends, and the record of that; None if it did not hold.

        Args:
            cause: One at a time: who clears everything at once clears what they have not seen.
            person: Who decides; must be named.
            reason: Why; must be said.
            at_ns: When.

        Raises:
            ValueError: Person or reason is blank.
        """
        if not person.strip() or not reason.strip():
            raise ValueError("clearing a hold needs the name of a person and a reason")
        hold = self.hold_by(cause)
        if hold is None:
            return self, None
        clearance = Clearance(hold=hold, person=person.strip(), reason=reason.strip(), cleared_at_ns=at_ns)
        clearances = (*self.clearances, clearance)[-CLEARANCES_MAX:]
        return evolve(self, holds=self._without(cause), clearances=clearances), clearance

    def change_since(self, before: "TradingLatch", at_ns: int) -> StateChange | None:
        """Return how the state differs from that of a latch before, None if it does not."""
        if before is self or before.state is self.state:
            return None
        return StateChange(before=before.state, after=self.state, holds=self.holds, changed_at_ns=at_ns)

    def _without(self, cause: HoldCause) -> tuple[Hold, ...]:
        return tuple(hold for hold in self.holds if hold.cause is not cause)

    def _with(self, holds: Iterable[Hold]) -> "TradingLatch":
        return evolve(self, holds=tuple(sorted(holds, key=lambda hold: _PLACES[hold.cause])))


_PLACES: Final = {cause: place for place, cause in enumerate(HoldCause)}
