"""Whether a model was learned from the bars that it is said to be learned from, and from no others."""

from math import isclose
from typing import Final

import numpy as np

from application.ports.regime_fitting import FitTask
from domain.market import Float64Array
from domain.regimes.features import FeatureScale
from domain.regimes.gaussian_hmm import HmmFilter
from domain.regimes.regime_model import RegimeModel
from domain.time_units import iso_utc

# Far more than sums in another order differ by, far less than one other bar in thousands makes.
_SAME: Final = 1e-9
_SAME_LIKELIHOOD: Final = 1e-6


def contradiction(model: RegimeModel, task: FitTask, *, looks_at_states: bool) -> str | None:
    """Return in words how a model contradicts the bars of its task; None if it does not.

    What it was scaled by and how many bars it says it knows show at once if there were others. So does how likely it
    says they are: states that were found elsewhere make these as likely by accident only.

    Args:
        model: What a fit gave.
        task: What it was asked for.
        looks_at_states: Whether the bars are filtered to see how likely they are, which takes a step for each.
    """
    if model.fitted_until_ns != task.fitted_until_ns:
        return f"knows bars until {iso_utc(model.fitted_until_ns)}, was to know them until {_until(task)}"
    rows = task.rows[np.isfinite(task.rows).all(axis=1)]
    if model.n_bars != rows.shape[0]:
        return f"of {_until(task)} knows {model.n_bars} bars, was to know {rows.shape[0]}"
    if not _is_scaled_by(model.scale, rows):
        return f"of {_until(task)} is scaled by other bars than those before it"
    if looks_at_states and not isclose(_log_likelihood(model, rows), model.log_likelihood, rel_tol=_SAME_LIKELIHOOD):
        return f"of {_until(task)} has states that were found in other bars than those before it"
    return None


def _until(task: FitTask) -> str:
    return iso_utc(task.fitted_until_ns)


def _is_scaled_by(scale: FeatureScale, rows: Float64Array) -> bool:
    means, deviations = rows.mean(axis=0), rows.std(axis=0)
    # A mean may be next to nothing: it counts in deviations.
    near = np.abs(means - np.array(scale.means)) <= _SAME * deviations
    return bool(near.all() and np.allclose(deviations, scale.deviations, rtol=_SAME, atol=0.0))


def _log_likelihood(model: RegimeModel, rows: Float64Array) -> float:
    running = HmmFilter(model.hmm)
    for observation in model.scale.scaled_rows(rows).tolist():
        running.update(observation)
    return running.log_likelihood
