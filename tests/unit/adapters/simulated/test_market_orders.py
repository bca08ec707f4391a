"""Market orders: the next available price, and what it costs to take it."""

from math import log, sqrt

import pytest
from attrs import evolve

from adapters.simulated.rules import VenueRules
from application.venue_messages import ExpiryReason, OrderAccepted, OrderFilled, RejectionCode
from domain.margin import MarginMode
from domain.order import Side, TimeInForce
from domain.time_units import NS_PER_MINUTE, NS_PER_SECOND
from tests.unit.adapters.simulated.scene import (
    FRICTIONLESS,
    d,
    expiries,
    fills,
    liquidations,
    make_scene,
    rejections,
    the_fill,
)


def test_without_costs_it_fills_at_exactly_the_next_open_even_off_the_tick() -> None:
    scene = make_scene()
    scene.bar(100.0)
    scene.buy("1")

    fill = the_fill(scene.bar(101.23456, 105.0, 99.0, 102.0))

    # The tick is 0.1, but history was traded at the ticks of its time.
    assert (fill.price, fill.quantity, fill.is_maker) == (d("101.23456"), d("1"), False)
    assert fill.executed_at_ns == 1 * NS_PER_MINUTE
    # 101.23456 × 0.0005 = 0.05061728, a whole number of cash steps.
    assert fill.fee == d("0.05061728")


def test_it_never_fills_in_the_bar_that_it_was_decided_on() -> None:
    scene = make_scene()
    scene.buy("1", at_ns=NS_PER_MINUTE)

    assert scene.bar(100.0) == []
    assert the_fill(scene.bar(200.0)).price == d("200")


def test_half_the_spread_is_paid_and_the_price_rounded_to_the_worse_tick() -> None:
    scene = make_scene(evolve(FRICTIONLESS, half_spread_bps=d("10")))
    scene.buy("1")

    bought = the_fill(scene.bar(100.0))
    scene.sell("1")
    sold = the_fill(scene.bar(100.5))

    # 100 × 1.001 = 100.1; 100.5 × 0.999 = 100.3995, down to 100.3.
    assert (bought.price, bought.reference_price) == (d("100.1"), d("100"))
    assert (sold.price, sold.reference_price) == (d("100.3"), d("100.5"))


def test_impact_grows_with_volatility_and_the_root_of_the_share_of_volume() -> None:
    scene = make_scene(evolve(FRICTIONLESS, impact_coefficient=d("1")))
    scene.bar(100.0, 102.0, 98.0, 100.0, volume=64.0)
    scene.buy("4")

    fill = the_fill(scene.bar(100.0))

    # Parkinson over one bar: ln(102/98) / √(4 ln 2) = 0.0400053… / 1.6651092… = 0.0240256…
    # impact = 0.0240256 × √(4/64) = 0.0060064; 100 × 1.0060064 = 100.60064, up to 100.7.
    assert log(102 / 98) / sqrt(4 * log(2)) * 0.25 == pytest.approx(0.0060064, abs=1e-7)
    assert fill.price == d("100.7")


def test_impact_looks_only_at_bars_that_have_closed() -> None:
    scene = make_scene(evolve(FRICTIONLESS, impact_coefficient=d("1")))
    scene.buy("4")

    assert the_fill(scene.bar(100.0, 150.0, 50.0, 100.0)).price == d("100")


def test_impact_forgets_bars_beyond_its_window() -> None:
    scene = make_scene(evolve(FRICTIONLESS, impact_coefficient=d("1"), volatility_window_bars=2))
    scene.bar(100.0, 150.0, 50.0, 100.0)
    scene.bar(100.0)
    scene.bar(100.0)
    scene.buy("4")

    assert the_fill(scene.bar(100.0)).price == d("100")


def test_latency_moves_the_price_towards_the_adverse_extreme_as_a_random_walk() -> None:
    # 15 s of a 60 s bar: √(15/60) = 0.5 of the way from 100 to the extreme.
    rules = evolve(FRICTIONLESS, latency_ns=15 * NS_PER_SECOND)
    buyer, seller = make_scene(rules), make_scene(rules)
    buyer.buy("1")
    seller.sell("1")

    bought = the_fill(buyer.bar(100.0, 104.0, 97.0, 101.0))
    sold = the_fill(seller.bar(100.0, 104.0, 97.0, 101.0))

    assert bought.price == d("102")  # 100 + 4 × 0.5
    assert sold.price == d("98.5")  # 100 − 3 × 0.5
    assert bought.executed_at_ns == 15 * NS_PER_SECOND
    assert bought.slippage == d("2")
    assert sold.slippage == d("1.5")


def test_latency_longer_than_the_bar_waits_for_the_bar_of_the_arrival() -> None:
    scene = make_scene(evolve(FRICTIONLESS, latency_ns=2 * NS_PER_MINUTE))
    scene.buy("1")

    assert scene.bar(100.0) == []
    assert scene.bar(101.0) == []
    assert the_fill(scene.bar(102.0)).price == d("102")


def test_an_order_that_arrives_in_a_gap_executes_at_the_open_after_it() -> None:
    scene = make_scene(evolve(FRICTIONLESS, latency_ns=15 * NS_PER_SECOND))
    scene.bar(100.0)
    scene.buy("1")
    scene.minute += 5

    fill = the_fill(scene.bar(110.0, 120.0, 100.0, 110.0))

    assert (fill.price, fill.executed_at_ns) == (d("110"), 6 * NS_PER_MINUTE)


def test_orders_are_worked_on_as_they_arrive_then_as_they_were_sent() -> None:
    scene = make_scene()
    late = scene.buy("1", at_ns=20 * NS_PER_SECOND)
    first = scene.buy("1", at_ns=10 * NS_PER_SECOND)
    second = scene.buy("1", at_ns=10 * NS_PER_SECOND)

    accepted = [report.client_order_id for report in scene.bar(100.0) if isinstance(report, OrderAccepted)]

    assert accepted == [first, second, late]


def test_a_bar_without_volume_fills_nothing_and_the_order_waits() -> None:
    scene = make_scene()
    scene.buy("1")

    quiet = scene.bar(100.0, volume=0.0)
    traded = scene.bar(103.0)

    assert [type(report) for report in quiet] == [OrderAccepted]
    assert [type(report) for report in traded] == [OrderFilled]
    assert the_fill(traded).price == d("103")


def test_what_exceeds_the_volume_of_the_bar_expires() -> None:
    scene = make_scene()
    scene.buy("3")

    reports = scene.bar(100.0, volume=2.0)

    assert the_fill(reports).quantity == d("2")
    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.MARKET_REMAINDER]


def test_orders_of_one_bar_share_its_volume() -> None:
    scene = make_scene()
    scene.buy("1.5")
    scene.buy("1.5")

    reports = scene.bar(100.0, volume=2.0)

    quantities = [report.fill.quantity for report in reports if isinstance(report, OrderFilled)]
    assert quantities == [d("1.5"), d("0.5")]


QUARTER = evolve(FRICTIONLESS, taker_volume_share_max=d("0.25"))


def test_a_quarter_of_the_volume_is_what_takers_get_unless_something_else_is_said() -> None:
    assert VenueRules().taker_volume_share_max == d("0.25")


def test_takers_share_their_part_of_the_volume_down_to_the_lot() -> None:
    scene = make_scene(QUARTER)
    scene.buy("1.5")
    ioc = scene.limit(Side.BUY, "1.5", "100", time_in_force=TimeInForce.IOC)
    scene.buy("1")

    reports = scene.bar(100.0, volume=10.009)

    # A quarter of 10.009 is 2.50225, down to 2.502: 1.5, then 1.002, then nothing.
    assert [fill.quantity for fill in fills(reports)] == [d("1.5"), d("1.002")]
    assert [(each.client_order_id == ioc, each.reason) for each in expiries(reports)] == [
        (True, ExpiryReason.IOC_REMAINDER),
        (False, ExpiryReason.MARKET_REMAINDER),
    ]


def test_each_bar_has_its_own_share_for_takers() -> None:
    scene = make_scene(QUARTER)
    for _ in range(2):
        scene.buy("3")
        assert the_fill(scene.bar(100.0, volume=8.0)).quantity == d("2")


def test_a_triggered_stop_gets_no_more_than_the_takers_share() -> None:
    scene = make_scene(QUARTER)
    scene.buy("5")
    scene.bar(100.0, volume=20.0)
    scene.stop(Side.SELL, "5", "95")

    reports = scene.bar(100.0, 100.0, 90.0, 90.0, volume=8.0)

    assert (the_fill(reports).price, the_fill(reports).quantity) == (d("95"), d("2"))
    assert [each.reason for each in expiries(reports)] == [ExpiryReason.MARKET_REMAINDER]


def test_resting_orders_leave_the_share_of_takers_alone() -> None:
    scene = make_scene(QUARTER)
    scene.limit(Side.BUY, "1", "99")
    scene.bar(100.0)
    scene.stop(Side.BUY, "5", "101")

    reports = scene.bar(100.0, 102.0, 98.0, 100.0, volume=10.0)

    # A quarter of 10 for the stop, a tenth for the limit.
    assert [fill.quantity for fill in fills(reports)] == [d("2.5"), d("1")]


def test_a_fill_or_kill_order_beyond_the_takers_share_is_refused() -> None:
    scene = make_scene(QUARTER)
    scene.limit(Side.BUY, "2.501", "100", time_in_force=TimeInForce.FOK)

    (rejection,) = rejections(scene.bar(100.0, volume=10.0))

    assert rejection.code is RejectionCode.FOK_NOT_FILLABLE


def test_a_liquidation_takes_what_it_must() -> None:
    scene = make_scene(evolve(QUARTER, margin_mode=MarginMode.ISOLATED, leverage=10))
    scene.buy("5")
    scene.bar(100.0)

    (liquidation,) = liquidations(scene.bar(100.0, 100.0, 80.0, 90.0, volume=1.0))

    assert liquidation.fill.quantity == d("5")


def test_a_reaction_to_a_fill_at_the_open_takes_part_in_the_same_bar_one_latency_later() -> None:
    scene = make_scene(evolve(FRICTIONLESS, latency_ns=15 * NS_PER_SECOND))
    scene.buy("1", name="entry")

    def sell_back(report: object) -> None:
        if isinstance(report, OrderFilled) and report.fill.client_order_id == "entry":
            scene.sell("1", name="exit", at_ns=report.fill.executed_at_ns)

    reports = scene.bar(100.0, 104.0, 96.0, 100.0, react=sell_back)

    exit_fill = [report.fill for report in reports if isinstance(report, OrderFilled)][1]
    # It arrives 30 s into the bar: 100 − 4 × √(30/60) = 97.1715…, down to 97.1.
    assert (exit_fill.client_order_id, exit_fill.price) == ("exit", d("97.1"))
    assert exit_fill.executed_at_ns == 30 * NS_PER_SECOND


def test_a_sell_is_never_below_one_tick_however_large_its_impact() -> None:
    scene = make_scene(VenueRules(latency_ns=0, half_spread_bps=d("9999"), impact_coefficient=d("1000")))
    scene.bar(100.0, 150.0, 50.0, 100.0)
    scene.place(Side.SELL, "1")

    assert the_fill(scene.bar(100.0)).price == d("0.1")
