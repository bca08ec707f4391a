"""What estimates of risk are made from: series of finite returns, and how sure one wants to be."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from domain.market import Float64Array

OBSERVATIONS_MIN: Final = 30
"""From fewer returns than this nothing is said of a tail or a correlation: the estimate is None."""

_CONFIDENCE_MIN: Final = 0.5
# A count that is a whole number but for rounding: 100 times 1 - 0.95 is 5.000000000000004.
_ROUNDING: Final = 1e-9


def require_returns(returns: ArrayLike, *, n_axes: int = 1) -> Float64Array:
    """Return the returns as an array of finite numbers.

    Args:
        returns: Simple returns as fractions, oldest first, shape (n_returns,) or (n_returns, n_instruments).
        n_axes: How many axes there must be.

    Raises:
        ValueError: The shape is another one, or a row, which is named, is not a finite number.
    """
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim != n_axes:
        raise ValueError(f"returns must have {n_axes} axes, got shape {values.shape}")
    is_finite = np.isfinite(values) if n_axes == 1 else np.isfinite(values).all(axis=1)
    if not is_finite.all():
        raise ValueError(f"returns: row {int(np.argmin(is_finite))} is not a finite number")
    return values


def tail_probability(confidence: float) -> float:
    """Return the chance of a loss beyond the VaR: 0.05 at a confidence of 0.95.

    Raises:
        ValueError: The confidence is not from 0.5 to below 1.
    """
    if not _CONFIDENCE_MIN <= confidence < 1.0:
        raise ValueError(f"confidence must be from {_CONFIDENCE_MIN} to below 1, got {confidence}")
    return 1.0 - confidence


def tail_mass(n_returns: int, confidence: float) -> float:
    """Return how many of so many returns make up the tail: 12.5 of 250 at a confidence of 0.95.

    A number that is whole but for rounding comes out whole.
    """
    mass = n_returns * tail_probability(confidence)
    return float(round(mass)) if abs(mass - round(mass)) < _ROUNDING else mass
