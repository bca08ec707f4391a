"""Runs the test kit on a strategy: from a test of one's own, or for the command.

A test of one's own needs no more than this::

    from entrypoints.strategy_kit.checking import assert_passes
    from breakout import Breakout

    def test_breakout_passes_the_kit() -> None:
        assert_passes(Breakout)
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from attrs import AttrsInstance

from adapters.instrument_rules.catalog import known_book
from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from application.strategy_kit.kit import check_strategy
from application.strategy_kit.markets import START_NS, SYMBOL
from application.strategy_kit.outcome import KitReport
from application.strategy_kit.subject import Bench, Spoken
from entrypoints.strategy_kit.elsewhere import said_elsewhere
from entrypoints.strategy_kit.subjects import NamedSubject, name_of, subject_of_class
from entrypoints.strategy_kit.time_limit import WALK_S, TimeLimit

_INSTRUMENT: Final = known_book(SYMBOL, {}).at(START_NS)


def check_class(cls: type, parameters: AttrsInstance | None = None, *, walk_s: float = WALK_S) -> KitReport:
    """Run every check of the kit on a strategy.

    Args:
        cls: Its class.
        parameters: Of its own class; None for the defaults, or where it has none.
        walk_s: Seconds that a walk through one market may take.

    Raises:
        OwnCodeError: It is no strategy.
    """
    return check_subject(subject_of_class(cls, parameters), walk_s=walk_s)


def assert_passes(cls: type, parameters: AttrsInstance | None = None, *, walk_s: float = WALK_S) -> None:
    """Fail unless a strategy passes every check; arguments as by `check_class`.

    Raises:
        AssertionError: It does not; a line for each check that failed, with its evidence.
        OwnCodeError: It is no strategy.
    """
    report = check_class(cls, parameters, walk_s=walk_s)
    if not report.is_passed:
        raise AssertionError(f"{cls.__name__} fails the test kit:\n{report.in_words}")


def check_subject(subject: NamedSubject, *, walk_s: float = WALK_S) -> KitReport:
    """Run every check of the kit on a strategy that was named."""

    def elsewhere() -> Spoken:
        return said_elsewhere(name_of(subject.kind), subject.plain_parameters, Path.cwd(), walk_s)

    return check_strategy(subject.make, bench_with(elsewhere, walk_s))


def bench_with(elsewhere: Callable[[], Spoken], walk_s: float = WALK_S) -> Bench:
    """Return the bench of the kit: the simulated venue, and what says what another process says."""
    rules = VenueRules()
    return Bench(
        instrument=_INSTRUMENT,
        make_venue=lambda: SimulatedVenue([_INSTRUMENT], rules),
        in_time=TimeLimit(walk_s),
        elsewhere=elsewhere,
    )
