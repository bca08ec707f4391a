"""How much of the past a strategy needs: started later, and stopped and started again."""

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from application.ports.strategy import RestorableStrategy, Strategy
from application.strategy_kit.comparing import first_difference, first_unlike
from application.strategy_kit.noise import Noise
from application.strategy_kit.outcome import Outcome, failed, not_applicable, passed, placed
from application.strategy_kit.subject import WARM_UP_BARS_MAX, Subject
from application.strategy_kit.walking import Walk, Walker, raised
from domain.market import Bar

WARM_UP: Final = "warm-up"
RESTART: Final = "restart"

_STARTS: Final = (1, 17, 58)
"""Bars by which one is started later than the other."""
_EARLY_STARTS: Final = 30
"""Bars at which one is started of which only the first signals matter."""
_CUTS: Final = 3
"""Of each market at any bars, and as many right after a signal."""


def check_warm_up(subject: Subject) -> Outcome:
    """Check that a longer past changes nothing once there is enough, and that nobody enters before."""
    if subject.warm_up > WARM_UP_BARS_MAX:
        return not_applicable(WARM_UP, f"{subject.warm_up:,} bars are more than the kit tries ({WARM_UP_BARS_MAX:,})")
    if subject.warm_up_bars is None and _is_restorable(subject):
        return not_applicable(WARM_UP, "it keeps its state itself (saved_state) and declares no warm_up_bars")
    early = (_entered_early(subject, walk) for walk in subject.whole)
    later = (_started_later(subject, walk, start) for walk in subject.whole for start in _STARTS)
    found = chain(early, later)
    default = passed(WARM_UP, f"started later it says the same {subject.warm_up:,} bars on ({_declared(subject)})")
    return next((each for each in found if each is not None), default)


def check_restart(subject: Subject) -> Outcome:
    """Check that one that was stopped goes on as if it had not been: by its saved state, or by its last bars."""
    by_state = _is_restorable(subject)
    if not by_state and subject.warm_up > WARM_UP_BARS_MAX:
        return not_applicable(RESTART, f"{subject.warm_up:,} bars are more than the kit tries ({WARM_UP_BARS_MAX:,})")
    restarted = _by_state if by_state else _by_bars
    found = (
        restarted(subject, walk, cut)
        for walk in subject.whole
        for cut in _cuts(walk, least=1 if by_state else subject.warm_up)
    )
    line = f"told its last {subject.warm_up:,} bars again it goes on the same (it has no saved_state)"
    if by_state:
        line = "restored from its saved state, through JSON, it goes on with the same signals"
    return next((each for each in found if each is not None), passed(RESTART, line))


def _declared(subject: Subject) -> str:
    return "lookback_bars" if subject.warm_up_bars is None else "warm_up_bars"


def _is_restorable(subject: Subject) -> bool:
    return isinstance(subject.make(subject.ordinary[0].market.history), RestorableStrategy)


def _started_later(subject: Subject, walk: Walk, start: int) -> Outcome | None:
    walker = Walker(walk.market, subject.make(walk.market.history), start)
    _tell(walker, walker.bars, walk.held[start:])
    said = walker.walk.said
    difference = first_unlike(walk.said[start:], said, subject.warm_up)
    if difference is None:
        return None
    place, before, after = difference
    line = (
        f"{subject.warm_up:,} bars ({_declared(subject)}) after a later start it differs; declare more as warm_up_bars"
    )
    at = placed(walk.market.name, walk.at_ns[start + place])
    return failed(WARM_UP, line, f"{at}: {before}, started {place + 1:,} bars before it {after}")


def _entered_early(subject: Subject, walk: Walk) -> Outcome | None:
    """Return where one enters on fewer bars than it looks back and one with a longer past does not; None if nowhere."""
    lookback_bars = subject.lookback_bars
    for start in Noise(17).sample(max(0, len(walk.said) - lookback_bars), _EARLY_STARTS):
        walker = Walker(walk.market, subject.make(walk.market.history), start)
        _tell(walker, walker.bars[: lookback_bars - 1], walk.held[start:])
        for place, short in enumerate(walker.walk.said):
            known = walk.said[start + place]
            if short is None or not short.direction or (known is not None and known.action is short.action):
                continue
            line = f"enters on {place + 1} of the {lookback_bars} bars that it looks back (lookback_bars)"
            other = "nothing" if known is None else known.action.value
            at = placed(walk.market.name, walk.at_ns[start + place])
            return failed(WARM_UP, line, f"{at}: {other} with a longer past, {short.action.value} without")
    return None


def _tell(walker: Walker, bars: Sequence[Bar], held: Sequence[int]) -> None:
    """Let a strategy answer bars, as long as it does."""
    for bar, quantity in zip(bars, held, strict=False):
        walker.ask(bar, quantity)
        if walker.walk.problem is not None:
            return


def _cuts(walk: Walk, *, least: int) -> list[int]:
    """Return before which bars it is stopped."""
    noise, rows = Noise(13), range(least, len(walk.said) - 1)
    decided = [row for row in rows if walk.said[row] is not None]
    anywhere = (rows[place] for place in noise.sample(len(rows), _CUTS))
    return sorted({*anywhere, *(decided[place] + 1 for place in noise.sample(len(decided), _CUTS))})


def _by_state(subject: Subject, walk: Walk, cut: int) -> Outcome | None:
    at = placed(walk.market.name, walk.at_ns[cut - 1])
    first, second = (subject.make(walk.market.history) for _ in range(2))
    before = Walker(walk.market, first)
    _tell(before, before.bars[:cut], walk.held)
    try:
        text = json.dumps(_restorable(first).saved_state(), allow_nan=False)
    except Exception as error:  # noqa: BLE001  # a strategy may raise and give anything
        return failed(RESTART, f"saved_state gives what JSON cannot hold, or {raised(error, first)}", at)
    state: Mapping[str, Any] = json.loads(text)
    try:
        _restorable(second).restore(state)
    except Exception as error:  # noqa: BLE001  # as above
        return failed(RESTART, f"restore {raised(error, second)}", at)
    start = max(0, cut - subject.lookback_bars)
    after = Walker(walk.market, second, start)
    for bar, held in zip(after.bars[: cut - start], walk.held[start:cut], strict=True):
        after.show(bar, held)
    _tell(after, after.bars[cut - start :], walk.held[cut:])
    if after.walk.problem is not None:
        return failed(
            RESTART, f"{after.walk.problem.what}, restored", placed(walk.market.name, after.walk.problem.at_ns)
        )
    difference = first_difference(walk.said[cut:], after.walk.said)
    return None if difference is None else _other(walk, cut, difference, "restored from its saved state")


def _restorable(strategy: Strategy) -> RestorableStrategy:
    if not isinstance(strategy, RestorableStrategy):
        raise TypeError(f"{type(strategy).__name__} has no saved_state and restore")
    return strategy


def _by_bars(subject: Subject, walk: Walk, cut: int) -> Outcome | None:
    start = cut - subject.warm_up
    after = Walker(walk.market, subject.make(walk.market.history), start)
    _tell(after, after.bars, walk.held[start:])
    difference = first_unlike(walk.said[cut:], after.walk.said[subject.warm_up :])
    how = f"told its last {subject.warm_up:,} bars again ({_declared(subject)}; it has no saved_state)"
    return None if difference is None else _other(walk, cut, difference, how)


def _other(walk: Walk, cut: int, difference: tuple[int, str, str], how: str) -> Outcome:
    place, before, after = difference
    at = placed(walk.market.name, walk.at_ns[cut + place])
    return failed(
        RESTART, f"goes on otherwise, {how}", f"{at}, stopped {place + 1:,} bars before: {before}, restarted {after}"
    )
