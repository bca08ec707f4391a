"""When the trading rules change under way: sizes and triggers follow, what stands stays."""

from typing import Any

from attrs import evolve

from application.backtest import run_backtest
from application.trading.records import ExitReason
from domain.rule_book import InstrumentChanged
from domain.sizing import EquityFraction
from tests.plans import plain_instrument
from tests.unit.application.trading.stage import COIN, OUT, Prices, at, d, long, make_history, make_plan, play

FLAT: list[Prices] = [(100.0,)] * 8


def changed(row: float, **changes: Any) -> InstrumentChanged:  # noqa: ANN401  # fields of the instrument
    return InstrumentChanged(at(row), evolve(plain_instrument(COIN, taker_rate="0"), **changes))


def test_entries_are_sized_in_the_lot_of_their_time() -> None:
    # 100,000 × 0.123456 / 100 = 123.456; in whole tens 120. The rules change at the close that decides the second.
    rows: list[Prices] = [(100.0, 100.0, 100.0, 100.0, 10_000.0)] * 8
    played = play(
        rows,
        {0: long(), 2: OUT, 4: long()},
        sizings=[EquityFraction(d("0.123456"))],
        rule_changes=[changed(5, lot_size=d("10"), quantity_min=d("10"))],
    )

    assert [fill.quantity for fill in played.fills] == [d("123.456"), d("123.456"), d("120")]


def test_a_position_off_the_new_lot_is_closed_in_full() -> None:
    played = play(
        FLAT,
        {0: long(), 4: OUT},
        rule_changes=[changed(3, lot_size=d("10"), quantity_min=d("10"))],
    )

    assert played.refusals == []
    assert played.the_trade.exit_reason is ExitReason.SIGNAL
    assert played.held("A") == (0,)


def test_a_resting_stop_off_the_new_tick_stays_and_closes() -> None:
    rows: list[Prices] = [*FLAT[:4], (100.0, 100.0, 90.0, 95.0), (95.0,)]
    played = play(rows, {0: long(stop=3.57)}, rule_changes=[changed(3, tick_size=d("1"))])

    assert [order.terms.trigger_price for order in played.sent_for("stop")] == [d("96.43")]
    assert played.the_end[0] is ExitReason.STOP


def test_a_stop_placed_after_the_change_lies_on_the_new_tick() -> None:
    played = play(FLAT, {2: long(stop=3.57)}, rule_changes=[changed(2, tick_size=d("1"))])

    assert [order.terms.trigger_price for order in played.sent_for("stop")] == [d("97")]


def test_a_change_reaches_the_decision_core_before_the_decision_of_its_instant() -> None:
    change = changed(3)
    inputs = play(FLAT, {}, rule_changes=[change]).engine.inputs

    assert inputs.index(change) == 2  # After the closes of hours 1 and 2, before that of hour 3.


def test_a_history_cut_at_an_instant_knows_the_changes_up_to_it() -> None:
    history = make_history(FLAT, rule_changes=[changed(3), changed(4), changed(5)])

    assert history.known_by(at(4)).rule_changes == (changed(3), changed(4))


def test_a_run_across_changes_is_certified_and_its_hash_covers_them() -> None:
    scripts = [{0: long(stop=3.57), 2: OUT, 4: long(stop=2.11), 6: OUT}]
    plain = run_backtest(make_plan(make_history(FLAT), scripts))
    changes = [changed(1.5, tick_size=d("0.5")), changed(5, lot_size=d("0.1"))]
    across = run_backtest(make_plan(make_history(FLAT, rule_changes=changes), scripts))

    assert across.certificate.is_clean
    assert across.certificate.matched == across.certificate.sampled > 0
    assert across.hashes.data != plain.hashes.data
