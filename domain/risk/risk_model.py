"""How much a set of positions can lose in a day: one covariance, one tail, both as of the last sample."""

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np
from attrs import field, frozen

from domain.market import Float64Array
from domain.risk.reachable import Beside, Reach, ReachableSet


@frozen(eq=False)
class RiskModel:
    """Daily risk of linear positions in some instruments.

    A loss of `var_factor` standard deviations of the positions together is passed with the stated probability at
    most; beyond it the mean loss is `cvar_factor` of them. The factors are 1.645 and 2.063 for normal returns at 95
    percent, and otherwise a bound for either side of the market: see `domain.risk.day_history.limiting_tail`.

    Attributes:
        symbols: Instruments.
        covariance: Of their daily returns, shape (n, n).
        var_factor: Value at risk over standard deviation.
        cvar_factor: Expected shortfall over standard deviation, at least `var_factor`.
    """

    symbols: Sequence[str]
    covariance: Float64Array
    var_factor: float
    cvar_factor: float
    _place: Mapping[str, int] = field(init=False, repr=False)
    _rows: list[list[float]] = field(init=False, repr=False)
    # Every order asks for it of every instrument, and a model never changes.
    _alike: dict[tuple[str, float], Mapping[str, int]] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_place", {symbol: place for place, symbol in enumerate(self.symbols)})
        # A handful of instruments: plain numbers are faster than calls into an array library.
        object.__setattr__(self, "_rows", self.covariance.tolist())

    def knows(self, symbol: str) -> bool:
        """Whether an instrument is in the model."""
        return symbol in self._place

    def volatility(self, symbol: str) -> float:
        """Return the standard deviation of daily returns of one instrument."""
        place = self._place[symbol]
        return sqrt(self._rows[place][place])

    def correlation(self, first: str, second: str) -> float:
        """Return the correlation of two instruments' daily returns; 0 where one of them never moved."""
        one, two = self._place[first], self._place[second]
        scale = sqrt(self._rows[one][one] * self._rows[two][two])
        return self._rows[one][two] / scale if scale > 0.0 else 0.0

    def alike(self, symbol: str, threshold: float) -> Mapping[str, int]:
        """Return what each other instrument of the model does beside one: +1 moves alike, -1 opposite, 0 neither.

        Args:
            symbol: Instrument; it is not among them.
            threshold: Absolute correlation from which two move alike, above 0.
        """
        found = self._alike.get((symbol, threshold))
        if found is None:
            correlations = {other: self.correlation(symbol, other) for other in self.symbols if other != symbol}
            found = {other: (each >= threshold) - (each <= -threshold) for other, each in correlations.items()}
            self._alike[symbol, threshold] = found
        return found

    def deviation(self, notional: Mapping[str, float]) -> float:
        """Return the standard deviation of the daily PnL of positions, quote currency.

        Args:
            notional: Signed value of each position, quote currency; positive long.

        Raises:
            KeyError: An instrument is not in the model.
        """
        held = np.zeros(len(self.symbols))
        for symbol, value in notional.items():
            held[self._place[symbol]] = value
        return sqrt(max(0.0, float(held @ self.covariance @ held)))

    def covariance_with(self, symbol: str, notional: Mapping[str, float]) -> float:
        """Return the covariance of one instrument's daily return with the daily PnL of positions."""
        row = self._rows[self._place[symbol]]
        return sum(row[self._place[other]] * value for other, value in notional.items())

    def correlation_with(self, symbol: str, direction: int, notional: Mapping[str, float]) -> float:
        """Return how a new position would move with those held: 1 a duplicate, -1 a hedge, 0 if nothing is held."""
        scale = self.volatility(symbol) * self.deviation(notional)
        return direction * self.covariance_with(symbol, notional) / scale if scale > 0.0 else 0.0

    def largest_deviation(self, reach: Mapping[str, Reach]) -> float:
        """Return the largest standard deviation of the daily PnL that any filling of orders can lead to.

        Args:
            reach: Between which values each position can come to lie.

        Raises:
            KeyError: An instrument is not in the model.
        """
        return sqrt(self._reachable(reach).largest_variance())

    def worst_notional(self, reach: Mapping[str, Reach]) -> dict[str, float]:
        """Return the values within reach that deviate most together, quote currency; positive long."""
        corner = self._reachable(reach).worst_corner()
        return {symbol: float(corner[self._place[symbol]]) for symbol in reach}

    def beside(self, symbol: str, direction: int, reach: Mapping[str, Reach]) -> Beside:
        """Return what the other positions leave to one.

        Args:
            symbol: Of the position; what is said of its own reach does not count.
            direction: +1 long, -1 short.
            reach: Between which values each other position can come to lie.

        Raises:
            KeyError: An instrument is not in the model.
        """
        return self._reachable(reach).beside(self._place[symbol], direction)

    def _reachable(self, reach: Mapping[str, Reach]) -> ReachableSet:
        ends = np.zeros((2, len(self.symbols)))
        for symbol, each in reach.items():
            ends[:, self._place[symbol]] = each.lowest, each.highest
        return ReachableSet(self.covariance, ends[0], ends[1])
