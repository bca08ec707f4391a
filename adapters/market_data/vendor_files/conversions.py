"""Turns columns as files have them into the columns of our rows; what cannot be turned is named by row and value."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from attrs import define
from numpy.typing import NDArray

from adapters.market_data.row_checks import row_error
from adapters.market_data.row_forms import FLAG, FLOAT, Column
from adapters.market_data.text_casts import casts, first_uncastable
from adapters.market_data.vendor_files.time_columns import TimeReading
from application.errors import DataError
from domain.market import Float64Array, Int64Array

_RATE_DECIMALS: Final = 10
_FLAGS: Final = {"true": True, "false": False, "1": True, "0": False}


@define
class Place:
    """Where a column stands, for messages.

    Attributes:
        path: The file.
        row: Data row of its first value, from 0.
        name: Name of the column in the file.
    """

    path: Path
    row: int
    name: str

    def refuse(self, offset: int, value: object, what: str) -> DataError:
        """Return the error for one value of the column."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return DataError(f"{self.path}: row {self.row + offset + 1}, column {self.name}: the value is missing")
        return row_error(self.path, self.row + offset, self.name, value, what)


def to_floats(place: Place, column: pa.Array) -> Float64Array:
    """Return numbers; NaN where nothing stands.

    Raises:
        DataError: A value is no number, or the column holds single-precision numbers, which nobody published.
    """
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = _parsed(place, column, pa.float64(), "is not a number")
    elif not (pa.types.is_float64(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise DataError(f"{place.path}: column {place.name} holds {kind}, not numbers (float64)")
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=FLOAT)


def to_rates(place: Place, column: pa.Array) -> Float64Array:
    """Return funding rates to ten decimals; NaN where nothing stands.

    The venue publishes eight. Other tools' arithmetic leaves noise far behind them (-0.0021933400000000002), which
    would make the same rate from two sources a contradiction.

    Raises:
        DataError: As by `to_floats`.
    """
    return np.round(to_floats(place, column), _RATE_DECIMALS)


def to_integers(place: Place, column: pa.Array) -> Int64Array:
    """Return whole numbers.

    Raises:
        DataError: A value is missing or no whole number.
    """
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _parsed(place, column, pa.int64(), "is not a whole number")
    if pa.types.is_floating(column.type) and not casts(column, pa.int64()):
        offset = first_uncastable(column, pa.int64())
        raise place.refuse(offset, column[offset].as_py(), "is not a whole number")
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise DataError(f"{place.path}: column {place.name} holds {column.type}, not whole numbers (int64)")
    _check_present(place, column)
    return np.asarray(column.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def to_flags(place: Place, column: pa.Array) -> NDArray[np.bool_]:
    """Return truth values: booleans, or the words true and false, or 1 and 0.

    Raises:
        DataError: A value is missing or none of them.
    """
    _check_present(place, column)
    if pa.types.is_boolean(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=FLAG)
    texts = np.asarray(column.cast(pa.string()).to_numpy(zero_copy_only=False), dtype=object)
    found, inverse = np.unique(texts.astype(str), return_inverse=True)
    values = [_FLAGS.get(str(text).strip().lower()) for text in found]
    for text, value in zip(found, values, strict=True):
        if value is None:
            raise place.refuse(int(np.argmax(texts == text)), str(text), "is neither true nor false")
    flags: NDArray[np.bool_] = np.array(values, dtype=FLAG)[inverse]
    return flags


def to_times(reading: TimeReading) -> Callable[[Place, pa.Array], Int64Array]:
    """Return what turns a column into instants, whole nanoseconds since 1970 UTC."""

    def convert(place: Place, column: pa.Array) -> Int64Array:
        kind = column.type
        if pa.types.is_timestamp(kind) or (reading.is_text and pa.types.is_string(kind)):
            return _stamps(place, column, reading)
        return reading.to_ns(place.path, place.row, place.name, to_integers(place, column))

    return convert


def _stamps(place: Place, column: pa.Array, reading: TimeReading) -> Int64Array:
    if pa.types.is_string(column.type):
        to = pa.timestamp("ns", "UTC") if reading.has_offset else pa.timestamp("ns")
        column = _parsed(place, column, to, "is not a time such as 2024-01-31 08:00:00")
    _check_present(place, column)
    if not casts(column, pa.timestamp("ns", column.type.tz)):
        offset = first_uncastable(column, pa.timestamp("ns", column.type.tz))
        raise place.refuse(offset, str(column[offset].as_py()), "is too far away to be a time")
    numbers = column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())
    stamps = np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)
    reading.check_range(place.path, place.row, place.name, stamps)
    return stamps


def _check_present(place: Place, column: pa.Array) -> None:
    if column.null_count:
        raise place.refuse(pyarrow.compute.index(column.is_null(), value=True).as_py(), None, "")


def _parsed(place: Place, column: pa.Array, to: pa.DataType, what: str) -> pa.Array:
    """Return text as something else; nothing, or only blanks, becomes null."""
    trimmed = pyarrow.compute.utf8_trim_whitespace(column)
    empty = pyarrow.compute.equal(trimmed, "")
    trimmed = pyarrow.compute.if_else(empty, pa.scalar(None, trimmed.type), trimmed)
    if casts(trimmed, to):
        return trimmed.cast(to)
    offset = first_uncastable(trimmed, to)
    raise place.refuse(offset, column[offset].as_py(), what)


Convert = Callable[[Place, pa.Array], Column]
"""Turns a column of a file into a column of ours."""

AnyArray = NDArray[Any]
