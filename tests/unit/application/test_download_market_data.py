"""The archive first, then the venue for what is left behind it; and what nobody has is a failure of its series."""

from collections.abc import Sequence
from pathlib import Path

from attrs import define, evolve, field, frozen
from typing_extensions import override

from adapters.clock.manual_clock import LeapingClock
from application.download import (
    DownloadedFile,
    DownloadedSeries,
    DownloadRequest,
    FileOrigin,
    MissingPeriod,
)
from application.download_market_data import DownloadMarketData
from application.errors import NetworkError
from application.market_series import SeriesKey
from application.ports.market_archive import DownloadWatch, MarketArchive, RecentMarketData
from domain.time_units import NS_PER_DAY
from tests.support import START_NS

NOW_NS = START_NS + 10 * NS_PER_DAY + NS_PER_DAY // 2
REQUEST = DownloadRequest(
    key=SeriesKey.parse("um/klines/BTCUSDT/1m"), start_ns=START_NS, end_ns=START_NS + 31 * NS_PER_DAY
)


class Unwatched:
    """Nobody looks."""

    def expect(self, n_files: int, /) -> None: ...

    def receive(self, n_bytes: int, /) -> None: ...

    def finish(self, name: str, /) -> None: ...


def day_file(day: int, origin: FileOrigin = FileOrigin.TRANSFERRED, n_days: int = 1) -> DownloadedFile:
    """The file of one January day, counted from 1."""
    start_ns = START_NS + (day - 1) * NS_PER_DAY
    return DownloadedFile(
        path=Path(f"{day}.zip"), origin=origin, n_bytes=100, start_ns=start_ns, end_ns=start_ns + n_days * NS_PER_DAY
    )


def missing_day(day: int) -> MissingPeriod:
    return MissingPeriod(f"2024-01-{day:02}", START_NS + (day - 1) * NS_PER_DAY)


@frozen
class PublishedDays(MarketArchive):
    """An archive that has these days of January's first ten."""

    days: Sequence[int]
    failures: tuple[str, ...] = ()

    @override
    async def fetch(self, requests: Sequence[DownloadRequest], watch: DownloadWatch, /) -> tuple[DownloadedSeries, ...]:
        missing = tuple(missing_day(day) for day in range(1, 11) if day not in self.days)
        files = tuple(day_file(day) for day in self.days)
        return tuple(
            DownloadedSeries(request=request, files=files, not_published=missing, failures=self.failures)
            for request in requests
        )


@define
class TellingVenue(RecentMarketData):
    """A venue that has everything asked for, or nothing."""

    has_any: bool = True
    asked: list[DownloadRequest] = field(factory=list)

    @override
    async def fetch(self, request: DownloadRequest, watch: DownloadWatch, /) -> tuple[DownloadedFile, ...]:
        self.asked.append(request)
        if not self.has_any:
            return ()
        file = day_file(1, FileOrigin.RECENT)
        return (evolve(file, start_ns=request.start_ns, end_ns=request.end_ns),)


async def download(archive: MarketArchive, recent: RecentMarketData | None) -> DownloadedSeries:
    use_case = DownloadMarketData(archive=archive, recent=recent, clock=LeapingClock(NOW_NS))
    (series,) = await use_case([REQUEST], Unwatched())
    return series


async def test_the_venue_is_asked_from_the_end_of_the_archive_to_now() -> None:
    venue = TellingVenue()

    series = await download(PublishedDays(range(1, 9)), venue)

    assert venue.asked == [
        DownloadRequest(key=REQUEST.key, start_ns=START_NS + 8 * NS_PER_DAY, end_ns=NOW_NS),
    ]
    assert [file.origin for file in series.files][-2:] == [FileOrigin.TRANSFERRED, FileOrigin.RECENT]
    assert series.covered_until_ns == NOW_NS


async def test_what_the_venue_has_told_is_not_missing_and_a_day_between_files_is() -> None:
    series = await download(PublishedDays([1, 2, 4, 5, 6, 7, 8]), TellingVenue())

    assert series.not_published == (missing_day(3),)


async def test_where_the_venue_has_nothing_the_last_days_stay_missing() -> None:
    series = await download(PublishedDays(range(1, 9)), TellingVenue(has_any=False))

    assert series.not_published == (missing_day(9), missing_day(10))
    assert series.failures == ()


async def test_a_period_that_the_archive_covers_is_not_asked_of_the_venue() -> None:
    venue = TellingVenue()
    request = evolve(REQUEST, end_ns=START_NS + 10 * NS_PER_DAY)
    use_case = DownloadMarketData(archive=PublishedDays(range(1, 11)), recent=venue, clock=LeapingClock(NOW_NS))

    await use_case([request], Unwatched())

    assert venue.asked == []


async def test_without_a_venue_the_archive_is_all_there_is() -> None:
    series = await download(PublishedDays(range(1, 9)), None)

    assert series.covered_until_ns == START_NS + 8 * NS_PER_DAY


async def test_a_series_of_which_nobody_has_anything_is_a_failure_that_names_it() -> None:
    series = await download(PublishedDays([]), TellingVenue(has_any=False))

    assert series.failures == (
        "um/klines/BTCUSDT/1m: nothing is published from 2024-01-01 to 2024-01-31; is the symbol right?",
    )


async def test_a_series_whose_files_are_all_bad_says_what_is_wrong_with_them() -> None:
    series = await download(PublishedDays([], failures=("1.zip: SHA-256 is a, but b",)), TellingVenue(has_any=False))

    assert series.failures == ("1.zip: SHA-256 is a, but b",)


@define
class SilentVenue(RecentMarketData):
    """A venue that cannot be reached."""

    n_asked: int = 0

    @override
    async def fetch(self, request: DownloadRequest, watch: DownloadWatch, /) -> tuple[DownloadedFile, ...]:
        self.n_asked += 1
        raise NetworkError("https://venue: cannot connect")


async def test_a_venue_out_of_reach_is_asked_once_and_what_the_archive_has_stands() -> None:
    venue = SilentVenue()
    use_case = DownloadMarketData(archive=PublishedDays(range(1, 9)), recent=venue, clock=LeapingClock(NOW_NS))
    covered = evolve(REQUEST, end_ns=START_NS + 8 * NS_PER_DAY)

    first, second, third = await use_case([REQUEST, covered, REQUEST], Unwatched())

    assert venue.n_asked == 1
    assert (first.unreached, third.unreached) == ("https://venue: cannot connect",) * 2
    assert second.unreached == ""
    assert len(first.files) == 8
    assert first.failures == ()
