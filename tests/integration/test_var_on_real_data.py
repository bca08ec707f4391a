"""Value at risk forecast day by day on real perpetuals, never knowing the day itself.

Three instruments, both holders, two confidences: twelve series of forecasts. If all were exactly right, one of the
twelve would still be rejected at 1 % in about one history of nine. ``python -m tests.benchmarks.var_honesty`` prints
them all.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from domain.market import Float64Array
from domain.risk.value_at_risk import VarMethod
from domain.risk.var_backtest import VarBacktest
from tests.engine_var_study import FORECAST, LIMITS, engine_outcomes, hourly_closes
from tests.var_study import CONFIDENCES, FILTERED, SIDES, SYMBOLS, Forecaster, Outcome, daily_returns, outcomes

_REJECTED = 0.01

Returns = dict[str, Float64Array]
Key = tuple[str, str, float]


@pytest.fixture(scope="module")
def returns_of(shared_data: Path) -> Returns:
    return {symbol: daily_returns(shared_data, symbol) for symbol in SYMBOLS}


@pytest.fixture(scope="module")
def from_listing(shared_data: Path) -> Returns:
    return {symbol: daily_returns(shared_data, symbol, start_ns=0) for symbol in SYMBOLS}


def backtests(returns_of: Returns, forecaster: Forecaster, *, observations_min: int = 250) -> dict[Key, VarBacktest]:
    found = outcomes(returns_of, forecaster, observations_min=observations_min)
    return {(one.symbol, one.side, one.confidence): one.backtest for one in found if one.backtest}


@pytest.fixture(scope="module")
def filtered(returns_of: Returns) -> dict[Key, VarBacktest]:
    return backtests(returns_of, FILTERED)


def test_the_days_are_those_of_the_files(returns_of: Returns) -> None:
    # 2020-01-01 to 2024-06-30 are 1,643 days and 1,642 steps between them; SOLUSDT's first whole day is 2020-09-15,
    # 1,385 days before 2024-07-01.
    assert {symbol: returns.size for symbol, returns in returns_of.items()} == {
        "BTCUSDT": 1642,
        "ETHUSDT": 1642,
        "SOLUSDT": 1384,
    }


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_losses_go_beyond_the_filtered_var_as_often_as_they_should(
    symbol: str, side: str, confidence: float, filtered: dict[Key, VarBacktest]
) -> None:
    test = filtered[symbol, side, confidence]

    assert test.n_days > 1_000
    assert test.coverage.p_value >= _REJECTED, f"{test.n_hits} days beyond instead of {test.expected_hits:.1f}"


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_whether_they_come_in_clusters_is_known(symbol: str, filtered: dict[Key, VarBacktest]) -> None:
    # Known, not passed: what the clustering test says stands in the table.
    assert filtered[symbol, "long", 0.95].independence is not None
    assert filtered[symbol, "long", 0.95].conditional_coverage is not None


def test_with_march_2020_among_the_days_the_count_is_still_right(from_listing: Returns) -> None:
    found = backtests(from_listing, FILTERED, observations_min=100)

    rejected = {key: test.coverage.p_value for key, test in found.items() if test.coverage.p_value < _REJECTED}
    assert len(found) == len(SYMBOLS) * len(SIDES) * len(CONFIDENCES)
    assert not rejected


def test_the_same_test_rejects_the_normal_var(returns_of: Returns) -> None:
    # Otherwise it would say nothing that the filtered one passes.
    found = backtests(returns_of, Forecaster("normal", VarMethod.NORMAL))

    rejected = {key for key, test in found.items() if test.coverage.p_value < _REJECTED}
    assert len(rejected) >= 3


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_cutting_off_the_future_changes_no_forecast(symbol: str, returns_of: Returns) -> None:
    returns = returns_of[symbol]
    cut = returns.size // 2

    whole, past = FILTERED.forecast(returns, 0.99), FILTERED.forecast(returns[:cut], 0.99)

    assert np.isfinite(past.var).sum() > 300
    np.testing.assert_array_equal(whole.var[:cut], past.var)
    np.testing.assert_array_equal(whole.expected_shortfall[:cut], past.expected_shortfall)


# The engine's own


@pytest.fixture(scope="module")
def engine(shared_data: Path) -> Mapping[str, list[Outcome]]:
    return engine_outcomes(hourly_closes(shared_data))


def test_losses_go_beyond_what_the_engine_forecasts_as_often_as_they_should(
    engine: Mapping[str, list[Outcome]],
) -> None:
    tests = {(one.symbol, one.side, one.confidence): one.backtest for one in engine[FORECAST]}

    assert len(tests) == len(SYMBOLS) * len(SIDES) * len(CONFIDENCES)
    for key, test in tests.items():
        assert test is not None
        assert test.n_days > 1_200
        assert test.coverage.p_value >= _REJECTED, f"{key}: {test.n_hits} days instead of {test.expected_hits:.1f}"


def test_losses_go_beyond_what_limits_reckon_with_no_more_often_than_they_should(
    engine: Mapping[str, list[Outcome]],
) -> None:
    # A bound: it takes the worse side of the market for either holder, so that it may be passed too seldom.
    for one in engine[LIMITS]:
        assert one.backtest is not None
        is_too_small = one.backtest.n_hits > one.backtest.expected_hits
        assert not (is_too_small and one.backtest.coverage.p_value < _REJECTED), one
