"""What the catalogue of market data holds: series, where their rows come from, and what an import did."""

import re
from enum import Enum
from hashlib import sha256
from typing import Final

from attrs import frozen
from typing_extensions import override

from domain.time_units import format_interval, parse_interval

_SYMBOL: Final = re.compile(r"[A-Z0-9]{2,30}(_[0-9]{6})?")


class Market(Enum):
    """Where the instruments are traded. The values are stored and name folders."""

    UM = "um"
    """USDⓈ-M futures."""

    SPOT = "spot"


class SeriesKind(Enum):
    """What the rows of a series are. The values are stored, name folders, and are the venue's own words."""

    BARS = "klines"
    """Traded bars."""

    MARK = "mark"
    """Bars of the mark price: nothing trades at it, so they have no volume."""

    INDEX = "index"
    """Bars of the index price, without volume."""

    PREMIUM = "premium"
    """Bars of the premium index, a fraction that may be negative, without volume."""

    TRADES = "aggTrades"
    """Trades, those of one taker order at one price together."""

    FUNDING = "funding"
    """Funding settlements."""

    METRICS = "metrics"
    """Open interest and long/short ratios, every five minutes."""

    @property
    def has_bars(self) -> bool:
        """Whether the rows are bars, so that the series has an interval."""
        return self in {SeriesKind.BARS, SeriesKind.MARK, SeriesKind.INDEX, SeriesKind.PREMIUM}


@frozen
class SeriesKey:
    """Which series: written ``um/klines/BTCUSDT/1h``, or ``um/funding/BTCUSDT`` where there is no interval.

    Attributes:
        market: Where the instrument is traded.
        kind: What the rows are.
        symbol: Instrument, for example ``BTCUSDT``.
        interval_ns: Length of each bar; None exactly where the rows are no bars.

    Raises:
        ValueError: The symbol is none, or there is an interval where none belongs, or none where one does.
    """

    market: Market
    kind: SeriesKind
    symbol: str
    interval_ns: int | None = None

    def __attrs_post_init__(self) -> None:
        if not _SYMBOL.fullmatch(self.symbol):
            raise ValueError(f"expected an instrument in capital letters and digits, such as BTCUSDT: {self.symbol!r}")
        if self.kind.has_bars and (self.interval_ns is None or self.interval_ns <= 0):
            raise ValueError(f"{self.kind.value} of {self.symbol}: bars need an interval")
        if not self.kind.has_bars and self.interval_ns is not None:
            raise ValueError(f"{self.kind.value} of {self.symbol}: only bars have an interval")

    @classmethod
    def parse(cls, text: str) -> "SeriesKey":
        """Return the series that a text such as ``um/klines/BTCUSDT/1h`` means.

        Raises:
            ValueError: The text names no series; the message says what is expected.
        """
        market, kind, symbol, *interval = text.split("/") if text.count("/") in {2, 3} else ("", "", "")
        try:
            return cls(Market(market), SeriesKind(kind), symbol, *map(parse_interval, interval))
        except ValueError as error:
            raise ValueError(f"not a series such as um/klines/BTCUSDT/1h or um/funding/BTCUSDT: {text!r}") from error

    @property
    def bar_interval_ns(self) -> int:
        """Length of each bar.

        Raises:
            ValueError: The rows are no bars.
        """
        if self.interval_ns is None:
            raise ValueError(f"{self}: its rows are no bars")
        return self.interval_ns

    @override
    def __str__(self) -> str:
        parts = (self.market.value, self.kind.value, self.symbol)
        return "/".join(parts if self.interval_ns is None else (*parts, format_interval(self.interval_ns)))


@frozen(kw_only=True)
class SourceRecord:
    """One file, or one other series, whose rows went into a series.

    Attributes:
        name: Name of the file, or what else it was.
        sha256: Of the file's bytes, hexadecimal.
        reading: How it was read: format, time unit and columns, in words.
        n_rows: Rows in it.
        start_ns: First instant in it.
        end_ns: Last instant in it.
        imported_at_ns: When it was imported.
        n_new: Rows that the series did not have before.
        n_equal: Rows that it had already, or that occur twice in the source, with the same values.
        n_completed: Rows that it had and that got columns which nobody had told before.
        n_conflicts: Rows that it had with other values.
        on_conflict: Which of them stayed: ``refuse`` (there were none), ``keep`` or ``replace``.
        notes: What was out of the ordinary about it, one sentence each.
    """

    name: str
    sha256: str
    reading: str
    n_rows: int
    start_ns: int
    end_ns: int
    imported_at_ns: int
    n_new: int
    n_equal: int = 0
    n_completed: int = 0
    n_conflicts: int = 0
    on_conflict: str = "refuse"
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class PartitionRecord:
    """One stored file of a series.

    Attributes:
        period: Year (``2024``), month (``2024-01``) or day (``2024-01-31``) that it holds, UTC.
        file: Its name within the folder of the series.
        n_rows: Rows in it.
        start_ns: Instant of its first row.
        end_ns: Instant of its last row.
        n_bytes: Its size.
        sha256: Of its bytes, hexadecimal: whether the file is still the one that was written.
        values_sha256: Of the values in it, hexadecimal: the same whatever wrote the file.
    """

    period: str
    file: str
    n_rows: int
    start_ns: int
    end_ns: int
    n_bytes: int
    sha256: str
    values_sha256: str


@frozen(kw_only=True)
class QualitySummary:
    """What validation found, the last time that somebody asked.

    Attributes:
        content_hash: Of the series when it was judged; another one than its present one means that this is outdated.
        judged_at_ns: When.
        score: 0 (unusable) to 1 (nothing wrong).
        verdict: In one word.
        n_errors: Findings that make rows unusable.
        n_warnings: Findings that are only suspicious.
        worst: The worst finding in one sentence; empty if there is none.
    """

    content_hash: str
    judged_at_ns: int
    score: float
    verdict: str
    n_errors: int
    n_warnings: int
    worst: str = ""


@frozen(kw_only=True)
class SeriesInfo:
    """What is known of one stored series without reading its rows.

    Attributes:
        key: Which series.
        sources: What went into it, in the order of imports.
        partitions: Its files in time order, at least one.
        quality: What validation found, if anybody asked.
        derived_from: The series that it was resampled from, written as a key; None where it was imported.
    """

    key: SeriesKey
    sources: tuple[SourceRecord, ...]
    partitions: tuple[PartitionRecord, ...]
    quality: QualitySummary | None = None
    derived_from: str | None = None

    @property
    def n_rows(self) -> int:
        """Rows in all partitions."""
        return sum(partition.n_rows for partition in self.partitions)

    @property
    def n_bytes(self) -> int:
        """Size of all partitions."""
        return sum(partition.n_bytes for partition in self.partitions)

    @property
    def start_ns(self) -> int:
        """Instant of the first row: of bars, where the first one opens."""
        return self.partitions[0].start_ns

    @property
    def end_ns(self) -> int:
        """Instant up to which the series reaches: of bars, where the last one closes; else the last row's."""
        return self.partitions[-1].end_ns + (self.key.interval_ns or 0)

    @property
    def content_hash(self) -> str:
        """SHA-256 over key and partitions, hexadecimal: the same rows have the same one, wherever they came from."""
        digest = sha256(str(self.key).encode())
        for partition in self.partitions:
            digest.update(f"|{partition.period}|{partition.values_sha256}".encode())
        return digest.hexdigest()
