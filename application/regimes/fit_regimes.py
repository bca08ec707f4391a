"""One fit: scale the features, find the hidden states and how volatility moves, and name the states as before."""

import numpy as np
from attrs import frozen
from typing_extensions import override

from application.ports.regime_fitting import FitError, FitFailure, FitTask, GarchFitting, HmmFitting, RegimeFitting
from domain.market import Float64Array
from domain.regimes.features import LOG_RETURN, FeatureScale
from domain.regimes.gaussian_hmm import GaussianHmm
from domain.regimes.labels import ScaledHmm, bayesian_information, label_states
from domain.regimes.regime_model import RegimeModel


@frozen
class FitRegimes(RegimeFitting):
    """Fits with what it is given for states and for volatility.

    Bars without an observation are left out, as if no time had passed in them.

    Attributes:
        states: Finds hidden states.
        volatility: Finds how volatility moves.
    """

    states: HmmFitting
    volatility: GarchFitting

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        try:
            model = self._fitted(task)
            return model if task.former is None else model.matched_to(task.former, task.settings.distinct_min)
        # Ours refuse what is no model with a ValueError that says which part of it is none.
        except (FitError, ValueError) as error:
            return FitFailure(task.fitted_until_ns, " ".join(str(error).split()))

    def _fitted(self, task: FitTask) -> RegimeModel:
        settings, former = task.settings, task.former
        rows = _observed(task)
        scale = FeatureScale.of(rows)
        start = None if former is None else _rescaled(former.scaled_hmm, scale)
        states = self.states.fit_states(scale.scaled_rows(rows), settings, start)
        garch = self.volatility.fit_volatility(rows[:, LOG_RETURN], None if former is None else former.garch)
        return RegimeModel(
            hmm=states.model,
            scale=scale,
            labels=label_states(ScaledHmm(states.model, scale), rows.shape[0], settings.distinct_min),
            garch=garch,
            fitted_from_ns=task.fitted_from_ns,
            fitted_until_ns=task.fitted_until_ns,
            n_bars=rows.shape[0],
            log_likelihood=states.log_likelihood,
            bic=bayesian_information(states.log_likelihood, states.n_parameters, rows.shape[0]),
            seed=settings.seed,
            n_starts=states.n_starts,
        )


def _observed(task: FitTask) -> Float64Array:
    """Return the rows with an observation; FitError if they are too few."""
    rows = task.rows[np.isfinite(task.rows).all(axis=1)]
    if rows.shape[0] < task.settings.observations_min:
        needed = task.settings.observations_min
        raise FitError(f"{rows.shape[0]} of {task.rows.shape[0]} bars have an observation, {needed} are needed")
    return rows


def _rescaled(former: ScaledHmm, scale: FeatureScale) -> GaussianHmm:
    """Return the same states in the units of another scale."""
    means, covariances = former.in_plain_units()
    deviations = np.array(scale.deviations)
    return GaussianHmm(
        former.hmm.start,
        former.hmm.transition,
        (means - np.array(scale.means)) / deviations,
        covariances / np.outer(deviations, deviations),
    )
