"""Weights by scenario: shares of one whole, and between the row and the neutral one as confidence is."""

from math import fsum
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.scenario import SCENARIOS, Scenario
from domain.allocation.strategy_matrix import DEFAULT_MATRIX, StrategyMatrix
from domain.regime import MarketRegime, VolatilityState

BULL_LOW: Final = Scenario(MarketRegime.BULL, VolatilityState.LOW)

scenarios = st.sampled_from(SCENARIOS)
shares = st.floats(0.0, 1.0)

# Laws


@given(scenario=scenarios, confidence=shares)
def test_weights_are_shares_of_one_whole(scenario: Scenario, confidence: float) -> None:
    weights = DEFAULT_MATRIX.weights(scenario, confidence)

    assert set(weights) == set(DEFAULT_MATRIX.kinds)
    assert min(weights.values()) >= 0.0
    assert fsum(weights.values()) == pytest.approx(1.0)


@given(scenario=scenarios, less=shares, more=shares)
def test_the_surer_the_scenario_is_the_nearer_its_row(scenario: Scenario, less: float, more: float) -> None:
    less, more = sorted((less, more))
    row = DEFAULT_MATRIX.rows[scenario]
    unsure, sure = DEFAULT_MATRIX.weights(scenario, less), DEFAULT_MATRIX.weights(scenario, more)

    for kind, weight in row.items():
        assert abs(sure[kind] - weight) <= abs(unsure[kind] - weight) + 1e-12


# Examples


def test_confidence_always_has_an_effect_between_the_row_and_the_neutral_one() -> None:
    # Trend, bull low 0.60 and neutral low 0.25: 0.7 × 0.60 + 0.3 × 0.25 = 0.495.
    assert DEFAULT_MATRIX.weights(BULL_LOW, 0.7)["trend_following"] == pytest.approx(0.495)
    assert DEFAULT_MATRIX.weights(BULL_LOW, 1.0)["trend_following"] == pytest.approx(0.60)
    assert DEFAULT_MATRIX.weights(BULL_LOW, 0.0)["trend_following"] == pytest.approx(0.25)


def test_there_are_eight_scenarios_each_with_a_code_of_its_own() -> None:
    assert len(SCENARIOS) == len({scenario.code for scenario in SCENARIOS}) == 8
    assert BULL_LOW.code == "bull_low"


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        DEFAULT_MATRIX.weights(BULL_LOW, confidence)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"trend_following": 0.5, "carry": 0.4}, "bull_low: weights sum to one, these to 0.9"),
        ({"trend_following": 1.5, "carry": -0.5}, "bull_low.trend_following: a weight lies between 0 and 1, got 1.5"),
        ({"trend_following": float("nan"), "carry": 1.0}, "bull_low.trend_following: a weight lies between"),
        ({"trend_following": 1.0}, "bull_low: every row needs the same kinds of strategies, not only some carry"),
    ],
)
def test_a_row_that_is_no_set_of_shares_is_named(row: dict[str, float], said: str) -> None:
    rows = {scenario: {"trend_following": 0.5, "carry": 0.5} for scenario in SCENARIOS[1:]}
    rows |= {BULL_LOW: row}
    rows |= {scenario: {"trend_following": 0.5, "carry": 0.5} for scenario in SCENARIOS if scenario != BULL_LOW}

    with pytest.raises(ValueError, match=said):
        StrategyMatrix(rows)


def test_a_row_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="no row for neutral_high"):
        StrategyMatrix({scenario: {"carry": 1.0} for scenario in SCENARIOS[:-1]})
