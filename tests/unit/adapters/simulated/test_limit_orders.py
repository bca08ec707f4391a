"""Limit orders: filled only when traded through, at the limit, from a share of the volume."""

import pytest
from attrs import evolve

from application.venue_messages import ExpiryReason, OrderAccepted, OrderFilled, RejectionCode
from domain.order import Side, TimeInForce
from domain.time_units import NS_PER_MINUTE, NS_PER_SECOND
from tests.unit.adapters.simulated.scene import FRICTIONLESS, d, expiries, fills, make_scene, rejections, the_fill


@pytest.mark.parametrize(
    ("side", "limit", "low", "high"), [(Side.BUY, "98", 98.0, 101.0), (Side.SELL, "102", 99.0, 102.0)]
)
def test_a_touch_does_not_fill(side: Side, limit: str, low: float, high: float) -> None:
    scene = make_scene()
    scene.limit(side, "1", limit)

    assert fills(scene.bar(100.0, high, low, 100.0)) == []


@pytest.mark.parametrize(
    ("side", "limit", "low", "high"), [(Side.BUY, "98", 98.0, 101.0), (Side.SELL, "102", 99.0, 102.0)]
)
def test_a_touch_fills_if_the_rules_say_so(side: Side, limit: str, low: float, high: float) -> None:
    scene = make_scene(evolve(FRICTIONLESS, touch_fill=True))
    scene.limit(side, "1", limit)

    assert the_fill(scene.bar(100.0, high, low, 100.0)).price == d(limit)


@pytest.mark.parametrize(
    ("side", "limit", "low", "high"), [(Side.BUY, "98", 97.9, 101.0), (Side.SELL, "102", 99.0, 102.1)]
)
def test_trading_through_fills_at_the_limit_with_the_maker_fee(side: Side, limit: str, low: float, high: float) -> None:
    scene = make_scene(evolve(FRICTIONLESS, half_spread_bps=d("10")))
    scene.limit(side, "1", limit)

    fill = the_fill(scene.bar(100.0, high, low, 100.0))

    # Fee: limit × 1 × 0.0002. Spread is what takers pay.
    assert (fill.price, fill.is_maker, fill.fee) == (d(limit), True, d(limit) * d("0.0002"))
    assert fill.executed_at_ns == NS_PER_MINUTE


def test_an_open_beyond_the_limit_still_fills_at_the_limit() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "1", "98")
    scene.bar(100.0)

    fill = the_fill(scene.bar(95.0, 96.0, 94.0, 95.0))

    assert (fill.price, fill.is_maker, fill.executed_at_ns) == (d("98"), True, NS_PER_MINUTE)


def test_resting_orders_of_a_side_share_a_tenth_of_the_volume_bar_by_bar() -> None:
    scene = make_scene()
    first = scene.limit(Side.BUY, "1", "99")
    second = scene.limit(Side.BUY, "1", "98")
    other_side = scene.limit(Side.SELL, "0.5", "101")

    # 0.1 × 12.3456 = 1.23456, floored to 1.234 lots: the nearer limit first, the rest for the other.
    one = fills(scene.bar(100.0, 102.0, 97.0, 100.0, volume=12.3456))
    two = fills(scene.bar(100.0, 100.0, 97.0, 100.0, volume=100.0))

    assert {(fill.client_order_id, fill.quantity) for fill in one} == {
        (first, d("1")),
        (second, d("0.234")),
        (other_side, d("0.5")),
    }
    assert [(fill.client_order_id, fill.quantity) for fill in two] == [(second, d("0.766"))]


def test_a_limit_that_is_marketable_on_arrival_takes_with_the_taker_fee() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "1", "105")

    fill = the_fill(scene.bar(100.0))

    assert (fill.price, fill.is_maker, fill.fee) == (d("100"), False, d("0.05"))


def test_a_marketable_limit_never_pays_more_than_its_limit() -> None:
    # Spread alone would ask 100 × 1.01 = 101.
    scene = make_scene(evolve(FRICTIONLESS, half_spread_bps=d("100")))
    scene.limit(Side.BUY, "1", "100.4")

    assert the_fill(scene.bar(100.0)).price == d("100.4")


def test_what_a_marketable_limit_cannot_take_rests_at_its_limit() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "5", "100")

    taken = the_fill(scene.bar(100.0, volume=2.0))
    made = the_fill(scene.bar(101.0, 101.0, 99.0, 101.0, volume=100.0))

    assert (taken.quantity, taken.is_maker) == (d("2"), False)
    assert (made.quantity, made.is_maker, made.price) == (d("3"), True, d("100"))


def test_the_remainder_of_an_ioc_expires() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "5", "100", time_in_force=TimeInForce.IOC)

    reports = scene.bar(100.0, volume=2.0)

    assert the_fill(reports).quantity == d("2")
    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.IOC_REMAINDER]
    assert scene.venue.open_orders("COINUSDT") == ()


def test_an_ioc_that_cannot_take_expires_whole() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "5", "90", time_in_force=TimeInForce.IOC)

    reports = scene.bar(100.0, 100.0, 80.0, 90.0)

    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.IOC_REMAINDER]
    assert fills(reports) == []


@pytest.mark.parametrize(("limit", "volume"), [("100", 4.9), ("99", 100.0)])
def test_a_fok_that_cannot_be_filled_whole_is_rejected(limit: str, volume: float) -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "5", limit, time_in_force=TimeInForce.FOK)

    (rejection,) = scene.bar(100.0, volume=volume)

    assert rejections([rejection])[0].code is RejectionCode.FOK_NOT_FILLABLE


def test_a_fok_that_can_be_filled_is_filled_whole() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "5", "100", time_in_force=TimeInForce.FOK)

    assert the_fill(scene.bar(100.0, volume=5.0)).quantity == d("5")


@pytest.mark.parametrize(
    ("side", "limit"), [(Side.BUY, "100"), (Side.SELL, "100"), (Side.BUY, "100.1"), (Side.SELL, "99.9")]
)
def test_a_post_only_that_would_take_is_rejected(side: Side, limit: str) -> None:
    scene = make_scene()
    scene.limit(side, "1", limit, time_in_force=TimeInForce.GTX)

    (rejection,) = scene.bar(100.0)

    assert rejections([rejection])[0].code is RejectionCode.WOULD_TAKE


def test_a_post_only_that_would_not_take_rests_and_makes() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "1", "99.9", time_in_force=TimeInForce.GTX)

    assert the_fill(scene.bar(100.0, 100.0, 99.0, 100.0)).is_maker


def test_a_gtd_expires_at_its_time_before_the_bar_could_fill_it() -> None:
    scene = make_scene()
    until_ns = NS_PER_MINUTE + 30 * NS_PER_SECOND
    scene.limit(Side.BUY, "1", "99", time_in_force=TimeInForce.GTD, good_until_ns=until_ns)

    scene.bar(100.0)
    reports = scene.bar(100.0, 100.0, 90.0, 100.0)

    assert [(expiry.reason, expiry.at_ns) for expiry in expiries(reports)] == [(ExpiryReason.TIME, until_ns)]
    assert fills(reports) == []


def test_a_gtd_whose_time_is_the_close_lives_through_the_bar() -> None:
    scene = make_scene()
    until_ns = NS_PER_MINUTE
    scene.limit(Side.BUY, "1", "99", time_in_force=TimeInForce.GTD, good_until_ns=until_ns)

    assert the_fill(scene.bar(100.0, 100.0, 90.0, 100.0)).price == d("99")


def test_a_gtd_expires_at_an_open_that_gaps_through_it() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "1", "99", time_in_force=TimeInForce.GTD, good_until_ns=NS_PER_MINUTE)
    scene.bar(100.0)

    reports = scene.bar(90.0)

    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.TIME]


def test_a_gtd_whose_time_has_passed_on_arrival_is_rejected() -> None:
    scene = make_scene(evolve(FRICTIONLESS, latency_ns=NS_PER_SECOND))
    scene.limit(Side.BUY, "1", "99", time_in_force=TimeInForce.GTD, good_until_ns=NS_PER_SECOND)

    assert rejections(scene.bar(100.0))[0].code is RejectionCode.EXPIRY_TIME


def test_a_cancel_stops_a_resting_order() -> None:
    scene = make_scene()
    order = scene.limit(Side.BUY, "1", "99")
    scene.bar(100.0)
    scene.cancel(order)

    reports = scene.bar(100.0, 100.0, 90.0, 100.0)

    assert [type(report).__name__ for report in reports] == ["OrderCanceled"]


def test_a_cancel_that_arrives_with_the_open_comes_before_what_the_open_reaches() -> None:
    scene = make_scene()
    order = scene.limit(Side.BUY, "1", "99")
    scene.bar(100.0)
    scene.cancel(order)

    assert fills(scene.bar(90.0)) == []


def test_a_cancel_on_its_way_when_the_open_gaps_comes_too_late() -> None:
    scene = make_scene(evolve(FRICTIONLESS, latency_ns=NS_PER_SECOND))
    order = scene.limit(Side.BUY, "1", "99")
    scene.bar(100.0)
    scene.cancel(order)

    reports = scene.bar(90.0)

    assert [type(report).__name__ for report in reports] == ["OrderFilled", "CancelRejected"]


def test_a_cancel_of_an_unknown_order_is_rejected() -> None:
    scene = make_scene()
    scene.cancel("nobody")

    assert [type(report).__name__ for report in scene.bar(100.0)] == ["CancelRejected"]


def test_a_limit_placed_in_reaction_inside_the_range_waits_for_the_next_bar() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "1", "99", name="entry")

    def take_profit(report: object) -> None:
        if isinstance(report, OrderFilled) and report.fill.client_order_id == "entry":
            scene.limit(Side.SELL, "1", "104", name="target", at_ns=report.fill.executed_at_ns, reduce_only=True)

    # The high of 105 may have come before the low that filled the entry: nothing is assumed in our favor.
    first = scene.bar(100.0, 105.0, 98.0, 100.0, react=take_profit)
    second = scene.bar(100.0, 105.0, 98.0, 100.0)

    assert [fill.client_order_id for fill in fills(first)] == ["entry"]
    assert [report.client_order_id for report in first if isinstance(report, OrderAccepted)] == ["entry", "target"]
    assert [fill.client_order_id for fill in fills(second)] == ["target"]


def test_what_rests_and_what_takes_share_one_volume() -> None:
    scene = make_scene(evolve(FRICTIONLESS, volume_share_max=d("1")))
    scene.limit(Side.BUY, "6", "99")
    scene.bar(100.0)
    scene.buy("6", at_ns=scene.now_ns + NS_PER_SECOND)

    # The open gaps through the limit and gives it 6 of 10; the market order that follows gets the other 4.
    reports = scene.bar(98.0, volume=10.0)

    assert [(fill.quantity, fill.is_maker) for fill in fills(reports)] == [(d("6"), True), (d("4"), False)]
