"""Bars of one instrument from a Parquet or CSV file."""

from pathlib import Path
from typing import Final

import numpy as np

from adapters.market_data.row_checks import check_finite, check_increasing, check_milliseconds, refuse_where
from application.errors import DataError
from domain.bar_table import BarTable
from domain.market import BarSeries, Float64Array, Int64Array
from domain.time_units import NS_PER_DAY, NS_PER_MS, format_interval

_TIME: Final = "open_time"
_PRICES: Final = ("open", "high", "low", "close")
_VOLUME: Final = "volume"

# Weekly bars open on Mondays; the epoch was a Thursday.
_FIRST_MONDAY_NS: Final = 4 * NS_PER_DAY
_WEEK_NS: Final = 7 * NS_PER_DAY

# Far outside of what any market has shown, and far inside of where squares and products lose their meaning.
_PRICE_MIN: Final = 1e-12
_PRICE_LIMIT: Final = 1e15
_VOLUME_LIMIT: Final = 1e18

# From this many rows on, no two of them one interval apart means that the interval is wrong.
_ROWS_TO_JUDGE_INTERVAL: Final = 3


def read_bars(path: Path, *, symbol: str, interval_ns: int) -> BarSeries:
    """Read traded bars from ``.parquet``, ``.csv`` or ``.csv.gz``.

    Columns: ``open_time`` (milliseconds since 1970 UTC, whole numbers), ``open``, ``high``,
    ``low``, ``close`` (quote per base) and ``volume`` (base units); others are ignored, and
    so is what the file's name says. Gaps are allowed. Every rule of `BarSeries` is checked
    here first, because only here the row of the file is known.

    Args:
        path: The file.
        symbol: Instrument that the bars belong to.
        interval_ns: Length of each bar.

    Raises:
        DataError: Anything in it cannot be true. The one line names the file, the data row (counted
            from 1, without the header), the column and the value.
    """
    # Here, because it imports pyarrow.
    from adapters.market_data.column_files import read_column_file  # noqa: PLC0415

    file = read_column_file(path, (_TIME, *_PRICES, _VOLUME))
    opened_at_ns = _times_ns(path, file.integers(_TIME))
    prices = {name: file.floats(name) for name in _PRICES}
    return checked_bars(path, BarTable(symbol, interval_ns, opened_at_ns, **prices, volume=file.floats(_VOLUME)))


def read_mark_bars(path: Path, *, symbol: str, interval_ns: int) -> BarSeries:
    """Read bars of the mark price: as `read_bars`, but nothing trades at a mark, so volumes are zero.

    Raises:
        DataError: Anything in it cannot be true; see `read_bars`.
    """
    from adapters.market_data.column_files import read_column_file  # noqa: PLC0415

    file = read_column_file(path, (_TIME, *_PRICES))
    opened_at_ns = _times_ns(path, file.integers(_TIME))
    prices = {name: file.floats(name) for name in _PRICES}
    volume = np.zeros(opened_at_ns.shape[0])
    return checked_bars(path, BarTable(symbol, interval_ns, opened_at_ns, **prices, volume=volume))


def _times_ns(path: Path, open_time: Int64Array) -> Int64Array:
    check_milliseconds(path, _TIME, open_time)
    return open_time * np.int64(NS_PER_MS)


def checked_bars(origin: Path | str, table: BarTable) -> BarSeries:
    """Return a table as a series, once everything that a series promises was found true.

    Args:
        origin: What messages call it: a file, or a series of the catalogue.
        table: The rows.

    Raises:
        DataError: Anything in it cannot be true. The one line names origin, row (from 1), column and value.
    """
    _check_times(origin, table.opened_at_ns, table.interval_ns)
    prices = _checked_prices(origin, {name: getattr(table, name) for name in _PRICES})
    volume = _checked_volume(origin, table.volume)
    return BarSeries(table.symbol, table.interval_ns, table.opened_at_ns, **prices, volume=volume)


def _check_times(origin: Path | str, opened_at_ns: Int64Array, interval_ns: int) -> None:
    open_time = opened_at_ns // NS_PER_MS
    check_increasing(origin, _TIME, open_time)
    first_ns = _FIRST_MONDAY_NS if interval_ns % _WEEK_NS == 0 else 0
    off_grid = (opened_at_ns - first_ns) % interval_ns != 0
    refuse_where(origin, off_grid, _TIME, open_time, f"is not where a {format_interval(interval_ns)} bar opens")
    _check_interval(origin, opened_at_ns, interval_ns)


def _check_interval(origin: Path | str, opened_at_ns: Int64Array, interval_ns: int) -> None:
    # Hourly bars also lie on the grid of minutes: without this they would pass for minutes with holes.
    if opened_at_ns.shape[0] < _ROWS_TO_JUDGE_INTERVAL:
        return
    step_ns = int(np.diff(opened_at_ns).min())
    if step_ns != interval_ns:
        raise DataError(
            f"{origin}: column {_TIME}: no two rows are {format_interval(interval_ns)} apart, "
            f"the nearest are {format_interval(step_ns)}"
        )


def _checked_prices(origin: Path | str, prices: dict[str, Float64Array]) -> dict[str, Float64Array]:
    for name, values in prices.items():
        check_finite(origin, name, values)
        refuse_where(origin, values <= 0, name, values, "is not positive")
        refuse_where(origin, values < _PRICE_MIN, name, values, f"is no price: below {_PRICE_MIN}")
        refuse_where(origin, values >= _PRICE_LIMIT, name, values, f"is no price: not below {_PRICE_LIMIT:.0e}")
    high, low = prices["high"], prices["low"]
    refuse_where(origin, high < low, "high", high, "is below low")
    refuse_where(origin, high < np.maximum(prices["open"], prices["close"]), "high", high, "is below open or close")
    refuse_where(origin, low > np.minimum(prices["open"], prices["close"]), "low", low, "is above open or close")
    return prices


def _checked_volume(origin: Path | str, volume: Float64Array) -> Float64Array:
    check_finite(origin, _VOLUME, volume)
    refuse_where(origin, volume < 0, _VOLUME, volume, "is negative")
    refuse_where(origin, volume >= _VOLUME_LIMIT, _VOLUME, volume, f"is no volume: not below {_VOLUME_LIMIT:.0e}")
    return volume
