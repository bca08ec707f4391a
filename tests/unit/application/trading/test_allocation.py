"""What part of the account a strategy may use: by the market, by what its signals made, by what its edge has shown."""

from typing import Final

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from application.replay.driver import ReplayDriver
from application.trading.allocation import StrategyEvidence
from application.trading.day_returns import DayReturns
from domain.allocation.allocation_settings import AllocationSettings
from domain.allocation.alpha_lifecycle import LifecyclePolicy, LifecycleStage
from domain.allocation.performance_tilt import TiltPolicy
from domain.allocation.scenario import Scenario
from domain.regime import MarketRegime, VolatilityState
from domain.sizing import EquityFraction
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.unit.application.trading.stage import COIN, OUT, d, long, make_history, make_plan, play, watched_engine

ALL: Final = EquityFraction(d("1"))
BY_MATRIX: Final = AllocationSettings(tilt=None)
FLAT: Final = [(100.0,)] * 6
FOUR: Final = [{1: long()}] * 4
"""A, B, C and D are of the four kinds of the matrix, in its order."""


def test_without_a_model_the_neutral_row_shares_the_account() -> None:
    # Equity 100,000 at 100: trend 0.25, mean reversion 0.30, range trading 0.25, funding arbitrage 0.20.
    played = play(FLAT, *FOUR, sizings=[ALL] * 4, allocation=BY_MATRIX)

    assert played.held("A", "B", "C", "D") == (250, 300, 250, 200)


def test_without_allocation_each_may_use_all_of_it() -> None:
    assert play(FLAT, {1: long()}, sizings=[ALL]).held("A") == (1000,)


def test_those_that_do_not_run_leave_their_part_to_the_others() -> None:
    played = play(FLAT, *FOUR[:2], sizings=[ALL] * 2, allocation=BY_MATRIX)

    # 0.25 and 0.30 of 0.55, in whole lots of 0.001.
    assert played.held("A", "B") == (d("454.545"), d("545.454"))


def test_the_scenario_of_the_instrument_decides() -> None:
    plan = make_plan(make_history(FLAT), FOUR, sizings=[ALL] * 4, allocation=BY_MATRIX)
    engine, venue = watched_engine(plan), plan.make_venue()
    venue.deposit(plan.start_equity)
    # Bull at low volatility, half sure: trend half way from 0.25 to 0.60.
    engine.books[COIN].scenario = Scenario(MarketRegime.BULL, VolatilityState.LOW)
    engine.books[COIN].scenario_confidence = 0.5
    ReplayDriver(plan.history, engine, venue).run()

    assert [share.held for share in engine.books[COIN].shares] == [425, 250, 175, 150]


def test_how_the_account_is_shared_is_noted_where_it_changes() -> None:
    plan = make_plan(make_history(FLAT), [{1: long(), 3: OUT, 4: long()}], sizings=[ALL], allocation=BY_MATRIX)
    engine, venue = watched_engine(plan), plan.make_venue()
    venue.deposit(plan.start_equity)
    ReplayDriver(plan.history, engine, venue).run()

    # Alone, it has all of the account, at both entries: told once, at the first.
    (change,) = engine.log.weight_changes
    assert (change.symbol, change.weights) == (COIN, (("A", 1.0),))
    assert change.at_ns == engine.log.decisions[0].at_ns


def test_who_is_disabled_opens_nothing_and_says_why() -> None:
    # 0.30, 0.25 and 0.20 of 0.75; the first is a little below 0.4 in binary.
    settings = evolve(BY_MATRIX, disabled=frozenset({"A"}))
    played = play(FLAT, *FOUR, sizings=[ALL] * 4, allocation=settings)

    assert played.held("A", "B", "C", "D") == (0, d("399.999"), d("333.333"), d("266.666"))
    (refusal,) = played.refusals
    assert (refusal.reasons, refusal.detail) == (("allocation",), "neutral_low leaves A nothing of the account")


def test_what_signals_made_tilts_their_part() -> None:
    """A is long in a market that rises by halves of a percent, B is short in it: the tilt is at its ends."""
    from tests.unit.application.trading.stage import short  # noqa: PLC0415

    days = 40
    closes = [100.0 * 1.005 ** (hour / 24) * (1.0 + 0.001 * (hour // 24 % 2)) for hour in range(24 * days)]
    tilt = TiltPolicy(strength=0.5, prior_days=1.0, days_min=10)
    plan = make_plan(
        make_history([(close,) for close in closes]),
        [{1: long(), 24 * days - 3: long()}, {1: short()}],
        sizings=[EquityFraction(d("0.001"))] * 2,
        allocation=AllocationSettings(tilt=tilt),
    )
    engine, venue = watched_engine(plan), plan.make_venue()
    venue.deposit(plan.start_equity)
    ReplayDriver(plan.history, engine, venue).run()
    assert engine.allocator is not None
    weights = engine.allocator.weights(engine.books[COIN])

    # 0.25 × 1.5 and 0.30 × 0.5 of their sum, nearly.
    assert weights["A"] == pytest.approx(0.375 / 0.525, abs=0.01)
    assert weights["B"] == pytest.approx(0.150 / 0.525, abs=0.01)


def test_an_edge_that_has_not_shown_itself_gets_a_quarter_and_the_rest_stays_cash() -> None:
    settings = AllocationSettings(tilt=None, lifecycle=LifecyclePolicy())
    played = play(FLAT, *FOUR, sizings=[ALL] * 4, allocation=settings)

    assert played.held("A", "B", "C", "D") == (d("62.5"), 75, d("62.5"), 50)
    allocator = played.engine.allocator
    assert allocator is not None
    assert allocator.evidence["A"].lifecycle.stage is LifecycleStage.INCUBATION


@settings(max_examples=20)
@given(asked=st.sets(st.integers(1, 299), max_size=6), seed=st.integers(0, 2**16))
def test_it_does_not_matter_how_often_anybody_asks(asked: set[int], seed: int) -> None:
    """Reviews come with days, not with questions."""
    made = np.random.default_rng(seed).normal(0.002, 0.01, 300)
    policy = AllocationSettings(
        tilt=None,
        lifecycle=LifecyclePolicy(
            window_days=20,
            slope_reviews=5,
            growth_sharpe=0.5,
            mature_slope=2.0,
            retire_sharpe=-1.0,
            growth_decay_sharpe=0.2,
        ),
    )

    def lived(days: list[int]) -> object:
        evidence = StrategyEvidence(())
        for end in (*days, made.size):
            evidence.review(made[:end], policy)
        return evidence.lifecycle

    assert lived(sorted(asked)) == lived([])


def test_days_are_whole_utc_days_and_idle_ones_made_nothing() -> None:
    days, start = DayReturns(), 19_000 * NS_PER_DAY
    days.add(start + 12 * NS_PER_HOUR, 0.01)
    # What ends at midnight is of the day that ends there.
    days.add(start + NS_PER_DAY, 0.02)
    days.add(start + NS_PER_DAY + 1, None)
    days.add(start + 3 * NS_PER_DAY + NS_PER_HOUR, -0.01)

    assert days.values == pytest.approx([0.03, 0.0, 0.0])
