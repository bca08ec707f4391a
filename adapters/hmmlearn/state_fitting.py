"""Hidden states by expectation and maximization, several times over, and what went wrong by name."""

import warnings
from collections.abc import Iterator
from math import isfinite, nan

import numpy as np
from attrs import define, frozen
from typing_extensions import override

from adapters.hmmlearn.starts import drawn_groupings
from application.ports.regime_fitting import FitError, FitSettings, HmmFit, HmmFitting
from domain.market import Float64Array
from domain.regimes.gaussian_hmm import GaussianHmm


@frozen
class HmmlearnStateFitting(HmmFitting):
    """Fits means and full covariances; chances of transition are fixed, and every state is as likely at first.

    A former model is the only start there is; without one several are drawn and the likeliest result is taken.
    """

    @override
    def fit_states(self, observations: Float64Array, settings: FitSettings, former: GaussianHmm | None, /) -> HmmFit:
        fits, failures = [], []
        for start in _starts(observations, settings, former):
            try:
                fits.append(_fit_from(start, observations, settings))
            # Of hmmlearn, NumPy and our own model alike; a warning means that a number has been lost.
            except (ValueError, ArithmeticError, np.linalg.LinAlgError, RuntimeWarning) as error:
                failures.append(" ".join(str(error).split()))
        if not fits:
            raise FitError(f"no hidden states found, {len(failures)} of {len(failures)} starts failed: {failures[0]}")
        return max(fits, key=lambda fit: fit.log_likelihood)


def _starts(observations: Float64Array, settings: FitSettings, former: GaussianHmm | None) -> Iterator[GaussianHmm]:
    """Yield models with the fixed chances to begin with."""
    n_states = settings.n_states
    start, transition = np.full(n_states, 1.0 / n_states), _sticky(n_states, settings.self_transition)
    if former is not None and former.n_states == n_states:
        yield GaussianHmm(start, transition, former.means, former.covariances)
        return
    for groups in drawn_groupings(observations, n_states, settings.n_starts, settings.seed):
        parts = [observations[groups == group] for group in range(n_states)]
        # A group that is too small for a covariance of its own takes that of all.
        known = [part if part.shape[0] > 2 * observations.shape[1] else observations for part in parts]
        covariances = [_floored(np.cov(part, rowvar=False), settings.covariance_floor) for part in known]
        means = [part.mean(axis=0) for part in known]
        yield GaussianHmm(start, transition, np.array(means), np.array(covariances))


def _sticky(n_states: int, self_transition: float) -> Float64Array:
    if n_states == 1:
        return np.ones((1, 1))
    chances = np.full((n_states, n_states), (1.0 - self_transition) / (n_states - 1))
    np.fill_diagonal(chances, self_transition)
    return chances


def _fit_from(start: GaussianHmm, observations: Float64Array, settings: FitSettings) -> HmmFit:
    try:
        return _fitted(start, observations, settings, "scaling")
    except ValueError:
        # Plain densities are three times as fast, but an outlier that no state explains is one of zero. Logarithms
        # have no such end; what fails for another reason fails there again.
        return _fitted(start, observations, settings, "log")


def _fitted(start: GaussianHmm, observations: Float64Array, settings: FitSettings, arithmetic: str) -> HmmFit:
    from hmmlearn.hmm import GaussianHMM  # noqa: PLC0415  # loads scipy and scikit-learn: a second

    learner = GaussianHMM(start.n_states, "full", params="mc", init_params="", implementation=arithmetic)
    learner.n_iter, learner.monitor_ = settings.iterations_max, _Progress(settings.tolerance, settings.iterations_max)
    learner.startprob_, learner.transmat_ = start.start.copy(), start.transition.copy()
    learner.means_, learner.covars_ = start.means.copy(), start.covariances.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner.fit(observations)
        learner.covars_ = [_floored(covariance, settings.covariance_floor) for covariance in learner.covars_]
        log_likelihood = float(learner.score(observations))
    model = GaussianHmm(start.start, start.transition, learner.means_, learner.covars_)
    return HmmFit(model, log_likelihood, _n_free(model))


@define
class _Progress:
    """When to stop; hmmlearn's own writes to the log of the process whatever it does not like."""

    tolerance: float
    iterations_max: int
    n_iterations: int = 0
    latest: float = nan
    gain: float = nan

    def _reset(self) -> None:
        self.n_iterations, self.latest, self.gain = 0, nan, nan

    def report(self, log_likelihood: float) -> None:
        """Take the log-likelihood before a step."""
        if not isfinite(log_likelihood):
            raise ValueError(f"the likelihood is {log_likelihood} after {self.n_iterations} steps")
        self.gain, self.latest = log_likelihood - self.latest, log_likelihood
        self.n_iterations += 1

    @property
    def converged(self) -> bool:
        """Whether no more steps are worth it. The first gain is not known, and NaN is below nothing."""
        return self.n_iterations >= self.iterations_max or self.gain < self.tolerance


def _floored(covariance: Float64Array, floor: float) -> Float64Array:
    """Return the nearest covariance whose variance along every axis is at least the floor, exactly symmetric."""
    values, axes = np.linalg.eigh((np.atleast_2d(covariance) + np.atleast_2d(covariance).T) / 2.0)
    raised = (axes * np.maximum(values, floor)) @ axes.T
    return np.asarray((raised + raised.T) / 2.0)


def _n_free(model: GaussianHmm) -> int:
    n_features = model.n_features
    return model.n_states * (n_features + n_features * (n_features + 1) // 2)
