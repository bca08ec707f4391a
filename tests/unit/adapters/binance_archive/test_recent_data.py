"""The newest rows: all of them once, only final ones, within the venue's limits."""

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.binance_archive.connection import TimeLimits
from adapters.binance_archive.recent_data import BinanceRecentData
from adapters.binance_archive.recent_pieces import RecentPieces
from adapters.binance_archive.retrying import RetryPolicy
from adapters.clock.manual_clock import LeapingClock
from application.download import DownloadedFile, DownloadRequest, FileOrigin
from application.errors import DataError, NetworkError
from application.market_series import SeriesKey, SeriesKind
from domain.time_units import NS_PER_MS, NS_PER_SECOND
from tests.servers.archive import Status
from tests.servers.rest import RestServer, bar_row
from tests.unit.adapters.binance_archive.downloads import MINUTES, NOW_NS, Watched, instant, names_below, wanted

NOW_MS = NOW_NS // NS_PER_MS
FOLDER = "rest/futures/um"


def make_recent(folder: Path, url: str, clock: LeapingClock | None = None) -> BinanceRecentData:
    return BinanceRecentData(
        folder=folder,
        clock=LeapingClock(NOW_NS) if clock is None else clock,
        draw=lambda: 1.0,
        base_url=url,
        limits=TimeLimits(connect_s=5.0, read_s=5.0),
        policy=RetryPolicy(attempts_max=3),
    )


async def fetch(
    server: RestServer,
    folder: Path,
    series: str = MINUTES,
    start: str = "2024-03-05",
    end: str = "2024-03-06",
    clock: LeapingClock | None = None,
) -> tuple[DownloadedFile, ...]:
    with server.running() as url:
        return await make_recent(folder, url, clock).fetch(wanted(series, start, end), Watched())


def rows_in(files: tuple[DownloadedFile, ...]) -> list[list[object]]:
    (file,) = files
    rows: list[list[object]] = json.loads(file.path.read_bytes())
    return rows


def expected_bars(start_ms: int, end_ms: int, interval_ms: int = 60_000) -> list[list[object]]:
    return [bar_row(open_ms, interval_ms) for open_ms in range(start_ms, end_ms, interval_ms)]


async def test_bars_that_have_closed_by_the_venues_time_come_as_it_sends_them(tmp_path: Path) -> None:
    # Half a minute into the bar of 11:59: it has not closed. Our own clock says 12:00 and is wrong.
    server = RestServer(NOW_MS - 30_000)

    files = await fetch(server, tmp_path)

    start_ms = instant("2024-03-05") // NS_PER_MS
    assert rows_in(files) == expected_bars(start_ms, NOW_MS - 60_000)
    assert files == (
        DownloadedFile(
            path=tmp_path / FOLDER / "klines/BTCUSDT/1m/BTCUSDT-1m-recent-1.json",
            origin=FileOrigin.RECENT,
            n_bytes=(tmp_path / FOLDER / "klines/BTCUSDT/1m/BTCUSDT-1m-recent-1.json").stat().st_size,
            start_ns=instant("2024-03-05"),
            end_ns=NOW_NS - 60 * NS_PER_SECOND,
        ),
    )


async def test_a_bar_is_final_in_the_millisecond_after_its_last(tmp_path: Path) -> None:
    last = rows_in(await fetch(RestServer(NOW_MS), tmp_path))[-1]
    one_before = rows_in(await fetch(RestServer(NOW_MS - 1), tmp_path))[-1]

    assert (last[0], one_before[0]) == (NOW_MS - 60_000, NOW_MS - 120_000)


@settings(max_examples=10)
@given(n_bars=st.integers(1, 4_000), n_overlap=st.integers(0, 3))
def test_however_long_the_stretch_each_bar_comes_once_and_in_order(
    n_bars: int, n_overlap: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = RestServer(NOW_MS, n_overlap=n_overlap)
    start_ns = NOW_NS - n_bars * 60 * NS_PER_SECOND

    async def run() -> tuple[DownloadedFile, ...]:
        request = DownloadRequest(key=SeriesKey.parse(MINUTES), start_ns=start_ns, end_ns=NOW_NS)
        with server.running() as url:
            return await make_recent(tmp_path_factory.mktemp("downloads"), url).fetch(request, Watched())

    assert rows_in(asyncio.run(run())) == expected_bars(start_ns // NS_PER_MS, NOW_MS)


@pytest.mark.parametrize(
    ("series", "name", "parameters"),
    [
        ("um/mark/BTCUSDT/1h", "markPriceKlines", {"symbol": "BTCUSDT", "interval": "1h"}),
        ("um/index/BTCUSDT/1h", "indexPriceKlines", {"pair": "BTCUSDT", "interval": "1h"}),
        ("um/premium/BTCUSDT/1h", "premiumIndexKlines", {"symbol": "BTCUSDT", "interval": "1h"}),
    ],
)
async def test_each_kind_of_bars_is_asked_for_in_its_own_way(
    tmp_path: Path, series: str, name: str, parameters: dict[str, str]
) -> None:
    server = RestServer(NOW_MS)

    files = await fetch(server, tmp_path, series)

    (question,) = server.questions(name)
    assert parameters.items() <= question.items()
    assert len(rows_in(files)) == 12  # the hours from midnight to noon
    assert names_below(tmp_path) == [f"{FOLDER}/{name}/BTCUSDT/1h/BTCUSDT-1h-recent-1.json"]


async def test_spot_is_asked_on_its_own_paths_and_pages(tmp_path: Path) -> None:
    server = RestServer(NOW_MS, prefix="/api/v3")

    files = await fetch(server, tmp_path, "spot/klines/BTCUSDT/1m", "2024-03-04")

    assert [question["limit"] for question in server.questions("klines")] == ["1000"] * 3
    assert len(rows_in(files)) == 36 * 60


def trades_every(step_ms: int, start_ms: int, n_trades: int) -> list[dict[str, object]]:
    return [
        {"a": 500 + row, "p": "0.4061", "q": "15.4", "f": row, "l": row, "T": start_ms + row * step_ms, "m": False}
        for row in range(n_trades)
    ]


async def test_trades_come_by_their_numbers_once_each_also_where_many_happen_at_once(tmp_path: Path) -> None:
    # 2,500 trades numbered from 500 on, a thousand of them in one millisecond; nothing happens in the first hours.
    start_ms = NOW_MS - 3_600_000
    trades = [
        *trades_every(10, start_ms, 700),
        *(row | {"a": 1200 + i} for i, row in enumerate(trades_every(0, start_ms + 7_000, 1_000))),
        *(row | {"a": 2200 + i} for i, row in enumerate(trades_every(1_000, start_ms + 8_000, 800))),
    ]
    server = RestServer(NOW_MS, trades=trades)

    files = await fetch(server, tmp_path, "um/aggTrades/BTCUSDT")

    assert json.loads(files[0].path.read_bytes()) == trades
    assert [question.get("fromId") for question in server.questions("aggTrades")][-3:] == ["1500", "2500", "3000"]


async def test_trades_after_the_end_are_left_out(tmp_path: Path) -> None:
    start_ms = instant("2024-03-04T23:59") // NS_PER_MS
    server = RestServer(NOW_MS, trades=trades_every(1_000, start_ms, 2_000))

    files = await fetch(server, tmp_path, "um/aggTrades/BTCUSDT", "2024-03-04", "2024-03-05")

    # A trade each second from 23:59:00 to 23:59:59.
    assert len(rows_in(files)) == 60


async def test_trades_reach_back_as_far_as_the_venue_keeps_them(tmp_path: Path) -> None:
    server = RestServer(NOW_MS, trades=trades_every(3_600_000, NOW_MS - 100 * 3_600_000, 100))

    files = await fetch(server, tmp_path, "um/aggTrades/BTCUSDT", "2024-03-01")

    assert len(rows_in(files)) == 47
    assert files[0].start_ns == NOW_NS - 47 * 3_600 * NS_PER_SECOND


async def test_settlements_come_over_several_pages(tmp_path: Path) -> None:
    first_ms = NOW_MS - 1_079 * 3_600_000
    settlements: list[dict[str, object]] = [
        {"symbol": "BTCUSDT", "fundingTime": first_ms + hour * 3_600_000 + 7, "fundingRate": "0.00010000"}
        for hour in range(1_079)
    ]
    server = RestServer(NOW_MS, settlements=settlements)

    files = await fetch(server, tmp_path, "um/funding/BTCUSDT", "2024-01-20")

    assert json.loads(files[0].path.read_bytes()) == settlements
    assert len(server.questions("fundingRate")) == 2


async def test_an_old_period_and_metrics_are_not_asked_for(tmp_path: Path) -> None:
    server = RestServer(NOW_MS)

    assert await fetch(server, tmp_path, MINUTES, "2023-12-01", "2024-01-01") == ()
    assert await fetch(server, tmp_path, "um/metrics/BTCUSDT") == ()
    assert server.asked == []


async def test_nothing_new_leaves_nothing_behind(tmp_path: Path) -> None:
    assert await fetch(RestServer(NOW_MS), tmp_path, "um/funding/BTCUSDT") == ()
    assert names_below(tmp_path) == []


async def test_an_instrument_that_is_no_longer_traded_has_nothing_new(tmp_path: Path) -> None:
    server = RestServer(NOW_MS)
    server.replies["klines"] = (400, '{"code":-1121,"msg":"Invalid symbol."}')

    assert await fetch(server, tmp_path) == ()
    assert not (tmp_path / FOLDER / "klines/BTCUSDT/1m/BTCUSDT-1m-recent-1.json").exists()


async def test_when_the_weight_is_nearly_used_up_we_wait_for_the_servers_next_minute(tmp_path: Path) -> None:
    clock = LeapingClock(NOW_NS)
    # The time, then three pages; at the second answer 1920 of 2400 are used. The server's clock shows 45 s.
    server = RestServer(NOW_MS, used_weight=[1, 1920, 10, 20])

    await fetch(server, tmp_path, start="2024-03-03", clock=clock)

    assert len(server.questions("klines")) == 3
    assert clock.slept_ns == [15 * NS_PER_SECOND]


@pytest.mark.parametrize("code", [429, 418])
async def test_too_many_requests_are_answered_by_waiting_as_long_as_asked(tmp_path: Path, code: int) -> None:
    clock = LeapingClock(NOW_NS)
    server = RestServer(NOW_MS)
    server.script["klines"] = [Status(code, retry_after="23")]

    assert await fetch(server, tmp_path, clock=clock)
    assert clock.slept_ns == [23 * NS_PER_SECOND]


async def test_too_many_requests_without_a_time_mean_a_minute(tmp_path: Path) -> None:
    clock = LeapingClock(NOW_NS)
    server = RestServer(NOW_MS)
    server.script["klines"] = [Status(429)]

    assert await fetch(server, tmp_path, clock=clock)
    assert clock.slept_ns == [60 * NS_PER_SECOND]


async def test_a_long_ban_is_said_and_not_waited_for(tmp_path: Path) -> None:
    server = RestServer(NOW_MS)
    server.script["klines"] = [Status(418, retry_after="259200")]

    with pytest.raises(NetworkError, match=r"klines: answered 418 .*; it asks to come back in 259200 s"):
        await fetch(server, tmp_path)

    assert len(server.questions("klines")) == 1


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((400, '{"code":-1120,"msg":"Invalid interval."}'), "the venue refuses: -1120 Invalid interval"),
        ((400, "<html>no</html>"), "the venue refuses: <html>no</html>"),
        ((200, "<html>maintenance</html>"), "the answer is no JSON: <html>maintenance"),
        ((200, '{"rows":[]}'), "expected rows, found"),
        ((200, "[[1,2,3]]"), "row 1 makes no sense"),
        (
            (200, json.dumps([[*bar_row(NOW_MS - 120_000, 60_000)][:6] + ["x"] * 6])),
            "a row without a whole number in 6",
        ),
        ((200, json.dumps([bar_row(NOW_MS, 60_000), bar_row(NOW_MS - 60_000, 60_000)])), "rows out of order"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_one_line_and_no_file(
    tmp_path: Path, reply: tuple[int, str], message: str
) -> None:
    server = RestServer(NOW_MS)
    server.replies["klines"] = reply

    with pytest.raises(DataError, match=message):
        await fetch(server, tmp_path)

    assert not (tmp_path / FOLDER / "klines/BTCUSDT/1m/BTCUSDT-1m-recent-1.json").exists()


async def test_a_server_that_sends_the_same_page_again_and_again_is_not_asked_for_ever(tmp_path: Path) -> None:
    server = RestServer(NOW_MS, repeats=True)

    with pytest.raises(DataError, match="the same page again"):
        await fetch(server, tmp_path, start="2024-03-01")

    assert len(server.questions("klines")) == 2


@pytest.mark.parametrize("status", [403, 451])
async def test_a_place_that_is_not_served_is_said_at_once(tmp_path: Path, status: int) -> None:
    server = RestServer(NOW_MS)
    server.script["time"] = [Status(status)]

    with pytest.raises(NetworkError, match=f"/fapi/v1/time: answered {status}"):
        await fetch(server, tmp_path)


@given(sizes=st.lists(st.integers(0, 30), max_size=8), bytes_max=st.integers(1, 4_000))
def test_pieces_together_hold_every_row_once_and_leave_nothing_of_an_earlier_download(
    sizes: list[int], bytes_max: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stem = tmp_path_factory.mktemp("downloads") / "BTCUSDT-1m-recent"
    for number in range(1, 300, 50):
        stem.with_name(f"BTCUSDT-1m-recent-{number}.json").write_text("[]", encoding="utf-8")
    rows = [bar_row(minute * 60_000, 60_000) for minute in range(sum(sizes))]
    pieces = RecentPieces(SeriesKind.BARS, stem, 0, bytes_max)

    for page, size in enumerate(sizes):
        pieces.add(rows[sum(sizes[:page]) : sum(sizes[:page]) + size])
    files = pieces.finish()

    assert [row for file in files for row in json.loads(file.path.read_bytes())] == rows
    assert {file.path for file in files} == set(stem.parent.iterdir())
    assert [file.start_ns for file in files] == [0, *(file.end_ns for file in files)][: len(files)]
