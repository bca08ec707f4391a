"""What each strategy that runs gets: nothing is lost to the absent, and nothing unproven is trusted for being alone."""

from math import fsum
from typing import Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.scenario import SCENARIOS, Scenario
from domain.allocation.strategy_matrix import DEFAULT_MATRIX
from domain.allocation.strategy_weights import WEIGHT_MIN, Candidate, strategy_weights

KINDS: Final = DEFAULT_MATRIX.kinds
ALL: Final = tuple(Candidate(name=kind, kind=kind) for kind in KINDS)

tilts = st.floats(0.7, 1.3)
factors = st.floats(0.0, 1.0)


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=7))
    return [
        Candidate(
            name=f"{kind}-{place}",
            kind=kind,
            is_enabled=draw(st.booleans()),
            tilt=draw(tilts),
            stage_factor=draw(factors),
        )
        for place, kind in enumerate(kinds)
    ]


by_kind = st.builds(DEFAULT_MATRIX.weights, st.sampled_from(SCENARIOS), st.floats(0.0, 1.0))

# Laws


@given(by_kind=by_kind, running=candidates())
def test_what_is_given_away_is_the_whole_less_what_stages_take(
    by_kind: dict[str, float], running: list[Candidate]
) -> None:
    proven = [evolve(each, stage_factor=1.0) for each in running]
    whole, weights = strategy_weights(by_kind, proven), strategy_weights(by_kind, running)

    anybody = any(each.is_enabled for each in running)
    assert fsum(whole.values()) == pytest.approx(1.0 if anybody else 0.0)
    for each in running:
        assert weights[each.name] == pytest.approx(whole[each.name] * each.stage_factor)


@given(by_kind=by_kind, running=candidates())
def test_nobody_gets_a_crumb_and_the_disabled_get_nothing(by_kind: dict[str, float], running: list[Candidate]) -> None:
    proven = [evolve(each, stage_factor=1.0) for each in running]

    for each, weight in zip(running, strategy_weights(by_kind, proven).values(), strict=True):
        assert weight == 0.0 or weight > WEIGHT_MIN
        assert each.is_enabled or weight == 0.0


@given(by_kind=by_kind, others=candidates(), one=st.sampled_from(KINDS), tilt=tilts, more=st.floats(0.0, 0.5))
def test_more_tilt_never_gives_less(
    by_kind: dict[str, float], others: list[Candidate], one: str, tilt: float, more: float
) -> None:
    running = [*others, Candidate(name="one", kind=one, tilt=tilt)]
    raised = [*others, Candidate(name="one", kind=one, tilt=tilt + more)]
    # A crumb that falls away raises the others; where none does, a larger part of the whole is not smaller.
    before, after = strategy_weights(by_kind, running, 0.0), strategy_weights(by_kind, raised, 0.0)

    assert after["one"] >= before["one"] - 1e-12


@given(by_kind=by_kind, running=candidates())
def test_their_order_does_not_matter(by_kind: dict[str, float], running: list[Candidate]) -> None:
    backwards = strategy_weights(by_kind, running[::-1])

    assert {name: pytest.approx(weight) for name, weight in backwards.items()} == strategy_weights(by_kind, running)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.code for scenario in SCENARIOS])
def test_in_every_scenario_every_strategy_of_the_matrix_may_open(scenario: Scenario) -> None:
    weights = strategy_weights(DEFAULT_MATRIX.weights(scenario, 1.0), ALL)

    assert min(weights.values()) > WEIGHT_MIN


# Examples


def test_what_absent_strategies_would_have_had_goes_to_the_others() -> None:
    # Neutral at low volatility: trend 0.25 and mean reversion 0.30 of 0.55.
    neutral = {"trend_following": 0.25, "mean_reversion": 0.30, "range_trading": 0.25, "funding_arbitrage": 0.20}
    weights = strategy_weights(neutral, ALL[:2])

    assert weights == {"trend_following": pytest.approx(25 / 55), "mean_reversion": pytest.approx(30 / 55)}


def test_several_of_one_kind_share_its_weight() -> None:
    twins = [Candidate(name="fast", kind="a"), Candidate(name="slow", kind="a"), Candidate(name="other", kind="b")]

    assert strategy_weights({"a": 0.6, "b": 0.4}, twins) == pytest.approx({"fast": 0.3, "slow": 0.3, "other": 0.4})


def test_what_a_stage_takes_away_stays_cash() -> None:
    alone = [Candidate(name="new", kind="a", stage_factor=0.25)]

    assert strategy_weights({"a": 0.1}, alone) == {"new": 0.25}


def test_a_crumb_goes_to_the_others() -> None:
    two = [Candidate(name="large", kind="a"), Candidate(name="crumb", kind="b")]

    assert strategy_weights({"a": 0.995, "b": 0.005}, two) == {"large": 1.0, "crumb": 0.0}


def test_a_kind_without_a_weight_is_not_passed_over() -> None:
    with pytest.raises(KeyError, match="carry"):
        strategy_weights({"a": 1.0}, [Candidate(name="x", kind="carry")])
