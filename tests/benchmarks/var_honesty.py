"""How honest forecasts of value at risk are on real perpetuals: ``python -m tests.benchmarks.var_honesty``.

A p-value below 1 % rejects: of Kupiec that the number of days beyond the VaR is right, of Christoffersen that they do
not come in clusters, of both at once that each day has the same chance.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np

from domain.market import Float64Array
from domain.risk.var_backtest import LikelihoodRatio
from tests.conftest import shared_folder
from tests.engine_var_study import engine_outcomes, hourly_closes
from tests.var_study import FORECASTERS, OBSERVATIONS_MIN, SYMBOLS, WINDOW, Outcome, daily_returns, outcomes

_REPEATS: Final = 5
_DAYS: Final = 1_600
_REJECTED: Final = 0.01
_EARLY_OBSERVATIONS_MIN: Final = 100
"""The fewest of which one makes up the tail at 99 %."""


def measure_forecasts() -> None:
    """Print the median seconds that forecasting each of 1,600 days takes, and their ratio to the plain sample's."""
    returns = 0.03 * np.random.default_rng(1).standard_normal(_DAYS)
    yardstick = 0.0
    for forecaster in FORECASTERS:
        runs = [_seconds(partial(forecaster.forecast, returns, 0.99)) for _ in range(_REPEATS)]
        yardstick = yardstick or median(runs)
        print(
            f"{forecaster.title:<16} {_DAYS:,} days, each from those before: {median(runs) * 1e3:6.0f} ms  "
            f"{median(runs) / yardstick:5.2f} x historical  range {max(runs) / min(runs):.2f}",
            flush=True,
        )


def print_outcomes(returns_of: Mapping[str, Float64Array], *, observations_min: int = OBSERVATIONS_MIN) -> None:
    """Print a table of all ways of forecasting, and how often each was rejected."""
    _print_head()
    for forecaster in FORECASTERS:
        _print_rows(forecaster.title, list(outcomes(returns_of, forecaster, observations_min=observations_min)))


def _print_head() -> None:
    print(
        f"{'method':<16} {'symbol':<8} {'side':<5} {'conf':>4} {'days':>5} {'expected':>8} {'actual':>6} "
        f"{'Kupiec p':>9} {'indep. p':>9} {'both p':>9}  loss/ES"
    )


def _print_rows(title: str, found: list[Outcome]) -> None:
    for outcome in found:
        print(f"{title:<16} {_row(outcome)}")
    print(f"{title:<16} {_summary(found)}\n", flush=True)


def _row(outcome: Outcome) -> str:
    test, name = outcome.backtest, f"{outcome.symbol:<8} {outcome.side:<5} {outcome.confidence:4.0%}"
    if test is None:
        return f"{name} nothing forecast"
    p_values = " ".join(_p_value(ratio) for ratio in (test.coverage, test.independence, test.conditional_coverage))
    counts = f"{test.n_days:5} {test.expected_hits:8.1f} {test.n_hits:6}"
    return f"{name} {counts} {p_values}  {outcome.loss_over_shortfall:7.2f}"


def _p_value(test: LikelihoodRatio | None) -> str:
    if test is None:
        return f"{'unknown':>9}"
    return f"{test.p_value:8.4f}{'*' if test.p_value < _REJECTED else ' '}"


def _summary(found: list[Outcome]) -> str:
    tests = [outcome.backtest for outcome in found if outcome.backtest]
    counts = (
        sum(test.coverage.p_value < _REJECTED for test in tests),
        sum(test.independence is not None and test.independence.p_value < _REJECTED for test in tests),
        sum(test.conditional_coverage is not None and test.conditional_coverage.p_value < _REJECTED for test in tests),
    )
    return f"of {len(tests)} rejected at 1 %: coverage {counts[0]}, independence {counts[1]}, both at once {counts[2]}"


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def main() -> None:
    """Print the tables and the speed."""
    folder = shared_folder()
    if not folder.is_dir():
        sys.exit(f"shared market data not found at {folder}")
    print(
        f"Daily closes from 2020 (SOLUSDT: its listing) to 2024-06; window {WINDOW}, at least {OBSERVATIONS_MIN} days"
    )
    returns_of = {symbol: daily_returns(folder, symbol) for symbol in SYMBOLS}
    print_outcomes(returns_of)
    print(
        "The engine's own code with its default settings, hourly marks of all three from 2020 on: what it forecasts "
        "for one unit held, and what its limits reckon with, which is a bound and may be passed too seldom"
    )
    _print_head()
    for title, found in engine_outcomes(hourly_closes(folder)).items():
        _print_rows(title, found)
    print(
        "All but the engine's, counted only from the day on which GARCH has its first forecast: "
        "250 to fit and 250 more to sample"
    )
    for forecaster in FORECASTERS:
        found = list(outcomes(returns_of, forecaster, first_day=2 * OBSERVATIONS_MIN))
        print(f"{forecaster.title:<16} {_summary(found)}", flush=True)
    print(
        f"\nFrom each listing on, at least {_EARLY_OBSERVATIONS_MIN} days: the shortest history that reaches the tail. "
        "BTCUSDT then has March 2020 among its days"
    )
    print_outcomes(
        {symbol: daily_returns(folder, symbol, start_ns=0) for symbol in SYMBOLS},
        observations_min=_EARLY_OBSERVATIONS_MIN,
    )
    measure_forecasts()


if __name__ == "__main__":
    main()
