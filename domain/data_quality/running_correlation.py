"""Correlations of series too long to hold."""

from math import sqrt

import numpy as np
from attrs import define, field

from domain.market import Float64Array


@define
class RunningCorrelation:
    """Pearson's correlation from sums."""

    _n: int = field(default=0, init=False)
    _sums: Float64Array = field(factory=lambda: np.zeros(5), init=False)

    def see(self, first: Float64Array, second: Float64Array) -> None:
        """Take more pairs, both shape (n_pairs,)."""
        self._n += first.shape[0]
        # Not `@`: a linear algebra library wakes its threads for it, which takes longer than the work and adds up in
        # another sequence on another machine.
        products = ((one * other).sum() for one, other in ((first, first), (second, second), (first, second)))
        self._sums += np.array([first.sum(), second.sum(), *products])

    @property
    def value(self) -> float | None:
        """From -1 to 1; None where one of them did not vary."""
        if not self._n:
            return None
        mean_1, mean_2, square_1, square_2, product = (self._sums / self._n).tolist()
        variance = (square_1 - mean_1**2) * (square_2 - mean_2**2)
        # Rounding leaves something of a variance of nothing.
        if variance <= 1e-24 * max(square_1 * square_2, 1e-300):
            return None
        return float((product - mean_1 * mean_2) / sqrt(variance))


@define
class RunningAutocorrelation:
    """Correlation of a series with itself one row before; NaN breaks the series."""

    _pairs: RunningCorrelation = field(factory=RunningCorrelation, init=False)
    _last: float = field(default=np.nan, init=False)

    def see(self, values: Float64Array) -> None:
        """Take more of the series, shape (n_rows,), at least one."""
        before = np.concatenate(([self._last], values[:-1]))
        known = np.isfinite(before) & np.isfinite(values)
        self._pairs.see(before[known], values[known])
        self._last = float(values[-1])

    @property
    def value(self) -> float | None:
        """From -1 to 1; None where it did not vary."""
        return self._pairs.value
