"""Whether a strategy says the same again: in this process, beside another instance, and in another process."""

from typing import Final

from application.strategy_kit.comparing import first_difference
from application.strategy_kit.outcome import Outcome, failed, passed, placed
from application.strategy_kit.subject import ORDINARY_BARS_MIN, NotElsewhereError, Spoken, Subject
from application.strategy_kit.walking import Walk, Walker, walk_through

DETERMINISM: Final = "determinism"
_CAUSES: Final = "a clock, chance, or state that instances share"


def check_determinism(subject: Subject) -> Outcome:
    """Check that the same bars lead to the same signals, in whatever process."""
    for walk in subject.whole:
        found = _again(subject, walk) or _beside_another(subject, walk)
        if found is not None:
            return found
    try:
        there = subject.bench.elsewhere()
    except NotElsewhereError as error:
        return passed(DETERMINISM, f"the same again in this process; in another one it was not tried: {error}")
    return _elsewhere(subject, there) or passed(DETERMINISM, "the same again, here and in another process")


def _again(subject: Subject, walk: Walk) -> Outcome | None:
    return _differing(walk, walk_through(subject.make, walk.market, subject.bench.in_time), "says something else again")


def _beside_another(subject: Subject, walk: Walk) -> Outcome | None:
    """Let two instances take the same bars in turns."""
    one, other = (Walker(walk.market, subject.make(walk.market.history)) for _ in range(2))
    for bar, held in zip(one.bars, walk.held, strict=False):
        one.ask(bar, held)
        other.ask(bar, held)
        if one.walk.problem is not None or other.walk.problem is not None:
            break
    what = "says something else beside another instance"
    return _differing(walk, one.walk, what) or _differing(walk, other.walk, what)


def _differing(walk: Walk, other: Walk, what: str) -> Outcome | None:
    if other.problem is not None:
        return failed(DETERMINISM, f"{other.problem.what}, not the first time", _place(walk, len(other.said)))
    difference = first_difference(walk.said, other.said)
    if difference is None:
        return None
    place, before, after = difference
    return failed(DETERMINISM, f"{what}: {_CAUSES}", f"{_place(walk, place)}: {before}, then {after}")


def _elsewhere(subject: Subject, there: Spoken) -> Outcome | None:
    for walk in subject.ordinary:
        heard = there.get(walk.market.name, ())
        expected = min(ORDINARY_BARS_MIN, len(walk.said))
        if len(heard) < expected:
            line = f"stops after {len(heard):,} of {expected:,} bars in another process"
            return failed(DETERMINISM, line, _place(walk, len(heard)))
        for place, (said, text) in enumerate(zip(walk.said, heard, strict=False)):
            if repr(said) != text:
                line = f"says something else in another process: {_CAUSES}, or an order of sets and hashes"
                return failed(DETERMINISM, line, f"{_place(walk, place)}: {_short(repr(said))}, there {_short(text)}")
    return None


def _place(walk: Walk, place: int) -> str:
    return placed(walk.market.name, walk.at_ns[min(place, len(walk.at_ns) - 1)])


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:100]}..."  # noqa: PLR2004  # as much as shows which signal it is
