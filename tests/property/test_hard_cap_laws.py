"""What keeps its caps is nowhere laxer than what is capped: the directions are true of what the settings do."""

from decimal import Decimal
from itertools import pairwise
from typing import Final

import numpy as np
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.regime import MarketRegime
from domain.risk.capital_at_risk import Leg, StressMove, loss_per_unit
from domain.risk.drawdown_ladder import LadderState
from domain.risk.drawdown_levels import LadderPolicy, LevelAction, Rung
from domain.risk.estimates import EstimateSettings
from domain.risk.hard_caps import beyond_caps, values_of
from domain.risk.kelly import FractionCap, KellyPolicy, kelly_fraction
from domain.risk.loss_limits import LossLimits, LossRecord
from domain.risk.parametric_tail import normal_tail
from domain.time_units import NS_PER_DAY
from tests.risk import only_limits
from tests.unit.domain.risk.drawn import return_series

SETTINGS: Final = only_limits(None, None)
START: Final = Decimal(1_000)
fractions: Final = st.integers(1, 98).map(lambda percent: Decimal(percent) / 100)
shares: Final = st.integers(0, 4).map(lambda quarters: Decimal(quarters) / 4)


@st.composite
def ladders(draw: st.DrawFn) -> LadderPolicy:
    thresholds = sorted(draw(st.sets(fractions, min_size=4, max_size=4)))
    factors = sorted((draw(shares) for _ in range(4)), reverse=True)
    kept = sorted((draw(shares) for _ in range(4)), reverse=True)
    rungs = [
        Rung(
            threshold=threshold,
            action=LevelAction(size_factor=factor, reduce_to=share, halts=factor == share == 0 and place == 3),
        )
        for place, (threshold, factor, share) in enumerate(zip(thresholds, factors, kept, strict=True))
    ]
    mild, moderate, severe, limit = rungs
    hysteresis = draw(st.sampled_from([Decimal(0), mild.threshold / 2]))
    return LadderPolicy(mild=mild, moderate=moderate, severe=severe, limit=limit, hysteresis=hysteresis)


@given(
    capped=ladders(),
    shift=st.sampled_from([Decimal(0), Decimal("0.004")]),
    part=st.sampled_from([Decimal(0), Decimal(1)]),
    path=st.lists(st.integers(1, 1_100), max_size=20),
)
def test_on_every_path_of_equity_a_ladder_within_its_caps_is_at_most_as_lax(
    capped: LadderPolicy, shift: Decimal, part: Decimal, path: list[int]
) -> None:
    tight = LadderPolicy(
        **{
            level.value: Rung(threshold=rung.threshold - shift, action=_halved(rung.action))
            for level, rung in capped.rungs()
        },
        hysteresis=min(capped.hysteresis * part, capped.mild.threshold - shift - Decimal("0.001")),
    )
    assume(_keeps_its_caps(tight, capped))

    tight_state = loose_state = LadderState.start(START, 0)
    for place, equity in enumerate(path):
        tight_state, _ = tight_state.observe(Decimal(equity), place + 1, policy=tight)
        loose_state, _ = loose_state.observe(Decimal(equity), place + 1, policy=capped)
        action = tight.action_at(tight_state.level)
        assert not action.is_laxer_than(capped.action_at(loose_state.level))


def _halved(action: LevelAction) -> LevelAction:
    return evolve(action, size_factor=action.size_factor / 2, reduce_to=action.reduce_to / 2)


def _keeps_its_caps(tight: LadderPolicy, capped: LadderPolicy) -> bool:
    return not beyond_caps(values_of(evolve(SETTINGS, drawdown=tight)), values_of(evolve(SETTINGS, drawdown=capped)))


@given(one=ladders(), other=ladders(), equity=st.integers(1, 999))
def test_of_any_two_ladders_the_one_within_the_caps_does_at_least_as_much_at_every_fall(
    one: LadderPolicy, other: LadderPolicy, equity: int
) -> None:
    for tight, capped in ((one, other), (other, one), (one, one)):
        if _keeps_its_caps(tight, capped):
            fallen = [
                policy.action_at(LadderState.start(START, 0).observe(Decimal(equity), 1, policy=policy)[0].level)
                for policy in (tight, capped)
            ]
            assert not fallen[0].is_laxer_than(fallen[1])


@given(
    amounts=st.lists(st.integers(-400, 400), min_size=1, max_size=20),
    fractions_of=st.tuples(st.none() | fractions, st.none() | fractions),
    days=st.tuples(st.none() | st.integers(1, 5), st.none() | st.integers(1, 5)),
)
def test_whatever_breaks_a_loss_limit_breaks_every_tighter_one(
    amounts: list[int], fractions_of: tuple[Decimal | None, Decimal | None], days: tuple[int | None, int | None]
) -> None:
    first, second = (
        LossLimits(daily_fraction=fraction, weekly_fraction=fraction, losing_days_max=count)
        for fraction, count in zip(fractions_of, days, strict=True)
    )
    for tight, loose in ((first, second), (second, first)):
        if not beyond_caps(values_of(evolve(SETTINGS, losses=tight)), values_of(evolve(SETTINGS, losses=loose))):
            assert all(
                less <= more for less, more in zip(_broken(amounts, loose), _broken(amounts, tight), strict=True)
            )


def _broken(amounts: list[int], limits: LossLimits) -> list[frozenset[str]]:
    record, equity, found = LossRecord.start(START, 0), START, []
    for place, amount in enumerate(amounts):
        equity += amount
        record, _ = record.observe(equity, (place + 1) * NS_PER_DAY // 2, limits=limits)
        found.append(frozenset(rule.value for rule in record.broken(limits)))
    return found


@given(
    move=st.floats(0.01, 0.9),
    gap=st.floats(0.0, 0.9),
    more=st.floats(1.0, 1.1),
    quantity=st.sampled_from([-1.0, 1.0]),
    stop=st.none() | st.floats(50.0, 150.0),
)
def test_a_worse_move_and_a_worse_gap_never_cost_less(
    move: float, gap: float, more: float, quantity: float, stop: float | None
) -> None:
    leg = Leg(signed_quantity=quantity, mark_price=100.0, stop_price=stop)
    mild = StressMove(move=move, stop_gap=gap)
    worse = StressMove(
        move=move * more, stop_gap=gap * more, settlements=2, funding_rate=0.003 * more, exit_cost=0.001 * more
    )

    assert loss_per_unit(leg, worse) >= loss_per_unit(leg, mild) - 1e-9


@given(returns=return_series(30, 60, largest=0.05), part=st.floats(0.1, 1.0), cap=st.floats(0.0, 1.0))
def test_a_smaller_multiple_and_smaller_caps_never_justify_more(returns: list[float], part: float, cap: float) -> None:
    policy = KellyPolicy()
    caps = {regime: FractionCap(each.long * cap, each.short * cap) for regime, each in policy.caps.items()}
    tight = evolve(policy, multiple=policy.multiple * part, caps=caps, observations_min=40)

    for regime in MarketRegime:
        fraction, loosest = (kelly_fraction(np.asarray(returns), regime, each).fraction for each in (tight, policy))
        assert abs(fraction) <= abs(loosest)


def test_a_higher_confidence_never_sees_less_at_risk() -> None:
    confidences = [0.9, 0.95, 0.975, 0.99, 0.995]

    factors = [normal_tail(0.0, 1.0, EstimateSettings(confidence=each).confidence) for each in confidences]

    assert all(one.var < other.var for one, other in pairwise(factors))
