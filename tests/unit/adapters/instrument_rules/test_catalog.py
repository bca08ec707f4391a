"""Asking for the shipped rules of an instrument."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.instrument_rules.brackets import BRACKETS
from adapters.instrument_rules.catalog import UnknownInstrumentError, known_symbols, shipped_book
from domain.instrument import Instrument
from domain.numbers import is_multiple
from domain.time_units import NS_PER_HOUR, to_ns

SYMBOLS: Final = (
    "ADAUSDT",
    "AVAXUSDT",
    "BNBUSDT",
    "BTCUSDT",
    "DOGEUSDT",
    "ETHUSDT",
    "LINKUSDT",
    "LTCUSDT",
    "SOLUSDT",
    "XRPUSDT",
)


def day(text: str) -> int:
    """Return the instant of a UTC time such as 2024-01-01 or 2022-11-09T12."""
    return to_ns(datetime.fromisoformat(text).replace(tzinfo=UTC))


def rules(symbol: str, on: str) -> Instrument:
    """Return the shipped rules of one contract on a day."""
    return shipped_book(symbol).at(day(on))


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("on", ["2019-09-01", "2021-07-22", "2022-01-01", "2024-06-30", "2026-03-31", "2026-09-01"])
def test_the_smallest_and_the_largest_order_are_whole_lots(symbol: str, on: str) -> None:
    held = rules(symbol, on)

    assert held.symbol == symbol
    assert held.quantity_problem(held.quantity_min) is None
    assert held.quantity_problem(held.quantity_max) is None
    assert is_multiple(held.quantity_max, held.lot_size)


def test_the_rules_of_bitcoin_in_2021_and_in_2026_are_the_published_ones() -> None:
    early, late = rules("BTCUSDT", "2021-07-22"), rules("BTCUSDT", "2026-03-31")

    assert (early.tick_size, early.lot_size, early.notional_min) == (Decimal("0.01"), Decimal("0.001"), Decimal(5))
    assert (early.price_band, early.fees.liquidation_rate) == (Decimal("0.15"), Decimal("0.012"))
    assert (late.tick_size, late.lot_size, late.notional_min) == (Decimal("0.1"), Decimal("0.0001"), Decimal(100))
    assert (late.price_band, late.fees.liquidation_rate) == (Decimal("0.05"), Decimal("0.02"))
    assert (late.fees.maker_rate, late.fees.taker_rate) == (Decimal("0.0002"), Decimal("0.0005"))


@pytest.mark.parametrize(
    ("symbol", "on", "expected"),
    [
        ("BTCUSDT", "2026-03-31", "120"),  # 1,000 by limit orders, 120 by market orders
        ("BNBUSDT", "2026-03-31", "10000"),  # 10,000 by limit orders, 100,000 by market orders
        ("SOLUSDT", "2021-07-22", "20000"),  # 10,000,000 by limit orders, 20,000 by market orders
    ],
)
def test_the_largest_quantity_holds_for_limit_and_market_orders_alike(symbol: str, on: str, expected: str) -> None:
    assert rules(symbol, on).quantity_max == Decimal(expected)


def test_the_tick_of_solana_went_up_and_down_again() -> None:
    # Seen in prices: 0.0001, ten times coarser on 2021-05-11 and on 2021-12-13, finer again on 2022-11-09 at noon.
    changes = shipped_book("SOLUSDT").changes_between(day("2020-09-14"), day("2026-04-01"))

    ticks = {change.at_ns: change.instrument.tick_size for change in changes}
    assert ticks[day("2021-05-11T04:00")] == Decimal("0.001")
    assert ticks[day("2021-12-13T04:00")] == Decimal("0.01")
    assert ticks[day("2022-11-09T12:00")] == Decimal("0.001")
    assert rules("SOLUSDT", "2020-09-14").tick_size == Decimal("0.0001")


def test_solana_was_settled_every_two_hours_for_a_week_in_november_2022() -> None:
    book = shipped_book("SOLUSDT")
    intervals = {
        on: book.funding_terms_at(day(on)).interval_ns // NS_PER_HOUR
        for on in ("2022-11-09", "2022-11-09T16:00", "2022-11-10T04:00", "2022-11-18T07:00", "2022-11-18T08:00")
    }

    assert list(intervals.values()) == [8, 4, 2, 2, 8]
    assert book.funding_terms_at(day("2022-11-10T04:00")).rate_cap == Decimal("0.02")


def test_brackets_change_on_the_first_day_of_their_month() -> None:
    book = shipped_book("BTCUSDT")
    changed_at_ns = day("2026-09-01")

    assert book.at(changed_at_ns - 1).margins[0].brackets[0].leverage_max == 125
    assert book.at(changed_at_ns).margins[0].brackets[0].leverage_max == 150


def test_before_the_first_known_brackets_the_oldest_stand_in() -> None:
    book = shipped_book("XRPUSDT")

    assert book.at(0).margins == book.at(day("2024-01-01")).margins
    assert "brackets" in book.stand_ins_at(day("2023-07-31"))
    assert "brackets" not in book.stand_ins_at(day("2023-08-01"))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_from_2026_on_nothing_stands_in(symbol: str) -> None:
    assert shipped_book(symbol).missing == ()
    assert shipped_book(symbol).stand_ins_at(day("2026-01-01")) == ()


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("BTCUSD", "BTCUSDT"), ("ethusdt", "ETHUSDT"), ("SOL-USDT", "SOLUSDT"), ("XRPUSDC", "XRPUSDT")],
)
def test_an_unknown_symbol_is_refused_with_the_nearest_known_one(wrong: str, nearest: str) -> None:
    with pytest.raises(UnknownInstrumentError, match=rf"'{wrong}'.*nearest known is {nearest}$"):
        shipped_book(wrong)


@given(symbol=st.text().filter(lambda text: text not in SYMBOLS))
def test_whatever_is_not_known_is_refused_in_one_line(symbol: str) -> None:
    with pytest.raises(UnknownInstrumentError) as refused:
        shipped_book(symbol)

    assert repr(symbol) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_ten_contracts_are_known_in_alphabetical_order() -> None:
    assert known_symbols() == SYMBOLS
    assert set(BRACKETS) == set(SYMBOLS)
