"""Where expectation and maximization begin: groups of bars that belong together over a while, not bar by bar.

A start that groups single bars finds large and small ones; regimes last, so bars are grouped by means over a window.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from adapters.hmmlearn.groups import Grouping, grouped_by_distance, grouped_by_quantile
from domain.market import Float64Array
from domain.regimes.features import LOG_RETURN

_WINDOW_BARS: Final = 24
"""A day of hourly bars: long enough to even single bars out, short beside regimes. No other length was tried."""


def drawn_groupings(observations: Float64Array, n_groups: int, n_starts: int, seed: int) -> Iterator[Grouping]:
    """Yield the group of each bar, one grouping for each start.

    The second start goes by the mean return alone, in equal shares; the others by distance, from drawn centers.

    Args:
        observations: Scaled, shape (n_observations, n_features).
        n_groups: Into how many.
        n_starts: How many groupings.
        seed: What centers are drawn by.
    """
    smoothed = _window_means(observations)
    for start in range(n_starts):
        if start == 1:
            yield grouped_by_quantile(smoothed[:, LOG_RETURN], n_groups)
        else:
            yield grouped_by_distance(smoothed, n_groups, np.random.default_rng([seed, start]))


def _window_means(observations: Float64Array) -> Float64Array:
    """Return the means over the window around each bar, cut at the ends, each feature brought to a deviation of one."""
    sums = np.vstack([np.zeros((1, observations.shape[1])), np.cumsum(observations, axis=0)])
    places = np.arange(observations.shape[0])
    begin = np.maximum(places - _WINDOW_BARS // 2, 0)
    end = np.minimum(places + _WINDOW_BARS // 2, places.size)
    means = (sums[end] - sums[begin]) / (end - begin)[:, None]
    return np.asarray(means / np.maximum(means.std(axis=0), np.finfo(np.float64).tiny))
