"""What risk control did in a run, in a few lines for people."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from application.results.recovery_wording import recoveries_in_words
from application.results.result import RunResult
from application.results.risk_summary import RiskSummary, risk_summary
from application.results.standstill import standstill, standstill_text
from application.results.var_judgement import VarJudgement, coverage_in_words, independence_in_words, is_rejected
from application.results.wording import counted
from application.trading.records import ClearanceRecord
from application.trading.risk_use import RiskUse
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.trading_state import Hold, TradingState
from domain.risk.var_backtest import LikelihoodRatio
from entrypoints.terminal.figures import NOTHING, days, moment
from entrypoints.terminal.tables import Cell, heading, listing

_SHOWN_MAX: Final = 6
_WARNED: Final = frozenset({DrawdownLevel.SEVERE, DrawdownLevel.LIMIT})


def risk_block(result: RunResult) -> Iterator[RenderableType]:
    """Yield the block on risk control."""
    yield Text()
    yield heading("Risk")
    yield listing(
        ["what", "in this run"],
        [],
        _rows(risk_summary(result), result.risk_use, standstill(result), result.log.clearances),
    )


def _rows(
    summary: RiskSummary, use: RiskUse | None, stopped: tuple[Hold, ...], cleared: Sequence[ClearanceRecord]
) -> Iterator[list[Cell]]:
    refused = ((group.reason, group.count) for group in summary.refusals)
    yield ["orders refused", _listed(counted(summary.n_refused, "order"), refused)]
    n_entries = sum(binding.count for binding in summary.bindings)
    bound = ((binding.constraint, binding.count) for binding in summary.bindings)
    yield ["sizes bound by", _listed("1 entry" if n_entries == 1 else f"{n_entries:,} entries", bound)]
    yield ["drawdown ladder", _ladder(summary)]
    recovered = None if use is None else recoveries_in_words(use)
    if recovered is not None:
        yield ["recoveries", recovered]
    yield ["trading at the end", _state(summary)]
    if stopped:
        yield ["stopped for good", Text(standstill_text(stopped), "bold red")]
    if summary.n_breaches:
        broken = ((rule.value, count) for rule, count in summary.n_breaches.items())
        yield ["loss limits broken", _listed("", broken)]
    yield ["losses beyond VaR", _forecasts(summary.forecasts)]
    yield from _tests(summary.forecasts)
    if cleared:
        yield ["cleared by a person", _cleared(cleared)]
    if use is not None and any(each.var_part is not None for each in use.instruments):
        yield ["VaR at the end", _var_parts(use)]


def _listed(total: str, counts: Iterable[tuple[str, int]]) -> str:
    parts = [f"{name} {count:,}" for name, count in counts]
    more = len(parts) - _SHOWN_MAX
    shown = ", ".join(parts[:_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
    return ": ".join(part for part in (total, shown) if part)


def _cleared(cleared: Sequence[ClearanceRecord]) -> str:
    last = cleared[-1]
    of_whom = "" if last.strategy is None else f" of {last.strategy}"
    said = f"{last.ended.replace('_', ' ')}{of_whom} at {moment(last.at_ns)} by {last.person}: {last.reason}"
    return said if len(cleared) == 1 else f"{len(cleared):,} times, the last one: {said}"


def _ladder(summary: RiskSummary) -> Cell:
    said = f"deepest level {summary.deepest_level.value}, at the end {summary.last_level.value}"
    return Text(said, "red" if summary.deepest_level in _WARNED else "")


def _state(summary: RiskSummary) -> Cell:
    held_back = summary.held_back_ns
    for_how_long = f", nothing could be opened for {days(held_back)}" if held_back else ""
    is_active = summary.last_state is TradingState.ACTIVE
    return Text(f"{summary.last_state.value}{for_how_long}", "" if is_active else "bold red")


def _forecasts(judged: VarJudgement) -> str:
    if judged.n_days == 0:
        return "no day had a forecast"
    expected = "" if judged.tested is None else f", {judged.tested.expected_hits:.1f} expected"
    return f"{judged.n_hits:,} of {counted(judged.n_days, 'day')}{expected}"


def _tests(judged: VarJudgement) -> Iterator[list[Cell]]:
    """Yield what the tests say of the forecasts, one line each; nothing where there is nothing to test."""
    if judged.tested is None:
        return
    coverage, independence = judged.tested.coverage, judged.tested.independence
    yield ["Kupiec", _verdict(coverage, coverage_in_words)]
    if independence is None:
        yield ["Christoffersen", "nothing can be said of clusters: no day followed one beyond the forecast"]
    else:
        yield ["Christoffersen", _verdict(independence, independence_in_words)]


def _verdict(test: LikelihoodRatio, in_words: Callable[[LikelihoodRatio], str]) -> Cell:
    return Text(in_words(test), "red" if is_rejected(test) else "")


def _var_parts(use: RiskUse) -> str:
    parts = [(each.symbol, each.var_part) for each in use.instruments if each.var_part is not None]
    listed = ", ".join(f"{symbol} {_percent(part)}" for symbol, part in parts)
    return f"{_percent(use.var_daily)} of equity a day, of it {listed}"


def _percent(fraction: float | None) -> str:
    """Return a small fraction as percent with two decimals."""
    return NOTHING if fraction is None else f"{fraction:,.2%}"
