"""What is in use of the limits when a run ends, from engines that have traded."""

from decimal import Decimal

import pytest
from attrs import evolve

from application.trading.account_view import AccountTerms
from application.trading.events import OpeningHalted
from application.trading.risk_measurement import measure_use
from application.trading.risk_use import RiskUse
from domain.margin import MarginMode
from domain.numbers import ZERO
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy, LevelAction, Rung
from domain.risk.estimates import EstimateSettings
from domain.risk.trading_state import HoldCause, TradingState
from domain.signal import Signal
from domain.sizing import FixedQuantity
from tests.plans import WIDE_LIMITS
from tests.unit.application.trading.stage import COIN, OTHER, Played, at, d, long, play, short

FLAT = [(100.0,)] * 6
MOVING = [(100.0 + (row * row * 37) % 11,) for row in range(120)]
TWO_MARKETS = {COIN: FLAT, OTHER: [(50.0,)] * 6}


def two_positions(equity: str = "1000") -> Played:
    """Hold 4 COIN long at 100 and 3 OTHER short at 50."""
    return play(
        TWO_MARKETS,
        {COIN: {1: long()}},
        {OTHER: {1: short()}},
        sizings=[FixedQuantity(d("4")), FixedQuantity(d("3"))],
        equity=equity,
    )


def test_exposure_margin_and_capital_at_risk_by_hand() -> None:
    use = measure_use(two_positions().engine)

    assert use.equity == 1000
    # 4 × 100 + 3 × 50, and 400 - 150; maintenance 0.4 % of 550.
    assert (use.gross_notional, use.net_notional, use.margin_ratio) == (d("550"), d("250"), d("0.0022"))
    assert {each.symbol: each.held_notional for each in use.instruments} == {COIN: 400, OTHER: -150}
    # Too few returns are known to tell how they move together: they may lose together, whichever way they are held.
    assert {each.symbol: each.alike_notional for each in use.instruments} == {COIN: 550, OTHER: 550}
    assert use.strategies == {"A": 400, "B": 150}
    # Down by a fifth: 80, funding 0.3 % of 400 and 0.1 % of 320 to get out; the short gains and counts as nothing.
    assert use.capital_at_risk == pytest.approx((80 + 1.2 + 0.32) / 1000)
    assert (use.var_daily, use.cvar_daily, use.liquidation_probability) == (None, None, None)


def test_distances_to_liquidation_by_hand() -> None:
    use = measure_use(two_positions().engine)

    distances = {each.symbol: each.liquidation_distance for each in use.instruments}
    # The long is worth 400 and 1000 stand behind it: no price liquidates it. The short: 1000 - 3 (p - 50) =
    # 0.004 × 3 p + 1.6, so p = 1148.4 / 3.012 = 381.275.
    assert distances[COIN] is None
    assert float(distances[OTHER] or 0) == pytest.approx(1148.4 / 3.012 / 50 - 1)


def test_a_thin_account_is_near_to_its_liquidation() -> None:
    # 200 - 4 (100 - p) = 0.004 × 4 p, so p = 200 / 3.984 = 50.2.
    played = play(FLAT, {1: long()}, sizings=[FixedQuantity(d("4"))], equity="200")
    (use,) = measure_use(played.engine).instruments

    assert float(use.liquidation_distance or 0) == pytest.approx(1 - 200 / 3.984 / 100)


def test_a_margin_of_its_own_backs_a_position_alone() -> None:
    # At leverage 5 the 400 are backed by 80: 80 - 4 (100 - p) = 0.016 p, so p = 320 / 3.984 = 80.32.
    engine = play(FLAT, {1: long()}, sizings=[FixedQuantity(d("4"))], equity="100000").engine
    engine.terms = AccountTerms(margin_mode=MarginMode.ISOLATED, leverage=5)
    use = measure_use(engine)

    assert use.margin_ratio == d("1.6") / 80
    assert float(use.instruments[0].liquidation_distance or 0) == pytest.approx(1 - 320 / 3.984 / 100)


def test_measuring_changes_nothing() -> None:
    engine = two_positions().engine
    before = (engine.controller.guard, len(engine.log.refusals), engine.equity, engine.now_ns)

    assert measure_use(engine) == measure_use(engine)
    assert (engine.controller.guard, len(engine.log.refusals), engine.equity, engine.now_ns) == before


def test_estimates_grow_with_what_is_held_also_where_nothing_limits_them() -> None:
    small, large = (
        measure_use(play(MOVING, {60: long()}, sizings=[FixedQuantity(d(quantity))]).engine)
        for quantity in ("10", "20")
    )

    assert small.var_daily is not None
    assert small.cvar_daily is not None
    assert large.var_daily is not None
    # Twice the position at nearly the same equity.
    assert large.var_daily / small.var_daily == pytest.approx(2 * float(small.equity / large.equity))
    assert small.cvar_daily >= small.var_daily > 0
    assert small.liquidation_probability is not None
    assert small.var_confidence == 0.95


def test_an_account_that_holds_nothing_uses_nothing() -> None:
    use = measure_use(play(FLAT, {}).engine)

    assert (use.gross_notional, use.net_notional, use.margin_ratio, use.instruments) == (ZERO, ZERO, ZERO, ())
    assert (use.state, use.holds, use.level) == (TradingState.ACTIVE, (), DrawdownLevel.NONE)
    assert use.capital_at_risk == 0


def test_loss_drawdown_and_level_are_those_of_the_guard() -> None:
    # 10 units from 100 down to 90 lose 100 of 1000: a tenth, today and below the high.
    rung = LevelAction(size_factor=Decimal("0.5"))
    ladder = LadderPolicy(moderate=Rung(threshold=Decimal("0.05"), action=rung))
    played = play(
        [*FLAT[:4], (90.0,), (90.0,)],
        {1: long()},
        sizings=[FixedQuantity(d("10"))],
        equity="1000",
        policy=evolve(WIDE_LIMITS, drawdown=ladder),
    )
    use = measure_use(played.engine)

    assert (use.day.pnl, use.day.loss_fraction, use.drawdown) == (d("-100"), d("0.1"), d("0.1"))
    assert (use.high, use.level) == (d("1000"), DrawdownLevel.SEVERE)
    assert [hold.cause for hold in use.holds] == [HoldCause.DRAWDOWN]


def test_what_holds_trading_back_is_named() -> None:
    played = play(FLAT, {}, operator={at(3): OpeningHalted(at(3), "lunch")})
    use = measure_use(played.engine)

    assert use.state is TradingState.REDUCING
    assert [(hold.cause, hold.reason) for hold in use.holds] == [(HoldCause.OPERATOR, "lunch")]


WAVES = {
    COIN: [(100.0 + (row * row * 37) % 11,) for row in range(120)],
    OTHER: [(50.0 + (row * row * 17) % 5 + (row * row * 37) % 11 * 0.2,) for row in range(120)],
}


@pytest.mark.parametrize("other", [long(), short()])
@pytest.mark.parametrize("quantity", ["1", "5"])
def test_what_each_instrument_adds_to_value_at_risk_sums_to_the_whole(other: Signal, quantity: str) -> None:
    played = play(
        WAVES,
        {COIN: {60: long()}},
        {OTHER: {60: other}},
        sizings=[FixedQuantity(d("3")), FixedQuantity(d(quantity))],
        equity="10000",
    )
    use = measure_use(played.engine)

    parts = [each.var_part for each in use.instruments if each.var_part is not None]
    alone = [each.var_alone for each in use.instruments if each.var_alone is not None]
    assert len(parts) == len(alone) == 2
    assert use.var_daily is not None
    assert sum(parts) == pytest.approx(use.var_daily, rel=1e-12)
    # No position adds more than it is by itself, and together they never are more than one by one.
    assert all(part <= each * (1 + 1e-12) for part, each in zip(parts, alone, strict=True))
    assert use.var_daily <= sum(alone) * (1 + 1e-12)


def test_a_single_position_is_all_the_value_at_risk_there_is() -> None:
    use = measure_use(play(WAVES, {COIN: {60: long()}}, sizings=[FixedQuantity(d("3"))]).engine)

    (held,) = use.instruments
    assert held.var_part == pytest.approx(held.var_alone, rel=1e-12)
    assert held.var_part == pytest.approx(use.var_daily, rel=1e-12)


def test_a_hedge_takes_away_from_value_at_risk() -> None:
    """Two instruments that are the same price in halves: short a quarter of the other's value."""
    twins = {COIN: WAVES[COIN], OTHER: [(price / 2,) for (price,) in WAVES[COIN]]}
    played = play(
        twins,
        {COIN: {60: long()}},
        {OTHER: {60: short()}},
        sizings=[FixedQuantity(d("4")), FixedQuantity(d("2"))],
        equity="10000",
    )
    parts = {each.symbol: each.var_part or 0.0 for each in measure_use(played.engine).instruments}

    # Values of 4 and -1: one adds 4 thirds of the whole, the other takes a third of it away.
    assert parts[OTHER] == pytest.approx(-parts[COIN] / 4)


def test_parts_are_unknown_where_the_whole_is() -> None:
    use = measure_use(two_positions().engine)

    assert [(each.var_alone, each.var_part) for each in use.instruments] == [(None, None), (None, None)]
    assert use.daily_volatilities == {}


def test_volatilities_are_known_of_everything_traded_whether_it_is_held_or_not() -> None:
    engine = play(WAVES, {COIN: {60: long()}}, sizings=[FixedQuantity(d("3"))]).engine
    use = measure_use(engine)

    model = engine.controller.market.model
    assert model is not None
    assert use.daily_volatilities == {symbol: model.volatility(symbol) for symbol in (COIN, OTHER)}


# Recoveries


def held_through(*closes: float) -> RiskUse:
    """Hold 1 unit from the open of the third bar on, through these closes; 1000 of equity at 100.

    Marks are sampled once a day, so that nobody looks at the account in between without a reason.
    """
    rows = [(100.0,), (100.0,), (100.0,), *((close,) for close in closes)]
    policy = evolve(WIDE_LIMITS, drawdown=LadderPolicy(), estimates=EstimateSettings(interval_s=86_400))
    played = play(rows, {1: long()}, equity="1000", policy=policy)
    return measure_use(played.engine)


def test_a_fall_and_its_recovery_are_told_with_their_times() -> None:
    # 1000, down to 980 at the close of the 4th bar, and at 1000 again at that of the 6th: 2 hours.
    use = held_through(80.0, 90.0, 100.0, 101.0)

    assert use.recoveries is not None
    (recovery,) = use.recoveries.latest
    assert (recovery.started_at_ns, recovery.ended_at_ns) == (at(4), at(6))
    assert recovery.depth == d("0.02")
    assert use.recoveries.statistics is not None
    assert use.recoveries.statistics.mean_days == pytest.approx(2 / 24)
    assert use.fall is None


def test_a_recovery_ends_when_the_high_is_reached_and_not_when_the_guard_is_next_told() -> None:
    # Back through 999, which leaves the mild level (0.1 % is below 1 % - 0.5 %), and on to new highs for hours.
    use = held_through(80.0, 99.0, 101.0, *(102.0 + row for row in range(8)))

    assert use.recoveries is not None
    assert [each.ended_at_ns for each in use.recoveries.latest] == [at(6)]


def test_a_fall_that_lasts_is_no_recovery() -> None:
    use = held_through(80.0, 90.0)

    assert use.recoveries is not None
    assert use.recoveries.count == 0
    assert use.fall is not None
    assert use.fall.started_at_ns == at(4)


def test_a_new_high_at_the_very_end_is_known() -> None:
    use = held_through(120.0)

    assert use.high == use.equity == d("1020")
