"""Which files of the archive cover a period: whole past months by month, the rest by day."""

from collections.abc import Iterator
from datetime import UTC, datetime

from adapters.binance_archive.layout import ArchiveFile, comes_by_day, comes_by_month
from application.download import DownloadRequest
from domain.time_units import NS_PER_DAY, to_datetime, to_ns


def plan_files(request: DownloadRequest, now_ns: int) -> list[ArchiveFile]:
    """Return the files to ask for, in time order, without overlap.

    They cover every past day of the period. Where a series is only published by month, a month of which only a part is
    wanted comes whole, and the present month not at all: it is not published before it has ended.

    Args:
        request: Series and period.
        now_ns: The present; days and months that have not ended by now have no files.
    """
    end_ns = min(request.end_ns, now_ns)
    files: list[ArchiveFile] = []
    for month in _months(request, end_ns):
        if comes_by_month(request.key) and _is_wanted_whole(month, request, now_ns):
            files.append(month)
        elif comes_by_day(request.key):
            files.extend(_days(month, request.start_ns, end_ns))
    return files


def days_instead(month: ArchiveFile) -> list[ArchiveFile]:
    """Return the daily files that hold the same as a month; none where the series is not published by day."""
    return list(_days(month, month.start_ns, month.end_ns)) if comes_by_day(month.key) else []


def _is_wanted_whole(month: ArchiveFile, request: DownloadRequest, now_ns: int) -> bool:
    if month.end_ns > now_ns:
        return False
    return not comes_by_day(month.key) or (request.start_ns <= month.start_ns and month.end_ns <= request.end_ns)


def _months(request: DownloadRequest, end_ns: int) -> Iterator[ArchiveFile]:
    first = to_datetime(request.start_ns)
    year, month = first.year, first.month
    while (start_ns := _month_start_ns(year, month)) < end_ns:
        year_after, month_after = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004  # December
        yield ArchiveFile(request.key, f"{year:04}-{month:02}", start_ns, _month_start_ns(year_after, month_after))
        year, month = year_after, month_after


def _month_start_ns(year: int, month: int) -> int:
    return to_ns(datetime(year, month, 1, tzinfo=UTC))


def _days(month: ArchiveFile, start_ns: int, end_ns: int) -> Iterator[ArchiveFile]:
    """Yield the days of a month that lie wholly within a stretch."""
    for day_ns in range(month.start_ns, month.end_ns, NS_PER_DAY):
        if start_ns <= day_ns and day_ns + NS_PER_DAY <= end_ns:
            yield ArchiveFile(month.key, f"{to_datetime(day_ns):%Y-%m-%d}", day_ns, day_ns + NS_PER_DAY)
