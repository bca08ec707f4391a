"""Strategies that failed, in sentences."""

from collections.abc import Iterable

from application.results.result import RunResult
from application.trading.records import ExitReason, FailureKind, RoundTrip, StrategyFailure
from domain.time_units import iso_utc

_VERBS = {
    FailureKind.RAISED: "failed",
    FailureKind.INVALID: "gave no valid answer",
    FailureKind.BLOCKED: "took too long",
}


def all_failed(failures: Iterable[StrategyFailure]) -> bool:
    """Return whether no strategy of the run was left in the end."""
    return any(failure.n_left == 0 for failure in failures)


def failure_text(failure: StrategyFailure, result: RunResult) -> str:
    """Return who failed, where, when and how, and what became of it: one line without a full stop.

    Args:
        failure: Of the run.
        result: Of the run.
    """
    at = f"{iso_utc(failure.at_ns)[:16].replace('T', ' ')} UTC"
    return (
        f"strategy {failure.strategy} in {failure.symbol} {_VERBS[failure.kind]} at {at}: {failure.cause}; "
        f"{_its_share(failure, result)}, {_others(failure, result)}"
    )


def _its_share(failure: StrategyFailure, result: RunResult) -> str:
    own = [each for each in result.trades if (each.strategy, each.symbol) == (failure.strategy, failure.symbol)]
    if any(_was_held(trade, failure.at_ns) for trade in own):
        return "its share was closed"
    return "the data ended before its share was closed" if any(map(_is_open, own)) else "it held nothing"


def _was_held(trade: RoundTrip, at_ns: int) -> bool:
    """Whether a trade was open when its strategy failed, or opened by an order of before, and has ended since."""
    if trade.exited_at_ns is None:
        return False
    return trade.exit_reason is ExitReason.FAILURE or trade.entered_at_ns <= at_ns < trade.exited_at_ns


def _is_open(trade: RoundTrip) -> bool:
    return trade.exited_at_ns is None


def _others(failure: StrategyFailure, result: RunResult) -> str:
    if not failure.n_left:
        return "no other strategy was left"
    return "the others went on" if failure.at_ns < result.end_ns else "no bar came after that"
