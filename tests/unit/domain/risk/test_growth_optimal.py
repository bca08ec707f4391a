"""Growth-optimal fractions: reference numbers, laws, and examples by hand.

The reference numbers live in ``reference/vectors/kelly.json`` of the shared folder.
"""

import json
from collections.abc import Callable, Mapping
from itertools import chain
from math import isclose
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.growth_optimal import (
    GrowthOptimal,
    growth_optimal_bet,
    growth_optimal_fraction,
    growth_optimal_holding,
    growth_optimal_mix,
    holding_growth,
    probability_of_falling_to,
    probability_of_reaching,
)

Inputs: TypeAlias = Mapping[str, Any]
Case: TypeAlias = Mapping[str, Any]


def array(values: object) -> Float64Array:
    return np.asarray(values, dtype=np.float64)


def figures(optimum: GrowthOptimal | None) -> dict[str, float]:
    assert optimum is not None
    return {"fraction": optimum.fraction, "growth": optimum.growth}


def _binary(case: Inputs) -> dict[str, float]:
    return figures(growth_optimal_bet(**{key.replace("p_win", "win_probability"): case[key] for key in case}))


def _continuous(case: Inputs) -> dict[str, float]:
    optimum = growth_optimal_holding(**case)
    half, double = optimum.fraction / 2, optimum.fraction * 2
    return {
        **figures(optimum),
        "growth_half_kelly": holding_growth(half, **case),
        "growth_double_kelly": holding_growth(double, **case),
    }


def _mix(case: Inputs) -> Mapping[str, object]:
    mix = growth_optimal_mix(array(case["mean"]), array(case["cov"]), risk_free=case["risk_free"])
    return {"fractions": list(mix.fractions), "growth": mix.growth}


def _two_even_bets(case: Inputs) -> dict[str, float]:
    # The same stake on two coins at once wins two stakes, none, or loses two.
    win = case["p_win"]
    odds = array([win**2, 2 * win * (1 - win), (1 - win) ** 2])
    optimum = growth_optimal_fraction(array([2.0, 0.0, -2.0]), odds)
    assert optimum is not None
    return {"number": optimum.fraction}


CALCULATIONS: Final[Mapping[str, Callable[[Inputs], Mapping[str, object]]]] = {
    "kelly_binary": _binary,
    "kelly_continuous": _continuous,
    "kelly_discrete": lambda case: figures(
        growth_optimal_fraction(array(case["outcomes"]), array(case["probabilities"]))
    ),
    "kelly_empirical": lambda case: figures(growth_optimal_fraction(array(case["returns"]))),
    "kelly_multi_asset": _mix,
    "kelly_two_simultaneous_even_bets": _two_even_bets,
    "kelly_ever_reach_fraction": lambda case: {
        "number": probability_of_falling_to(case["wealth_fraction"], kelly_multiple=case["kelly_multiple"])
    },
    "kelly_reach_b_before_a": lambda case: {
        "number": probability_of_reaching(case["b"], before=case["a"], kelly_multiple=case["kelly_multiple"])
    },
}

TESTED: Final = (
    "binary_0.53_1_1",
    "binary_0.6_1_1",
    "binary_0.55_1.5_1",
    "binary_0.4_3_1",
    "binary_0.35_1_1",
    "binary_0.55_0.8_0.5",
    "continuous_0.11_0.15_0.06",
    "continuous_0.3_0.8_0.0",
    "continuous_0.08_0.2_0.03",
    "drawdown_prob_1.0000_0.5",
    "drawdown_prob_0.5000_0.5",
    "drawdown_prob_0.5000_0.8",
    "drawdown_prob_0.2500_0.3",
    "drawdown_prob_0.6667_0.9",
    "reach_b_before_a_1.00_0.5_2",
    "reach_b_before_a_0.50_0.5_2",
    "reach_b_before_a_0.50_0.75_1.5",
    "discrete_0",
    "discrete_1",
    "empirical",
    "multi_asset",
    "two_simultaneous_coins",
)
LEFT_OUT: Final[Mapping[str, tuple[str, ...]]] = {
    "constraints on a mix are the portfolio optimizer's": ("multi_asset_long_only_cap1",),
}
LEFT_OUT_PARTS: Final[Mapping[str, str]] = {
    "raw_formula": "a negative edge is zero here",
    "sharpe": "a ratio of the inputs alone",
}


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> Mapping[str, Case]:
    document = json.loads((shared_data / "reference" / "vectors" / "kelly.json").read_text(encoding="utf-8"))
    datasets = document["datasets"]

    def filled_in(inputs: Inputs) -> Inputs:
        return {key: datasets[part["$dataset"]] if isinstance(part, dict) else part for key, part in inputs.items()}

    return {case["id"]: {**case, "inputs": filled_in(case["inputs"])} for case in document["cases"]}


@pytest.mark.parametrize("case_id", TESTED)
def test_a_reference_number_is_reproduced(case_id: str, cases: Mapping[str, Case]) -> None:
    case = cases[case_id]
    expected = case["expected"] if isinstance(case["expected"], dict) else {"number": case["expected"]}

    got = CALCULATIONS[case["function"]](case["inputs"])

    assert set(got) == set(expected) - LEFT_OUT_PARTS.keys()
    for name, number in got.items():
        assert number == pytest.approx(expected[name], **case["tol"]), f"{case_id}: {name}: source: {case['source']}"


def test_every_case_of_the_file_is_tested_or_left_out_for_a_reason(cases: Mapping[str, Case]) -> None:
    left_out = list(chain.from_iterable(LEFT_OUT.values()))

    assert sorted([*TESTED, *left_out]) == sorted(cases)
    assert not [case_id for case_id in left_out if cases[case_id]["function"] in CALCULATIONS]


# Laws

returns = st.floats(-0.9, 3.0).map(lambda value: round(value, 6))
samples = st.lists(returns, min_size=1, max_size=30)


@given(sample=samples, other=st.floats(0.0, 1.0))
def test_no_other_fraction_grows_faster(sample: list[float], other: float) -> None:
    outcomes = array(sample)
    optimum = growth_optimal_fraction(outcomes)
    assume(optimum is not None)
    assert optimum is not None

    ruin = -1.0 / outcomes.min()
    with np.errstate(divide="ignore"):
        elsewhere = float(np.mean(np.log1p(other * ruin * 0.999 * outcomes)))

    assert optimum.growth >= elsewhere - 1e-9


@given(sample=samples)
def test_a_fraction_never_risks_ruin_and_is_zero_exactly_without_an_edge(sample: list[float]) -> None:
    outcomes = array(sample)
    optimum = growth_optimal_fraction(outcomes)

    assert (optimum is None) == (outcomes.min() >= 0.0)
    if optimum is not None:
        assert 0.0 <= optimum.fraction < -1.0 / outcomes.min()
        assert (optimum.fraction > 0.0) == (float(np.full(outcomes.size, 1 / outcomes.size) @ outcomes) > 0.0)
        assert optimum.growth >= 0.0


@given(sample=samples, exponent=st.integers(-8, 8))
def test_stakes_half_as_wild_are_staked_twice(sample: list[float], exponent: int) -> None:
    optimum = growth_optimal_fraction(array(sample))
    scaled = growth_optimal_fraction(array(sample) * 2.0**exponent)

    assert (optimum is None) == (scaled is None)
    if optimum is not None and scaled is not None:
        assert isclose(scaled.fraction * 2.0**exponent, optimum.fraction, rel_tol=1e-12)
        assert isclose(scaled.growth, optimum.growth, rel_tol=1e-9, abs_tol=1e-15)


@given(
    win=st.floats(0.01, 0.99),
    gain=st.floats(0.01, 10.0),
    loss=st.floats(0.01, 10.0),
)
def test_a_bet_is_a_sample_of_two_outcomes(win: float, gain: float, loss: float) -> None:
    bet = growth_optimal_bet(win_probability=win, gain_per_unit=gain, loss_per_unit=loss)
    general = growth_optimal_fraction(array([gain, -loss]), array([win, 1.0 - win]))

    assert general is not None
    assert isclose(bet.fraction, general.fraction, rel_tol=1e-7, abs_tol=1e-7)


@given(
    mean=st.floats(-1.0, 1.0),
    std=st.floats(0.05, 2.0),
    risk_free=st.floats(-0.1, 0.1),
)
def test_one_asset_is_a_mix_of_one(mean: float, std: float, risk_free: float) -> None:
    alone = growth_optimal_holding(mean=mean, std=std, risk_free=risk_free)
    mix = growth_optimal_mix(array([mean]), array([[std**2]]), risk_free=risk_free)

    assert mix.fractions == pytest.approx([alone.fraction])
    assert mix.growth == pytest.approx(alone.growth)


@given(
    fraction=st.floats(0.05, 0.95),
    multiples=st.lists(st.floats(0.01, 3.0), min_size=2, max_size=2).map(sorted),
)
def test_holding_more_falls_more_often(fraction: float, multiples: list[float]) -> None:
    less, more = (probability_of_falling_to(fraction, kelly_multiple=multiple) for multiple in multiples)

    assert 0.0 <= less <= more <= 1.0


@given(
    gain=st.floats(1.01, 10.0),
    before=st.floats(0.05, 0.99),
    multiple=st.floats(0.05, 1.99),
)
def test_reaching_and_falling_first_leave_nothing_over(gain: float, before: float, multiple: float) -> None:
    # Ever falling to a = falling to a before reaching b, or reaching b and then falling from b to a.
    reaching = probability_of_reaching(gain, before=before, kelly_multiple=multiple)
    ever_falling = probability_of_falling_to(before, kelly_multiple=multiple)
    falling_from_there = probability_of_falling_to(before / gain, kelly_multiple=multiple)

    assert ever_falling == pytest.approx((1.0 - reaching) + reaching * falling_from_there, abs=1e-9)


# Examples


def test_a_certain_loss_is_not_staked_on() -> None:
    assert growth_optimal_fraction(array([-0.5, -0.1])) == GrowthOptimal(0.0, 0.0)


def test_an_outcome_that_cannot_happen_does_not_count() -> None:
    # Without it: p = 0.6 at even odds, 0.6 − 0.4 = 0.2.
    optimum = growth_optimal_fraction(array([1.0, -1.0, -5.0]), array([0.6, 0.4, 0.0]))

    assert optimum is not None
    assert optimum.fraction == pytest.approx(0.2)


@pytest.mark.parametrize("sample", [[], [0.1, 0.2], [0.0]])
def test_what_never_lost_has_no_best_fraction(sample: list[float]) -> None:
    assert growth_optimal_fraction(array(sample)) is None


@pytest.mark.parametrize(
    ("outcomes", "probabilities"),
    [
        ([0.1, np.nan], None),
        ([0.1, -0.1], [0.5]),
        ([0.1, -0.1], [0.9, 0.2]),
        ([0.1, -0.1], [1.5, -0.5]),
        ([[0.1, -0.1]], None),
    ],
)
def test_outcomes_that_make_no_sense_are_refused(outcomes: object, probabilities: object) -> None:
    with pytest.raises(ValueError, match=r"need finite outcomes|probabilities must"):
        growth_optimal_fraction(array(outcomes), None if probabilities is None else array(probabilities))


@pytest.mark.parametrize(
    "covariance",
    [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [0.0, np.inf]], [[1.0]]],
)
def test_a_covariance_that_is_none_is_refused(covariance: object) -> None:
    with pytest.raises(ValueError, match=r"positive definite|finite|shapes"):
        growth_optimal_mix(array([0.1, 0.1]), array(covariance))


@pytest.mark.parametrize("multiple", [0.0, -1.0, np.nan, np.inf])
def test_a_multiple_out_of_range_is_refused(multiple: float) -> None:
    with pytest.raises(ValueError, match="positive multiple"):
        probability_of_falling_to(0.5, kelly_multiple=multiple)
    with pytest.raises(ValueError, match="0 < c < 2"):
        probability_of_reaching(2.0, before=0.5, kelly_multiple=multiple)


def test_a_bet_or_a_holding_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="0 < p < 1"):
        growth_optimal_bet(win_probability=1.0, gain_per_unit=1.0, loss_per_unit=1.0)
    with pytest.raises(ValueError, match="positive deviation"):
        growth_optimal_holding(mean=0.1, std=0.0)
