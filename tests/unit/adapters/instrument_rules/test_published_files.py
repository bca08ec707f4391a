"""The shipped figures against the venue's own answers, where those are at hand."""

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.instrument_rules.catalog import instrument, known_symbols, rules_date

EXCHANGE_INFO: Final = "data/raw/rest/exchangeInfo_20260331.json.gz"
BRACKETS_2023: Final = "data/raw/rest/binance_leverage_tiers_2023.json.gz"


def read(path: Path) -> Any:  # noqa: ANN401  # JSON of the venue
    if not path.is_file():
        pytest.skip(f"not at hand: {path}")
    return json.loads(gzip.decompress(path.read_bytes()), parse_float=Decimal)


@pytest.fixture(scope="module")
def exchange_info(shared_data: Path) -> Mapping[str, Any]:
    document: Mapping[str, Any] = read(shared_data / EXCHANGE_INFO)
    return document


@pytest.fixture(scope="module")
def brackets_2023(shared_data: Path) -> Mapping[str, Any]:
    document: Mapping[str, Any] = read(shared_data / BRACKETS_2023)
    return document


@pytest.mark.parametrize("symbol", known_symbols())
def test_steps_and_limits_are_those_of_the_exchange_info(symbol: str, exchange_info: Mapping[str, Any]) -> None:
    published = next(entry for entry in exchange_info["symbols"] if entry["symbol"] == symbol)
    filters = {entry["filterType"]: entry for entry in published["filters"]}
    limit, market, band = filters["LOT_SIZE"], filters["MARKET_LOT_SIZE"], filters["PERCENT_PRICE"]

    rules = instrument(symbol)

    assert rules.tick_size == Decimal(filters["PRICE_FILTER"]["tickSize"])
    assert rules.lot_size == Decimal(limit["stepSize"]) == Decimal(market["stepSize"])
    assert rules.quantity_min == Decimal(limit["minQty"]) == Decimal(market["minQty"])
    assert rules.quantity_max == min(Decimal(limit["maxQty"]), Decimal(market["maxQty"]))
    assert rules.notional_min == Decimal(filters["MIN_NOTIONAL"]["notional"])
    assert rules.price_band == Decimal(band["multiplierUp"]) - 1 == 1 - Decimal(band["multiplierDown"])
    assert rules.fees.liquidation_rate == Decimal(published["liquidationFee"])


@pytest.mark.parametrize("symbol", known_symbols())
def test_the_rules_date_is_the_servers(symbol: str, exchange_info: Mapping[str, Any]) -> None:
    published_at = datetime.fromtimestamp(exchange_info["serverTime"] // 1000, UTC)

    assert rules_date(symbol) == published_at.date()


@pytest.mark.parametrize("symbol", known_symbols())
def test_the_oldest_brackets_are_those_of_the_table_of_2023(symbol: str, brackets_2023: Mapping[str, Any]) -> None:
    raw = [tier["info"] for tier in brackets_2023[f"{symbol.removesuffix('USDT')}/USDT:USDT"]]

    shipped = [
        (
            bracket.notional_floor,
            bracket.notional_cap,
            bracket.maintenance_rate,
            bracket.maintenance_amount,
            bracket.leverage_max,
        )
        for bracket in instrument(symbol).margins[0].brackets
    ]

    assert shipped == [
        (
            Decimal(info["notionalFloor"]),
            Decimal(info["notionalCap"]),
            Decimal(info["maintMarginRatio"]),
            Decimal(info["cum"]),
            int(info["initialLeverage"]),
        )
        for info in raw
    ]
