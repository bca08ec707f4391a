"""What is asked of a download of market data, and what came of it."""

from enum import Enum
from pathlib import Path

from attrs import frozen

from application.market_series import SeriesKey


@frozen(kw_only=True)
class DownloadRequest:
    """One series over a period.

    Attributes:
        key: Which series.
        start_ns: Where the period starts: midnight UTC.
        end_ns: Where it ends, not included: midnight UTC; may lie in the future.

    Raises:
        ValueError: The period is empty.
    """

    key: SeriesKey
    start_ns: int
    end_ns: int

    def __attrs_post_init__(self) -> None:
        if self.start_ns >= self.end_ns:
            raise ValueError(f"{self.key}: the period ends before it starts")


class FileOrigin(Enum):
    """How a file came to be where it is. The values are printed."""

    TRANSFERRED = "transferred"
    """It came from the archive now."""

    KEPT = "kept"
    """It was there already, and its checksum is right."""

    RECENT = "recent"
    """It was made now of the venue's answers: what the archive does not have yet."""


@frozen(kw_only=True)
class DownloadedFile:
    """One file in the download folder.

    Attributes:
        path: The file.
        origin: How it came there.
        n_bytes: Its size.
        start_ns: Where the period that it stands for starts.
        end_ns: Where that period ends, not included.
    """

    path: Path
    origin: FileOrigin
    n_bytes: int
    start_ns: int
    end_ns: int


@frozen
class MissingPeriod:
    """A month or a day for which the archive has no file.

    Attributes:
        name: ``2024-01`` or ``2024-01-31``.
        start_ns: Where it starts.
    """

    name: str
    start_ns: int


@frozen(kw_only=True)
class DownloadedSeries:
    """What there is of one series after a download.

    Attributes:
        request: What was asked for.
        files: The files, in the order of their periods, without overlap.
        not_published: What the archive does not have of the period, in order.
        failures: What was published and cannot be used, one line each, naming the file.
        unreached: Why the venue did not tell of the newest rows, one line; empty if it did, or had not to.
    """

    request: DownloadRequest
    files: tuple[DownloadedFile, ...] = ()
    not_published: tuple[MissingPeriod, ...] = ()
    failures: tuple[str, ...] = ()
    unreached: str = ""

    @property
    def n_bytes(self) -> int:
        """Size of all files."""
        return sum(file.n_bytes for file in self.files)

    @property
    def covered_until_ns(self) -> int:
        """Where the last file's period ends; where the whole period starts if there is none."""
        return max((file.end_ns for file in self.files), default=self.request.start_ns)
