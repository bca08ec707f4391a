"""Ends what holds trading back while no process trades: a person decides, and the risk state remembers who and why.

A process that trades is told by the events `HoldCleared` and `StrategyLetGoOn`, and saves its state itself.
"""

from decimal import Decimal

from attrs import evolve

from application.errors import DataError
from application.trading.order_activity import OrderActivity
from application.trading.risk_state import RiskState, RiskStateStore
from domain.risk.limits import RiskLimits
from domain.risk.trading_state import Clearance, HoldCause, StrategyRelease


def clear_hold(
    store: RiskStateStore, cause: HoldCause, *, person: str, reason: str, equity: Decimal, at_ns: int
) -> Clearance | None:
    """End one hold of an account, one at a time; once this returns, the next process that trades knows of it.

    Args:
        store: Of the account, which nobody else writes to meanwhile.
        cause: What is to be ended.
        person: Who decides it.
        reason: Why, in their words.
        equity: Of the account now, quote currency; what a hold for drawdown is ended at is the next high.
        at_ns: When.

    Returns:
        The record of it, which the state keeps; None if the cause does not hold, and then nothing is written.

    Raises:
        DataError: There is no state, or it cannot be believed.
        ValueError: Person or reason is blank, or the cause ends with its day or week.
        DomainError: Equity is negative or no number.
        StorageError: It could not be written, and the hold is still there.
    """
    state = _loaded(store)
    guard, clearance = state.guard.clear(cause, person=person, reason=reason, equity=equity, at_ns=at_ns)
    if clearance is not None:
        store.save(evolve(state, guard=guard))
    return clearance


def let_strategy_go_on(
    store: RiskStateStore, strategy: str, limits: RiskLimits, *, person: str, reason: str, at_ns: int
) -> StrategyRelease | None:
    """Let a strategy open again that was stopped for opening too often; what it opened within the hour still counts.

    Args:
        store: Of the account, which nobody else writes to meanwhile.
        strategy: Its name.
        limits: Those that it is held to, which say how much has to be remembered.
        person: Who decides it.
        reason: Why, in their words.
        at_ns: When.

    Returns:
        The record of it, which the state keeps; None if it is not stopped, and then nothing is written.

    Raises:
        DataError: There is no state, or it cannot be believed.
        ValueError: Person or reason is blank.
        StorageError: It could not be written, and the strategy is still stopped.
    """
    state = _loaded(store)
    if state.activity is None:
        return None
    activity = OrderActivity.restored(state.activity, limits)
    release = activity.let_go_on(strategy, person=person, reason=reason, at_ns=at_ns)
    if release is not None:
        store.save(evolve(state, activity=activity.record()))
    return release


def _loaded(store: RiskStateStore) -> RiskState:
    state = store.load()
    if state is None:
        raise DataError("there is no risk state: nothing was ever held back")
    return state
