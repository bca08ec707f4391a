"""How likely a position is to be liquidated within a horizon."""

from math import erfc, exp, inf, isinf, log, nan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.liquidation_risk import liquidation_distance, liquidation_probability

distances = st.floats(0.0, 3.0)
volatilities = st.floats(0.001, 0.5)
horizons = st.floats(0.01, 365.0)
degrees = st.floats(2.1, 100.0)

# Laws


@given(distance=distances, volatility=volatilities, days=horizons, dof=degrees)
def test_it_is_a_chance(distance: float, volatility: float, days: float, dof: float) -> None:
    assert 0.0 <= liquidation_probability(distance, volatility, horizon_days=days, dof=dof) <= 1.0


@given(first=distances, second=distances, volatility=volatilities, dof=degrees)
def test_further_away_is_less_likely(first: float, second: float, volatility: float, dof: float) -> None:
    near, far = sorted((first, second))

    assert liquidation_probability(near, volatility, dof=dof) >= liquidation_probability(far, volatility, dof=dof)


@given(distance=distances, first=volatilities, second=volatilities, dof=degrees)
def test_wilder_is_more_likely(distance: float, first: float, second: float, dof: float) -> None:
    quiet, wild = sorted((first, second))

    assert liquidation_probability(distance, wild, dof=dof) >= liquidation_probability(distance, quiet, dof=dof)


@given(distance=st.floats(0.01, 3.0), volatility=volatilities, days=horizons)
def test_four_times_the_time_is_twice_the_volatility(distance: float, volatility: float, days: float) -> None:
    longer = liquidation_probability(distance, volatility, horizon_days=4.0 * days)
    wilder = liquidation_probability(distance, 2.0 * volatility, horizon_days=days)

    assert longer == pytest.approx(wilder, rel=1e-9)


@given(distance=distances, volatility=volatilities, dof=degrees)
def test_it_is_never_less_than_the_normal_says(distance: float, volatility: float, dof: float) -> None:
    # 2 (1 − Φ(u)) = erfc(u / √2)
    normal = erfc(distance / volatility / sqrt(2.0))

    assert liquidation_probability(distance, volatility, dof=dof) >= normal * (1.0 - 1e-12)


@given(mark=st.floats(0.001, 1e6), move=st.floats(-0.9, 0.9))
def test_long_and_short_mirror(mark: float, move: float) -> None:
    long = liquidation_distance(mark, mark * exp(-move), is_long=True)
    short = liquidation_distance(mark, mark * exp(move), is_long=False)

    assert long == pytest.approx(short, abs=1e-12)
    assert long == pytest.approx(move, abs=1e-12)


# Worked examples


def test_a_long_at_five_times_leverage() -> None:
    # ln(100 / 80.4) = 0.218156; at 4 % a day that is 5.4539 deviations. Normal: 2 × 2.464e-8 = 4.928e-8. Student's t
    # with 4 degrees has a scale of 0.04/√2, so t = 7.71298 and t²/4 = 14.87251. F4 = 1/2 + 3/8 · t/√(1 + t²/4) ·
    # (1 − t²/12/(1 + t²/4)): 7.71298/3.984032 = 1.935973, 1 − 4.957505/15.87251 = 0.687667, and
    # 0.375 × 1.935973 × 0.687667 = 0.4992396, leaving 0.0007604 beyond.
    distance = liquidation_distance(100.0, 80.4, is_long=True)

    assert distance == pytest.approx(log(100.0 / 80.4))
    assert liquidation_probability(distance, 0.04) == pytest.approx(2.0 * 0.0007604, abs=2e-7)


def test_near_the_price_the_normal_is_the_larger_one() -> None:
    # Half a deviation: normal 2 × 0.308538; Student's t at 0.7071: F4 = 1/2 + 3/8 · 0.7071/√1.125 ·
    # (1 − 0.5/12/1.125) = 0.5 + 0.375 × 0.666667 × 0.962963 = 0.740741, and 2 × 0.259259 = 0.5185 is less.
    assert liquidation_probability(0.02, 0.04) == pytest.approx(2.0 * 0.3085375, rel=1e-6)


def test_without_a_liquidation_price_nothing_can_happen() -> None:
    distance = liquidation_distance(100.0, None, is_long=True)

    assert isinf(distance)
    assert liquidation_probability(distance, 0.5, horizon_days=365.0) == 0.0
    assert liquidation_probability(distance, 0.0) == 0.0


@pytest.mark.parametrize(("mark", "is_long"), [(80.0, True), (79.0, True), (80.0, False), (81.0, False)])
def test_at_or_beyond_the_liquidation_price_it_is_certain(mark: float, *, is_long: bool) -> None:
    distance = liquidation_distance(mark, 80.0, is_long=is_long)

    assert liquidation_probability(distance, 0.04) == 1.0
    assert liquidation_probability(distance, 0.0) == 1.0


def test_where_nothing_moves_nothing_is_touched() -> None:
    assert liquidation_probability(0.01, 0.0) == 0.0


# Refused


@pytest.mark.parametrize(("mark", "liquidation"), [(0.0, 1.0), (-1.0, 1.0), (nan, 1.0), (1.0, 0.0), (1.0, inf)])
def test_impossible_prices_are_refused(mark: float, liquidation: float) -> None:
    with pytest.raises(ValueError, match="positive and finite"):
        liquidation_distance(mark, liquidation, is_long=True)


@pytest.mark.parametrize(
    ("distance", "volatility", "days"),
    [(nan, 0.1, 1.0), (0.1, -0.1, 1.0), (0.1, nan, 1.0), (0.1, inf, 1.0), (0.1, 0.1, 0.0), (0.1, 0.1, nan)],
)
def test_impossible_numbers_are_refused(distance: float, volatility: float, days: float) -> None:
    with pytest.raises(ValueError, match="need a distance"):
        liquidation_probability(distance, volatility, horizon_days=days)


def test_a_tail_without_a_standard_deviation_is_refused() -> None:
    with pytest.raises(ValueError, match="above 2 degrees of freedom"):
        liquidation_probability(0.1, 0.1, dof=2.0)
