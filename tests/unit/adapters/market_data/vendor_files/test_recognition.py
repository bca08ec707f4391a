"""Files are known by their content and names; what is not certain is asked for, what is no data is refused."""

import gzip
import zipfile
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from adapters.market_data.vendor_files.recognition import VendorFiles
from adapters.market_data.vendor_files.vendor_file import VendorFile
from application.errors import DataError
from application.market_import import ReadingHints, TimeUnit
from application.market_series import Market, SeriesKey, SeriesKind
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE
from tests.catalogs import HEADER, csv_of, rows_of

START_MS: Final = 1_704_067_200_000  # 2024-01-01T00:00:00Z
HOUR_MS: Final = 3_600_000
ARCHIVE_HEADER: Final = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)


def bar(hour: int, **other: object) -> list[object]:
    """Return one hour as the archive has it."""
    start = START_MS + hour * HOUR_MS
    row = {"open_time": start, "open": 10 + hour, "high": 12 + hour, "low": 9 + hour, "close": 11 + hour, "volume": 2.5}
    rest = {
        "close_time": start + HOUR_MS - 1,
        "quote": 27.5,
        "count": 7,
        "taker": 1.5,
        "taker_quote": 16.5,
        "ignore": 0,
    }
    return list((row | rest | other).values())


def short_bars(n_bars: int = 3) -> list[list[object]]:
    return [bar(hour)[:6] for hour in range(n_bars)]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def recognize(path: Path, **hints: object) -> VendorFile:
    return VendorFiles().recognize(path, ReadingHints(**hints))  # type: ignore[arg-type]  # tests name what they say


def bars_in(file: VendorFile) -> list[tuple[float, ...]]:
    return [row for chunk in file.bar_chunks() for row in rows_of(chunk)]


THREE_HOURS: Final = [
    (START_MS, 10.0, 12.0, 9.0, 11.0, 2.5),
    (START_MS + HOUR_MS, 11.0, 13.0, 10.0, 12.0, 2.5),
    (START_MS + 2 * HOUR_MS, 12.0, 14.0, 11.0, 13.0, 2.5),
]
UM_1H: Final = SeriesKey(Market.UM, SeriesKind.BARS, "BTCUSDT", NS_PER_HOUR)


@pytest.mark.parametrize("header", [ARCHIVE_HEADER, None], ids=["header", "no header"])
@pytest.mark.parametrize("factor", [1, 1_000], ids=["ms", "us"])
@pytest.mark.parametrize("packing", ["csv", "csv.gz", "zip"])
def test_archive_files_are_read_in_every_form_that_they_have_had(
    header: str | None, factor: int, packing: str, tmp_path: Path
) -> None:
    opens = [START_MS + hour * HOUR_MS for hour in range(3)]
    rows = [bar(hour, open_time=at * factor, close_time=(at + HOUR_MS) * factor - 1) for hour, at in enumerate(opens)]
    text = csv_of(rows, header) if header else csv_of(rows[1:], ",".join(map(str, rows[0])))
    path = tmp_path / f"BTCUSDT-1h-2024-01.{packing}"
    match packing:
        case "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("BTCUSDT-1h-2024-01.csv", text)
        case "csv.gz":
            path.write_bytes(gzip.compress(text.encode()))
        case _:
            write(path, text)

    file = recognize(path, market=Market.UM)

    assert file.key == UM_1H
    assert bars_in(file) == THREE_HOURS
    (chunk,) = file.rows()
    assert chunk.floats("quote_volume").tolist() == [27.5] * 3
    assert chunk.floats("trades").tolist() == [7.0] * 3
    assert chunk.floats("taker_buy_volume").tolist() == [1.5] * 3


@pytest.mark.parametrize(
    "times",
    [
        [START_MS // 1000 + hour * 3600 for hour in range(3)],
        [(START_MS + hour * HOUR_MS) * 10**6 for hour in range(3)],
        [f"2024-01-01 0{hour}:00:00" for hour in range(3)],
        [f"2024-01-01T0{hour}:00:00Z" for hour in range(3)],
        [f"2024-01-01 0{hour + 2}:00:00+02:00" for hour in range(3)],
        [f"2024-01-01 0{hour}:00" for hour in range(3)],
    ],
    ids=["s", "ns", "text", "zulu", "offset", "minutes"],
)
def test_times_are_read_in_every_unit_and_as_text(times: list[object], tmp_path: Path) -> None:
    rows = [[time, *row[1:]] for time, row in zip(times, short_bars(), strict=True)]

    assert bars_in(recognize(write(tmp_path / "BTCUSDT-1h.csv", csv_of(rows)))) == THREE_HOURS


def test_a_unit_that_changes_on_the_way_is_read_right_and_noted(tmp_path: Path) -> None:
    rows = short_bars()
    rows[2][0] = START_MS // 1000 + 7200
    file = recognize(write(tmp_path / "BTCUSDT-1h.csv", csv_of(rows)))

    assert bars_in(file) == THREE_HOURS
    assert "Times are in more than one unit: 1 in seconds, 2 in milliseconds." in file.notes


def test_a_unit_that_was_said_holds_for_every_value(tmp_path: Path) -> None:
    path = write(tmp_path / "BTCUSDT-1h.csv", csv_of(short_bars()))

    with pytest.raises(DataError, match="row 1, column open_time: 1704067200000 is no time from 2000 to 2099 in sec"):
        recognize(path, time_unit=TimeUnit.S)


def test_a_vendor_s_link_before_the_header_newest_first_and_assets_in_column_names(tmp_path: Path) -> None:
    header = "https://www.example.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount"
    rows = [[row[0], "2024-01-01 00:00:00", "BTC/USDT", *row[1:5], 2.5, 27.5, 7] for row in reversed(short_bars())]
    file = recognize(write(tmp_path / "btc.csv", csv_of(rows, header)))

    assert file.key == UM_1H
    assert bars_in(file) == list(reversed(THREE_HOURS))
    (chunk,) = file.rows()
    assert chunk.floats("quote_volume").tolist() == [27.5] * 3
    assert file.notes[0] == "1 line(s) before the header are no part of the table."


def test_semicolons_blank_lines_a_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    text = "\ufeff\r\n" + csv_of(short_bars()).replace(",", ";").replace("\n", "\r\n\r\n")

    assert bars_in(recognize(write(tmp_path / "BTCUSDT-1h.csv", text))) == THREE_HOURS


def test_columns_that_are_called_otherwise_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "BTCUSDT-1h.csv", csv_of(short_bars(), "When,First,Top,Bottom,Last,Amount"))
    columns = {"time": "When", "open": "First", "high": "Top", "low": "Bottom", "close": "Last", "volume": "Amount"}

    assert bars_in(recognize(path, columns=columns)) == THREE_HOURS
    with pytest.raises(DataError, match=r"there is no column Close for close \(found: When, First"):
        recognize(path, columns=columns | {"close": "Close"})
    with pytest.raises(DataError, match=r"is none of what was looked for: klines \(open_time, open, high"):
        recognize(path)


@pytest.mark.parametrize("form", ["arrays", "objects"])
def test_answers_of_the_rest_interface(form: str, tmp_path: Path) -> None:
    rows = [
        [f'"{value}"' if place in range(1, 6) else value for place, value in enumerate(bar(hour))] for hour in range(3)
    ]
    if form == "arrays":
        text = "[" + ",".join("[" + ",".join(map(str, row)) + "]" for row in rows) + "]"
    else:
        names = ("openTime", "open", "high", "low", "close", "volume")
        text = str([dict(zip(names, bar(hour), strict=False)) for hour in range(3)]).replace("'", '"')

    assert bars_in(recognize(write(tmp_path / "BTCUSDT-1h.json", text))) == THREE_HOURS


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_tables_of_other_tools_with_dates(ending: str, tmp_path: Path) -> None:
    dates = pa.array([START_MS + hour * HOUR_MS for hour in range(3)], pa.timestamp("ms", "UTC"))
    columns = [pa.array(column, pa.float64()) for column in list(zip(*short_bars(), strict=True))[1:]]
    table = pa.table([dates, *columns], names=["date", *HEADER.split(",")[1:]])
    path = tmp_path / f"BTC_USDT_USDT-1h-futures.{ending}"
    if ending == "parquet":
        pyarrow.parquet.write_table(table, path)
    else:
        pyarrow.feather.write_feather(table, path)

    file = recognize(path)

    assert file.key == UM_1H
    assert bars_in(file) == THREE_HOURS


def test_funding_that_stands_in_the_first_price(tmp_path: Path) -> None:
    dates = pa.array([START_MS + 17, START_MS + 8 * HOUR_MS], pa.timestamp("ms", "UTC"))
    zeros = [0.0, 0.0]
    table = pa.table([dates, [0.0001, -0.0002], zeros, zeros, zeros, zeros], names=["date", *HEADER.split(",")[1:]])
    pyarrow.feather.write_feather(table, tmp_path / "XRP_USDT_USDT-8h-funding_rate.feather")

    file = recognize(tmp_path / "XRP_USDT_USDT-8h-funding_rate.feather")

    assert file.key == SeriesKey(Market.UM, SeriesKind.FUNDING, "XRPUSDT")
    (chunk,) = file.funding_chunks()
    assert chunk.rates.tolist() == [0.0001, -0.0002]
    assert chunk.settled_at_ns.tolist() == [(START_MS + 17) * 10**6, (START_MS + 8 * HOUR_MS) * 10**6]


def test_noise_behind_the_published_decimals_of_a_rate_is_none(tmp_path: Path) -> None:
    # As one tool stores the rate of 2021-12-04, published as -0.00219334.
    content = "calc_time,funding_interval_hours,last_funding_rate\n" + f"{START_MS},8,-0.0021933400000000002\n"
    path = tmp_path / "XRPUSDT-fundingRate-2021-12.csv"
    path.write_text(content, encoding="utf-8")

    (chunk,) = recognize(path).funding_chunks()

    assert chunk.rates.tolist() == [-0.00219334]


@pytest.mark.parametrize(
    ("name", "header", "row", "kind"),
    [
        ("BTCUSDT-fundingRate-2024-01", "calc_time,funding_interval_hours,last_funding_rate", "{},8,0.0001", "funding"),
        (
            "BTCUSDT-aggTrades-2024-01-01",
            "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker",
            "5,10.5,2,7,8,{},true",
            "aggTrades",
        ),
        (
            "BTCUSDT-metrics-2024-01-01",
            "create_time,symbol,sum_open_interest,sum_open_interest_value",
            "{},BTCUSDT,1,2",
            "metrics",
        ),
        ("BTCUSDT-mark-1h", "open_time,open,high,low,close", "{},1,2,1,2", "mark"),
        ("markPriceKlines/BTCUSDT-1h-2024-01", ARCHIVE_HEADER, "{},1,2,1,2,0,1704070799999,0,60,0,0,0", "mark"),
        ("indexPriceKlines/BTCUSDT-1h-2024-01", ARCHIVE_HEADER, "{},1,2,1,2,0,1704070799999,0,60,0,0,0", "index"),
        ("premiumIndexKlines/BTCUSDT-1h-2024-01", ARCHIVE_HEADER, "{},-1,2,-1,2,0,1704070799999,0,12,0,0,0", "premium"),
    ],
)
def test_every_kind_is_told_by_columns_or_names(name: str, header: str, row: str, kind: str, tmp_path: Path) -> None:
    file = recognize(write(tmp_path / f"{name}.csv", f"{header}\n{row.format(START_MS)}\n"))

    assert file.key.kind is SeriesKind(kind)
    assert file.key.symbol == "BTCUSDT"
    assert sum(len(chunk) for chunk in file.rows()) == 1


def test_trades_keep_their_flag_and_numbers(tmp_path: Path) -> None:
    rows = f"5,10.5,2.25,7,8,{START_MS},true\n6,10.25,1,9,9,{START_MS},False\n"
    file = recognize(write(tmp_path / "BTCUSDT-aggTrades-2024-01-01.csv", rows))

    (chunk,) = file.rows()

    assert chunk["buyer_is_maker"].tolist() == [True, False]
    assert chunk["trade_id"].tolist() == [5, 6]
    assert chunk["last_id"].tolist() == [8, 9]
    assert chunk["quantity"].tolist() == [2.25, 1.0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bars.csv", csv_of(short_bars()), "neither its name nor its content tells the symbol; say --symbol"),
        ("BTCUSDT.csv", csv_of(short_bars(2)), "neither its name nor its rows tell the interval; say --interval"),
        ("BTCUSDT-1m.csv", csv_of(short_bars()), "say 1m, but the nearest rows are 1h apart; say --interval"),
        ("BTCUSDT-1M-2024.csv", csv_of(short_bars()), "bars of 1M have no fixed length"),
        ("BTCUSDT-1h.csv", csv_of([row[:5] for row in short_bars()], HEADER[:-7]), "say --kind mark, index or premium"),
        ("BTCUSDT-1h.csv", csv_of([bar(0, volume=0)], ARCHIVE_HEADER), "count ticks but no volume"),
        (
            "BTCUSDT-1h.csv",
            csv_of([bar(0, close="11.00000000"), bar(1, close="11.00000000")], ARCHIVE_HEADER),
            r"looks like a file of the spot market \(eight decimals\), and its name does not tell; say --market",
        ),
        ("BTCUSDT-funding.csv", csv_of(short_bars()), "its name says funding, its columns are bars; say --kind"),
        ("BTCUSDT-1h.csv", HEADER + "\n", "holds no rows"),
        ("BTCUSDT-1h.csv", "", "is empty"),
        ("BTCUSDT-1h.csv", "\n\n", "is empty"),
        ("BTCUSDT-1h.csv", "hello\nworld\n", "is no table"),
        ("BTCUSDT-1h.csv", "1,2,3\n4,5,6\n", r"has no header row, and its 3 columns \(1, 2, 3, \.\.\.\)"),
        ("BTCUSDT-1h.csv", "a\x00b", "is none of CSV, JSON, Parquet, Feather, gzip or zip"),
        ("BTCUSDT-1h.json", '{"code": -1121}', "looked for a list of arrays or of objects, found dict at the top"),
        ("BTCUSDT-1h.json", "[]", "found an empty list"),
        ("BTCUSDT-1h.json", "[[1,2],[3", "is no JSON"),
        ("BTCUSDT-1h.json", "[[1,2,3]]", "arrays of 3 values are no known layout"),
    ],
)
def test_what_is_not_certain_is_asked_for(name: str, text: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, text)

    with pytest.raises(DataError, match=message) as refusal:
        recognize(path)

    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)


def test_a_symbol_in_a_column_has_to_agree_with_the_name_and_in_every_row(tmp_path: Path) -> None:
    rows = [["BTC-USDT", *row] for row in short_bars()]
    path = write(tmp_path / "ETHUSDT-1h.csv", csv_of(rows, f"symbol,{HEADER}"))
    with pytest.raises(DataError, match="its name says ETHUSDT, its column symbol says BTCUSDT; say --symbol"):
        recognize(path)

    rows[1][0] = "ETHUSDT"
    file = recognize(write(tmp_path / "hours.csv", csv_of(rows, f"symbol,{HEADER}")))
    with pytest.raises(DataError, match="row 2, column symbol: 'ETHUSDT' is not BTCUSDT: a file holds one symbol"):
        list(file.rows())


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("close", "abc", "row 2, column close: 'abc' is not a number"),
        ("close", "1.5.2", "row 2, column close: '1.5.2' is not a number"),
        ("volume", "n/a", "row 2, column volume: 'n/a' is not a number"),
        ("open_time", "", "row 2, column open_time: the value is missing"),
        ("open_time", "12", "row 2, column open_time: 12 is no time from 2000 to 2099 in s, ms, us or ns"),
        ("open_time", "yesterday", "row 2, column open_time: 'yesterday' is not a whole number"),
        ("open_time", f"{START_MS}.5", f"row 2, column open_time: '{START_MS}.5' is not a whole number"),
    ],
)
def test_what_is_no_bar_at_all_is_refused_by_row_column_and_value(
    column: str, value: str, message: str, tmp_path: Path
) -> None:
    rows = short_bars()
    rows[1][HEADER.split(",").index(column)] = value
    path = write(tmp_path / "BTCUSDT-1h.csv", csv_of(rows))

    with pytest.raises(DataError) as refusal:
        list(recognize(path, interval_ns=NS_PER_HOUR).rows())

    assert str(refusal.value) == f"{path}: {message}"


def test_bad_rows_are_counted_through_all_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.market_data.vendor_files.csv_source._BLOCK", 100)
    rows = short_bars(40)
    rows[33][4] = "?"
    path = write(tmp_path / "BTCUSDT-1h.csv", csv_of(rows))
    with pytest.raises(DataError, match=r"row 34, column close: '\?' is not a number"):
        list(recognize_without_sample(path).rows())

    rows[33][4] = 1.0
    rows[36].append(9)
    path = write(tmp_path / "BTCUSDT-1h.csv", csv_of(rows))
    with pytest.raises(DataError, match="row 37: 7 fields where there are 6 columns"):
        list(recognize_without_sample(path).rows())


def recognize_without_sample(path: Path) -> VendorFile:
    """Recognize a file by a clean beginning, as if the bad row stood far behind what is looked at first."""
    bad = path.read_bytes()
    write(path, csv_of(short_bars(3)))
    file = recognize(path)
    path.write_bytes(bad)
    return file


def test_numbers_that_are_bad_data_are_read_as_they_are(tmp_path: Path) -> None:
    rows = short_bars()
    rows[0][1:] = ["", "nan", -5, 0, "inf"]
    (chunk,) = recognize(write(tmp_path / "BTCUSDT-1h.csv", csv_of(rows))).bar_chunks()

    assert np.isnan([chunk.open[0], chunk.high[0]]).all()
    assert (chunk.low[0], chunk.close[0], chunk.volume[0]) == (-5.0, 0.0, np.inf)


@pytest.mark.parametrize(
    "dates",
    [
        pa.array(["2024-01-01", "2024-01-02"], pa.large_string()),
        pa.array(["2024-01-01", "2024-01-02"], pa.string_view()),
        pa.array(["2024-01-01", "2024-01-02"]).dictionary_encode(),
        pa.array([19_723, 19_724], pa.date32()),  # days since 1970: 1,704,067,200 s / 86,400 s
        pa.array([START_MS, START_MS + 24 * HOUR_MS], pa.date64()),
    ],
    ids=lambda dates: str(dates.type),
)
def test_dates_and_text_in_whichever_types_other_tools_write_them(dates: pa.Array, tmp_path: Path) -> None:
    table = pa.table({"date": dates} | {name: [1.0, 1.0] for name in HEADER.split(",")[1:]})
    pyarrow.feather.write_feather(table, tmp_path / "BTCUSDT-1d.feather")

    bars = bars_in(recognize(tmp_path / "BTCUSDT-1d.feather"))

    assert [time for time, *_ in bars] == [START_MS, START_MS + 24 * HOUR_MS]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_two_columns_of_one_name_are_refused(ending: str, tmp_path: Path) -> None:
    path, names = tmp_path / f"BTCUSDT-1h.{ending}", [*HEADER.split(","), "close"]
    rows = [[*row, 999] for row in short_bars()]
    if ending == "csv":
        write(path, csv_of(rows, ",".join(names)))
    else:
        pyarrow.parquet.write_table(pa.table(list(zip(*rows, strict=True)), names=names), path)

    with pytest.raises(DataError, match="has more than one column close"):
        recognize(path)


def test_a_line_that_does_not_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "BTCUSDT-1h.csv", csv_of(short_bars(10_000)))
    with path.open("ab") as file:
        file.truncate(path.stat().st_size + 20 * 1024 * 1024)

    with pytest.raises(DataError, match=r"BTCUSDT-1h\.csv: is damaged: a line has more than 1 MiB"):
        list(recognize(path).rows())


def test_single_precision_and_nested_columns_are_refused(tmp_path: Path) -> None:
    times = [START_MS + hour * HOUR_MS for hour in range(3)]
    table = pa.table({"open_time": times} | {name: pa.array([1.0] * 3, pa.float32()) for name in HEADER.split(",")[1:]})
    pyarrow.parquet.write_table(table, tmp_path / "BTCUSDT-1h.parquet")

    with pytest.raises(DataError, match=r"column open holds float, not numbers \(float64\)"):
        list(recognize(tmp_path / "BTCUSDT-1h.parquet").rows())


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_cut_archives_are_refused_in_one_line(packing: str, tmp_path: Path) -> None:
    text = csv_of(short_bars(2000)).encode()
    path = tmp_path / f"BTCUSDT-1h.{packing}"
    if packing == "gz":
        path.write_bytes(gzip.compress(text)[:-200])
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("BTCUSDT-1h.csv", text)
        path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(DataError, match="cannot be read") as refusal:
        list(recognize(path).rows())

    assert "\n" not in str(refusal.value)


def test_an_archive_with_a_flipped_bit_or_several_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "BTCUSDT-1h.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("BTCUSDT-1h.csv", csv_of(short_bars()))
    path.write_bytes(path.read_bytes().replace(b"2.5", b"7.5", 1))
    with pytest.raises(DataError, match="Bad CRC-32"):
        list(recognize(path).rows())

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "2")
    with pytest.raises(DataError, match="the archive holds 2 files, not one"):
        recognize(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("um/BTCUSDT-1h.csv", "um/klines/BTCUSDT/1h"),
        ("spot/BTCUSDT-1h.csv", "spot/klines/BTCUSDT/1h"),
        ("spot_BTCUSDT-1h_outages.csv", "spot/klines/BTCUSDT/1h"),
        ("Binance_BTCUSDT_1h.csv", "um/klines/BTCUSDT/1h"),
        ("BTCUSDT-1h.20240101-20240131.csv", "um/klines/BTCUSDT/1h"),
        ("btcusdt-1h.csv", "um/klines/BTCUSDT/1h"),
        ("1000SHIBUSDT-1h-2024-01.csv", "um/klines/1000SHIBUSDT/1h"),
        ("BTCUSDT_240628-1h-2024-01.csv", "um/klines/BTCUSDT_240628/1h"),
        ("BTC_USDT-1h.csv", "spot/klines/BTCUSDT/1h"),
        ("BTC_USDT_USDT-1h-futures.csv", "um/klines/BTCUSDT/1h"),
        ("BTC_USDT_USDT-1h-mark.csv", "um/mark/BTCUSDT/1h"),
        ("ETHBTC-1h.csv", "um/klines/ETHBTC/1h"),
    ],
)
def test_names_tell_market_symbol_and_interval(name: str, expected: str, tmp_path: Path) -> None:
    assert str(recognize(write(tmp_path / name, csv_of(short_bars()))).key) == expected


def test_what_the_user_says_goes_over_what_is_recognized(tmp_path: Path) -> None:
    path = write(tmp_path / "spot_BTCUSDT-1h.csv", csv_of(short_bars()))

    file = recognize(
        path,
        market=Market.UM,
        kind=SeriesKind.INDEX,
        symbol="ETHUSDT",
        interval_ns=NS_PER_MINUTE,
        time_unit=TimeUnit.MS,
    )

    assert str(file.key) == "um/index/ETHUSDT/1m"
