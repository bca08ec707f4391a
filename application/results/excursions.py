"""How far each trade was in loss and in profit while it was held, and what it made of its initial risk.

What a bar leaves open does not count. Of the bars on which a trade was matched (the finest that cover each bar
of the history):

- A bar that closes after the entry and before the exit counts with its whole range. That of the entry is one of
  them where the entry was reported inside it: to the venue an order that arrives in a bar has come at its open.
- The bar in which a trade ends counts with its open alone, if the trade was held there: what else the bar
  reached may lie behind the exit. A stop, a target and a liquidation are reported at the close of the bar that
  reached them, so for them it is the bar that ends with the trade.
- The exit price counts, as the average that it is; so does the moment of the entry, at which nothing is won or lost.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from application.market_history import MarketHistory
from application.replay.timeline import matching_series
from application.trading.records import ExitReason, RoundTrip
from domain.market import Float64Array, Int64Array

_REPORTED_AT_THE_CLOSE: Final = frozenset(
    {
        ExitReason.STOP,
        ExitReason.TARGET,
        ExitReason.LIQUIDATION,
        # These can also be orders at the market, after which the bar counts with its open alone: rather too little.
        ExitReason.TRAILING_STOP,
        ExitReason.BREAKEVEN,
        ExitReason.TAKE_PROFIT,
    }
)
_NEVER_NS: Final = 2**63 - 1


@frozen(kw_only=True)
class Excursion:
    """How far one trade moved against and for its holder, measured from its average entry price.

    Attributes:
        adverse: Worst unrealized PnL per base unit, quote per base; 0 or negative (MAE).
        favorable: Best unrealized PnL per base unit, quote per base; 0 or positive (MFE).
        adverse_fraction: The worst as a fraction of the entry price: -0.02 is 2 % against it.
        favorable_fraction: The best as a fraction of the entry price.
        stop_distance: How far from the entry price the stop was that the trade began with, quote per base;
            None without one.
        r_multiple: Of the trade; None while open and without a stop.
    """

    adverse: float
    favorable: float
    adverse_fraction: float
    favorable_fraction: float
    stop_distance: float | None
    r_multiple: float | None


def measure_excursions(trades: Sequence[RoundTrip], history: MarketHistory) -> tuple[Excursion, ...]:
    """Return the excursion of each trade, in the order of the trades.

    Args:
        trades: Closed and open ones; open ones are held to the end of the history.
        history: The market that they were made on.
    """
    found: list[Excursion | None] = [None] * len(trades)
    for symbol in {trade.symbol for trade in trades}:
        places = [place for place, trade in enumerate(trades) if trade.symbol == symbol]
        own = [trades[place] for place in places]
        bars = _MatchedBars.of(history, symbol)
        for place, trade, worst, best in zip(places, own, *_worst_and_best(own, bars), strict=True):
            found[place] = _excursion(trade, worst, best)
    return tuple(each for each in found if each is not None)


def _excursion(trade: RoundTrip, worst: float, best: float) -> Excursion:
    entry_price, risk = float(trade.entry_price), trade.initial_risk
    return Excursion(
        adverse=worst,
        favorable=best,
        adverse_fraction=worst / entry_price,
        favorable_fraction=best / entry_price,
        stop_distance=None if risk is None else float(risk / trade.quantity),
        r_multiple=trade.r_multiple,
    )


# Prices


@frozen(eq=False)
class _MatchedBars:
    """The bars of one instrument on which orders were matched, by time; all columns of shape (n_bars,)."""

    opened_at_ns: Int64Array
    closed_at_ns: Int64Array
    open: Float64Array
    high: Float64Array = field(repr=False)
    low: Float64Array = field(repr=False)

    @classmethod
    def of(cls, history: MarketHistory, symbol: str) -> "_MatchedBars":
        parts = matching_series(history.bars[symbol], history.detail.get(symbol))
        opened = np.concatenate([part.opened_at_ns for part in parts])
        order = np.argsort(opened)
        closed = np.concatenate([part.closed_at_ns for part in parts])
        prices = (np.concatenate([getattr(part, name) for part in parts])[order] for name in ("open", "high", "low"))
        return cls(opened[order], closed[order], *prices)


def _worst_and_best(trades: Sequence[RoundTrip], bars: _MatchedBars) -> tuple[list[float], list[float]]:
    """Return worst and best unrealized PnL per base unit of each trade of one instrument."""
    lowest, highest = _extremes(trades, bars)
    entry_price = np.array([float(trade.entry_price) for trade in trades])
    is_long = np.array([trade.direction > 0 for trade in trades])
    worst = np.where(is_long, lowest - entry_price, entry_price - highest)
    best = np.where(is_long, highest - entry_price, entry_price - lowest)
    return worst.tolist(), best.tolist()


def _extremes(trades: Sequence[RoundTrip], bars: _MatchedBars) -> tuple[Float64Array, Float64Array]:
    """Return the lowest and highest price of each trade while it was held, its own two prices included."""
    entered = np.array([trade.entered_at_ns for trade in trades], dtype=np.int64)
    exited = np.array([_exit_ns(trade) for trade in trades], dtype=np.int64)
    # The first bar that goes on after the entry; behind the last one that was over before the exit.
    first = np.searchsorted(bars.closed_at_ns, entered, side="right")
    behind = np.searchsorted(bars.closed_at_ns, exited, side="left")
    behind += _ended_between_bars(trades, bars, behind, exited)
    prices = np.array([_own_prices(trade) for trade in trades])
    last_open = _last_open(bars, behind, entered, exited)
    low = np.fmin(np.fmin(prices.min(axis=1), last_open), _reduced(np.fmin, bars.low, first, behind))
    high = np.fmax(np.fmax(prices.max(axis=1), last_open), _reduced(np.fmax, bars.high, first, behind))
    return low, high


def _exit_ns(trade: RoundTrip) -> int:
    return _NEVER_NS if trade.exited_at_ns is None else trade.exited_at_ns


def _own_prices(trade: RoundTrip) -> tuple[float, float]:
    entry_price, exit_price = trade.entry_price, trade.exit_price
    if trade.exited_at_ns is None or exit_price is None:
        # What was closed of it so far lies within the bars that it was held for.
        return float(entry_price), float(entry_price)
    return float(entry_price), float(exit_price)


def _ended_between_bars(
    trades: Sequence[RoundTrip], bars: _MatchedBars, behind: Int64Array, exited: Int64Array
) -> Int64Array:
    """Return 1 where a bar ended just when its trade did and was held to its end, else 0."""
    at_market = np.array([trade.exit_reason not in _REPORTED_AT_THE_CLOSE for trade in trades])
    ends_with_it: NDArray[np.bool_] = np.append(bars.closed_at_ns, -1)[behind] == exited
    return (at_market & ends_with_it).astype(np.int64)


def _last_open(bars: _MatchedBars, place: Int64Array, entered: Int64Array, exited: Int64Array) -> Float64Array:
    """Return the open of the bar in which each trade ended, NaN where it was not held there."""
    opened, price = np.append(bars.opened_at_ns, _NEVER_NS)[place], np.append(bars.open, np.nan)[place]
    return np.where((entered <= opened) & (opened < exited), price, np.nan)


def _reduced(extreme: np.ufunc, values: Float64Array, first: Int64Array, behind: Int64Array) -> Float64Array:
    """Return the extreme of ``values[first:behind]`` for each pair, NaN where that is empty."""
    # Every second stretch lies between two trades and is thrown away; the NaN at the end stands behind the last bar.
    bounds = np.column_stack([first, behind]).ravel()
    extremes: Float64Array = extreme.reduceat(np.append(values, np.nan), bounds)[::2]
    return np.where(first < behind, extremes, np.nan)
