"""Whatever fills, the positions that come out deviate no more than was said, and one combination deviates as much."""

from itertools import product
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.risk.reachable import Reach, ReachableSet
from domain.risk.risk_model import RiskModel

N = 4
loadings = st.lists(st.integers(-100, 100), min_size=N * N, max_size=N * N).map(
    lambda numbers: np.array(numbers, dtype=np.float64).reshape(N, N) / 1_000
)
ends = st.tuples(st.integers(-20_000, 20_000), st.integers(-20_000, 20_000)).map(sorted)
held_or_open = st.one_of(ends, st.integers(-20_000, 20_000).map(lambda value: [value, value]))
directions = st.sampled_from([1, -1])


@st.composite
def reachable_sets(draw: st.DrawFn) -> ReachableSet:
    matrix = draw(loadings)
    pairs = np.array([draw(held_or_open) for _ in range(N)], dtype=np.float64)
    return ReachableSet(matrix @ matrix.T + 1e-6 * np.eye(N), pairs[:, 0], pairs[:, 1])


def corner_variances(these: ReachableSet) -> list[float]:
    corners = product(*zip(these.lowest, these.highest, strict=True))
    return [float(np.array(corner) @ these.covariance @ np.array(corner)) for corner in corners]


@given(these=reachable_sets())
def test_the_largest_variance_is_that_of_the_worst_corner(these: ReachableSet) -> None:
    assert these.largest_variance() == pytest.approx(max(corner_variances(these)), rel=1e-9, abs=1e-3)


@given(these=reachable_sets(), parts=st.lists(st.floats(0, 1), min_size=N, max_size=N))
def test_nothing_in_between_deviates_more(these: ReachableSet, parts: list[float]) -> None:
    between = these.lowest + np.array(parts) * (these.highest - these.lowest)

    assert float(between @ these.covariance @ between) <= these.largest_variance() * (1 + 1e-9) + 1e-3


@given(these=reachable_sets(), place=st.integers(0, N - 1), direction=directions)
def test_beside_one_the_largest_variance_is_the_same(these: ReachableSet, place: int, direction: int) -> None:
    own = Reach(float(these.lowest[place]), float(these.highest[place]))

    beside = these.beside(place, direction).largest_variance(own)

    assert beside == pytest.approx(these.largest_variance(), rel=1e-9, abs=1e-3)


@given(these=reachable_sets())
def test_the_worst_corner_is_one_and_deviates_as_said(these: ReachableSet) -> None:
    corner = these.worst_corner()

    assert all((corner == these.lowest) | (corner == these.highest))
    assert float(corner @ these.covariance @ corner) == pytest.approx(these.largest_variance(), rel=1e-9, abs=1e-3)


@given(these=reachable_sets())
def test_the_bound_by_pairs_is_never_less_and_exact_where_nothing_is_open(these: ReachableSet) -> None:
    assert these._variance_by_pairs() >= these.largest_variance() * (1 - 1e-9) - 1e-3
    held = ReachableSet(these.covariance, these.lowest, these.lowest)
    assert held._variance_by_pairs() == pytest.approx(held.largest_variance(), rel=1e-9, abs=1e-3)


@given(these=reachable_sets(), place=st.integers(0, N - 1), direction=directions, more=st.floats(1.0, 4.0))
def test_the_value_within_a_variance_meets_it_at_the_worst_corner(
    these: ReachableSet, place: int, direction: int, more: float
) -> None:
    low, high = these.lowest.copy(), these.highest.copy()
    low[place] = high[place] = 0.0
    variance_max = more * ReachableSet(these.covariance, low, high).largest_variance() + 1_000.0

    value = these.beside(place, direction).value_within(variance_max)

    low[place] = high[place] = direction * value
    assume(value > 1.0)
    assert max(corner_variances(ReachableSet(these.covariance, low, high))) == pytest.approx(variance_max, rel=1e-6)


def many(n: int, correlation: float) -> Float64Array:
    covariance = np.full((n, n), 0.0004 * correlation)
    np.fill_diagonal(covariance, 0.0004)
    return covariance


def test_with_more_open_ends_than_can_be_tried_the_pairs_decide() -> None:
    # 16 longs of 1,000 that may or may not fill, all alike: 16 × 1,000 × 2 % = 320 a day, as all 65,536 corners say.
    longs = ReachableSet(many(16, 1.0), np.zeros(16), np.full(16, 1_000.0))
    assert sqrt(longs.largest_variance()) == pytest.approx(320.0)
    # Beside 8,000 long that may fill, 20 a day each, as much as 160 is taken by the longs alone.
    budget = (160.0 + 40.0) ** 2
    eight = ReachableSet(many(16, 1.0), np.zeros(16), np.r_[np.full(8, 1_000.0), np.zeros(8)])
    assert eight.beside(15, 1).value_within(budget) == pytest.approx(2_000.0)
    # 15 others open, too many to try: 300 of 340 a day are taken, 2,000 more fit.
    assert longs.beside(15, 1).value_within(340.0**2) == pytest.approx(2_000.0)
    assert longs.beside(15, 1).value_within(299.0**2) == 0.0


def two_alike(correlation: float) -> RiskModel:
    """Return two instruments of 2 % a day each."""
    return RiskModel(("AAA", "BBB"), many(2, correlation), 1.645, 2.063)


def test_a_hedge_that_may_close_is_none() -> None:
    model = two_alike(1.0)
    long, hedge = Reach(10_000.0, 10_000.0), Reach(-10_000.0, -10_000.0)

    # 200 − 200 = 0 as long as both are there; 200 for either alone.
    assert model.largest_deviation({"AAA": long, "BBB": hedge}) == pytest.approx(0.0, abs=1e-6)
    assert model.largest_deviation({"AAA": long, "BBB": Reach(-10_000.0, 0.0)}) == pytest.approx(200.0)


def test_a_budget_leaves_to_a_duplicate_of_an_order_what_is_left_and_to_its_hedge_no_more_than_alone() -> None:
    # 10,000 may or may not fill. A budget of 400 a day is 20,000 alone.
    model, working = two_alike(1.0), {"AAA": Reach(0.0, 10_000.0)}

    assert model.beside("BBB", 1, working).value_within(400.0**2) == pytest.approx(10_000.0)
    # Filled it would allow 30,000 short; unfilled 20,000.
    assert model.beside("BBB", -1, working).value_within(400.0**2) == pytest.approx(20_000.0)


def test_an_instrument_that_never_moves_fits_any_budget_that_is_not_exhausted() -> None:
    model = RiskModel(("AAA", "BBB"), np.array([[0.0, 0.0], [0.0, 0.0004]]), 1.645, 2.063)
    held = {"BBB": Reach(1_000.0, 1_000.0)}

    assert model.beside("AAA", 1, held).value_within(20.0**2) == inf
    assert model.beside("AAA", 1, held).value_within(19.0**2) == 0.0


@pytest.mark.parametrize(
    ("reach", "sides", "largest"),
    [
        (Reach(0.0, 0.0), (), 0.0),
        (Reach(0.0, 5.0), (5.0,), 5.0),
        (Reach(2.0, 5.0), (5.0,), 5.0),
        (Reach(-5.0, 0.0), (-5.0,), 5.0),
        (Reach(-5.0, -2.0), (-5.0,), 5.0),
        (Reach(-5.0, 3.0), (3.0, -5.0), 5.0),
    ],
)
def test_each_side_that_can_be_reached_is_looked_at(reach: Reach, sides: tuple[float, ...], largest: float) -> None:
    assert (reach.sides, reach.largest) == (sides, largest)
