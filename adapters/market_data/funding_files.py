"""Funding rates of one instrument from a Parquet or CSV file."""

from pathlib import Path
from typing import Final

import numpy as np

from adapters.market_data.row_checks import check_finite, check_increasing, check_milliseconds, refuse_where, row_error
from domain.funding_table import FundingTable
from domain.market import FundingSeries, Int64Array
from domain.numbers import exact
from domain.time_units import NS_PER_MS

_TIME: Final = "funding_time"
_RATE: Final = "funding_rate"

_MS_PER_HOUR: Final = 3_600_000
# Published times trail the hour by up to some 30 ms in what we have seen; a minute is generous and still unambiguous.
_LATE_MS_MAX: Final = 60_000


def read_funding(path: Path, *, symbol: str) -> FundingSeries:
    """Read funding settlements from ``.parquet``, ``.csv`` or ``.csv.gz``.

    Columns: ``funding_time`` (milliseconds since 1970 UTC, whole numbers) and ``funding_rate``
    (fraction of notional; positive means longs pay shorts); others are ignored. Settlements
    take place on the whole hour, but some sources publish them a little late: up to a minute
    after the hour is taken for the hour.

    Args:
        path: The file.
        symbol: Instrument that the rates belong to.

    Returns:
        The settlements, each rate as the shortest decimal that reads back as the number in the file.

    Raises:
        DataError: Anything in it cannot be true. The one line names the file, the data row (counted
            from 1, without the header), the column and the value.
    """
    # Here, because it imports pyarrow.
    from adapters.market_data.column_files import read_column_file  # noqa: PLC0415

    file = read_column_file(path, (_TIME, _RATE))
    funding_time = file.integers(_TIME)
    check_milliseconds(path, _TIME, funding_time)
    return checked_funding(path, FundingTable(symbol, funding_time * np.int64(NS_PER_MS), file.floats(_RATE)))


def checked_funding(origin: Path | str, table: FundingTable) -> FundingSeries:
    """Return a table as a series, times as the whole hours that they stand for, once all of it was found true.

    Args:
        origin: What messages call it: a file, or a series of the catalogue.
        table: The rows.

    Raises:
        DataError: Anything in it cannot be true. The one line names origin, row (from 1), column and value.
    """
    settled_at_ns = _settlement_hours(origin, table.settled_at_ns // NS_PER_MS) * np.int64(NS_PER_MS)
    rates = table.rates
    check_finite(origin, _RATE, rates)
    refuse_where(origin, np.abs(rates) >= 1, _RATE, rates, "is not a fraction below 1 (0.0001 is one basis point)")
    return FundingSeries(table.symbol, settled_at_ns, tuple(exact(rate) for rate in rates.tolist()))


def _settlement_hours(origin: Path | str, funding_time: Int64Array) -> Int64Array:
    """Return the whole hours that the published times stand for, in milliseconds."""
    check_increasing(origin, _TIME, funding_time)
    late_ms = funding_time % _MS_PER_HOUR
    refuse_where(origin, late_ms > _LATE_MS_MAX, _TIME, funding_time, "is not within 60 s after a whole hour")
    hours = funding_time - late_ms
    same = np.flatnonzero(np.diff(hours) == 0)
    if same.size:
        row = int(same[0]) + 1
        raise row_error(origin, row, _TIME, int(funding_time[row]), "is the same hour as the row before")
    return hours
