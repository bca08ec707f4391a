"""A contract and its coins held as one, in worked examples: in together, out together, and equal in between."""

from decimal import Decimal

import pytest
from attrs import evolve

from application.backtest import run_backtest
from application.market_history import Suspension
from application.trading.events import OpeningHalted
from application.trading.records import ExitReason
from domain.market import FundingEvent
from domain.pairs import HedgeRules
from domain.risk.drawdown_levels import LevelAction
from domain.sizing import EquityFraction
from tests.plans import WIDE_LIMITS
from tests.unit.application.trading.pair_stage import IN, SPOT, TEN, WHOLE, held, legs, pair_plan, the_pair
from tests.unit.application.trading.stage import COIN, OUT, Prices, at, d, long, make_history, perform, short

CALM: list[Prices] = [(100.0,)] * 8


def test_both_legs_are_entered_and_left_together_and_funding_less_fees_is_left() -> None:
    history = make_history({COIN: CALM, SPOT: CALM}, funding=[FundingEvent(COIN, at(4), d("0.003"))])
    result = run_backtest(pair_plan(history, {1: IN, 5: OUT}, taker_rate="0.0004"))

    # Ten of each at 100: four fills of 1,000 × 0.0004 = 0.40 each; the short receives 1,000 × 0.003 = 3.
    identity = result.identity
    assert (identity.fees, identity.funding, identity.trading_pnl) == (d("1.6"), d("3"), d("0"))
    assert result.identity.end_equity == d("10001.4")
    assert {(trade.symbol, trade.direction, trade.quantity) for trade in result.log.trades} == {
        (COIN, -1, d("10")),
        (SPOT, 1, d("10")),
    }
    assert {trade.entered_at_ns for trade in result.log.trades} == {at(2)}
    assert {trade.exited_at_ns for trade in result.log.trades} == {at(6)}
    assert result.log.unhedged == []
    assert result.certificate.is_clean


def test_coins_are_ordered_first_on_the_way_in_and_the_contract_on_the_way_out() -> None:
    played = perform(pair_plan(make_history({COIN: CALM, SPOT: CALM}), {1: IN, 5: OUT}))

    assert [(each.terms.symbol, each.terms.side.value) for each in played.orders] == [
        (SPOT, "BUY"),
        (COIN, "SELL"),
        (COIN, "BUY"),
        (SPOT, "SELL"),
    ]
    # Decided as a pair, told of each: which signal, which quantity, and by what it was bound.
    assert [(each.symbol, each.target_quantity, each.bound_by) for each in played.engine.log.decisions[:2]] == [
        (COIN, d("-10"), "rule"),
        (SPOT, d("10"), "rule"),
    ]


def test_what_one_leg_lacks_for_volume_the_other_gives_up_at_the_next_bar() -> None:
    coins = [*CALM[:2], (100.0, 100.0, 100.0, 100.0, 7.12345), *CALM[3:]]
    played = perform(pair_plan(make_history({COIN: CALM, SPOT: coins}), {1: IN}))

    # Of ten coins 7.12345 are traded in the bar; 7.123 are whole lots of both, so contracts buy 2.877. What is left of
    # coins is less than a lot of the contract.
    assert held(played) == (d("-7.123"), d("7.12345"))
    (spell,) = played.engine.log.unhedged
    assert (spell.began_at_ns, spell.ended_at_ns, spell.bars) == (at(3), at(4), 1)
    assert (spell.quantity, spell.value) == (d("-2.87655"), d("287.655"))
    # Half the step is tried next, should the entry be said again.
    assert the_pair(played).step_scale == d("0.5")


def test_an_entry_said_again_adds_what_is_missing_and_no_more() -> None:
    coins = [*CALM[:2], (100.0, 100.0, 100.0, 100.0, 7.0), *CALM[3:]]
    played = perform(pair_plan(make_history({COIN: CALM, SPOT: coins}), {1: IN, 3: IN, 4: IN, 5: IN}))

    assert held(played) == (-10, 10)


def test_a_pair_is_entered_in_steps_of_what_may_stand_alone() -> None:
    hedge = HedgeRules(unhedged_max=Decimal("0.04"))
    plan = pair_plan(make_history({COIN: CALM, SPOT: CALM}), {1: IN, 2: IN, 3: IN, 4: IN}, hedge=hedge)
    played = perform(plan)

    # 0.04 × 10,000 / 100 = 4 at a time: 4, 8, 10.
    assert [each.terms.quantity for each in played.orders if each.terms.symbol == COIN] == [4, 4, 2]
    assert held(played) == (-10, 10)


def test_limits_that_let_neither_leg_stand_alone_in_full_let_the_pair_be_entered_in_parts() -> None:
    account = evolve(WIDE_LIMITS.account, net_leverage_max=Decimal("0.05"))
    plan = pair_plan(
        make_history({COIN: CALM, SPOT: CALM}),
        {1: IN, 2: IN, 3: IN},
        policy=evolve(WIDE_LIMITS, account=account),
    )
    played = perform(plan)

    # Net leverage of 0.05 lets 5 stand alone; once they are hedged, 5 more.
    assert [each.terms.quantity for each in played.orders if each.terms.symbol == COIN] == [5, 5]
    assert played.refusals == []


def test_a_pair_is_sized_so_that_both_legs_together_pass_the_limit_on_leverage() -> None:
    account = evolve(WIDE_LIMITS.account, leverage_max=Decimal("0.1"))
    plan = pair_plan(make_history({COIN: CALM, SPOT: CALM}), {1: IN}, policy=evolve(WIDE_LIMITS, account=account))
    played = perform(plan)

    # Each leg alone could be 10; together they are 10,000 × 0.1 = 1,000 of value: 5 each, found to one part in 200.
    contract, coins = legs(played)
    assert contract == -coins
    assert d("4.95") <= coins <= 5
    assert played.refusals == []
    assert played.engine.log.decisions[0].bound_by == "leverage"


def test_cash_pays_the_coins_and_the_margin_of_the_contracts() -> None:
    plan = pair_plan(make_history({COIN: CALM, SPOT: CALM}), {1: IN}, equity="1150", sizing=EquityFraction(d("1")))
    played = perform(plan)

    # 100 × 1.005 for a coin and 100 / 5 for the margin: 1,150 / 120.5 = 9.543 of each, found to one part in 200.
    contract, coins = legs(played)
    assert contract == -coins
    assert d("9.48") <= coins <= d("9.543")
    assert not any(each.source == "venue" for each in played.refusals)


def test_a_stop_of_the_contract_takes_the_coins_with_it() -> None:
    up: list[Prices] = [*CALM[:4], (100.0, 120.0, 100.0, 120.0), *[(120.0,)] * 4]
    played = perform(pair_plan(make_history({COIN: up, SPOT: up}), {1: short(stop=10.0), 4: IN}))

    assert held(played) == (0, 0)
    assert {(trade.symbol, trade.exit_reason) for trade in played.trades} == {
        (COIN, ExitReason.STOP),
        (SPOT, ExitReason.HEDGE),
    }


def test_a_liquidation_of_the_contract_takes_the_coins_with_it() -> None:
    up: list[Prices] = [*CALM[:4], (100.0, 150.0, 100.0, 150.0), *[(150.0,)] * 4]
    played = perform(pair_plan(make_history({COIN: up, SPOT: up}), {1: IN}, equity="1250"))

    assert played.engine.log.liquidations
    assert held(played) == (0, 0)
    (coins,) = [trade for trade in played.trades if trade.symbol == SPOT]
    assert coins.exit_reason is ExitReason.HEDGE


def test_a_suspension_of_the_contract_takes_the_coins_out_at_the_same_bar() -> None:
    history = make_history({COIN: CALM, SPOT: CALM}, suspensions=(Suspension(COIN, at(4), at(6), "a hole"),))
    played = perform(pair_plan(history, {1: IN, 4: IN}))

    assert {(trade.symbol, trade.exited_at_ns) for trade in played.trades} == {(COIN, at(4)), (SPOT, at(4))}
    # And nothing is entered before it is over.
    assert held(played) == (0, 0)
    assert [refusal.reasons for refusal in played.refusals] == [("suspended",)]


def test_what_a_limit_took_from_a_pair_is_not_entered_again() -> None:
    up: list[Prices] = [*CALM[:4], (110.0,), *[(110.0,)] * 7]
    halves, ladder = LevelAction(size_factor=d("1"), reduce_to=d("0.5")), WIDE_LIMITS.drawdown
    drawdown = evolve(
        ladder,
        mild=evolve(ladder.mild, threshold=d("0.005"), action=halves),
        moderate=evolve(ladder.moderate, action=halves),
        severe=evolve(ladder.severe, action=halves),
        limit=evolve(ladder.limit, action=halves),
    )
    plan = pair_plan(
        make_history({COIN: up, SPOT: [(100.0,)] * 12}),
        {1: IN, 7: IN, 9: IN},
        policy=evolve(WIDE_LIMITS, drawdown=drawdown),
    )
    played = perform(plan)

    # Ten contracts lose 100 of 10,000: half of both is kept, at the same bar, and the rest stays away.
    assert held(played) == (-5, 5)
    assert played.engine.log.unhedged == []


def test_what_may_not_be_opened_is_refused_as_a_pair() -> None:
    operator = {at(3): OpeningHalted(at(3), "test")}
    played = perform(pair_plan(make_history({COIN: CALM, SPOT: CALM}), {2: IN}), operator=operator)

    assert held(played) == (0, 0)
    assert [refusal.source for refusal in played.refusals] == ["gate"]


def test_a_contract_that_the_gate_refuses_leaves_no_coins_behind() -> None:
    # Rates are known to the gate alone; of one message a second 0.2 are reserved, so that nothing may be opened.
    policy = evolve(WIDE_LIMITS, activity=evolve(WIDE_LIMITS.activity, messages_per_second_max=1))
    played = perform(pair_plan(make_history({COIN: CALM, SPOT: CALM}), {1: IN}, policy=policy))

    # The contract is asked about before anything is sent.
    assert played.orders == []
    assert {(each.symbol, each.source) for each in played.refusals} == {(COIN, "gate")}


def test_coins_whose_contract_is_refused_after_all_are_sold_at_the_next_bar() -> None:
    policy = evolve(WIDE_LIMITS, activity=evolve(WIDE_LIMITS.activity, entries_per_hour_max=1))
    played = perform(pair_plan(make_history({COIN: CALM, SPOT: CALM}), {1: IN}, policy=policy))

    # The coins are the one entry of the hour.
    assert [(each.terms.symbol, each.terms.side.value) for each in played.orders] == [(SPOT, "BUY"), (SPOT, "SELL")]
    assert held(played) == (0, 0)
    (spell,) = played.engine.log.unhedged
    assert (spell.bars, spell.quantity) == (1, d("10"))


def test_legs_that_stay_unequal_are_left_altogether() -> None:
    # From the bar after the entry on nobody buys coins, so that the rest of them cannot be sold.
    dead: Prices = (100.0, 100.0, 100.0, 100.0, 0.0)
    coins = [*CALM[:3], dead, dead, dead, *CALM]
    up: list[Prices] = [*CALM[:3], (100.0, 120.0, 100.0, 120.0), *[(120.0,)] * 2, *CALM]
    hedge = HedgeRules(unhedged_bars_max=1, unhedged_max=Decimal(100))
    plan = pair_plan(make_history({COIN: up, SPOT: coins}), {1: short(stop=10.0)}, hedge=hedge)
    played = perform(plan)

    assert held(played) == (0, 0)
    (spell,) = played.engine.log.unhedged
    # Found at the closes of bars 3, 4 and 5; sold at the open of the next bar with volume.
    assert (spell.began_at_ns, spell.bars, spell.quantity) == (at(4), 3, d("10"))


def test_other_strategies_of_the_same_instruments_do_not_disturb_the_pair() -> None:
    history = make_history({COIN: CALM, SPOT: CALM})
    others = [{COIN: {2: long(), 4: OUT}, SPOT: {3: long()}}]
    played = perform(pair_plan(history, {1: IN, 6: OUT}, others=others))

    assert held(played) == (0, 0)
    assert played.share("A", SPOT).held == 1
    assert played.engine.log.unhedged == []


def test_a_wish_to_be_long_of_the_contract_is_refused_because_coins_cannot_be_short() -> None:
    played = perform(pair_plan(make_history({COIN: CALM, SPOT: CALM}), {1: long()}))

    assert held(played) == (0, 0)
    assert [refusal.reasons for refusal in played.refusals] == [("short_not_allowed",)]


def test_bars_that_close_at_different_instants_decide_nothing() -> None:
    history = make_history({COIN: CALM, SPOT: CALM})
    shifted = evolve(history, bars={COIN: history.bars[COIN], SPOT: history.bars[SPOT].between(at(3), at(8))})
    played = perform(pair_plan(shifted, {1: IN, 4: IN}))

    assert [order.at_ns for order in played.orders] == [at(5), at(5)]


@pytest.mark.parametrize("part", ["0.001", "1"])
def test_a_step_below_a_minimum_is_no_step(part: str) -> None:
    hedge = evolve(WHOLE, unhedged_max=Decimal(part))
    plan = pair_plan(make_history({COIN: CALM, SPOT: CALM}), {1: IN}, hedge=hedge, equity="2000")
    played = perform(plan)

    # 0.001 × 2,000 = 2 of value, where 5 is the least.
    assert held(played) == ((0, 0) if part == "0.001" else (-10, 10))
    assert [refusal.reasons for refusal in played.refusals] == ([("venue_minimum",)] if part == "0.001" else [])
    assert TEN.quantity == 10
