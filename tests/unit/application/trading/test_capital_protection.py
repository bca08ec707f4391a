"""What ladder and loss limits say the engine does: sizes shrink, opening stops, positions go, nothing returns."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pytest
from attrs import evolve

from adapters.simulated.venue import SimulatedVenue
from application.replay.driver import ReplayDriver
from application.trading.events import BarsClosed, Event, OpeningResumed
from application.trading.records import ExitReason
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy
from domain.risk.estimates import EstimateSettings
from domain.risk.loss_limits import OnLoss
from domain.risk.settings import RiskSettings
from domain.risk.trading_state import TradingState
from domain.sizing import FixedQuantity
from tests.plans import FRICTIONLESS, WIDE_LIMITS
from tests.risk import NO_LOSS_LIMITS
from tests.unit.application.trading.stage import (
    COIN,
    OUT,
    Played,
    Prices,
    WatchedEngine,
    at,
    coin_series,
    d,
    long,
    make_history,
    make_plan,
    perform,
    play,
    short,
    watched_engine,
)

# Sampled once a day: with a sample at every bar the account would be looked at anyway.
LADDER: Final = evolve(WIDE_LIMITS, drawdown=LadderPolicy(), estimates=EstimateSettings(interval_s=86_400))
THOUSAND: Final = FixedQuantity(d("1000"))
TEN: Final = FixedQuantity(d("10"))


def limited(**limits: Any) -> RiskSettings:  # noqa: ANN401  # what `LossLimits` takes
    return evolve(WIDE_LIMITS, losses=evolve(NO_LOSS_LIMITS, **limits))


def falling(*closes: float, n_before: int = 3, n_after: int = 4) -> list[Prices]:
    """Return bars at 100, then these one by one, then the last of them."""
    return [(close,) for close in (*[100.0] * n_before, *closes, *[closes[-1]] * n_after)]


def levels(played: Played) -> list[DrawdownLevel]:
    return [change.after for change in played.engine.log.level_changes]


def targets(played: Played, name: str) -> list[Decimal]:
    return [decision.target_quantity for decision in played.engine.log.decisions if decision.strategy == name]


# The account of 100,000 holds 1,000 at 100 in all that follows: one down is one percent of drawdown.


def test_at_the_mild_level_nothing_is_done_but_told() -> None:
    played = play(falling(98.0), {0: long()}, {4: long()}, sizings=[THOUSAND, TEN], policy=LADDER)

    assert levels(played) == [DrawdownLevel.MILD]
    assert played.held("A", "B") == (1000, 10)
    assert played.refusals == []


def test_at_the_moderate_level_new_sizes_are_halved_and_what_is_held_is_kept() -> None:
    played = play(falling(95.0), {0: long()}, {4: long()}, sizings=[THOUSAND, TEN], policy=LADDER)

    assert levels(played) == [DrawdownLevel.MODERATE]
    assert played.held("A", "B") == (1000, 5)


def test_at_the_severe_level_opening_stops_and_half_is_closed() -> None:
    played = play(falling(90.0), {0: long()}, {4: long()}, sizings=[THOUSAND, TEN], policy=LADDER)

    assert levels(played) == [DrawdownLevel.SEVERE]
    assert played.held("A", "B") == (500, 0)
    (closing,) = played.sent_for("close")
    assert (closing.terms.quantity, closing.terms.reduce_only, closing.at_ns) == (Decimal(500), True, at(4))
    assert [(refusal.source, refusal.reasons) for refusal in played.refusals] == [("gate", ("drawdown",))]
    (change,) = played.engine.log.state_changes
    assert (change.before, change.after, change.causes) == (TradingState.ACTIVE, TradingState.REDUCING, ("drawdown",))


def test_a_reduction_neither_undoes_an_exit_nor_buys_anything_back() -> None:
    # 10 bought at 100, OUT at the close of bar 3; bar 4 has volume for 1 of them and falls to 88: 9 × 12 are lost, more
    # than 10 % of 1,000, while the rest is on its way out. Half of it must not be wanted back.
    thin = (100.0, 100.0, 88.0, 88.0, 4.0)
    rows = [(100.0, 100.0, 100.0, 100.0, 1000.0)] * 4 + [thin] + [(88.0, 88.0, 88.0, 88.0, 1000.0)] * 8
    rules = evolve(FRICTIONLESS, taker_volume_share_max=Decimal("0.25"))
    settings = evolve(WIDE_LIMITS, drawdown=LadderPolicy())
    played = play(
        rows, {1: long(), 3: OUT}, policy=settings, sizings=[FixedQuantity(Decimal(10))], equity="1000", rules=rules
    )

    assert DrawdownLevel.SEVERE in levels(played)
    assert played.share("A").held == 0
    assert [order.purpose for order in played.orders].count("open") == 1
    assert played.the_trade.exit_reason is ExitReason.SIGNAL


def test_shorts_are_reduced_like_longs_to_whole_lots() -> None:
    # 1000.001 short: half of it is 500.0005, of which 500 remain in whole lots.
    sizing = FixedQuantity(d("1000.001"))
    played = play(falling(110.0), {0: short()}, sizings=[sizing], policy=LADDER)

    assert levels(played) == [DrawdownLevel.SEVERE]
    assert played.share("A").held == d("-500")


def test_an_entry_at_the_very_bar_that_reaches_the_level_is_refused() -> None:
    played = play(falling(90.0), {0: long()}, {3: long()}, sizings=[THOUSAND, TEN], policy=LADDER)

    assert played.held("A", "B") == (500, 0)


def test_beyond_the_limit_everything_is_closed_and_nothing_opens_again() -> None:
    rows = [*falling(87.0, n_after=0), *[(150.0,)] * 60]
    played = play(
        rows, {0: long(), 20: long(), 50: short()}, {1: short(), 30: long()}, sizings=[THOUSAND, TEN], policy=LADDER
    )

    assert played.held("A", "B") == (0, 0)
    assert {trade.exit_reason for trade in played.trades} == {ExitReason.RISK}
    assert max(order.at_ns for order in played.orders) == at(4)
    assert all("drawdown_limit" in refusal.reasons for refusal in played.refusals)
    assert len(played.refusals) == 3
    (change,) = played.engine.log.state_changes
    assert change.after is TradingState.HALTED
    assert played.engine.is_halted


def test_at_exactly_the_limit_it_is_not_beyond_it() -> None:
    played = play(falling(88.0), {0: long()}, sizings=[THOUSAND], policy=LADDER)

    assert levels(played) == [DrawdownLevel.SEVERE]
    assert played.share().held == 500


def test_a_level_is_left_only_well_above_its_threshold_and_then_sizes_are_whole_again() -> None:
    # 5 % is moderate until the drawdown is below 4.5 %.
    near = play(falling(95.0, 95.4), {0: long()}, {5: long()}, sizings=[THOUSAND, TEN], policy=LADDER)
    clear = play(falling(95.0, 95.6), {0: long()}, {5: long()}, sizings=[THOUSAND, TEN], policy=LADDER)

    assert (levels(near), near.share("B").held) == ([DrawdownLevel.MODERATE], Decimal(5))
    assert (levels(clear), clear.share("B").held) == ([DrawdownLevel.MODERATE, DrawdownLevel.MILD], Decimal(10))


def test_opening_begins_again_when_the_severe_level_is_left() -> None:
    # Reduced to 500 at 90: 100,000 - 10,000. Back at 102 they have won 6,000: 4 % below the high.
    played = play(falling(90.0, 90.0, 102.0), {0: long()}, {6: long()}, sizings=[THOUSAND, TEN], policy=LADDER)

    assert levels(played)[-1] is DrawdownLevel.MILD
    assert played.share("B").held == 10
    assert [change.after for change in played.engine.log.state_changes] == [TradingState.REDUCING, TradingState.ACTIVE]


def test_a_drawdown_is_measured_from_the_high_and_not_from_the_start() -> None:
    # From 100,000 to 120,000 and back to 113,000: 5.83 % below the high.
    played = play(falling(120.0, 113.0), {0: long()}, sizings=[THOUSAND], policy=LADDER)

    (change,) = played.engine.log.level_changes
    assert (change.after, change.high, change.equity) == (DrawdownLevel.MODERATE, Decimal(120_000), Decimal(113_000))


def test_an_operator_who_allows_opening_does_not_end_a_halt_for_drawdown() -> None:
    rows = falling(87.0, n_after=8)
    played = play(
        rows, {0: long()}, {8: long()}, sizings=[THOUSAND, TEN], policy=LADDER, operator={at(7): OpeningResumed(at(7))}
    )

    assert played.held("A", "B") == (0, 0)


# Transfers


def play_with_transfer(rows: Sequence[Prices], amount: str, at_row: int) -> WatchedEngine:
    """Let 1,000 be held while money comes or goes at a bar, and return the decision core after the last one."""
    plan = make_plan(make_history(rows), [{0: long()}], sizings=[THOUSAND], policy=LADDER)
    venue = plan.make_venue()
    assert isinstance(venue, SimulatedVenue)
    venue.deposit(plan.start_equity)

    def transfer(engine: WatchedEngine, event: Event) -> None:
        if isinstance(event, BarsClosed) and event.at_ns == at(at_row):
            engine.deposit(d(amount))
            # The simulated venue lets no money go; there it stays, and nothing depends on it.
            if d(amount) > 0:
                venue.deposit(d(amount))

    engine = watched_engine(plan, look=transfer)
    ReplayDriver(plan.history, engine, venue).run()
    assert venue.equity - engine.equity == max(-d(amount), Decimal(0))
    return engine


def test_money_moved_in_or_out_neither_makes_nor_mends_a_drawdown() -> None:
    flat = falling(100.0, n_after=6)
    assert play_with_transfer(flat, "-60000", 4).log.level_changes == []

    # 96,000 of 100,000 are 4 %, and stay so with another 96,000: 192,000 of a high of 200,000.
    deposited = play_with_transfer(falling(96.0, n_after=6), "96000", 6)
    assert [change.after for change in deposited.log.level_changes] == [DrawdownLevel.MILD]
    assert deposited.controller.guard.ladder.high.amount == 200_000


def test_after_a_withdrawal_a_fall_counts_against_what_is_left() -> None:
    # 60,000 go, 40,000 stay: five down on 1,000 are 5,000, 12.5 % of them.
    engine = play_with_transfer(falling(100.0, 100.0, 100.0, 95.0, n_after=3), "-60000", 5)

    assert [change.after for change in engine.log.level_changes] == [DrawdownLevel.LIMIT]
    assert engine.books["COINUSDT"].position.is_flat


# Losses of a day, of a week and in a row


def days_of(*closes: float, n_hours: int = 24) -> list[Prices]:
    """Return days that stand at one price each."""
    return [(close,) for close in closes for _ in range(n_hours)]


def test_the_loss_of_a_day_stops_opening_until_midnight() -> None:
    policy = limited(daily_fraction=d("0.05"))
    rows = [*falling(95.0, n_after=20), *[(95.0,)] * 10]
    played = play(rows, {0: long()}, {4: long(), 25: long()}, sizings=[THOUSAND, TEN], policy=policy)

    assert [(refusal.at_ns, refusal.reasons) for refusal in played.refusals] == [(at(5), ("daily_loss",))]
    assert played.held("A", "B") == (1000, 10)
    assert [(change.at_ns, change.after) for change in played.engine.log.state_changes] == [
        (at(4), TradingState.REDUCING),
        (at(24), TradingState.ACTIVE),
    ]
    (breach,) = played.engine.log.loss_breaches
    assert (breach.lost, breach.lost_fraction) == (Decimal(5_000), d("0.05"))


def test_less_than_the_loss_of_a_day_stops_nothing() -> None:
    played = play(
        falling(95.1), {0: long()}, {4: long()}, sizings=[THOUSAND, TEN], policy=limited(daily_fraction=d("0.05"))
    )

    assert played.share("B").held == 10


@pytest.mark.parametrize(("low", "held"), [(93.2, 10), (93.0, 0)])
def test_a_day_without_a_bar_at_midnight_begins_with_the_bar_before(low: float, held: int) -> None:
    # 98,000 at 23:00, and no bar until 01:00: 93,200 are 4.9 % less, 93,000 are 5.1 %. Marks are sampled once a day.
    policy = evolve(limited(daily_fraction=d("0.05")), estimates=EstimateSettings(interval_s=86_400))
    whole = coin_series([(100.0,)] * 10 + [(98.0,)] * 20 + [(low,)] * 5)
    kept = np.delete(np.arange(len(whole)), 23)
    columns = ("opened_at_ns", "open", "high", "low", "close", "volume")
    history = make_history([(100.0,)])
    history = evolve(history, bars={COIN: evolve(whole, **{name: getattr(whole, name)[kept] for name in columns})})
    played = perform(make_plan(history, [{0: long()}, {30: long()}], sizings=[THOUSAND, TEN], policy=policy))

    assert played.held("A", "B") == (1000, held)


def test_the_way_out_stays_open_after_the_loss_of_a_day() -> None:
    played = play(falling(95.0), {0: long(), 5: OUT}, sizings=[THOUSAND], policy=limited(daily_fraction=d("0.05")))

    assert played.share().held == 0
    assert played.the_trade.exit_reason is ExitReason.SIGNAL


def test_the_loss_of_a_week_stops_opening_until_monday() -> None:
    # 2024-01-01 is a Monday: 8 % are gone on Tuesday and the week ends after 168 hours.
    policy = limited(weekly_fraction=d("0.08"))
    rows = days_of(100.0, 92.0, 92.0, 92.0, 92.0, 92.0, 92.0, 92.0)
    played = play(rows, {0: long()}, {100: long(), 169: long()}, sizings=[THOUSAND, TEN], policy=policy)

    assert [(refusal.at_ns, refusal.reasons) for refusal in played.refusals] == [(at(101), ("weekly_loss",))]
    assert played.share("B").held == 10


def test_days_that_lose_in_a_row_stop_opening_until_one_does_not_lose() -> None:
    # Days close at 100, 99, 98 and then at 98: the second loss in a row is one too many, a flat day ends the row.
    policy = limited(losing_days_max=1)
    played = play(
        days_of(100.0, 99.0, 98.0, 98.0, 98.0),
        {0: long()},
        {75: long(), 97: long()},
        sizings=[THOUSAND, TEN],
        policy=policy,
    )

    assert [(refusal.at_ns, refusal.reasons) for refusal in played.refusals] == [(at(76), ("losing_days",))]
    assert played.share("B").held == 10


def test_trades_that_lose_in_a_row_stop_opening_until_a_person_allows_it() -> None:
    rows = [(100.0 - row,) for row in range(14)]
    policy = limited(losing_trades_max=1)
    script = {0: long(), 2: OUT, 4: long(), 6: OUT, 8: long(), 11: short()}
    played = play(rows, script, sizings=[TEN], policy=policy)

    assert [(refusal.at_ns, refusal.reasons) for refusal in played.refusals] == [
        (at(9), ("losing_trades",)),
        (at(12), ("losing_trades",)),
    ]
    assert len(played.trades) == 2


def test_a_broken_loss_limit_that_halts_closes_everything_until_midnight() -> None:
    policy = limited(daily_fraction=d("0.05"), on_loss=OnLoss.HALTED)
    rows = [*falling(95.0, n_after=20), *[(95.0,)] * 10]
    played = play(rows, {0: long()}, {4: long(), 25: long()}, sizings=[THOUSAND, TEN], policy=policy)

    # Closed at the open after the bar that broke it, by what is no decision of the strategy.
    (trade,) = played.trades
    assert (trade.exited_at_ns, trade.exit_reason) == (at(4), ExitReason.RISK)
    assert played.held("A", "B") == (0, 10)
    assert [(change.at_ns, change.after) for change in played.engine.log.state_changes] == [
        (at(4), TradingState.HALTED),
        (at(24), TradingState.ACTIVE),
    ]


def test_losing_trades_that_halt_close_what_others_hold_at_the_next_bar() -> None:
    """The row is broken by a fill, between two looks at the account: what is held must not be forgotten."""
    rows = [(100.0 - row,) for row in range(14)]
    policy = evolve(limited(losing_trades_max=1, on_loss=OnLoss.HALTED), estimates=EstimateSettings(interval_s=86_400))
    played = play(rows, {0: long(), 2: OUT, 4: long(), 6: OUT}, {0: long()}, sizings=[TEN, TEN], policy=policy)

    assert played.held("A", "B") == (0, 0)
    reasons = {trade.strategy: trade.exit_reason for trade in played.trades}
    assert reasons == {"A": ExitReason.SIGNAL, "B": ExitReason.RISK}
    closed = {trade.strategy: trade.exited_at_ns for trade in played.trades}
    # A leaves in the bar that opens at 7; the account is looked at when it closes, and B leaves in the next.
    assert (closed["A"], closed["B"]) == (at(7), at(8))
    assert [change.after for change in played.engine.log.state_changes] == [TradingState.HALTED]


def test_a_trade_that_wins_ends_the_row_of_losing_ones() -> None:
    # Down two bars, up two bars: loses, wins, loses.
    rows = [
        (price,)
        for price in (100.0, 100.0, 99.0, 98.0, 98.0, 98.0, 99.0, 100.0, 100.0, 100.0, 99.0, 98.0, 98.0, 98.0, 98.0)
    ]
    script = {0: long(), 2: OUT, 4: long(), 6: OUT, 8: long(), 10: OUT, 12: long()}
    played = play(rows, script, sizings=[TEN], policy=limited(losing_trades_max=1))

    assert [trade.net_pnl > 0 for trade in played.trades] == [False, True, False]
    assert played.refusals == []


def test_limits_of_losses_take_no_part_where_none_is_set() -> None:
    played = play(falling(60.0), {0: long()}, {4: long()}, sizings=[THOUSAND, TEN], policy=limited())

    assert played.refusals == []


def test_a_drawdown_that_swings_about_a_level_halves_what_is_held_once() -> None:
    # SEVERE at 90: 500 units are sold at 91.5, for 95,750 + 500 × (price - 100) from there on. That is SEVERE at 88,
    # with 89,750, and no more at 90, with 90,750. What is left stays.
    played = play(falling(90.0, 91.5, 88.0, 90.0, 88.0, 90.0, 88.0), {0: long()}, sizings=[THOUSAND], policy=LADDER)

    assert levels(played).count(DrawdownLevel.SEVERE) == 4
    assert played.held("A") == (500,)
    assert [order.terms.quantity for order in played.sent_for("close")] == [500]
