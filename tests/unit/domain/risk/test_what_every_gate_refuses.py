"""What is refused whatever the limits are: here every limit that can be switched off is."""

from decimal import Decimal
from typing import Final

import pytest
from attrs import evolve

from domain.order import PositionSide, Side, TimeInForce
from domain.risk.snapshot import ActivityState, Environment, OrderIntent
from domain.risk.verdict import RefusalReason
from tests.risk_cases import UNLIMITED, buy, make_account, make_intent, make_snapshot, make_state, reasons, sell
from tests.support import START_NS, make_instrument, make_terms
from tests.unit.domain.risk.limit_edges import account, d, state

ONE: Final = Decimal(1)


def refused(intent: OrderIntent, **instrument: object) -> set[RefusalReason]:
    return reasons(UNLIMITED, intent, state(**instrument))


def test_an_order_in_good_order_passes() -> None:
    assert refused(buy()) == set()
    assert refused(sell()) == set()


@pytest.mark.parametrize("equity", ["0", "-1"])
def test_nothing_is_opened_without_equity(equity: str) -> None:
    assert reasons(UNLIMITED, buy(), account(equity=d(equity))) == {RefusalReason.NO_EQUITY}


@pytest.mark.parametrize(
    "field", ["long_notional", "gross_notional", "alike_if_short", "maintenance_margin", "short_kept"]
)
def test_what_can_never_be_negative_is_not_believed_when_it_is(field: str) -> None:
    assert reasons(UNLIMITED, buy(), account(**{field: d("-1")})) == {RefusalReason.ACCOUNT_UNKNOWN}
    assert reasons(UNLIMITED, buy(), account(**{field: d("-0")})) == set()


def test_each_block_refuses_by_its_own_code_and_a_strange_one_blocks_all_the_same() -> None:
    blocked = account(blocks=("daily_loss", "drawdown", "daily_loss", "moon_phase"))

    assert reasons(UNLIMITED, buy(), blocked) == {
        RefusalReason.DAILY_LOSS,
        RefusalReason.DRAWDOWN,
        RefusalReason.BLOCKED,
    }


def test_an_order_is_judged_on_its_own_instrument() -> None:
    assert refused(buy(symbol="ETHUSDT")) == {RefusalReason.UNKNOWN_INSTRUMENT}


def test_nothing_is_opened_while_suspended() -> None:
    assert refused(buy(), is_trading=False) == {RefusalReason.SUSPENDED}


def test_a_position_side_belongs_to_the_mode_of_the_account() -> None:
    long = make_intent(make_terms("1", position_side=PositionSide.LONG))
    hedge = account(position_sides=frozenset({PositionSide.LONG, PositionSide.SHORT}))

    assert refused(long) == {RefusalReason.POSITION_MODE}
    assert reasons(UNLIMITED, long, hedge) == set()
    assert reasons(UNLIMITED, buy(), hedge) == {RefusalReason.POSITION_MODE}


@pytest.mark.parametrize("mark", [None, d("0"), d("-5")])
def test_nothing_is_opened_without_a_positive_mark(mark: Decimal | None) -> None:
    assert refused(buy(), mark_price=mark) == {RefusalReason.NO_PRICE}


def test_an_intent_is_sent_once() -> None:
    known = make_snapshot(activity=ActivityState(is_known_intent=True))

    assert reasons(UNLIMITED, buy(), known) == {RefusalReason.KNOWN_INTENT}


def test_an_order_past_its_own_time_is_not_sent() -> None:
    def good_until(at_ns: int) -> OrderIntent:
        return buy(price="100", time_in_force=TimeInForce.GTD, good_until_ns=at_ns)

    assert refused(good_until(START_NS + 1)) == set()
    assert refused(good_until(START_NS)) == {RefusalReason.EXPIRED}


def test_a_limit_does_not_reach_an_own_resting_order() -> None:
    assert refused(buy(price="100.9"), resting_sell_min=d("101")) == set()
    assert refused(buy(price="101"), resting_sell_min=d("101")) == {RefusalReason.SELF_TRADE}
    assert refused(sell(price="99.1"), resting_buy_max=d("99")) == set()
    assert refused(sell(price="99"), resting_buy_max=d("99")) == {RefusalReason.SELF_TRADE}
    # On its own side it may rest anywhere.
    assert refused(buy(price="101"), resting_buy_max=d("102")) == set()


def test_what_becomes_a_market_order_reaches_as_far_as_the_band_of_the_venue() -> None:
    # The band is 5 %: from 100 to 105 and 95, from a trigger of 104 to 109.2, from one of 96 to 91.2.
    assert refused(buy(), resting_sell_min=d("105.1")) == set()
    assert refused(buy(), resting_sell_min=d("105")) == {RefusalReason.SELF_TRADE}
    assert refused(sell(), resting_buy_max=d("94.9")) == set()
    assert refused(sell(), resting_buy_max=d("95")) == {RefusalReason.SELF_TRADE}
    assert refused(buy(trigger_price="104"), resting_sell_min=d("109.2")) == {RefusalReason.SELF_TRADE}
    assert refused(sell(trigger_price="96"), resting_buy_max=d("91.2")) == {RefusalReason.SELF_TRADE}
    assert refused(sell(trigger_price="96"), resting_buy_max=d("91.1")) == set()


def test_environments_do_not_mix() -> None:
    live = make_intent(environment=Environment.LIVE)

    assert reasons(UNLIMITED, live, state()) == {RefusalReason.ENVIRONMENT}
    assert reasons(UNLIMITED, live, account(environment=Environment.LIVE)) == set()


def test_nothing_is_added_on_the_side_of_an_unknown_order() -> None:
    assert refused(buy(), unknown_buys=1) == {RefusalReason.UNKNOWN_ORDER}
    assert refused(sell(), unknown_buys=1) == set()
    assert refused(sell(), unknown_sells=1) == {RefusalReason.UNKNOWN_ORDER}


def test_a_stopped_strategy_opens_nothing() -> None:
    stopped = make_snapshot(activity=ActivityState(is_strategy_stopped=True))

    assert reasons(UNLIMITED, buy(), stopped) == {RefusalReason.STRATEGY_STOPPED}


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        (buy("0.0005"), RefusalReason.VENUE_QUANTITY),  # less than a lot of 0.001
        (buy("1.0005"), RefusalReason.VENUE_QUANTITY),
        (buy("1000.001"), RefusalReason.VENUE_QUANTITY),  # more than 1,000
        (buy(price="100.05"), RefusalReason.VENUE_PRICE),  # half a tick of 0.1
        (buy(price="105.1"), RefusalReason.VENUE_PRICE),  # beyond 5 % of the mark
        (buy(trigger_price="100.05"), RefusalReason.VENUE_PRICE),
        (buy(callback_rate="0.01", activation_price="100.05"), RefusalReason.VENUE_PRICE),
        (buy("0.049"), RefusalReason.BELOW_MINIMUM),  # 4.9 of at least 5
        (buy("0.049", price="101"), RefusalReason.BELOW_MINIMUM),  # 4.949
    ],
)
def test_what_the_venue_would_not_take_is_not_sent(intent: OrderIntent, reason: RefusalReason) -> None:
    found = refused(intent)

    assert reason in found
    assert found <= {reason, RefusalReason.BELOW_MINIMUM}


def test_the_minimum_of_a_market_order_is_judged_at_the_lower_price() -> None:
    # 0.05 × 100 = 5, but 0.05 × 99 = 4.95.
    assert refused(buy("0.05"), last_price=d("100")) == set()
    assert refused(buy("0.05"), last_price=d("99")) == {RefusalReason.BELOW_MINIMUM}
    assert refused(buy("0.05"), last_price=None) == set()


def test_a_position_stays_within_the_bracket_of_its_leverage() -> None:
    # 125 times are allowed up to 50,000: 500 × 100, of which 200 are held and 100 work.
    at_most = make_snapshot(
        instrument=make_state(held_quantity=d("200"), working_buys=d("100")), account=make_account(leverage=125)
    )

    assert reasons(UNLIMITED, buy("200"), at_most) == set()
    assert reasons(UNLIMITED, buy("200.001"), at_most) == {RefusalReason.LEVERAGE_BRACKET}
    lower = evolve(at_most, account=make_account(leverage=100))
    assert reasons(UNLIMITED, buy("200.001"), lower) == set()


def test_rules_hold_from_their_date() -> None:
    narrow = make_instrument(quantity_max="10")

    assert refused(buy("11"), instrument=narrow) == {RefusalReason.VENUE_QUANTITY}


@pytest.mark.parametrize("side", Side)
def test_what_only_reduces_passes_all_of_this(side: Side) -> None:
    wrong = make_snapshot(
        instrument=make_state(mark_price=None, is_trading=False, unknown_buys=1, unknown_sells=1),
        account=make_account(equity=d("NaN"), blocks=("halted",), environment=Environment.LIVE),
        activity=ActivityState(is_known_intent=True, is_repeated=True, is_strategy_stopped=True),
    )

    assert reasons(UNLIMITED, make_intent(make_terms("0.00001", side, reduce_only=True)), wrong) == set()
