"""What hidden states are called, and which states of two fits are the same."""

from collections.abc import Sequence
from itertools import permutations
from math import log
from typing import Final

import numpy as np
from attrs import frozen

from domain.market import Float64Array
from domain.regime import MarketRegime
from domain.regimes.features import LOG_RETURN, FeatureScale
from domain.regimes.gaussian_hmm import GaussianHmm

N_STATES_MAX: Final = 4
"""Matching tries every order: 24 of 4 states."""


@frozen(eq=False)
class ScaledHmm:
    """A model together with the units of its observations.

    Attributes:
        hmm: Of scaled observations.
        scale: What they were scaled by.
    """

    hmm: GaussianHmm
    scale: FeatureScale

    def mean_returns(self) -> Float64Array:
        """Return the mean log return of a bar in each state, in deviations of all bars, shape (n_states,)."""
        level = self.scale.means[LOG_RETURN] / self.scale.deviations[LOG_RETURN]
        return np.asarray(self.hmm.means[:, LOG_RETURN] + level)

    def in_plain_units(self) -> tuple[Float64Array, Float64Array]:
        """Return means, shape (n_states, n_features), and covariances of the features before they were scaled."""
        deviations = np.array(self.scale.deviations)
        means = self.hmm.means * deviations + np.array(self.scale.means)
        return means, self.hmm.covariances * np.outer(deviations, deviations)


def label_states(model: ScaledHmm, n_bars: int, distinct_min: float) -> tuple[MarketRegime, ...]:
    """Return what each state is called, by its mean return.

    The highest is BULL and the lowest BEAR if they are distinct from no return at all, in their direction; every other
    is SIDEWAYS. Several states may be SIDEWAYS, and there may be no BULL or no BEAR.

    Args:
        model: Its states are called.
        n_bars: How many bars it was fitted on; the error of a mean is taken as if all states were as frequent.
        distinct_min: How far from zero a mean return must be, in standard errors of it.
    """
    in_errors = model.mean_returns() / _errors_of_means(model, n_bars)
    labels = [MarketRegime.SIDEWAYS] * model.hmm.n_states
    highest, lowest = int(np.argmax(model.mean_returns())), int(np.argmin(model.mean_returns()))
    if in_errors[highest] > distinct_min:
        labels[highest] = MarketRegime.BULL
    if in_errors[lowest] < -distinct_min:
        labels[lowest] = MarketRegime.BEAR
    return tuple(labels)


def _errors_of_means(model: ScaledHmm, n_bars: int) -> Float64Array:
    """Return the standard error of each state's mean return, in deviations of all bars, shape (n_states,)."""
    deviations = np.sqrt(model.hmm.covariances[:, LOG_RETURN, LOG_RETURN])
    return np.asarray(deviations / np.sqrt(n_bars / model.hmm.n_states))


def carried_labels(
    former: Sequence[MarketRegime], refit: ScaledHmm, n_bars: int, distinct_min: float
) -> tuple[MarketRegime, ...]:
    """Return what the states of a refit are called, given what those that they match were called.

    Names stay while no mean return contradicts them, so that a mean that wanders around the threshold renames nothing:
    a BULL state still rises, a BEAR state still falls, and the names that there would be without a past have no BULL
    or BEAR that is missing. Otherwise all states are called anew.

    Args:
        former: What they were called.
        refit: Its states, in the former order.
        n_bars: As in `label_states`.
        distinct_min: As in `label_states`.
    """
    anew = label_states(refit, n_bars, distinct_min)
    contradicted = any(
        (label is MarketRegime.BULL and value <= 0.0) or (label is MarketRegime.BEAR and value >= 0.0)
        for label, value in zip(former, refit.mean_returns(), strict=True)
    )
    return anew if contradicted or not set(anew) <= set(former) else tuple(former)


def matching_order(former: ScaledHmm, refit: ScaledHmm) -> tuple[int, ...]:
    """Return the order of a refit's states in which they are those of the former model.

    Of all orders the one whose Bhattacharyya distances, state by state in plain units, have the smallest sum.

    Returns:
        State ``order[i]`` of the refit is state i of the former model.

    Raises:
        ValueError: The models have different numbers of states, or more than four.
    """
    n_states = former.hmm.n_states
    if refit.hmm.n_states != n_states or n_states > N_STATES_MAX:
        raise ValueError(f"cannot match {refit.hmm.n_states} states to {n_states}; at most {N_STATES_MAX}")
    theirs, ours = (list(zip(*model.in_plain_units(), strict=True)) for model in (former, refit))
    distances = [[bhattacharyya_distance(*one, *other) for other in ours] for one in theirs]
    return min(
        permutations(range(n_states)),
        key=lambda order: sum(row[place] for row, place in zip(distances, order, strict=True)),
    )


def bhattacharyya_distance(
    mean: Float64Array, covariance: Float64Array, other_mean: Float64Array, other_covariance: Float64Array
) -> float:
    """Return how far two normal distributions are apart: 0 if they are the same, without bound.

    Args:
        mean: Shape (n_features,).
        covariance: Positive definite, shape (n_features, n_features).
        other_mean: Same shape as `mean`.
        other_covariance: Same shape as `covariance`.

    References:
        Bhattacharyya (1943), "On a measure of divergence between two statistical populations", Bulletin of the Calcutta
        Mathematical Society 35, 99-109.
    """
    shared, difference = (covariance + other_covariance) / 2.0, mean - other_mean
    apart = float(difference @ np.linalg.solve(shared, difference)) / 8.0
    volumes = [float(np.linalg.slogdet(part)[1]) for part in (shared, covariance, other_covariance)]
    return apart + 0.5 * (volumes[0] - (volumes[1] + volumes[2]) / 2.0)


def bayesian_information(log_likelihood: float, n_parameters: int, n_observations: int) -> float:
    """Return the BIC, ``n_parameters × log(n_observations) - 2 × log_likelihood``: the smaller, the better."""
    return n_parameters * log(n_observations) - 2.0 * log_likelihood
