from itertools import pairwise, product
from math import exp, isclose, log, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.regimes.gaussian_hmm import (
    GaussianHmm,
    HmmFilter,
    filtered_probabilities,
    forecast,
    stationary_distribution,
)
from tests.unit.domain.regimes.drawn import models, observed_models

STICKY = [[0.9, 0.1], [0.2, 0.8]]


def make_model(transition: list[list[float]] = STICKY, start: tuple[float, float] = (0.5, 0.5)) -> GaussianHmm:
    return GaussianHmm(start, transition, [[1.0], [-1.0]], [[[1.0]], [[4.0]]])


@given(observed=observed_models())
def test_probabilities_always_sum_to_one(observed: tuple[GaussianHmm, list[tuple[float, ...] | None]]) -> None:
    rows = filtered_probabilities(*observed)

    assert np.isfinite(rows).all()
    assert np.allclose(rows.sum(axis=1), 1.0, rtol=0.0, atol=1e-9)


@given(observed=observed_models(), cut=st.integers(0, 12))
def test_what_comes_later_changes_nothing_before(
    observed: tuple[GaussianHmm, list[tuple[float, ...] | None]], cut: int
) -> None:
    model, observations = observed

    assert (
        filtered_probabilities(model, observations)[:cut] == filtered_probabilities(model, observations[:cut])
    ).all()


@given(observed=observed_models(), data=st.data())
def test_the_order_of_states_means_nothing(
    observed: tuple[GaussianHmm, list[tuple[float, ...] | None]], data: st.DataObject
) -> None:
    model, observations = observed
    order = data.draw(st.permutations(range(model.n_states)))

    rows = filtered_probabilities(model.reordered(order), observations)

    assert np.allclose(rows, filtered_probabilities(model, observations)[:, order], rtol=1e-9, atol=1e-12)


@given(model=models(n_features_max=2), data=st.data())
def test_it_equals_bayes_over_every_path_of_states(model: GaussianHmm, data: st.DataObject) -> None:
    observations = data.draw(st.lists(st.tuples(*[st.floats(-4.0, 4.0)] * model.n_features), min_size=1, max_size=4))
    weights = np.zeros(model.n_states)
    for path in product(range(model.n_states), repeat=len(observations)):
        weight = float(model.start[path[0]])
        for before, after in pairwise(path):
            weight *= float(model.transition[before, after])
        for state, observation in zip(path, observations, strict=True):
            weight *= normal_density(observation, model.means[state], model.covariances[state])
        weights[path[-1]] += weight

    running = HmmFilter(model)
    for observation in observations:
        running.update(observation)

    assert np.allclose(running.probabilities, weights / weights.sum(), rtol=1e-9, atol=1e-12)
    assert isclose(running.log_likelihood, log(weights.sum()), rel_tol=1e-9, abs_tol=1e-9)


def normal_density(observation: tuple[float, ...], mean: Float64Array, covariance: Float64Array) -> float:
    distance = np.array(observation) - mean
    scale = (2.0 * pi) ** len(observation) * np.linalg.det(covariance)
    return float(exp(-0.5 * distance @ np.linalg.inv(covariance) @ distance) / scale**0.5)


@given(model=models(), steps=st.integers(0, 6))
def test_a_missing_observation_forecasts_one_step(model: GaussianHmm, steps: int) -> None:
    running = HmmFilter(model)
    first = running.update([0.5] * model.n_features)
    likelihood = running.log_likelihood

    for _ in range(steps):
        running.update(None)

    assert np.allclose(running.probabilities, forecast(model, first, steps), rtol=1e-9, atol=1e-12)
    assert running.log_likelihood == likelihood


@given(model=models())
def test_the_stationary_distribution_stays(model: GaussianHmm) -> None:
    shares = stationary_distribution(model.transition)

    assert np.allclose(shares @ model.transition, shares, atol=1e-9)


def test_one_observation_by_hand() -> None:
    running = HmmFilter(make_model())

    # N(0.5; 1, 1) = exp(-0.125)/sqrt(2 pi) = 0.352065; N(0.5; -1, 4) = exp(-0.28125)/(2 sqrt(2 pi)) = 0.150569.
    probabilities = running.update([0.5])

    # 0.352065 / (0.352065 + 0.150569) = 0.700441; log((0.352065 + 0.150569) / 2) = -1.381043.
    assert probabilities == pytest.approx((0.700441, 0.299559), abs=1e-6)
    assert running.log_likelihood == pytest.approx(-1.381043, abs=1e-5)


def test_the_start_is_the_state_at_the_first_observation() -> None:
    running = HmmFilter(make_model(start=(1.0, 0.0)))

    assert running.update(None) == (1.0, 0.0)
    assert running.update(None) == pytest.approx((0.9, 0.1))


def test_a_state_that_was_almost_ruled_out_keeps_its_chance() -> None:
    # States never change. 60 is 1740.5 nats (61²/8 - 59²/2 + log 2) likelier at state 1, which leaves exp(-1275) of
    # state 0: too little for a float. 75 observations that speak against state 1 outweigh it.
    running = HmmFilter(make_model([[1.0, 0.0], [0.0, 1.0]]))
    running.update([60.0])
    assert running.probabilities[0] == 0.0

    for _ in range(2000):
        running.update([1.0])

    assert running.probabilities[0] == pytest.approx(1.0)


@pytest.mark.parametrize("observation", [(float("nan"),), (float("inf"),), (1e200,), (1.0, 2.0), ()])
def test_what_cannot_be_observed_is_refused_and_changes_nothing(observation: tuple[float, ...]) -> None:
    running = HmmFilter(make_model())
    before = running.update([0.5])

    with pytest.raises(ValueError, match=r"no state explains|zip\(\)"):
        running.update(observation)

    assert running.probabilities == before


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("start", [0.5, 0.6], "start: no distribution"),
        ("start", [1.5, -0.5], "start: no distribution"),
        ("start", [1.0], "start: expected shape"),
        ("transition", [[1.0, 0.0], [0.3, 0.3]], "transition from state 1"),
        ("means", [[0.0], [float("nan")]], "means: not all numbers are finite"),
        ("means", [0.0, 1.0], "means: expected shape"),
        ("covariances", [[[1.0]], [[0.0]]], "covariance of state 1: not positive definite"),
        ("covariances", [[[1.0]], [[-1.0]]], "covariance of state 1: not positive definite"),
    ],
)
def test_no_model_is_made_of_what_is_none(part: str, value: object, words: str) -> None:
    model = make_model()
    parts = {name: getattr(model, name) for name in ("start", "transition", "means", "covariances")}

    with pytest.raises(ValueError, match=words):
        GaussianHmm(**{**parts, part: value})


def test_a_covariance_is_symmetric() -> None:
    with pytest.raises(ValueError, match="covariance of state 0: not symmetric"):
        GaussianHmm([1.0], [[1.0]], [[0.0, 0.0]], [[[1.0, 0.5], [0.2, 1.0]]])


def test_an_order_names_each_state_once() -> None:
    with pytest.raises(ValueError, match="each of 2 states once"):
        make_model().reordered([0, 0])
