"""Spot pairs at the venue: paid in full, sold only as far as held, and out of reach of a liquidation.

The coin is at 100; the taker fee of both its markets is 0.05 %, in quote currency.
"""

import pytest
from attrs import evolve

from adapters.simulated.rules import VenueRules
from application.venue_messages import ExpiryReason, OrderRejected, RejectionCode
from domain.errors import DomainError
from domain.instrument import Instrument
from domain.margin import MarginMode
from domain.market import FundingEvent
from domain.order import PositionSide, Side
from tests.unit.adapters.simulated.scene import (
    COIN,
    FRICTIONLESS,
    Scene,
    d,
    expiries,
    fills,
    liquidations,
    make_instrument,
    make_scene,
    rejections,
    the_fill,
)

SPOT = "COINUSDT-SPOT"
TEN_TIMES = evolve(FRICTIONLESS, leverage=10)


def both_markets(rules: VenueRules = TEN_TIMES, *, deposit: str = "1000") -> Scene:
    return make_scene(rules, make_instrument(), make_spot(), deposit=deposit)


def make_spot() -> Instrument:
    return make_instrument(SPOT)


def the_rejection(scene: Scene, price: float = 100.0, symbol: str = SPOT) -> OrderRejected:
    (rejection,) = rejections(scene.bar(price, symbol=symbol))
    return rejection


def holding(quantity: str, rules: VenueRules = TEN_TIMES, *, deposit: str = "1000") -> Scene:
    """Coins bought at 100, the perpetual at 100 as well."""
    scene = both_markets(rules, deposit=deposit)
    scene.bar(100.0)
    scene.buy(quantity, symbol=SPOT)
    the_fill(scene.bar(100.0, symbol=SPOT))
    return scene


def test_a_purchase_takes_its_whole_cost_and_the_fee_from_what_is_available() -> None:
    scene = holding("4")

    # 1,000 − 400 − 0.2.
    assert scene.venue.available_balance == d("599.8")
    # The books keep what coins cost, as they do for contracts: only the fee is gone.
    assert scene.venue.wallet_balance == scene.venue.equity == d("999.8")
    assert scene.venue.isolated_wallet(SPOT) == d("400")


def test_a_rise_counts_as_equity_and_backs_nothing() -> None:
    scene = holding("4")

    scene.bar(110.0, symbol=SPOT)

    assert scene.venue.equity == d("1039.8")
    assert scene.venue.available_balance == d("599.8")


def test_a_sale_gives_back_cost_and_gain_less_the_fee() -> None:
    scene = holding("4")
    scene.sell("1.5", symbol=SPOT)

    the_fill(scene.bar(110.0, symbol=SPOT))

    # 599.8 + 1.5 × 110 − 0.0825.
    assert scene.venue.available_balance == d("764.7175")
    assert scene.venue.isolated_wallet(SPOT) == d("250")
    assert scene.venue.position(SPOT).signed_quantity == d("2.5")


def test_coins_that_cash_cannot_pay_are_refused() -> None:
    scene = both_markets()
    scene.buy("9.996", symbol=SPOT)

    # 999.6 and a fee of 0.4998.
    rejection = the_rejection(scene)

    assert rejection.code is RejectionCode.INSUFFICIENT_BALANCE
    assert rejection.detail == "costs 1000.0998, available is 1000"


def test_the_last_coins_that_cash_can_pay_are_bought() -> None:
    scene = both_markets()
    scene.buy("9.995", symbol=SPOT)

    # 999.5 + 0.49975 = 999.99975.
    assert the_fill(scene.bar(100.0, symbol=SPOT)).quantity == d("9.995")


def test_margin_of_a_perpetual_cannot_buy_coins_as_well() -> None:
    scene = both_markets()
    scene.sell("50")
    scene.bar(100.0)
    scene.buy("5", symbol=SPOT)

    # 1,000 − 2.5 fee − 5,000/10 margin = 497.5, less than the 500.25 of five coins.
    assert the_rejection(scene).detail == "costs 500.25, available is 497.5"


def test_coins_cannot_be_the_margin_of_a_perpetual() -> None:
    scene = holding("6")
    scene.sell("40")

    rejection = the_rejection(scene, symbol=COIN)

    # 4,000/10 + 2 fee against 1,000 − 600.3.
    assert (rejection.code, rejection.detail) == (
        RejectionCode.MARGIN_INSUFFICIENT,
        "needs 402.00000000, available is 399.70000000",
    )


def test_a_loss_not_realized_yet_cannot_buy_coins_either() -> None:
    scene = both_markets()
    scene.buy("10")
    scene.bar(100.0)
    scene.bar(50.0)
    scene.buy("5", symbol=SPOT)

    # 1,000 − 0.5 fee − 500 loss − 50 margin = 449.5.
    assert the_rejection(scene).detail == "costs 500.25, available is 449.5"


@pytest.mark.parametrize(("held", "sold"), [("0", "1"), ("2", "2.001")])
def test_more_than_is_held_cannot_be_sold(held: str, sold: str) -> None:
    scene = both_markets() if held == "0" else holding(held)
    scene.sell(sold, symbol=SPOT)

    rejection = the_rejection(scene)

    assert rejection.code is RejectionCode.INSUFFICIENT_BALANCE
    assert rejection.detail == f"sells {sold}, of what is held {held} is free"


def test_coins_that_one_order_sells_another_cannot_sell_again() -> None:
    scene = holding("2")
    scene.limit(Side.SELL, "1.5", "120", symbol=SPOT)
    scene.limit(Side.SELL, "1", "130", symbol=SPOT)

    assert the_rejection(scene).detail == "sells 1, of what is held 0.5 is free"


def test_a_stop_and_a_target_may_stand_for_the_same_coins() -> None:
    scene = holding("2")
    scene.stop(Side.SELL, "2", "90", symbol=SPOT, reduce_only=True)
    scene.target(Side.SELL, "2", "120", symbol=SPOT, reduce_only=True)

    scene.bar(100.0, symbol=SPOT)
    reports = scene.bar(100.0, 100.0, 89.0, 89.0, symbol=SPOT)

    assert [fill.price for fill in fills(reports)] == [d("90")]
    assert scene.venue.position(SPOT).is_flat
    assert fills(scene.bar(89.0, 125.0, 89.0, 125.0, symbol=SPOT)) == []
    assert scene.venue.position(SPOT).is_flat


def test_a_sale_that_a_stop_has_overtaken_sells_only_what_is_left() -> None:
    scene = holding("2")
    scene.limit(Side.SELL, "2", "110", symbol=SPOT)
    scene.stop(Side.SELL, "1.5", "95", symbol=SPOT, reduce_only=True)
    scene.bar(100.0, 100.0, 94.0, 100.0, symbol=SPOT)

    (fill,) = fills(scene.bar(100.0, 112.0, 100.0, 112.0, symbol=SPOT))

    assert (fill.quantity, fill.price) == (d("0.5"), d("110"))
    assert scene.venue.position(SPOT).is_flat
    assert scene.venue.open_orders(SPOT) == ()


def test_nothing_reduces_by_buying() -> None:
    scene = holding("2")
    scene.buy("1", symbol=SPOT, reduce_only=True)

    assert the_rejection(scene).code is RejectionCode.REDUCE_ONLY


def test_what_a_resting_purchase_will_cost_cannot_be_spent_elsewhere() -> None:
    scene = both_markets()
    scene.bar(100.0)
    scene.limit(Side.BUY, "6", "90", symbol=SPOT)
    scene.bar(100.0, symbol=SPOT)

    # Kept at the mark, with the fee: 6 × 100 + 0.3.
    assert scene.venue.available_balance == d("399.7")
    scene.limit(Side.BUY, "5", "80", symbol=SPOT)
    assert the_rejection(scene).code is RejectionCode.INSUFFICIENT_BALANCE


def test_a_resting_purchase_of_nearly_all_cash_is_not_counted_beside_itself() -> None:
    scene = both_markets()
    scene.bar(100.0)
    scene.limit(Side.BUY, "9.9", "90", symbol=SPOT)
    scene.bar(100.0, symbol=SPOT)

    assert the_fill(scene.bar(100.0, 100.0, 85.0, 85.0, symbol=SPOT)).quantity == d("9.9")


def test_a_resting_purchase_that_cash_cannot_pay_any_more_expires() -> None:
    scene = both_markets()
    scene.bar(100.0)
    scene.limit(Side.BUY, "6", "90", symbol=SPOT)
    scene.bar(100.0, symbol=SPOT)
    scene.buy("30")
    scene.bar(100.0)
    scene.bar(80.0)

    # 1,000 − 1.5 − 600 loss − 240 margin: not 6 × 90.
    (expiry,) = expiries(scene.bar(100.0, 100.0, 85.0, 85.0, symbol=SPOT))

    assert expiry.reason is ExpiryReason.MARGIN
    assert scene.venue.position(SPOT).is_flat


def test_a_liquidation_of_the_perpetual_leaves_the_coins_and_their_orders_alone() -> None:
    scene = holding("6")
    scene.stop(Side.SELL, "6", "50", symbol=SPOT, reduce_only=True)
    scene.bar(100.0, symbol=SPOT)
    scene.sell("30")
    scene.bar(100.0)

    # Short 30 at 100, backed by 1,000 − 600.3 − 1.5 = 398.2 and not by the coins:
    # (3,000 + 398.2)/(30 × 1.01) = 112.1518…, the tick beyond is 112.2. With the coins it would be far away.
    assert scene.bar(100.0, 112.1, 100.0, 100.0) == []
    (liquidation,) = liquidations(scene.bar(100.0, 112.2, 100.0, 100.0))

    assert liquidation.fill.symbol == COIN
    assert liquidation.mark_price == d("112.2")
    assert scene.venue.position(SPOT).signed_quantity == d("6")
    assert [order.terms.symbol for order in scene.venue.open_orders(SPOT)] == [SPOT]


def test_beyond_bankruptcy_the_fund_pays_and_not_the_coins() -> None:
    scene = holding("6")
    scene.sell("30")
    scene.bar(100.0)

    (liquidation,) = liquidations(scene.bar(120.0))

    # 398.2 − 600 − 1.8 fee − 36 liquidation fee.
    assert liquidation.insurance == d("239.6")
    assert scene.venue.available_balance == d("0")
    assert scene.venue.equity == d("600")


@pytest.mark.parametrize("price", [1.0, 0.1])
def test_coins_that_have_lost_nearly_everything_are_still_held(price: float) -> None:
    scene = holding("9")

    assert scene.bar(price, symbol=SPOT) == []
    assert scene.venue.position(SPOT).signed_quantity == d("9")


def test_whatever_is_set_spot_has_a_wallet_of_its_own_and_no_leverage() -> None:
    assert TEN_TIMES.is_isolated(SPOT)
    assert TEN_TIMES.leverage_of(SPOT) == 1
    assert not TEN_TIMES.is_isolated(COIN)
    assert TEN_TIMES.leverage_of(COIN) == 10


def test_in_isolated_margin_coins_are_paid_in_full_all_the_same() -> None:
    scene = holding("4", evolve(TEN_TIMES, margin_mode=MarginMode.ISOLATED))

    assert scene.venue.available_balance == d("599.8")
    assert scene.bar(20.0, symbol=SPOT) == []


def test_spot_has_no_position_sides_and_no_funding() -> None:
    scene = holding("1", evolve(TEN_TIMES, hedge_mode=True))
    scene.buy("1", symbol=SPOT, position_side=PositionSide.LONG)

    assert the_rejection(scene).detail == "position side LONG in spot"
    with pytest.raises(DomainError, match="COINUSDT-SPOT is spot: there is no funding to settle"):
        scene.venue.settle_funding(FundingEvent(SPOT, 0, d("0.0001")))
