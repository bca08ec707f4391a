"""Histories that no law covers: many bars at once, and none at all."""

from itertools import pairwise

from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, make_bar, make_bars, make_series


def test_a_long_history_yields_every_bar_once_and_in_order() -> None:
    # Longer than two of the chunks in which bars are made.
    closes = [100.0 + row % 7 for row in range(10_000)]

    bars = list(make_bars(closes).bars())

    assert [bar.close for bar in bars] == closes
    assert all(after.opened_at_ns == before.closed_at_ns for before, after in pairwise(bars))
    assert bars[-1].closed_at_ns == START_NS + 10_000 * NS_PER_HOUR


def test_an_empty_history_is_a_history() -> None:
    series = make_series([])

    assert len(series) == 0
    assert list(series.bars()) == []
    assert len(series.known_by(START_NS)) == len(series.between(None, None)) == 0


def test_a_gap_is_allowed_and_a_bar_that_does_not_move_too() -> None:
    series = make_series([make_bar(100.0), make_bar(100.0, volume=0.0, opened_at_ns=START_NS + 9 * NS_PER_HOUR)])

    assert len(series) == 2


def test_a_bar_is_known_at_its_close_and_not_a_nanosecond_before() -> None:
    series = make_bars([100.0, 101.0])

    assert len(series.known_by(START_NS + NS_PER_HOUR - 1)) == 0
    assert len(series.known_by(START_NS + NS_PER_HOUR)) == 1
    assert len(series.known_by(START_NS + 2 * NS_PER_HOUR)) == 2
