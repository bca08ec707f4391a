"""Ladder, loss limits and trading state together, by example. The account begins with 1000 on a Monday."""

from decimal import Decimal

import pytest
from attrs import evolve

from domain.risk.capital_guard import CapitalGuard, CapitalPolicy, GuardNews
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy
from domain.risk.loss_limits import LossLimits, LossRule, OnLoss
from domain.risk.trading_state import HoldCause, TradingState
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.support import START_NS

POLICY = CapitalPolicy(
    ladder=LadderPolicy(),
    losses=LossLimits(
        daily_fraction=Decimal("0.08"),
        daily_amount=None,
        weekly_fraction=None,
        weekly_amount=None,
        losing_days_max=None,
        losing_trades_max=2,
    ),
)


def seen(*points: tuple[int, str], policy: CapitalPolicy = POLICY) -> tuple[CapitalGuard, GuardNews]:
    """Return the guard after equity at so many hours from the start, and the news of the last."""
    guard, news = CapitalGuard.start(Decimal(1000), START_NS), GuardNews()
    for hours, equity in points:
        guard, news = guard.observe(Decimal(equity), START_NS + hours * NS_PER_HOUR, policy=policy)
    return guard, news


def causes(guard: CapitalGuard) -> set[HoldCause]:
    return {hold.cause for hold in guard.latch.holds}


def test_a_moderate_drawdown_halves_new_sizes() -> None:
    guard, news = seen((1, "950"))

    assert guard.size_factor(POLICY) == Decimal("0.5")
    assert guard.latch.state is TradingState.ACTIVE
    assert news.level_change is not None
    assert news.level_change.after is DrawdownLevel.MODERATE
    assert news.state_change is None


def test_a_severe_drawdown_stops_opening_and_lets_go_when_it_is_over() -> None:
    # In steps over days, so that no day loses 8 %. The way back to MODERATE is past 9.5 %.
    down = ((24, "950"), (48, "900"))
    severe, news = seen(*down)
    back, news_of_back = seen(*down, (49, "906"))

    assert severe.latch.state is TradingState.REDUCING
    assert severe.size_factor(POLICY) == 0
    assert news.level_change is not None
    assert news.level_change.action.reduce_to == Decimal("0.5")
    assert severe.latch.holds[0].reason == "drawdown 10.00%, level severe"
    assert (back.latch.state, back.size_factor(POLICY)) == (TradingState.ACTIVE, Decimal("0.5"))
    assert news_of_back.state_change is not None


def test_beyond_the_limit_trading_halts_until_a_person_takes_the_present_equity_for_the_high() -> None:
    halted, news = seen((24, "950"), (48, "900"), (72, "870"), (73, "999"))
    assert causes(halted) == {HoldCause.DRAWDOWN_LIMIT}
    assert halted.latch.state is TradingState.HALTED
    assert halted.ladder.level is DrawdownLevel.NONE
    assert news.state_change is None  # the price came back, the halt stays

    cleared, clearance = halted.clear(
        HoldCause.DRAWDOWN_LIMIT,
        person="Ada",
        reason="cause found",
        equity=Decimal(999),
        at_ns=START_NS + 4 * NS_PER_DAY,
    )

    assert clearance is not None
    assert cleared.latch.state is TradingState.ACTIVE
    assert cleared.ladder.high.amount == Decimal(999)


def test_the_loss_of_a_day_holds_until_midnight_and_no_person_ends_it() -> None:
    guard, news = seen((1, "920"))
    tomorrow, news_of_midnight = seen((1, "920"), (24, "921"))

    assert [breach.rule for breach in news.breaches] == [LossRule.DAILY_LOSS]
    assert causes(guard) == {HoldCause.DAILY_LOSS}
    assert guard.latch.holds[0].reason == "lost 80.00 this day, 8.00% of equity at its start"
    with pytest.raises(ValueError, match="daily_loss: ends with the day"):
        guard.clear(HoldCause.DAILY_LOSS, person="Ada", reason="sure", equity=Decimal(920), at_ns=START_NS)
    assert causes(tomorrow) == set()
    assert news_of_midnight.state_change is not None


def test_a_broken_loss_limit_can_be_made_to_halt() -> None:
    guard, _ = seen((1, "920"), policy=evolve(POLICY, losses=evolve(POLICY.losses, on_loss=OnLoss.HALTED)))

    assert guard.latch.state is TradingState.HALTED


def test_losing_trades_hold_until_a_person_forgives_them() -> None:
    guard, news = CapitalGuard.start(Decimal(1000), START_NS), GuardNews()
    for _ in range(3):
        guard, news = guard.close_trade(Decimal(-1), equity=Decimal(997), at_ns=START_NS, policy=POLICY)

    assert causes(guard) == {HoldCause.LOSING_TRADES}
    assert guard.latch.holds[0].reason == "3 losing trades in a row"
    assert news.state_change is not None
    won, _ = guard.close_trade(Decimal(5), equity=Decimal(1002), at_ns=START_NS, policy=POLICY)
    assert causes(won) == {HoldCause.LOSING_TRADES}
    forgiven, _ = guard.clear(
        HoldCause.LOSING_TRADES, person="Ada", reason="reviewed", equity=Decimal(997), at_ns=START_NS
    )
    assert (forgiven.losses.losing_trades, causes(forgiven)) == (0, set())


def test_ending_what_does_not_hold_changes_nothing() -> None:
    guard, _ = seen((1, "999"))

    assert guard.clear(HoldCause.KILL_SWITCH, person="Ada", reason="sure", equity=Decimal(999), at_ns=START_NS) == (
        guard,
        None,
    )


def test_the_quiet_range_ends_where_the_first_of_them_would_speak() -> None:
    # At the high of 1000 any other equity is a new high or low. At 970 after 940 the account is at MILD again:
    # MODERATE begins at 950, MILD is left above 995.
    at_high, _ = seen((1, "1000"))
    below, _ = seen((1, "940"), (2, "970"))

    assert at_high.quiet_range(POLICY) == (1000.0, 1000.0)
    lowest, highest = below.quiet_range(POLICY)
    assert lowest == pytest.approx(950.0)
    assert highest == pytest.approx(995.0)
