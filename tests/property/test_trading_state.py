"""Whatever happens in whatever order, what only a person ends is ended by nobody else."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.errors import DomainError
from domain.risk.trading_state import Hold, HoldCause, TradingLatch, TradingState
from tests.support import START_NS
from tests.written_states import written_and_read

ALWAYS_HALT = {
    HoldCause.DRAWDOWN_LIMIT,
    HoldCause.INVARIANT_BROKEN,
    HoldCause.SELF_CHECK_FAILED,
    HoldCause.KILL_SWITCH,
}
SEVERITY = {TradingState.ACTIVE: 0, TradingState.REDUCING: 1, TradingState.HALTED: 2}

causes = st.sampled_from(HoldCause)
states = st.sampled_from([TradingState.REDUCING, TradingState.HALTED])


class TradingBack(RuleBasedStateMachine):
    """A latch beside the simplest model of it: the worst state that each cause has asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.latch = TradingLatch()
        self.held: dict[HoldCause, TradingState] = {}
        self.now_ns = START_NS

    @rule(cause=causes, state=states)
    def something_holds(self, cause: HoldCause, state: TradingState) -> None:
        state = TradingState.HALTED if cause in ALWAYS_HALT else state
        self.now_ns += 1
        self.latch = self.latch.engage(Hold(cause=cause, state=state, reason="so", since_ns=self.now_ns))
        self.held[cause] = max(state, self.held.get(cause, state), key=SEVERITY.__getitem__)

    @rule(cause=causes)
    def something_ends_by_itself(self, cause: HoldCause) -> None:
        if cause.needs_person:
            with pytest.raises(DomainError):
                self.latch.release(cause)
            return
        self.latch = self.latch.release(cause)
        self.held.pop(cause, None)

    @rule(cause=causes)
    def a_person_ends_it(self, cause: HoldCause) -> None:
        self.latch, clearance = self.latch.clear(cause, person="Ada", reason="looked", at_ns=self.now_ns)
        ended = self.held.pop(cause, None)
        assert (clearance.hold.state if clearance else None) is ended

    @rule(cause=causes)
    def nobody_tries_to_end_it(self, cause: HoldCause) -> None:
        with pytest.raises(ValueError, match="name of a person"):
            self.latch.clear(cause, person=" ", reason="looked", at_ns=self.now_ns)

    @rule()
    def the_system_starts_again(self) -> None:
        self.latch = written_and_read(self.latch)

    @invariant()
    def every_cause_holds_what_it_asked_for(self) -> None:
        assert {hold.cause: hold.state for hold in self.latch.holds} == self.held

    @invariant()
    def the_worst_counts(self) -> None:
        worst = max(self.held.values(), key=SEVERITY.__getitem__, default=TradingState.ACTIVE)
        assert self.latch.state is worst
        assert self.latch.may_open == (worst is TradingState.ACTIVE)


TestTradingBack = TradingBack.TestCase
