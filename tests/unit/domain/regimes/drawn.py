"""Models and observations as Hypothesis draws them."""

from typing import Final

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from domain.regimes.gaussian_hmm import GaussianHmm

_numbers: Final = st.floats(-3.0, 3.0, allow_nan=False)


@st.composite
def models(draw: st.DrawFn, *, n_features_min: int = 1, n_features_max: int = 4) -> GaussianHmm:
    """Draw a model of one to four states whose chances are all positive."""
    n_states, n_features = draw(st.integers(1, 4)), draw(st.integers(n_features_min, n_features_max))
    weights = draw(arrays(np.float64, (n_states + 1, n_states), elements=st.floats(0.01, 1.0)))
    chances = weights / weights.sum(axis=1, keepdims=True)
    factors = draw(arrays(np.float64, (n_states, n_features, n_features), elements=_numbers))
    covariances = factors @ factors.transpose(0, 2, 1) + 0.2 * np.eye(n_features)
    means = draw(arrays(np.float64, (n_states, n_features), elements=_numbers))
    return GaussianHmm(chances[0], chances[1:], means, (covariances + covariances.transpose(0, 2, 1)) / 2.0)


@st.composite
def observed_models(draw: st.DrawFn) -> tuple[GaussianHmm, list[tuple[float, ...] | None]]:
    """Draw a model and what is observed of it, some of it missing and some of it far out."""
    model = draw(models())
    values = st.one_of(st.floats(-5.0, 5.0), st.floats(-1e6, 1e6))
    row = st.tuples(*[values] * model.n_features)
    return model, draw(st.lists(st.one_of(row, row, row, st.none()), max_size=12))
