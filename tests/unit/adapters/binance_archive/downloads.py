"""Builders for downloads: requests, an archive that waits no time, and a watch that remembers."""

from datetime import UTC, datetime
from pathlib import Path

from attrs import define, field

from adapters.binance_archive.archive import BinanceArchive
from adapters.binance_archive.connection import TimeLimits
from adapters.binance_archive.retrying import RetryPolicy
from adapters.clock.manual_clock import LeapingClock
from application.download import DownloadRequest
from application.market_series import SeriesKey
from domain.time_units import to_ns

MINUTES = "um/klines/BTCUSDT/1m"
PATIENCE = RetryPolicy(attempts_max=4)


def instant(text: str) -> int:
    """Return the instant that a date such as ``2024-01-31`` begins, or an ISO instant without a zone in UTC."""
    return to_ns(datetime.fromisoformat(text).replace(tzinfo=UTC))


NOW_NS = instant("2024-03-05T12:00")


def wanted(series: str, start: str, end: str) -> DownloadRequest:
    """Make a request; the end is not included."""
    return DownloadRequest(key=SeriesKey.parse(series), start_ns=instant(start), end_ns=instant(end))


def make_archive(
    folder: Path,
    url: str,
    *,
    clock: LeapingClock | None = None,
    n_parallel: int = 4,
    policy: RetryPolicy = PATIENCE,
    read_s: float = 5.0,
) -> BinanceArchive:
    """Make an archive at this address whose waits take no time and are as long as they may be."""
    return BinanceArchive(
        folder=folder,
        clock=LeapingClock(NOW_NS) if clock is None else clock,
        draw=lambda: 1.0,
        base_url=url,
        n_parallel=n_parallel,
        limits=TimeLimits(connect_s=5.0, read_s=read_s),
        policy=policy,
    )


@define
class Watched:
    """Remembers what a download told."""

    n_expected: int = 0
    n_bytes: int = 0
    finished: list[str] = field(factory=list)

    def expect(self, n_files: int, /) -> None:
        self.n_expected += n_files

    def receive(self, n_bytes: int, /) -> None:
        self.n_bytes += n_bytes

    def finish(self, name: str, /) -> None:
        self.finished.append(name)


def names_below(folder: Path) -> list[str]:
    """Return all files below a folder but the lock, relative to it."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != ".lock")
