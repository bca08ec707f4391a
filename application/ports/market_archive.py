"""Where market data can be had: published files of the past, and the venue itself for what is newer."""

from collections.abc import Sequence
from typing import Protocol

from application.download import DownloadedFile, DownloadedSeries, DownloadRequest


class DownloadWatch(Protocol):
    """Is told how a download comes along."""

    def expect(self, n_files: int, /) -> None:
        """So many more files will be asked for than were known of before."""
        ...

    def receive(self, n_bytes: int, /) -> None:
        """So many bytes have come."""
        ...

    def finish(self, name: str, /) -> None:
        """One of the expected files is done with: it is here, or it cannot be had."""
        ...


class MarketArchive(Protocol):
    """Files of past market data that somebody publishes."""

    async def fetch(self, requests: Sequence[DownloadRequest], watch: DownloadWatch, /) -> tuple[DownloadedSeries, ...]:
        """Bring all files that are published for these periods into the download folder.

        A file has its name only if it is whole and its checksum is right; what is there already is not transferred
        again, and what was interrupted is resumed. A file that is published but cannot be used is a failure of its
        series and does not keep the others from coming.

        Returns:
            What there is of each series now, in the order of the requests.

        Raises:
            NetworkError: The archive cannot be reached, or fails again and again.
            DataError: The download folder cannot be written, or another download is at work in it.
        """
        ...


class RecentMarketData(Protocol):
    """The newest rows, which the archive does not have yet."""

    async def fetch(self, request: DownloadRequest, watch: DownloadWatch, /) -> tuple[DownloadedFile, ...]:
        """Write what there is of a period into files of the download folder.

        Only final rows: a bar that has not closed by the venue's clock is left out. Where the venue does not keep so
        much of the past, the first file starts later than the period.

        Returns:
            The files in the order of their rows; none if there is nothing.

        Raises:
            NetworkError: The venue cannot be reached, fails again and again, or bars us for too long.
            DataError: The venue refuses the question, or its answer makes no sense.
        """
        ...
