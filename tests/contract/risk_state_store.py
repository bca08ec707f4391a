"""What every store of risk state promises."""

from abc import abstractmethod
from decimal import Decimal

from attrs import evolve

from application.trading.risk_state import RiskState, RiskStateStore
from domain.risk.capital_guard import CapitalGuard
from domain.risk.trading_state import Hold, HoldCause, TradingState
from tests.support import START_NS


def fresh_state() -> RiskState:
    """Return the state of an account that nothing has happened to."""
    return RiskState(guard=CapitalGuard.start(Decimal("10000.5"), START_NS), activity=None, intents_made=0)


def halted_state(reason: str = "drawdown 12.10%, level limit") -> RiskState:
    """Return the state of an account that waits for a person."""
    state = fresh_state()
    hold = Hold(cause=HoldCause.DRAWDOWN_LIMIT, state=TradingState.HALTED, reason=reason, since_ns=START_NS)
    return evolve(state, guard=evolve(state.guard, latch=state.guard.latch.engage(hold)))


class RiskStateStoreContract:
    """Promises of the port, checked against one adapter."""

    @abstractmethod
    def make_store(self) -> RiskStateStore:
        """Return a store of the same account each time, at first an empty one."""

    def test_nothing_was_saved_at_first(self) -> None:
        assert self.make_store().load() is None

    def test_what_is_saved_comes_back_to_another_process(self) -> None:
        state = halted_state("fell “12 %”\nat once")

        self.make_store().save(state)

        assert self.make_store().load() == state

    def test_the_last_one_counts(self) -> None:
        store = self.make_store()
        store.save(halted_state())
        store.save(fresh_state())

        assert store.load() == fresh_state()

    def test_saving_twice_is_saving_once(self) -> None:
        store = self.make_store()
        store.save(halted_state())
        store.save(halted_state())

        assert store.load() == halted_state()
