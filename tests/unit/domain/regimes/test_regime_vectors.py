"""Numbers of two other implementations for filtering and for GARCH forecasts, each in its own tolerance.

They live in ``reference/vectors/{hmm,garch}.json`` of the shared folder. What knows the future (smoothed
probabilities, the likeliest path) is not ours to compute; that the filter is not it is tested.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from domain.market import Float64Array
from domain.regimes.garch_forecast import GarchModel, VarianceForecast
from domain.regimes.gaussian_hmm import (
    GaussianHmm,
    HmmFilter,
    filtered_probabilities,
    forecast,
    stationary_distribution,
)
from domain.risk.volatility import VarianceRecursion

FILTERED: Final = ("hmm_two_state", "hmm_three_state", "hmm_outlier_underflow")
OTHER_STARTS: Final = ("hmm_two_state_stationary_start", "hmm_statsmodels_known_init")
FORECAST: Final = ("garch11_a", "garch11_b", "garch11_igarch_like")


def _cases(shared_data: Path, topic: str) -> dict[str, Mapping[str, Any]]:
    document = json.loads((shared_data / "reference" / "vectors" / f"{topic}.json").read_text(encoding="utf-8"))
    cases = {case["id"]: case for case in document["cases"]}
    for case in cases.values():
        for name, value in case["inputs"].items():
            if isinstance(value, dict) and "$dataset" in value:
                case["inputs"][name] = document["datasets"][value["$dataset"]]
    return cases


def _model(inputs: Mapping[str, Any], start: Float64Array | list[float]) -> GaussianHmm:
    means, variances = np.array(inputs["means"]), np.array(inputs["variances"])
    return GaussianHmm(start, inputs["transmat"], means[:, None], variances[:, None, None])


def _observations(inputs: Mapping[str, Any]) -> list[tuple[float]]:
    return [(value,) for value in inputs["x"]]


def _assert_close(got: object, expected: object, case: Mapping[str, Any]) -> None:
    np.testing.assert_allclose(
        np.array(got), np.array(expected), rtol=case["tol"]["rel"], atol=case["tol"].get("abs", 0.0)
    )


def test_every_case_on_hidden_markov_models_is_tested(shared_data: Path) -> None:
    assert set(_cases(shared_data, "hmm")) == {*FILTERED, *OTHER_STARTS}


@pytest.mark.parametrize("case_id", FILTERED)
def test_filtered_probabilities_and_likelihood_agree(shared_data: Path, case_id: str) -> None:
    case = _cases(shared_data, "hmm")[case_id]
    running, likelihoods, rows = HmmFilter(_model(case["inputs"], case["inputs"]["startprob"])), [], []

    for observation in _observations(case["inputs"]):
        rows.append(running.update(observation))
        likelihoods.append(running.log_likelihood)

    _assert_close(rows, case["expected"]["filtered"], case)
    _assert_close(likelihoods, case["expected"]["loglik_prefix"], case)
    _assert_close(likelihoods[-1], case["expected"]["loglik"], case)


@pytest.mark.parametrize("case_id", FILTERED)
def test_forecasts_of_the_state_agree(shared_data: Path, case_id: str) -> None:
    case = _cases(shared_data, "hmm")[case_id]
    model = _model(case["inputs"], case["inputs"]["startprob"])

    last = filtered_probabilities(model, _observations(case["inputs"]))[-1].tolist()

    _assert_close(forecast(model, last, 1), case["expected"]["next_state_prob"], case)
    _assert_close(forecast(model, last, 5), case["expected"]["state_prob_5_ahead"], case)
    _assert_close(stationary_distribution(model.transition), case["expected"]["stationary"], case)


@pytest.mark.parametrize("case_id", FILTERED)
def test_what_is_filtered_is_not_what_is_smoothed(shared_data: Path, case_id: str) -> None:
    case = _cases(shared_data, "hmm")[case_id]
    model = _model(case["inputs"], case["inputs"]["startprob"])

    filtered = filtered_probabilities(model, _observations(case["inputs"]))
    smoothed = np.array(case["expected"]["smoothed"])

    # Only at the end, where no future is left, are both the same.
    assert np.abs(filtered - smoothed)[:-1].max() > 0.5
    _assert_close(filtered[-1], smoothed[-1], case)


def test_the_stationary_start_agrees(shared_data: Path) -> None:
    case = _cases(shared_data, "hmm")["hmm_two_state_stationary_start"]
    model = _model(case["inputs"], stationary_distribution(np.array(case["inputs"]["transmat"])))
    running = HmmFilter(model)

    rows = [running.update(observation) for observation in _observations(case["inputs"])]

    _assert_close(rows, case["expected"]["filtered"], case)
    _assert_close(running.log_likelihood, case["expected"]["loglik"], case)


def test_a_start_that_lies_before_the_first_step_agrees(shared_data: Path) -> None:
    case = _cases(shared_data, "hmm")["hmm_statsmodels_known_init"]
    # There the chances of the first step are taken twice before anything is observed.
    twice = np.linalg.matrix_power(np.array(case["inputs"]["transmat"]), 2)
    running = HmmFilter(_model(case["inputs"], np.array(case["inputs"]["initial"]) @ twice))

    rows = [running.update(observation) for observation in _observations(case["inputs"])]

    _assert_close(rows[:5], case["expected"]["filtered_first5"], case)
    _assert_close(running.log_likelihood, case["expected"]["loglik"], case)


@pytest.mark.parametrize("case_id", FORECAST)
def test_variances_and_their_forecasts_agree(shared_data: Path, case_id: str) -> None:
    case = _cases(shared_data, "garch")[case_id]
    given, expected = case["inputs"], case["expected"]
    model = GarchModel(VarianceRecursion(given["omega"], given["alpha"], given["beta"]), given["mean"])
    following = VarianceForecast(model, given["omega"] + (given["alpha"] + given["beta"]) * given["backcast"])
    variances = []

    for value in given["returns"]:
        variances.append(following.variance)
        following = following.after(value)

    _assert_close(variances, expected["variance"], case)
    _assert_close(following.variances(10), expected["forecast_10"], case)
    _assert_close(model.long_run_variance, expected["long_run_variance"], case)
    _assert_close(model.half_life_bars, expected["half_life"], case)
