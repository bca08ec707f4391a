"""Stops, targets and trailing stops: when they trigger, and at what price they then fill."""

import pytest
from attrs import evolve

from application.venue_messages import (
    ExpiryReason,
    OrderAccepted,
    OrderExpired,
    OrderFilled,
    OrderTriggered,
    RejectionCode,
    VenueReport,
)
from domain.order import OrderType, Side, TriggerPrice
from domain.time_units import NS_PER_MINUTE
from tests.unit.adapters.simulated.scene import (
    COIN,
    FRICTIONLESS,
    Scene,
    d,
    expiries,
    fills,
    make_bar,
    make_scene,
    rejections,
    the_fill,
)


def long_scene(quantity: str = "1", **rules: object) -> Scene:
    """A scene that is long at 100, with one bar behind it."""
    scene = make_scene(evolve(FRICTIONLESS, **rules))  # type: ignore[arg-type]  # rules are checked by their validators
    scene.buy(quantity)
    scene.bar(100.0)
    return scene


def test_a_stop_inside_the_range_fills_at_its_trigger_with_the_spread_against_us() -> None:
    scene = long_scene(half_spread_bps=d("10"))
    stop = scene.stop(Side.SELL, "1", "98", reduce_only=True)

    accepted, triggered, filled = scene.bar(100.0, 101.0, 97.0, 100.0)

    assert isinstance(accepted, OrderAccepted)
    assert triggered == OrderTriggered(stop, 2 * NS_PER_MINUTE, d("1"))  # type: ignore[arg-type]  # a plain id
    assert isinstance(filled, OrderFilled)
    # 98 × 0.999 = 97.902, down to 97.9; taker fee 97.9 × 0.0005.
    assert (filled.fill.price, filled.fill.reference_price, filled.fill.fee) == (d("97.9"), d("98"), d("0.04895"))
    assert filled.fill.executed_at_ns == 2 * NS_PER_MINUTE
    assert scene.venue.position(COIN).is_flat


def test_a_stop_triggers_on_a_touch() -> None:
    scene = long_scene()
    scene.stop(Side.SELL, "1", "98")

    assert the_fill(scene.bar(100.0, 100.0, 98.0, 99.0)).price == d("98")


def test_a_stop_that_the_open_gaps_through_fills_at_the_open() -> None:
    scene = long_scene()
    scene.stop(Side.SELL, "1", "98")
    scene.bar(100.0)

    fill = the_fill(scene.bar(90.0, 99.0, 89.0, 95.0))

    assert (fill.price, fill.executed_at_ns) == (d("90"), 2 * NS_PER_MINUTE)


def test_a_buy_stop_opens_a_position_above_the_market() -> None:
    scene = make_scene()
    scene.stop(Side.BUY, "1", "103")

    assert the_fill(scene.bar(100.0, 104.0, 99.0, 101.0)).price == d("103")


def test_a_target_fills_at_its_trigger_even_when_the_open_gaps_beyond_it() -> None:
    scene = long_scene()
    scene.target(Side.SELL, "1", "105")
    scene.bar(100.0)

    fill = the_fill(scene.bar(110.0))

    assert (fill.price, fill.is_maker) == (d("105"), False)


def test_a_target_inside_the_range_pays_the_spread_from_its_trigger() -> None:
    scene = long_scene(half_spread_bps=d("10"))
    scene.target(Side.SELL, "1", "105")

    # 105 × 0.999 = 104.895, down to 104.8.
    assert the_fill(scene.bar(100.0, 105.0, 100.0, 101.0)).price == d("104.8")


@pytest.mark.parametrize("is_limit", [True, False])
def test_when_stop_and_target_lie_in_one_bar_the_stop_is_taken(*, is_limit: bool) -> None:
    scene = long_scene()
    if is_limit:
        scene.limit(Side.SELL, "1", "105", reduce_only=True)
    else:
        scene.target(Side.SELL, "1", "105", reduce_only=True)
    scene.stop(Side.SELL, "1", "98", name="stop", reduce_only=True)

    reports = scene.bar(100.0, 106.0, 97.0, 105.0)

    assert [(fill.client_order_id, fill.price) for fill in fills(reports)] == [("stop", d("98"))]


def test_finer_bars_decide_between_stop_and_target_by_themselves() -> None:
    scene = long_scene()
    scene.target(Side.SELL, "1", "105", name="target", reduce_only=True)
    scene.stop(Side.SELL, "1", "98", name="stop", reduce_only=True)

    first_half = scene.bar(100.0, 106.0, 100.0, 104.0)
    second_half = scene.bar(104.0, 104.0, 97.0, 97.0)

    assert [fill.client_order_id for fill in fills(first_half)] == ["target"]
    assert fills(second_half) == []


def test_a_cancel_of_the_target_in_reaction_to_the_stop_comes_before_the_target() -> None:
    scene = long_scene("2", latency_ns=1)
    scene.limit(Side.SELL, "1", "105", name="target")
    scene.stop(Side.SELL, "1", "98", name="stop")

    def cancel_target(report: VenueReport) -> None:
        if isinstance(report, OrderFilled) and report.fill.client_order_id == "stop":
            scene.cancel("target", at_ns=report.fill.executed_at_ns)

    reports = scene.bar(100.0, 106.0, 97.0, 105.0, react=cancel_target)

    assert [fill.client_order_id for fill in fills(reports)] == ["stop"]
    assert type(reports[-1]).__name__ == "OrderCanceled"


def test_with_a_latency_longer_than_the_bar_that_cancel_comes_too_late() -> None:
    scene = make_scene(evolve(FRICTIONLESS, latency_ns=NS_PER_MINUTE))
    scene.buy("2", at_ns=-NS_PER_MINUTE)
    scene.bar(100.0)
    scene.limit(Side.SELL, "1", "105", name="target", at_ns=0)
    scene.stop(Side.SELL, "1", "98", name="stop", at_ns=0)

    def cancel_target(report: VenueReport) -> None:
        if isinstance(report, OrderFilled) and report.fill.client_order_id == "stop":
            scene.cancel("target", at_ns=report.fill.executed_at_ns)

    reports = scene.bar(100.0, 106.0, 97.0, 105.0, react=cancel_target)

    assert [fill.client_order_id for fill in fills(reports)] == ["stop", "target"]


def test_a_stop_placed_in_reaction_to_an_entry_in_the_range_can_trigger_in_the_same_bar() -> None:
    scene = make_scene()
    scene.limit(Side.BUY, "1", "99", name="entry")

    def protect(report: VenueReport) -> None:
        if isinstance(report, OrderFilled) and report.fill.client_order_id == "entry":
            scene.stop(Side.SELL, "1", "97", name="stop", at_ns=report.fill.executed_at_ns, reduce_only=True)

    reports = scene.bar(100.0, 101.0, 96.0, 100.0, react=protect)

    assert [(fill.client_order_id, fill.price) for fill in fills(reports)] == [("entry", d("99")), ("stop", d("97"))]


def test_a_market_order_in_reaction_to_a_stop_fills_near_the_stop_not_at_the_close() -> None:
    scene = long_scene()
    scene.stop(Side.SELL, "1", "98", name="stop", reduce_only=True)

    def enter_again(report: VenueReport) -> None:
        if isinstance(report, OrderFilled) and report.fill.client_order_id == "stop":
            scene.buy("1", name="again", at_ns=report.fill.executed_at_ns)

    reports = scene.bar(100.0, 101.0, 90.0, 91.0, react=enter_again)

    assert [(fill.client_order_id, fill.price) for fill in fills(reports)] == [("stop", d("98")), ("again", d("98"))]


def test_several_stops_trigger_nearest_first() -> None:
    scene = long_scene("3")
    scene.stop(Side.SELL, "1", "96", name="far")
    scene.stop(Side.SELL, "1", "98", name="near")

    reports = scene.bar(100.0, 100.0, 95.0, 95.0)

    assert [fill.client_order_id for fill in fills(reports)] == ["near", "far"]


def test_nothing_triggers_in_a_bar_without_volume() -> None:
    scene = long_scene()
    scene.stop(Side.SELL, "1", "98")
    scene.bar(100.0)

    assert scene.bar(90.0, volume=0.0) == []
    assert the_fill(scene.bar(91.0)).price == d("91")


@pytest.mark.parametrize(
    ("order_type", "side", "trigger"),
    [
        (OrderType.STOP_MARKET, Side.SELL, "100"),
        (OrderType.STOP_MARKET, Side.BUY, "100"),
        (OrderType.TAKE_PROFIT_MARKET, Side.SELL, "99.9"),
        (OrderType.TAKE_PROFIT_MARKET, Side.BUY, "100.1"),
    ],
)
def test_a_trigger_that_is_passed_on_arrival_is_rejected(order_type: OrderType, side: Side, trigger: str) -> None:
    scene = make_scene()
    scene.place(side, "1", type=order_type, trigger_price=d(trigger))

    assert rejections(scene.bar(100.0))[0].code is RejectionCode.WOULD_TRIGGER


def test_a_close_position_order_takes_what_is_held_when_it_triggers() -> None:
    scene = long_scene("1")
    scene.stop(Side.SELL, "0", "95", name="stop", close_position=True)
    scene.bar(100.0)
    scene.buy("2")

    scene.bar(100.0)

    triggered, filled = scene.bar(94.0)

    assert isinstance(triggered, OrderTriggered)
    assert triggered.quantity == d("3")
    assert isinstance(filled, OrderFilled)
    assert filled.fill.quantity == d("3")


def test_a_stop_that_finds_nothing_to_reduce_expires() -> None:
    scene = long_scene()
    scene.stop(Side.SELL, "1", "98", reduce_only=True)
    scene.bar(100.0)
    scene.sell("1")
    scene.bar(100.0)

    (expiry,) = scene.bar(90.0)

    assert isinstance(expiry, OrderExpired)
    assert expiry.reason is ExpiryReason.REDUCE_ONLY


def test_a_reduce_only_stop_is_cut_to_what_is_held() -> None:
    scene = long_scene("1")
    scene.stop(Side.SELL, "5", "98", reduce_only=True)

    reports = scene.bar(100.0, 100.0, 97.0, 97.0)

    assert the_fill(reports).quantity == d("1")
    assert expiries(reports) == []
    assert scene.venue.position(COIN).is_flat


def test_a_triggered_stop_gets_no_more_than_the_volume_of_the_bar() -> None:
    scene = long_scene("3")
    scene.stop(Side.SELL, "3", "98")

    reports = scene.bar(100.0, 100.0, 97.0, 97.0, volume=2.0)

    assert the_fill(reports).quantity == d("2")
    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.MARKET_REMAINDER]


def test_a_triggered_order_that_margin_no_longer_covers_expires() -> None:
    # 1 at 110 needs 110/20 = 5.5 and a fee; the account has 5.
    scene = make_scene(deposit="5")
    scene.stop(Side.BUY, "1", "110")

    reports = scene.bar(100.0, 111.0, 100.0, 100.0)

    assert [type(report).__name__ for report in reports] == ["OrderAccepted", "OrderTriggered", "OrderExpired"]
    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.MARGIN]


def test_a_mark_trigger_looks_at_the_mark_only() -> None:
    scene = long_scene()
    scene.mark(100.0)
    scene.stop(Side.SELL, "1", "98", trigger_by=TriggerPrice.MARK)
    scene.bar(100.0, 100.0, 90.0, 100.0)
    assert not scene.venue.position(COIN).is_flat

    mark = make_bar(scene.minute, (100.0, 100.0, 97.0, 99.0), 0.0)
    assert list(scene.venue.open_mark(mark)) == []
    fill = the_fill(scene.bar(99.5, 100.0, 98.5, 99.0))

    # The mark reached 98; the market itself did not trade lower than 98.5.
    assert fill.price == d("98.5")


def test_a_mark_bar_that_goes_on_beyond_the_bar_tells_nothing_of_its_extremes() -> None:
    scene = long_scene()
    two_minutes = make_bar(scene.minute, (100.0, 100.0, 90.0, 99.0), 0.0)._replace(
        closed_at_ns=(scene.minute + 2) * NS_PER_MINUTE
    )
    assert list(scene.venue.open_mark(two_minutes)) == []
    scene.stop(Side.SELL, "1", "98", trigger_by=TriggerPrice.MARK)

    assert fills(scene.bar(100.0)) == []
    assert the_fill(scene.bar(100.0)).price == d("100")


class TestTrailingStop:
    """Its level follows the best price at a distance; in one bar the adverse extreme is taken to come first."""

    def test_it_fills_at_the_level_from_the_best_price_before(self) -> None:
        scene = long_scene()
        scene.trail(Side.SELL, "1", "0.05")
        scene.bar(100.0, 110.0, 100.0, 109.0)

        # Best 110, level 110 × 0.95 = 104.5: the low of 104 passes it, although the bar also rose to 120.
        assert the_fill(scene.bar(109.0, 120.0, 104.0, 119.0)).price == d("104.5")

    def test_it_rises_with_the_bar_that_does_not_reach_it(self) -> None:
        scene = long_scene()
        scene.trail(Side.SELL, "1", "0.05")
        scene.bar(100.0, 110.0, 100.0, 109.0)
        scene.bar(109.0, 120.0, 105.0, 119.0)

        # Best 120, level 114.
        assert the_fill(scene.bar(119.0, 119.0, 113.0, 118.0)).price == d("114")

    def test_a_close_beyond_the_moved_level_has_passed_it(self) -> None:
        scene = long_scene()
        scene.trail(Side.SELL, "1", "0.05")
        scene.bar(100.0)

        # Level from 100 is 95, not reached by the low of 96. The high of 110 moves it to 104.5, the close is below.
        assert the_fill(scene.bar(100.0, 110.0, 96.0, 104.0)).price == d("104.5")

    def test_a_gap_through_the_level_fills_at_the_open(self) -> None:
        scene = long_scene()
        scene.trail(Side.SELL, "1", "0.05")
        scene.bar(100.0, 110.0, 100.0, 109.0)

        assert the_fill(scene.bar(103.0)).price == d("103")

    def test_a_buying_one_follows_downwards(self) -> None:
        scene = make_scene()
        scene.trail(Side.BUY, "1", "0.05")
        scene.bar(100.0, 100.0, 80.0, 81.0)

        # Best 80, level 80 × 1.05 = 84.
        assert the_fill(scene.bar(81.0, 85.0, 81.0, 85.0)).price == d("84")

    def test_it_follows_a_bar_only_once_whatever_else_happens_in_it(self) -> None:
        scene = long_scene("2")
        scene.trail(Side.SELL, "1", "0.05", name="trail")
        scene.limit(Side.SELL, "1", "108", name="target")

        # After the target's fill the level from this bar's own high (104.5) must not meet this bar's own low.
        reports = scene.bar(100.0, 110.0, 99.0, 109.0)

        assert [fill.client_order_id for fill in fills(reports)] == ["target"]

    def test_before_its_activation_price_it_does_nothing(self) -> None:
        scene = long_scene()
        scene.trail(Side.SELL, "1", "0.05", activation_price=d("105"))

        assert fills(scene.bar(100.0, 104.0, 80.0, 90.0)) == []

    def test_from_its_activation_on_it_trails(self) -> None:
        scene = long_scene()
        scene.trail(Side.SELL, "1", "0.05", activation_price=d("105"))
        scene.bar(100.0, 106.0, 99.0, 106.0)

        # Best 106, level 100.7.
        assert the_fill(scene.bar(106.0, 106.0, 100.0, 100.0)).price == d("100.7")

    def test_its_level_is_on_the_worse_tick(self) -> None:
        scene = long_scene()
        scene.trail(Side.SELL, "1", "0.033")

        # 100 × 0.967 = 96.7; from 100.3: 96.9901, down to 96.9.
        assert the_fill(scene.bar(100.0, 100.3, 96.8, 96.8)).price == d("96.9")
