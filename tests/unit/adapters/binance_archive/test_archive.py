"""A download brings what is published, whole and verified, through whatever the server does on the way."""

import asyncio
import fcntl
import zipfile
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.binance_archive.archive import BinanceArchive
from adapters.binance_archive.retrying import RetryPolicy
from adapters.clock.manual_clock import LeapingClock
from application.download import DownloadedSeries, FileOrigin
from application.errors import DataError, NetworkError
from domain.time_units import NS_PER_SECOND
from tests.servers.archive import ArchiveServer, Cut, Misbehavior, Other, ShiftedRange, Slow, Status
from tests.unit.adapters.binance_archive.downloads import MINUTES, NOW_NS, Watched, make_archive, names_below, wanted

MONTHLY = "futures/um/monthly/klines/BTCUSDT/1m"
DAILY = "futures/um/daily/klines/BTCUSDT/1m"
FEBRUARY = f"{MONTHLY}/BTCUSDT-1m-2024-02.zip"
FIRST = f"{DAILY}/BTCUSDT-1m-2024-03-01.zip"
SECOND = f"{DAILY}/BTCUSDT-1m-2024-03-02.zip"


def rows(seed: int, n_rows: int = 3_000) -> str:
    """Text that hardly compresses, so that a zip of it has bytes to be cut at."""
    random = Random(seed)
    return "".join(f"{random.randrange(10**18)}\n" for _ in range(n_rows))


def published() -> ArchiveServer:
    """A server that has February and the first two days of March."""
    server = ArchiveServer()
    for seed, path in enumerate((FEBRUARY, FIRST, SECOND)):
        server.publish(path, rows(seed))
    return server


async def download(
    archive: BinanceArchive, start: str = "2024-02-01", end: str = "2024-03-03", watch: Watched | None = None
) -> DownloadedSeries:
    (series,) = await archive.fetch([wanted(MINUTES, start, end)], Watched() if watch is None else watch)
    return series


def missing(series: DownloadedSeries) -> list[str]:
    return [period.name for period in series.not_published]


def assert_whole(folder: Path, server: ArchiveServer, *paths: str) -> None:
    """Exactly these files have names, with the bytes that are published, and each with its checksum."""
    assert names_below(folder) == sorted([*paths, *(f"{path}.CHECKSUM" for path in paths)])
    for path in paths:
        assert (folder / path).read_bytes() == server.files[path]
        assert sha256(server.files[path]).hexdigest() in (folder / f"{path}.CHECKSUM").read_text(encoding="utf-8")


async def test_everything_published_comes_under_its_own_name_with_its_checksum(tmp_path: Path) -> None:
    server, watch = published(), Watched()
    with server.running() as url:
        series = await download(make_archive(tmp_path, url), watch=watch)

    assert_whole(tmp_path, server, FEBRUARY, FIRST, SECOND)
    assert [file.path for file in series.files] == [tmp_path / path for path in (FEBRUARY, FIRST, SECOND)]
    assert {file.origin for file in series.files} == {FileOrigin.TRANSFERRED}
    assert series.n_bytes == watch.n_bytes == sum(len(server.files[path]) for path in (FEBRUARY, FIRST, SECOND))
    assert (series.not_published, series.failures) == ((), ())
    assert watch.n_expected == len(watch.finished) == 3


async def test_what_is_there_and_verified_is_not_asked_for_again(tmp_path: Path) -> None:
    server = published()
    with server.running() as url:
        first = await download(make_archive(tmp_path, url))
        server.asked.clear()
        second = await download(make_archive(tmp_path, url))

    assert server.asked == []
    assert {file.origin for file in second.files} == {FileOrigin.KEPT}
    assert [file.path for file in second.files] == [file.path for file in first.files]


async def test_a_file_that_was_damaged_on_the_disk_is_brought_again(tmp_path: Path) -> None:
    server = published()
    with server.running() as url:
        await download(make_archive(tmp_path, url))
        damaged = bytearray(server.files[FIRST])
        damaged[100] ^= 1
        (tmp_path / FIRST).write_bytes(damaged)
        await download(make_archive(tmp_path, url))

    assert_whole(tmp_path, server, FEBRUARY, FIRST, SECOND)


async def test_a_whole_file_without_its_checksum_is_verified_and_not_transferred_again(tmp_path: Path) -> None:
    server, watch = published(), Watched()
    with server.running() as url:
        await download(make_archive(tmp_path, url))
        (tmp_path / f"{FEBRUARY}.CHECKSUM").unlink()
        await download(make_archive(tmp_path, url), watch=watch)

    assert watch.n_bytes == 0
    assert_whole(tmp_path, server, FEBRUARY, FIRST, SECOND)


async def test_a_day_that_is_not_published_is_counted_and_no_error(tmp_path: Path) -> None:
    server = published()
    del server.files[FIRST]
    with server.running() as url:
        series = await download(make_archive(tmp_path, url))

    assert missing(series) == ["2024-03-01"]
    assert series.failures == ()
    assert_whole(tmp_path, server, FEBRUARY, SECOND)
    assert server.times_asked(FIRST) == 1


async def test_the_days_of_a_missing_month_come_instead(tmp_path: Path) -> None:
    server, watch = ArchiveServer(), Watched()
    days = [f"{DAILY}/BTCUSDT-1m-2024-02-{day:02}.zip" for day in range(1, 28)]
    for day in days:
        server.publish(day)
    with server.running() as url:
        series = await download(make_archive(tmp_path, url), end="2024-03-01", watch=watch)

    assert [file.path for file in series.files] == [tmp_path / day for day in days]
    assert missing(series) == ["2024-02-28", "2024-02-29"]
    # The month and its 29 days.
    assert watch.n_expected == len(watch.finished) == 30


async def test_a_missing_month_of_what_is_only_published_by_month_is_not_published(tmp_path: Path) -> None:
    with ArchiveServer().running() as url:
        (series,) = await make_archive(tmp_path, url).fetch(
            [wanted("um/funding/BTCUSDT", "2024-01-01", "2024-03-01")], Watched()
        )

    assert (series.files, missing(series)) == ((), ["2024-01", "2024-02"])


async def test_a_transfer_that_is_cut_off_is_resumed_where_it_was(tmp_path: Path) -> None:
    server, watch = published(), Watched()
    server.script[FEBRUARY] = [Cut(10_000), Cut(5_000)]
    with server.running() as url:
        await download(make_archive(tmp_path, url), watch=watch)

    assert_whole(tmp_path, server, FEBRUARY, FIRST, SECOND)
    asked = [begin for path, begin in server.asked if path == FEBRUARY]
    assert asked == [None, "bytes=10000-", "bytes=15000-"]
    assert watch.n_bytes == sum(len(server.files[path]) for path in (FEBRUARY, FIRST, SECOND))


async def test_a_server_that_cannot_resume_begins_again(tmp_path: Path) -> None:
    server = published()
    server.with_ranges = False
    server.script[FEBRUARY] = [Cut(10_000), Cut(20_000)]
    with server.running() as url:
        await download(make_archive(tmp_path, url))

    assert_whole(tmp_path, server, FEBRUARY, FIRST, SECOND)


async def test_a_transfer_that_is_always_cut_at_the_same_place_is_given_up_and_can_be_resumed(tmp_path: Path) -> None:
    server = published()
    server.with_ranges = False
    server.always[FEBRUARY] = Cut(10_000)
    with server.running() as url:
        with pytest.raises(NetworkError, match=r"BTCUSDT-1m-2024-02.zip: the answer was cut off"):
            await download(make_archive(tmp_path, url), end="2024-03-01")
        assert names_below(tmp_path) == [f"{FEBRUARY}.part"]
        server.always.clear()
        server.with_ranges = True
        await download(make_archive(tmp_path, url), end="2024-03-01")

    assert_whole(tmp_path, server, FEBRUARY)


async def test_bytes_from_elsewhere_in_the_file_are_not_taken(tmp_path: Path) -> None:
    server = published()
    server.script[FEBRUARY] = [Cut(10_000), ShiftedRange()]
    with server.running() as url:
        await download(make_archive(tmp_path, url))

    assert_whole(tmp_path, server, FEBRUARY, FIRST, SECOND)


async def test_a_part_that_was_whole_already_is_only_verified(tmp_path: Path) -> None:
    server, watch = published(), Watched()
    part = tmp_path / f"{FEBRUARY}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(server.files[FEBRUARY])
    with server.running() as url:
        await download(make_archive(tmp_path, url), end="2024-03-01", watch=watch)

    assert watch.n_bytes == 0
    assert_whole(tmp_path, server, FEBRUARY)


@pytest.mark.parametrize("left_over", [b"something else", b"x" * 1_000_000])
async def test_a_part_of_something_else_is_found_out_and_replaced(tmp_path: Path, left_over: bytes) -> None:
    server = published()
    part = tmp_path / f"{FEBRUARY}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(left_over)
    with server.running() as url:
        await download(make_archive(tmp_path, url), end="2024-03-01")

    assert_whole(tmp_path, server, FEBRUARY)


async def test_wrong_bytes_once_are_transferred_again(tmp_path: Path) -> None:
    server = published()
    server.script[FEBRUARY] = [Other(b"not it")]
    with server.running() as url:
        series = await download(make_archive(tmp_path, url))

    assert series.failures == ()
    assert_whole(tmp_path, server, FEBRUARY, FIRST, SECOND)


async def test_wrong_bytes_always_fail_with_both_sums_and_the_others_come(tmp_path: Path) -> None:
    server = published()
    server.always[FEBRUARY] = Other(b"not it")
    with server.running() as url:
        series = await download(make_archive(tmp_path, url))

    found, expected = sha256(b"not it").hexdigest(), sha256(server.files[FEBRUARY]).hexdigest()
    assert series.failures == (f"{FEBRUARY}: SHA-256 is {found}, but {expected} is published beside it",)
    assert server.times_asked(FEBRUARY) == 2
    assert_whole(tmp_path, server, FIRST, SECOND)


async def test_a_file_replaced_between_two_attempts_comes_as_it_is_now(tmp_path: Path) -> None:
    server = published()
    server.script[FEBRUARY] = [Cut(10_000)]
    old = server.files[FEBRUARY]
    with server.running() as url:
        archive = make_archive(tmp_path, url, policy=RetryPolicy(attempts_max=1))
        with pytest.raises(NetworkError):
            await download(archive, end="2024-03-01")
        new = server.publish(FEBRUARY, rows(99))
        await download(make_archive(tmp_path, url), end="2024-03-01")

    assert new != old
    assert_whole(tmp_path, server, FEBRUARY)


async def test_a_file_without_a_published_checksum_is_refused(tmp_path: Path) -> None:
    server = published()
    del server.files[f"{FEBRUARY}.CHECKSUM"]
    with server.running() as url:
        series = await download(make_archive(tmp_path, url))

    assert series.failures == (f"{FEBRUARY}: no checksum is published beside it, so it cannot be verified",)
    assert not (tmp_path / FEBRUARY).exists()


@pytest.mark.parametrize(
    "text", [b"", b"<html>", b"0" * 64 + b"  BTCUSDT-1m-2024-01.zip\n", b"zz  x\n", b"\xff" * 9000]
)
async def test_a_checksum_that_is_none_is_never_believed(tmp_path: Path, text: bytes) -> None:
    server = published()
    server.files[f"{FIRST}.CHECKSUM"] = text
    with server.running() as url:
        if len(text) > 4096:
            with pytest.raises(NetworkError, match="the answer is longer than 4096 bytes"):
                await download(make_archive(tmp_path, url))
        else:
            series = await download(make_archive(tmp_path, url))
            assert series.failures[0].startswith(f"{FIRST}.CHECKSUM: is not a SHA-256 of BTCUSDT-1m-2024-03-01.zip")

    assert not (tmp_path / FIRST).exists()


async def test_a_truncated_zip_with_the_right_checksum_is_refused(tmp_path: Path) -> None:
    server = published()
    server.publish_bytes(FEBRUARY, server.files[FEBRUARY][:-30])
    with server.running() as url:
        series = await download(make_archive(tmp_path, url))

    (failure,) = series.failures
    assert failure.startswith(f"{FEBRUARY}: the published file is no sound zip file")
    assert_whole(tmp_path, server, FIRST, SECOND)


async def test_a_zip_of_several_files_is_refused(tmp_path: Path) -> None:
    server = published()
    two = tmp_path / "two.zip"
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "2")
    server.publish_bytes(FEBRUARY, two.read_bytes())
    two.unlink()
    with server.running() as url:
        series = await download(make_archive(tmp_path, url), end="2024-03-01")

    assert series.failures == (f"{FEBRUARY}: the published file holds 2 files instead of one",)


@pytest.mark.parametrize("code", [500, 502, 503, 504, 408])
async def test_an_error_of_the_server_is_tried_again(tmp_path: Path, code: int) -> None:
    server, clock = published(), LeapingClock(NOW_NS)
    server.script[FEBRUARY] = [Status(code), Status(code)]
    server.script[f"{FEBRUARY}.CHECKSUM"] = [Status(code)]
    with server.running() as url:
        await download(make_archive(tmp_path, url, clock=clock), end="2024-03-01")

    assert_whole(tmp_path, server, FEBRUARY)
    # Half a second, doubled for the second failure in a row; the checksum is another thing and begins anew.
    assert clock.slept_ns == [NS_PER_SECOND // 2, NS_PER_SECOND, NS_PER_SECOND // 2]


async def test_too_many_requests_are_answered_by_waiting_as_long_as_asked(tmp_path: Path) -> None:
    server, clock = published(), LeapingClock(NOW_NS)
    server.script[FEBRUARY] = [Status(429, retry_after="17")]
    with server.running() as url:
        await download(make_archive(tmp_path, url, clock=clock), end="2024-03-01")

    assert_whole(tmp_path, server, FEBRUARY)
    assert sum(clock.slept_ns) == 17 * NS_PER_SECOND


@pytest.mark.parametrize("code", [403, 451, 400])
async def test_a_server_that_does_not_serve_us_ends_everything_at_once(tmp_path: Path, code: int) -> None:
    server = published()
    server.always[FEBRUARY] = Status(code)
    with server.running() as url, pytest.raises(NetworkError, match=f"2024-02.zip: answered {code}"):
        await download(make_archive(tmp_path, url), end="2024-03-01")

    assert server.times_asked(FEBRUARY) == 1


async def test_a_server_that_falls_silent_is_left_and_the_rest_comes_from_a_new_connection(tmp_path: Path) -> None:
    server = published()
    server.script[FEBRUARY] = [Slow(pause_s=3.0, after_bytes=10_000)]
    with server.running() as url:
        await download(make_archive(tmp_path, url, read_s=0.2), end="2024-03-01")

    assert_whole(tmp_path, server, FEBRUARY)
    assert (FEBRUARY, "bytes=10000-") in server.asked


async def test_a_server_that_is_slow_but_keeps_sending_is_waited_for(tmp_path: Path) -> None:
    server = published()
    server.script[FEBRUARY] = [Slow(pause_s=0.2, after_bytes=10_000)]
    with server.running() as url:
        await download(make_archive(tmp_path, url, read_s=2.0), end="2024-03-01")

    assert server.times_asked(FEBRUARY) == 1
    assert_whole(tmp_path, server, FEBRUARY)


async def test_no_server_at_all_is_one_line_after_a_few_attempts(tmp_path: Path) -> None:
    with ArchiveServer().running() as url:
        pass
    with pytest.raises(NetworkError, match=r"2024-02.zip: cannot connect: Connection refused \(attempt 4, given up\)"):
        await download(make_archive(tmp_path, url, n_parallel=1))

    assert names_below(tmp_path) == []


@pytest.mark.parametrize("n_parallel", [1, 3])
async def test_no_more_transfers_run_at_once_than_are_allowed(tmp_path: Path, n_parallel: int) -> None:
    server = ArchiveServer()
    for day in range(1, 11):
        path = f"{DAILY}/BTCUSDT-1m-2024-02-{day:02}.zip"
        server.publish(path)
        server.always[path] = Slow(0.1)
    with server.running() as url:
        await download(make_archive(tmp_path, url, n_parallel=n_parallel), end="2024-02-11")

    # A busy machine may not have had the last of them begin in time.
    assert min(n_parallel, 2) <= server.n_open_max <= n_parallel


async def test_a_second_download_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath(".lock").touch()
    with (tmp_path / ".lock").open("w") as lock, ArchiveServer().running() as url:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="another download is at work in this folder"):
            await download(make_archive(tmp_path, url))


async def test_a_folder_that_takes_no_files_ends_everything_with_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    (tmp_path / "downloads").mkdir()
    # A file where a folder has to be: also root, for whom no folder is forbidden, cannot write into it.
    (folder / "futures").write_text("", encoding="utf-8")
    with published().running() as url, pytest.raises(DataError, match=r"BTCUSDT-1m-.*\.part: cannot be written"):
        await download(make_archive(folder, url))


def hiccups() -> st.SearchStrategy[list[Misbehavior]]:
    """What may happen to a file before it comes, few enough times that it does come."""
    return st.lists(
        st.one_of(
            st.builds(Cut, st.integers(0, 60_000)),
            st.builds(Status, st.sampled_from([500, 503])),
            st.just(Status(429, retry_after="1")),
            st.just(ShiftedRange()),
        ),
        max_size=3,
    )


@settings(max_examples=10)
@given(scripts=st.tuples(hiccups(), hiccups(), hiccups()), with_ranges=st.booleans())
def test_however_the_server_stumbles_the_bytes_are_those_published(
    scripts: tuple[list[Misbehavior], ...], with_ranges: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, server = tmp_path_factory.mktemp("downloads"), published()
    server.with_ranges = with_ranges
    for path, script in zip((FEBRUARY, FIRST, SECOND), scripts, strict=True):
        server.script[path] = list(script)
    with server.running() as url:
        series = asyncio.run(download(make_archive(folder, url)))

    assert series.failures == ()
    assert_whole(folder, server, FEBRUARY, FIRST, SECOND)
