"""Spot before the gate and in estimates: what it takes from those that share the wallet, worked out by hand.

Equity 10,000, mark and last price 100, no fees unless said.
"""

from decimal import Decimal

import pytest
from attrs import evolve

from domain.margin import MarginMode
from domain.order import PositionSide
from domain.risk.allowances import OpeningRequest, margin_allowance
from domain.risk.capital_at_risk import Leg, StressMove, capital_at_risk
from domain.risk.gate import RiskGate
from domain.risk.snapshot import RiskSnapshot
from domain.risk.verdict import RefusalReason
from tests.risk_cases import (
    UNLIMITED,
    buy,
    make_account,
    make_snapshot,
    make_state,
    reasons,
    sell,
    text_of,
    with_limits,
)
from tests.support import SYMBOL, make_instrument, make_schedule

SPOT = "BTCUSDT-SPOT"
PAIR = make_instrument(SPOT, taker_rate="0")
NO_CASH = RefusalReason.INSUFFICIENT_BALANCE


def d(text: str) -> Decimal:
    return Decimal(text)


def before_spot(**account: object) -> RiskSnapshot:
    """An account, and the pair with nothing held of it."""
    return make_snapshot(
        instrument=make_state(instrument=PAIR), account=make_account(**{"cash": d("10000"), **account})
    )


def before_contract(**account: object) -> RiskSnapshot:
    state = make_state(instrument=make_instrument(taker_rate="0"))
    return make_snapshot(instrument=state, account=make_account(**account))


def test_a_market_order_needs_half_a_percent_more_than_the_mark() -> None:
    # 10 × 100 × 1.005.
    assert reasons(UNLIMITED, buy("10", symbol=SPOT), before_spot(cash=d("1005"))) == set()
    assert reasons(UNLIMITED, buy("10", symbol=SPOT), before_spot(cash=d("1004.99"))) == {NO_CASH}


def test_a_limit_is_never_paid_more_than_it_says_but_the_fee() -> None:
    costly = evolve(before_spot(cash=d("1010.505")), instrument=make_state(instrument=make_instrument(SPOT)))

    # 10 × 101 × 1.0005.
    assert reasons(UNLIMITED, buy("10", symbol=SPOT, price="101"), costly) == set()
    assert reasons(UNLIMITED, buy("10.001", symbol=SPOT, price="101"), costly) == {NO_CASH}


def test_the_refusal_says_what_it_takes_and_what_there_is() -> None:
    assert text_of(UNLIMITED, buy("10", symbol=SPOT), before_spot(cash=d("900"))) == (
        "cash that spot takes 1005 of at most 900"
    )
    assert text_of(UNLIMITED, sell("1", symbol=SPOT), before_spot()) == "spot is sold only to reduce what is held"


def test_where_cash_is_unknown_no_coin_is_bought() -> None:
    assert reasons(UNLIMITED, buy("1", symbol=SPOT), before_spot(cash=None)) == {NO_CASH}
    unknown = before_spot(cash=Decimal("NaN"))
    assert reasons(UNLIMITED, buy("1", symbol=SPOT), unknown) == {RefusalReason.ACCOUNT_UNKNOWN}


def test_a_way_out_always_passes_and_a_short_never() -> None:
    held = evolve(before_spot(cash=None), instrument=make_state(instrument=PAIR, held_quantity=d("5")))

    assert reasons(UNLIMITED, sell("5", symbol=SPOT, reduce_only=True), held) == set()
    assert reasons(UNLIMITED, sell("5", symbol=SPOT), held) == {NO_CASH}


@pytest.mark.parametrize("leverage", [1, 20, 125])
def test_no_leverage_setting_forbids_spot(leverage: int) -> None:
    assert reasons(UNLIMITED, buy("10", symbol=SPOT), before_spot(leverage=leverage)) == set()


def test_spot_is_ordered_without_a_position_side_in_hedge_mode_as_well() -> None:
    hedge = before_spot(position_sides=frozenset({PositionSide.LONG, PositionSide.SHORT}))

    assert reasons(UNLIMITED, buy("1", symbol=SPOT), hedge) == set()
    long = buy("1", symbol=SPOT, position_side=PositionSide.LONG)
    assert reasons(UNLIMITED, long, hedge) == {RefusalReason.POSITION_MODE}


def test_coins_leave_the_contracts_elsewhere_the_backing_that_the_margin_ratio_asks_for() -> None:
    # 200 of margin at a ratio of 0.1 need 2,000: of 10,000 and 3,000 spent before, 5,000 may go.
    limits = with_limits(account__margin_ratio_max=d("0.1"))
    around = before_spot(maintenance_margin=d("200"), spot_notional=d("3000"), gross_notional=d("23000"))

    assert reasons(limits, buy("50", symbol=SPOT), around) == set()
    assert reasons(limits, buy("50.001", symbol=SPOT), around) == {RefusalReason.MARGIN_RATIO}
    # Isolated positions have wallets of their own.
    isolated = evolve(around, account=evolve(around.account, margin_mode=MarginMode.ISOLATED))
    assert reasons(limits, buy("50.001", symbol=SPOT), isolated) == set()


def test_coins_leave_the_contracts_elsewhere_what_bears_the_least_distance() -> None:
    # A tenth of 20,000 and 1.1 × 200 of margin: 2,220. Of 10,000 less 3,000 spent before 4,780 may go.
    limits = with_limits(account__liquidation_distance_min=d("0.1"))
    around = before_spot(maintenance_margin=d("200"), spot_notional=d("3000"), gross_notional=d("23000"))

    assert reasons(limits, buy("47.8", symbol=SPOT), around) == set()
    assert reasons(limits, buy("47.801", symbol=SPOT), around) == {RefusalReason.LIQUIDATION_DISTANCE}
    assert "at least 0.1" in text_of(limits, buy("47.801", symbol=SPOT), around)
    # Without contracts nothing is liquidated.
    alone = before_spot(spot_notional=d("3000"), gross_notional=d("3000"))
    assert reasons(limits, buy("90", symbol=SPOT), alone) == set()


def test_a_contract_is_not_backed_by_coins() -> None:
    # 0.4 % of 20,000 are 80, a tenth of the 800 that 9,200 of coins leave.
    limits = with_limits(account__margin_ratio_max=d("0.1"))
    order = buy("200")

    assert reasons(limits, order, before_contract(spot_notional=d("9200"), gross_notional=d("9200"))) == set()
    more = before_contract(spot_notional=d("9200.1"), gross_notional=d("9200.1"))
    assert reasons(limits, order, more) == {RefusalReason.MARGIN_RATIO}


def test_a_contract_is_sized_by_what_coins_leave() -> None:
    # 0.4 % of 20,000 are a tenth of the 800 that 9,200 of coins leave.
    request = OpeningRequest(direction=1, price=d("100"), strategy="trend")
    account = make_account(spot_notional=d("9200"), gross_notional=d("9200"))
    state = make_state(instrument=make_instrument(taker_rate="0"))

    assert margin_allowance(request, state, account, make_schedule(), d("0.1")).quantity == 200


def test_the_gate_names_no_symbol_but_the_kind() -> None:
    clauses = [clause for clause in RiskGate(UNLIMITED).clauses if clause.reason is NO_CASH]

    assert len(clauses) == 1
    assert reasons(UNLIMITED, sell("1", symbol=SYMBOL), before_contract(cash=d("0"))) == set()


STRESS = StressMove(move=0.2, stop_gap=0.0, settlements=1, funding_rate=0.01, exit_cost=0.001)


def coins(quantity: float, stop: float | None = None) -> Leg:
    return Leg(signed_quantity=quantity, mark_price=100.0, stop_price=stop, is_spot=True)


def test_coins_lose_the_move_and_the_way_out_but_no_funding() -> None:
    found = capital_at_risk([coins(10.0)], 10_000.0, STRESS)

    # 10 × (20 + 0.001 × 80).
    assert found is not None
    assert found.if_down == pytest.approx(200.8)
    assert found.if_up == 0.0
    assert not found.is_liquidated_if_down


def test_coins_lose_no_more_than_they_are_worth() -> None:
    found = capital_at_risk([coins(10.0)], 10_000.0, evolve(STRESS, move=0.999, exit_cost=0.99))

    # 99.9 % of the price and 99 % of what is left: 999.99 of 1,000; nothing can take more.
    assert found is not None
    assert found.if_down == pytest.approx(999.99, abs=0.01)
    assert found.if_down <= 1_000.0


def test_a_liquidation_takes_what_backs_the_contracts_and_not_the_coins() -> None:
    # 9,000 of 10,000 are coins. A short of 5,000 loses 1,000 + 50 + 6 on a rise: the 1,000 that back it are gone.
    short = Leg(signed_quantity=-50.0, mark_price=100.0, maintenance_rate=0.01)

    with_coins = capital_at_risk([coins(90.0), short], 10_000.0, STRESS)
    with_cash = capital_at_risk([short], 10_000.0, STRESS)

    assert with_coins is not None
    assert with_cash is not None
    assert with_coins.is_liquidated_if_up
    assert with_coins.if_up == pytest.approx(1_056.0)
    assert not with_cash.is_liquidated_if_up
    assert with_cash.if_up == pytest.approx(1_056.0)
    # Where less was lost than backs them, all of that is taken to be gone.
    smaller = capital_at_risk([coins(90.0), evolve(short, signed_quantity=-47.0)], 10_000.0, STRESS)
    assert smaller is not None
    assert smaller.if_up == pytest.approx(1_000.0)
