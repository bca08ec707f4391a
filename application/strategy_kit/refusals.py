"""Whether a strategy survives that its orders are refused, and goes on to say what it would say."""

from typing import Final

from attrs import define, field

from application.backtest import run_backtest
from application.market_history import MarketHistory
from application.ports.strategy import Strategy
from application.strategy_kit.kit_runs import kit_run
from application.strategy_kit.outcome import Outcome, failed, passed, placed
from application.strategy_kit.refusing_venue import RefusingVenue
from application.strategy_kit.signal_flaws import flaw_of
from application.strategy_kit.subject import Subject
from application.strategy_kit.walking import Walk, raised
from domain.as_of import AsOfView
from domain.signal import Signal

REFUSED: Final = "refused orders"

_ENTRIES_TO_JUDGE: Final = 4
"""Where it entered less often than this it need not enter again."""


@define(eq=False)
class _Watched:
    """A strategy, and what it has said or raised."""

    strategy: Strategy
    lookback_bars: int
    problem: str | None = None
    at_ns: int | None = None
    entries: list[int] = field(factory=list)

    def on_bar(self, view: AsOfView, /) -> Signal | None:
        try:
            said = self.strategy.on_bar(view)
        except Exception as error:
            self._note(raised(error), view.bar.closed_at_ns)
            raise
        flaw = flaw_of(said)
        if flaw is not None:
            self._note(flaw, view.bar.closed_at_ns)
            return None
        if said is not None and said.direction:
            self.entries.append(view.bar.closed_at_ns)
        return said

    def _note(self, problem: str, at_ns: int) -> None:
        if self.problem is None:
            self.problem, self.at_ns = problem, at_ns


def check_refused_orders(subject: Subject) -> Outcome:
    """Check a strategy whose every order is refused, and one of whose orders every third one is."""
    for every in (1, 3):
        found = _refused(subject, subject.ordinary[-1], every)
        if found is not None:
            return found
    return passed(REFUSED, "every order refused, and every third one: goes on as before")


def _refused(subject: Subject, walk: Walk, every: int) -> Outcome | None:
    watched: list[_Watched] = []

    def make(history: MarketHistory) -> Strategy:
        strategy = subject.make(history)
        watched.append(_Watched(strategy, strategy.lookback_bars))
        return watched[-1]

    bench = subject.bench
    plan = kit_run(make, walk.market, bench.instrument, lambda: RefusingVenue(bench.make_venue(), every))
    try:
        run_backtest(plan)
    except Exception:
        if not watched or watched[0].problem is None:
            raise
    which = "every order" if every == 1 else f"order {every}, {2 * every} and so on"
    seen = watched[0]
    if seen.problem is not None:
        return failed(REFUSED, f"{seen.problem}, when {which} is refused", placed(walk.market.name, seen.at_ns))
    n_entries = sum(1 for said in walk.said if said is not None and said.direction)
    if every == 1 and len(seen.entries) == 1 and n_entries >= _ENTRIES_TO_JUDGE:
        line = f"enters {n_entries} times, but never again once its first order has been refused"
        return failed(REFUSED, line, placed(walk.market.name, seen.entries[0]))
    return None
