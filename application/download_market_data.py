"""Downloads market data: what is published, then from the venue itself what is newer."""

from collections.abc import Sequence
from typing import Final

from attrs import evolve, frozen

from application.download import DownloadedFile, DownloadedSeries, DownloadRequest
from application.errors import NetworkError
from application.ports.clock import Clock
from application.ports.market_archive import DownloadWatch, MarketArchive, RecentMarketData
from domain.time_units import iso_utc

_DATE_LENGTH: Final = len("2024-01-31")


@frozen(kw_only=True)
class DownloadMarketData:
    """Brings series into the download folder, each as far as it can be had.

    The archive comes first: it is verified, and the venue is only asked for what is left behind its last file.

    Attributes:
        archive: Published files.
        recent: What is newer; None to do without.
        clock: Says how far the past reaches.
    """

    archive: MarketArchive
    recent: RecentMarketData | None
    clock: Clock

    async def __call__(self, requests: Sequence[DownloadRequest], watch: DownloadWatch) -> tuple[DownloadedSeries, ...]:
        """Return what there is of each series now, in the order of the requests.

        Where nothing at all can be had of a series, that is a failure of the series. Where the venue cannot be reached,
        what the archive has stands, and the series says what it lacks.

        Raises:
            NetworkError: The archive cannot be reached, or fails again and again.
            DataError: The download folder cannot be written, or the venue's answers make no sense.
        """
        harvest, unreached = [], ""
        for series in await self.archive.fetch(requests, watch):
            # A venue that could not be reached just now is not asked for each series again.
            completed = await self._completed(series, watch, unreached)
            unreached = unreached or completed.unreached
            harvest.append(_judged(completed))
        return tuple(harvest)

    async def _completed(self, series: DownloadedSeries, watch: DownloadWatch, unreached: str) -> DownloadedSeries:
        end_ns = min(series.request.end_ns, self.clock.now_ns())
        if self.recent is None or series.covered_until_ns >= end_ns:
            return series
        if unreached:
            return evolve(series, unreached=unreached)
        rest = DownloadRequest(key=series.request.key, start_ns=series.covered_until_ns, end_ns=end_ns)
        try:
            files = await self.recent.fetch(rest, watch)
        except NetworkError as error:
            return evolve(series, unreached=str(error))
        return _with_recent(series, files) if files else series


def _with_recent(series: DownloadedSeries, files: Sequence[DownloadedFile]) -> DownloadedSeries:
    # What the venue has told of is no longer missing.
    missing = tuple(period for period in series.not_published if period.start_ns < files[0].start_ns)
    return evolve(series, files=(*series.files, *files), not_published=missing)


def _judged(series: DownloadedSeries) -> DownloadedSeries:
    if series.files or series.failures or series.unreached:
        return series
    start, end = (iso_utc(at_ns)[:_DATE_LENGTH] for at_ns in (series.request.start_ns, series.request.end_ns - 1))
    return evolve(
        series, failures=(f"{series.request.key}: nothing is published from {start} to {end}; is the symbol right?",)
    )
