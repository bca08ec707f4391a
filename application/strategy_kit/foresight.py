"""Whether what comes later has a part in what is said: cut off, changed, and by the certificate of a whole run."""

from collections.abc import Iterator
from typing import Final

from application.backtest import run_backtest
from application.strategy_kit.comparing import first_difference
from application.strategy_kit.kit_runs import first_failure, in_words, kit_run
from application.strategy_kit.markets import KitMarket, with_other_future
from application.strategy_kit.noise import Noise
from application.strategy_kit.outcome import Outcome, failed, passed, placed
from application.strategy_kit.subject import Subject
from application.strategy_kit.walking import Walk, walk_through

LOOK_AHEAD: Final = "look-ahead"

_CUTS: Final = 2
"""Of each market at any bars, and as many at bars that were answered by a signal."""
_CERTIFIED: Final = 8


def check_look_ahead(subject: Subject) -> Outcome:
    """Check that signals are the same on a history that ends, and on one that goes on otherwise."""
    for walk in subject.whole:
        for n_bars in _cuts(walk):
            for what, market in _other_markets(walk.market, n_bars):
                found = _difference(subject, walk, market, n_bars, what)
                if found is not None:
                    return found
    return _certified(subject) or passed(
        LOOK_AHEAD, "the same signals on history cut off, and on history that goes on otherwise; certificate clean"
    )


def _cuts(walk: Walk) -> list[int]:
    """Return after how many bars a market is cut: some anywhere, some right after a signal."""
    noise, n_bars = Noise(11), len(walk.said)
    decided = [row for row, said in enumerate(walk.said[:-1]) if said is not None]
    anywhere = (row + 1 for row in noise.sample(n_bars - 1, _CUTS))
    return sorted({*anywhere, *(decided[place] + 1 for place in noise.sample(len(decided), _CUTS))})


def _other_markets(market: KitMarket, n_bars: int) -> Iterator[tuple[str, KitMarket]]:
    cut_ns = int(market.bars.closed_at_ns[n_bars - 1])
    yield "on history that ends later", KitMarket(market.name, market.history.known_by(cut_ns))
    yield "when later bars are others", with_other_future(market, n_bars)


def _difference(subject: Subject, walk: Walk, market: KitMarket, n_bars: int, what: str) -> Outcome | None:
    other = walk_through(subject.make, market, subject.bench.in_time)
    if other.problem is not None and len(other.said) < n_bars:
        place = placed(market.name, other.problem.at_ns)
        return failed(LOOK_AHEAD, f"cannot decide without later bars: {other.problem.what}", place)
    difference = first_difference(walk.said[:n_bars], other.said)
    if difference is None:
        return None
    row, before, after = difference
    line = f"says something else {what}: bars after it have a part in it"
    at = placed(market.name, walk.at_ns[row])
    return failed(LOOK_AHEAD, line, f"{at}, history changed after bar {n_bars}: {before}, otherwise {after}")


def _certified(subject: Subject) -> Outcome | None:
    bench = subject.bench
    for walk in subject.whole[-1:]:
        plan = kit_run(subject.make, walk.market, bench.instrument, bench.make_venue, n_samples=_CERTIFIED)
        result = run_backtest(plan)
        failure, difference = first_failure(result), result.certificate.first_difference
        if failure is not None:
            place = placed(walk.market.name, failure.at_ns)
            return failed(LOOK_AHEAD, f"{in_words(failure)}, when its orders are filled in a run", place)
        if difference is not None:
            return failed(LOOK_AHEAD, "decisions of a run depend on later data", f"{walk.market.name}, {difference}")
    return None
