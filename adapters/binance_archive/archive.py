"""The public archive as a source of market data: plans what to ask for and has several transfers run at once.

It imports aiohttp, which takes a while: import it inside the function that needs it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from attrs import define, field, frozen, validators
from typing_extensions import override

from adapters.binance_archive.connection import TimeLimits, connect
from adapters.binance_archive.folder import sole_use
from adapters.binance_archive.layout import ArchiveFile
from adapters.binance_archive.plan import days_instead, plan_files
from adapters.binance_archive.retrying import Retrying, RetryPolicy
from adapters.binance_archive.transfer import Transfer, UnusableFileError
from application.download import DownloadedFile, DownloadedSeries, DownloadRequest, MissingPeriod
from application.errors import ApplicationError
from application.ports.clock import Clock
from application.ports.market_archive import DownloadWatch, MarketArchive

ARCHIVE_URL: Final = "https://data.binance.vision/data"
"""Root of the public archive, below which ``futures`` and ``spot`` lie."""


@frozen(kw_only=True)
class BinanceArchive(MarketArchive):
    """Binance's public archive, or a server that is laid out like it.

    Attributes:
        folder: Download folder; files lie in it as they do below the root of the archive.
        clock: Says which periods are past, and waits.
        draw: Returns a random share from [0, 1), for waiting times.
        base_url: Root of the archive, without a slash at the end.
        n_parallel: How many transfers may run at once.
        limits: How long is waited for the server.
        policy: How often failures are tried again.
    """

    folder: Path
    clock: Clock
    draw: Callable[[], float]
    base_url: str = ARCHIVE_URL
    n_parallel: int = field(default=4, validator=validators.ge(1))
    limits: TimeLimits = field(factory=TimeLimits)
    policy: RetryPolicy = field(factory=RetryPolicy)

    @override
    async def fetch(self, requests: Sequence[DownloadRequest], watch: DownloadWatch, /) -> tuple[DownloadedSeries, ...]:
        harvests = [_Harvest(request, plan_files(request, self.clock.now_ns())) for request in requests]
        watch.expect(sum(len(harvest.planned) for harvest in harvests))
        with sole_use(self.folder):
            async with connect(self.limits) as connection:
                retrying = Retrying(self.clock, self.draw, self.policy)
                transfer = Transfer(connection, retrying, self.base_url, self.folder)
                await self._run(harvests, transfer, watch)
        return tuple(harvest.series() for harvest in harvests)

    async def _run(self, harvests: "Sequence[_Harvest]", transfer: Transfer, watch: DownloadWatch) -> None:
        jobs = deque((harvest, file) for harvest in harvests for file in harvest.planned)

        async def work() -> None:
            while jobs:
                harvest, file = jobs.popleft()
                instead = await harvest.gather(file, transfer, watch)
                watch.expect(len(instead))
                jobs.extendleft((harvest, day) for day in reversed(instead))
                watch.finish(file.name)

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self.n_parallel):
                    tasks.create_task(work())
        except ExceptionGroup as group:
            # One failure that ends everything is enough to say; the others are mostly its echo.
            failures, surprises = group.split(ApplicationError)
            raise (surprises or failures or group).exceptions[0] from None


@define
class _Harvest:
    """What has come of one series so far."""

    request: DownloadRequest
    planned: Sequence[ArchiveFile]
    _files: list[DownloadedFile] = field(factory=list, init=False)
    _not_published: list[MissingPeriod] = field(factory=list, init=False)
    _failures: list[str] = field(factory=list, init=False)

    async def gather(self, file: ArchiveFile, transfer: Transfer, watch: DownloadWatch) -> Sequence[ArchiveFile]:
        """Fetch one file; return those to ask for instead if it is not published."""
        try:
            downloaded = await transfer.fetch(file, watch)
        except UnusableFileError as error:
            self._failures.append(str(error))
            return ()
        if downloaded is not None:
            self._files.append(downloaded)
            return ()
        instead = days_instead(file) if file.is_monthly else []
        if not instead:
            self._not_published.append(MissingPeriod(file.period, file.start_ns))
        return instead

    def series(self) -> DownloadedSeries:
        """Return what has come, in the order of periods."""
        return DownloadedSeries(
            request=self.request,
            files=tuple(sorted(self._files, key=lambda file: file.start_ns)),
            not_published=tuple(sorted(self._not_published, key=lambda period: period.start_ns)),
            failures=tuple(sorted(self._failures)),
        )
