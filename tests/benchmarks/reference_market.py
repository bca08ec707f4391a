"""The market of the reference benchmark: one year of minutes on a quarter tick, with funding and marks."""

from decimal import Decimal
from typing import Final

import numpy as np

from application.market_history import MarketHistory
from domain.market import BarSeries, Float64Array, FundingEvent
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE

SYMBOL: Final = "BTCUSDT"
YEAR_OF_MINUTES: Final = 525_600
_TICK: Final = 0.25
_FUNDING_NS: Final = 8 * NS_PER_HOUR


def reference_market(n_bars: int, *, seed: int = 20240808, with_marks: bool = True) -> MarketHistory:
    """Return a mean-reverting random walk around 2,000 whose 10/50 averages cross every 37 bars or so.

    Prices lie on a quarter tick, so sums of closes are exact in binary floating point.

    Args:
        n_bars: Number of one-minute bars.
        seed: Of the walk.
        with_marks: Whether the mark price has bars of its own, half a tick beside the last price.
    """
    rng = np.random.default_rng(seed)
    close = _on_tick(2000.0 * np.exp(_mean_reverting(rng.standard_t(5, n_bars) * 0.00046)))
    opens = np.concatenate([[2000.0], close[:-1]]) + rng.integers(-2, 3, n_bars) * _TICK
    high = np.maximum(opens, close) + rng.integers(0, 8, n_bars) * _TICK
    low = np.minimum(opens, close) - rng.integers(0, 8, n_bars) * _TICK
    volume = np.round(rng.lognormal(3.0, 1.0, n_bars), 3) + 5.0
    opened = np.arange(n_bars, dtype=np.int64) * NS_PER_MINUTE
    bars = BarSeries(SYMBOL, NS_PER_MINUTE, opened, opens, high, low, close, volume)
    marks = BarSeries(SYMBOL, NS_PER_MINUTE, opened, opens + 0.125, high + 0.125, low + 0.125, close + 0.125, volume)
    times = range(_FUNDING_NS, int(opened[-1]), _FUNDING_NS)
    funding = tuple(FundingEvent(SYMBOL, at, Decimal("0.0001")) for at in times)
    return MarketHistory(
        bars={SYMBOL: bars},
        marks={SYMBOL: marks} if with_marks else {},
        funding={SYMBOL: funding},
        is_synthetic=True,
    )


def _mean_reverting(shocks: Float64Array) -> Float64Array:
    level, out = 0.0, np.empty_like(shocks)
    for row, shock in enumerate(shocks.tolist()):
        level = level * (1 - 2e-6) + shock
        out[row] = level
    return out


def _on_tick(prices: Float64Array) -> Float64Array:
    return np.round(prices / _TICK) * _TICK
