"""Returns and positions as markets have them, for Hypothesis.

One byte each, which draws a hundred times as fast as as many floats, makes equal values and zeros common, and none so
small that its square is beyond the smallest number.
"""

from functools import partial
from typing import Final

import numpy as np
from hypothesis import strategies as st

from domain.market import Float64Array

_LARGEST_STEP: Final = 127


def fractions(largest: float) -> st.SearchStrategy[float]:
    """Draw numbers from minus to plus the largest, in steps of a millionth of it."""
    return st.integers(-1_000_000, 1_000_000).map(lambda n_steps: largest * n_steps / 1e6)


def positive_fractions(largest: float) -> st.SearchStrategy[float]:
    """Draw numbers from zero to the largest, in steps of a millionth of it."""
    return st.integers(0, 1_000_000).map(lambda n_steps: largest * n_steps / 1e6)


def return_series(min_size: int, max_size: int, *, largest: float = 0.5) -> st.SearchStrategy[list[float]]:
    """Draw series of returns of the sizes from min to max."""
    drawn = st.binary(min_size=min_size, max_size=max_size)
    return drawn.map(lambda raw: _numbers(largest, raw).tolist())


def numbers(size: int, *, largest: float) -> st.SearchStrategy[Float64Array]:
    """Draw so many numbers from minus to plus the largest, shape (size,)."""
    return st.binary(min_size=size, max_size=size).map(partial(_numbers, largest))


@st.composite
def tables(draw: st.DrawFn, min_rows: int, max_rows: int, *, max_columns: int, largest: float = 0.5) -> Float64Array:
    """Draw tables of returns, shape (n_rows, n_columns)."""
    shape = draw(st.integers(min_rows, max_rows)), draw(st.integers(1, max_columns))
    return draw(numbers(shape[0] * shape[1], largest=largest)).reshape(shape)


def _numbers(largest: float, raw: bytes) -> Float64Array:
    values: Float64Array = np.frombuffer(raw, dtype=np.int8).astype(np.float64) * (largest / _LARGEST_STEP)
    return values
