"""What the charts of a run are drawn from: columns of numbers, as few as keep every extreme."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Final

import numpy as np

from adapters.html_report.histogram import Histogram, histogram
from adapters.html_report.packing import pack_instants, pack_numbers
from adapters.html_report.reduction import bars_to_draw, rows_with_extremes
from adapters.html_report.trades_table import return_on_notional
from application.results.holding import hold_equally
from application.results.result import RunResult
from application.results.run_record import RunRecord
from application.results.stop_levels import StopLevel, stop_levels
from application.venue_messages import PositionLiquidated
from domain.market import BarSeries, Int64Array
from domain.numbers import EXACT_SUMS
from domain.performance import daily_returns
from domain.time_units import NS_PER_MS

N_POINTS_MAX: Final = 50_000
"""Points of a curve, and bars of an instrument, that a page holds at most: five years of hours are drawn whole."""

Drawing = dict[str, object]


def drawings(record: RunRecord) -> Drawing:
    """Return everything that the page draws, as plain data."""
    result = record.result
    return {
        "curve": _curve(record),
        "prices": {symbol: _prices(series) for symbol, series in sorted(record.prices.items()) if len(series)},
        "stops": _stops_by_symbol(result),
        "liquidations": _liquidations_by_symbol(result.log.liquidations),
        "waterfall": _waterfall(result),
        "daily": _classes(_daily(result)),
        "results": _classes(_trade_returns(result)),
        "multiples": _classes(_multiples(result)),
    }


def _curve(record: RunRecord) -> Drawing:
    log = record.result.log
    at_ns, equity = np.asarray(log.equity_at_ns, dtype=np.int64), np.asarray(log.equity, dtype=np.float64)
    if not equity.size:
        return {"n": 0, "of": 0}
    exposure = np.asarray(log.exposure, dtype=np.float64)
    kept = rows_with_extremes([equity, exposure], N_POINTS_MAX)
    start = float(record.result.identity.start_equity)
    drawn: Drawing = {
        "n": len(kept),
        "of": len(equity),
        "start": start,
        "at": pack_instants(at_ns[kept]),
        "equity": pack_numbers(equity[kept], "f8"),
        "exposure": pack_numbers(exposure[kept]),
    }
    return drawn | _holding(record, at_ns[kept], start)


def _holding(record: RunRecord, at_ns: Int64Array, start: float) -> Drawing:
    if not record.prices:
        return {}
    return {"holding": pack_numbers(hold_equally(record.prices, at_ns) * start)}


def _prices(series: BarSeries) -> Drawing:
    drawn = bars_to_draw(series, N_POINTS_MAX)
    return {
        "interval": series.interval_ns * drawn.n_joined / NS_PER_MS,
        "joined": drawn.n_joined,
        "at": pack_instants(drawn.closed_at_ns),
        "open": pack_numbers(drawn.open),
        "high": pack_numbers(drawn.high),
        "low": pack_numbers(drawn.low),
        "close": pack_numbers(drawn.close),
    }


def _stops_by_symbol(result: RunResult) -> Drawing:
    levels = stop_levels(result.log.orders, result.trades, until_ns=result.end_ns)
    return {symbol: _levels(each for each in levels if each.symbol == symbol) for symbol in result.symbols}


def _levels(levels: Iterable[StopLevel]) -> Drawing:
    found = list(levels)
    return {
        "from": [each.start_ns / NS_PER_MS for each in found],
        "until": [each.end_ns / NS_PER_MS for each in found],
        "price": [each.price for each in found],
    }


def _liquidations_by_symbol(reports: Sequence[PositionLiquidated]) -> Drawing:
    symbols = {report.fill.symbol for report in reports}
    return {
        symbol: {
            "at": [report.fill.executed_at_ns / NS_PER_MS for report in reports if report.fill.symbol == symbol],
            "price": [float(report.fill.price) for report in reports if report.fill.symbol == symbol],
        }
        for symbol in sorted(symbols)
    }


def pnl_parts(result: RunResult) -> Mapping[str, Decimal]:
    """Return what the net result consists of, exact, quote currency; the parts add up to it.

    What prices gave is counted at the reference prices, so that slippage is a part of its own.
    """
    books, slippage = result.identity, result.trade_figures.slippage
    with localcontext(EXACT_SUMS):
        return {
            "prices": books.trading_pnl + slippage,
            "slippage": -slippage,
            "fees": -books.fees,
            "funding": books.funding,
            "liquidation": books.liquidation,
        }


def _waterfall(result: RunResult) -> Drawing:
    return {name: float(part) for name, part in pnl_parts(result).items()}


def _daily(result: RunResult) -> Histogram | None:
    log = result.log
    if not log.equity:
        return None
    at_ns, equity = np.asarray(log.equity_at_ns, dtype=np.int64), np.asarray(log.equity, dtype=np.float64)
    return histogram(daily_returns(at_ns, equity, start_equity=float(result.identity.start_equity)))


def _trade_returns(result: RunResult) -> Histogram | None:
    return histogram(np.asarray([return_on_notional(trade) for trade in result.log.trades], dtype=np.float64))


def _classes(found: Histogram | None) -> Drawing | None:
    return None if found is None else {"width": found.width, "first": found.first, "counts": list(found.counts)}


def _multiples(result: RunResult) -> Histogram | None:
    """Divide the closed trades that began with a stop by what they made of their initial risk."""
    found = [trade.r_multiple for trade in result.log.trades if trade.r_multiple is not None]
    return histogram(np.asarray(found, dtype=np.float64))
