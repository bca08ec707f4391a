"""Liquidation: at which mark, how much, at what price, and who pays what is missing.

Maintenance margin is 1 % of notional up to 10,000, then 2 % minus 100. Liquidation costs the taker
fee of 0.05 % and another 1 % of the notional closed.
"""

import pytest
from attrs import evolve

from adapters.simulated.rules import VenueRules
from application.venue_messages import ExpiryReason, OrderFilled, VenueReport
from domain.instrument import MarginSchedule
from domain.order import PositionSide, Side
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


def long_isolated() -> Scene:
    """Long 1 at 100 with 10x isolated margin: 10 set apart, liquidated at (100 − 10)/(1 − 0.01) = 90.909…."""
    scene = make_scene(isolated(10))
    scene.buy("1")
    scene.bar(100.0)
    return scene


def test_an_isolated_long_is_closed_on_the_tick_beyond_its_liquidation_price() -> None:
    scene = long_isolated()

    (liquidation,) = liquidations(scene.bar(100.0, 100.0, 90.9, 95.0))

    fill = liquidation.fill
    assert (fill.client_order_id, fill.side, fill.quantity) == ("autoclose-1", Side.SELL, d("1"))
    assert (liquidation.mark_price, fill.price) == (d("90.9"), d("90.9"))
    assert (fill.fee, liquidation.liquidation_fee) == (d("0.04545"), d("0.909"))
    # 10 − 9.1 − 0.04545 − 0.909 = −0.05445.
    assert liquidation.insurance == d("0.05445")
    # Only what was set apart is lost: 10,000 − 0.05 opening fee − 10.
    assert scene.venue.wallet_balance == d("9989.95")
    assert scene.venue.position(COIN).is_flat


def test_one_tick_short_of_it_nothing_happens() -> None:
    scene = long_isolated()

    assert scene.bar(100.0, 100.0, 91.0, 95.0) == []


def test_an_isolated_short_is_closed_above() -> None:
    scene = make_scene(isolated(10))
    scene.sell("1")
    scene.bar(100.0)

    # (100 + 10)/(1 + 0.01) = 108.9108…, so 109.0; 10 − 9 − 0.0545 − 1.09 = −0.1445.
    assert scene.bar(100.0, 108.9, 100.0, 100.0) == []
    (liquidation,) = liquidations(scene.bar(100.0, 109.0, 100.0, 100.0))

    assert (liquidation.fill.side, liquidation.fill.price, liquidation.insurance) == (Side.BUY, d("109"), d("0.1445"))


def test_a_gap_beyond_liquidates_at_the_open_and_the_fund_pays_the_rest() -> None:
    scene = long_isolated()

    (liquidation,) = liquidations(scene.bar(80.0))

    # 10 − 20 − 0.04 − 0.8 = −10.84.
    assert (liquidation.fill.price, liquidation.insurance) == (d("80"), d("10.84"))
    assert liquidation.fill.executed_at_ns == NS_PER_MINUTE
    assert scene.venue.wallet_balance == d("9989.95")
    # The fund got the liquidation fee and paid what was missing.
    assert scene.venue.house.insurance_fund == d("0.8") - d("10.84")


def test_the_gap_is_judged_before_a_stop_that_it_passes() -> None:
    scene = long_isolated()
    scene.stop(Side.SELL, "1", "95")
    scene.bar(100.0)

    reports = scene.bar(80.0)

    assert [expiry.reason for expiry in expiries(reports)] == [ExpiryReason.LIQUIDATION]
    assert len(liquidations(reports)) == 1
    assert fills(reports) == []


def test_a_stop_nearer_than_the_liquidation_price_comes_first() -> None:
    scene = long_isolated()
    scene.stop(Side.SELL, "1", "95")

    reports = scene.bar(100.0, 100.0, 80.0, 85.0)

    assert [fill.price for fill in fills(reports)] == [d("95")]
    assert liquidations(reports) == []


def test_a_stop_beyond_the_liquidation_price_comes_too_late() -> None:
    scene = long_isolated()
    scene.stop(Side.SELL, "1", "85")

    reports = scene.bar(100.0, 100.0, 80.0, 85.0)

    assert fills(reports) == []
    assert [liquidation.fill.price for liquidation in liquidations(reports)] == [d("90.9")]


def test_liquidation_comes_before_a_target_in_the_same_bar() -> None:
    scene = long_isolated()
    scene.limit(Side.SELL, "1", "110")

    reports = scene.bar(100.0, 120.0, 90.0, 110.0)

    assert fills(reports) == []
    assert len(liquidations(reports)) == 1


def test_a_position_opened_by_a_limit_inside_the_bar_answers_for_the_rest_of_the_fall() -> None:
    scene = make_scene(isolated(10))
    scene.limit(Side.BUY, "1", "99")

    reports = scene.bar(100.0, 100.0, 80.0, 100.0)

    # It was bought on the way down: (99 − 9.9)/0.99 = 90, to the tick 90.
    assert [fill.price for fill in fills(reports)] == [d("99")]
    assert [liquidation.mark_price for liquidation in liquidations(reports)] == [d("90")]


def test_the_spread_is_paid_from_the_mark_that_triggered() -> None:
    scene = make_scene(evolve(isolated(10), half_spread_bps=d("100")))
    scene.buy("1")
    scene.bar(100.0)

    # Bought at 101 with 10.1 set apart: (101 − 10.1)/0.99 = 91.818…, mark 91.8; sold at 91.8 × 0.99 = 90.882, so 90.8.
    (liquidation,) = liquidations(scene.bar(100.0, 100.0, 90.0, 95.0))

    assert (liquidation.mark_price, liquidation.fill.price) == (d("91.8"), d("90.8"))


def test_a_cross_position_takes_the_whole_wallet_and_leaves_exactly_nothing() -> None:
    scene = make_scene(deposit="100")
    scene.buy("10")
    scene.bar(100.0)

    # Wallet 99.5: (1000 − 99.5)/(10 × 0.99) = 90.9595…, so 90.9.
    (liquidation,) = liquidations(scene.bar(100.0, 100.0, 85.0, 90.0))

    # 99.5 − 91 − 0.4545 − 9.09 = −1.0445.
    assert (liquidation.mark_price, liquidation.insurance) == (d("90.9"), d("1.0445"))
    assert scene.venue.wallet_balance == 0
    assert scene.venue.equity == 0


def test_a_large_position_is_reduced_to_the_next_lower_bracket_first() -> None:
    scene = make_scene(deposit="3000")
    scene.buy("200")
    scene.bar(100.0, volume=1000.0)

    # Wallet 2990: (20000 − 2990 − 100)/(200 × 0.98) = 86.2755…, so 86.2. Notional 17,240 is 7,240 above
    # the bracket: 7240/86.2 = 83.9907…, so 83.991. Left: 116.009 with equity 2990 − 1159.0758 − 3.6200121
    # − 72.400242 − 13.8 × 116.009 = 153.98 over a margin of 1 % of 9,999.98: enough.
    (liquidation,) = liquidations(scene.bar(100.0, 100.0, 86.2, 90.0))

    assert (liquidation.fill.quantity, liquidation.insurance) == (d("83.991"), d("0"))
    assert scene.venue.position(COIN).signed_quantity == d("116.009")
    assert scene.venue.wallet_balance == d("2990") - d("1159.0758") - d("3.6200121") - d("72.400242")


def test_what_was_left_is_closed_further_down_if_the_bar_goes_there() -> None:
    scene = make_scene(deposit="3000")
    scene.buy("200")
    scene.bar(100.0, volume=1000.0)

    # Then (11600.9 − 1754.9039459)/(116.009 × 0.99) = 85.7300…, so 85.7, and all of it.
    reports = liquidations(scene.bar(100.0, 100.0, 80.0, 90.0))

    assert [(each.mark_price, each.fill.quantity) for each in reports] == [
        (d("86.2"), d("83.991")),
        (d("85.7"), d("116.009")),
    ]
    assert [each.fill.client_order_id for each in reports] == ["autoclose-1", "autoclose-2"]


def test_the_brackets_in_force_decide() -> None:
    later = MarginSchedule.from_rows([(d("0"), d("10000"), d("0.05"), 20)], effective_at_ns=3 * NS_PER_MINUTE)
    instrument = make_instrument(margins=(*make_instrument().margins, later))
    scene = make_scene(isolated(10), instrument)
    scene.buy("1")
    scene.bar(100.0)

    # With 5 % the liquidation price rises from 90.909… to 90/0.95 = 94.736…
    assert scene.bar(100.0, 100.0, 94.0, 100.0) == []
    (liquidation,) = liquidations(scene.bar(100.0, 100.0, 94.0, 100.0))
    assert liquidation.mark_price == d("94.7")


def test_the_mark_decides_where_there_is_one() -> None:
    scene = long_isolated()
    assert scene.mark(100.0, 101.0, 91.0, 100.0) == []

    # Last price falls to 80; the mark does not.
    assert scene.bar(100.0, 100.0, 80.0, 100.0) == []
    (liquidation,) = liquidations(scene.mark(100.0, 100.0, 90.5, 100.0))

    assert liquidation.mark_price == d("90.9")


def test_an_open_of_the_mark_beyond_liquidates_there() -> None:
    scene = long_isolated()

    (liquidation,) = liquidations(scene.mark(85.0))

    assert liquidation.mark_price == d("85")


def two_instruments(rules: VenueRules = FRICTIONLESS, deposit: str = "100") -> Scene:
    """Long 5 at 100 in each of two instruments; wallet 99.5 if cross."""
    scene = make_scene(rules, make_instrument(), make_instrument(OTHER), deposit=deposit)
    scene.buy("5")
    scene.buy("5", symbol=OTHER)
    run_both(scene, (100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 100.0, 100.0))
    return scene


def run_both(
    scene: Scene,
    coin: tuple[float, float, float, float],
    other: tuple[float, float, float, float],
    *,
    other_opens_first: bool = False,
) -> list[VenueReport]:
    """Run one minute of both instruments, as a driver does: both open, then both close, COIN first."""
    bars = [make_bar(scene.minute, coin), make_bar(scene.minute, other, symbol=OTHER)]
    opening = bars[::-1] if other_opens_first else bars
    reports = [report for bar in opening for report in scene.venue.open_bar(bar)]
    reports += [report for bar in bars for report in scene.venue.close_bar(bar)]
    scene.minute += 1
    return reports


def test_cross_positions_are_judged_at_the_worst_of_each_together() -> None:
    scene = two_instruments()

    reports = liquidations(run_both(scene, (100.0, 100.0, 89.0, 100.0), (100.0, 100.0, 89.0, 100.0)))

    # OTHER at 89 leaves 99.5 − 55 − 4.45 = 40.05: (500 − 40.05)/(5 × 0.99) = 92.919…, so 92.9 for COIN.
    # COIN: 99.5 − 35.5 − 0.23225 − 4.645 = 59.12275; OTHER needs 4.45 and has 4.12275.
    # OTHER: 59.12275 − 55 − 0.2225 − 4.45 = −0.54975.
    assert [(each.fill.symbol, each.mark_price, each.insurance) for each in reports] == [
        (COIN, d("92.9"), d("0")),
        (OTHER, d("89"), d("0.54975")),
    ]
    assert scene.venue.wallet_balance == 0


@pytest.mark.parametrize("other_opens_first", [False, True])
def test_a_small_fall_counts_when_another_falls_far_whichever_opens_first(*, other_opens_first: bool) -> None:
    scene = two_instruments()

    # COIN alone stays within its quiet band (about 91.3). With OTHER at 89 it is liquidated at 92.9 all the same,
    # exactly as above: the shortcut must not tell the two apart.
    reports = liquidations(
        run_both(scene, (100.0, 100.0, 92.0, 100.0), (100.0, 100.0, 89.0, 100.0), other_opens_first=other_opens_first)
    )

    assert [(each.fill.symbol, each.mark_price) for each in reports] == [(COIN, d("92.9")), (OTHER, d("89"))]


def test_an_instrument_that_falls_alone_is_liquidated_at_its_own_price_whoever_closes_first() -> None:
    scene = two_instruments()

    reports = liquidations(run_both(scene, (100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 70.0, 100.0)))

    # COIN stays at 100 and needs 5: (500 − 99.5 + 5)/(5 × 0.99) = 81.919…, so 81.9, and not the low of 70.
    # COIN needs most margin (5, OTHER 4.095), so it is closed first: 99.5 − 0.25 − 5 = 94.25. Of that OTHER
    # leaves 94.25 − 90.5 = 3.75, less than it needs: 3.75 − 0.20475 − 4.095 = −0.54975.
    assert [(each.fill.symbol, each.mark_price, each.insurance) for each in reports] == [
        (COIN, d("100"), d("0")),
        (OTHER, d("81.9"), d("0.54975")),
    ]


def test_falls_in_different_bars_are_not_added_up() -> None:
    scene = two_instruments()

    first = run_both(scene, (100.0, 100.0, 89.0, 100.0), (100.0, 100.0, 100.0, 100.0))
    second = run_both(scene, (100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 89.0, 100.0))

    assert liquidations(first + second) == []


def test_an_isolated_position_never_touches_the_other() -> None:
    scene = two_instruments(isolated(10), deposit="200")

    reports = liquidations(run_both(scene, (100.0, 100.0, 50.0, 100.0), (100.0, 100.0, 99.0, 100.0)))

    assert [each.fill.symbol for each in reports] == [COIN]
    assert scene.venue.position(OTHER).signed_quantity == d("5")
    assert scene.venue.isolated_wallet(OTHER) == d("50")


def test_cross_liquidation_closes_open_orders_everywhere() -> None:
    scene = make_scene(FRICTIONLESS, make_instrument(), make_instrument(OTHER), deposit="100")
    scene.buy("10")
    scene.limit(Side.BUY, "1", "60", symbol=OTHER, name="elsewhere")
    run_both(scene, (100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 100.0, 100.0))

    reports = run_both(scene, (100.0, 100.0, 85.0, 90.0), (100.0, 100.0, 100.0, 100.0))

    assert [(each.client_order_id, each.reason) for each in expiries(reports)] == [
        ("elsewhere", ExpiryReason.LIQUIDATION)
    ]


def test_a_hedged_pair_in_cross_margin_is_judged_as_one() -> None:
    scene = make_scene(evolve(FRICTIONLESS, hedge_mode=True), deposit="100")
    scene.buy("10", position_side=PositionSide.LONG)
    scene.sell("9", position_side=PositionSide.SHORT)
    scene.bar(100.0)

    # Wallet 100 − 0.5 − 0.45 = 99.05. At 60: −400 + 360 − 1 % of 1,140 leaves 47.65: far from liquidation,
    # although the long alone would be gone at 90.
    assert scene.bar(100.0, 100.0, 60.0, 100.0) == []


def test_isolated_hedge_sides_are_liquidated_each_by_its_own_wallet() -> None:
    scene = make_scene(evolve(isolated(10), hedge_mode=True))
    scene.buy("1", position_side=PositionSide.LONG)
    scene.sell("1", position_side=PositionSide.SHORT)
    scene.bar(100.0)

    reports = liquidations(scene.bar(100.0, 100.0, 90.0, 95.0))

    assert [each.position_side for each in reports] == [PositionSide.LONG]
    assert scene.venue.position(COIN, PositionSide.SHORT).signed_quantity == d("-1")


def test_reducing_an_isolated_position_gives_back_its_share_of_the_margin() -> None:
    scene = make_scene(isolated(10))
    scene.buy("4")
    scene.bar(100.0)
    scene.sell("1")
    scene.bar(98.0)

    # A quarter of the 40 goes back; the loss of 2 is the cross wallet's, so the liquidation price stays.
    assert scene.venue.isolated_wallet(COIN) == d("30")
    assert scene.bar(98.0, 98.0, 91.0, 98.0) == []
    assert [each.mark_price for each in liquidations(scene.bar(98.0, 98.0, 90.0, 98.0))] == [d("90.9")]


def test_flipping_an_isolated_position_sets_its_margin_anew() -> None:
    scene = make_scene(isolated(10))
    scene.buy("4")
    scene.bar(100.0)
    scene.sell("6")
    scene.bar(110.0)

    # Short 2 at 110 with 10x: 22.
    assert scene.venue.isolated_wallet(COIN) == d("22")


def test_an_order_sent_in_reaction_to_a_liquidation_finds_the_price_of_the_liquidation() -> None:
    scene = long_isolated()

    def enter_again(report: VenueReport) -> None:
        if not isinstance(report, OrderFilled) and type(report).__name__ == "PositionLiquidated":
            scene.buy("1", name="again", at_ns=2 * NS_PER_MINUTE)

    reports = scene.bar(100.0, 100.0, 90.9, 95.0, react=enter_again)

    assert [(fill.client_order_id, fill.price) for fill in fills(reports)] == [("again", d("90.9"))]


def test_money_taken_out_brings_liquidation_nearer() -> None:
    scene = make_scene(deposit="1000")
    scene.buy("10")
    scene.bar(100.0)
    assert scene.bar(100.0) == []
    scene.venue.withdraw(d("900"))

    # Wallet 99.5: (1000 − 99.5)/(10 × 0.99) = 90.9595…, so 90.9.
    assert [each.mark_price for each in liquidations(scene.bar(100.0, 100.0, 90.0, 95.0))] == [d("90.9")]
