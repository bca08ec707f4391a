"""What is asked of an import of market data, and what came of it."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from attrs import Factory, field, frozen

from application.market_series import Market, SeriesInfo, SeriesKind, SourceRecord


class TimeUnit(Enum):
    """Unit of whole-number times in a file."""

    S = "s"
    MS = "ms"
    US = "us"
    NS = "ns"


class ConflictPolicy(Enum):
    """What is done where a file says something else about an instant than the catalogue, or than itself."""

    REFUSE = "refuse"
    """Nothing is imported; the error names the first such row."""

    KEEP = "keep"
    """What is there stays; within a file, the first row counts."""

    REPLACE = "replace"
    """What comes later counts."""


@frozen(kw_only=True)
class ReadingHints:
    """What the user knows about files; it goes over what is recognized. None: recognize it.

    Attributes:
        market: Where the instrument is traded.
        kind: What the rows are.
        symbol: Instrument.
        interval_ns: Length of each bar.
        time_unit: Unit of whole-number times.
        columns: Name in the file by our name, such as ``{"close": "Last"}``.
    """

    market: Market | None = None
    kind: SeriesKind | None = None
    symbol: str | None = None
    interval_ns: int | None = None
    time_unit: TimeUnit | None = None
    columns: Mapping[str, str] = Factory(dict)


@frozen(kw_only=True)
class ImportedFile:
    """What came of one file.

    Attributes:
        path: The file.
        record: As it stands in the manifest.
        was_known: The same bytes had been imported before, so they were not read again; the record is the old one.
    """

    path: Path
    record: SourceRecord
    was_known: bool


@frozen(kw_only=True)
class ImportedSeries:
    """What an import did to one series.

    Attributes:
        info: The series as it is now.
        files: The files that went into it this time, in the order in which they counted.
    """

    info: SeriesInfo
    files: tuple[ImportedFile, ...] = field()

    @property
    def n_new(self) -> int:
        """Rows that the series did not have before."""
        return sum(file.record.n_new for file in self.files if not file.was_known)
