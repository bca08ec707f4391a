"""The replay driver: everything reaches the decision core once, in time, and its progress is told."""

from application.replay.driver import ReplayDriver
from application.trading.events import BarsClosed
from application.venue_messages import OrderAccepted, OrderFilled
from domain.market import FundingEvent
from tests.unit.application.trading.stage import (
    COIN,
    OTHER,
    at,
    coin_series,
    d,
    long,
    make_history,
    make_plan,
    play,
    watched_engine,
)

ROWS = [(100.0,), (101.0,), (102.0,)]


def test_each_close_is_told_once_with_all_bars_and_marks_that_belong_to_it() -> None:
    marks = {COIN: coin_series([(100.5,), (101.5,), (102.5,)])}
    played = play({COIN: ROWS, OTHER: ROWS}, {}, marks=marks)

    told = [event for event in played.engine.inputs if isinstance(event, BarsClosed)]
    assert [event.at_ns for event in told] == [at(1), at(2), at(3)]
    assert [[(bar.symbol, bar.close) for bar in event.bars] for event in told] == [
        [(COIN, close), (OTHER, close)] for close in (100.0, 101.0, 102.0)
    ]
    assert [[mark.close for mark in event.marks] for event in told] == [[100.5], [101.5], [102.5]]


def test_with_detail_the_whole_bar_is_told_and_not_its_parts() -> None:
    halves = coin_series([(100.0,)] * 2 + [(101.0,)] * 2 + [(102.0,)] * 2, interval_ns=at(0.5) - at(0))
    fine = play(ROWS, {}, detail={COIN: halves}).engine.inputs
    plain = play(ROWS, {}).engine.inputs

    assert fine == plain


def test_reports_are_kept_with_the_number_of_market_events_told_before() -> None:
    # Told: close 1, funding at 1.5 h, close 2 (the entry); then the venue's two reports at the open; then close 3.
    played = play(ROWS, {1: long()}, funding=[FundingEvent(COIN, at(1.5), d("0.001"))])

    assert [(n_told, type(report)) for n_told, report in played.driver.told] == [(3, OrderAccepted), (3, OrderFilled)]


def test_progress_goes_from_nothing_to_all() -> None:
    plan = make_plan(make_history([(100.0,)] * 9_000), [{}])
    seen: list[float] = []

    ReplayDriver(plan.history, watched_engine(plan), plan.make_venue(), seen.append).run()

    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    assert len(seen) > 2


def test_bars_are_told_by_name_whichever_of_them_are_matched_on_finer_ones() -> None:
    halves = coin_series([(100.0,)] * 6, interval_ns=at(0.5) - at(0))
    rows = {COIN: ROWS, OTHER: ROWS}

    fine = play(rows, {}, detail={COIN: halves}).engine.inputs

    assert fine == play(rows, {}).engine.inputs
