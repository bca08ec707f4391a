"""The newest rows from the venue's REST interface, written as one JSON file per series.

It imports aiohttp, which takes a while: import it inside the function that needs it.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from attrs import define, field, frozen
from typing_extensions import override

from adapters.binance_archive.connection import TimeLimits, connect
from adapters.binance_archive.folder import PartFile, give_name, open_part, part_of, sole_use
from adapters.binance_archive.layout import market_folder, series_folder, series_stem
from adapters.binance_archive.rest_client import RestClient, UnknownSymbolError
from adapters.binance_archive.rest_pages import REST_RULES, Pages, Row, close_ms, is_askable, server_ms
from adapters.binance_archive.retrying import Retrying, RetryPolicy
from application.download import DownloadedFile, DownloadRequest, FileOrigin
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

    A file holds one JSON array of the rows as the interface sends them: arrays for bars, objects for the rest. It
    lies at ``rest/futures/um/klines/BTCUSDT/1m/BTCUSDT-1m-recent.json`` and is replaced by the next download.

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
    async def fetch(self, request: DownloadRequest, watch: DownloadWatch, /) -> DownloadedFile | None:
        key = request.key
        if not is_askable(key.kind) or request.end_ns <= self.clock.now_ns() - _reach_ns(key):
            return None
        path = (
            self.folder / _FOLDER / market_folder(key.market) / series_folder(key) / f"{series_stem(key)}-recent.json"
        )
        watch.expect(1)
        with sole_use(self.folder):
            async with connect(self.limits) as connection:
                rules = REST_RULES[key.market]
                retrying = Retrying(self.clock, self.draw, self.policy)
                client = RestClient(connection, retrying, self.base_url or rules.host, rules.weight_max)
                try:
                    file = await self._write(path, Pages(client, rules, key), request, watch)
                except UnknownSymbolError:
                    # It is no longer traded: what the archive has is all there is.
                    file = None
        watch.finish(path.name)
        return file

    async def _write(
        self, path: Path, pages: Pages, request: DownloadRequest, watch: DownloadWatch
    ) -> DownloadedFile | None:
        # Asked before the rows: a bar that was closed by then is final in every later answer.
        now_ms = await server_ms(pages.client, pages.rules)
        start_ms = max(request.start_ns // NS_PER_MS, now_ms - _reach_ns(request.key) // NS_PER_MS)
        end_ms = min(request.end_ns // NS_PER_MS, now_ms)
        rows = _FinalRows(request.key, now_ms)
        with open_part(path, at_byte=0) as part:
            await rows.write(part, pages.between(start_ms, end_ms), watch)
        if rows.last_ms is None:
            part_of(path).unlink()
            return None
        give_name(path)
        return _recent_file(path, start_ms, rows.last_ms)


def _recent_file(path: Path, start_ms: int, last_ms: int) -> DownloadedFile:
    return DownloadedFile(
        path=path,
        origin=FileOrigin.RECENT,
        n_bytes=path.stat().st_size,
        start_ns=start_ms * NS_PER_MS,
        end_ns=(last_ms + 1) * NS_PER_MS,
    )


def _reach_ns(key: SeriesKey) -> int:
    return _REACH_OF_TRADES_NS if key.kind is SeriesKind.TRADES else _REACH_NS


@define
class _FinalRows:
    """Writes rows as one JSON array, page by page: the trades of two days do not fit into memory.

    The bar that has not closed by the venue's time is left out.

    Attributes:
        last_ms: Last millisecond that was told of; None as long as there is none.
    """

    _key: SeriesKey
    _now_ms: int
    last_ms: int | None = None

    async def write(self, part: PartFile, pages: AsyncIterator[list[Row]], watch: DownloadWatch) -> None:
        """Write all pages."""
        part.append(b"[")
        async for page in pages:
            text = b"".join(self._texts(page))
            part.append(text)
            watch.receive(len(text))
        part.append(b"\n]\n")

    def _texts(self, page: list[Row]) -> Iterator[bytes]:
        for row in page:
            if (last_ms := close_ms(self._key.kind, row)) < self._now_ms:
                text = json.dumps(row, separators=(",", ":")).encode()
                yield b"\n" + text if self.last_ms is None else b",\n" + text
                self.last_ms = last_ms
