"""Whether forecasts of value at risk came true."""

from math import inf, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.var_backtest import (
    Transitions,
    Zone,
    backtest_var,
    basel_plus_factor,
    christoffersen_independence,
    conditional_coverage,
    count_hits,
    count_transitions,
    kupiec,
    kupiec_region,
    traffic_light,
)

flags = st.lists(st.booleans(), min_size=1, max_size=60)
confidences = st.sampled_from([0.9, 0.95, 0.99])

# Laws


@given(hits=flags)
def test_every_pair_of_days_is_one_transition(hits: list[bool]) -> None:
    found = count_transitions(hits)

    assert found.calm_calm + found.calm_hit + found.hit_calm + found.hit_hit == len(hits) - 1
    assert found.calm_hit + found.hit_hit == sum(hits[1:])
    assert found.hit_calm + found.hit_hit == sum(hits[:-1])


@given(hits=flags, confidence=confidences)
def test_statistics_are_never_negative_and_p_values_are_chances(hits: list[bool], confidence: float) -> None:
    result = backtest_var([-float(hit) for hit in hits], [0.5] * len(hits), confidence)

    assert result is not None
    assert result.n_hits == sum(hits)
    for test in (result.coverage, result.independence, result.conditional_coverage):
        assert test is None or (test.statistic >= 0.0 and 0.0 <= test.p_value <= 1.0)
    assert 0.0 <= result.at_least_probability <= 1.0


@given(n_days=st.integers(2, 400), confidence=confidences)
def test_the_expected_number_of_hits_is_never_rejected_and_further_away_is_less_likely(
    n_days: int, confidence: float
) -> None:
    p_values = [kupiec(n_days, n_hits, confidence).p_value for n_hits in range(n_days + 1)]
    middle = round(n_days * (1.0 - confidence))

    assert p_values[middle] > 0.2
    assert p_values[:middle] == sorted(p_values[:middle])
    assert p_values[middle + 1 :] == sorted(p_values[middle + 1 :], reverse=True)


@given(n_days=st.integers(1, 300), confidence=confidences)
def test_kupiecs_region_is_exactly_what_his_test_does_not_reject(n_days: int, confidence: float) -> None:
    accepted = [n for n in range(n_days + 1) if kupiec(n_days, n, confidence).p_value >= 0.05]

    fewest, most = kupiec_region(n_days, confidence)

    assert accepted == list(range(fewest, most + 1))


@given(hits=flags)
def test_time_run_backwards_is_as_independent(hits: list[bool]) -> None:
    forwards = christoffersen_independence(count_transitions(hits))
    backwards = christoffersen_independence(count_transitions(hits[::-1]))

    # Each direction has its own days before and after; it matters only which rows of the table are empty.
    if forwards and backwards:
        assert backwards.statistic == pytest.approx(forwards.statistic, abs=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
def test_right_forecasts_are_seldom_rejected(seed: int) -> None:
    # At a level of one in a million; the statistic's own distribution is discrete and only nearly chi-square.
    hits = np.random.default_rng(seed).random(1_000) < 0.05

    assert kupiec(1_000, int(hits.sum()), 0.95).p_value > 1e-6


@given(n_days=st.integers(1, 500), confidence=confidences)
def test_more_hits_never_make_the_light_greener(n_days: int, confidence: float) -> None:
    sequence = [Zone.GREEN, Zone.YELLOW, Zone.RED]
    lights = [sequence.index(traffic_light(n_days, n_hits, confidence).zone) for n_hits in range(min(n_days, 60) + 1)]

    assert lights == sorted(lights)


# Worked examples


def test_six_days_by_hand() -> None:
    # Losses 1, 6, 7, 2, 8, 3 percent against 5 throughout; the fourth day had no forecast and is left out.
    result = backtest_var(
        [-0.01, -0.06, -0.07, -0.02, -0.08, -0.03], [0.05, 0.05, 0.05, nan, 0.05, 0.05], confidence=0.9
    )

    assert result is not None
    assert (result.n_days, result.n_hits) == (5, 3)
    assert result.expected_hits == pytest.approx(0.5)
    # calm, hit, hit, hit, calm
    assert result.transitions == Transitions(calm_calm=0, calm_hit=1, hit_calm=1, hit_hit=2)
    # 2 (3 log 0.6/0.1 + 2 log 0.4/0.9)
    assert result.coverage.statistic == pytest.approx(2.0 * (3.0 * log(6.0) + 2.0 * log(0.4 / 0.9)))
    # After a hit 2 of 3, after calm 1 of 1; alike it is 3 of 4.
    expected = 2.0 * (2.0 * log(2 / 3) + log(1 / 3) - 3.0 * log(0.75) - log(0.25))
    assert result.independence is not None
    assert result.independence.statistic == pytest.approx(expected)
    assert result.conditional_coverage is not None
    assert result.conditional_coverage.statistic == pytest.approx(result.coverage.statistic + expected)
    # 10 × 0.1³ × 0.9² + 5 × 0.1⁴ × 0.9 + 0.1⁵ = 0.0081 + 0.00045 + 0.00001
    assert result.at_least_probability == pytest.approx(0.00856)
    # At most three: 1 − 0.00046, between 95 % and 99.99 %.
    assert result.traffic_light.zone is Zone.YELLOW
    assert result.traffic_light.cumulative_probability == pytest.approx(1.0 - 0.00046)


def test_a_loss_as_large_as_the_var_is_not_beyond_it() -> None:
    assert count_hits([-0.05, -0.0501, 0.05], [0.05, 0.05, 0.05]).tolist() == [False, True, False]


def test_no_hits_at_all_have_a_likelihood_of_their_own() -> None:
    result = backtest_var([0.0] * 100, [0.01] * 100, confidence=0.99)

    # −2 × 100 log 0.99 = 2.0101, p 0.156: so few days do not show that 1 % is too much.
    assert result is not None
    assert result.coverage.statistic == pytest.approx(-200.0 * log(0.99))
    assert result.coverage.p_value == pytest.approx(0.1563, abs=1e-4)
    assert result.independence is None
    assert result.conditional_coverage is None
    assert result.at_least_probability == 1.0
    assert result.traffic_light.zone is Zone.GREEN


def test_nothing_but_hits_is_rejected_without_any_doubt() -> None:
    result = backtest_var([-1.0] * 100, [0.01] * 100, confidence=0.99)

    assert result is not None
    assert result.coverage.statistic == pytest.approx(-200.0 * log(0.01))
    assert result.coverage.p_value < 1e-100
    assert result.independence is None
    assert result.traffic_light.zone is Zone.RED


def test_where_only_the_last_day_was_hit_nothing_is_known_of_what_follows_a_hit() -> None:
    assert christoffersen_independence(count_transitions([False, False, True])) is None
    assert christoffersen_independence(count_transitions([True])) is None


def test_hits_in_one_cluster_are_not_independent() -> None:
    clustered = christoffersen_independence(count_transitions([True] * 10 + [False] * 190))
    scattered = christoffersen_independence(count_transitions(([True] + [False] * 19) * 10))

    assert clustered is not None
    assert scattered is not None
    assert clustered.p_value < 1e-9
    assert scattered.p_value > 0.1


def test_both_at_once_have_two_degrees_of_freedom() -> None:
    coverage, independence = kupiec(250, 5, 0.99), christoffersen_independence(Transitions(240, 4, 4, 1))

    assert independence is not None
    both = conditional_coverage(coverage, independence)
    # exp(−x/2)
    assert log(both.p_value) == pytest.approx(-0.5 * (coverage.statistic + independence.statistic))


def test_the_capital_multiplier_of_the_committee() -> None:
    assert [basel_plus_factor(n_hits) for n_hits in (0, 4, 5, 9, 10, 200)] == [0.0, 0.0, 0.4, 0.85, 1.0, 1.0]


# Unknown and refused


def test_without_forecasts_there_is_nothing_to_say() -> None:
    assert backtest_var([], [], 0.95) is None
    assert backtest_var([0.01, 0.02], [nan, nan], 0.95) is None


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="one finite forecast"):
        backtest_var([0.0, 0.0], [0.1], 0.95)
    with pytest.raises(ValueError, match="one finite forecast"):
        backtest_var([0.0], [inf], 0.95)
    with pytest.raises(ValueError, match="row 0"):
        backtest_var([nan], [0.1], 0.95)
    with pytest.raises(ValueError, match="confidence"):
        backtest_var([0.0], [0.1], 99.0)
    for n_days, n_hits in [(0, 0), (5, 6), (5, -1)]:
        with pytest.raises(ValueError, match="need days"):
            kupiec(n_days, n_hits, 0.95)
