"""Where the price goes between two closes: a bridge of small steps, of which bars keep the extremes."""

from typing import Final

import numpy as np
from attrs import frozen

from adapters.synthetic.returns import Returns
from adapters.synthetic.streams import Purpose, stream
from domain.market import Float64Array, Int64Array

_BARS_PER_CHUNK: Final = 32_768


@frozen(eq=False)
class LogPaths:
    """Log prices relative to the first bar's reference price; all of shape (n_bars,)."""

    open: Float64Array
    high: Float64Array
    low: Float64Array
    close: Float64Array


def log_paths(
    returns: Returns, tails: Float64Array, *, gap_bps: float, substeps: int, seed: int, symbol: str
) -> LogPaths:
    """Walk through each bar in equal steps from its open to its close, a jump falling on one of them.

    Args:
        returns: What the closes do.
        tails: How violent each bar is, shape (n_bars,); the way there is as violent as the result.
        gap_bps: Standard deviation of the step from a close to the next open; the first bar has none.
        substeps: Steps per bar.
        seed: Seed of the run.
        symbol: Instrument, which has streams of its own.
    """
    n_bars = len(returns.total)
    gaps = stream(seed, Purpose.GAPS, symbol).standard_normal(n_bars) * (gap_bps / 1e4)
    gaps[0] = 0.0
    highs, lows = _extremes(returns, gaps, returns.volatility * tails, substeps, seed, symbol)
    closes = np.cumsum(returns.total)
    before = np.concatenate(([0.0], closes[:-1]))
    return LogPaths(open=before + gaps, high=before + highs, low=before + lows, close=closes)


def _extremes(
    returns: Returns, gaps: Float64Array, scales: Float64Array, substeps: int, seed: int, symbol: str
) -> tuple[Float64Array, Float64Array]:
    """Return the highest and lowest log price of each bar relative to the close before it."""
    normals, moments = stream(seed, Purpose.PATHS, symbol), stream(seed, Purpose.JUMP_MOMENTS, symbol)
    highs, lows = np.maximum(gaps, returns.total), np.minimum(gaps, returns.total)
    jump_steps = (moments.random(len(gaps)) * substeps).astype(np.int64)
    for first in range(0, len(gaps), _BARS_PER_CHUNK):
        part = slice(first, first + _BARS_PER_CHUNK)
        noise = normals.standard_normal((len(gaps[part]), substeps)) * (scales[part] / substeps**0.5)[:, None]
        path = _bridges(noise, gaps[part], returns.total[part], returns.jumps[part], jump_steps[part])
        np.maximum(highs[part], path.max(axis=1), out=highs[part])
        np.minimum(lows[part], path.min(axis=1), out=lows[part])
    return highs, lows


def _bridges(
    noise: Float64Array, start: Float64Array, end: Float64Array, jumps: Float64Array, jump_steps: Int64Array
) -> Float64Array:
    """Return paths from start to end, shape (n_bars, n_steps); noise has that shape, the rest (n_bars,)."""
    n_steps = noise.shape[1]
    steps = np.arange(1, n_steps + 1) / n_steps
    path = np.cumsum(noise, axis=1)
    path += start[:, None] + (end - jumps - start - path[:, -1])[:, None] * steps
    (jumped,) = np.nonzero(jumps)
    path[jumped] += jumps[jumped, None] * (np.arange(n_steps) >= jump_steps[jumped, None])
    return path
