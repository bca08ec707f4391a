"""Putting observations into groups, the same way in every process: no threads, no library's own randomness."""

from typing import Final, TypeAlias

import numpy as np

from domain.market import Float64Array, Int64Array

Grouping: TypeAlias = Int64Array
_ROUNDS_MAX: Final = 50


def grouped_by_quantile(values: Float64Array, n_groups: int) -> Grouping:
    """Return the group of each value, lowest first, in shares as equal as can be; shape (n_values,)."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.asarray(ranks * n_groups // values.size)


def grouped_by_distance(points: Float64Array, n_groups: int, draw: np.random.Generator) -> Grouping:
    """Return the group of each point by Lloyd's iteration from drawn points that lie far from each other.

    Args:
        points: Shape (n_points, n_features).
        n_groups: Into how many; one may stay empty where points are the same.
        draw: What the first centers are drawn by.

    References:
        Lloyd (1982), "Least squares quantization in PCM", IEEE Transactions on Information Theory 28(2), 129-137;
        Arthur & Vassilvitskii (2007), "k-means++: The Advantages of Careful Seeding", SODA '07, 1027-1035.
    """
    centers = _drawn_centers(points, n_groups, draw)
    groups = _nearest(points, centers)
    for _ in range(_ROUNDS_MAX):
        for group in range(n_groups):
            if (groups == group).any():
                centers[group] = points[groups == group].mean(axis=0)
        before, groups = groups, _nearest(points, centers)
        if (before == groups).all():
            break
    return groups


def _drawn_centers(points: Float64Array, n_groups: int, draw: np.random.Generator) -> Float64Array:
    centers = points[[int(draw.integers(points.shape[0]))]]
    while centers.shape[0] < n_groups:
        distances = _squared_distances(points, centers).min(axis=1)
        total = float(distances.sum())
        # Where all points are the same, any one will do.
        chosen = int(np.searchsorted(np.cumsum(distances), draw.random() * total)) if total > 0.0 else 0
        centers = np.vstack([centers, points[min(chosen, points.shape[0] - 1)]])
    return centers


def _nearest(points: Float64Array, centers: Float64Array) -> Grouping:
    return np.asarray(_squared_distances(points, centers).argmin(axis=1))


def _squared_distances(points: Float64Array, centers: Float64Array) -> Float64Array:
    return np.asarray(((points[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2))
