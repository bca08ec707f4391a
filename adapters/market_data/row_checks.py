"""What every column of market data must satisfy, and the one line that says where it does not."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from application.errors import DataError
from domain.market import Float64Array, Int64Array

# An instant outside 2000..2099 is a wrong unit, not a market: the first exchange for these contracts opened in 2014.
EARLIEST_MS: Final = 946_684_800_000
LATEST_MS: Final = 4_102_444_799_999

_TEXT_LENGTH_MAX: Final = 60


def row_error(origin: Path | str, row: int, column: str, value: object, what: str) -> DataError:
    """Return the error for one value.

    Args:
        origin: The file, or the series of the catalogue.
        row: Index of the data row, from 0; the message counts from 1 and leaves out the header.
        column: Name of the column in the file.
        value: What stands there.
        what: What is wrong with it, as the rest of a sentence.
    """
    text = str(value) if isinstance(value, (int, float)) else repr(value)
    if len(text) > _TEXT_LENGTH_MAX:
        text = f"{text[:_TEXT_LENGTH_MAX]}..."
    return DataError(f"{origin}: row {row + 1}, column {column}: {text} {what}")


def refuse_where(origin: Path | str, bad: NDArray[np.bool_], column: str, values: NDArray[Any], what: str) -> None:
    """Refuse the first value whose flag is set; all arrays have shape (n_rows,)."""
    if bad.any():
        row = int(np.argmax(bad))
        raise row_error(origin, row, column, values[row].item(), what)


def check_finite(origin: Path | str, column: str, values: Float64Array) -> None:
    """Refuse NaN and infinities."""
    refuse_where(origin, ~np.isfinite(values), column, values, "is not a finite number")


def check_milliseconds(origin: Path | str, column: str, values: Int64Array) -> None:
    """Refuse instants that are not milliseconds since 1970, and say which unit they look like."""
    bad = (values < EARLIEST_MS) | (values > LATEST_MS)
    if bad.any():
        row = int(np.argmax(bad))
        value = int(values[row])
        raise row_error(origin, row, column, value, f"is not a time in milliseconds{_unit_hint(value)}")


def _unit_hint(value: int) -> str:
    for unit, as_ms in (("seconds", value * 1_000), ("microseconds", value // 1_000), ("nanoseconds", value // 10**6)):
        if EARLIEST_MS <= as_ms <= LATEST_MS:
            return f": it looks like {unit}"
    return " between the years 2000 and 2099"


def check_increasing(origin: Path | str, column: str, values: Int64Array) -> None:
    """Refuse an instant that repeats the row before or lies before it."""
    steps = np.diff(values)
    if (steps <= 0).any():
        row = int(np.argmax(steps <= 0)) + 1
        what = "repeats" if values[row] == values[row - 1] else "goes back in time behind"
        raise row_error(origin, row, column, int(values[row]), f"{what} the row before ({int(values[row - 1])})")
