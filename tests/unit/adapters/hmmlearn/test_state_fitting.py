import os
import subprocess
import sys
from typing import Final

import numpy as np
import pytest
from attrs import evolve

from adapters.hmmlearn.groups import grouped_by_distance, grouped_by_quantile
from adapters.hmmlearn.state_fitting import HmmlearnStateFitting
from application.ports.regime_fitting import FitError, FitSettings
from domain.market import Float64Array, Int64Array
from domain.regimes.gaussian_hmm import GaussianHmm, HmmFilter, filtered_probabilities
from tests.architecture.source_tree import ROOT

FITTING: Final = HmmlearnStateFitting()
SETTINGS: Final = FitSettings()
MEANS: Final = np.array([[1.5, 0.0, 0.0], [-1.5, 0.0, 0.5], [0.0, -2.0, 0.0]])


def drawn(n_bars: int = 900, seed: int = 5) -> tuple[Float64Array, Int64Array]:
    """Return observations of three states that last sixty bars each, and the states."""
    draw, states = np.random.default_rng(seed), np.arange(n_bars) // 60 % 3
    return MEANS[states] + draw.standard_normal((n_bars, 3)), states


OBSERVATIONS, STATES = drawn()
FIT: Final = FITTING.fit_states(OBSERVATIONS, SETTINGS, None)


def test_states_that_are_there_are_found() -> None:
    order = [int(np.argmin(((FIT.model.means - mean) ** 2).sum(axis=1))) for mean in MEANS]
    model = FIT.model.reordered(order)

    # Each mean is of 300 bars, so that its error is 0.06; four of those.
    assert np.allclose(model.means, MEANS, atol=0.25)
    assert np.allclose(model.covariances, np.eye(3), atol=0.4)
    filtered = filtered_probabilities(model, OBSERVATIONS.tolist()).argmax(axis=1)
    assert np.mean(filtered == STATES) > 0.95


def test_transitions_are_what_was_asked_for() -> None:
    sticky = np.array([[0.99, 0.005, 0.005], [0.005, 0.99, 0.005], [0.005, 0.005, 0.99]])

    assert np.allclose(FIT.model.transition, sticky, atol=1e-12)
    assert np.allclose(FIT.model.start, 1 / 3)


def test_the_likelihood_is_that_of_the_model() -> None:
    running = HmmFilter(FIT.model)
    for observation in OBSERVATIONS.tolist():
        running.update(observation)

    assert FIT.log_likelihood == pytest.approx(running.log_likelihood, rel=1e-9)
    # 3 means and 6 covariances of each of three states.
    assert FIT.n_parameters == 27


def test_a_refit_begins_where_the_last_one_ended() -> None:
    again = FITTING.fit_states(OBSERVATIONS, evolve(SETTINGS, iterations_max=2), FIT.model)

    assert np.allclose(again.model.means, FIT.model.means, atol=0.05)
    assert again.log_likelihood >= FIT.log_likelihood - 0.5


def test_an_outlier_that_no_state_explains_does_not_end_the_fit() -> None:
    far = OBSERVATIONS.copy()
    far[400] = (80.0, -80.0, 80.0)

    assert np.isfinite(FITTING.fit_states(far, SETTINGS, FIT.model).log_likelihood)


def test_a_feature_that_follows_from_another_keeps_a_variance_of_its_own() -> None:
    flat = OBSERVATIONS.copy()
    flat[:, 2] = flat[:, 1]

    model = FITTING.fit_states(flat, SETTINGS, None).model

    assert np.linalg.eigvalsh(model.covariances).min() >= 0.001 - 1e-9


def test_one_state_is_a_normal_distribution() -> None:
    fit = FITTING.fit_states(OBSERVATIONS, evolve(SETTINGS, n_states=1), None)

    assert np.allclose(fit.model.means[0], OBSERVATIONS.mean(axis=0))


def test_a_former_state_that_no_bar_belongs_to_any_more_begins_anew() -> None:
    far = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1e9, 1e9, 1e9]])
    former = GaussianHmm(FIT.model.start, FIT.model.transition, far, FIT.model.covariances)

    found = FITTING.fit_states(OBSERVATIONS, SETTINGS, former)

    assert found.n_starts == 1 + SETTINGS.n_starts
    assert (found.model.means == FIT.model.means).all()


def test_where_every_start_fails_it_is_said_why() -> None:
    # No number of it is finite, which no market brings about: features are checked before.
    with pytest.raises(FitError, match=r"no hidden states found, 4 of 4 starts failed: .+"):
        FITTING.fit_states(np.full((300, 3), np.nan), SETTINGS, FIT.model)


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    FITTING.fit_states(OBSERVATIONS, evolve(SETTINGS, tolerance=1e-9), None)

    assert capfd.readouterr() == ("", "")


def test_another_process_with_other_threads_finds_the_same_to_the_last_bit() -> None:
    script = (
        "from tests.unit.adapters.hmmlearn.test_state_fitting import FIT;"
        "print(FIT.model.means.tobytes().hex(), FIT.model.covariances.tobytes().hex(), FIT.log_likelihood.hex())"
    )
    expected = f"{FIT.model.means.tobytes().hex()} {FIT.model.covariances.tobytes().hex()} {FIT.log_likelihood.hex()}"

    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
        for environment in ({**os.environ, "OMP_NUM_THREADS": "1"}, {**os.environ, "PYTHONHASHSEED": "7"})
    ]

    assert [process.communicate()[0].strip() for process in processes] == [expected, expected]


def test_another_seed_draws_other_centers() -> None:
    points = np.random.default_rng(1).standard_normal((200, 2))

    first, again, other = (grouped_by_distance(points, 3, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


def test_groups_by_distance_are_those_that_there_are() -> None:
    points = np.array([[0.0], [0.1], [5.0], [5.1], [9.0]])

    groups = grouped_by_distance(points, 3, np.random.default_rng(1))

    assert groups[0] == groups[1] != groups[2] == groups[3] != groups[4]


def test_points_that_are_all_the_same_are_grouped_too() -> None:
    assert set(grouped_by_distance(np.ones((5, 2)), 3, np.random.default_rng(1)).tolist()) == {0}


def test_groups_by_quantile_have_equal_shares() -> None:
    assert grouped_by_quantile(np.array([3.0, 1.0, 2.0, 9.0, 8.0, 7.0]), 3).tolist() == [1, 0, 0, 2, 2, 1]


def test_a_model_of_fewer_states_is_no_start() -> None:
    one = GaussianHmm([1.0], [[1.0]], [[0.0, 0.0, 0.0]], [np.eye(3)])

    assert FITTING.fit_states(OBSERVATIONS, SETTINGS, one).model.n_states == 3
