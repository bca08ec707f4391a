"""Hidden states by expectation and maximization, several times over, and what went wrong by name."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from math import isfinite, nan
from typing import TYPE_CHECKING

import numpy as np
from attrs import define, evolve, frozen
from typing_extensions import override

from adapters.hmmlearn.groups import Grouping
from adapters.hmmlearn.starts import drawn_groupings
from application.ports.regime_fitting import FitError, FitSettings, HmmFit, HmmFitting
from domain.market import Float64Array
from domain.regimes.gaussian_hmm import GaussianHmm

if TYPE_CHECKING:
    # Names for annotations alone: start-up does without the module.
    from threadpoolctl import ThreadpoolController


@frozen
class HmmlearnStateFitting(HmmFitting):
    """Fits means and full covariances; chances of transition are fixed, and every state is as likely at first.

    A former model is the start wherever it can be: it is quick, and states stay what they were. Otherwise, or if a
    state of it is not there any more, several starts are drawn and the likeliest result is taken.
    """

    @override
    def fit_states(self, observations: Float64Array, settings: FitSettings, former: GaussianHmm | None, /) -> HmmFit:
        failures: list[str] = []
        if former is not None and former.n_states == settings.n_states:
            continued = _fits_from([partial(_continued, former, settings)], observations, settings, failures)
            if continued:
                return continued[0]
        fits = _fits_from(_drawn_starts(observations, settings), observations, settings, failures)
        if not fits:
            n_failed = len(failures)
            raise FitError(f"no hidden states found, {n_failed} of {n_failed} starts failed: {failures[-1]}")
        return evolve(max(fits, key=lambda fit: fit.log_likelihood), n_starts=len(fits) + len(failures))


def _fits_from(
    starts: Iterable[Callable[[], GaussianHmm]], observations: Float64Array, settings: FitSettings, failures: list[str]
) -> list[HmmFit]:
    """Return what the starts arrive at, and write down why the others do not."""
    fits = []
    for start in starts:
        try:
            fits.append(_fit_from(start(), observations, settings))
        # Of hmmlearn, NumPy and our own model alike; a warning means that a number has been lost.
        except (ValueError, ArithmeticError, np.linalg.LinAlgError, RuntimeWarning) as error:
            failures.append(" ".join(str(error).split()))
    return fits


def _continued(former: GaussianHmm, settings: FitSettings) -> GaussianHmm:
    """Return the former states with the fixed chances of these settings."""
    start, transition = _fixed_chances(settings)
    return GaussianHmm(start, transition, former.means, former.covariances)


def _drawn_starts(observations: Float64Array, settings: FitSettings) -> Iterator[Callable[[], GaussianHmm]]:
    for groups in drawn_groupings(observations, settings.n_states, settings.n_starts, settings.seed):
        yield partial(_start_of, groups, observations, settings)


def _start_of(groups: Grouping, observations: Float64Array, settings: FitSettings) -> GaussianHmm:
    """Return states with the means and covariances of the groups."""
    parts = [observations[groups == group] for group in range(settings.n_states)]
    # A group that is too small for a covariance of its own takes that of all.
    known = [part if part.shape[0] > 2 * observations.shape[1] else observations for part in parts]
    covariances = [_floored(np.cov(part, rowvar=False), settings.covariance_floor) for part in known]
    return GaussianHmm(
        *_fixed_chances(settings), np.array([part.mean(axis=0) for part in known]), np.array(covariances)
    )


def _fixed_chances(settings: FitSettings) -> tuple[Float64Array, Float64Array]:
    """Return the distribution of the first state, all as likely, and the sticky transitions."""
    n_states, stay = settings.n_states, settings.self_transition
    if n_states == 1:
        return np.ones(1), np.ones((1, 1))
    chances = np.full((n_states, n_states), (1.0 - stay) / (n_states - 1))
    np.fill_diagonal(chances, stay)
    return np.full(n_states, 1.0 / n_states), chances


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
    # Sums of several threads round otherwise than those of one, and take longer for matrices as small as these.
    with warnings.catch_warnings(), _thread_pools().limit(limits=1):
        warnings.simplefilter("error")
        learner.fit(observations)
        learner.covars_ = [_floored(covariance, settings.covariance_floor) for covariance in learner.covars_]
        log_likelihood = float(learner.score(observations))
    model = GaussianHmm(start.start, start.transition, learner.means_, learner.covars_)
    return HmmFit(model, log_likelihood, _n_free(model), n_starts=1)


@cache
def _thread_pools() -> "ThreadpoolController":
    """Return what sets the threads of the libraries; called once they are loaded. Finding them takes milliseconds."""
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415

    return ThreadpoolController()


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
