"""Turns what is known of strategies and markets into its parts of the document."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from adapters.run_documents.judgement_part import (
    GroupPart,
    MadePart,
    RegimeChangePart,
    RegimesPart,
    RegimeSummaryPart,
    WeightChangePart,
)
from adapters.run_documents.plain_numbers import finite, plain
from application.results.group_performance import GroupPerformance, performance_by_opening
from application.results.result import RunResult
from application.results.scenario_history import RegimeSummary, regime_summaries
from application.results.scenario_results import ScenarioResult, scenario_results
from application.results.signal_log import signal_log
from application.trading.records import RegimeChange, WeightChange
from domain.market import BarSeries
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, iso_utc


def regimes_part(result: RunResult, prices: Mapping[str, BarSeries]) -> RegimesPart | None:
    """Return what markets were taken to be and what was made of it, None where none was judged."""
    if not result.log.regime_changes:
        return None
    made = scenario_results(result, prices)
    opened = performance_by_opening(result)
    return RegimesPart(
        summaries=tuple(map(_summary, regime_summaries(result))),
        changes=tuple(map(_change, result.log.regime_changes)),
        opened_in={scenario.code: group_part(each) for scenario, each in opened.items()},
        made_in=None if made is None else {key.code: _made(each) for key, each in made.by_scenario.items()},
        made_elsewhere=None if made is None else plain(made.rest),
    )


def group_part(group: GroupPerformance) -> GroupPart:
    """Return what a group of trades made."""
    sums, closed = group.sums, group.closed
    holding_ns = group.mean_holding_ns
    return GroupPart(
        trades=sums.n_trades,
        closed=closed.n_trades,
        gross=plain(sums.price_pnl),
        fees=plain(sums.fees),
        funding=plain(sums.funding),
        net=plain(sums.net_pnl),
        win_rate=None if closed.win_rate is None else finite(float(closed.win_rate)),
        profit_factor=None if closed.profit_factor is None else finite(float(closed.profit_factor)),
        mean_holding_hours=None if holding_ns is None else holding_ns / NS_PER_HOUR,
        mean_r=finite(group.mean_r),
        with_risk=group.n_with_risk,
        time_in_market=finite(group.time_in_market),
    )


def weight_parts(changes: Iterable[WeightChange]) -> Iterator[WeightChangePart]:
    """Yield how the account was shared, change by change."""
    for each in changes:
        yield WeightChangePart(at=iso_utc(each.at_ns), symbol=each.symbol, weights=dict(each.weights))


def signal_counts(result: RunResult) -> dict[str, dict[str, int]]:
    """Return how many signals of each strategy came to what, by their names."""
    counts: dict[str, Counter[str]] = {}
    for each in signal_log(result):
        counts.setdefault(each.strategy, Counter())[each.outcome.value] += 1
    return {name: dict(sorted(found.items())) for name, found in sorted(counts.items())}


def _summary(summary: RegimeSummary) -> RegimeSummaryPart:
    return RegimeSummaryPart(
        symbol=summary.symbol,
        shares={regime.value: share for regime, share in summary.shares.items()},
        volatile_share=summary.volatile_share,
        changes=summary.n_changes,
        median_bars=summary.median_bars,
    )


def _change(change: RegimeChange) -> RegimeChangePart:
    return RegimeChangePart(
        at=iso_utc(change.at_ns),
        symbol=change.symbol,
        regime=change.regime,
        volatility_state=change.volatility_state,
        confidence=change.confidence,
        volatility=finite(change.volatility),
        reason=change.reason,
    )


def _made(made: ScenarioResult) -> MadePart:
    return MadePart(
        gross=plain(made.price_pnl),
        fees=plain(made.fees),
        funding=plain(made.funding),
        liquidation=plain(made.liquidation),
        net=plain(made.net),
        days=made.length_ns / NS_PER_DAY,
        time_in_market=finite(made.time_in_market),
    )
