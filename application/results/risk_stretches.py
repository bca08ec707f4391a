"""How long the account was at each level of the drawdown ladder, and in each trading state."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from attrs import frozen

from application.results.result import RunResult
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.trading_state import TradingState

_What = TypeVar("_What")


@frozen
class Stretch(Generic[_What]):
    """A stretch of time in which something was the case.

    Attributes:
        what: Level or state.
        start_ns: First instant.
        end_ns: When the next one began, or the run ended.
    """

    what: _What
    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """How long it was."""
        return self.end_ns - self.start_ns


def level_stretches(result: RunResult) -> tuple[Stretch[DrawdownLevel], ...]:
    """Return the levels of the drawdown ladder one after the other, over the whole run."""
    changes = [(change.changed_at_ns, change.after) for change in result.log.level_changes]
    return _stretches(DrawdownLevel.NONE, changes, result)


def state_stretches(result: RunResult) -> tuple[Stretch[TradingState], ...]:
    """Return the trading states one after the other, over the whole run."""
    changes = [(change.at_ns, change.after) for change in result.log.state_changes]
    return _stretches(TradingState.ACTIVE, changes, result)


def _stretches(first: _What, changes: Sequence[tuple[int, _What]], result: RunResult) -> tuple[Stretch[_What], ...]:
    """Return what was when; what began at the very instant at which another ended never was."""
    begins = [(result.start_ns, first), *changes]
    ends = [*(at_ns for at_ns, _ in changes), max(result.end_ns, begins[-1][0])]
    found = (Stretch(what, start_ns, end_ns) for (start_ns, what), end_ns in zip(begins, ends, strict=True))
    return tuple(each for each in found if each.length_ns > 0)
