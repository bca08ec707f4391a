"""Wires a download: which folder, which archive, which venue."""

from collections.abc import Mapping
from random import SystemRandom
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from adapters.binance_archive.archive import ARCHIVE_URL, BinanceArchive
from adapters.binance_archive.recent_data import BinanceRecentData
from adapters.binance_archive.retrying import RetryPolicy
from adapters.clock.system_clock import SystemClock
from application.download_market_data import DownloadMarketData
from entrypoints.data_directory import data_directory
from entrypoints.errors import ConfigurationError

_FOLDER: Final = "downloads"


@frozen(kw_only=True)
class Sources:
    """Where a download comes from, and how hard it is tried.

    Attributes:
        archive_url: Root of the archive; empty for Binance's.
        rest_url: Address of the REST interface; empty for Binance's.
        archive_only: Whether the REST interface is left alone.
        n_parallel: Transfers at once.
        attempts_max: Attempts without progress before giving up.
    """

    archive_url: str = ""
    rest_url: str = ""
    archive_only: bool = False
    n_parallel: int = 4
    attempts_max: int = 6


def market_download(environment: Mapping[str, str], sources: Sources) -> DownloadMarketData:
    """Return what downloads into the folder ``downloads`` of the data directory.

    Raises:
        ConfigurationError: An address is none.
    """
    folder, clock = data_directory(environment) / _FOLDER, SystemClock()
    draw, policy = SystemRandom().random, RetryPolicy(attempts_max=sources.attempts_max)
    archive_url = _address("--archive-url", sources.archive_url) or ARCHIVE_URL
    rest_url = _address("--rest-url", sources.rest_url) or None
    archive = BinanceArchive(
        folder=folder, clock=clock, draw=draw, base_url=archive_url, n_parallel=sources.n_parallel, policy=policy
    )
    recent = BinanceRecentData(folder=folder, clock=clock, draw=draw, base_url=rest_url, policy=policy)
    return DownloadMarketData(archive=archive, recent=None if sources.archive_only else recent, clock=clock)


def _address(option: str, url: str) -> str:
    """Return an address without slashes at its end; empty text stays empty."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_address = False
    if url and not is_address:
        raise ConfigurationError(f"{option} {url}: expected an address such as https://example.org/data")
    return url.rstrip("/")
