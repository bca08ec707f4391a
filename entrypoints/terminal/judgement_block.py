"""What strategies made and what their markets were taken to be, in a few lines for people."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from application.results.group_performance import (
    GroupPerformance,
    belonging_to_no_trade,
    performance_by_strategy,
)
from application.results.result import RunResult
from application.results.scenario_history import RegimeSummary, regime_summaries
from domain.regime import MarketRegime
from entrypoints.terminal.figures import NOTHING, gain, held, percent, ratio
from entrypoints.terminal.tables import Cell, heading, line, listing


def judgement_block(result: RunResult) -> Iterator[RenderableType]:
    """Yield the tables of strategies and of regimes; nothing of what there is none of."""
    groups = performance_by_strategy(result)
    if groups:
        yield Text()
        yield heading("Strategies")
        figures = ["won", "factor", "held", "mean R", "in market", "net"]
        rows = [*(_group(name, each) for name, each in groups.items()), _rest(result)]
        yield listing(["strategy"], figures, rows)
        yield line("Held and R are means; in market is the share of the run with a trade open.", "dim")
    summaries = regime_summaries(result)
    if summaries:
        yield Text()
        yield heading("Regimes, share of time")
        names = [*(regime.value for regime in MarketRegime), "volatile", "changes", "median"]
        yield listing(["instrument"], names, map(_summary, summaries))
        yield line("Median is the length in bars of regimes that ended.", "dim")


def _group(name: str, group: GroupPerformance) -> list[Cell]:
    win_rate, factor, held_ns = group.closed.win_rate, group.closed.profit_factor, group.mean_holding_ns
    return [
        name,
        percent(None if win_rate is None else float(win_rate)),
        ratio(None if factor is None else float(factor)),
        NOTHING if held_ns is None else held(held_ns),
        ratio(group.mean_r),
        percent(group.time_in_market),
        gain(group.sums.net_pnl),
    ]


def _rest(result: RunResult) -> list[Cell]:
    return ["unrealized, other", *[""] * 5, gain(belonging_to_no_trade(result))]


def _summary(summary: RegimeSummary) -> list[Cell]:
    return [
        summary.symbol,
        *(percent(summary.shares[regime]) for regime in MarketRegime),
        percent(summary.volatile_share),
        f"{summary.n_changes:,}",
        NOTHING if summary.median_bars is None else f"{summary.median_bars:,.0f}",
    ]
