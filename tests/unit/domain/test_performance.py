"""Return, risk and drawdown of an equity curve: laws, published numbers, and examples by hand.

The published numbers annualize with 252 periods, ours with 365 days. Their returns are taken for daily ones,
and what they expect is carried over: a rate per year grows by the power 365/252, a volatility and a ratio of
mean to deviation by the root of 365/252.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from math import isclose, isnan, sqrt
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.performance import Drawdown, Performance, daily_returns, deepest_drawdown, measure_performance
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_YEAR
from tests.support import START_NS

Case: TypeAlias = Mapping[str, Any]

RATIO: Final = 365 / 252

TESTED: Final[Mapping[str, tuple[str, ...]]] = {
    "performance_ratios": (
        "total_return",
        "cagr",
        "annual_vol",
        "sharpe_rf0",
        "sortino_mar0",
        "max_drawdown",
        "calmar",
    ),
    "drawdown": ("mdd", "longest_underwater", "episodes_top5"),
}

LEFT_OUT: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("performance_ratios", "a rate or target other than zero"): ("sharpe_rf", "sortino_mar", "downside_dev_mar"),
    ("performance_ratios", "only its ratio to the mean is reported"): ("downside_dev_mar0",),
    ("performance_ratios", "of single returns; ours are of trades"): (
        "win_rate",
        "profit_factor",
        "payoff_ratio",
        "gain_to_pain",
        "kelly_binary_from_returns",
        "omega_0",
        "omega_thr",
    ),
    ("performance_ratios", "shape of the distribution is not reported"): ("tail_ratio", "skewness", "kurtosis"),
    ("performance_ratios", "there is no benchmark"): ("beta", "alpha", "information_ratio", "tracking_error"),
    ("performance_ratios", "figures are of the whole curve"): ("rolling_sharpe",),
    ("drawdown", "measured in domain/drawdown.py and tested there"): (
        "dd_series",
        "avg_dd",
        "ulcer",
        "episode_count",
        "time_underwater_share",
        "cdar_compounded",
        "dar_compounded",
    ),
    ("drawdown", "sums of returns instead of compounded ones; measured in domain/drawdown.py"): (
        "mdd_uncompounded",
        "add_uncompounded",
        "uci_uncompounded",
        "cdar_uncompounded",
    ),
}
CASE_IDS: Final = [(topic, case_id) for topic, case_ids in TESTED.items() for case_id in case_ids]


def days(n: int) -> Any:  # noqa: ANN401  # NumPy's own array type
    return START_NS + np.arange(1, n + 1, dtype=np.int64) * NS_PER_DAY


def curve(returns: Sequence[float]) -> Float64Array:
    wealth: Float64Array = np.cumprod(1.0 + np.asarray(returns, dtype=np.float64), dtype=np.float64)
    return wealth


def measured(returns: Sequence[float]) -> Performance:
    """Measure a curve of 1.0 that earns these returns on successive days, from the first nanosecond on."""
    at_ns = np.concatenate([[START_NS + 1], days(len(returns))])
    equity = np.concatenate([[1.0], curve(returns)])
    return measure_performance(at_ns, equity, start_equity=1.0)


def falls_of(returns: Sequence[float]) -> Drawdown:
    return deepest_drawdown(days(len(returns)), curve(returns), start_equity=1.0)


def row_of(at_ns: int) -> int:
    return (at_ns - START_NS) // NS_PER_DAY - 1


def deepest_episode(returns: Sequence[float]) -> Mapping[str, object]:
    drawdown = falls_of(returns)
    return {
        "start": row_of(drawdown.peak_at_ns) + 1,  # theirs is the first day below the high, ours the day of the high
        "trough": row_of(drawdown.trough_at_ns),
        "has_recovered": drawdown.recovered_at_ns is not None,
        "depth": -drawdown.depth,
    }


def episode_expected(episode: Mapping[str, Any]) -> Mapping[str, object]:
    return {
        "start": episode["start"],
        "trough": episode["trough"],
        "has_recovered": episode["recovery"] is not None,
        "depth": episode["depth"],
    }


# Per function of the files: what we work out, and what their number is in our conventions.
CALCULATIONS: Final[Mapping[str, tuple[Callable[[Sequence[float]], object], Callable[[Any], object]]]] = {
    "total_return": (lambda returns: measured(returns).total_return, lambda number: number),
    "annual_return_geometric": (
        lambda returns: measured(returns).annual_return,
        lambda number: (1.0 + number) ** RATIO - 1.0,
    ),
    "annual_volatility": (lambda returns: measured(returns).annual_volatility, lambda number: number * sqrt(RATIO)),
    "sharpe_ratio": (lambda returns: measured(returns).sharpe_ratio, lambda number: number * sqrt(RATIO)),
    "sortino_ratio": (lambda returns: measured(returns).sortino_ratio, lambda number: number * sqrt(RATIO)),
    "max_drawdown": (lambda returns: -measured(returns).max_drawdown.depth, lambda number: number),
    # Annual return over the deepest fall of the same series, whose depth its own case gives: 0.172284377434714.
    "calmar_ratio": (
        lambda returns: measured(returns).calmar_ratio,
        lambda number: ((1.0 + number * 0.172284377434714) ** RATIO - 1.0) / 0.172284377434714,
    ),
    "longest_underwater_observations": (
        lambda returns: falls_of(returns).longest_ns / NS_PER_DAY,
        lambda number: number,
    ),
    "drawdown_episodes": (deepest_episode, lambda episodes: episode_expected(episodes[0])),
}


@pytest.fixture(scope="module")
def documents(shared_data: Path) -> Mapping[str, Any]:
    folder = shared_data / "reference" / "vectors"
    return {topic: json.loads((folder / f"{topic}.json").read_text(encoding="utf-8")) for topic in TESTED}


def case_of(documents: Mapping[str, Any], topic: str, case_id: str) -> tuple[Case, Sequence[float]]:
    case = next(case for case in documents[topic]["cases"] if case["id"] == case_id)
    return case, documents[topic]["datasets"][case["inputs"]["returns"]["$dataset"]]


@pytest.mark.parametrize(("topic", "case_id"), CASE_IDS)
def test_a_published_number_is_reproduced(topic: str, case_id: str, documents: Mapping[str, Any]) -> None:
    case, returns = case_of(documents, topic, case_id)
    calculate, carry_over = CALCULATIONS[case["function"]]

    got, expected = calculate(returns), carry_over(case["expected"])

    assert got == pytest.approx(expected, rel=1e-9, abs=1e-12), f"{case_id}: source: {case['source']}"


@pytest.mark.parametrize("topic", TESTED)
def test_every_case_of_a_file_is_tested_or_left_out_for_a_reason(topic: str, documents: Mapping[str, Any]) -> None:
    left_out = chain.from_iterable(cases for (file, _), cases in LEFT_OUT.items() if file == topic)

    assert sorted([*TESTED[topic], *left_out]) == sorted(case["id"] for case in documents[topic]["cases"])


# Laws

equities = st.lists(st.floats(0.0, 1e9), min_size=1, max_size=40)
# Within a factor of two of the start, so that even one day compounds to a finite year.
positive_equities = st.lists(st.floats(500.0, 2_000.0), min_size=2, max_size=40)


@given(equity=equities, start=st.floats(0.01, 1e9))
def test_a_drawdown_is_a_fraction_and_lies_in_its_place(equity: list[float], start: float) -> None:
    at_ns = days(len(equity))

    drawdown = deepest_drawdown(at_ns, np.array(equity), start_equity=start)

    assert 0.0 <= drawdown.depth <= 1.0
    assert at_ns[0] <= drawdown.peak_at_ns <= drawdown.trough_at_ns <= at_ns[-1]
    if drawdown.recovered_at_ns is not None:
        assert drawdown.trough_at_ns < drawdown.recovered_at_ns <= at_ns[-1]


@given(equity=equities, start=st.floats(0.01, 1e9))
def test_no_fall_is_deeper_than_the_deepest(equity: list[float], start: float) -> None:
    # The slow way: every point against every point before it, the start among them.
    points = [start, *equity]
    slow = max(1.0 - later / earlier for i, earlier in enumerate(points) if earlier > 0 for later in points[i:])

    depth = deepest_drawdown(days(len(equity)), np.array(equity), start_equity=start).depth

    assert isclose(depth, max(slow, 0.0), rel_tol=1e-12, abs_tol=1e-12)


@given(equity=positive_equities, exponent=st.integers(-10, 10))
def test_the_unit_of_money_changes_nothing(equity: list[float], exponent: int) -> None:
    # A power of two scales without rounding, so that the figures agree to the last bit.
    at_ns, unit = days(len(equity)), 2.0**exponent

    plain = measure_performance(at_ns, np.array(equity), start_equity=1_000.0)
    scaled = measure_performance(at_ns, np.array(equity) * unit, start_equity=1_000.0 * unit)

    assert repr(plain) == repr(scaled)  # NaN equals nothing, its text does


@given(equity=positive_equities, shift_days=st.integers(0, 20_000))
def test_the_calendar_day_of_the_start_changes_no_figure(equity: list[float], shift_days: int) -> None:
    at_ns, shift_ns = days(len(equity)), shift_days * NS_PER_DAY

    here = measure_performance(at_ns, np.array(equity), start_equity=1_000.0)
    later = measure_performance(at_ns + shift_ns, np.array(equity), start_equity=1_000.0)

    assert repr((here.sharpe_ratio, here.sortino_ratio, here.annual_return, here.max_drawdown.longest_ns)) == repr(
        (
            later.sharpe_ratio,
            later.sortino_ratio,
            later.annual_return,
            later.max_drawdown.longest_ns,
        )
    )
    assert later.max_drawdown.trough_at_ns - here.max_drawdown.trough_at_ns == shift_ns


@given(equity=positive_equities)
def test_daily_returns_compound_to_the_total_return(equity: list[float]) -> None:
    returns = daily_returns(days(len(equity)), np.array(equity), start_equity=1_000.0)

    assert isclose(float(np.prod(1.0 + returns)), equity[-1] / 1_000.0, rel_tol=1e-9)


@given(level=st.floats(0.01, 1e12), n_points=st.integers(2, 50))
def test_a_flat_curve_earns_nothing_risks_nothing_and_has_no_ratios(level: float, n_points: int) -> None:
    flat = measure_performance(days(n_points), np.full(n_points, level), start_equity=level)

    assert (flat.total_return, flat.annual_return, flat.annual_volatility) == (0.0, 0.0, 0.0)
    assert flat.max_drawdown.depth == 0.0
    assert flat.max_drawdown.recovered_at_ns is None
    assert all(isnan(ratio) for ratio in (flat.sharpe_ratio, flat.sortino_ratio, flat.calmar_ratio))


# Days


def at(*hours: int) -> Any:  # noqa: ANN401  # NumPy's own array type
    return START_NS + np.array(hours, dtype=np.int64) * NS_PER_HOUR


def test_a_days_return_is_between_its_last_point_and_that_of_the_day_before() -> None:
    # Day 1 closes at 110 (the 104 before it does not count), day 2 at 99: +10 %, −10 %.
    returns = daily_returns(at(6, 23, 30, 47), np.array([104.0, 110.0, 120.0, 99.0]), start_equity=100.0)

    assert returns.tolist() == pytest.approx([0.10, -0.10])


def test_a_point_at_midnight_belongs_to_the_day_that_ends() -> None:
    # 24:00 of day 1 and 48:00 of day 2: two days, not three.
    returns = daily_returns(at(24, 48), np.array([110.0, 121.0]), start_equity=100.0)

    assert returns.tolist() == pytest.approx([0.10, 0.10])


def test_a_point_just_after_midnight_belongs_to_the_new_day() -> None:
    returns = daily_returns(at(24, 24) + np.array([0, 1]), np.array([110.0, 121.0]), start_equity=100.0)

    assert returns.tolist() == pytest.approx([0.10, 0.10])


def test_days_without_a_point_earn_nothing() -> None:
    # Points on day 1 and day 4: days 2 and 3 carry 110.
    returns = daily_returns(at(12, 84), np.array([110.0, 99.0]), start_equity=100.0)

    assert returns.tolist() == pytest.approx([0.10, 0.0, 0.0, -0.10])


def test_a_day_that_began_with_nothing_earns_nothing() -> None:
    returns = daily_returns(at(24, 48, 72), np.array([50.0, 0.0, 10.0]), start_equity=100.0)

    assert returns.tolist() == [-0.5, -1.0, 0.0]


# Examples by hand


def test_sharpe_and_sortino_of_four_days() -> None:
    # Returns 1 %, −2 %, 3 %, −1 %: mean 0.25 %; squared distances 0.5625, 5.0625, 7.5625, 1.5625 (1e-4) sum to
    # 14.75e-4, over 3 is 4.91667e-4; negative squares 4e-4 + 1e-4 over 4 days is 1.25e-4.
    # Sortino per day 0.0025 / √0.000125 = 0.2236068: PerformanceAnalytics, tests/testthat/test-sortino.R.
    figures = measured([0.01, -0.02, 0.03, -0.01])

    assert figures.sharpe_ratio == pytest.approx(0.0025 / sqrt(14.75e-4 / 3) * sqrt(365))
    assert figures.sortino_ratio == pytest.approx(0.2236068 * sqrt(365), rel=1e-7)
    assert figures.annual_volatility == pytest.approx(sqrt(14.75e-4 / 3 * 365))


def test_a_year_has_365_days() -> None:
    # +21 % in two years: 1.21^(1/2) − 1.
    two_years = np.array([START_NS, START_NS + 2 * NS_PER_YEAR])

    figures = measure_performance(two_years, np.array([100.0, 121.0]), start_equity=100.0)

    assert figures.annual_return == pytest.approx(0.10)


def test_the_deepest_fall_has_its_high_its_low_and_its_recovery() -> None:
    # Falls: 110 -> 99 is 10 %; 120 -> 90 is 25 %, reached again at 120; 130 -> 117 is 10 %.
    equity = np.array([110.0, 99.0, 120.0, 90.0, 100.0, 120.0, 130.0, 117.0])
    at_ns = days(8)

    drawdown = deepest_drawdown(at_ns, equity, start_equity=100.0)

    assert drawdown == Drawdown(
        depth=0.25,
        peak_at_ns=int(at_ns[2]),
        trough_at_ns=int(at_ns[3]),
        recovered_at_ns=int(at_ns[5]),
        longest_ns=3 * NS_PER_DAY,  # from 120 to 120
    )


def test_of_equal_highs_the_fall_begins_at_the_last() -> None:
    at_ns = days(4)

    drawdown = deepest_drawdown(at_ns, np.array([110.0, 105.0, 110.0, 88.0]), start_equity=100.0)

    assert drawdown.depth == pytest.approx(0.2)
    assert drawdown.peak_at_ns == at_ns[2]


def test_the_start_is_the_first_high() -> None:
    drawdown = deepest_drawdown(days(3), np.array([80.0, 60.0, 90.0]), start_equity=100.0)

    assert drawdown.depth == pytest.approx(0.4)
    assert drawdown.recovered_at_ns is None
    assert drawdown.longest_ns == 2 * NS_PER_DAY


def test_an_account_that_is_wiped_out_has_lost_everything() -> None:
    figures = measure_performance(days(3), np.array([100.0, 50.0, 0.0]), start_equity=100.0)

    assert (figures.total_return, figures.annual_return, figures.max_drawdown.depth) == (-1.0, -1.0, 1.0)


def test_less_than_a_day_has_no_annual_return() -> None:
    figures = measure_performance(at(1, 2), np.array([100.0, 101.0]), start_equity=100.0)

    assert isnan(figures.annual_return)
    assert figures.total_return == pytest.approx(0.01)


def test_one_day_has_no_deviation() -> None:
    figures = measure_performance(at(1, 2), np.array([100.0, 101.0]), start_equity=100.0)

    assert isnan(figures.annual_volatility)
    assert isnan(figures.sharpe_ratio)
    assert isnan(figures.sortino_ratio)


@pytest.mark.parametrize(("n_points", "start"), [(0, 100.0), (3, 0.0), (3, -1.0)])
def test_no_points_or_no_start_is_refused(n_points: int, start: float) -> None:
    with pytest.raises(ValueError, match=f"got {n_points} and {start}"):
        measure_performance(days(n_points), np.ones(n_points), start_equity=start)
