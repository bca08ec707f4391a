"""Capital at risk: stops jumped over, everything against us at once, and liquidation when that is what it comes to."""

from math import inf, nan

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.capital_at_risk import Leg, StressMove, capital_at_risk, loss_per_unit

FREE = StressMove(move=0.2, stop_gap=0.05, settlements=0, funding_rate=0.0, exit_cost=0.0)

quantities = st.integers(-1_000, 1_000).filter(bool).map(lambda count: count / 10)
moves = st.integers(1, 90).map(lambda count: count / 100)
gaps = st.integers(0, 90).map(lambda count: count / 100)
distances = st.none() | st.integers(1, 80).map(lambda count: count / 100)
stresses = st.builds(
    StressMove,
    move=moves,
    stop_gap=gaps,
    settlements=st.integers(0, 9),
    funding_rate=st.floats(0, 0.03),
    exit_cost=st.floats(0, 0.01),
)


def make_leg(quantity: float, stop_distance: float | None = None, mark_price: float = 100.0) -> Leg:
    """Return a leg whose stop lies a fraction of the price on its losing side."""
    sign = 1.0 if quantity > 0 else -1.0
    stop = None if stop_distance is None else mark_price * (1.0 - sign * stop_distance)
    return Leg(signed_quantity=quantity, mark_price=mark_price, stop_price=stop, maintenance_rate=0.004)


legs = st.lists(st.builds(make_leg, quantities, distances), max_size=6)


def at_risk(held: list[Leg], stress: StressMove = FREE, equity: float = 1e9) -> tuple[float, float]:
    found = capital_at_risk(held, equity, stress)
    assert found is not None
    return found.if_down, found.if_up


def test_a_stop_fills_beyond_its_trigger() -> None:
    # Long at 100, stop at 95, gap 5 %: it fills at 95 × 0.95 = 90.25, which loses 9.75 on each of 2 units.
    assert at_risk([make_leg(2.0, 0.05)]) == pytest.approx((19.5, 0.0))
    # Short at 100, stop at 105: it fills at 105 × 1.05 = 110.25.
    assert at_risk([make_leg(-2.0, 0.05)]) == pytest.approx((0.0, 20.5))


def test_without_a_stop_the_whole_move_is_lost() -> None:
    # 20 % of 100 on 2 units.
    assert at_risk([make_leg(2.0)]) == pytest.approx((40.0, 0.0))


def test_a_stop_that_the_move_does_not_reach_does_not_help() -> None:
    # The stop at 75 lies beyond the move to 80: 20 are lost, not 25 and the gap.
    assert at_risk([make_leg(1.0, 0.25)]) == pytest.approx((20.0, 0.0))


def test_funding_and_the_way_out_are_paid_on_top() -> None:
    # Two settlements at 1 % of 100, and 0.1 % of the exit price 80: 2 + 0.08 beside the 20.
    stress = StressMove(move=0.2, stop_gap=0.0, settlements=2, funding_rate=0.01, exit_cost=0.001)

    assert loss_per_unit(make_leg(1.0), stress) == pytest.approx(22.08)


def test_longs_lose_together_and_shorts_do_not_pay_for_them() -> None:
    # Down: 20 + 2 × 20; up: the short alone.
    assert at_risk([make_leg(1.0), make_leg(2.0), make_leg(-1.0)]) == pytest.approx((60.0, 20.0))


def test_where_equity_does_not_cover_the_margin_after_the_move_all_of_it_is_lost() -> None:
    # 10 units at 100 lose 200 of 203; 800 × 0.004 = 3.2 of margin is more than the 3 that are left.
    found = capital_at_risk([make_leg(10.0)], 203.0, FREE)
    assert found is not None
    assert (found.if_down, found.is_liquidated_if_down, found.is_liquidated_if_up) == (203.0, True, False)
    # With 204 left over 4 the margin is covered.
    spared = capital_at_risk([make_leg(10.0)], 204.0, FREE)
    assert spared is not None
    assert spared.if_down == pytest.approx(200.0)
    assert not spared.is_liquidated_if_down


def test_an_isolated_position_loses_its_margin_and_no_more() -> None:
    assert at_risk([evolve(make_leg(10.0), margin=50.0)]) == (50.0, 0.0)


@pytest.mark.parametrize("number", [nan, inf])
def test_what_cannot_be_valued_is_unknown(number: float) -> None:
    assert capital_at_risk([make_leg(1.0)], number, FREE) is None
    assert capital_at_risk([make_leg(1.0, mark_price=number)], 1000.0, FREE) is None


@given(held=legs, extra=st.builds(make_leg, quantities, distances), stress=stresses)
def test_one_more_position_never_lessens_what_is_at_risk(held: list[Leg], extra: Leg, stress: StressMove) -> None:
    before, after = at_risk(held, stress), at_risk([*held, extra], stress)

    assert after[0] >= before[0]
    assert after[1] >= before[1]


@given(quantity=quantities, distance=distances, stress=stresses, wider=gaps)
def test_a_wider_gap_never_costs_less(
    quantity: float, distance: float | None, stress: StressMove, wider: float
) -> None:
    leg = make_leg(quantity, distance)

    worse = evolve(stress, stop_gap=max(stress.stop_gap, wider))
    assert loss_per_unit(leg, worse) >= loss_per_unit(leg, stress) - 1e-9 * leg.mark_price


@given(held=legs)
def test_long_and_short_mirror_where_price_moves_count_alike(held: list[Leg]) -> None:
    bare = evolve(FREE, stop_gap=0.0)
    mirrored = [
        evolve(
            leg,
            signed_quantity=-leg.signed_quantity,
            stop_price=None if leg.stop_price is None else 2 * leg.mark_price - leg.stop_price,
        )
        for leg in held
    ]

    down, up = at_risk(held, bare)
    mirrored_down, mirrored_up = at_risk(mirrored, bare)
    assert (mirrored_up, mirrored_down) == pytest.approx((down, up))


@given(held=legs, stress=stresses, equity=st.floats(1.0, 1e5))
def test_the_loss_is_never_negative_and_all_equity_when_liquidated(
    held: list[Leg], stress: StressMove, equity: float
) -> None:
    found = capital_at_risk(held, equity, stress)

    assert found is not None
    assert min(found.if_down, found.if_up) >= 0.0
    if found.is_liquidated_if_down:
        assert found.if_down >= equity
    assert found.amount == max(found.if_down, found.if_up)
