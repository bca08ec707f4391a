"""Casts columns of text, and finds the first value that cannot be cast.

Imports pyarrow, which takes a while: import this one inside the function that reads.
"""

import pyarrow as pa


def casts(column: pa.Array | pa.ChunkedArray, to: pa.DataType) -> bool:
    """Whether every value of a column can become another type."""
    try:
        column.cast(to)
    except pa.ArrowInvalid:
        return False
    return True


def first_uncastable(column: pa.Array | pa.ChunkedArray, to: pa.DataType) -> int:
    """Return the first row that cannot become another type; one of them cannot.

    By bisection, because pyarrow does not say where a cast failed and other parsers disagree on what is a number.
    """
    good, bad = 0, len(column)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if casts(column.slice(good, middle - good), to) else (good, middle)
    return good
