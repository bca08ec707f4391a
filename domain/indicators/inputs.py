"""What indicators refuse: numbers that are none, windows that are too short, columns that do not fit each other.

An indicator that took one NaN would give NaN, or worse a wrong number, for as long as it remembers. So every one
refuses it by a `ValueError` that names it, and keeps the state it had. The exceptions are `MovingAverage`,
`MovingAveragePair` and `AverageTrueRange`, on the path of every bar: they trust that a `BarSeries` has checked it.
"""

from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from domain.market import Float64Array


def at_least(least: int, **counts: int) -> None:
    """Refuse counts, such as periods, that are below the least that makes sense.

    Raises:
        ValueError: One is; it is named with its value.
    """
    for name, count in counts.items():
        if count < least:
            raise ValueError(f"{name} must be at least {least}, got {count}")


def positive_number(**numbers: float) -> None:
    """Refuse parameters that are not positive finite numbers.

    Raises:
        ValueError: One is not; it is named with its value.
    """
    for name, number in numbers.items():
        if not 0.0 < number < inf:
            raise ValueError(f"{name} must be a positive number, got {number}")


def not_finite(**values: float) -> ValueError:
    """Return the error that names the first of these values that is not a finite number.

    Where all are finite, they are so large that their difference is not.
    """
    for name, value in values.items():
        if not isfinite(value):
            return ValueError(f"{name} must be a finite number, got {value}")
    return ValueError("too large to calculate with: " + ", ".join(f"{name} {value}" for name, value in values.items()))


def not_positive(**values: float) -> ValueError:
    """Return the error that names the first of these values that is not a positive finite number."""
    name, value = next((name, value) for name, value in values.items() if not 0.0 < value < inf)
    return ValueError(f"{name} must be a positive number, got {value}")


def not_a_volume(volume: float) -> ValueError:
    """Return the error about a volume that is negative or not a finite number."""
    return ValueError(f"volume must be a finite number and not negative, got {volume}")


def not_a_bar(**prices: float) -> ValueError:
    """Return the error about a bar's open, high, low and close that cannot be those of one bar."""
    for name, price in prices.items():
        if not 0.0 < price < inf:
            return ValueError(f"{name} must be a positive number, got {price}")
    return ValueError("low <= open, close <= high does not hold: " + ", ".join(f"{n} {p}" for n, p in prices.items()))


def check_columns(**columns: Float64Array) -> None:
    """Refuse columns that are not one-dimensional, equally long and finite.

    Args:
        columns: The columns by name, each of shape (n_bars,).

    Raises:
        ValueError: They are not; the message names column, row and value.
    """
    first, shape = next((name, column.shape) for name, column in columns.items())
    for name, column in columns.items():
        if column.ndim != 1 or column.shape != shape:
            raise ValueError(f"columns must be equally long: {name} has shape {column.shape}, {first} {shape}")
        _refuse_where(~np.isfinite(column), name, column, "is not a finite number")


def check_prices(**columns: Float64Array) -> None:
    """Refuse columns of prices as `check_columns` does, and where a price is not positive."""
    check_columns(**columns)
    for name, column in columns.items():
        _refuse_where(column <= 0.0, name, column, "is not positive")


def check_volume(volume: Float64Array) -> None:
    """Refuse a column of volumes, checked by `check_columns`, where one is negative."""
    _refuse_where(volume < 0.0, "volume", volume, "is negative")


def check_ranges(high: Float64Array, low: Float64Array) -> None:
    """Refuse columns of highs and lows whose prices are not positive, or where a high is below its low."""
    check_prices(high=high, low=low)
    _refuse_where(high < low, "high", high, "is below low")


def check_bars(open_: Float64Array, high: Float64Array, low: Float64Array, close: Float64Array) -> None:
    """Refuse bars whose prices are not positive or do not satisfy ``low <= open, close <= high``."""
    check_prices(open=open_, high=high, low=low, close=close)
    _refuse_where(high < np.maximum(open_, close), "high", high, "is below open or close")
    _refuse_where(low > np.minimum(open_, close), "low", low, "is above open or close")


def _refuse_where(bad: NDArray[np.bool_], name: str, column: Float64Array, what: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        row = int(rows[0])
        raise ValueError(f"{name}: row {row}: {float(column[row])} {what}")
