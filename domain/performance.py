"""How an equity curve did: return, risk, drawdown. A year has 365 days; crypto never closes."""

from math import expm1, log1p, nan, sqrt
from typing import Final

import numpy as np
from attrs import frozen

from domain.drawdown import running_high
from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_DAY, NS_PER_YEAR

DAYS_PER_YEAR: Final = 365
_LARGEST_EXPONENT: Final = 700.0
_ROUNDING: Final = 1e-12


@frozen
class Drawdown:
    """The deepest fall of an equity curve from a high.

    Attributes:
        depth: As a fraction of the high; 0.12 means 12 percent.
        peak_at_ns: When the high was.
        trough_at_ns: When the low after it was.
        recovered_at_ns: When the high was reached again, None if it was not.
        longest_ns: Longest time spent below a former high, over the whole curve.
    """

    depth: float
    peak_at_ns: int
    trough_at_ns: int
    recovered_at_ns: int | None
    longest_ns: int


@frozen
class Performance:
    """Return and risk of an equity curve; a figure is NaN where there is too little to work it out.

    Attributes:
        total_return: End over start minus one.
        annual_return: Compounded per year of 365 days.
        annual_volatility: Standard deviation of daily returns × √365.
        sharpe_ratio: Mean over standard deviation of daily returns × √365, against a rate of zero.
        sortino_ratio: The same against the root mean square of negative daily returns.
        calmar_ratio: Annual return over the deepest drawdown.
        max_drawdown: The deepest fall.
    """

    total_return: float
    annual_return: float
    annual_volatility: float
    sharpe_ratio: float
    sortino_ratio: float
    calmar_ratio: float
    max_drawdown: Drawdown


def measure_performance(
    at_ns: Int64Array, equity: Float64Array, *, start_equity: float, started_at_ns: int | None = None
) -> Performance:
    """Work out the figures of an equity curve.

    Args:
        at_ns: Instants, ascending, shape (n_points,).
        equity: Equity at those instants, shape (n_points,), quote currency.
        start_equity: Equity before the first point, positive.
        started_at_ns: When the start equity was there; None for the first point.

    Raises:
        ValueError: There are no points, or the start is not positive.
    """
    if at_ns.size == 0 or start_equity <= 0:
        raise ValueError(f"need points and a positive start equity, got {at_ns.size} and {start_equity}")
    returns = daily_returns(at_ns, equity, start_equity=start_equity)
    total_return = float(equity[-1]) / start_equity - 1.0
    started = int(at_ns[0]) if started_at_ns is None else started_at_ns
    annual_return = _annualize(total_return, int(at_ns[-1]) - started)
    drawdown = deepest_drawdown(at_ns, equity, start_equity=start_equity)
    deviation = float(returns.std(ddof=1)) if returns.size > 1 else nan
    downside = float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2))) if returns.size > 1 else nan
    mean = float(returns.mean()) if returns.size else nan
    return Performance(
        total_return=total_return,
        annual_return=annual_return,
        annual_volatility=deviation * sqrt(DAYS_PER_YEAR),
        sharpe_ratio=_ratio(mean, deviation) * sqrt(DAYS_PER_YEAR),
        sortino_ratio=_ratio(mean, downside) * sqrt(DAYS_PER_YEAR),
        calmar_ratio=_ratio(annual_return, drawdown.depth),
        max_drawdown=drawdown,
    )


def daily_returns(at_ns: Int64Array, equity: Float64Array, *, start_equity: float) -> Float64Array:
    """Return the returns between the last points of successive UTC days, shape (n_days,).

    Days without a point carry the equity of the day before and return zero. A day that began with no
    equity left returns zero.
    """
    # A point exactly at midnight is the close of the day before.
    days = (at_ns - 1) // NS_PER_DAY
    all_days = np.arange(days[0], days[-1] + 1)
    last = np.searchsorted(days, all_days, side="right") - 1
    closes = np.concatenate([[start_equity], equity[last]])
    before = closes[:-1]
    returns: Float64Array = np.divide(np.diff(closes), before, out=np.zeros(all_days.size), where=before > 0)
    return returns


def deepest_drawdown(at_ns: Int64Array, equity: Float64Array, *, start_equity: float) -> Drawdown:
    """Return the deepest fall from a high, the start counting as the first high."""
    highs = running_high(equity, start_equity=start_equity)
    falls = 1.0 - equity / highs
    trough = int(np.argmax(falls))
    reached = np.flatnonzero(equity[: trough + 1] >= highs[trough])
    peak = int(reached[-1]) if reached.size else 0
    after = np.flatnonzero(equity[trough:] >= highs[trough])
    recovered = int(at_ns[trough + int(after[0])]) if after.size and falls[trough] > 0 else None
    return Drawdown(
        depth=float(falls[trough]),
        peak_at_ns=int(at_ns[peak]),
        trough_at_ns=int(at_ns[trough]),
        recovered_at_ns=recovered,
        longest_ns=_longest_below(at_ns, falls),
    )


def _longest_below(at_ns: Int64Array, falls: Float64Array) -> int:
    """Return the longest time from leaving a high to reaching one again, or to the end of the curve."""
    n_points = falls.size
    highs = np.flatnonzero(falls <= 0.0)
    edges = np.concatenate([[-1], highs, [n_points]])
    # Two neighbouring highs have nothing below a high between them.
    left = np.flatnonzero(np.diff(edges) > 1)
    begins = at_ns[np.maximum(edges[left], 0)]
    ends = at_ns[np.minimum(edges[left + 1], n_points - 1)]
    return int((ends - begins).max(initial=0))


def _annualize(total_return: float, elapsed_ns: int) -> float:
    """Compound a return to one year; NaN below a day, and where the result is beyond all numbers."""
    if elapsed_ns < NS_PER_DAY:
        return nan
    if total_return <= -1.0:
        return -1.0
    growth = log1p(total_return) * (NS_PER_YEAR / elapsed_ns)
    return expm1(growth) if growth < _LARGEST_EXPONENT else nan


def _ratio(numerator: float, denominator: float) -> float:
    """Divide, NaN where the denominator is nothing but rounding."""
    return numerator / denominator if denominator > _ROUNDING * abs(numerator) else nan
