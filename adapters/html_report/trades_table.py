"""The trades of a run as columns for the page's table: exact text, from which everything can be added up again."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Final

from adapters.html_report.written import exact_text
from application.results.contributions import net_of
from application.results.excursions import Excursion
from application.results.result import RunResult
from application.trading.records import RoundTrip
from domain.numbers import EXACT_SUMS
from domain.time_units import NS_PER_MS, iso_utc

_DISPLAY_DIGITS: Final = 6

Column = Callable[[RoundTrip], str]

_TEXTS: Final[Mapping[str, Column]] = {
    "strategy": lambda trade: trade.strategy,
    "symbol": lambda trade: trade.symbol,
    "side": lambda trade: "long" if trade.direction > 0 else "short",
    "quantity": lambda trade: exact_text(trade.quantity),
    "entered_at": lambda trade: iso_utc(trade.entered_at_ns),
    "entry_price": lambda trade: exact_text(trade.entry_price),
    "exited_at": lambda trade: "" if trade.exited_at_ns is None else iso_utc(trade.exited_at_ns),
    "exit_price": lambda trade: "" if trade.exit_price is None else exact_text(trade.exit_price),
    "gross_pnl": lambda trade: exact_text(trade.gross_pnl),
    "fees": lambda trade: exact_text(trade.fees),
    "funding": lambda trade: exact_text(trade.funding),
    "slippage": lambda trade: exact_text(trade.slippage),
    "net_pnl": lambda trade: exact_text(net_of(trade)),
    "initial_risk": lambda trade: "" if trade.initial_risk is None else exact_text(trade.initial_risk),
    "r_multiple": lambda trade: _estimate(trade.r_multiple),
    "rungs_taken": lambda trade: str(trade.rungs_taken) if trade.rungs_taken else "",
    "exit_reason": lambda trade: "" if trade.exit_reason is None else trade.exit_reason.value,
}


def trade_columns(result: RunResult) -> dict[str, list[str]]:
    """Return the columns of all trades, closed ones first; every number in full as decimal text.

    ``adverse`` and ``favorable`` are the worst and the best moment of each trade as fractions of its entry
    price, empty where they were not measured; ``r_multiple`` is its net result in units of its initial risk, empty
    while open and without a stop; ``rungs_taken`` is empty where none was.
    """
    trades = result.trades
    columns = {name: [text(trade) for trade in trades] for name, text in _TEXTS.items()}
    return columns | _excursion_columns(result.excursions, len(trades))


def _excursion_columns(excursions: Sequence[Excursion], n_trades: int) -> dict[str, list[str]]:
    if len(excursions) != n_trades:
        return {name: [""] * n_trades for name in ("adverse", "favorable")}
    return {
        "adverse": [_estimate(each.adverse_fraction) for each in excursions],
        "favorable": [_estimate(each.favorable_fraction) for each in excursions],
    }


def _estimate(value: float | None) -> str:
    return "" if value is None else f"{value:.{_DISPLAY_DIGITS}f}"


def trade_instants(result: RunResult) -> dict[str, list[float | None]]:
    """Return entries and exits in milliseconds since 1970 UTC, for drawing and sorting."""
    trades = result.trades
    return {
        "entered": [trade.entered_at_ns / NS_PER_MS for trade in trades],
        "exited": [None if trade.exited_at_ns is None else trade.exited_at_ns / NS_PER_MS for trade in trades],
    }


def return_on_notional(trade: RoundTrip) -> float:
    """Return net PnL over the largest quantity at the entry price, a fraction."""
    notional = trade.quantity * trade.entry_price
    with localcontext(EXACT_SUMS):
        return float(net_of(trade) / notional) if notional > Decimal(0) else 0.0
