"""Where a series comes from that is looked at but not used yet: a file, or the catalogue."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from application.market_series import SeriesKey
from domain.bar_table import BarTable
from domain.funding_table import FundingTable


class SeriesSource(Protocol):
    """Rows of one series in the order in which they stand there; they may be read more than once."""

    @property
    def name(self) -> str:
        """What people call it: the path of the file, or the key of the series."""
        ...

    @property
    def key(self) -> SeriesKey:
        """The series that its rows claim to belong to."""
        ...

    @property
    def as_of_ns(self) -> int | None:
        """When its last rows were taken from the venue, at the latest; None where it does not tell."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """How it is read and what is out of the ordinary about that; complete once all rows were read."""
        ...

    def bar_chunks(self) -> Iterator[BarTable]:
        """Yield its rows in chunks that bound memory.

        Raises:
            DataError: A value cannot be read, or the rows are no bars.
        """
        ...

    def funding_chunks(self) -> Iterator[FundingTable]:
        """Yield its rows in chunks that bound memory; instants are as published.

        Raises:
            DataError: A value cannot be read, or the rows are no funding.
        """
        ...
