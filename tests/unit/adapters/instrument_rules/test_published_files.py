"""The shipped figures against the venue's own answers and records, where those are at hand."""

import gzip
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from adapters.instrument_rules.brackets import AUGUST_2023
from adapters.instrument_rules.catalog import known_symbols, shipped_book
from adapters.instrument_rules.contracts import JULY_2021, MARCH_2026
from adapters.instrument_rules.observed import FUNDING_SEEN, STEPS_SEEN
from domain.instrument import Instrument
from domain.time_units import to_ns

EXCHANGE_INFO: Final = {
    JULY_2021: "data/raw/ws_rest_2021/BINANCE_FUTURES.0.gz",
    MARCH_2026: "data/raw/rest/exchangeInfo_20260331.json.gz",
}
BRACKETS_2023: Final = "data/raw/rest/binance_leverage_tiers_2023.json.gz"

BARS_BESIDE: Final = 24 * 5
"""Hourly bars looked at on either side of a change."""


def read_text(path: Path) -> str:
    if not path.is_file():
        pytest.skip(f"not at hand: {path}")
    return gzip.decompress(path.read_bytes()).decode()


@pytest.fixture(scope="module")
def exchange_info(shared_data: Path) -> Mapping[date, Mapping[str, Any]]:
    texts = {day: read_text(shared_data / path) for day, path in EXCHANGE_INFO.items()}
    # The capture of 2021 puts address and time before the body.
    bodies = {day: text.splitlines()[0].partition(": ")[2] or text for day, text in texts.items()}
    bodies[MARCH_2026] = texts[MARCH_2026]
    return {day: json.loads(body, parse_float=Decimal) for day, body in bodies.items()}


@pytest.fixture(scope="module")
def brackets_2023(shared_data: Path) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(read_text(shared_data / BRACKETS_2023), parse_float=Decimal)
    return document


def rules(symbol: str, day: date) -> Instrument:
    return shipped_book(symbol).at(to_ns(datetime(day.year, day.month, day.day, tzinfo=UTC)))


@pytest.mark.parametrize("day", EXCHANGE_INFO)
@pytest.mark.parametrize("symbol", known_symbols())
def test_steps_and_limits_are_those_of_the_exchange_info(
    symbol: str, day: date, exchange_info: Mapping[date, Mapping[str, Any]]
) -> None:
    published = next(entry for entry in exchange_info[day]["symbols"] if entry["symbol"] == symbol)
    filters = {entry["filterType"]: entry for entry in published["filters"]}
    limit, market, band = filters["LOT_SIZE"], filters["MARKET_LOT_SIZE"], filters["PERCENT_PRICE"]

    shipped = rules(symbol, day)

    assert shipped.tick_size == Decimal(filters["PRICE_FILTER"]["tickSize"])
    assert shipped.lot_size == Decimal(limit["stepSize"]) == Decimal(market["stepSize"])
    assert shipped.quantity_min == Decimal(limit["minQty"]) == Decimal(market["minQty"])
    assert shipped.quantity_max == min(Decimal(limit["maxQty"]), Decimal(market["maxQty"]))
    assert shipped.notional_min == Decimal(filters["MIN_NOTIONAL"]["notional"])
    assert shipped.price_band == Decimal(band["multiplierUp"]) - 1 == 1 - Decimal(band["multiplierDown"])
    assert shipped.fees.liquidation_rate == Decimal(published["liquidationFee"])


@pytest.mark.parametrize("day", EXCHANGE_INFO)
def test_the_lists_are_dated_no_earlier_than_their_server_time(
    day: date, exchange_info: Mapping[date, Mapping[str, Any]]
) -> None:
    served_on = datetime.fromtimestamp(exchange_info[day]["serverTime"] // 1000, UTC).date()

    # The server time of the list of 2021 lies a day before it was fetched.
    assert 0 <= (day - served_on).days <= 1


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
        for bracket in rules(symbol, AUGUST_2023).margins[0].brackets
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


def hourly(shared_data: Path, symbol: str) -> tuple[Any, Any, Any]:
    """Return open instants in ns, the four prices of each bar, and volumes."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = shared_data / "data" / "um" / "1h" / f"{symbol}-1h.parquet"
    if not path.is_file():
        pytest.skip(f"not at hand: {path}")
    table = pq.read_table(path)
    opened = table.column("open_time").to_numpy() * 1_000_000
    prices = np.stack([table.column(name).to_numpy() for name in ("open", "high", "low", "close")])
    return opened, prices, table.column("volume").to_numpy()


def share_off(values: Any, step: str) -> float:  # noqa: ANN401  # an array of any shape
    """Return the share of values that are no multiples of a step."""
    steps = values / float(step)
    return float((np.abs(steps - np.round(steps)) > 1e-4).mean()) if steps.size else 0.0


@pytest.mark.parametrize("symbol", STEPS_SEEN)
def test_the_first_steps_are_those_of_the_first_bars(symbol: str, shared_data: Path) -> None:
    opened, prices, volumes = hourly(shared_data, symbol)
    first = STEPS_SEEN[symbol][0]
    assert first.tick_size is not None
    assert first.lot_size is not None

    assert int(opened[0]) == to_ns(first.since)
    assert share_off(prices, first.tick_size) == 0
    assert share_off(prices[:, :1000], str(Decimal(first.tick_size) * 10)) > 0.5
    assert share_off(volumes, first.lot_size) == 0
    assert share_off(volumes[:1000], str(Decimal(first.lot_size) * 10)) > 0.5


@pytest.mark.parametrize(
    ("symbol", "place"), [(symbol, place) for symbol, seen in STEPS_SEEN.items() for place in range(1, len(seen))]
)
def test_a_step_changes_where_the_prices_show_it(symbol: str, place: int, shared_data: Path) -> None:
    opened, prices, _ = hourly(shared_data, symbol)
    before, after = STEPS_SEEN[symbol][place - 1 : place + 1]
    assert before.tick_size is not None
    assert after.tick_size is not None
    coarser = max(before.tick_size, after.tick_size, key=Decimal)
    row = int(np.searchsorted(opened, to_ns(after.since)))

    earlier = share_off(prices[:, row - BARS_BESIDE : row], coarser)
    later = share_off(prices[:, row : row + BARS_BESIDE], coarser)

    # On the coarser side nearly every price is a multiple; on the finer side most are not. To the hour:
    # the row beside the change belongs to its own side.
    fine, coarse = (earlier, later) if coarser == after.tick_size else (later, earlier)
    assert fine > 0.5
    assert coarse < 0.02
    assert share_off(prices[:, row - 1 : row] if coarser == after.tick_size else prices[:, row : row + 1], coarser) > 0


@pytest.mark.parametrize("symbol", FUNDING_SEEN)
def test_funding_terms_are_those_of_the_settlements(symbol: str, shared_data: Path) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = shared_data / "data" / "um" / "funding" / f"{symbol}-funding.parquet"
    if not path.is_file():
        pytest.skip(f"not at hand: {path}")
    table = pq.read_table(path)
    hours = table.column("funding_time").to_numpy() // 3_600_000
    rates = dict(zip(hours.tolist(), table.column("funding_rate").to_pylist(), strict=True))
    gaps = dict(zip(hours[:-1].tolist(), np.diff(hours).tolist(), strict=True))

    for seen in FUNDING_SEEN[symbol]:
        hour = to_ns(seen.since) // 3_600_000_000_000
        assert seen.interval_h is None or gaps[hour] == seen.interval_h
        assert seen.cap is None or abs(rates[hour]) == float(seen.cap)


@pytest.mark.parametrize("symbol", FUNDING_SEEN)
def test_no_settlement_is_later_than_the_interval_in_force(symbol: str, shared_data: Path) -> None:
    from adapters.market_data.funding_files import read_funding  # noqa: PLC0415

    path = shared_data / "data" / "um" / "funding" / f"{symbol}-funding.parquet"
    if not path.is_file():
        pytest.skip(f"not at hand: {path}")
    settled = read_funding(path, symbol=symbol).settled_at_ns.tolist()
    book = shipped_book(symbol)

    gaps = [
        (last, following - last)
        for last, following in itertools.pairwise(settled)
        if following - last <= 8 * 3_600_000_000_000
    ]

    assert all(book.funding_terms_at(last).interval_ns == gap for last, gap in gaps)
