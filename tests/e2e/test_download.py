"""`data download` from outside: against a local archive and venue, killed and interrupted, into the catalogue."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from adapters.clock.system_clock import SystemClock
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MS, NS_PER_SECOND, to_datetime
from tests.architecture.source_tree import ROOT
from tests.e2e.command import assert_refused, autotrading, clean_environment
from tests.e2e.screen import on_terminal
from tests.servers.archive import ArchiveServer, Other, Slow
from tests.servers.rest import RestServer, bar_row

HOUR_MS = 3_600_000
JANUARY = "futures/um/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-01.zip"
FEBRUARY = "futures/um/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-02.zip"
PERIOD = ("--interval", "1h", "--from", "2024-01", "--to", "2024-02")
HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)


@frozen
class Desk:
    """A data directory, an archive and a venue, and a command line that knows them."""

    folder: Path
    archive: ArchiveServer
    venue: RestServer
    archive_url: str
    rest_url: str

    @property
    def environment(self) -> dict[str, str]:
        # Whatever proxy this machine uses, the servers are on this machine.
        return {"AUTOTRADING_DATA_DIR": str(self.folder), "NO_PROXY": "*", "no_proxy": "*"}

    def command(self, *arguments: str) -> list[str]:
        urls = ("--archive-url", self.archive_url, "--rest-url", self.rest_url)
        return ["data", "download", *arguments, *urls, "--attempts", "2"]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return autotrading(*self.command(*arguments), environment=self.environment)

    def document(self, *arguments: str) -> list[dict[str, Any]]:
        result = self.run(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        series: list[dict[str, Any]] = json.loads(result.stdout)["series"]
        return series

    def catalog(self) -> dict[str, dict[str, Any]]:
        """Everything in the catalogue, by series."""
        result = autotrading("data", "list", "--json", environment=self.environment)
        listed = json.loads(result.stdout)
        series = listed["series"] if isinstance(listed, dict) else listed
        return {each["series"]: each for each in series}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.interruptible", *self.command(*arguments)],
            cwd=ROOT,
            env=clean_environment() | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def part_of(self, path: str) -> Path:
        return self.folder / "downloads" / f"{path}.part"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    archive, venue = ArchiveServer(), RestServer(SystemClock().now_ns() // NS_PER_MS)
    with archive.running() as archive_url, venue.running() as rest_url:
        yield Desk(tmp_path / "data", archive, venue, archive_url, rest_url)


def bars_text(start_ms: int, n_bars: int) -> str:
    rows = (bar_row(start_ms + bar * HOUR_MS, HOUR_MS) for bar in range(n_bars))
    return "\n".join([HEADER, *(",".join(map(str, row)) for row in rows), ""])


def publish_two_months(archive: ArchiveServer) -> None:
    # 2024-01-01 and 2024-02-01, midnight UTC.
    archive.publish(JANUARY, bars_text(1_704_067_200_000, 31 * 24))
    archive.publish(FEBRUARY, bars_text(1_706_745_600_000, 29 * 24))


def wait_until_some_has_come(part: Path, process: "subprocess.Popen[str]") -> None:
    began_ns, clock = SystemClock().elapsed_ns(), SystemClock()
    while not part.is_file() or part.stat().st_size == 0:
        assert process.poll() is None, process.communicate()
        assert clock.elapsed_ns() - began_ns < 60 * NS_PER_SECOND, "nothing has come within a minute"


def test_what_is_published_ends_in_the_catalogue_and_comes_only_once(desk: Desk) -> None:
    publish_two_months(desk.archive)

    (first,) = desk.document("btcusdt", *PERIOD)
    desk.archive.asked.clear()
    (second,) = desk.document("BTCUSDT", *PERIOD)

    assert [file["origin"] for file in first["files"]] == ["transferred", "transferred"]
    assert [file["origin"] for file in second["files"]] == ["kept", "kept"]
    assert desk.archive.asked == []
    assert (first["imported"]["new"], second["imported"]["new"]) == ((31 + 29) * 24, 0)
    stored = desk.catalog()["um/klines/BTCUSDT/1h"]
    assert (stored["start"], stored["end"]) == ("2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z")
    assert stored["rows"] == 60 * 24


def test_the_files_lie_as_they_do_in_the_archive_and_can_be_verified_there(desk: Desk) -> None:
    publish_two_months(desk.archive)

    desk.document("BTCUSDT", *PERIOD, "--no-import")

    january = desk.folder / "downloads" / JANUARY
    assert january.read_bytes() == desk.archive.files[JANUARY]
    checksum = f"{sha256(january.read_bytes()).hexdigest()}  {january.name}\n"
    assert january.with_name(f"{january.name}.CHECKSUM").read_text(encoding="utf-8") == checksum
    assert desk.catalog() == {}


def test_the_newest_stretch_comes_from_the_venue_up_to_the_last_bar_that_has_closed(desk: Desk) -> None:
    now_ns = desk.venue.now_ms * NS_PER_MS
    midnight_ns = now_ns // NS_PER_DAY * NS_PER_DAY
    days = [midnight_ns - back * NS_PER_DAY for back in (3, 2)]
    for day_ns in days:
        name = f"BTCUSDT-1h-{to_datetime(day_ns):%Y-%m-%d}.zip"
        desk.archive.publish(f"futures/um/daily/klines/BTCUSDT/1h/{name}", bars_text(day_ns // NS_PER_MS, 24))

    (series,) = desk.document("BTCUSDT", "--interval", "1h", "--from", f"{to_datetime(days[0]):%Y-%m-%d}")

    # Yesterday is not in the archive, and no longer missing.
    assert series["not_published"] == []
    assert [file["origin"] for file in series["files"]] == ["transferred", "transferred", "recent"]
    closed_ns = now_ns // NS_PER_HOUR * NS_PER_HOUR
    stored = desk.catalog()["um/klines/BTCUSDT/1h"]
    assert stored["end"] == f"{to_datetime(closed_ns):%Y-%m-%dT%H:00:00Z}"
    assert stored["rows"] == (closed_ns - days[0]) // NS_PER_HOUR


def test_funding_and_marks_come_along_with_the_bars(desk: Desk) -> None:
    publish_two_months(desk.archive)
    mark = "futures/um/monthly/markPriceKlines/BTCUSDT/1h/BTCUSDT-1h-2024-01.zip"
    desk.archive.publish(mark, bars_text(1_704_067_200_000, 31 * 24))
    rates = "".join(f"{1_704_067_200_000 + each * 8 * HOUR_MS + 3},8,0.00010000\n" for each in range(93))
    funding = "futures/um/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2024-01.zip"
    desk.archive.publish(funding, f"calc_time,funding_interval_hours,last_funding_rate\n{rates}")

    kinds = ("--kind", "klines", "--kind", "mark", "--kind", "funding")
    desk.document("BTCUSDT", "--interval", "1h", "--from", "2024-01", "--to", "2024-01", *kinds)

    rows = {series: each["rows"] for series, each in desk.catalog().items()}
    assert rows == {"um/klines/BTCUSDT/1h": 744, "um/mark/BTCUSDT/1h": 744, "um/funding/BTCUSDT": 93}


def test_a_killed_download_is_resumed_and_complete_afterwards(desk: Desk) -> None:
    publish_two_months(desk.archive)
    desk.archive.script[JANUARY] = [Slow(pause_s=60, after_bytes=5_000)]
    process = desk.start("BTCUSDT", *PERIOD, "--parallel", "1")
    wait_until_some_has_come(desk.part_of(JANUARY), process)

    process.kill()
    process.communicate()

    assert process.returncode == -signal.SIGKILL
    assert not list((desk.folder / "downloads").rglob("*.zip"))
    n_bytes = desk.part_of(JANUARY).stat().st_size
    assert 0 < n_bytes < len(desk.archive.files[JANUARY])
    desk.document("BTCUSDT", *PERIOD)
    assert (JANUARY, f"bytes={n_bytes}-") in desk.archive.asked
    assert desk.catalog()["um/klines/BTCUSDT/1h"]["rows"] == 60 * 24
    assert not list((desk.folder / "downloads").rglob("*.part"))


def test_an_interrupted_download_says_so_and_names_nothing_that_is_not_whole(desk: Desk) -> None:
    publish_two_months(desk.archive)
    desk.archive.script[JANUARY] = [Slow(pause_s=60, after_bytes=5_000)]
    process = desk.start("BTCUSDT", *PERIOD, "--parallel", "1")
    wait_until_some_has_come(desk.part_of(JANUARY), process)

    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout, stderr) == (130, "", "autotrading: interrupted\n")
    assert not list((desk.folder / "downloads").rglob("*.zip"))
    desk.document("BTCUSDT", *PERIOD)
    assert desk.catalog()["um/klines/BTCUSDT/1h"]["rows"] == 60 * 24


def test_without_a_server_there_is_one_line(tmp_path: Path) -> None:
    with ArchiveServer().running() as url:
        pass
    environment = {"AUTOTRADING_DATA_DIR": str(tmp_path), "NO_PROXY": "*", "no_proxy": "*"}

    result = autotrading(
        *("data", "download", "BTCUSDT", *PERIOD, "--archive-url", url, "--attempts", "1"), environment=environment
    )

    said = assert_refused(result, 5)
    assert said.startswith(f"{url}/futures/um/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-0")
    assert said.endswith(".zip: cannot connect: Connection refused (attempt 1, given up)")


def test_without_the_venue_the_archive_is_imported_and_the_line_says_what_is_missing(desk: Desk) -> None:
    yesterday_ns = desk.venue.now_ms * NS_PER_MS // NS_PER_DAY * NS_PER_DAY - NS_PER_DAY
    day = f"{to_datetime(yesterday_ns):%Y-%m-%d}"
    path = f"futures/um/daily/klines/BTCUSDT/1h/BTCUSDT-1h-{day}.zip"
    desk.archive.publish(path, bars_text(yesterday_ns // NS_PER_MS, 24))
    desk.venue.replies["time"] = (500, "{}")

    result = desk.run("BTCUSDT", "--interval", "1h", "--from", day, "--quiet")

    said = assert_refused(result, 5)
    assert "/fapi/v1/time: answered 500" in said
    assert "only the newest rows are missing (--archive-only leaves them out)" in said
    assert desk.catalog()["um/klines/BTCUSDT/1h"]["rows"] == 24
    assert desk.run("BTCUSDT", "--interval", "1h", "--from", day, "--archive-only").returncode == 0


def test_a_wrong_checksum_is_said_with_both_sums_and_the_rest_is_imported(desk: Desk) -> None:
    publish_two_months(desk.archive)
    desk.archive.always[JANUARY] = Other(b"not it")

    result = desk.run("BTCUSDT", *PERIOD, "--quiet")

    said = assert_refused(result, 3)
    assert said.startswith(JANUARY)
    assert sha256(b"not it").hexdigest() in said
    assert sha256(desk.archive.files[JANUARY]).hexdigest() in said
    assert desk.catalog()["um/klines/BTCUSDT/1h"]["rows"] == 29 * 24


def test_a_file_that_is_no_market_data_is_said_and_leaves_the_catalogue_as_it_was(desk: Desk) -> None:
    desk.archive.publish(JANUARY, "what,is,this\nx,y,z\n")

    said = assert_refused(desk.run("BTCUSDT", *PERIOD, "--quiet"), 3)

    assert "BTCUSDT-1h-2024-01.zip" in said
    assert desk.catalog() == {}


def test_a_symbol_of_which_nothing_is_published_is_an_error_and_the_others_come(desk: Desk) -> None:
    publish_two_months(desk.archive)

    result = desk.run("BTCUSD", "BTCUSDT", *PERIOD, "--quiet")

    assert assert_refused(result, 3) == (
        "um/klines/BTCUSD/1h: nothing is published from 2024-01-01 to 2024-02-29; is the symbol right?"
    )
    assert list(desk.catalog()) == ["um/klines/BTCUSDT/1h"]


def test_the_summary_says_what_came_what_is_missing_and_how_far_it_reaches(desk: Desk) -> None:
    publish_two_months(desk.archive)
    del desk.archive.files[FEBRUARY]

    result = desk.run("BTCUSDT", *PERIOD)

    assert (result.returncode, result.stderr) == (0, "")
    assert "um/klines/BTCUSDT/1h" in result.stdout
    assert "not published: 2024-02-01, 2024-02-02" in " ".join(result.stdout.split())
    assert "2024-02-01 00:00" in result.stdout
    assert "744" in result.stdout
    assert "\x1b" not in result.stdout


def test_progress_shows_files_and_bytes_on_the_terminal_and_not_in_the_output(desk: Desk) -> None:
    publish_two_months(desk.archive)
    desk.archive.always[JANUARY] = Slow(pause_s=0.5, after_bytes=5_000)

    shown = on_terminal(*desk.command("BTCUSDT", *PERIOD), environment=desk.environment)
    quiet = on_terminal(*desk.command("BTCUSDT", *PERIOD, "--quiet"), environment=desk.environment)

    assert shown.code == 0
    assert "1/2" in shown.stderr
    assert "kB" in shown.stderr
    assert "━" not in shown.stdout
    assert (quiet.stdout, quiet.stderr) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "January"), "--from January: expected a month such as 2024-01 or a day such as 2024-01-31"),
        (("--from", "2024-13"), "--from 2024-13: month must be in 1..12"),
        (("--from", "2024-02-30"), "--from 2024-02-30: day is out of range for month"),
        (("--from", "2999-01"), "--from 2999-01: lies in the future"),
        (("--from", "2016-01"), "--from 2016-01: the venue opened in 2017-07"),
        (("--from", "2024-02", "--to", "2024-01"), "--to 2024-01: lies before --from 2024-02"),
        (("--from", "2024-02", "--to", "9999-12"), "--to 9999-12: "),
        (("--from", "2024-01", "--interval", "7m"), "the venue has no bars of 7m; it has 1m, 3m"),
        (("--from", "2024-01", "--interval", "soon"), "not an interval such as 1m, 1h or 1d: 'soon'"),
        (("--from", "2024-01", "--market", "spot", "--kind", "funding"), "there is no funding of spot"),
        (("--from", "2024-01", "--archive-url", "data.binance.vision"), "--archive-url data.binance.vision: expected"),
        (("--from", "2024-01", "--rest-url", "ftp://x"), "--rest-url ftp://x: expected an address"),
        (("--from", "2024-01", "../../etc"), "expected an instrument in capital letters and digits"),
    ],
)
def test_a_wrong_order_is_refused_before_anything_is_asked(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    result = autotrading(
        *("data", "download", "BTCUSDT", *arguments), environment={"AUTOTRADING_DATA_DIR": str(tmp_path / "data")}
    )

    assert message in assert_refused(result, 2)
    assert not (tmp_path / "data").exists()
