"""Puts simulated numbers on the steps in which a venue quotes them."""

from decimal import Decimal
from typing import Final

import numpy as np

from domain.market import Float64Array

_EXACT_INTEGER_MAX: Final = 2**53


def on_step(values: Float64Array, step: Decimal, *, steps_min: int) -> Float64Array:
    """Return the nearest whole multiples of a step, at least ``steps_min`` of them; any shape.

    Each result is the float nearest to the exact decimal, so it prints as that decimal: a whole
    number divided by a whole number is rounded once, where ``3 * 0.1`` would be rounded twice.

    Raises:
        ValueError: A value is so many steps that not every one has a float of its own.
    """
    numerator, denominator = step.as_integer_ratio()
    with np.errstate(over="ignore"):
        counts = np.maximum(np.rint(values * denominator / numerator), float(steps_min))
    if not bool((counts * numerator < _EXACT_INTEGER_MAX).all()):
        raise ValueError(f"a simulated value reached {float(np.max(values))!r}, too large for steps of {step}")
    return counts * numerator / denominator
