"""Published and independently computed numbers of risk, each in its own tolerance.

They live in ``reference/vectors/{var_cvar,var_backtest,risk_decomposition,garch}.json`` of the shared folder. The
identifiers are repeated here, so that the tests have names where the folder is missing (they are then skipped) and so
that a case added to a file cannot be forgotten.
"""

import json
from collections.abc import Callable, Mapping
from itertools import chain
from math import sqrt
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pytest

from domain.distributions import binomial_at_least
from domain.risk.covariance import sample_covariance
from domain.risk.garch import fit_garch
from domain.risk.parametric_tail import (
    cornish_fisher_quantile,
    cornish_fisher_tail,
    normal_tail,
    sample_moments,
    student_t_tail,
)
from domain.risk.portfolio_var import (
    LossDecomposition,
    decompose_risk,
    historical_shortfall_contributions,
    portfolio_var,
    risk_contributions,
)
from domain.risk.tail_risk import QuantileConvention, TailRisk, historical_expected_shortfall, historical_var
from domain.risk.value_at_risk import VarMethod, estimate_tail
from domain.risk.var_backtest import (
    LikelihoodRatio,
    Transitions,
    basel_plus_factor,
    christoffersen_independence,
    conditional_coverage,
    count_transitions,
    kupiec,
    kupiec_region,
    traffic_light,
)
from domain.risk.volatility import VarianceRecursion, conditional_variances, mean_square, normal_log_likelihood

Inputs: TypeAlias = Mapping[str, Any]
Case: TypeAlias = Mapping[str, Any]

TESTED: Final[Mapping[str, tuple[str, ...]]] = {
    "var_cvar": (
        *(
            f"{name}_{alpha}"
            for alpha in ("05", "01")
            for name in (
                "hist_var_linear",
                "hist_cvar_ru",
                "normal_var",
                "normal_es",
                "cornish_fisher_var",
                "cornish_fisher_quantile",
                "student_var",
                "student_es",
                "normal_var_10day",
            )
        ),
        "cvar_exact_integer_tail",
        "cvar_exact_fractional_tail",
        "hist_var_integer_boundary",
        "gaussian_edhec",
        "cornish_fisher_edhec",
        "historical_edhec",
        "es_gaussian_edhec",
        "portfolio_gaussian_edhec",
    ),
    "var_backtest": (
        *(
            f"{name}_{days}"
            for days in (
                "250_2_0.01",
                "250_4_0.01",
                "250_7_0.01",
                "250_0_0.01",
                "252_20_0.05",
                "1000_65_0.05",
                "500_8_0.025",
                "365_365_0.05",
            )
            for name in ("kupiec", "binom")
        ),
        "jorion_jpm1998_uc",
        "jorion_jpm1998_ind",
        "jorion_jpm1998_cc",
        "kupiec_nonrejection_table",
        "christoffersen_clustered",
        "christoffersen_iid",
        "christoffersen_sparse",
        "basel_traffic_light",
    ),
    "risk_decomposition": (
        "jorion_cad_eur",
        "component_var_0.05",
        "component_var_with_mean_0.05",
        "component_var_0.01",
        "component_var_with_mean_0.01",
        "vol_contributions",
        "historical_cvar_contributions",
    ),
    "garch": ("garch11_a", "garch11_b", "garch11_igarch_like", "ewma_0.94", "ewma_0.97", "fcp_loglik"),
}

LEFT_OUT: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("var_cvar", "the shortfall of the Edgeworth density can be below the VaR; ours is the mean of the quantiles"): (
        "modified_es_05",
        "modified_es_01",
    ),
    ("var_cvar", "no limit is set on entropic value at risk"): ("evar_05", "evar_01"),
    ("var_cvar", "the mean below an interpolated quantile is not the mean of the worst five percent"): (
        "es_historical_edhec",
    ),
    ("risk_decomposition", "there is no factor model"): ("factor_risk_split",),
    ("garch", "returns are not taken as Student's t; the filtered sample has the tails that there were"): (
        "garch11_student",
    ),
    ("garch", "falls and rises move volatility alike"): ("gjr",),
    ("garch", "ours targets the variance on a grid; how near it comes is tested below"): ("mle", "fcp_benchmark_mle"),
}
LEFT_OUT_PARTS: Final = {
    # One period ahead is all that is forecast.
    "garch_filter": ("forecast_10", "long_run_variance", "half_life"),
}

# PerformanceAnalytics divides by n where it looks at one series alone.
DIVIDES_BY_N: Final = ("gaussian_edhec", "es_gaussian_edhec")


def normal_of(inputs: Inputs) -> TailRisk:
    returns, confidence = np.array(inputs["returns"]), 1.0 - inputs["alpha"]
    if inputs["case_id"] in DIVIDES_BY_N:
        return normal_tail(float(returns.mean()), float(returns.std()), confidence)
    tail = estimate_tail(returns, VarMethod.NORMAL, confidence)
    assert tail is not None
    return tail


def cornish_fisher_of(inputs: Inputs) -> float:
    moments = sample_moments(inputs["returns"])
    assert moments is not None
    tail = cornish_fisher_tail(moments, 1.0 - inputs["alpha"])
    if tail is not None:
        return tail.var
    # Outside of the range where we use it the formula is the same.
    quantile = cornish_fisher_quantile(moments.skew, moments.excess_kurtosis, inputs["alpha"])
    return -moments.mean - moments.deviation * quantile


def student_of(inputs: Inputs) -> TailRisk:
    return student_t_tail(inputs["mean"], inputs["std"], inputs["dof"], 1.0 - inputs["alpha"])


def portfolio_of(inputs: Inputs) -> float:
    returns = np.array(inputs["returns_matrix"]).T
    covariance = sample_covariance(returns)
    assert covariance is not None
    return portfolio_var(inputs["weights"], covariance, 1.0 - inputs["alpha"], means=returns.mean(axis=0)).total


def decomposed(parts: LossDecomposition, inputs: Inputs) -> dict[str, Any]:
    deviation = risk_contributions(inputs["positions"], inputs["cov"])
    assert deviation.shares is not None
    return {
        "portfolio_std": deviation.deviation,
        "var": parts.total,
        "individual_var": parts.individual.tolist(),
        "undiversified_var": parts.undiversified,
        "marginal_var": parts.marginal.tolist(),
        "component_var": parts.components.tolist(),
        "percent_contribution": deviation.shares.tolist(),
        "incremental_var": parts.incremental.tolist(),
    }


def component_of(inputs: Inputs) -> dict[str, Any]:
    parts = decompose_risk(inputs["positions"], inputs["cov"], inputs["z"], means=inputs.get("mean"))
    return decomposed(parts, inputs)


def contributions_of(inputs: Inputs) -> dict[str, Any]:
    parts = risk_contributions(inputs["weights"], inputs["cov"])
    assert parts.shares is not None
    return {
        "volatility": parts.deviation,
        "contributions": parts.contributions.tolist(),
        "percent": parts.shares.tolist(),
        "diversification_ratio": parts.diversification_ratio,
        "effective_number_of_bets_hhi": parts.effective_bets,
    }


def shortfall_of(inputs: Inputs) -> dict[str, Any]:
    parts = historical_shortfall_contributions(inputs["returns"], inputs["weights"], 1.0 - inputs["alpha"])
    assert parts is not None
    return {"cvar": parts.expected_shortfall, "contributions": parts.contributions.tolist()}


def ratio(test: LikelihoodRatio | None) -> dict[str, Any]:
    assert test is not None
    return {"lr": test.statistic, "p_value": test.p_value}


def transitions_of(inputs: Inputs) -> Transitions:
    return Transitions(inputs["n00"], inputs["n01"], inputs["n10"], inputs["n11"])


def christoffersen_of(inputs: Inputs) -> dict[str, Any]:
    hits = np.array(inputs["hits"], dtype=np.bool_)
    coverage = kupiec(hits.size, int(hits.sum()), 1.0 - inputs["p"])
    found = count_transitions(hits)
    independence = christoffersen_independence(found)
    assert independence is not None
    both = conditional_coverage(coverage, independence)
    return {
        "n00": found.calm_calm,
        "n01": found.calm_hit,
        "n10": found.hit_calm,
        "n11": found.hit_hit,
        "lr_uc": coverage.statistic,
        "lr_ind": independence.statistic,
        "lr_cc": both.statistic,
        "p_uc": coverage.p_value,
        "p_ind": independence.p_value,
        "p_cc": both.p_value,
    }


def regions_of(inputs: Inputs) -> list[dict[str, Any]]:
    regions = []
    for cell in inputs["cells"]:
        fewest, most = kupiec_region(cell["n"], 1.0 - cell["p"], test_confidence=inputs["test_confidence"])
        regions.append({**cell, "min_accept": fewest, "max_accept": most})
    return regions


def lights_of(inputs: Inputs) -> list[dict[str, Any]]:
    lights = [(n_hits, traffic_light(inputs["n"], n_hits, 1.0 - inputs["p"])) for n_hits in inputs["exceptions"]]
    return [
        {
            "exceptions": n_hits,
            "zone": light.zone.value,
            "plus_factor": basel_plus_factor(n_hits),
            "cumulative_prob": light.cumulative_probability,
        }
        for n_hits, light in lights
    ]


def garch_of(inputs: Inputs) -> dict[str, Any]:
    returns = np.array(inputs["returns"]) - inputs["mean"]
    recursion = VarianceRecursion(inputs["omega"], inputs["alpha"], inputs["beta"])
    first = inputs["omega"] + (inputs["alpha"] + inputs["beta"]) * inputs["backcast"]
    variances = conditional_variances(returns, recursion, first)[:-1]
    return {"variance": variances.tolist(), "loglik": normal_log_likelihood(returns, variances)}


def ewma_of(inputs: Inputs) -> dict[str, Any]:
    recursion = VarianceRecursion(0.0, 1.0 - inputs["lambda"], inputs["lambda"])
    variances = conditional_variances(inputs["returns"], recursion, inputs["initial_variance"]).tolist()
    return {"variance": variances[:-1], "next": variances[-1]}


def likelihood_of(inputs: Inputs) -> float:
    returns = np.array(inputs["returns"]) - inputs["mu"]
    recursion = VarianceRecursion(inputs["omega"], inputs["alpha"], inputs["beta"])
    first = inputs["omega"] + (inputs["alpha"] + inputs["beta"]) * mean_square(returns)
    return normal_log_likelihood(returns, conditional_variances(returns, recursion, first)[:-1])


CALCULATIONS: Final[Mapping[str, Callable[[Inputs], object]]] = {
    "historical_var": lambda i: historical_var(
        i["returns"], 1.0 - i["alpha"], convention=QuantileConvention.INTERPOLATED
    ),
    "historical_var_order_statistic": lambda i: historical_var(
        i["returns"], 1.0 - i["alpha"], convention=QuantileConvention.LOWER
    ),
    "historical_cvar": lambda i: historical_expected_shortfall(i["returns"], 1.0 - i["alpha"]),
    "normal_var": lambda i: normal_of(i).var,
    "normal_es": lambda i: normal_of(i).expected_shortfall,
    "normal_var_horizon": lambda i: (
        normal_tail(i["horizon"] * i["mean"], sqrt(i["horizon"]) * i["std"], 1.0 - i["alpha"]).var
    ),
    "cornish_fisher_var": cornish_fisher_of,
    "cornish_fisher_quantile": lambda i: cornish_fisher_quantile(i["skew"], i["excess_kurtosis"], i["alpha"]),
    "student_t_var": lambda i: student_of(i).var,
    "student_t_es": lambda i: student_of(i).expected_shortfall,
    "portfolio_normal_var": portfolio_of,
    "kupiec_pof": lambda i: ratio(kupiec(i["n"], i["exceptions"], 1.0 - i["p"])),
    "binomial_exceed_prob": lambda i: binomial_at_least(i["exceptions"], i["n"], i["p"]),
    "christoffersen_independence_counts": lambda i: ratio(christoffersen_independence(transitions_of(i))),
    "christoffersen_cc_from_parts": lambda i: ratio(
        conditional_coverage(LikelihoodRatio(i["lr_uc"], 0.0), LikelihoodRatio(i["lr_ind"], 0.0))
    ),
    "christoffersen": christoffersen_of,
    "kupiec_nonrejection_region": regions_of,
    "basel_traffic_light": lights_of,
    "component_var": component_of,
    "component_var_mean": component_of,
    "risk_contributions": contributions_of,
    "cvar_contributions": shortfall_of,
    "garch_filter": garch_of,
    "ewma_variance": ewma_of,
    "garch_loglik": likelihood_of,
}


def _mismatches(expected: object, got: object, tolerance: Mapping[str, float], path: str) -> list[str]:
    if isinstance(expected, dict):
        assert isinstance(got, dict)
        parts = (_mismatches(part, got.get(key), tolerance, f"{path}.{key}") for key, part in expected.items())
        return list(chain.from_iterable(parts))
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return [f"{path}: expected {len(expected)} values, got {got}"]
        pairs = enumerate(zip(expected, got, strict=True))
        return list(chain.from_iterable(_mismatches(e, g, tolerance, f"{path}[{i}]") for i, (e, g) in pairs))
    if isinstance(expected, str):
        return [] if got == expected else [f"{path}: expected {expected}, got {got}"]
    assert isinstance(expected, float | int)
    allowed = tolerance["abs"] + tolerance["rel"] * abs(expected)
    if not isinstance(got, float | int) or not abs(got - expected) <= allowed:
        return [f"{path}: expected {expected} within {allowed}, got {got!r}"]
    return []


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> Mapping[tuple[str, str], Case]:
    found = {}
    for topic in TESTED:
        text = (shared_data / "reference" / "vectors" / f"{topic}.json").read_text(encoding="utf-8")
        document = json.loads(text)
        for case in document["cases"]:
            inputs = {name: _resolved(value, document["datasets"]) for name, value in case["inputs"].items()}
            found[topic, case["id"]] = {**case, "inputs": {**inputs, "case_id": case["id"]}}
    return found


def _resolved(value: object, datasets: Mapping[str, object]) -> object:
    return datasets[value["$dataset"]] if isinstance(value, dict) and "$dataset" in value else value


NAMED: Final = [(topic, case_id) for topic, case_ids in TESTED.items() for case_id in case_ids]


@pytest.mark.parametrize(("topic", "case_id"), NAMED)
def test_a_reference_number_is_reproduced(topic: str, case_id: str, cases: Mapping[tuple[str, str], Case]) -> None:
    case = cases[topic, case_id]
    expected = case["expected"]
    if isinstance(expected, dict):
        without = LEFT_OUT_PARTS.get(case["function"], ())
        expected = {key: part for key, part in expected.items() if key not in without}

    got = CALCULATIONS[case["function"]](case["inputs"])

    problems = _mismatches(expected, got, case["tol"], case["function"])
    assert not problems, f"{case_id}: {problems}; source: {case['source']}"


@pytest.mark.parametrize("topic", TESTED)
def test_every_case_of_a_file_is_tested_or_left_out_for_a_reason(
    topic: str, cases: Mapping[tuple[str, str], Case]
) -> None:
    left_out = chain.from_iterable(ids for (file, _), ids in LEFT_OUT.items() if file == topic)

    assert sorted([*TESTED[topic], *left_out]) == sorted(case_id for file, case_id in cases if file == topic)


def test_nothing_is_left_out_that_the_domain_could_calculate(cases: Mapping[tuple[str, str], Case]) -> None:
    left_out = [(topic, case_id) for (topic, _), ids in LEFT_OUT.items() for case_id in ids]

    assert not [name for name in left_out if cases[name]["function"] in CALCULATIONS]


# The other conventions of a sample's quantile are variants of the same cases.
VARIANTS: Final = (
    ("hist_var_linear_05", "order statistic", QuantileConvention.LOWER),
    ("hist_var_linear_01", "order statistic", QuantileConvention.LOWER),
    ("hist_var_linear_05", "riskfolio VaR_Hist", QuantileConvention.UPPER),
    ("hist_var_linear_01", "riskfolio VaR_Hist", QuantileConvention.UPPER),
    ("hist_var_integer_boundary", "k-th largest loss", QuantileConvention.UPPER),
    ("hist_var_integer_boundary", "interpolated quantile", QuantileConvention.INTERPOLATED),
)


@pytest.mark.parametrize(("case_id", "named", "convention"), VARIANTS)
def test_each_convention_of_a_samples_quantile_is_reproduced(
    case_id: str, named: str, convention: QuantileConvention, cases: Mapping[tuple[str, str], Case]
) -> None:
    case = cases["var_cvar", case_id]
    expected = next(variant["expected"] for variant in case["variants"] if variant["convention"].startswith(named))

    got = historical_var(case["inputs"]["returns"], 1.0 - case["inputs"]["alpha"], convention=convention)

    assert got == pytest.approx(expected, rel=case["tol"]["rel"]), case["source"]


@pytest.mark.parametrize(("case_id", "loss_of_likelihood"), [("fcp_benchmark_mle", 0.6), ("mle", 0.1)])
def test_targeting_the_variance_on_a_grid_costs_little_likelihood(
    case_id: str, loss_of_likelihood: float, cases: Mapping[tuple[str, str], Case]
) -> None:
    case = cases["garch", case_id]

    # The mean is theirs, the weights are ours. In the benchmark the first variance is the mean square, as ours is.
    fit = fit_garch(np.array(case["inputs"]["returns"]) - case["expected"]["mu"])

    assert fit is not None
    assert fit.log_likelihood >= case["expected"]["loglik"] - loss_of_likelihood, case["source"]
    assert fit.recursion.reaction == pytest.approx(case["expected"]["alpha"], abs=0.02)
    assert fit.recursion.persistence == pytest.approx(case["expected"]["beta"], abs=0.02)
