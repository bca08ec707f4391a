"""The daily risk model from sampled marks: near what the returns were made with, in days, from the past alone."""

from itertools import pairwise
from math import sqrt
from typing import Any, Final

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.estimates import EstimateSettings, estimate_model, past_deviation, weighted_covariance
from domain.risk.risk_model import RiskModel
from domain.risk.value_at_risk import VarMethod

DAILY: Final = 0.02
HOUR: Final = 1.0 / 24.0
N_HOURS: Final = 8_000
# A window of a year of hours: quantiles of fewer would be too uncertain to compare.
LONG: Final = EstimateSettings(window_samples=N_HOURS, half_life_samples=2_000.0)
SHORT: Final = EstimateSettings(window_samples=200, samples_min=48)
EVERY_METHOD: Final = pytest.mark.parametrize("method", list(VarMethod))


def prices_of(returns: Float64Array, start: float = 100.0) -> Float64Array:
    """Return prices of log returns of shape (n, n_symbols), one more than these."""
    steps = np.vstack([np.zeros((1, returns.shape[1])), returns])
    prices: Float64Array = start * np.exp(np.cumsum(steps, axis=0))
    return prices


def normal_returns(n: int, n_symbols: int = 1, *, seed: int = 5, days: Float64Array | float = HOUR) -> Float64Array:
    deviation = DAILY * np.sqrt(np.broadcast_to(days, (n,)))[:, np.newaxis]
    returns: Float64Array = np.random.default_rng(seed).normal(0.0, 1.0, (n, n_symbols)) * deviation
    return returns


def model_of(returns: Float64Array, settings: EstimateSettings, days: Float64Array | float = HOUR) -> RiskModel | None:
    symbols = ["AAA", "BBB", "CCC"][: returns.shape[1]]
    return estimate_model(symbols, prices_of(returns), np.broadcast_to(days, (len(returns),)), settings)


def known(model: RiskModel | None) -> RiskModel:
    assert model is not None
    return model


@EVERY_METHOD
def test_independent_normal_hours_give_the_daily_volatility_and_the_normal_tail(method: VarMethod) -> None:
    # Normal at 95 %: 1.645 standard deviations, beyond it 2.063 on average. 8,000 hours are 333 days of their own.
    model = known(model_of(normal_returns(N_HOURS), evolve(LONG, method=method)))

    assert model.volatility("AAA") == pytest.approx(DAILY, rel=0.05)
    assert model.var_factor == pytest.approx(1.645, abs=0.2)
    assert model.cvar_factor == pytest.approx(2.063, abs=0.25)


def test_the_normal_method_gives_the_normal_tail_exactly() -> None:
    model = known(model_of(normal_returns(100), evolve(SHORT, method=VarMethod.NORMAL)))
    assert (model.var_factor, model.cvar_factor) == pytest.approx((1.644854, 2.062713), abs=1e-6)

    careful = known(model_of(normal_returns(100), evolve(SHORT, method=VarMethod.NORMAL, confidence=0.99)))
    assert (careful.var_factor, careful.cvar_factor) == pytest.approx((2.326348, 2.665214), abs=1e-6)


@EVERY_METHOD
def test_more_confidence_is_never_a_smaller_tail(method: VarMethod) -> None:
    returns = normal_returns(N_HOURS)
    tails = [
        known(model_of(returns, evolve(LONG, method=method, confidence=confidence))) for confidence in (0.9, 0.95, 0.99)
    ]

    for less, more in pairwise(tails):
        assert less.var_factor <= more.var_factor
        assert less.cvar_factor <= more.cvar_factor


def test_fat_tails_are_seen_by_the_methods_that_look_at_the_residuals() -> None:
    # Nine quiet days and a wild one, again and again: the normal tail knows nothing of it.
    random = np.random.default_rng(3)
    days = random.normal(0.0, 1.0, (2_000, 1)) * np.where(np.arange(2_000) % 10 == 9, 0.06, 0.01)[:, np.newaxis]
    settings = evolve(LONG, half_life_samples=500.0, confidence=0.99)
    normal, *others = (
        known(model_of(days, evolve(settings, method=method), 1.0)).cvar_factor
        for method in (VarMethod.NORMAL, VarMethod.HISTORICAL, VarMethod.FILTERED_HISTORICAL)
    )

    assert min(others) > 1.3 * normal


def test_samples_that_lie_unevenly_apart_give_the_same_daily_risk() -> None:
    days = np.where(np.arange(3_000) % 3 == 0, 4.0, 0.5) * HOUR
    uneven = known(model_of(normal_returns(3_000, days=days), LONG, days))

    assert uneven.volatility("AAA") == pytest.approx(DAILY, rel=0.06)


def test_a_variance_by_hand() -> None:
    # Half-life 1: weights 1/4, 1/2, 1. Squares 1, 4, 9 (of 1e-4): 0.25 + 2 + 9 = 11.25.
    # Time 1, 2, 1 days: 0.25 + 1 + 1 = 2.25. 11.25 / 2.25 = 5.
    returns = np.array([[0.01], [0.02], [-0.03]])
    days = np.array([1.0, 2.0, 1.0])

    assert weighted_covariance(returns, days, 1.0) == pytest.approx(np.array([[5e-4]]))
    # All alike: 14 / 4 = 3.5.
    assert weighted_covariance(returns, days, np.inf) == pytest.approx(np.array([[3.5e-4]]))


def test_what_was_known_before_each_return_by_hand() -> None:
    # Half-life 1: before the third, 0.5 × 1 + 1 × 4 = 4.5 over 0.5 × 1 + 1 × 2 = 2.5 days: 1.8.
    deviations = past_deviation(np.array([[0.01], [0.02], [-0.03]]), np.array([1.0, 2.0, 1.0]), 1.0)

    assert deviations[:, 0] == pytest.approx([0.0, 0.01, sqrt(1.8e-4)])


@given(row=st.integers(1, 40), value=st.floats(-0.5, 0.5), half_life=st.sampled_from([1.0, 10.0, np.inf]))
def test_no_return_changes_what_was_known_before_it(row: int, value: float, half_life: float) -> None:
    returns, days = normal_returns(60, 2), np.full(60, HOUR)
    changed = returns.copy()
    changed[row:] = value

    before, after = past_deviation(returns, days, half_life), past_deviation(changed, days, half_life)

    assert np.array_equal(before[: row + 1], after[: row + 1])
    assert not np.array_equal(before[row + 1], after[row + 1])


@given(rows=st.integers(2, 60), half_life=st.sampled_from([1.0, 10.0, np.inf]))
def test_what_was_known_before_a_return_is_the_covariance_of_those_before_it(rows: int, half_life: float) -> None:
    returns, days = normal_returns(61, 2), np.full(61, HOUR)

    whole = weighted_covariance(returns[:rows], days[:rows], half_life)

    assert past_deviation(returns, days, half_life)[rows] == pytest.approx(np.sqrt(np.diag(whole)))


@given(scale=st.sampled_from([0.25, 2.0, 10.0]))
def test_twice_the_returns_are_twice_the_volatility_and_the_same_tail(scale: float) -> None:
    returns = normal_returns(200)
    one, other = known(model_of(returns, SHORT)), known(model_of(returns * scale, SHORT))

    assert other.volatility("AAA") == pytest.approx(scale * one.volatility("AAA"))
    assert (other.var_factor, other.cvar_factor) == pytest.approx((one.var_factor, one.cvar_factor))


def test_the_unit_of_the_price_changes_nothing() -> None:
    returns, days = normal_returns(200), np.full(200, HOUR)
    one, other = (known(estimate_model(["AAA"], prices_of(returns, start), days, SHORT)) for start in (100.0, 0.000123))

    assert other.volatility("AAA") == pytest.approx(one.volatility("AAA"))
    assert other.var_factor == pytest.approx(one.var_factor)


def test_what_moves_alike_is_correlated_and_what_moves_opposite_is_so_negatively() -> None:
    first = normal_returns(1_000)
    model = known(model_of(np.hstack([first, 2.0 * first, -first]), LONG))

    assert model.correlation("AAA", "BBB") == pytest.approx(1.0)
    assert model.correlation("AAA", "CCC") == pytest.approx(-1.0)
    assert model.volatility("BBB") == pytest.approx(2.0 * model.volatility("AAA"))


def test_the_latest_days_count_most_except_where_all_are_to_count_alike() -> None:
    calm, wild = normal_returns(150), normal_returns(50, seed=6) * 4.0
    returns, settings = np.vstack([calm, wild]), evolve(SHORT, half_life_samples=10.0)
    recent = known(model_of(returns, settings)).volatility("AAA")
    all_alike = known(model_of(returns, evolve(settings, method=VarMethod.HISTORICAL))).volatility("AAA")

    # Of 200, a quarter at four times: √(0.75 + 0.25 × 16) = 2.2 times 2 %; the latest alone: 4 times.
    assert recent == pytest.approx(4.0 * DAILY, rel=0.35)
    assert all_alike == pytest.approx(sqrt(0.75 + 0.25 * 16.0) * DAILY, rel=0.2)


def test_an_instrument_of_which_too_little_is_known_is_left_out_until_enough_is() -> None:
    prices, days = prices_of(normal_returns(100, 2)), np.full(100, HOUR)
    # The second came with the last 48 of 101 samples: 47 returns of 48 that are needed.
    prices[:-48, 1] = 0.0
    assert known(estimate_model(["AAA", "BBB"], prices, days, SHORT)).symbols == ["AAA"]

    enough = prices_of(normal_returns(100, 2))
    enough[:-49, 1] = 0.0
    assert known(estimate_model(["AAA", "BBB"], enough, days, SHORT)).symbols == ["AAA", "BBB"]


def test_too_few_samples_are_no_model() -> None:
    normal = evolve(SHORT, method=VarMethod.NORMAL)
    assert model_of(normal_returns(47), normal) is None
    assert model_of(normal_returns(48), normal) is not None


def test_a_tail_of_residuals_needs_days_of_its_own_beside_those_that_settle_the_volatility() -> None:
    # 51 hours end 28 days, of which 14 settle: 14, with both sides 28 of the 30 needed. One hour more makes it 30.
    assert model_of(normal_returns(51), SHORT) is None
    assert model_of(normal_returns(52), SHORT) is not None


@pytest.mark.parametrize("method", [each for each in VarMethod if each is not VarMethod.NORMAL])
def test_a_price_that_never_moved_has_no_tail(method: VarMethod) -> None:
    assert model_of(np.zeros((100, 1)), evolve(SHORT, method=method)) is None


@EVERY_METHOD
def test_a_price_that_never_moved_beside_one_that_did_is_without_risk(method: VarMethod) -> None:
    returns = np.hstack([normal_returns(200), np.zeros((200, 1))])
    model = known(model_of(returns, evolve(SHORT, method=method)))

    assert model.volatility("BBB") == 0.0
    assert model.volatility("AAA") > 0.0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("interval_s", 0),
        ("window_samples", 29),
        ("samples_min", 29),
        ("samples_min", 1_000),
        ("half_life_samples", 0.5),
        ("confidence", 0.5),
        ("confidence", 1.0),
        ("confidence", float("nan")),
    ],
)
def test_settings_that_make_no_sense_cannot_exist(key: str, value: Any) -> None:  # noqa: ANN401  # of any kind
    with pytest.raises(ValueError, match=key):
        evolve(EstimateSettings(), **{key: value})
