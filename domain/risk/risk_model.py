"""How much a set of positions can lose in a day: one covariance, one tail, both as of the last sample."""

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np
from attrs import field, frozen

from domain.market import Float64Array


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

    def notional_within(self, symbol: str, direction: int, held: Mapping[str, float], deviation_max: float) -> float:
        """Return the largest value of a new position with which all together stay within a standard deviation.

        The larger root of v² x² + 2 c x + s² = d², where v is the volatility of the new position, c its covariance
        with what is held and s the deviation of that: a hedge (c < 0) may be larger than the same position alone.

        Args:
            symbol: Of the new position.
            direction: +1 long, -1 short.
            held: Signed values of what is held.
            deviation_max: Largest standard deviation of the daily PnL, quote currency.

        Returns:
            Quote currency; 0 where no size does, infinity where every size does.
        """
        place = self._place[symbol]
        own = self._rows[place][place]
        together = direction * self.covariance_with(symbol, held)
        spare = deviation_max**2 - self.deviation(held) ** 2
        if own <= 0.0:
            return float("inf") if spare >= 0.0 else 0.0
        root = together**2 + own * spare
        if root < 0.0:
            return 0.0
        return max(0.0, (sqrt(root) - together) / own)
