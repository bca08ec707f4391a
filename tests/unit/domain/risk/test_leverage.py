"""How much leverage is safe: laws first, then examples by hand."""

from math import inf, nan

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.regime import MarketRegime
from domain.risk.leverage import (
    LeveragePolicy,
    LiquidationDistance,
    safe_leverage,
    volatility_adjusted_leverage,
)

POLICY = LeveragePolicy(leverage_max=10.0)

distances = st.floats(0.0, 3.0) | st.just(inf)
volatilities = st.floats(0.0, 0.5)
positions = st.lists(st.builds(LiquidationDistance, distances, st.none() | volatilities), max_size=5)
policies = st.builds(LeveragePolicy, leverage_max=st.floats(0.05, 125.0))
regimes = st.sampled_from(MarketRegime)
pairs_of_volatility = st.lists(volatilities, min_size=2, max_size=2).map(sorted)


def adjusted(
    base: float = 4.0,
    volatility: float | None = 0.05,
    regime: MarketRegime = MarketRegime.NEUTRAL,
    *,
    policy: LeveragePolicy = POLICY,
    is_volatile: bool = False,
) -> float:
    return volatility_adjusted_leverage(
        base, policy, daily_volatility=volatility, regime=regime, is_volatile=is_volatile
    )


# Laws


@given(held=positions, policy=policies)
def test_safe_leverage_never_passes_the_cap_nor_falls_below_one_where_the_cap_allows_it(
    held: list[LiquidationDistance], policy: LeveragePolicy
) -> None:
    assert min(1.0, policy.leverage_max) <= safe_leverage(held, policy) <= policy.leverage_max


@given(held=positions, another=st.builds(LiquidationDistance, distances, st.none() | volatilities))
def test_another_position_never_allows_more(held: list[LiquidationDistance], another: LiquidationDistance) -> None:
    assert safe_leverage([*held, another], POLICY) <= safe_leverage(held, POLICY)


@given(
    distance=distances,
    further=st.floats(0.0, 1.0),
    volatility=volatilities,
    wilder=st.floats(0.0, 0.5),
    policy=policies,
)
def test_further_off_allows_more_and_wilder_allows_less(
    distance: float, further: float, volatility: float, wilder: float, policy: LeveragePolicy
) -> None:
    here = safe_leverage([LiquidationDistance(distance, volatility)], policy)

    assert safe_leverage([LiquidationDistance(distance + further, volatility)], policy) >= here
    assert safe_leverage([LiquidationDistance(distance, volatility + wilder)], policy) <= here
    assert safe_leverage([LiquidationDistance(distance, None)], policy) <= here


@given(held=positions, policy=policies, more=st.floats(0.0, 10.0))
def test_a_lower_cap_never_allows_more(held: list[LiquidationDistance], policy: LeveragePolicy, more: float) -> None:
    looser = evolve(policy, leverage_max=policy.leverage_max + more)

    assert safe_leverage(held, policy) <= safe_leverage(held, looser)
    assert adjusted(policy=policy) <= adjusted(policy=looser)


@given(base=st.floats(0.0, 50.0), pair=pairs_of_volatility, regime=regimes, policy=policies, is_volatile=st.booleans())
def test_a_wilder_market_never_allows_more(
    base: float, pair: list[float], regime: MarketRegime, policy: LeveragePolicy, is_volatile: bool
) -> None:
    calm, wild = (adjusted(base, volatility, regime, policy=policy, is_volatile=is_volatile) for volatility in pair)

    assert min(policy.leverage_min, policy.leverage_max) <= wild <= calm <= policy.leverage_max
    assert adjusted(base, None, regime, policy=policy) <= wild


@given(base=st.floats(0.0, 50.0), more=st.floats(0.0, 10.0), volatility=volatilities, regime=regimes)
def test_more_to_scale_never_scales_to_less(base: float, more: float, volatility: float, regime: MarketRegime) -> None:
    assert adjusted(base, volatility, regime) <= adjusted(base + more, volatility, regime)


# Examples by hand


def test_three_daily_moves_of_room_leave_the_full_cap_and_half_of_it_leaves_half() -> None:
    # 3 × 0.04 = 0.12 is required.
    assert safe_leverage([LiquidationDistance(0.12, 0.04)], POLICY) == 10.0
    assert safe_leverage([LiquidationDistance(0.06, 0.04)], POLICY) == pytest.approx(5.0)


def test_the_nearest_liquidation_decides() -> None:
    held = [LiquidationDistance(1.0, 0.04), LiquidationDistance(0.03, 0.04), LiquidationDistance(0.06, 0.04)]

    assert safe_leverage(held, POLICY) == pytest.approx(2.5)


def test_at_the_liquidation_price_a_tenth_of_the_cap_is_left_and_at_least_one() -> None:
    at_the_edge = [LiquidationDistance(0.0, 0.04)]

    assert safe_leverage(at_the_edge, LeveragePolicy(leverage_max=50.0)) == pytest.approx(5.0)
    assert safe_leverage(at_the_edge, LeveragePolicy(leverage_max=5.0)) == 1.0
    assert safe_leverage(at_the_edge, LeveragePolicy(leverage_max=0.5)) == 0.5


@pytest.mark.parametrize("unknown", [None, nan, inf])
def test_an_unknown_volatility_leaves_the_least(unknown: float | None) -> None:
    assert safe_leverage([LiquidationDistance(0.2, unknown)], LeveragePolicy(leverage_max=50.0)) == pytest.approx(5.0)
    assert adjusted(4.0, unknown) == 0.1


def test_no_positions_and_no_liquidation_leave_the_cap() -> None:
    assert safe_leverage([], POLICY) == 10.0
    assert safe_leverage([LiquidationDistance(inf, None)], POLICY) == 10.0


@pytest.mark.parametrize(
    ("volatility", "expected"),
    [
        (0.05, 4.0),  # usual
        (0.025, 4.4),  # r = 0.5: 1 + 0.2 × 0.5 = 1.1
        (0.0, 4.8),  # r = 0: 1.2
        (0.10, 4.0 / 1.5),  # r = 2: 1/(1 + 0.5)
        (0.25, 4.0 / 3.0),  # r = 5: 1/(1 + 2)
    ],
)
def test_volatility_scales_leverage(volatility: float, expected: float) -> None:
    assert adjusted(4.0, volatility) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("regime", "is_volatile", "expected"),
    [
        (MarketRegime.BULL, False, 4.4),
        (MarketRegime.BEAR, False, 3.2),
        (MarketRegime.SIDEWAYS, False, 3.6),
        (MarketRegime.NEUTRAL, False, 4.0),
        (MarketRegime.BULL, True, 2.8),
        (MarketRegime.BEAR, True, 2.8),
    ],
)
def test_the_regime_scales_leverage(regime: MarketRegime, is_volatile: bool, expected: float) -> None:
    assert adjusted(4.0, 0.05, regime, is_volatile=is_volatile) == pytest.approx(expected)


def test_the_result_stays_between_a_tenth_and_the_cap() -> None:
    assert adjusted(0.01) == 0.1
    assert adjusted(40.0) == 10.0


def test_a_position_beyond_its_liquidation_leaves_the_least() -> None:
    policy = LeveragePolicy(leverage_max=20.0)

    assert safe_leverage([LiquidationDistance(-0.5, 0.05)], policy) == pytest.approx(2.0)
    assert safe_leverage([LiquidationDistance(-0.5, 0.0)], policy) == pytest.approx(2.0)


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="base leverage"):
        adjusted(-1.0)
    with pytest.raises(ValueError, match="daily volatility"):
        adjusted(1.0, -0.01)
    with pytest.raises(ValueError, match="log_distance"):
        LiquidationDistance(nan, 0.05)


@pytest.mark.parametrize(
    "change",
    [
        {"leverage_max": 0.0},
        {"leverage_max": nan},
        {"safe_moves": -1.0},
        {"distance_factor_min": 1.5},
        {"volatility_usual": inf},
        {"leverage_min": 0.0},
        {"volatile_factor": nan},
        {"regime_factors": {MarketRegime.BULL: 1.0}},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        LeveragePolicy(**{"leverage_max": 10.0, **change})  # type: ignore[arg-type]  # the wrong values are the point
