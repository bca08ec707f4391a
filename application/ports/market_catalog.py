"""The catalogue of market data: what it holds, how it is read, and how it grows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from application.market_series import QualitySummary, SeriesInfo, SeriesKey
from domain.bar_table import BarTable
from domain.funding_table import FundingTable
from domain.market import BarSeries, FundingSeries

ROWS_PER_CHUNK: Final = 65_536
"""Rows in a chunk unless somebody asks for another number."""


class MarketCatalog(Protocol):
    """Market data that was imported, read back series by series.

    Rows come in time order and each instant once (trades: each trade once); their values are as their sources had
    them, so bars may hold NaN or a high below a low. What is stored was checked against its manifest: a file that has
    changed or is missing raises `DataError` naming it.
    """

    def list_series(self) -> tuple[SeriesInfo, ...]:
        """Return everything that is whole, sorted by key as text; nothing where nothing was imported yet.

        Raises:
            DataError: The catalogue cannot be read.
        """
        ...

    def damaged_series(self) -> Mapping[SeriesKey, str]:
        """Return the series whose manifest cannot be read, each with a line that says why.

        Raises:
            DataError: The catalogue cannot be read.
        """
        ...

    def info(self, key: SeriesKey, /) -> SeriesInfo:
        """Return what is known of one series.

        Raises:
            DataError: There is no such series (the line says how to import one), or its manifest is damaged.
        """
        ...

    def has(self, key: SeriesKey, /) -> bool:
        """Return whether there is such a series.

        Raises:
            DataError: Its manifest is damaged.
        """
        ...

    def bar_chunks(
        self,
        key: SeriesKey,
        /,
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        rows_max: int = ROWS_PER_CHUNK,
    ) -> Iterator[BarTable]:
        """Yield bars that open at or after ``start_ns`` and before ``end_ns``, in chunks of at most ``rows_max``.

        Bars of mark, index and premium have zero volume. Only a chunk or two are in memory at once.

        Raises:
            DataError: There is no such series, its rows are no bars, or a file is damaged.
        """
        ...

    def bar_table(self, key: SeriesKey, /, *, start_ns: int | None = None, end_ns: int | None = None) -> BarTable:
        """Return the same as one table.

        Raises:
            DataError: As `bar_chunks`.
        """
        ...

    def bar_series(self, key: SeriesKey, /) -> BarSeries:
        """Return all bars, every rule of `BarSeries` checked.

        Raises:
            DataError: As `bar_chunks`, or a bar breaks a rule; the line names series, row, column and value.
        """
        ...

    def funding_chunks(self, key: SeriesKey, /, *, rows_max: int = ROWS_PER_CHUNK) -> Iterator[FundingTable]:
        """Yield funding settlements.

        Raises:
            DataError: There is no such series, its rows are no funding, or a file is damaged.
        """
        ...

    def funding_series(self, key: SeriesKey, /) -> FundingSeries:
        """Return all funding settlements, every rule of `FundingSeries` checked.

        Raises:
            DataError: As `funding_chunks`, or a row breaks a rule.
        """
        ...

    def record_quality(self, key: SeriesKey, quality: QualitySummary, /) -> None:
        """Store what validation found in the manifest, instead of what was found before.

        Raises:
            DataError: There is no such series.
        """
        ...

    def delete(self, key: SeriesKey, /) -> SeriesInfo | None:
        """Forget one series and remove its files; return what it was, None if it was damaged.

        Raises:
            DataError: There is no such series.
        """
        ...


class MarketFile(Protocol):
    """One file of somebody's making that was recognized, but not read yet.

    Attributes:
        key: The series that its rows belong to.
        reading: How it is read: format, time unit and columns, in words.
        notes: What is out of the ordinary about it; more may come up while reading, so look when it is done.
    """

    @property
    def key(self) -> SeriesKey:
        """The series that its rows belong to."""
        ...

    @property
    def reading(self) -> str:
        """How it is read: format, time unit and columns, in words."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What is out of the ordinary about it; complete once all rows were read."""
        ...

    def bar_chunks(self) -> Iterator[BarTable]:
        """Yield its rows in the order in which they stand there, in chunks that bound memory.

        Raises:
            DataError: A value is no number or no time (file, row, column, value), or the rows are no bars.
        """
        ...

    def funding_chunks(self) -> Iterator[FundingTable]:
        """Yield its rows in the order in which they stand there; instants are as published.

        Raises:
            DataError: A value is no number or no time, or the rows are no funding.
        """
        ...
