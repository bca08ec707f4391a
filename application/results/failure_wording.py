"""Strategies that failed, in sentences."""

from collections.abc import Iterable

from application.trading.records import FailureKind, StrategyFailure
from domain.time_units import iso_utc

_VERBS = {
    FailureKind.RAISED: "failed",
    FailureKind.INVALID: "gave no valid answer",
    FailureKind.BLOCKED: "took too long",
}


def all_failed(failures: Iterable[StrategyFailure]) -> bool:
    """Return whether no strategy of the run was left in the end."""
    return any(failure.n_left == 0 for failure in failures)


def failure_text(failure: StrategyFailure) -> str:
    """Return who failed, where, when and how, and what became of it: one line without a full stop."""
    at = f"{iso_utc(failure.at_ns)[:16].replace('T', ' ')} UTC"
    others = "the others went on" if failure.n_left else "no other strategy was left"
    return (
        f"strategy {failure.strategy} in {failure.symbol} {_VERBS[failure.kind]} at {at}: {failure.cause}; "
        f"its share was closed, {others}"
    )
