"""Asking for the rules of an instrument."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.instrument_rules.brackets import BRACKETS
from adapters.instrument_rules.catalog import (
    UnknownInstrumentError,
    instrument,
    known_symbols,
    origin,
    rules_date,
)
from domain.numbers import is_multiple
from domain.time_units import to_ns
from tests.support import START_NS

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


def test_ten_contracts_are_known_in_alphabetical_order() -> None:
    assert known_symbols() == SYMBOLS
    assert set(BRACKETS) == set(SYMBOLS)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_smallest_and_the_largest_order_are_whole_lots(symbol: str) -> None:
    rules = instrument(symbol)

    assert rules.symbol == symbol
    assert rules.quantity_problem(rules.quantity_min) is None
    assert rules.quantity_problem(rules.quantity_max) is None
    assert is_multiple(rules.quantity_max, rules.lot_size)


def test_the_rules_of_bitcoin_are_the_published_ones() -> None:
    rules = instrument("BTCUSDT")

    assert (rules.tick_size, rules.lot_size, rules.notional_min) == (Decimal("0.1"), Decimal("0.0001"), Decimal(100))
    assert rules.price_band == Decimal("0.05")
    assert (rules.fees.maker_rate, rules.fees.taker_rate) == (Decimal("0.0002"), Decimal("0.0005"))
    assert rules.fees.liquidation_rate == Decimal("0.02")


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("BTCUSDT", "120"),  # 1,000 by limit orders, 120 by market orders
        ("BNBUSDT", "10000"),  # 10,000 by limit orders, 100,000 by market orders
    ],
)
def test_the_largest_quantity_holds_for_limit_and_market_orders_alike(symbol: str, expected: str) -> None:
    assert instrument(symbol).quantity_max == Decimal(expected)


def test_brackets_change_on_the_first_day_of_their_month() -> None:
    rules = instrument("BTCUSDT")
    changed_at_ns = to_ns(datetime(2026, 9, 1, tzinfo=UTC))

    assert rules.margin_at(changed_at_ns - 1) is rules.margins[0]
    assert rules.margin_at(changed_at_ns) is rules.margins[1]


def test_before_the_first_known_brackets_the_oldest_stand_in() -> None:
    rules = instrument("XRPUSDT")

    assert rules.margin_at(0) is rules.margin_at(START_NS) is rules.margins[0]


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("BTCUSD", "BTCUSDT"), ("ethusdt", "ETHUSDT"), ("SOL-USDT", "SOLUSDT"), ("XRPUSDC", "XRPUSDT")],
)
def test_an_unknown_symbol_is_refused_with_the_nearest_known_one(wrong: str, nearest: str) -> None:
    with pytest.raises(UnknownInstrumentError, match=rf"'{wrong}'.*nearest known is {nearest}$"):
        instrument(wrong)


@given(symbol=st.text().filter(lambda text: text not in SYMBOLS))
def test_whatever_is_not_known_is_refused_in_one_line(symbol: str) -> None:
    for ask in (instrument, rules_date, origin):
        with pytest.raises(UnknownInstrumentError) as refused:
            ask(symbol)

        assert repr(symbol) in str(refused.value)
        assert "\n" not in str(refused.value)


def test_the_origin_names_every_date_on_which_a_figure_rests() -> None:
    assert rules_date("BTCUSDT") == date(2026, 3, 31)
    assert {"2026-03-31", "2023-08", "2026-09"} <= set(origin("BTCUSDT").replace(",", "").split())
    assert "2026-09" not in origin("XRPUSDT")
