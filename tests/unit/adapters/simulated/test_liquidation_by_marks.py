"""Liquidation by a mark price of its own: it comes before and after the same fills as by the last price.

Maintenance margin is 1 % of notional up to 10,000. The position is long 100 at 100, opened for a fee of 5:

- cross, 650 paid in: wallet 645, liquidated at (10,000 − 645)/(100 × 0.99) = 94.4949…, on the tick 94.4;
- isolated with 20x: 500 set apart, liquidated at (10,000 − 500)/(100 × 0.99) = 95.9595…, on the tick 95.9.
"""

from collections.abc import Sequence

import pytest

from adapters.simulated.rules import VenueRules
from application.venue_messages import ExpiryReason, OrderExpired, PositionLiquidated, VenueReport
from domain.market import Bar
from domain.order import Side, TimeInForce, TriggerPrice
from domain.time_units import NS_PER_MINUTE
from tests.unit.adapters.simulated.scene import (
    COIN,
    FRICTIONLESS,
    OTHER,
    Scene,
    d,
    expiries,
    fills,
    isolated,
    liquidations,
    make_bar,
    make_instrument,
    make_scene,
)

Prices = tuple[float, float, float, float]
CALM: Prices = (100.0, 101.0, 99.0, 100.0)
"""Far from everything."""


def long_hundred(rules: VenueRules = FRICTIONLESS) -> Scene:
    """Long 100 at 100 from minute 0; the next bar is that of minute 1."""
    scene = make_scene(rules, deposit="650")
    scene.buy("100")
    scene.bar(100.0)
    return scene


def mark_of(scene: Scene, prices: Prices, minutes: int = 1) -> Bar:
    """A mark bar from the present minute on."""
    return make_bar(scene.minute, prices, 0.0)._replace(closed_at_ns=scene.now_ns + minutes * NS_PER_MINUTE)


def run(scene: Scene, bars: Sequence[Prices], mark: Bar | None) -> list[VenueReport]:
    """Run bars of traded prices within one mark bar: it begins before the first and ends after the last."""
    reports = [] if mark is None else [*scene.venue.open_mark(mark)]
    for prices in bars:
        reports += scene.bar(*prices)
    return reports if mark is None else [*reports, *scene.venue.close_mark(mark)]


RULES_AND_MARKS = [(FRICTIONLESS, "94.4"), (isolated(20), "95.9")]


@pytest.mark.parametrize(("rules", "mark_price"), RULES_AND_MARKS)
@pytest.mark.parametrize("has_marks", [False, True])
def test_a_stop_beyond_the_liquidation_price_comes_too_late(
    rules: VenueRules, mark_price: str, *, has_marks: bool
) -> None:
    scene = long_hundred(rules)
    scene.stop(Side.SELL, "100", "88")

    fall = (100.0, 100.0, 80.0, 85.0)
    reports = run(scene, [fall], mark_of(scene, fall) if has_marks else None)

    assert fills(reports) == []
    assert [each.mark_price for each in liquidations(reports)] == [d(mark_price)]
    assert [each.reason for each in expiries(reports)] == [ExpiryReason.LIQUIDATION]
    # Cross: 645 − 560 − 4.72 − 94.4 < 0, so the fund pays. Isolated: 645 − 500, what was not set apart.
    assert scene.venue.equity == (d("0") if rules is FRICTIONLESS else d("145"))


@pytest.mark.parametrize(("rules", "mark_price"), RULES_AND_MARKS)
@pytest.mark.parametrize("has_marks", [False, True])
def test_liquidation_comes_before_a_target_in_the_same_bar(
    rules: VenueRules, mark_price: str, *, has_marks: bool
) -> None:
    scene = long_hundred(rules)
    scene.target(Side.SELL, "100", "110")

    both_ways = (100.0, 112.0, 80.0, 90.0)
    reports = run(scene, [both_ways], mark_of(scene, both_ways) if has_marks else None)

    assert fills(reports) == []
    assert [each.mark_price for each in liquidations(reports)] == [d(mark_price)]


@pytest.mark.parametrize("trigger_by", TriggerPrice)
@pytest.mark.parametrize("rules", [FRICTIONLESS, isolated(20)])
def test_a_stop_nearer_than_the_liquidation_price_comes_first(rules: VenueRules, trigger_by: TriggerPrice) -> None:
    scene = long_hundred(rules)
    scene.stop(Side.SELL, "100", "97", trigger_by=trigger_by)

    fall = (100.0, 100.0, 80.0, 85.0)
    reports = run(scene, [fall], mark_of(scene, fall))

    assert [fill.price for fill in fills(reports)] == [d("97")]
    assert liquidations(reports) == []


def test_a_mark_that_did_not_follow_the_last_price_leaves_it_to_the_stop() -> None:
    scene = long_hundred()
    scene.stop(Side.SELL, "100", "88")

    # The level of 88 lies below all marks: the way goes to 94.5 only, a tick above liquidation.
    reports = run(scene, [(100.0, 100.0, 80.0, 85.0)], mark_of(scene, (100.0, 100.0, 94.5, 95.0)))

    assert [fill.price for fill in fills(reports)] == [d("88")]
    assert liquidations(reports) == []


def test_the_way_to_a_stop_by_the_mark_goes_to_its_level_where_nothing_was_traded() -> None:
    scene = long_hundred()
    scene.stop(Side.SELL, "100", "90", trigger_by=TriggerPrice.MARK)

    # The mark passes 94.4 before 90, though the last price stays at 99 and above.
    reports = run(scene, [CALM], mark_of(scene, (100.0, 100.0, 85.0, 95.0)))

    assert fills(reports) == []
    assert [each.mark_price for each in liquidations(reports)] == [d("94.4")]


@pytest.mark.parametrize(("rules", "mark_price"), RULES_AND_MARKS)
@pytest.mark.parametrize("kind", ["stop", "target"])
def test_detail_bars_inside_a_coarser_mark_bar_are_judged_by_their_own_range(
    rules: VenueRules, mark_price: str, kind: str
) -> None:
    scene = long_hundred(rules)
    name = scene.stop(Side.SELL, "100", "88") if kind == "stop" else scene.target(Side.SELL, "100", "110")

    mark = mark_of(scene, (100.0, 112.0, 80.0, 90.0), minutes=3)
    reports = run(scene, [CALM, (100.0, 112.0, 80.0, 90.0), (90.0, 90.0, 90.0, 90.0)], mark)

    assert fills(reports) == []
    (liquidation,) = liquidations(reports)
    assert liquidation.mark_price == d(mark_price)
    # In the second of three minutes, which ends three minutes after the beginning.
    assert liquidation.fill.executed_at_ns == 3 * NS_PER_MINUTE
    assert [each.client_order_id for each in expiries(reports)] == [name]


def test_a_detail_bar_that_reaches_no_order_liquidates_before_a_later_one_reaches_the_target() -> None:
    scene = long_hundred()
    scene.target(Side.SELL, "100", "110")

    mark = mark_of(scene, (100.0, 112.0, 80.0, 112.0), minutes=2)
    reports = run(scene, [(100.0, 100.0, 80.0, 100.0), (100.0, 112.0, 100.0, 112.0)], mark)

    assert fills(reports) == []
    assert [each.fill.executed_at_ns for each in liquidations(reports)] == [2 * NS_PER_MINUTE]


def test_a_detail_bar_below_the_range_of_the_mark_is_judged_at_the_lowest_mark() -> None:
    scene = long_hundred()
    scene.stop(Side.SELL, "100", "88")

    mark = mark_of(scene, (100.0, 101.0, 94.5, 100.0), minutes=3)
    reports = run(scene, [CALM, (100.0, 100.0, 80.0, 90.0), CALM], mark)

    # 80 is beyond liquidation, 94.5 a tick above it.
    assert [fill.price for fill in fills(reports)] == [d("88")]
    assert liquidations(reports) == []


def test_a_detail_bar_that_opens_beyond_liquidates_before_the_stop_that_it_gaps() -> None:
    scene = long_hundred()
    scene.stop(Side.SELL, "100", "97")

    mark = mark_of(scene, (100.0, 101.0, 92.0, 92.0), minutes=3)
    reports = run(scene, [CALM, (90.0, 91.0, 90.0, 90.0), (90.0, 91.0, 90.0, 90.0)], mark)

    # It opens at 90, but the mark was never below 92.
    assert fills(reports) == []
    assert [(each.mark_price, each.fill.executed_at_ns) for each in liquidations(reports)] == [
        (d("92"), 2 * NS_PER_MINUTE)
    ]


def test_the_last_detail_bar_answers_for_the_whole_range_of_the_mark_bar_that_ends_with_it() -> None:
    early, late = long_hundred(), long_hundred()
    for scene in (early, late):
        scene.target(Side.SELL, "100", "110")
    rise = (100.0, 112.0, 99.0, 100.0)

    # The low mark of 90 was made at some time in three minutes in which the last price stayed above 99.
    before = run(early, [rise, CALM, CALM], mark_of(early, (100.0, 112.0, 90.0, 100.0), minutes=3))
    after = run(late, [CALM, CALM, rise], mark_of(late, (100.0, 112.0, 90.0, 100.0), minutes=3))

    assert ([fill.price for fill in fills(before)], liquidations(before)) == ([d("110")], [])
    assert (fills(after), [each.mark_price for each in liquidations(after)]) == ([], [d("94.4")])


def test_a_short_in_a_later_detail_bar_does_not_answer_for_where_the_mark_bar_opened() -> None:
    scene = make_scene(deposit="400")
    mark = mark_of(scene, (100.0, 100.0, 90.0, 90.0), minutes=3)
    reports = [*scene.venue.open_mark(mark), *scene.bar(100.0, 100.0, 92.0, 92.0)]
    scene.sell("50")
    scene.stop(Side.BUY, "50", "93")
    reports += scene.bar(92.0, 93.5, 91.0, 91.0)

    # Short 50 at 92: wallet 400 − 2.3, liquidated at (4,600 + 397.7)/(50 × 1.01) = 98.96…. The stop of 93 is nearer,
    # and the 100 where the mark bar opened was before the entry.
    assert [fill.price for fill in fills(reports)] == [d("92"), d("93")]
    assert liquidations(reports) == []


def test_a_reaction_to_a_liquidation_by_marks_trades_where_the_bar_traded() -> None:
    scene = long_hundred(isolated(20))
    mark = mark_of(scene, (100.0, 100.0, 90.0, 95.0))
    sent_at_ns = scene.now_ns + NS_PER_MINUTE

    def enter_again(report: VenueReport) -> None:
        if isinstance(report, PositionLiquidated) and report.fill.client_order_id == "autoclose-1":
            scene.buy("1", name="again", at_ns=sent_at_ns)

    assert list(scene.venue.open_mark(mark)) == []
    reports = scene.bar(*CALM, react=enter_again)

    # Liquidated at a mark of 95.9; nothing was traded below 99.
    assert next(each.mark_price for each in liquidations(reports)) == d("95.9")
    assert [(fill.client_order_id, fill.price) for fill in fills(reports)] == [("again", d("99"))]


@pytest.mark.parametrize("has_marks", [False, True])
def test_an_order_whose_time_was_up_at_the_open_is_not_closed_by_the_liquidation_there(*, has_marks: bool) -> None:
    scene = long_hundred(isolated(20))
    until_ns = scene.now_ns
    scene.limit(Side.SELL, "1", "120", time_in_force=TimeInForce.GTD, good_until_ns=2 * until_ns, at_ns=0)
    run(scene, [CALM], mark_of(scene, CALM) if has_marks else None)

    gap = (80.0, 80.0, 80.0, 80.0)
    reports = run(scene, [gap], mark_of(scene, gap) if has_marks else None)

    assert [type(report) for report in reports] == [OrderExpired, PositionLiquidated]
    assert [each.reason for each in expiries(reports)] == [ExpiryReason.TIME]


def test_cross_positions_inside_coarser_mark_bars_are_judged_at_the_worst_of_each_together() -> None:
    scene = make_scene(FRICTIONLESS, make_instrument(), make_instrument(OTHER), deposit="100")
    scene.buy("5")
    scene.buy("5", symbol=OTHER)
    run_minute(scene, (100.0, 100.0, 100.0, 100.0), has_marks=False)
    scene.target(Side.SELL, "5", "110")
    ends_at_ns = scene.now_ns + 3 * NS_PER_MINUTE
    for symbol in (COIN, OTHER):
        mark = make_bar(scene.minute, (100.0, 112.0, 89.0, 100.0), 0.0, symbol)._replace(closed_at_ns=ends_at_ns)
        assert list(scene.venue.open_mark(mark)) == []

    reports = run_minute(scene, (100.0, 112.0, 89.0, 100.0), has_marks=False)

    # Wallet 99.5. With OTHER at 89 too, COIN is liquidated at (500 − 40.05)/(5 × 0.99) = 92.919…; alone it would last.
    assert fills(reports) == []
    assert [(each.fill.symbol, each.mark_price) for each in liquidations(reports)][:1] == [(COIN, d("92.9"))]


@pytest.mark.parametrize("has_marks", [False, True])
def test_of_two_cross_positions_the_last_bar_judges_before_its_target_even_if_both_marks_end_later(
    *, has_marks: bool
) -> None:
    scene = make_scene(FRICTIONLESS, make_instrument(), make_instrument(OTHER), deposit="100")
    scene.buy("5")
    scene.buy("5", symbol=OTHER)
    run_minute(scene, (100.0, 100.0, 100.0, 100.0), has_marks=has_marks)
    scene.target(Side.SELL, "5", "110", symbol=OTHER)

    # Wallet 99.5. At 80 each alone loses 100: whichever closes first leaves it to the other, and OTHER closes last.
    reports = run_minute(scene, (100.0, 112.0, 80.0, 100.0), has_marks=has_marks)

    assert fills(reports) == []
    assert OTHER in {each.fill.symbol for each in liquidations(reports)}


def run_minute(scene: Scene, prices: Prices, *, has_marks: bool) -> list[VenueReport]:
    """Run one minute of both instruments alike as a driver does: marks open first and close last."""
    venue = scene.venue
    bars = [make_bar(scene.minute, prices, symbol=symbol) for symbol in (COIN, OTHER)]
    steps = [venue.open_bar, venue.close_bar]
    if has_marks:
        steps = [venue.open_mark, *steps, venue.close_mark]
    scene.minute += 1
    return [report for step in steps for bar in bars for report in step(bar)]
