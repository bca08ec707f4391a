"""What kind of market each instrument was taken to be in, over a run."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Final

import numpy as np
from attrs import frozen

from application.results.result import RunResult
from application.trading.records import RegimeChange
from domain.allocation.scenario import NOTHING_KNOWN, Scenario
from domain.regime import MarketRegime, VolatilityState

NO_MODEL: Final = "no model yet"


@frozen
class ScenarioStretch:
    """A stretch of time in which an instrument was taken to be in one kind of market.

    Attributes:
        scenario: Which.
        start_ns: First instant.
        end_ns: When the next one began, or the run ended.
        confidence: How sure its direction was when it began, 0 to 1; 0 where nothing was known of it.
        reason: Why nothing was known of its direction; empty where something was.
    """

    scenario: Scenario
    start_ns: int
    end_ns: int
    confidence: float
    reason: str

    @property
    def length_ns(self) -> int:
        """How long it was."""
        return self.end_ns - self.start_ns


@frozen
class ScenarioHistory:
    """The changes of one instrument, in order of time.

    Attributes:
        changes: As the run left them behind.
        starts_ns: When each began.
    """

    changes: Sequence[RegimeChange]
    starts_ns: Sequence[int]

    def at(self, at_ns: int) -> Scenario:
        """Return what strategies that decided at an instant were told."""
        place = bisect_right(self.starts_ns, at_ns)
        return NOTHING_KNOWN if place == 0 else scenario_of(self.changes[place - 1])

    def stretches(self, start_ns: int, end_ns: int) -> tuple[ScenarioStretch, ...]:
        """Return what was when, one after the other without a gap; what ended where it began never was."""
        begins = [(start_ns, NOTHING_KNOWN, 0.0, NO_MODEL)]
        begins += [(each.at_ns, scenario_of(each), each.confidence, each.reason) for each in self.changes]
        ends = [*(begin[0] for begin in begins[1:]), max(end_ns, begins[-1][0])]
        found = (
            ScenarioStretch(scenario, begin_ns, ended_ns, confidence, reason)
            for (begin_ns, scenario, confidence, reason), ended_ns in zip(begins, ends, strict=True)
        )
        return tuple(each for each in found if each.length_ns > 0)


def scenario_of(change: RegimeChange) -> Scenario:
    """Return what a change leads to."""
    return Scenario(change.regime, change.volatility_state)


def scenario_histories(result: RunResult) -> Mapping[str, ScenarioHistory]:
    """Return the history of every instrument of a run, by symbol; empty where no market was ever judged.

    An instrument of which nothing was ever known, in a run that judged others, has a history without changes.
    """
    if not result.log.regime_changes:
        return {}
    changes: dict[str, list[RegimeChange]] = {symbol: [] for symbol in result.symbols}
    for change in sorted(result.log.regime_changes, key=lambda each: each.at_ns):
        changes.setdefault(change.symbol, []).append(change)
    return {symbol: ScenarioHistory(each, [change.at_ns for change in each]) for symbol, each in changes.items()}


@frozen(kw_only=True)
class RegimeSummary:
    """How one instrument spent a run.

    Attributes:
        symbol: Instrument.
        shares: Share of the run's time in each regime, 0 to 1; all of them are there.
        volatile_share: Share of the run's time at HIGH volatility.
        n_changes: How often the regime became another one; changes of volatility alone do not count.
        median_bars: Median length of the regimes that ended within the run, in moments of decision, what came before
            the first model apart; None where none ended.
    """

    symbol: str
    shares: Mapping[MarketRegime, float]
    volatile_share: float
    n_changes: int
    median_bars: float | None


def regime_summaries(result: RunResult) -> tuple[RegimeSummary, ...]:
    """Return a summary of every instrument, in the order of the run; nothing where no market was judged."""
    histories = scenario_histories(result)
    return tuple(_summary(symbol, history, result) for symbol, history in histories.items())


def _summary(symbol: str, history: ScenarioHistory, result: RunResult) -> RegimeSummary:
    stretches = history.stretches(result.start_ns, result.end_ns)
    whole_ns = sum(each.length_ns for each in stretches) or 1
    spent = _time_in_each(stretches)
    regimes = _joined(stretches)
    return RegimeSummary(
        symbol=symbol,
        shares={regime: spent[regime] / whole_ns for regime in MarketRegime},
        volatile_share=spent[VolatilityState.HIGH] / whole_ns,
        n_changes=max(0, len(regimes) - 1),
        # The first one began before the run did, as far as anybody knew, and the last one has not ended.
        median_bars=_median_bars(regimes[1:-1], result),
    )


def _time_in_each(stretches: Iterable[ScenarioStretch]) -> Mapping[MarketRegime | VolatilityState, int]:
    spent: Counter[MarketRegime | VolatilityState] = Counter()
    for each in stretches:
        spent[each.scenario.regime] += each.length_ns
        spent[each.scenario.volatility] += each.length_ns
    return spent


def _joined(stretches: Iterable[ScenarioStretch]) -> list[tuple[int, int]]:
    """Return start and end of each stretch of one regime, whatever volatility did meanwhile."""
    found: list[tuple[int, int]] = []
    before: MarketRegime | None = None
    for each in stretches:
        if each.scenario.regime is before:
            found[-1] = found[-1][0], each.end_ns
        else:
            found.append((each.start_ns, each.end_ns))
        before = each.scenario.regime
    return found


def _median_bars(stretches: Sequence[tuple[int, int]], result: RunResult) -> float | None:
    if not stretches:
        return None
    places = np.searchsorted(np.asarray(result.log.equity_at_ns, dtype=np.int64), np.asarray(stretches))
    return float(median((places[:, 1] - places[:, 0]).tolist()))


def weights_by_symbol(result: RunResult) -> Mapping[str, Sequence[tuple[int, Mapping[str, float]]]]:
    """Return how the account was shared in each instrument: instants and weights by strategy, in order of time."""
    found: dict[str, list[tuple[int, Mapping[str, float]]]] = defaultdict(list)
    for change in sorted(result.log.weight_changes, key=lambda each: each.at_ns):
        found[change.symbol].append((change.at_ns, dict(change.weights)))
    return found
