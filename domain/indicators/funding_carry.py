"""Funding carry: what recent funding rates amount to in a year, whatever intervals they are settled at.

A rate of 0.0001 earns three times as much a year where it is settled every 8 hours as where it is settled every 24. So
rates are never averaged as they are: what was paid is divided by the hours it was paid for. Positive means that longs
pay shorts. Simple rates, not compounded, as `domain.funding.annualized_rate`.
"""

from collections import deque
from collections.abc import Mapping
from math import fsum, inf, nan
from typing import Any

import numpy as np

from domain.funding import HOURS_PER_YEAR
from domain.indicators.inputs import at_least, check_columns, not_finite, not_positive, positive_number
from domain.indicators.windows import after_warmup
from domain.market import Float64Array
from domain.saved_state import restored_number


class MeanCarry:
    """Yearly rate of the last `n_settlements`: the sum of their rates per hour that they cover."""

    __slots__ = ("_hours", "_rates", "n_settlements")

    def __init__(self, n_settlements: int) -> None:
        at_least(1, n_settlements=n_settlements)
        self.n_settlements = n_settlements
        # NaN in every place that has not been filled makes every rate before that NaN.
        self._rates = deque([nan] * n_settlements, maxlen=n_settlements)
        self._hours = deque([nan] * n_settlements, maxlen=n_settlements)

    @property
    def warmup_settlements(self) -> int:
        """The first yearly rate is there with this many settlements."""
        return self.n_settlements

    def update(self, rate: float, interval_h: float) -> float:
        """Take the next settlement and return the yearly rate, NaN until `n_settlements` have come.

        Args:
            rate: Fraction of notional that was settled.
            interval_h: Hours that it was settled for.

        Raises:
            ValueError: The rate is not a finite number, or the interval not a positive one.
        """
        if not -inf < rate < inf:
            raise not_finite(rate=rate)
        if not 0.0 < interval_h < inf:
            raise not_positive(interval_h=interval_h)
        self._rates.append(rate)
        self._hours.append(interval_h)
        return fsum(self._rates) / fsum(self._hours) * HOURS_PER_YEAR


def mean_carry(rates: Float64Array, interval_h: Float64Array, n_settlements: int) -> Float64Array:
    """Return the yearly rate of each row's last settlements, as `MeanCarry` defines it.

    Args:
        rates: Fractions of notional that were settled, shape (n_events,).
        interval_h: Hours that each was settled for, positive, same shape.
        n_settlements: Length of the window.

    Returns:
        Shape (n_events,), fractions per year; the first ``n_settlements - 1`` are NaN.

    Raises:
        ValueError: A rate is not a finite number, an interval not positive, the shapes differ, or the window is empty.
    """
    at_least(1, n_settlements=n_settlements)
    _check_settlements(rates, interval_h)
    # Rates of both signs cancel, which only exactly rounded sums survive to the last digits; there are few of them.
    n_windows = max(0, rates.size - n_settlements + 1)
    paid, hours = rates.tolist(), interval_h.tolist()
    windows = [slice(start, start + n_settlements) for start in range(n_windows)]
    yearly = [fsum(paid[window]) / fsum(hours[window]) * HOURS_PER_YEAR for window in windows]
    return after_warmup(np.array(yearly), rates.size)


class DecayingCarry:
    """Yearly rate with weights that halve every `half_life_h`: decayed sum of rates per decayed sum of hours.

    It is there with the first settlement, and is that one's yearly rate; one settlement alone is a poor estimate.
    """

    __slots__ = ("_hours", "_paid", "half_life_h")

    warmup_settlements = 1

    def __init__(self, half_life_h: float) -> None:
        positive_number(half_life_h=half_life_h)
        self.half_life_h = half_life_h
        self._paid = self._hours = 0.0

    def update(self, rate: float, interval_h: float) -> float:
        """Take the next settlement and return the yearly rate.

        Args:
            rate: Fraction of notional that was settled.
            interval_h: Hours that it was settled for, by which what came before has aged.

        Raises:
            ValueError: The rate is not a finite number, or the interval not a positive one.
        """
        if not -inf < rate < inf:
            raise not_finite(rate=rate)
        if not 0.0 < interval_h < inf:
            raise not_positive(interval_h=interval_h)
        decay = 0.5 ** (interval_h / self.half_life_h)
        self._paid = self._paid * decay + rate
        self._hours = self._hours * decay + interval_h
        return self._paid / self._hours * HOURS_PER_YEAR

    def saved_state(self) -> dict[str, float]:
        """Return what it knows, as JSON can hold it."""
        return {"paid": self._paid, "hours": self._hours}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from the state of another one of the same half-life.

        Raises:
            ValueError: It is no such state.
        """
        self._paid, self._hours = restored_number(state, "paid"), restored_number(state, "hours")


def decaying_carry(rates: Float64Array, interval_h: Float64Array, half_life_h: float) -> Float64Array:
    """Return the decaying yearly rate after each settlement, as `DecayingCarry` defines it.

    Args:
        rates: Fractions of notional that were settled, shape (n_events,).
        interval_h: Hours that each was settled for, positive, same shape.
        half_life_h: Hours after which a settlement counts half.

    Returns:
        Shape (n_events,), fractions per year.

    Raises:
        ValueError: A rate is not a finite number, an interval or the half-life is not positive, or the shapes differ.
    """
    positive_number(half_life_h=half_life_h)
    _check_settlements(rates, interval_h)
    out = np.empty(rates.shape)
    paid = hours = 0.0
    for row, (rate, interval) in enumerate(zip(rates.tolist(), interval_h.tolist(), strict=True)):
        decay = 0.5 ** (interval / half_life_h)
        paid, hours = paid * decay + rate, hours * decay + interval
        out[row] = paid / hours * HOURS_PER_YEAR
    return out


def _check_settlements(rates: Float64Array, interval_h: Float64Array) -> None:
    check_columns(rates=rates, interval_h=interval_h)
    rows = np.flatnonzero(interval_h <= 0.0)
    if rows.size:
        raise ValueError(f"interval_h: row {rows[0]}: {float(interval_h[rows[0]])} is not positive")
