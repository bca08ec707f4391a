"""Tails from whole days: of just what is held, on its own side, from the past alone; and the bound that limits take."""

from typing import Final

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.day_history import DayHistory, forecast_tail, limiting_tail
from domain.risk.estimates import EstimateSettings
from domain.risk.tail_risk import TailRisk
from domain.risk.value_at_risk import VarMethod

SETTINGS: Final = EstimateSettings()
FILTERING: Final = pytest.mark.parametrize("method", [VarMethod.FILTERED_HISTORICAL, VarMethod.CORNISH_FISHER])
EVERY_METHOD: Final = pytest.mark.parametrize("method", list(VarMethod))
LONG: Final = np.array([1.0])
moves: Final = st.lists(st.floats(-0.1, 0.1).map(lambda move: round(move, 4)), min_size=30, max_size=60)


def history_of(returns: Float64Array, deviations: Float64Array | float = 0.02, correlation: float = 0.0) -> DayHistory:
    """Return days of these simple returns, shape (n_days, n_symbols), each expected to deviate by so much."""
    grown = np.vstack([np.ones((1, returns.shape[1])), 1.0 + returns])
    prices = np.asarray(100.0 * np.cumprod(grown, axis=0), dtype=np.float64)
    began_at = np.arange(len(prices), dtype=np.float64)
    expected = np.broadcast_to(deviations, prices.shape)
    shape = np.full((returns.shape[1],) * 2, correlation)
    np.fill_diagonal(shape, 1.0)
    return DayHistory(began_at, prices, expected[:, :, None] * expected[:, None, :] * shape)


def column(*values: float) -> Float64Array:
    return np.array(values)[:, np.newaxis]


def normal_days(n: int, n_symbols: int = 1, seed: int = 3) -> Float64Array:
    returns: Float64Array = np.random.default_rng(seed).normal(0.0, 0.02, (n, n_symbols))
    return returns


def now(deviation: float) -> Float64Array:
    return np.array([[deviation**2]])


def known(tail: TailRisk | None) -> TailRisk:
    assert tail is not None
    return tail


# What the days were


def test_residuals_by_hand() -> None:
    # Long 3 of the first, short 1 of the second, which are independent, deviating by 2 % and 8 %:
    # √(3² × 0.02² + 1 × 0.08²) = 0.1. The first day makes 3 × 0.01 - 0.05 = -0.02, the second 3 × 0.03 + 0.01 = 0.1.
    history = history_of(np.array([[0.01, 0.05], [0.03, -0.01]]), np.array([0.02, 0.08]))

    assert history.outcomes(np.array([3.0, -1.0])) == pytest.approx([-0.02, 0.1])
    assert history.residuals(np.array([3.0, -1.0])) == pytest.approx([-0.2, 1.0])
    # Of each alone: 0.01 / 0.02, 0.05 / 0.08, 0.03 / 0.02, -0.01 / 0.08.
    assert history.each_residual() == pytest.approx([0.5, 0.625, 1.5, -0.125])


def test_a_day_that_took_longer_may_move_further() -> None:
    # Four days from one start to the next: 4 % are one deviation of 2 % times √4.
    history = evolve(history_of(column(0.04, 0.02)), began_at=np.array([0.0, 4.0, 5.0]))

    assert history.residuals(LONG) == pytest.approx([1.0, 1.0])
    assert history.each_residual() == pytest.approx([1.0, 1.0])


def test_days_of_which_too_little_is_known_are_left_out() -> None:
    whole = history_of(np.array([[0.01, 0.05], [0.03, -0.01], [0.02, 0.02]]))
    prices, covariances = whole.prices.copy(), whole.covariances.copy()
    prices[0, 1] = 0.0
    covariances[1, 1, :] = covariances[1, :, 1] = np.nan
    history = DayHistory(whole.began_at, prices, covariances)

    assert history.outcomes(np.array([1.0, 1.0])) == pytest.approx([0.02, 0.04])
    assert history.residuals(np.array([1.0, 1.0])).size == 1
    # What is not held matters to nobody.
    assert history.residuals(np.array([1.0, 0.0])).size == 3
    assert history.each_residual().size == 3 + 1


# The forecast


@given(made=moves, scale=st.sampled_from([0.5, 3.0, 1e6]))
def test_twice_the_position_is_twice_the_tail(made: list[float], scale: float) -> None:
    history = history_of(column(*made))
    one = known(forecast_tail(history, now(0.03), LONG, SETTINGS))
    more = known(forecast_tail(history, now(0.03), LONG * scale, SETTINGS))

    assert (more.var, more.expected_shortfall) == pytest.approx((scale * one.var, scale * one.expected_shortfall))


@given(made=moves, method=st.sampled_from(list(VarMethod)))
def test_a_short_loses_what_a_long_of_the_mirrored_market_does(made: list[float], method: VarMethod) -> None:
    settings, returns = evolve(SETTINGS, method=method), column(*made)
    short = forecast_tail(history_of(returns), now(0.03), -LONG, settings)
    long = forecast_tail(history_of(-returns), now(0.03), LONG, settings)

    assert (short is None) == (long is None)
    if short is not None and long is not None:
        assert (short.var, short.expected_shortfall) == pytest.approx((long.var, long.expected_shortfall))


@given(made=moves, share=st.floats(0.1, 0.9))
def test_a_position_split_over_two_that_are_the_same_is_one(made: list[float], share: float) -> None:
    alone = history_of(column(*made))
    twice = history_of(np.hstack([column(*made)] * 2), correlation=1.0)
    both = np.full((2, 2), 0.03**2)

    one = known(forecast_tail(alone, now(0.03), LONG, SETTINGS))
    split = known(forecast_tail(twice, both, np.array([share, 1.0 - share]), SETTINGS))

    assert (split.var, split.expected_shortfall) == pytest.approx((one.var, one.expected_shortfall))


@given(made=moves, row=st.integers(0, 29), value=st.floats(-0.5, 0.5))
def test_no_day_changes_what_the_days_before_it_were(made: list[float], row: int, value: float) -> None:
    returns = column(*made)
    changed = returns.copy()
    changed[row:] = value

    before, after = history_of(returns).residuals(LONG), history_of(changed).residuals(LONG)

    assert after[:row] == pytest.approx(before[:row])


@EVERY_METHOD
def test_normal_days_have_the_normal_tail(method: VarMethod) -> None:
    # 1.645 deviations, and 2.063 beyond. Historical knows no deviation but that of the days, 2 %.
    tail = known(forecast_tail(history_of(normal_days(4_000)), now(0.02), 1e4 * LONG, evolve(SETTINGS, method=method)))

    assert tail.var == pytest.approx(1.645 * 200.0, rel=0.05)
    assert tail.expected_shortfall == pytest.approx(2.063 * 200.0, rel=0.05)


@FILTERING
def test_calm_days_and_wild_ones_count_in_the_deviation_of_their_own(method: VarMethod) -> None:
    returns, factors = normal_days(500), np.where(np.arange(501) < 250, 0.5, 4.0)[:, np.newaxis]
    settings = evolve(SETTINGS, method=method)

    plain = known(forecast_tail(history_of(returns), now(0.05), LONG, settings))
    mixed = known(forecast_tail(history_of(returns * factors[:-1], 0.02 * factors), now(0.05), LONG, settings))

    assert mixed.var == pytest.approx(plain.var)


@pytest.mark.parametrize("method", [VarMethod.HISTORICAL, VarMethod.FILTERED_HISTORICAL])
def test_who_loses_by_the_longer_tail_is_told_the_larger_risk(method: VarMethod) -> None:
    # Nine days of one percent up, one of nine percent down: 10 % are beyond 95 %.
    history = history_of(np.tile(column(*[0.01] * 9, -0.09), (20, 1)), 0.03)
    long, short = (
        known(forecast_tail(history, now(0.03), side * LONG, evolve(SETTINGS, method=method))) for side in (1.0, -1.0)
    )

    assert long.var > 1.5 * short.var
    if method is VarMethod.HISTORICAL:
        assert (long.var, short.var) == pytest.approx((0.09, 0.01))


@pytest.mark.parametrize(("confidence", "n_days"), [(0.95, 30), (0.99, 100)])
def test_a_tail_needs_thirty_days_and_enough_to_reach_it(confidence: float, n_days: int) -> None:
    settings = evolve(SETTINGS, confidence=confidence)

    assert forecast_tail(history_of(normal_days(n_days - 1)), now(0.02), LONG, settings) is None
    assert forecast_tail(history_of(normal_days(n_days)), now(0.02), LONG, settings) is not None


@EVERY_METHOD
def test_where_the_risk_of_what_is_held_is_unknown_or_nothing_is_held_there_is_no_forecast(method: VarMethod) -> None:
    history, settings = history_of(normal_days(200, 2)), evolve(SETTINGS, method=method)
    covariance = np.diag([4e-4, np.nan])

    assert forecast_tail(history, covariance, np.array([1.0, 0.0]), settings) is not None
    assert forecast_tail(history, covariance, np.array([1.0, 1.0]), settings) is None
    assert forecast_tail(history, covariance, np.zeros(2), settings) is None


# The bound


@given(made=moves, side=st.sampled_from([1.0, -1.0]), method=st.sampled_from(list(VarMethod)))
def test_limits_reckon_with_no_less_than_is_forecast_of_either_side(
    made: list[float], side: float, method: VarMethod
) -> None:
    settings, history = evolve(SETTINGS, method=method), history_of(column(*made))
    bound, tail = limiting_tail(history, settings), forecast_tail(history, now(0.02), side * LONG, settings)

    # The plain historical forecast is of the days as they were: it has no deviation to be held against.
    if tail is not None and method is not VarMethod.HISTORICAL:
        assert tail.var <= bound.var * 0.02 * (1 + 1e-12)
        assert tail.expected_shortfall <= bound.expected_shortfall * 0.02 * (1 + 1e-12)


@EVERY_METHOD
def test_before_anything_is_known_limits_take_the_worse_of_two_assumptions(method: VarMethod) -> None:
    # At 95 % normal 1.645 and Student's t with 4 degrees of freedom 2.132 × √½ = 1.507; beyond 2.063 and 2.265.
    # At 99 % 2.326 and 3.747 × √½ = 2.649; beyond 2.665 and 3.691.
    nothing = history_of(np.empty((0, 1)))
    usual, careful = (
        limiting_tail(nothing, evolve(SETTINGS, method=method, confidence=confidence)) for confidence in (0.95, 0.99)
    )

    is_normal = method is VarMethod.NORMAL
    assert (usual.var, usual.expected_shortfall) == pytest.approx((1.645, 2.063 if is_normal else 2.265), abs=2e-3)
    expected = (2.326, 2.665) if is_normal else (2.649, 3.691)
    assert (careful.var, careful.expected_shortfall) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("method", [VarMethod.HISTORICAL, VarMethod.FILTERED_HISTORICAL])
def test_one_wild_side_of_the_market_is_enough(method: VarMethod, side: float) -> None:
    days = np.tile(side * column(*[0.01] * 9, -0.10), (20, 1))

    # The tenth day is 0.1 / 0.02 = 5 deviations.
    assert limiting_tail(history_of(days), evolve(SETTINGS, method=method)).var == pytest.approx(5.0)


def test_skew_and_kurtosis_matter_to_the_method_that_looks_at_them() -> None:
    # Four days of 404 at three to four deviations down: not so fat a tail that the expansion breaks down.
    history = history_of(np.vstack([normal_days(400), column(-0.06, -0.07, -0.08, -0.07)]))
    settings = evolve(SETTINGS, method=VarMethod.CORNISH_FISHER, confidence=0.99)
    long, short = (known(forecast_tail(history, now(0.02), side * LONG, settings)) for side in (1.0, -1.0))

    assert long.var > 1.1 * short.var
    # More than the 2.649 that is assumed, in deviations.
    assert limiting_tail(history, settings).var == pytest.approx(long.var / 0.02)
    assert long.var / 0.02 > 2.7
