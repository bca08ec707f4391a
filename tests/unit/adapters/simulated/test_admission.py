"""What the venue refuses at the door."""

import pytest
from attrs import evolve

from adapters.simulated.rules import VenueRules
from application.venue_messages import ExpiryReason, OrderAccepted, RejectionCode
from domain.errors import DomainError
from domain.order import OrderType, PositionSide, Side, TimeInForce
from tests.unit.adapters.simulated.scene import (
    COIN,
    FRICTIONLESS,
    Scene,
    d,
    expiries,
    fills,
    make_instrument,
    make_scene,
    rejections,
    the_fill,
)

HEDGE = evolve(FRICTIONLESS, hedge_mode=True)


def code_of(scene: Scene) -> RejectionCode:
    """Run one bar at 100 and return the code of its only rejection."""
    (rejection,) = rejections(scene.bar(100.0))
    return rejection.code


@pytest.mark.parametrize("quantity", ["0.0005", "1000.001", "1.0005"])
def test_a_quantity_off_the_lot_or_out_of_bounds_is_filtered(quantity: str) -> None:
    scene = make_scene(deposit="1000000")
    scene.buy(quantity)

    assert code_of(scene) is RejectionCode.FILTER


@pytest.mark.parametrize("price", ["99.95", "49.9", "150.1"])
def test_a_limit_off_the_tick_or_the_band_around_the_mark_is_filtered(price: str) -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "1", price)

    assert code_of(scene) is RejectionCode.FILTER


def test_a_trigger_off_the_tick_is_filtered() -> None:
    scene = make_scene()
    scene.stop(Side.SELL, "1", "98.05")

    assert code_of(scene) is RejectionCode.FILTER


def test_the_band_lies_around_the_mark_not_the_last_price() -> None:
    scene = make_scene()
    scene.mark(80.0)
    scene.limit(Side.BUY, "1", "41")

    # 41 is within 50 % of the mark of 80, and not of the last price of 100.
    assert [type(report) for report in scene.bar(100.0)] == [OrderAccepted]


def test_an_opening_order_below_the_minimum_notional_is_filtered_and_says_why() -> None:
    scene = make_scene()
    scene.buy("0.049")

    (rejection,) = rejections(scene.bar(100.0))

    assert rejection.code is RejectionCode.FILTER
    assert rejection.detail == "notional 4.9000 is below the minimum 5"


def test_a_reducing_order_is_exempt_from_the_minimum_notional() -> None:
    scene = make_scene()
    scene.buy("1")
    scene.bar(100.0)
    scene.sell("0.001", reduce_only=True)

    assert the_fill(scene.bar(100.0)).quantity == d("0.001")


@pytest.mark.parametrize(
    ("rules", "side"),
    [(FRICTIONLESS, PositionSide.LONG), (FRICTIONLESS, PositionSide.SHORT), (HEDGE, PositionSide.BOTH)],
)
def test_a_position_side_must_fit_the_mode(rules: VenueRules, side: PositionSide) -> None:
    scene = make_scene(rules)
    scene.buy("1", position_side=side)

    assert code_of(scene) is RejectionCode.POSITION_MODE


@pytest.mark.parametrize("held", ["none", "same side"])
def test_reduce_only_without_anything_to_reduce_is_rejected(held: str) -> None:
    scene = make_scene()
    if held == "same side":
        scene.buy("1")
        scene.bar(100.0)
    scene.buy("1", reduce_only=True)

    assert code_of(scene) is RejectionCode.REDUCE_ONLY


def test_reduce_only_is_cut_to_the_position_and_never_flips_it() -> None:
    scene = make_scene()
    scene.buy("1")
    scene.bar(100.0)
    scene.sell("3", reduce_only=True)

    reports = scene.bar(100.0)

    assert the_fill(reports).quantity == d("1")
    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.REDUCE_ONLY]
    assert scene.venue.position(COIN).is_flat


def test_a_resting_reduce_only_limit_is_cut_to_what_is_left_of_the_position() -> None:
    scene = make_scene()
    scene.buy("3")
    scene.bar(100.0)
    scene.limit(Side.SELL, "3", "105", reduce_only=True, name="target")
    scene.bar(100.0)
    scene.sell("2")
    scene.bar(100.0)

    reports = scene.bar(100.0, 106.0, 100.0, 106.0)

    assert the_fill(reports).quantity == d("1")
    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.REDUCE_ONLY]


def test_a_resting_reduce_only_limit_expires_when_its_position_goes() -> None:
    scene = make_scene()
    scene.buy("1")
    scene.bar(100.0)
    scene.limit(Side.SELL, "1", "105", reduce_only=True)
    scene.bar(100.0)
    scene.sell("1")

    reports = scene.bar(100.0)

    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.REDUCE_ONLY]
    assert scene.venue.open_orders(COIN) == ()


def test_in_hedge_mode_both_sides_are_held_apart() -> None:
    scene = make_scene(HEDGE)
    scene.buy("2", position_side=PositionSide.LONG)
    scene.sell("1", position_side=PositionSide.SHORT)
    scene.bar(100.0)

    assert scene.venue.position(COIN, PositionSide.LONG).signed_quantity == d("2")
    assert scene.venue.position(COIN, PositionSide.SHORT).signed_quantity == d("-1")


def test_in_hedge_mode_closing_more_than_is_held_is_rejected() -> None:
    scene = make_scene(HEDGE)
    scene.buy("1", position_side=PositionSide.LONG)
    scene.bar(100.0)
    scene.sell("1.001", position_side=PositionSide.LONG)

    assert code_of(scene) is RejectionCode.REDUCE_ONLY


def test_in_hedge_mode_closing_what_is_held_closes_it() -> None:
    scene = make_scene(HEDGE)
    scene.sell("1", position_side=PositionSide.SHORT)
    scene.bar(100.0)
    scene.buy("1", position_side=PositionSide.SHORT)
    scene.bar(90.0)

    assert scene.venue.position(COIN, PositionSide.SHORT).is_flat
    # 10 gained, fees 0.05 + 0.045.
    assert scene.venue.wallet_balance == d("10009.905")


def test_a_client_order_id_that_is_open_cannot_be_used_again() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "1", "90", name="twice")
    scene.limit(Side.BUY, "1", "91", name="twice")

    assert code_of(scene) is RejectionCode.DUPLICATE_ID


def test_a_client_order_id_is_free_again_once_its_order_is_closed() -> None:
    scene = make_scene()
    scene.buy("1", name="again")
    scene.bar(100.0)
    scene.buy("1", name="again")

    assert len(fills(scene.bar(100.0))) == 1


def test_initial_margin_and_the_taker_fee_must_be_available() -> None:
    # At 20x, 1.98 × 100 / 20 = 9.9 and 0.099 of fee are within 10; 1.99 needs 9.95 + 0.0995 = 10.0495.
    scene = make_scene(deposit="10")
    scene.buy("1.99")
    assert code_of(scene) is RejectionCode.MARGIN_INSUFFICIENT

    scene.buy("1.98")
    assert the_fill(scene.bar(100.0)).quantity == d("1.98")


def test_losses_not_realized_yet_reduce_what_is_available_and_profits_do_not_add() -> None:
    # Wallet 10 − 0.05 = 9.95. At 99: −1 and margin 99/20 = 4.95 leave 4. At 101: margin 5.05 leaves 4.9.
    scene = make_scene(deposit="10")
    scene.buy("1")
    scene.bar(100.0)

    scene.bar(99.0)
    assert scene.venue.available_balance == d("4.00")
    scene.bar(101.0)
    assert scene.venue.available_balance == d("4.90")


def test_resting_opening_orders_reserve_margin_and_conditional_ones_do_not() -> None:
    scene = make_scene(deposit="10")
    scene.limit(Side.BUY, "1", "90")
    scene.stop(Side.BUY, "1", "120")
    scene.bar(100.0)

    # 1 at 90 rests, valued at the mark of 100 as the worse of both: 100/20 = 5.
    assert scene.venue.available_balance == d("5")


def test_flipping_uses_the_margin_that_closing_sets_free() -> None:
    scene = make_scene(deposit="10")
    scene.buy("1.9")
    scene.bar(100.0)
    scene.sell("3.8")

    # Wallet 9.905, all but 0.405 of it margin; closing frees 9.5, opening needs 9.5 + 0.095.
    assert the_fill(scene.bar(100.0)).quantity == d("3.8")
    assert scene.venue.position(COIN).signed_quantity == d("-1.9")


def test_closing_is_never_refused_for_lack_of_margin() -> None:
    scene = make_scene(deposit="10")
    scene.buy("1.9")
    scene.bar(100.0)
    scene.bar(96.0)
    assert scene.venue.available_balance < 0
    scene.sell("1.9")

    assert the_fill(scene.bar(96.0)).quantity == d("1.9")


def test_a_notional_beyond_the_cap_of_the_leverage_is_rejected() -> None:
    # At 50x the first bracket ends at 10,000: 99 × 100 fit, one more and a bit does not.
    scene = make_scene(evolve(FRICTIONLESS, leverage=50), deposit="100000")
    scene.buy("99")
    scene.bar(100.0)
    scene.buy("1.001")

    assert code_of(scene) is RejectionCode.LEVERAGE_EXCEEDED


def test_resting_orders_of_the_same_side_count_towards_that_cap() -> None:
    scene = make_scene(evolve(FRICTIONLESS, leverage=50), deposit="100000")
    scene.limit(Side.BUY, "99", "90")
    scene.bar(100.0)
    scene.buy("2")

    assert code_of(scene) is RejectionCode.LEVERAGE_EXCEEDED


def test_a_rejected_order_leaves_nothing_behind() -> None:
    scene = make_scene(deposit="10")
    scene.limit(Side.BUY, "50", "90")
    scene.limit(Side.BUY, "1", "100", time_in_force=TimeInForce.GTX)
    scene.bar(100.0)

    assert scene.venue.open_orders(COIN) == ()
    assert (scene.venue.wallet_balance, scene.venue.available_balance) == (d("10"), d("10"))


def test_an_instrument_that_the_venue_does_not_trade_is_our_own_mistake() -> None:
    scene = make_scene()

    with pytest.raises(DomainError, match="does not trade MOONUSDT; it trades COINUSDT"):
        scene.buy("1", symbol="MOONUSDT")


def test_leverage_and_margin_mode_can_differ_by_instrument() -> None:
    rules = evolve(FRICTIONLESS, leverage=10, leverage_by_symbol={"OTHERUSDT": 2})
    scene = make_scene(rules, make_instrument(), make_instrument("OTHERUSDT"), deposit="100")
    scene.buy("1")
    scene.buy("1", symbol="OTHERUSDT")
    scene.bar(100.0)
    scene.minute = 0
    scene.bar(100.0, symbol="OTHERUSDT")

    # Fees 0.05 each; margins 100/10 and 100/2.
    assert scene.venue.available_balance == d("39.9")


@pytest.mark.parametrize(
    "mistake",
    [
        {"latency_ns": -1},
        {"half_spread_bps": d("-0.1")},
        {"impact_coefficient": d("-1")},
        {"volatility_window_bars": 0},
        {"volume_share_max": d("0")},
        {"volume_share_max": d("1.1")},
        {"taker_volume_share_max": d("0")},
        {"taker_volume_share_max": d("1.1")},
        {"leverage": 0},
        {"leverage_by_symbol": {"COINUSDT": 0}},
    ],
)
def test_impossible_rules_are_refused(mistake: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="|".join(mistake)):
        VenueRules(**mistake)  # type: ignore[arg-type]  # on purpose


def test_a_trailing_stop_needs_its_activation_price_on_the_tick() -> None:
    scene = make_scene()
    scene.place(
        Side.SELL, "1", type=OrderType.TRAILING_STOP_MARKET, callback_rate=d("0.01"), activation_price=d("105.05")
    )

    assert code_of(scene) is RejectionCode.FILTER
