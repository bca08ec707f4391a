"""What trades made, in groups: by strategy, by the market in which they were opened, and by both."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import TypeVar

from attrs import frozen

from application.results.contributions import Contribution
from application.results.result import RunResult
from application.results.scenario_history import ScenarioHistory, scenario_histories
from application.results.trade_statistics import TradeStatistics, trade_statistics
from application.trading.records import RoundTrip
from domain.allocation.scenario import NOTHING_KNOWN, SCENARIOS, Scenario
from domain.numbers import EXACT_SUMS, ZERO
from domain.regime import MarketRegime

_Key = TypeVar("_Key")


@frozen(kw_only=True)
class GroupPerformance:
    """What a group of trades made.

    Attributes:
        sums: Over all of them; open ones count with what they have realized.
        closed: Over those that have ended.
        mean_holding_ns: Mean time from first to last fill of those that have ended; None without any.
        mean_r: Mean result in multiples of the initial risk, over those that have ended and began with a stop; None
            without any.
        n_with_risk: How many these are.
        time_in_market: Share of the run's time in which at least one of the trades was open, 0 to 1; None for a run
            that took no time.
    """

    sums: Contribution
    closed: TradeStatistics
    mean_holding_ns: int | None
    mean_r: float | None
    n_with_risk: int
    time_in_market: float | None


def performance_by_strategy(result: RunResult) -> Mapping[str, GroupPerformance]:
    """Return what each strategy's trades made, by name in alphabetical order."""
    return dict(sorted(_grouped(result, lambda trade: trade.strategy).items()))


def performance_by_opening(result: RunResult) -> Mapping[Scenario, GroupPerformance]:
    """Return what trades made by the scenario in which they were decided upon; nothing where no market was judged."""
    openings = Openings.of(result)
    if openings is None:
        return {}
    found = _grouped(result, openings.scenario)
    return {scenario: found[scenario] for scenario in SCENARIOS if scenario in found}


def net_by_strategy_and_regime(result: RunResult) -> Mapping[str, Mapping[MarketRegime, Contribution]]:
    """Return sums of each strategy's trades by the regime in which they were decided upon."""
    openings = Openings.of(result)
    if openings is None:
        return {}
    found: dict[str, dict[MarketRegime, Contribution]] = defaultdict(dict)
    for trade in sorted(result.trades, key=lambda each: each.strategy):
        found[trade.strategy].setdefault(openings.scenario(trade).regime, Contribution()).add(trade)
    return found


def belonging_to_no_trade(result: RunResult) -> Decimal:
    """Return what the books made beside all trades, exact, quote currency.

    Unrealized on what is still held, liquidation fees and insurance, funding and fees of no trade, and what dividing
    fees leaves of a unit. With it, the sums of any grouping of all trades are the run's net result.
    """
    with localcontext(EXACT_SUMS):
        made = sum((trade.gross_pnl - trade.fees + trade.funding for trade in result.trades), ZERO)
        return result.identity.net_result - made


@frozen
class Openings:
    """Tells in which scenario a trade was decided upon.

    Attributes:
        histories: Scenarios of each instrument.
        decided_at_ns: When each strategy decided to enter in each instrument and direction, ascending.
    """

    histories: Mapping[str, ScenarioHistory]
    decided_at_ns: Mapping[tuple[str, str, int], Sequence[int]]

    @classmethod
    def of(cls, result: RunResult) -> "Openings | None":
        """Return those of a run, None where no market was judged."""
        histories = scenario_histories(result)
        if not histories:
            return None
        decided: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for each in result.log.decisions:
            decided[each.strategy, each.symbol, each.signal.direction].append(each.at_ns)
        return cls(histories, {key: sorted(instants) for key, instants in decided.items()})

    def scenario(self, trade: RoundTrip) -> Scenario:
        """Return what its strategy was told when it decided to enter.

        That is at its last decision for this direction before the first fill; at the first fill itself where there was
        none, because a trade came about that nobody had decided upon.
        """
        instants = self.decided_at_ns.get((trade.strategy, trade.symbol, trade.direction), ())
        place = bisect_right(instants, trade.entered_at_ns)
        decided_at_ns = instants[place - 1] if place else trade.entered_at_ns
        history = self.histories.get(trade.symbol)
        return NOTHING_KNOWN if history is None else history.at(decided_at_ns)


def _grouped(result: RunResult, key: Callable[[RoundTrip], _Key]) -> Mapping[_Key, GroupPerformance]:
    groups: dict[_Key, list[RoundTrip]] = defaultdict(list)
    for trade in result.trades:
        groups[key(trade)].append(trade)
    return {name: _performance(trades, result.start_ns, result.end_ns) for name, trades in groups.items()}


def _performance(trades: Sequence[RoundTrip], start_ns: int, end_ns: int) -> GroupPerformance:
    sums = Contribution()
    for trade in trades:
        sums.add(trade)
    held = [(trade.exited_at_ns - trade.entered_at_ns) for trade in trades if trade.exited_at_ns is not None]
    multiples = [trade.r_multiple for trade in trades if trade.r_multiple is not None]
    whole_ns = end_ns - start_ns
    return GroupPerformance(
        sums=sums,
        closed=trade_statistics([trade for trade in trades if trade.exited_at_ns is not None]),
        mean_holding_ns=round(sum(held) / len(held)) if held else None,
        mean_r=sum(multiples) / len(multiples) if multiples else None,
        n_with_risk=len(multiples),
        time_in_market=_covered_ns(trades, start_ns, end_ns) / whole_ns if whole_ns > 0 else None,
    )


def _covered_ns(trades: Iterable[RoundTrip], start_ns: int, end_ns: int) -> int:
    """Return how long at least one of the trades was open within a stretch of time."""
    covered_ns, until_ns = 0, start_ns
    for trade in sorted(trades, key=lambda each: each.entered_at_ns):
        left_ns = end_ns if trade.exited_at_ns is None else min(trade.exited_at_ns, end_ns)
        from_ns = max(trade.entered_at_ns, until_ns)
        if left_ns > from_ns:
            covered_ns += left_ns - from_ns
            until_ns = left_ns
    return covered_ns
