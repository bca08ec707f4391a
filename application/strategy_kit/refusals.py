"""Whether a strategy survives that its orders are refused, and goes on to say what it would say."""

from typing import Final

from application.backtest import run_backtest
from application.strategy_kit.kit_runs import first_failure, in_words, kit_run
from application.strategy_kit.outcome import Outcome, failed, passed, placed
from application.strategy_kit.refusing_venue import RefusingVenue
from application.strategy_kit.subject import Subject
from application.strategy_kit.walking import Walk

REFUSED: Final = "refused orders"

_ENTRIES_TO_JUDGE: Final = 4
"""Where it entered less often than this it need not enter again."""


def check_refused_orders(subject: Subject) -> Outcome:
    """Check a strategy whose every order is refused, and one of whose orders every third one is."""
    for every in (1, 3):
        found = _refused(subject, subject.ordinary[-1], every)
        if found is not None:
            return found
    return passed(REFUSED, "every order refused, and every third one: goes on as before")


def _refused(subject: Subject, walk: Walk, every: int) -> Outcome | None:
    bench = subject.bench
    plan = kit_run(subject.make, walk.market, bench.instrument, lambda: RefusingVenue(bench.make_venue(), every))
    result = run_backtest(plan)
    failure = first_failure(result)
    which = "every order" if every == 1 else f"order {every}, {2 * every} and so on"
    if failure is not None:
        return failed(REFUSED, f"{in_words(failure)}, when {which} is refused", placed(walk.market.name, failure.at_ns))
    entries = [decision.at_ns for decision in result.log.decisions if decision.signal.direction]
    n_entries = sum(1 for said in walk.said if said is not None and said.direction)
    if every == 1 and len(entries) == 1 and n_entries >= _ENTRIES_TO_JUDGE:
        line = f"enters {n_entries} times, but never again once its first order has been refused"
        return failed(REFUSED, line, placed(walk.market.name, entries[0]))
    return None
