"""How deep, how long and how often a curve lies below its former high.

Depths are positive fractions of the high: 0.12 means 12 percent below it. Rows count the points of the curve,
from zero; the start counts as the first high and has no row.
"""

from math import ceil
from typing import Final

import numpy as np
from attrs import frozen

from domain.market import Float64Array

_ROUNDING: Final = 1e-9


@frozen
class DrawdownEpisode:
    """One stretch below a former high.

    Attributes:
        start_row: First row below the high.
        trough_row: First row of the lowest point.
        recovery_row: First row at the high again, or above it; None if there was none.
        depth: Of the lowest point, as a fraction of the high.
        n_points: Rows below the high.
    """

    start_row: int
    trough_row: int
    recovery_row: int | None
    depth: float
    n_points: int


@frozen(kw_only=True)
class DrawdownMeasures:
    """What lies below former highs, over one curve.

    Attributes:
        max_depth: The deepest, as a fraction of its high.
        pain_index: Mean depth over all points, those at a high among them.
        ulcer_index: Root of the mean squared depth over all points, as a fraction.
        share_below: Points below a former high over all points.
        longest_points: Points of the longest stretch below a high.
        n_episodes: Number of such stretches.
        at_risk: Depth that is not passed at this share of the points (DaR).
        conditional_at_risk: Mean depth of the points beyond it (CDaR).
        confidence: That share.
    """

    max_depth: float
    pain_index: float
    ulcer_index: float
    share_below: float
    longest_points: int
    n_episodes: int
    at_risk: float
    conditional_at_risk: float
    confidence: float


def running_high(equity: Float64Array, *, start_equity: float) -> Float64Array:
    """Return the highest equity so far at each point, the start among them, shape (n_points,)."""
    highs: Float64Array = np.maximum.accumulate(np.maximum(equity, start_equity))
    return highs


def drawdown_depths(equity: Float64Array, *, start_equity: float) -> Float64Array:
    """Return how far each point lies below the highest so far, shape (n_points,).

    Args:
        equity: At each point, shape (n_points,), quote currency; money that went in or out is not taken out here.
        start_equity: Before the first point, positive.

    Returns:
        Fractions of the high, zero at a high; above one where equity is negative.

    Raises:
        ValueError: The start is not positive.
    """
    if not start_equity > 0:
        raise ValueError(f"need a positive start equity, got {start_equity}")
    depths: Float64Array = 1.0 - equity / running_high(equity, start_equity=start_equity)
    return depths


def drawdown_episodes(depths: Float64Array) -> tuple[DrawdownEpisode, ...]:
    """Return every stretch below a high, in time order; the last may not have ended.

    Args:
        depths: Below the high, shape (n_points,), zero at a high, as `drawdown_depths` returns them.
    """
    is_below = np.concatenate([[False], depths > 0.0, [False]])
    edges = np.flatnonzero(np.diff(is_below.astype(np.int8)))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return tuple(_episode(depths, start, stop) for start, stop in pairs)


def _episode(depths: Float64Array, start: int, stop: int) -> DrawdownEpisode:
    trough = start + int(np.argmax(depths[start:stop]))
    return DrawdownEpisode(
        start_row=start,
        trough_row=trough,
        recovery_row=stop if stop < depths.size else None,
        depth=float(depths[trough]),
        n_points=stop - start,
    )


def measure_drawdowns(depths: Float64Array, *, confidence: float = 0.95) -> DrawdownMeasures | None:
    """Work out the measures of a curve.

    Args:
        depths: Below the high, shape (n_points,), zero at a high, as `drawdown_depths` returns them.
        confidence: Share of the points that `DrawdownMeasures.at_risk` covers, from 0 to 1, both excluded.

    Returns:
        None where there are no points.
    """
    if depths.size == 0:
        return None
    episodes = drawdown_episodes(depths)
    return DrawdownMeasures(
        max_depth=float(depths.max()),
        pain_index=float(depths.mean()),
        ulcer_index=float(np.sqrt(np.mean(depths**2))),
        share_below=float(np.mean(depths > 0.0)),
        longest_points=max((episode.n_points for episode in episodes), default=0),
        n_episodes=len(episodes),
        at_risk=drawdown_at_risk(depths, confidence=confidence),
        conditional_at_risk=conditional_drawdown_at_risk(depths, confidence=confidence),
        confidence=confidence,
    )


def drawdown_at_risk(depths: Float64Array, *, confidence: float) -> float:
    """Return the smallest depth that at least this share of the points does not pass.

    Args:
        depths: Below the high, shape (n_points,), at least one.
        confidence: From 0 to 1, both excluded.

    Raises:
        ValueError: There are no points, or the confidence is out of range.
    """
    if depths.size == 0 or not 0.0 < confidence < 1.0:
        raise ValueError(f"need points and 0 < confidence < 1, got {depths.size} and {confidence}")
    # A product such as 0.07 × 100 is 7.000000000000001 in binary; it means the seventh.
    rank = max(ceil(confidence * depths.size - _ROUNDING), 1)
    return float(np.partition(depths, rank - 1)[rank - 1])


def conditional_drawdown_at_risk(depths: Float64Array, *, confidence: float) -> float:
    """Return the mean depth of the worst ``1 − confidence`` of the points, one of them counting in part.

    Raises:
        ValueError: There are no points, or the confidence is out of range.

    References:
        Chekhlov, Uryasev and Zabarankin (2005), "Drawdown Measure in Portfolio Optimization", International
        Journal of Theoretical and Applied Finance 8(1), 13-58.
    """
    at_risk = drawdown_at_risk(depths, confidence=confidence)
    beyond = np.maximum(depths - at_risk, 0.0)
    return at_risk + float(beyond.mean()) / (1.0 - confidence)
