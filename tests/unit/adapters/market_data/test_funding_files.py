"""Reading funding rates: hours are recognized, rates are exact, and what cannot be true is named."""

from decimal import Decimal
from pathlib import Path

import pytest

from adapters.market_data.funding_files import read_funding
from application.errors import DataError
from domain.time_units import NS_PER_HOUR
from tests.unit.adapters.market_data.market_files import (
    HOUR_MS,
    START_MS,
    START_NS,
    funding_columns,
    with_value,
    without,
    write_columns,
)


def refusal(path: Path) -> str:
    """Return the one line with which reading is refused, without the path in front."""
    with pytest.raises(DataError) as caught:
        read_funding(path, symbol="BTCUSDT")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", ["funding.csv", "funding.csv.gz", "funding.parquet"])
def test_every_kind_of_file_gives_the_same_settlements(tmp_path: Path, name: str) -> None:
    columns = {**funding_columns(3), "funding_rate": [0.0001, -0.02, 6.9e-07]}

    series = read_funding(write_columns(tmp_path / name, columns), symbol="BTCUSDT")

    assert series.symbol == "BTCUSDT"
    assert series.settled_at_ns.tolist() == [START_NS + hours * NS_PER_HOUR for hours in (0, 8, 16)]
    assert series.rates == (Decimal("0.0001"), Decimal("-0.02"), Decimal("0.00000069"))


@pytest.mark.parametrize("late_ms", [0, 1, 30, 60_000])
def test_a_time_published_up_to_a_minute_late_is_the_hour(tmp_path: Path, late_ms: int) -> None:
    path = write_columns(tmp_path / "funding.csv", funding_columns(2, late_ms=late_ms))

    assert read_funding(path, symbol="BTCUSDT").settled_at_ns.tolist() == [START_NS, START_NS + 8 * NS_PER_HOUR]


@pytest.mark.parametrize("off_ms", [60_001, 30 * 60_000, -1])
def test_any_other_time_is_refused(tmp_path: Path, off_ms: int) -> None:
    columns = with_value(funding_columns(), "funding_time", 1, START_MS + 8 * HOUR_MS + off_ms)

    assert refusal(write_columns(tmp_path / "funding.parquet", columns)) == (
        f"row 2, column funding_time: {START_MS + 8 * HOUR_MS + off_ms} is not within 60 s after a whole hour"
    )


def test_two_settlements_in_one_hour_are_refused(tmp_path: Path) -> None:
    # The same settlement from two sources: one rounded, one 12 ms late.
    columns = with_value(funding_columns(), "funding_time", 1, START_MS + 12)

    assert refusal(write_columns(tmp_path / "funding.csv", columns)) == (
        f"row 2, column funding_time: {START_MS + 12} is the same hour as the row before"
    )


@pytest.mark.parametrize(
    ("row", "value", "what"),
    [
        (1, START_MS, f"repeats the row before ({START_MS})"),
        (1, START_MS - HOUR_MS, f"goes back in time behind the row before ({START_MS})"),
        (0, START_MS // 1_000, "is not a time in milliseconds: it looks like seconds"),
    ],
)
def test_times_must_be_milliseconds_that_increase(tmp_path: Path, row: int, value: int, what: str) -> None:
    path = write_columns(tmp_path / "funding.csv", with_value(funding_columns(), "funding_time", row, value))

    assert refusal(path) == f"row {row + 1}, column funding_time: {value} {what}"


@pytest.mark.parametrize("rate", [1.0, -1.0, 7.5])
def test_a_rate_of_the_whole_notional_or_more_is_refused(tmp_path: Path, rate: float) -> None:
    path = write_columns(tmp_path / "funding.csv", with_value(funding_columns(), "funding_rate", 2, rate))

    assert refusal(path).startswith(f"row 3, column funding_rate: {rate} is not a fraction below 1")


@pytest.mark.parametrize("name", ["funding.csv", "funding.parquet"])
def test_nan_is_refused(tmp_path: Path, name: str) -> None:
    path = write_columns(tmp_path / name, with_value(funding_columns(), "funding_rate", 2, float("nan")))

    assert refusal(path) == "row 3, column funding_rate: nan is not a finite number"


def test_text_in_a_rate_is_named(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "funding.csv", with_value(funding_columns(), "funding_rate", 0, "0.01%"))

    assert refusal(path) == "row 1, column funding_rate: '0.01%' is not a number"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "funding.parquet", without(funding_columns(), "funding_rate"))

    assert refusal(path) == "column funding_rate is missing (found: funding_time)"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.csv") == "there is no such file"
