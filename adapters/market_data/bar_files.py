"""Bars of one instrument from a Parquet or CSV file."""

from pathlib import Path
from typing import Final

import numpy as np

from adapters.market_data.row_checks import check_finite, check_increasing, check_milliseconds, refuse_where
from application.errors import DataError
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
    opened_at_ns = _checked_times(path, file.integers(_TIME), interval_ns)
    prices = _checked_prices(path, {name: file.floats(name) for name in _PRICES})
    volume = _checked_volume(path, file.floats(_VOLUME))
    return BarSeries(symbol, interval_ns, opened_at_ns, **prices, volume=volume)


def read_mark_bars(path: Path, *, symbol: str, interval_ns: int) -> BarSeries:
    """Read bars of the mark price: as `read_bars`, but nothing trades at a mark, so volumes are zero.

    Raises:
        DataError: Anything in it cannot be true; see `read_bars`.
    """
    from adapters.market_data.column_files import read_column_file  # noqa: PLC0415

    file = read_column_file(path, (_TIME, *_PRICES))
    opened_at_ns = _checked_times(path, file.integers(_TIME), interval_ns)
    prices = _checked_prices(path, {name: file.floats(name) for name in _PRICES})
    return BarSeries(symbol, interval_ns, opened_at_ns, **prices, volume=np.zeros(opened_at_ns.shape[0]))


def _checked_times(path: Path, open_time: Int64Array, interval_ns: int) -> Int64Array:
    check_milliseconds(path, _TIME, open_time)
    check_increasing(path, _TIME, open_time)
    opened_at_ns = open_time * np.int64(NS_PER_MS)
    origin_ns = _FIRST_MONDAY_NS if interval_ns % _WEEK_NS == 0 else 0
    off_grid = (opened_at_ns - origin_ns) % interval_ns != 0
    refuse_where(path, off_grid, _TIME, open_time, f"is not where a {format_interval(interval_ns)} bar opens")
    _check_interval(path, opened_at_ns, interval_ns)
    return opened_at_ns


def _check_interval(path: Path, opened_at_ns: Int64Array, interval_ns: int) -> None:
    # Hourly bars also lie on the grid of minutes: without this they would pass for minutes with holes.
    if opened_at_ns.shape[0] < _ROWS_TO_JUDGE_INTERVAL:
        return
    step_ns = int(np.diff(opened_at_ns).min())
    if step_ns != interval_ns:
        raise DataError(
            f"{path}: column {_TIME}: no two rows are {format_interval(interval_ns)} apart, "
            f"the nearest are {format_interval(step_ns)}"
        )


def _checked_prices(path: Path, prices: dict[str, Float64Array]) -> dict[str, Float64Array]:
    for name, values in prices.items():
        check_finite(path, name, values)
        refuse_where(path, values <= 0, name, values, "is not positive")
        refuse_where(path, values < _PRICE_MIN, name, values, f"is no price: below {_PRICE_MIN}")
        refuse_where(path, values >= _PRICE_LIMIT, name, values, f"is no price: not below {_PRICE_LIMIT:.0e}")
    high, low = prices["high"], prices["low"]
    refuse_where(path, high < low, "high", high, "is below low")
    refuse_where(path, high < np.maximum(prices["open"], prices["close"]), "high", high, "is below open or close")
    refuse_where(path, low > np.minimum(prices["open"], prices["close"]), "low", low, "is above open or close")
    return prices


def _checked_volume(path: Path, volume: Float64Array) -> Float64Array:
    check_finite(path, _VOLUME, volume)
    refuse_where(path, volume < 0, _VOLUME, volume, "is negative")
    refuse_where(path, volume >= _VOLUME_LIMIT, _VOLUME, volume, f"is no volume: not below {_VOLUME_LIMIT:.0e}")
    return volume
