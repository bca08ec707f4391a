"""The daily risk model: a duplicate adds, a hedge takes away, and each instrument knows what moves alike."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.reachable import Reach
from domain.risk.risk_model import RiskModel

SYMBOLS = ("AAA", "BBB", "CCC")

loadings = st.lists(st.floats(-0.1, 0.1), min_size=9, max_size=9)
values = st.dictionaries(st.sampled_from(SYMBOLS), st.integers(-(10**6), 10**6).map(float))


def make_model(rows: list[list[float]], *, var_factor: float = 1.645, cvar_factor: float = 2.063) -> RiskModel:
    return RiskModel(SYMBOLS[: len(rows)], np.array(rows), var_factor, cvar_factor)


def from_loadings(numbers: list[float]) -> RiskModel:
    """Return a model whose covariance is a product of a matrix with itself, as every covariance is."""
    matrix = np.array(numbers).reshape(3, 3)
    return RiskModel(SYMBOLS, matrix @ matrix.T + 1e-6 * np.eye(3), 1.645, 2.063)


def two_alike(correlation: float) -> RiskModel:
    """Return two instruments of 2 % a day each."""
    return make_model([[0.0004, 0.0004 * correlation], [0.0004 * correlation, 0.0004]])


def test_one_position_deviates_by_its_value_times_its_volatility() -> None:
    assert two_alike(0.5).deviation({"AAA": -10_000.0}) == pytest.approx(200.0)


def test_positions_that_move_together_add_up_and_opposite_ones_cancel() -> None:
    # √(200² + 200² + 2 × r × 200 × 200) with r = 1: 400; with one of them short: 0.
    assert two_alike(1.0).deviation({"AAA": 10_000.0, "BBB": 10_000.0}) == pytest.approx(400.0)
    assert two_alike(1.0).deviation({"AAA": 10_000.0, "BBB": -10_000.0}) == pytest.approx(0.0, abs=1e-9)


def test_correlation_with_what_is_held_knows_a_hedge_from_a_duplicate() -> None:
    model = two_alike(0.9)

    assert model.correlation_with("BBB", 1, {"AAA": 10_000.0}) == pytest.approx(0.9)
    assert model.correlation_with("BBB", -1, {"AAA": 10_000.0}) == pytest.approx(-0.9)
    assert model.correlation_with("BBB", 1, {}) == 0.0


def test_a_budget_leaves_more_to_a_hedge_than_to_a_duplicate() -> None:
    # Held: 200 a day. Budget: 400 a day. Alone, 20,000 would fit.
    held = {"AAA": Reach(10_000.0, 10_000.0)}
    # A perfect duplicate may add the other 200: 10,000.
    # A perfect hedge first takes 200 away and may then add 400: 30,000.
    assert two_alike(1.0).beside("BBB", 1, held).value_within(400.0**2) == pytest.approx(10_000.0)
    assert two_alike(1.0).beside("BBB", -1, held).value_within(400.0**2) == pytest.approx(30_000.0)
    # Uncorrelated: √(400² − 200²) / 0.02.
    assert two_alike(0.0).beside("BBB", 1, held).value_within(400.0**2) == pytest.approx(sqrt(400**2 - 200**2) / 0.02)


def test_an_exhausted_budget_leaves_nothing() -> None:
    assert two_alike(0.5).beside("BBB", 1, {"AAA": Reach(10_000.0, 10_000.0)}).value_within(199.0**2) == 0.0
    assert two_alike(0.5).beside("BBB", 1, {}).value_within(0.0**2) == 0.0


def test_what_moves_alike_is_told_by_its_sign() -> None:
    model = make_model([[4e-4, 3e-4, -1e-4], [3e-4, 4e-4, -3.2e-4], [-1e-4, -3.2e-4, 4e-4]])

    assert model.alike("AAA", 0.7) == {"BBB": 1, "CCC": 0}  # 0.75 and −0.25
    assert model.alike("BBB", 0.7) == {"AAA": 1, "CCC": -1}  # 0.75 and −0.8
    assert model.alike("BBB", 0.78) == {"AAA": 0, "CCC": -1}


def test_an_instrument_outside_the_model_is_not_guessed() -> None:
    assert not two_alike(0.5).knows("CCC")
    with pytest.raises(KeyError):
        two_alike(0.5).deviation({"CCC": 1.0})


@given(numbers=loadings, held=values)
def test_deviation_is_that_of_the_quadratic_form_and_mirrors(numbers: list[float], held: dict[str, float]) -> None:
    model = from_loadings(numbers)
    vector = np.array([held.get(symbol, 0.0) for symbol in SYMBOLS])

    expected = sqrt(max(0.0, float(vector @ model.covariance @ vector)))
    assert model.deviation(held) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert model.deviation({symbol: -value for symbol, value in held.items()}) == model.deviation(held)
