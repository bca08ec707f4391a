"""The newest rows from the venue's REST interface, written as JSON files.

It imports aiohttp, which takes a while: import it inside the function that needs it.
"""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

from attrs import field, frozen
from typing_extensions import override

from adapters.binance_archive.connection import TimeLimits, connect
from adapters.binance_archive.folder import sole_use
from adapters.binance_archive.layout import market_folder, series_folder, series_stem
from adapters.binance_archive.recent_pieces import RecentPieces
from adapters.binance_archive.rest_client import RestClient, UnknownSymbolError
from adapters.binance_archive.rest_pages import REST_RULES, Pages, close_ms, is_askable, server_ms
from adapters.binance_archive.retrying import Retrying, RetryPolicy
from application.download import DownloadedFile, DownloadRequest
from application.market_series import SeriesKey, SeriesKind
from application.ports.clock import Clock
from application.ports.market_archive import DownloadWatch, RecentMarketData
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MS

_FOLDER: Final = PurePosixPath("rest")
# A month's file may be a week late, so some five weeks can be missing; what is missing for longer is not recent.
_REACH_NS: Final = 45 * NS_PER_DAY
# The venue tells of the trades of 48 hours (documentation of "Compressed/Aggregate Trades List", 2026).
_REACH_OF_TRADES_NS: Final = 47 * NS_PER_HOUR


@frozen(kw_only=True)
class BinanceRecentData(RecentMarketData):
    """Binance's REST interface, or a server that answers like it.

    Each file holds one JSON array of the rows as the interface sends them: arrays for bars, objects for the rest. They
    lie at ``rest/futures/um/klines/BTCUSDT/1m/BTCUSDT-1m-recent-1.json`` and so on; the next download replaces them.

    Attributes:
        folder: Download folder.
        clock: Waits.
        draw: Returns a random share from [0, 1), for waiting times.
        base_url: Address to ask instead of the venue's own; None for that.
        limits: How long is waited for the server.
        policy: How often failures are tried again.
    """

    folder: Path
    clock: Clock
    draw: Callable[[], float]
    base_url: str | None = None
    limits: TimeLimits = field(factory=TimeLimits)
    policy: RetryPolicy = field(factory=RetryPolicy)

    @override
    async def fetch(self, request: DownloadRequest, watch: DownloadWatch, /) -> tuple[DownloadedFile, ...]:
        key = request.key
        if not is_askable(key.kind) or request.end_ns <= self.clock.now_ns() - _reach_ns(key):
            return ()
        watch.expect(1)
        with sole_use(self.folder):
            async with connect(self.limits) as connection:
                rules = REST_RULES[key.market]
                retrying = Retrying(self.clock, self.draw, self.policy)
                client = RestClient(connection, retrying, self.base_url or rules.host, rules.weight_max)
                try:
                    files = await self._write(Pages(client, rules, key), request, watch)
                except UnknownSymbolError:
                    # It is no longer traded: what the archive has is all there is.
                    files = ()
        watch.finish(series_stem(key))
        return files

    async def _write(self, pages: Pages, request: DownloadRequest, watch: DownloadWatch) -> tuple[DownloadedFile, ...]:
        key = request.key
        # Asked before the rows: a bar that was closed by then is final in every later answer.
        now_ms = await server_ms(pages.client, pages.rules)
        start_ms = max(request.start_ns // NS_PER_MS, now_ms - _reach_ns(key) // NS_PER_MS)
        end_ms = min(request.end_ns // NS_PER_MS, now_ms)
        folder = self.folder / _FOLDER / market_folder(key.market) / series_folder(key)
        pieces = RecentPieces(key.kind, folder / f"{series_stem(key)}-recent", start_ms)
        async for page in pages.between(start_ms, end_ms):
            watch.receive(pieces.add([row for row in page if close_ms(key.kind, row) < now_ms]))
        return pieces.finish()


def _reach_ns(key: SeriesKey) -> int:
    return _REACH_OF_TRADES_NS if key.kind is SeriesKind.TRADES else _REACH_NS
