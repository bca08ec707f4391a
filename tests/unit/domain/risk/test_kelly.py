"""What fraction of equity recent returns justify: laws first, then examples by hand."""

from collections.abc import Sequence
from math import inf

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Float64Array
from domain.regime import MarketRegime
from domain.risk.kelly import (
    DEFAULT_CAPS,
    FractionCap,
    KellyBound,
    KellyPolicy,
    kelly_fraction,
    kelly_of_signals,
    recency_weights,
)

POLICY = KellyPolicy()
UNCAPPED = KellyPolicy(multiple=0.001, caps=dict.fromkeys(MarketRegime, FractionCap(long=1.0, short=1.0)))

regimes = st.sampled_from(MarketRegime)
single_returns = st.integers(-9_999, 20_000).map(lambda count: count / 100_000)
histories = st.lists(single_returns, min_size=30, max_size=80)


def array(values: Sequence[float]) -> Float64Array:
    return np.asarray(values, dtype=np.float64)


def pattern(*values: float, times: int) -> Float64Array:
    return array([*values] * times)


# Laws


@given(history=st.lists(single_returns, max_size=80), regime=regimes, allow_short=st.booleans())
def test_the_fraction_stays_within_the_caps_of_the_regime(
    history: list[float], regime: MarketRegime, *, allow_short: bool
) -> None:
    result = kelly_fraction(array(history), regime, POLICY, allow_short=allow_short)

    cap = DEFAULT_CAPS[regime]
    assert (-cap.short if allow_short else 0.0) <= result.fraction <= cap.long


@given(history=st.lists(single_returns, max_size=80), regime=regimes, direction=st.sampled_from([1, -1]))
def test_a_record_of_signals_never_speaks_for_their_opposite(
    history: list[float], regime: MarketRegime, direction: int
) -> None:
    result = kelly_of_signals(array(history), direction, regime, POLICY)

    caps = DEFAULT_CAPS[regime]
    assert 0.0 <= result.fraction <= (caps.long if direction > 0 else caps.short)
    assert (result.fraction > 0.0) == ((result.wanted_fraction or 0.0) > 0.0)


def test_a_good_record_is_followed_up_to_the_cap_of_the_direction_of_the_next_signal() -> None:
    gains = pattern(0.02, 0.02, 0.02, -0.02, times=8)

    long = kelly_of_signals(gains, 1, MarketRegime.BEAR, POLICY)
    short = kelly_of_signals(gains, -1, MarketRegime.BEAR, POLICY)

    assert (long.fraction, long.bound, long.cap) == (0.05, KellyBound.LONG_CAP, 0.05)
    assert (short.fraction, short.bound, short.cap) == (0.15, KellyBound.SHORT_CAP, 0.15)


@given(history=histories, regime=regimes)
def test_a_negative_edge_is_never_bought_and_never_replaced(history: list[float], regime: MarketRegime) -> None:
    result = kelly_fraction(array(history), regime, POLICY)

    assert result.mean is not None
    if result.mean <= 0.0:
        assert result.fraction == 0.0
        assert result.bound in {KellyBound.SHORT_NOT_ALLOWED, KellyBound.NO_EDGE, KellyBound.NO_VARIANCE}


@given(history=histories)
def test_returns_the_other_way_round_are_the_other_direction(history: list[float]) -> None:
    plain = kelly_fraction(array(history), MarketRegime.SIDEWAYS, POLICY, allow_short=True)
    mirrored = kelly_fraction(-array(history), MarketRegime.SIDEWAYS, POLICY, allow_short=True)

    assert mirrored.fraction == -plain.fraction


@given(history=histories, exponent=st.integers(0, 3))
def test_returns_twice_as_wild_justify_half_as_much(history: list[float], exponent: int) -> None:
    calm = kelly_fraction(array(history), MarketRegime.BULL, UNCAPPED, allow_short=True)
    wild = kelly_fraction(array(history) * 2.0**exponent, MarketRegime.BULL, UNCAPPED, allow_short=True)

    if calm.full_fraction is not None and wild.full_fraction is not None:
        assert wild.full_fraction * 2.0**exponent == pytest.approx(calm.full_fraction, rel=1e-12)


@given(history=histories, row=st.integers(0, 29), gain=st.floats(0.001, 0.5))
def test_a_gain_counts_the_more_the_newer_it_is(history: list[float], row: int, gain: float) -> None:
    older, newer = array(history), array(history)
    older[row] += gain
    newer[-1] += gain
    if row == len(history) - 1:
        return

    before = kelly_fraction(older, MarketRegime.BULL, POLICY).mean
    after = kelly_fraction(newer, MarketRegime.BULL, POLICY).mean

    assert before is not None
    assert after is not None
    assert after > before


@given(history=histories)
def test_without_a_half_life_the_moments_are_the_plain_ones(history: list[float]) -> None:
    returns = array(history)
    result = kelly_fraction(returns, MarketRegime.BULL, KellyPolicy(half_life_observations=inf))

    assert result.n_effective == pytest.approx(returns.size)
    assert result.mean == pytest.approx(float(returns.mean()), abs=1e-15)
    assert result.variance == pytest.approx(float(returns.var(ddof=1)), abs=1e-15)


@given(n_observations=st.integers(1, 300), half_life=st.floats(1.0, 500.0))
def test_observations_are_worth_at_most_their_number_and_more_with_a_longer_half_life(
    n_observations: int, half_life: float
) -> None:
    def effective(half_life_observations: float) -> float:
        weights = recency_weights(n_observations, half_life_observations=half_life_observations)
        return float(weights.sum() ** 2 / (weights @ weights))

    assert 1.0 - 1e-9 <= effective(half_life) <= effective(half_life * 2.0) + 1e-9 <= n_observations + 2e-9


@given(
    history=histories,
    row=st.integers(0, 29),
    broken=st.sampled_from([np.nan, np.inf, -np.inf, 1e200]),
)
def test_a_return_that_is_no_number_leaves_the_edge_unknown_and_the_fraction_zero(
    history: list[float], row: int, broken: float
) -> None:
    returns = array(history)
    returns[row] = broken

    result = kelly_fraction(returns, MarketRegime.BULL, POLICY)

    assert (result.fraction, result.bound, result.mean) == (0.0, KellyBound.NOT_A_NUMBER, None)


# The newest return weighs most


def test_the_newest_observation_weighs_one_and_half_a_half_life_ago() -> None:
    assert recency_weights(5, half_life_observations=2.0).tolist() == pytest.approx(
        [0.25, 0.5**1.5, 0.5, 0.5**0.5, 1.0]
    )


def test_bad_then_good_is_worth_more_than_good_then_bad() -> None:
    bad, good = pattern(-0.02, 0.01, times=30), pattern(0.02, -0.01, times=30)

    bad_then_good = kelly_fraction(np.concatenate([bad, good]), MarketRegime.NEUTRAL, POLICY)
    good_then_bad = kelly_fraction(np.concatenate([good, bad]), MarketRegime.NEUTRAL, POLICY)

    assert (bad_then_good.fraction, bad_then_good.bound) == (0.08, KellyBound.LONG_CAP)
    assert (good_then_bad.fraction, good_then_bad.bound) == (0.0, KellyBound.SHORT_NOT_ALLOWED)


def test_a_longer_history_is_worth_more_up_to_what_the_half_life_leaves() -> None:
    # With q = 2^(−1/60) the effective number tends to (1 + q)/(1 − q) = 173.1; a fixed decay of 0.2 would leave 10.
    short = kelly_fraction(pattern(0.01, -0.01, times=20), MarketRegime.NEUTRAL, POLICY)
    long = kelly_fraction(pattern(0.01, -0.01, times=1_000), MarketRegime.NEUTRAL, POLICY)

    assert short.n_effective == pytest.approx(39.3, abs=0.1)
    assert long.n_effective == pytest.approx(173.1, abs=0.1)


# Examples by hand


def test_every_number_on_the_way_to_the_fraction() -> None:
    # 32 returns, all weighing alike: 24 of +2 %, 8 of −2 %. Mean (24 − 8)/32 × 0.02 = 0.01; variance
    # (24 × 0.01² + 8 × 0.03²)/31 = 0.0096/31; full Kelly 0.01 × 31/0.0096 = 32.29; shrinkage 1 − 2/32 = 0.9375;
    # × 0.001 = 0.030273.
    policy = evolve(UNCAPPED, half_life_observations=inf)

    result = kelly_fraction(pattern(0.02, 0.02, 0.02, -0.02, times=8), MarketRegime.BULL, policy)

    assert result.bound is KellyBound.UNCAPPED
    assert result.n_observations == 32
    assert result.n_effective == pytest.approx(32.0)
    assert result.mean == pytest.approx(0.01)
    assert result.variance == pytest.approx(0.0096 / 31)
    assert result.full_fraction == pytest.approx(0.01 * 31 / 0.0096)
    assert result.shrinkage == pytest.approx(0.9375)
    assert result.wanted_fraction == pytest.approx(0.0302734, abs=1e-7)
    assert result.fraction == result.wanted_fraction
    assert result.cap == 1.0


@pytest.mark.parametrize(
    ("regime", "long", "short"),
    [
        (MarketRegime.BULL, 0.15, -0.05),
        (MarketRegime.BEAR, 0.05, -0.15),
        (MarketRegime.SIDEWAYS, 0.10, -0.10),
        (MarketRegime.NEUTRAL, 0.08, -0.08),
    ],
)
def test_each_regime_has_its_caps(regime: MarketRegime, long: float, short: float) -> None:
    gains = pattern(0.02, 0.02, 0.02, -0.02, times=8)

    bought = kelly_fraction(gains, regime, POLICY)
    sold = kelly_fraction(-gains, regime, POLICY, allow_short=True)

    assert (bought.fraction, bought.bound) == (long, KellyBound.LONG_CAP)
    assert (sold.fraction, sold.bound) == (short, KellyBound.SHORT_CAP)
    assert kelly_fraction(-gains, regime, POLICY).fraction == 0.0


def test_with_29_returns_the_edge_is_unknown() -> None:
    result = kelly_fraction(array([0.02, -0.01] * 14 + [0.02]), MarketRegime.BULL, POLICY)

    assert (result.fraction, result.bound) == (0.0, KellyBound.TOO_FEW_OBSERVATIONS)
    assert (result.n_observations, result.mean) == (29, None)


@pytest.mark.parametrize("value", [0.0, 0.01, -0.01])
def test_returns_that_never_vary_say_nothing_of_the_risk(value: float) -> None:
    result = kelly_fraction(np.full(40, value), MarketRegime.BULL, POLICY, allow_short=True)

    assert (result.fraction, result.bound) == (0.0, KellyBound.NO_VARIANCE)


def test_no_edge_at_all_is_zero() -> None:
    policy = KellyPolicy(half_life_observations=inf)

    result = kelly_fraction(pattern(0.5, -0.5, times=20), MarketRegime.BULL, policy)

    assert (result.fraction, result.bound) == (0.0, KellyBound.NO_EDGE)


def test_an_edge_of_two_effective_observations_is_too_uncertain() -> None:
    # n_eff of 2 observations is at most 2: the shrinkage is 0.
    policy = KellyPolicy(observations_min=2)

    result = kelly_fraction(array([0.01, 0.03]), MarketRegime.BULL, policy)

    assert (result.fraction, result.bound, result.shrinkage) == (0.0, KellyBound.TOO_UNCERTAIN, 0.0)


@pytest.mark.parametrize(
    "change",
    [
        {"half_life_observations": 0.5},
        {"half_life_observations": np.nan},
        {"observations_min": 1},
        {"multiple": 0.0},
        {"multiple": 1.5},
        {"multiple": np.nan},
        {"variance_min": 0.0},
        {"caps": {MarketRegime.BULL: FractionCap(long=0.1, short=0.1)}},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        KellyPolicy(**change)  # type: ignore[arg-type]  # the wrong values are the point


@pytest.mark.parametrize(("long", "short"), [(-0.1, 0.1), (0.1, 1.1), (np.nan, 0.1)])
def test_a_cap_is_a_fraction(long: float, short: float) -> None:
    with pytest.raises(ValueError, match=r"long|short"):
        FractionCap(long=long, short=short)
