"""Results by the calendar, UTC: returns and trade results of each month, trade results by weekday and hour."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from typing import TypeAlias

import numpy as np
from attrs import frozen

from application.results.contributions import net_of
from application.trading.records import RoundTrip
from domain.market import Float64Array, Int64Array
from domain.numbers import EXACT_SUMS, ZERO
from domain.time_units import to_datetime

Month: TypeAlias = tuple[int, int]
"""Year and month from 1 to 12."""

WeekHour: TypeAlias = tuple[int, int]
"""Weekday from 0 (Monday) to 6 and hour from 0 to 23."""


@frozen
class Cell:
    """Closed trades that belong to one field of a table.

    Attributes:
        n_trades: How many.
        net_pnl: What they came to, quote currency.
    """

    n_trades: int
    net_pnl: Decimal


def monthly_returns(at_ns: Int64Array, equity: Float64Array, *, start_equity: float) -> dict[Month, float]:
    """Return the return of each month between its first and its last point, fractions.

    Args:
        at_ns: Instants of the equity curve, ascending, shape (n_points,); midnight ends the day before.
        equity: Equity at those instants, same shape, quote currency.
        start_equity: Equity before the first point.
    """
    months = (at_ns - 1).astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    return {(1970 + key // 12, key % 12 + 1): change for key, change in _changes(months, equity, start_equity)}


def yearly_returns(at_ns: Int64Array, equity: Float64Array, *, start_equity: float) -> dict[int, float]:
    """Return the return of each year, as `monthly_returns` does: months compound to it."""
    years = (at_ns - 1).astype("datetime64[ns]").astype("datetime64[Y]").astype(np.int64)
    return {1970 + key: change for key, change in _changes(years, equity, start_equity)}


def _changes(periods: Int64Array, equity: Float64Array, start_equity: float) -> Iterable[tuple[int, float]]:
    """Yield each period with the return from the last point before it to its own last point."""
    ends = np.flatnonzero(np.diff(periods, append=periods[-1:] + 1))
    before = start_equity
    for row in ends.tolist():
        after = float(equity[row])
        # An account that began a period with nothing has nothing to return.
        yield int(periods[row]), after / before - 1.0 if before > 0 else 0.0
        before = after


def results_by_month(closed: Iterable[RoundTrip]) -> dict[Month, Cell]:
    """Return what closed trades came to, by the month of their last fill."""
    return _cells((_month(trade.exited_at_ns), trade) for trade in closed if trade.exited_at_ns is not None)


def results_by_week_hour(closed: Iterable[RoundTrip]) -> dict[WeekHour, Cell]:
    """Return what closed trades came to, by weekday and hour of their first fill."""
    return _cells((_week_hour(trade.entered_at_ns), trade) for trade in closed if trade.exited_at_ns is not None)


def _month(at_ns: int) -> Month:
    instant = to_datetime(at_ns)
    return instant.year, instant.month


def _week_hour(at_ns: int) -> WeekHour:
    instant = to_datetime(at_ns)
    return instant.weekday(), instant.hour


def _cells(keyed: Iterable[tuple[tuple[int, int], RoundTrip]]) -> dict[tuple[int, int], Cell]:
    found: dict[tuple[int, int], Cell] = {}
    with localcontext(EXACT_SUMS):
        for key, trade in keyed:
            before = found.get(key, Cell(0, ZERO))
            found[key] = Cell(before.n_trades + 1, before.net_pnl + net_of(trade))
    return dict(sorted(found.items()))


def years_of(*tables: Mapping[Month, object]) -> tuple[int, ...]:
    """Return the years that any of the tables by month knows, ascending."""
    return tuple(sorted({year for table in tables for year, _ in table}))
