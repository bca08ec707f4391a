"""The shipped margin brackets against the amounts that the venue published beside them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Final

import pytest

from adapters.instrument_rules.brackets import AUGUST_2023, BRACKETS, SEPTEMBER_2026
from adapters.instrument_rules.catalog import known_symbols, shipped_book
from domain.instrument import MarginSchedule
from domain.time_units import iso_utc, to_ns

# The venue's ``cum`` of each bracket: what it deducts from rate × notional. The product works these out.
PUBLISHED_AMOUNTS: Final[Mapping[tuple[str, date], str]] = {
    ("BTCUSDT", AUGUST_2023): "0 50 1300 46300 546300 2546300 5046300 8046300 28046300 103046300",
    ("ETHUSDT", AUGUST_2023): "0 150 1025 21025 471025 1971025 3471025 5471025 15471025 52971025",
    ("XRPUSDT", AUGUST_2023): "0 5 45 545 23045 173045 423045 723045 2723045 10223045",
    ("SOLUSDT", AUGUST_2023): "0 100 900 1900 26900 126900 246900 996900 5496900",
    ("BNBUSDT", AUGUST_2023): "0 5 45 545 8045 58045 183045 433045 2433045 9933045",
    ("DOGEUSDT", AUGUST_2023): "0 5 15 165 11415 38915 148915 288915 1163915 5663915",
    ("ADAUSDT", AUGUST_2023): "0 5 45 545 8045 58045 183045 433045 2433045 9933045",
    ("LTCUSDT", AUGUST_2023): "0 5 45 545 23045 173045 423045 723045 2723045 10223045",
    ("LINKUSDT", AUGUST_2023): "0 5 45 545 8045 58045 183045 433045 2433045 9933045",
    ("AVAXUSDT", AUGUST_2023): "0 7.5 17.5 80 830 7080 57080 107080 732080 5732080",
    (
        "BTCUSDT",
        SEPTEMBER_2026,
    ): "0 300 1500 12000 132000 482000 2982000 14482000 26482000 41482000 121482000 421482000",
    ("ETHUSDT", SEPTEMBER_2026): "0 300 1500 12000 132000 382000 2007000 9507000 17507000 27507000 80507000 280507000",
    ("SOLUSDT", SEPTEMBER_2026): "0 75 1475 11475 31475 231475 2231475 4231475 16731475 66731475",
}
TABLES: Final = [(symbol, month) for symbol, tables in BRACKETS.items() for month in sorted(tables)]


def schedule_of(symbol: str, month: date) -> MarginSchedule:
    (schedule,) = shipped_book(symbol).at(to_ns(datetime.combine(month, time(), UTC))).margins
    return schedule


@pytest.mark.parametrize(("symbol", "month"), TABLES)
def test_the_amounts_worked_out_are_the_published_ones(symbol: str, month: date) -> None:
    amounts = [bracket.maintenance_amount for bracket in schedule_of(symbol, month).brackets]

    assert amounts == [Decimal(text) for text in PUBLISHED_AMOUNTS[symbol, month].split()]


def test_no_table_lacks_its_published_amounts() -> None:
    assert set(PUBLISHED_AMOUNTS) == set(TABLES)


@pytest.mark.parametrize(("symbol", "month"), TABLES)
def test_the_margin_does_not_jump_where_brackets_meet(symbol: str, month: date) -> None:
    for lower, upper in pairwise(schedule_of(symbol, month).brackets):
        edge = upper.notional_floor

        assert lower.maintenance_margin(edge) == upper.maintenance_margin(edge)


@pytest.mark.parametrize(("symbol", "month"), TABLES)
def test_a_larger_bracket_never_allows_more_leverage(symbol: str, month: date) -> None:
    brackets = schedule_of(symbol, month).brackets

    assert all(upper.leverage_max < lower.leverage_max for lower, upper in pairwise(brackets))
    assert brackets[-1].leverage_max == 1


@pytest.mark.parametrize(("symbol", "month"), TABLES)
def test_the_first_leverage_leaves_room_for_the_maintenance_margin(symbol: str, month: date) -> None:
    # A position opened at the largest leverage must not be liquidated at once: 1 / leverage > rate.
    for bracket in schedule_of(symbol, month).brackets:
        assert bracket.maintenance_rate * bracket.leverage_max < 1


@pytest.mark.parametrize("symbol", known_symbols())
def test_the_oldest_brackets_are_those_of_august_2023(symbol: str) -> None:
    dated = [each for each in shipped_book(symbol).versions if "brackets" in each.figures.stated]

    assert iso_utc(dated[0].effective_at_ns) == "2023-08-01T00:00:00Z"


@pytest.mark.parametrize(
    ("symbol", "month", "notional", "expected"),
    [
        # 1,000,000 lies in [250,000, 3,000,000): 1,000,000 × 0.01 − 1,300.
        ("BTCUSDT", AUGUST_2023, "1000000", "8700"),
        # 1,000,000 lies in [800,000, 3,000,000): 1,000,000 × 0.0065 − 1,500.
        ("BTCUSDT", SEPTEMBER_2026, "1000000", "5000"),
        # 60,000 lies in [50,000, 100,000): 60,000 × 0.012 − 100.
        ("SOLUSDT", AUGUST_2023, "60000", "620"),
        # 60,000 lies in [50,000, 400,000): 60,000 × 0.0065 − 75.
        ("SOLUSDT", SEPTEMBER_2026, "60000", "315"),
    ],
)
def test_the_maintenance_margin_of_a_position_by_hand(symbol: str, month: date, notional: str, expected: str) -> None:
    assert schedule_of(symbol, month).maintenance_margin(Decimal(notional)) == Decimal(expected)
