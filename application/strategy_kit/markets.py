"""Markets on which strategies are tried: ordinary ones, and what a market does that nobody has written a strategy for.

All are hourly bars of one perpetual with funding every eighth hour, the same in every process.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from math import exp, sin
from typing import Final

import numpy as np
from attrs import frozen

from application.market_history import MarketHistory
from application.strategy_kit.noise import Noise
from domain.market import BarSeries, Float64Array, FundingEvent
from domain.time_units import NS_PER_HOUR

SYMBOL: Final = "BTCUSDT"
START_NS: Final = 1_704_067_200_000_000_000
"""2024-01-01T00:00:00Z."""

_FIRST_PRICE: Final = 40_000.0
_MIRROR: Final = 0.6 * _FIRST_PRICE**2
"""Over a price it gives the same price upside down, and lower on the whole."""
_VOLUME: Final = 1_000.0
_SETTLED_EVERY_H: Final = 8
_STRETCH_BARS: Final = 90
"""How long a market drifts, swings or pays funding one way."""
_JUMP_EVERY_BARS: Final = 40
_JUMP: Final = 0.3
_PAUSE_H: Final = 72
_MISSING_SHARE: Final = 0.15
_SUSPENDED_H: Final = 120


@frozen
class KitMarket:
    """A market with a name.

    Attributes:
        name: In results.
        history: What it shows.
    """

    name: str
    history: MarketHistory

    @property
    def bars(self) -> BarSeries:
        """Its bars."""
        return self.history.bars[SYMBOL]


def ordinary_markets(n_bars: int) -> tuple[KitMarket, ...]:
    """Return markets in which nothing is amiss: one that trends, one that swings, one that does both by turns."""
    kinds = (("trends", _trends), ("swings", _swings), ("trends and swings", _both))
    return tuple(
        _market(name, _path(move, seed, n_bars), [1] * n_bars, seed) for seed, (name, move) in enumerate(kinds, 1)
    )


def flat_markets() -> tuple[KitMarket, ...]:
    """Return markets at a constant price without volume: from the start, and after a past in which it moved."""
    still = [_FIRST_PRICE] * 240
    moved = _path(_both, 4, 400)
    return (
        _still("flat", still, n_moved=0),
        _still("flat after a past", [*moved, *[moved[-1]] * 240], n_moved=len(moved)),
    )


def n_moved(market: KitMarket) -> int:
    """Return how many bars of a market move before the first without volume."""
    silent = np.flatnonzero(market.bars.volume == 0.0)
    return int(silent[0]) if silent.size else len(market.bars)


def gap_markets() -> tuple[KitMarket, ...]:
    """Return markets whose price jumps by 30 %, and which pause for three days between two bars."""
    n_bars, noise = 600, Noise(5)
    closes, level = [], 1.0
    for row, close in enumerate(_path(_both, 5, n_bars)):
        if row and row % _JUMP_EVERY_BARS == 0:
            # The higher it stands the likelier it falls, so that the price neither vanishes nor explodes.
            level *= 1.0 + _JUMP if 2.0 * noise.share() >= level else 1.0 - _JUMP
        closes.append(close * level)
    pauses = [_PAUSE_H if row and row % 97 == 0 else 1 for row in range(n_bars)]
    return (
        _market("jumps", closes, [1] * n_bars, 5, opens_at_close=False),
        _market("jumps and pauses", closes, pauses, 6, opens_at_close=False),
    )


def missing_bar_markets() -> tuple[KitMarket, ...]:
    """Return markets of which bars are missing here and there, and for five days in the middle."""
    noise, closes = Noise(7), _path(_both, 7, 700)
    kept = [row for row in range(len(closes)) if noise.share() >= _MISSING_SHARE]
    steps = [1, *(after - before for before, after in pairwise(kept))]
    suspended = [_SUSPENDED_H if row == len(closes) // 2 else 1 for row in range(len(closes))]
    return (
        _market("bars left out", [closes[row] for row in kept], steps, 7),
        _market("suspended", closes, suspended, 8),
    )


def with_other_future(market: KitMarket, n_bars: int) -> KitMarket:
    """Return the same market up to so many bars, and another one after them: lower, upside down, funded otherwise."""
    bars, known_ns = market.bars, int(market.bars.closed_at_ns[n_bars - 1])

    def turned(column: Float64Array, reflected: Float64Array) -> Float64Array:
        return np.append(column[:n_bars], _MIRROR / reflected[n_bars:])

    series = BarSeries(
        SYMBOL,
        bars.interval_ns,
        bars.opened_at_ns,
        turned(bars.open, bars.open),
        turned(bars.high, bars.low),
        turned(bars.low, bars.high),
        turned(bars.close, bars.close),
        np.append(bars.volume[:n_bars], bars.volume[n_bars:] * 3.0),
    )
    funding = tuple(
        event if event.settled_at_ns <= known_ns else FundingEvent(SYMBOL, event.settled_at_ns, -event.rate)
        for event in market.history.funding[SYMBOL]
    )
    return KitMarket(market.name, MarketHistory(bars={SYMBOL: series}, funding={SYMBOL: funding}, is_synthetic=True))


Move = Callable[[int, float, Noise], float]
"""Return by which the price moves in a bar: of its number, the price over the first one, and noise."""


def _trends(row: int, _: float, noise: Noise) -> float:
    return (0.002 if row // _STRETCH_BARS % 2 == 0 else -0.002) + noise.around(0.006)


def _swings(row: int, level: float, noise: Noise) -> float:
    target = 0.06 * sin(row / 9.0) + 0.02 * sin(row / 37.0)
    return 0.3 * (exp(target) / level - 1.0) + noise.around(0.006)


def _both(row: int, level: float, noise: Noise) -> float:
    return (_trends if row // (2 * _STRETCH_BARS) % 2 else _swings)(row, level, noise)


def _path(move: Move, seed: int, n_bars: int) -> list[float]:
    noise, level, closes = Noise(seed), 1.0, []
    for row in range(n_bars):
        level *= exp(move(row, level, noise))
        closes.append(_FIRST_PRICE * level)
    return closes


def _market(
    name: str, closes: Sequence[float], steps_h: Sequence[int], seed: int, *, opens_at_close: bool = True
) -> KitMarket:
    """Return a market with these closes.

    Args:
        name: Of the market.
        closes: One per bar.
        steps_h: Hours from the open of the bar before to that of each bar; the first says nothing.
        seed: Of ranges, volumes and rates.
        opens_at_close: Whether a bar opens where the one before closed; otherwise near its own close.
    """
    noise = Noise(seed + 1_000)
    opened_h = np.cumsum([0, *steps_h[1:]])
    opens = [closes[0], *closes[:-1]]
    if not opens_at_close:
        opens = [close * (1.0 + noise.around(0.002)) for close in closes]
    reach = [close * 0.003 * (0.5 + noise.share()) for close in closes]
    bars = BarSeries(
        SYMBOL,
        NS_PER_HOUR,
        START_NS + opened_h * NS_PER_HOUR,
        opens,
        [max(pair) + beyond for *pair, beyond in zip(opens, closes, reach, strict=True)],
        [min(pair) - beyond for *pair, beyond in zip(opens, closes, reach, strict=True)],
        closes,
        [_VOLUME * (0.5 + 2.0 * noise.share()) for _ in closes],
    )
    return _with_funding(name, bars, noise)


def _with_funding(name: str, bars: BarSeries, noise: Noise) -> KitMarket:
    n_hours = int((bars.closed_at_ns[-1] - START_NS) // NS_PER_HOUR)
    events = []
    for hour in range(_SETTLED_EVERY_H, n_hours + 1, _SETTLED_EVERY_H):
        # For a while longs pay as much as they ever have, then shorts, then nobody.
        side = (1, 0, -1, 0)[hour // (2 * _STRETCH_BARS) % 4]
        rate = round(side * (0.0008 + 0.0004 * noise.share()) + 0.0001, 6)
        events.append(FundingEvent(SYMBOL, START_NS + hour * NS_PER_HOUR, Decimal(repr(rate))))
    history = MarketHistory(bars={SYMBOL: bars}, funding={SYMBOL: tuple(events)}, is_synthetic=True)
    return KitMarket(name, history)


def _still(name: str, closes: Sequence[float], *, n_moved: int) -> KitMarket:
    """Return a market in which nothing has moved since so many bars, and no funding is paid."""
    moved = _market(name, closes, [1] * len(closes), 9).bars
    is_still = np.arange(len(closes)) > n_moved if n_moved else np.full(len(closes), fill_value=True)
    close = np.asarray(closes)
    bars = BarSeries(
        SYMBOL,
        NS_PER_HOUR,
        moved.opened_at_ns,
        np.where(is_still, close, moved.open),
        np.where(is_still, close, moved.high),
        np.where(is_still, close, moved.low),
        close,
        np.where(is_still, 0.0, moved.volume),
    )
    return KitMarket(name, MarketHistory(bars={SYMBOL: bars}, funding={SYMBOL: ()}, is_synthetic=True))
