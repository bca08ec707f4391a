"""Reading bars: what is in the file comes out, and what cannot be true is named."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from adapters.market_data.bar_files import read_bars, read_mark_bars
from application.errors import DataError
from domain.market import BarSeries
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, parse_interval
from tests.unit.adapters.market_data.market_files import (
    HOUR_MS,
    START_MS,
    START_NS,
    Columns,
    bar_columns,
    csv_text,
    with_value,
    without,
    write_columns,
)

FILE_NAMES = ("bars.csv", "bars.csv.gz", "bars.parquet", "BARS.CSV")


def read_hourly(path: Path) -> BarSeries:
    return read_bars(path, symbol="BTCUSDT", interval_ns=NS_PER_HOUR)


def refusal(path: Path, interval_ns: int = NS_PER_HOUR) -> str:
    """Return the one line with which reading is refused, without the path in front."""
    with pytest.raises(DataError) as caught:
        read_bars(path, symbol="BTCUSDT", interval_ns=interval_ns)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", FILE_NAMES)
def test_every_kind_of_file_gives_the_same_bars(tmp_path: Path, name: str) -> None:
    columns = with_value(bar_columns(3), "close", 1, 101.1)

    series = read_hourly(write_columns(tmp_path / name, columns))

    assert (series.symbol, series.interval_ns) == ("BTCUSDT", NS_PER_HOUR)
    assert series.opened_at_ns.tolist() == [START_NS, START_NS + NS_PER_HOUR, START_NS + 2 * NS_PER_HOUR]
    assert series.open.tolist() == [100.0, 101.0, 102.0]
    assert series.high.tolist() == [102.0, 103.0, 104.0]
    assert series.low.tolist() == [99.0, 100.0, 101.0]
    assert series.close.tolist() == [101.0, 101.1, 103.0]
    assert series.volume.tolist() == [10.0, 10.0, 10.0]


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
def test_other_columns_are_ignored_wherever_they_stand(tmp_path: Path, name: str) -> None:
    columns: Columns = {"note": ["a", "b"], **bar_columns(2), "close_time": [1, 2], "ignore": ["", "?"]}

    assert len(read_hourly(write_columns(tmp_path / name, columns))) == 2


def test_a_gap_between_bars_is_allowed(tmp_path: Path) -> None:
    # Hours 0, 1, 3: the hour of an outage is simply not there.
    columns = with_value(bar_columns(3), "open_time", 2, START_MS + 3 * HOUR_MS)

    series = read_hourly(write_columns(tmp_path / "bars.csv", columns))

    assert np.diff(series.opened_at_ns).tolist() == [NS_PER_HOUR, 2 * NS_PER_HOUR]


def test_weekly_bars_open_on_mondays(tmp_path: Path) -> None:
    # 2024-01-01 was a Monday, 2024-01-04 a Thursday like the epoch.
    week_ms = 7 * 24 * HOUR_MS
    monday = write_columns(tmp_path / "monday.csv", bar_columns(2, step_ms=week_ms))
    thursday = write_columns(
        tmp_path / "thursday.csv", bar_columns(2, start_ms=START_MS + 72 * HOUR_MS, step_ms=week_ms)
    )

    assert len(read_bars(monday, symbol="BTCUSDT", interval_ns=parse_interval("1w"))) == 2
    assert "is not where a 1w bar opens" in refusal(thursday, parse_interval("1w"))


def test_a_file_marked_as_utf_8_by_its_first_bytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(csv_text(bar_columns(2)), encoding="utf-8-sig")

    assert len(read_hourly(path)) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.parquet") == "there is no such file"


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "bars.csv").mkdir()

    assert refusal(tmp_path / "bars.csv") == "is not a file"


def test_an_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bars.feather"
    path.write_bytes(b"")

    assert refusal(path) == "unknown kind of file; known are .parquet, .csv and .csv.gz"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bars.parquet", b""),
        ("bars.parquet", b"open_time,open\n1,2\n"),
        ("bars.csv.gz", b"open_time,open\n1,2\n"),
        ("bars.csv", b"\xff\xfe\x00"),
        ("bars.csv", b"open_time,open,high,low,close,volume\n1,2,3,4,5,\xff\n"),
    ],
)
def test_an_unreadable_file_is_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    assert refusal(path).startswith("cannot be read: ")


def test_a_cut_off_gzip_file_is_refused(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "bars.csv.gz", bar_columns(500))
    path.write_bytes(path.read_bytes()[:-200])

    assert refusal(path).startswith("cannot be read: ")


def test_an_empty_csv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.touch()

    assert refusal(path) == "is empty"


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
def test_a_file_without_rows_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(write_columns(tmp_path / name, bar_columns(0))) == "holds no rows"


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
@pytest.mark.parametrize("column", ["open_time", "open", "high", "low", "close", "volume"])
def test_a_missing_column_is_named(tmp_path: Path, name: str, column: str) -> None:
    path = write_columns(tmp_path / name, without(bar_columns(), column))

    assert refusal(path).startswith(f"column {column} is missing (found: ")


def test_a_column_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("open_time,open,high,low,close,volume,open\n1,2,3,4,5,6,7\n", encoding="utf-8")

    assert refusal(path) == "column open occurs 2 times"


def test_a_row_with_too_few_fields_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(csv_text(bar_columns(2)) + "1704074400000,1,2\n", encoding="utf-8")

    assert refusal(path) == "row 3: 3 fields where the header names 6"


@pytest.mark.parametrize("name", ["bars.csv", "bars.csv.gz"])
@pytest.mark.parametrize("text", ["abc", "1_000", "1.5.2", "null", " 7 "])
def test_text_in_a_price_is_named_with_row_column_and_value(tmp_path: Path, name: str, text: str) -> None:
    path = write_columns(tmp_path / name, with_value(bar_columns(9), "low", 6, text))

    assert refusal(path) == f"row 7, column low: {text!r} is not a number"


def test_text_in_a_price_of_a_parquet_file_is_named_too(tmp_path: Path) -> None:
    columns = {**bar_columns(3), "high": ["102.0", "abc", "104.0"]}

    assert refusal(write_columns(tmp_path / "bars.parquet", columns)) == "row 2, column high: 'abc' is not a number"


def test_the_first_bad_row_far_down_a_long_file_is_found(tmp_path: Path) -> None:
    columns = with_value(with_value(bar_columns(40_000), "close", 31_999, "x"), "close", 39_000, "y")

    assert refusal(write_columns(tmp_path / "bars.csv", columns)) == "row 32000, column close: 'x' is not a number"


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
@pytest.mark.parametrize("column", ["open_time", "open", "volume"])
def test_a_missing_value_is_named(tmp_path: Path, name: str, column: str) -> None:
    path = write_columns(tmp_path / name, with_value(bar_columns(), column, 2, None))

    assert refusal(path) == f"row 3, column {column}: the value is missing"


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("column", ["open", "close", "volume"])
def test_nan_and_infinity_are_refused(tmp_path: Path, name: str, column: str, value: float) -> None:
    path = write_columns(tmp_path / name, with_value(bar_columns(), column, 1, value))

    assert refusal(path) == f"row 2, column {column}: {value} is not a finite number"


@pytest.mark.parametrize("value", [0.0, -5.0])
@pytest.mark.parametrize("column", ["open", "high", "low", "close"])
def test_a_price_must_be_positive(tmp_path: Path, column: str, value: float) -> None:
    path = write_columns(tmp_path / "bars.parquet", with_value(bar_columns(), column, 3, value))

    assert refusal(path) == f"row 4, column {column}: {value} is not positive"


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        # Row 2 is open 101, high 103, low 100, close 102.
        ("high", 99.0, "is below low"),
        ("high", 101.5, "is below open or close"),
        ("low", 101.5, "is above open or close"),
        ("volume", -1.0, "is negative"),
    ],
)
def test_values_that_contradict_each_other_are_refused(tmp_path: Path, column: str, value: float, what: str) -> None:
    path = write_columns(tmp_path / "bars.csv", with_value(bar_columns(), column, 1, value))

    assert refusal(path) == f"row 2, column {column}: {value} {what}"


def test_an_open_time_must_be_a_whole_number(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "bars.csv", with_value(bar_columns(), "open_time", 1, "2024-01-01 01:00"))

    assert refusal(path) == "row 2, column open_time: '2024-01-01 01:00' is not a whole number"


@pytest.mark.parametrize(
    ("column", "wrong_type", "found"), [("open_time", pa.float64(), "double"), ("open", pa.float32(), "float")]
)
def test_a_column_of_the_wrong_type_is_refused(
    tmp_path: Path, column: str, wrong_type: pa.DataType, found: str
) -> None:
    table = pa.table({name: pa.array(values) for name, values in bar_columns().items()})
    place = table.column_names.index(column)
    table = table.set_column(place, column, table[column].cast(wrong_type))
    pyarrow.parquet.write_table(table, tmp_path / "bars.parquet")

    assert refusal(tmp_path / "bars.parquet").startswith(f"column {column} holds {found} (row 1: ")


def test_time_going_backwards_is_refused(tmp_path: Path) -> None:
    columns = with_value(bar_columns(), "open_time", 2, START_MS - HOUR_MS)

    assert refusal(write_columns(tmp_path / "bars.csv", columns)) == (
        f"row 3, column open_time: {START_MS - HOUR_MS} goes back in time behind the row before ({START_MS + HOUR_MS})"
    )


def test_a_repeated_bar_is_refused(tmp_path: Path) -> None:
    columns = with_value(bar_columns(), "open_time", 1, START_MS)

    assert refusal(write_columns(tmp_path / "bars.parquet", columns)) == (
        f"row 2, column open_time: {START_MS} repeats the row before ({START_MS})"
    )


def test_an_open_time_off_the_grid_is_refused(tmp_path: Path) -> None:
    columns = with_value(bar_columns(), "open_time", 3, START_MS + 3 * HOUR_MS + 1)

    assert refusal(write_columns(tmp_path / "bars.csv", columns)) == (
        f"row 4, column open_time: {START_MS + 3 * HOUR_MS + 1} is not where a 1h bar opens"
    )


def test_a_file_of_another_interval_is_refused_even_when_it_lies_on_the_grid(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "bars.csv", bar_columns())

    assert refusal(path, NS_PER_MINUTE) == "column open_time: no two rows are 1m apart, the nearest are 1h"
    assert refusal(path, NS_PER_DAY) == f"row 2, column open_time: {START_MS + HOUR_MS} is not where a 1d bar opens"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (START_MS // 1_000, ": it looks like seconds"),
        (START_MS * 1_000, ": it looks like microseconds"),
        (START_MS * 1_000_000, ": it looks like nanoseconds"),
        (20_240_101, " between the years 2000 and 2099"),
        (-5, " between the years 2000 and 2099"),
    ],
)
@pytest.mark.parametrize("row", [0, 3])
def test_a_wrong_unit_of_time_is_recognized(tmp_path: Path, row: int, value: int, hint: str) -> None:
    path = write_columns(tmp_path / "bars.csv", with_value(bar_columns(), "open_time", row, value))

    assert refusal(path) == f"row {row + 1}, column open_time: {value} is not a time in milliseconds{hint}"


def test_a_very_long_value_is_cut_in_the_message(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "bars.csv", with_value(bar_columns(), "open", 0, "x" * 5_000))

    assert len(refusal(path)) < 150


@pytest.mark.parametrize("name", ["marks.csv", "marks.parquet"])
def test_mark_bars_need_no_volume_and_have_none(tmp_path: Path, name: str) -> None:
    bare = write_columns(tmp_path / name, without(bar_columns(2), "volume"))
    padded = write_columns(tmp_path / f"padded-{name}", bar_columns(2))

    for path in (bare, padded):
        marks = read_mark_bars(path, symbol="BTCUSDT", interval_ns=NS_PER_HOUR)
        assert marks.close.tolist() == [101.0, 102.0]
        assert marks.volume.tolist() == [0.0, 0.0]


def test_mark_bars_are_checked_like_bars(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "marks.csv", with_value(without(bar_columns(), "volume"), "open", 0, -1.0))

    with pytest.raises(DataError, match=r"row 1, column open: -1\.0 is not positive"):
        read_mark_bars(path, symbol="BTCUSDT", interval_ns=NS_PER_HOUR)


def test_importing_the_readers_does_not_import_pyarrow() -> None:
    script = (
        "import sys, adapters.market_data.loading;"
        "sys.exit(any(name.partition('.')[0] in ('pyarrow', 'pandas') for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("high", 1e308, "1e+308 is no price: not below 1e+15"),
        ("high", 1e15, "is no price: not below 1e+15"),
        ("low", 1e-13, "1e-13 is no price: below 1e-12"),
        ("volume", 1e308, "1e+308 is no volume: not below 1e+18"),
    ],
)
def test_numbers_that_no_market_shows_are_refused(tmp_path: Path, column: str, value: float, said: str) -> None:
    line = refusal(write_columns(tmp_path / "bars.csv", with_value(bar_columns(3), column, 1, value)))

    assert line.startswith(f"row 2, column {column}: ")
    assert line.endswith(said)


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\n\n"])
def test_blank_lines_before_the_header_are_no_rows(tmp_path: Path, blank: str) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes((blank + csv_text(bar_columns(3))).encode())

    assert len(read_hourly(path)) == 3


def test_spaces_in_the_header_are_named_as_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(csv_text(bar_columns(3)).replace("high", " high"), encoding="utf-8")

    assert refusal(path) == "column high is written ' high' in the header: take away the spaces"
