"""Whether a strategy comes through every market: in time, without an exception, with signals that mean something."""

from collections.abc import Sequence
from typing import Final

from application.strategy_kit.markets import n_moved
from application.strategy_kit.outcome import Outcome, failed, of_problem, passed, placed
from application.strategy_kit.subject import Subject
from application.strategy_kit.walking import Walk

TIME: Final = "time"
SIGNALS: Final = "signals"
FLAT: Final = "flat market"
GAPS: Final = "gaps"
MISSING: Final = "missing bars"

_ENTRIES_MAX: Final = 3
"""More entries than that where nothing moves are entries without a reason."""


def check_time(subject: Subject) -> Outcome:
    """Check that every bar is answered."""
    for walk in subject.walks:
        if walk.problem is not None and walk.is_blocked:
            return failed(TIME, "blocks: does not come back from a bar", placed(walk.market.name, walk.problem.at_ns))
    n_bars = sum(len(walk.said) for walk in subject.walks)
    return passed(TIME, f"every one of {n_bars:,} bars was answered in time")


def check_signals(subject: Subject) -> Outcome:
    """Check that on ordinary markets there are signals, and that they are numbers, reasons and nothing else."""
    found = _problem(SIGNALS, subject.ordinary)
    if found is not None:
        return found
    n_signals, n_bars = (sum(of) for of in zip(*((w.n_signals, len(w.said)) for w in subject.ordinary), strict=True))
    if not n_signals:
        advice = "nothing can be checked: give it parameters with which it trades hourly bars"
        return failed(SIGNALS, f"says nothing; {advice}", f"{n_bars:,} bars of trends and swings")
    return passed(SIGNALS, f"{n_signals:,} signals in {n_bars:,} bars, all with a reason and finite numbers")


def check_flat(subject: Subject) -> Outcome:
    """Check that a market that stands still, without volume, is no cause for exceptions, NaN or endless entries."""
    found = _problem(FLAT, subject.flat)
    if found is not None:
        return found
    for walk in subject.flat:
        start = n_moved(walk.market) + 1
        entries = [row for row, said in enumerate(walk.said) if row >= start and said is not None and said.direction]
        if len(entries) > _ENTRIES_MAX:
            line = f"enters {len(entries)} times while the price stands still"
            return failed(FLAT, line, placed(walk.market.name, walk.at_ns[entries[_ENTRIES_MAX]]))
    return passed(FLAT, "constant price and no volume, from the start and after a past")


def check_gaps(subject: Subject) -> Outcome:
    """Check that jumps and pauses are no cause for exceptions or NaN."""
    return _problem(GAPS, subject.gaps) or passed(GAPS, "jumps of 30 % up and down, pauses of three days")


def check_missing(subject: Subject) -> Outcome:
    """Check that missing bars are no cause for exceptions or NaN."""
    return _problem(MISSING, subject.missing) or passed(
        MISSING, "every seventh bar left out, a suspension of five days"
    )


def _problem(check: str, walks: Sequence[Walk]) -> Outcome | None:
    for walk in walks:
        if walk.problem is not None:
            return of_problem(check, walk.market.name, walk.problem)
    return None
