"""How the archive is laid out: which kinds of files there are, and where each one lies.

Layout and intervals: README and scripts of the repository ``binance/binance-public-data``, read in 2026. That funding
is only published by month and metrics only by day was observed.
"""

from pathlib import PurePosixPath
from typing import Final

from attrs import field, frozen
from typing_extensions import override

from application.market_series import Market, SeriesKey, SeriesKind
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND, format_interval

_FOLDERS: Final = {
    SeriesKind.BARS: "klines",
    SeriesKind.MARK: "markPriceKlines",
    SeriesKind.INDEX: "indexPriceKlines",
    SeriesKind.PREMIUM: "premiumIndexKlines",
    SeriesKind.TRADES: "aggTrades",
    SeriesKind.FUNDING: "fundingRate",
    SeriesKind.METRICS: "metrics",
}
_MARKETS: Final = {Market.UM: "futures/um", Market.SPOT: "spot"}
_SPOT_KINDS: Final = frozenset({SeriesKind.BARS, SeriesKind.TRADES})
_INTERVALS_NS: Final = (
    *(minutes * NS_PER_MINUTE for minutes in (1, 3, 5, 15, 30)),
    *(hours * NS_PER_HOUR for hours in (1, 2, 4, 6, 8, 12)),
    *(days * NS_PER_DAY for days in (1, 3, 7)),
)
# Futures have no bars of one second.
_SPOT_INTERVALS_NS: Final = (NS_PER_SECOND, *_INTERVALS_NS)


def check_published(key: SeriesKey) -> None:
    """Refuse a series that the archive never has.

    Raises:
        ValueError: Spot has no such kind, or the venue has no such interval; the message names what there is.
    """
    if key.market is Market.SPOT and key.kind not in _SPOT_KINDS:
        there_is = ", ".join(kind.value for kind in SeriesKind if kind in _SPOT_KINDS)
        raise ValueError(f"there is no {key.kind.value} of spot; there is {there_is}")
    intervals_ns = _SPOT_INTERVALS_NS if key.market is Market.SPOT else _INTERVALS_NS
    if key.interval_ns is not None and key.interval_ns not in intervals_ns:
        there_is = ", ".join(map(format_interval, intervals_ns))
        raise ValueError(f"the venue has no bars of {format_interval(key.interval_ns)}; it has {there_is}")


def comes_by_day(key: SeriesKey) -> bool:
    """Whether there are daily files; of bars only up to one day."""
    is_short = key.interval_ns is None or key.interval_ns <= NS_PER_DAY
    return key.kind is not SeriesKind.FUNDING and is_short


def comes_by_month(key: SeriesKey) -> bool:
    """Whether there are monthly files."""
    return key.kind is not SeriesKind.METRICS


def series_folder(key: SeriesKey) -> PurePosixPath:
    """Return ``klines/BTCUSDT/1m``, where a kind of file lies below market and frequency."""
    folder = PurePosixPath(_FOLDERS[key.kind], key.symbol)
    return folder if key.interval_ns is None else folder / format_interval(key.interval_ns)


def market_folder(market: Market) -> PurePosixPath:
    """Return ``futures/um`` or ``spot``."""
    return PurePosixPath(_MARKETS[market])


def series_stem(key: SeriesKey) -> str:
    """Return ``BTCUSDT-1m`` or ``BTCUSDT-aggTrades``, with which the names of a series' files begin."""
    return f"{key.symbol}-{_FOLDERS[key.kind] if key.interval_ns is None else format_interval(key.interval_ns)}"


@frozen
class ArchiveFile:
    """One file that the archive may have.

    Attributes:
        key: Series that it belongs to.
        period: ``2024-01`` for a month, ``2024-01-31`` for a day.
        start_ns: Where the period starts.
        end_ns: Where it ends, not included.
    """

    key: SeriesKey
    period: str
    start_ns: int = field(repr=False)
    end_ns: int = field(repr=False)

    @property
    def is_monthly(self) -> bool:
        """Whether it holds a month rather than a day."""
        return self.end_ns - self.start_ns > NS_PER_DAY

    @property
    def name(self) -> str:
        """Its name, such as ``BTCUSDT-1m-2024-01.zip``."""
        return f"{series_stem(self.key)}-{self.period}.zip"

    @property
    def path(self) -> PurePosixPath:
        """Where it lies below the archive's root, such as ``futures/um/monthly/klines/BTCUSDT/1m/….zip``."""
        frequency = "monthly" if self.is_monthly else "daily"
        return market_folder(self.key.market) / frequency / series_folder(self.key) / self.name

    @override
    def __str__(self) -> str:
        return self.path.as_posix()
