"""Past returns in the volatility of their own day, brought to that of tomorrow."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.filtered_historical import FilteredHistory, filtered_historical_tail
from domain.risk.garch import GarchVolatility
from domain.risk.tail_risk import historical_tail
from domain.risk.volatility import EwmaVolatility
from tests.unit.domain.risk.drawn import return_series

QUICK = EwmaVolatility(decay=0.9, seed_observations=2)
series = return_series(30, 80)
windows = st.integers(1, 60)

# Laws


@given(returns=series, data=st.data(), window=windows)
def test_what_comes_later_changes_no_sample(returns: list[float], data: st.DataObject, window: int) -> None:
    n_past = data.draw(st.integers(0, len(returns)))

    with_later = FilteredHistory.of(returns, QUICK).sample(n_past, window=window)
    without = FilteredHistory.of(returns[:n_past], QUICK).sample(n_past, window=window)

    np.testing.assert_array_equal(with_later, without)


@given(returns=return_series(60, 80), place=st.integers(0, 59))
def test_no_return_is_measured_by_itself(returns: list[float], place: int) -> None:
    changed = [*returns[:place], -returns[place] + 0.25, *returns[place + 1 :]]

    before, after = FilteredHistory.of(returns, QUICK), FilteredHistory.of(changed, QUICK)

    np.testing.assert_array_equal(before.volatilities[: place + 1], after.volatilities[: place + 1])


@given(returns=series, window=windows)
def test_the_sample_is_residuals_times_the_next_volatility(returns: list[float], window: int) -> None:
    history = FilteredHistory.of(returns, QUICK)
    n_past = len(returns)
    upcoming = history.volatilities[n_past]

    # The slow way, one return after another.
    slow = [
        returns[t] / history.volatilities[t] * upcoming
        for t in range(max(0, n_past - window), n_past)
        if history.volatilities[t] > 0.0 and upcoming > 0.0
    ]

    np.testing.assert_allclose(history.sample(n_past, window=window), slow, rtol=1e-14)


@given(returns=return_series(40, 80), factor=st.floats(0.1, 10.0))
def test_twice_the_returns_have_twice_the_risk(returns: list[float], factor: float) -> None:
    tail = filtered_historical_tail(returns, 0.9, volatility=QUICK)
    scaled = filtered_historical_tail([factor * value for value in returns], 0.9, volatility=QUICK)

    assert (tail is None) == (scaled is None)
    if tail and scaled:
        assert scaled.var == pytest.approx(factor * tail.var, rel=1e-9, abs=1e-15)
        assert scaled.expected_shortfall == pytest.approx(factor * tail.expected_shortfall, rel=1e-9, abs=1e-15)


@given(size=st.floats(0.001, 0.5), signs=st.lists(st.booleans(), min_size=40, max_size=80))
def test_where_volatility_never_changes_it_is_the_plain_sample(size: float, signs: list[bool]) -> None:
    returns = [size if sign else -size for sign in signs]

    filtered = filtered_historical_tail(returns, 0.9, volatility=QUICK)
    plain = historical_tail(returns[QUICK.seed_observations :], 0.9)

    assert filtered is not None
    assert plain is not None
    assert filtered.var == pytest.approx(plain.var)
    assert filtered.expected_shortfall == pytest.approx(plain.expected_shortfall)


# Worked examples


def test_three_returns_by_hand() -> None:
    # Seeded with (1 + 1)/2 = 1. The third return, 2, is 2 of its deviations; then 0.9 × 1 + 0.1 × 4 = 1.3, and −1.3 is
    # −1.3/√1.3 = −√1.3 of them; then 0.9 × 1.3 + 0.1 × 1.69 = 1.339.
    history = FilteredHistory.of([1.0, -1.0, 2.0, -1.3], QUICK)

    assert history.volatilities[2:] == pytest.approx([1.0, sqrt(1.3), sqrt(1.339)])
    assert history.residuals[2:] == pytest.approx([2.0, -sqrt(1.3)])
    assert history.sample(4) == pytest.approx([2.0 * sqrt(1.339), -sqrt(1.3 * 1.339)])


def test_after_a_wild_day_more_is_asked_for() -> None:
    calm = np.tile([0.01, -0.01], 50)
    wild = np.concatenate([calm, [0.10]])

    before, after = filtered_historical_tail(calm, 0.95), filtered_historical_tail(wild, 0.95)
    plain_before, plain_after = historical_tail(calm, 0.95), historical_tail(wild, 0.95)

    # 0.94 × 0.01² + 0.06 × 0.10² = 0.000694, whose root is 0.02634.
    assert before is not None
    assert after is not None
    assert before.var == pytest.approx(0.01)
    assert after.var == pytest.approx(0.02634, abs=1e-5)
    # The plain sample does not notice: a day's gain is no loss.
    assert plain_before == plain_after


# Unknown


def test_too_few_residuals_say_nothing() -> None:
    returns = np.tile([0.01, -0.01], 40)

    # 30 days seed the volatility, 30 more are the first that have a residual.
    assert filtered_historical_tail(returns[:59], 0.95) is None
    assert filtered_historical_tail(returns[:60], 0.95) is not None
    assert filtered_historical_tail(returns[:60], 0.99) is None
    assert filtered_historical_tail(returns, 0.95, volatility=GarchVolatility()) is None


def test_where_nothing_moves_nothing_is_said() -> None:
    assert filtered_historical_tail([0.0] * 200, 0.95) is None


def test_a_first_move_after_a_standstill_is_not_measured_by_it() -> None:
    returns = [0.0] * 30 + [0.05] + [0.01, -0.01] * 40

    history = FilteredHistory.of(returns)

    assert np.isnan(history.residuals[:31]).all()
    assert np.isfinite(history.residuals[31:]).all()
