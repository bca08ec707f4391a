"""Every limit matters: alone, it lets an order at its edge pass and refuses one just beyond, for its reason only."""

from math import nextafter
from typing import Final

import pytest
from attrs import evolve

from domain.margin import MarginMode
from domain.risk.hard_caps import limit_keys
from domain.risk.verdict import RefusalReason
from tests.risk_cases import (
    UNLIMITED,
    buy,
    make_account,
    make_intent,
    make_snapshot,
    make_state,
    reasons,
    sell,
    with_limits,
)
from tests.support import SYMBOL, make_terms
from tests.unit.domain.risk.limit_edges import EDGES, NO_FEES, Edge, account, d, projected, state

NOT_JUDGED: Final = {
    "position.correlation_threshold",  # decides what counts as alike where the snapshot is made
}


def test_every_limit_that_the_gate_judges_has_an_edge_here() -> None:
    assert {edge.key for edge in EDGES} | NOT_JUDGED == set(limit_keys())


@pytest.mark.parametrize("edge", EDGES, ids=[f"{number}-{edge.key}" for number, edge in enumerate(EDGES)])
def test_an_order_at_the_edge_passes_and_one_beyond_is_refused_for_that_alone(edge: Edge) -> None:
    limits = with_limits(**{edge.key.replace(".", "__"): edge.limit}, **edge.beside)

    assert reasons(limits, *edge.passes) == set()
    assert reasons(limits, *edge.breaks) == {edge.reason}
    assert reasons(UNLIMITED, *edge.breaks) == set()


@pytest.mark.parametrize("name", ["liquidation_probability", "var_daily", "cvar_daily", "capital_at_risk"])
def test_an_estimate_that_the_order_does_not_worsen_is_no_reason_but_an_unknown_one_is(name: str) -> None:
    limits = with_limits(**{f"account__{name}_max": 0.01})

    assert reasons(limits, buy(), projected(name, 0.5, before=0.5)) == set()
    assert reasons(limits, buy(), projected(name, 0.5, before=0.4)) == {RefusalReason(name)}
    # The same risk, added up among more corners: not worse.
    assert reasons(limits, buy(), projected(name, nextafter(0.5, 1.0), before=0.5)) == set()
    assert reasons(limits, buy(), projected(name, 0.500001, before=0.5)) == {RefusalReason(name)}
    assert reasons(limits, buy(), projected(name, None, before=0.4)) == {RefusalReason(name)}
    assert reasons(limits, buy(), projected(name, None)) == {RefusalReason(name)}


def test_a_strategy_that_gets_smaller_is_no_reason_and_one_of_which_nothing_is_known_is() -> None:
    limits = with_limits(position__strategy_leverage_max=d("1"))
    shrinks = account(strategy_notional={"trend": d("20000")}, strategy_notional_before={"trend": d("20000")})

    assert reasons(limits, buy(), shrinks) == set()
    assert reasons(limits, buy(), account(strategy_notional={})) == {RefusalReason.STRATEGY_LEVERAGE}


@pytest.mark.parametrize("key", ["order__price_collar", "order__price_age_max_s"])
def test_without_a_last_price_nothing_is_opened_where_a_limit_asks_for_it(key: str) -> None:
    limits = with_limits(**{key: d("0.1") if key.endswith("collar") else 0.1})

    assert reasons(limits, buy(), state(last_price=None)) == {RefusalReason.NO_PRICE}
    assert reasons(UNLIMITED, buy(), state(last_price=None)) == set()


def test_an_order_on_the_smaller_side_passes_although_everything_is_beyond_every_limit() -> None:
    # 500 held short are 50,000; buying 60 can at most end 60 long, 6,000, once something has closed the short.
    limits = with_limits(
        account__leverage_max=d("1"),
        account__margin_ratio_max=d("0.01"),
        position__concentration_max=d("0.5"),
        position__notional_max={SYMBOL: d("1000")},
    )
    beyond = make_account(gross_notional=d("11000"), maintenance_margin=d("200"))
    short = evolve(state(held_quantity=d("-500")), account=beyond)

    assert reasons(limits, buy("60"), short) == set()
    assert reasons(limits, sell("60"), short) == {
        RefusalReason.POSITION_NOTIONAL,
        RefusalReason.CONCENTRATION,
        RefusalReason.GROSS_LEVERAGE,
        RefusalReason.MARGIN_RATIO,
    }


def test_what_backs_an_isolated_position_under_water_does_not_carry_more() -> None:
    # 10 held long at 10 times with 2 of its 100 left; one more brings 10: 12 − 11 × 5 is below zero.
    limits = with_limits(account__liquidation_distance_min=d("0.05"))
    isolated = evolve(state(), account=make_account(margin_mode=MarginMode.ISOLATED, leverage=10))
    under_water = make_state(instrument=NO_FEES, held_quantity=d("10"), isolated_equity=d("2"))
    whole = evolve(under_water, isolated_equity=d("100"))

    assert reasons(limits, buy(), evolve(isolated, instrument=under_water)) == {RefusalReason.LIQUIDATION_DISTANCE}
    assert reasons(limits, buy(), evolve(isolated, instrument=whole)) == set()
    # A short would have a wallet of its own.
    assert reasons(limits, sell(), evolve(isolated, instrument=under_water)) == set()


def test_the_fill_itself_costs_the_fee_and_what_its_limit_is_worse_than_the_mark() -> None:
    # 100 × 102: 200 above the mark and 0.05 % of 10,200 = 5.1: of 10,205.1 exactly 10,000 back it.
    # Margin ratio 0.4 % × 10,200 = 40.8 of 10,000: 0.00408.
    limits = with_limits(account__margin_ratio_max=d("0.00408"))
    order = buy("100", price="102")
    market = make_snapshot(account=make_account(equity=d("10205.1")))

    assert reasons(limits, order, market) == set()
    poorer = make_snapshot(account=make_account(equity=d("10205.0")))
    assert reasons(limits, order, poorer) == {RefusalReason.MARGIN_RATIO}


def test_a_hedge_elsewhere_that_only_works_is_not_netted() -> None:
    limits = with_limits(account__net_leverage_max=d("1"))
    working_only = account(long_notional=d("9950"), short_notional=d("50000"), short_kept=d("0"))

    assert reasons(limits, buy("1"), working_only) == {RefusalReason.NET_LEVERAGE}


def test_terms_are_judged_by_their_type() -> None:
    trailing = make_intent(make_terms("1", callback_rate="0.01", activation_price="103"))

    # What waits for a trigger may lie far away: it is sent at the market when it is reached.
    assert reasons(with_limits(order__price_collar=d("0.02")), trailing, state()) == set()
    assert reasons(with_limits(order__price_collar=d("0.02")), sell(trigger_price="50"), state()) == set()
    # At its activation it is worth 103.
    assert reasons(with_limits(order__notional_max=d("102.9")), trailing, state()) == {RefusalReason.ORDER_NOTIONAL}
