"""The life of an edge: only evidence moves it, retirement is final, and a worse edge is never given more."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.alpha_lifecycle import DEFAULT_FACTORS, Lifecycle, LifecyclePolicy, LifecycleStage

POLICY: Final = LifecyclePolicy()
S: Final = LifecycleStage

sharpes = st.none() | st.floats(-4.0, 6.0)
reviews = st.lists(sharpes, max_size=120)


def lived(sharpes: Sequence[float | None], start: Lifecycle | None = None) -> Lifecycle:
    life = Lifecycle() if start is None else start
    for sharpe in sharpes:
        life = life.review(sharpe, POLICY)
    return life


def stages(sharpes: Sequence[float | None]) -> list[LifecycleStage]:
    """Return the stages that are passed, each once."""
    passed, life = [S.INCUBATION], Lifecycle()
    for sharpe in sharpes:
        life = life.review(sharpe, POLICY)
        if life.stage is not passed[-1]:
            passed.append(life.stage)
    return passed


RISING: Final = [0.1 * step for step in range(1, 18)]
"""Up to 1.7, beyond what a mature edge needs."""
FLAT: Final = [1.7] * 12

# Laws


@given(seen=reviews)
def test_retirement_is_final_and_gives_nothing(seen: list[float | None]) -> None:
    life = lived(seen, Lifecycle(stage=S.RETIRED))

    assert life.stage is S.RETIRED
    assert life.factor(POLICY) == 0.0


@given(seen=reviews)
def test_what_is_not_known_changes_nothing(seen: list[float | None]) -> None:
    assert lived(seen) == lived([sharpe for sharpe in seen if sharpe is not None])


@given(seen=reviews)
def test_a_factor_is_a_share_and_only_retirement_takes_all(seen: list[float | None]) -> None:
    life = lived(seen)

    assert 0.0 <= life.factor(POLICY) <= 1.0
    assert (life.factor(POLICY) == 0.0) == (life.stage is S.RETIRED)


@given(seen=st.lists(st.floats(0.5, 1.5), min_size=1, max_size=60))
def test_in_decay_less_is_left_at_every_review(seen: list[float]) -> None:
    life = Lifecycle(stage=S.DECAY)
    for sharpe in seen:
        after = life.review(sharpe, POLICY)
        if after.stage is S.DECAY:
            assert after.factor(POLICY) <= life.factor(POLICY)
            assert after.factor(POLICY) >= POLICY.factor_min
        life = after


# Examples


def test_an_edge_that_shows_itself_grows_carries_decays_and_is_retired() -> None:
    falling = [1.7 - 0.2 * step for step in range(1, 8)]

    assert stages(RISING) == [S.INCUBATION, S.GROWTH]
    assert stages(RISING + FLAT) == [S.INCUBATION, S.GROWTH, S.MATURE]
    assert stages(RISING + FLAT + falling) == [S.INCUBATION, S.GROWTH, S.MATURE, S.DECAY, S.RETIRED]


def test_an_edge_that_never_shows_itself_is_retired_only_late_and_only_below_zero() -> None:
    assert lived([-1.0] * 59).stage is S.INCUBATION
    assert lived([-1.0] * 60).stage is S.RETIRED
    assert lived([0.2] * 500).stage is S.INCUBATION


def test_a_decaying_edge_that_rises_beyond_a_mature_one_grows_again() -> None:
    decaying = lived([*RISING, 0.7])
    assert decaying.stage is S.DECAY

    again = [1.0 + 0.1 * step for step in range(1, 7)]
    assert lived(again, decaying).stage is S.GROWTH
    assert lived(again[:-1], decaying).stage is S.DECAY


def test_three_reviews_in_decay_leave_half() -> None:
    # 0.75 × 0.8³ = 0.384.
    assert Lifecycle(stage=S.DECAY, n_reviews=3).factor(POLICY) == pytest.approx(0.384)


def test_an_edge_that_is_good_from_the_first_day_on_is_let_out_and_one_that_falls_is_not() -> None:
    assert stages([3.0] * 50) == [S.INCUBATION, S.GROWTH, S.MATURE]
    assert lived([5.0 - 0.1 * step for step in range(39)]).stage is S.INCUBATION


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"growth_sharpe": 2.0}, "must ascend"),
        ({"factors": {S.RETIRED: 0.0}}, "has none for incubation"),
        ({"factors": {**DEFAULT_FACTORS, S.RETIRED: 0.1}}, "must be 0 for retired"),
        ({"factors": {**DEFAULT_FACTORS, S.GROWTH: 1.1}}, "got 1.1 for growth"),
        ({"window_days": 1}, "window_days"),
    ],
)
def test_a_policy_that_contradicts_itself_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        evolve(POLICY, **change)
