"""Runs every check on a strategy. What one check has found is not found again by those that would follow from it."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from application.backtest import MakeStrategy
from application.ports.decision_watch import StrategyBlockedError
from application.strategy_kit import behavior
from application.strategy_kit.foresight import LOOK_AHEAD, check_look_ahead
from application.strategy_kit.memory import RESTART, WARM_UP, check_restart, check_warm_up
from application.strategy_kit.outcome import KitReport, Outcome, Verdict, failed, not_applicable
from application.strategy_kit.refusals import REFUSED, check_refused_orders
from application.strategy_kit.repetition import DETERMINISM, check_determinism
from application.strategy_kit.subject import Bench, Subject, walk_all
from application.strategy_kit.walking import raised

CHECKS: Final = (
    behavior.TIME,
    behavior.SIGNALS,
    behavior.FLAT,
    behavior.GAPS,
    behavior.MISSING,
    REFUSED,
    DETERMINISM,
    LOOK_AHEAD,
    WARM_UP,
    RESTART,
)
"""Names of the checks, in the order in which they are made."""

_Check = Callable[[Subject], Outcome]

_WALKED: Final[tuple[_Check, ...]] = (
    behavior.check_signals,
    behavior.check_flat,
    behavior.check_gaps,
    behavior.check_missing,
)
_TRIED: Final[tuple[tuple[str, _Check, tuple[str, ...]], ...]] = (
    (REFUSED, check_refused_orders, ()),
    (DETERMINISM, check_determinism, ()),
    (LOOK_AHEAD, check_look_ahead, (REFUSED, DETERMINISM)),
    (WARM_UP, check_warm_up, (DETERMINISM, LOOK_AHEAD)),
    (RESTART, check_restart, (DETERMINISM, LOOK_AHEAD, WARM_UP)),
)
"""What is tried on those that come through ordinary markets: name, check, and what has to have passed before."""

_ROUNDS: Final = 100
"""How many walks, in round numbers, a check that makes many may take the time of."""


def check_strategy(make: MakeStrategy, bench: Bench) -> KitReport:
    """Run the kit.

    Args:
        make: Builds the strategy; it may look at the history it is given, and at nothing else.
        bench: What the kit needs of the world.
    """
    return KitReport(tuple(_outcomes(make, bench)))


def _outcomes(make: MakeStrategy, bench: Bench) -> Iterator[Outcome]:
    try:
        subject = walk_all(make, bench)
    except StrategyBlockedError:
        time = failed(behavior.TIME, "blocks: its constructor does not come back", "before the first bar")
        return _nothing_but(time, "it blocks")
    except Exception as error:  # noqa: BLE001  # a constructor may raise anything
        signals = failed(behavior.SIGNALS, f"cannot be made: {raised(error)}", "before the first bar")
        return _nothing_but(signals, "it cannot be made")
    time = behavior.check_time(subject)
    # What blocks was walked no further.
    return _nothing_but(time, "it blocks") if time.verdict is Verdict.FAILED else chain((time,), _laws(subject))


def _nothing_but(failure: Outcome, reason: str) -> Iterator[Outcome]:
    return (failure if name == failure.check else not_applicable(name, reason) for name in CHECKS)


def _laws(subject: Subject) -> Iterator[Outcome]:
    found = [check(subject) for check in _WALKED]
    yield from found
    reason = _reason_to_end(found)
    is_wrong: set[str] = set()
    for name, check, before in _TRIED:
        broken = next((each for each in before if each in is_wrong), None)
        if reason or broken:
            yield not_applicable(name, reason or f"says nothing before {broken} passes")
            continue
        outcome = _in_time(name, check, subject)
        if outcome.verdict is Verdict.FAILED:
            is_wrong.add(name)
        yield outcome


def _reason_to_end(found: list[Outcome]) -> str:
    """Return why nothing more can be tried; empty where it can."""
    names = {outcome.check for outcome in found if outcome.verdict is Verdict.FAILED}
    return "it does not come through ordinary markets" if behavior.SIGNALS in names else ""


def _in_time(name: str, check: _Check, subject: Subject) -> Outcome:
    outcomes: list[Outcome] = []

    def work() -> None:
        try:
            outcomes.append(check(subject))
        except Exception as error:  # noqa: BLE001  # a strategy may raise anything, and only now
            outcomes.append(failed(name, raised(error), "not where it was walked through its markets before"))

    is_done = subject.bench.in_time(work, _ROUNDS)
    if not is_done or not outcomes:
        return failed(name, "blocks: takes longer than a hundred markets may", "on no bar in particular")
    return outcomes[0]
