"""The order in which things happen, above all at one instant."""

import numpy as np

from application.market_history import MarketHistory
from application.replay.timeline import Kind, decision_timeline, market_timeline, matching_series
from application.trading.records import ExitReason
from domain.market import BarSeries, FundingEvent
from domain.rule_book import InstrumentChanged
from domain.time_units import NS_PER_HOUR
from tests.plans import plain_instrument
from tests.unit.application.trading.stage import (
    COIN,
    OTHER,
    OUT,
    Prices,
    at,
    coin_series,
    d,
    long,
    make_history,
    play,
)

FLAT: list[Prices] = [(100.0,)] * 6
RATE = d("0.001")
HALF_HOUR = NS_PER_HOUR // 2


def rows_of(history: MarketHistory) -> list[tuple[int, Kind, str]]:
    timeline = market_timeline(history)
    instants = [iter(stream.at_ns.tolist()) for stream in timeline.streams]
    (decides,) = (place for place, stream in enumerate(timeline.streams) if stream.kind is Kind.DECIDE)
    n_moments = len(timeline.moments_at_ns)
    places = [place for moment in range(n_moments) for place in (*timeline.rows_before(moment), decides)]
    places += timeline.rows_before(n_moments)
    return [(next(instants[place]), timeline.streams[place].kind, timeline.streams[place].symbol) for place in places]


def full_history() -> MarketHistory:
    """Two instruments with marks and funding; the first with detail."""
    rows = FLAT[:3]
    return make_history(
        {COIN: rows, OTHER: rows},
        funding=[FundingEvent(COIN, at(1), RATE), FundingEvent(OTHER, at(1), RATE)],
        rule_changes=[InstrumentChanged(at(1), plain_instrument(COIN))],
        marks={COIN: coin_series(rows), OTHER: coin_series(rows, symbol=OTHER)},
        detail={COIN: coin_series(FLAT[:6], interval_ns=HALF_HOUR)},
    )


def test_at_one_instant_things_end_are_settled_are_decided_upon_and_begin_in_this_order() -> None:
    kinds = [(kind, symbol) for instant, kind, symbol in rows_of(full_history()) if instant == at(1)]

    assert kinds == [
        (Kind.END_MATCHING, COIN),
        (Kind.END_MATCHING, OTHER),
        (Kind.END_MARK, COIN),
        (Kind.END_MARK, OTHER),
        (Kind.RULES, ""),
        (Kind.FUNDING, COIN),
        (Kind.FUNDING, OTHER),
        (Kind.END_DECISION, COIN),
        (Kind.DECIDE, ""),
        (Kind.BEGIN_MARK, COIN),
        (Kind.BEGIN_MARK, OTHER),
        (Kind.BEGIN_MATCHING, COIN),
        (Kind.BEGIN_MATCHING, OTHER),
    ]


def test_between_the_closes_only_detail_moves() -> None:
    kinds = [kind for instant, kind, _ in rows_of(full_history()) if instant == at(0.5)]

    assert kinds == [Kind.END_MATCHING, Kind.BEGIN_MATCHING]


def test_time_never_goes_back_and_nothing_is_left_out() -> None:
    rows = rows_of(full_history())

    assert [row[:2] for row in rows] == sorted(row[:2] for row in rows)
    # 6 halves and 3 bars begin and end, 2 × 3 marks begin and end, 2 settlements, 1 change of rules,
    # 3 bars decided on detail, 3 moments.
    assert len(rows) == 2 * (6 + 3) + 2 * (2 * 3) + 2 + 1 + 3 + 3


def test_the_rows_between_the_moments_of_decision_are_all_the_others() -> None:
    timeline = market_timeline(make_history([(100.0,)] * 5_000))

    # Of each bar a beginning and an end before its own decision; after the last one nothing begins.
    assert timeline.n_rows_before.tolist() == [2] * 5_000
    assert timeline.rows_before(5_000) == []
    assert len(timeline) == 15_000


def test_the_decision_core_is_told_of_marks_rules_funding_and_closed_bars_only() -> None:
    timeline = decision_timeline(full_history())

    kinds = {stream.kind for stream in timeline.streams}
    assert kinds == {Kind.END_MARK, Kind.RULES, Kind.FUNDING, Kind.END_DECISION, Kind.DECIDE}


def test_instruments_whose_bars_close_together_are_decided_upon_together() -> None:
    late = coin_series(FLAT[:3], symbol=OTHER, start_ns=at(2))
    history = MarketHistory(bars={COIN: coin_series(FLAT[:3]), OTHER: late})

    moments = [instant for instant, kind, _ in rows_of(history) if kind is Kind.DECIDE]

    assert moments == [at(row) for row in range(1, 6)]


def opens(series: BarSeries) -> list[float]:
    return [(int(opened) - at(0)) / NS_PER_HOUR for opened in series.opened_at_ns]


def test_detail_replaces_exactly_the_bars_that_it_covers_completely() -> None:
    # Halves for bars 0, 1 and 3; the second half of bar 2 is missing.
    halves = coin_series(FLAT[:1] * 8, interval_ns=HALF_HOUR).where(
        np.array([True, True, True, True, True, False, True, True])
    )

    coarse, fine = matching_series(coin_series(FLAT[:5]), halves)

    assert opens(coarse) == [2, 4]
    assert opens(fine) == [0, 0.5, 1, 1.5, 3, 3.5]


def test_without_detail_the_bars_themselves_are_matched_on() -> None:
    bars = coin_series(FLAT)

    assert matching_series(bars, None) == (bars,)


def test_detail_beyond_the_bars_is_not_used() -> None:
    halves = coin_series(FLAT[:1] * 8, interval_ns=HALF_HOUR, start_ns=at(-1))

    coarse, fine = matching_series(coin_series(FLAT[:1]), halves)

    assert opens(coarse) == []
    assert opens(fine) == [0, 0.5]


def test_who_leaves_at_a_funding_time_still_pays() -> None:
    # Held since at(2); the exit is decided at at(4), where funding is settled first: 1 × 100 × 0.001 = 0.1 paid.
    played = play(FLAT, {1: long(), 3: OUT}, funding=[FundingEvent(COIN, at(4), RATE)])

    assert played.the_trade.exited_at_ns == at(4)
    assert played.the_trade.funding == d("-0.1")
    assert played.engine.ledger.funding == d("-0.1")


def test_who_enters_at_a_funding_time_does_not_pay() -> None:
    played = play(FLAT, {3: long()}, funding=[FundingEvent(COIN, at(4), RATE)])

    assert played.fills[0].executed_at_ns == at(4)
    assert played.engine.ledger.funding == 0


def test_who_was_stopped_out_in_the_bar_before_the_funding_time_does_not_pay() -> None:
    rows = [*FLAT[:3], (100.0, 100.0, 94.0, 96.0), (96.0,)]
    played = play(rows, {1: long(stop=5.0)}, funding=[FundingEvent(COIN, at(4), RATE)])

    assert played.the_trade.exit_reason is ExitReason.STOP
    assert played.engine.ledger.funding == 0


def test_funding_inside_a_bar_is_paid_by_who_holds_then() -> None:
    event = FundingEvent(COIN, at(3.5), RATE)
    played = play(FLAT, {1: long()}, funding=[event])

    assert [payment.at_ns for payment in played.engine.log.funding] == [at(3.5)]
