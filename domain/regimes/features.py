"""What regimes are told apart by: three numbers of each bar, all of the same bar and of nothing later.

Return, range and volume were chosen because, given the regime, they are nearly normal and nearly independent from
bar to bar, as a hidden Markov model takes its observations to be. Smoothed ones (RSI, a moving trend) are neither:
each move counts again in every bar of the window, and the filter becomes sure of what it has seen once. Integrating
over bars is the filter's own work. The range is Garman and Klass's, from which the move of the bar is taken out: the
plain range of a bar moves with the size of its return, which fits kept mistaking for states.
"""

from collections import deque
from collections.abc import Sequence
from enum import Enum
from math import fsum, inf, log
from typing import Final, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.lib.stride_tricks import sliding_window_view

from domain.market import Bar, BarSeries, Float64Array

FEATURE_NAMES: Final = ("log_return", "log_range_variance", "log_relative_volume")
LOG_RETURN: Final = 0
"""Place of the log return among the features."""

VOLUME_BARS: Final = 20
WARM_UP_BARS: Final = VOLUME_BARS
"""How many bars are seen before the first observation, that bar included."""

Observation: TypeAlias = tuple[float, float, float]

_RANGE_WEIGHT: Final = 0.5
# 2 log 2 - 1: what the return of the bar itself contributes to its squared range.
_MOVE_WEIGHT: Final = 2.0 * log(2.0) - 1.0


class Missing(Enum):
    """Why a bar has no observation. Values are stable: they are stored."""

    WARMING_UP = "warming_up"
    AFTER_A_GAP = "after_a_gap"
    STANDSTILL = "standstill"
    NO_VOLUME = "no_volume"
    VOLUME_UNKNOWN = "volume_unknown"
    PRICE_UNKNOWN = "price_unknown"


class RunningFeatures:
    """The features of one instrument, bar by bar.

    * log return: ``log(close / close before)``;
    * log range variance: ``log(log(high/low)²/2 - (2 log 2 - 1) log(close/open)²)``;
    * log relative volume: ``log(volume / mean of the last 20 known volumes)``, this bar's included.

    They depend on the last 20 known volumes and two closes alone: a longer past changes nothing, to the last bit.

    Attributes:
        log_return: Of the latest bar; None where it has no close before it that ended as this one opened.

    References:
        Garman & Klass (1980), "On the Estimation of Security Price Volatilities from Historical Data", Journal of
        Business 53(1), 67-78; the estimator without the opening jump.
    """

    __slots__ = ("_close_before", "_closed_before_ns", "_volumes", "log_return")

    def __init__(self) -> None:
        self.log_return: float | None = None
        self._close_before = 0.0
        self._closed_before_ns: int | None = None
        self._volumes: deque[float] = deque(maxlen=VOLUME_BARS)

    def update(self, bar: Bar) -> Observation | Missing:
        """Take the next bar and return its observation, or why there is none."""
        volume, close = bar.volume, bar.close
        volume_is_known = 0.0 <= volume < inf
        if volume_is_known:
            self._volumes.append(volume)
        if not (bar.low > 0.0 and bar.high < inf and bar.low <= bar.open <= bar.high and bar.low <= close <= bar.high):
            self._closed_before_ns = self.log_return = None
            return Missing.PRICE_UNKNOWN
        before_ns, self._closed_before_ns = self._closed_before_ns, bar.closed_at_ns
        follows = before_ns == bar.opened_at_ns
        self.log_return = log(close / self._close_before) if follows else None
        self._close_before = close
        if not volume_is_known:
            return Missing.VOLUME_UNKNOWN
        if before_ns is None or len(self._volumes) < VOLUME_BARS:
            return Missing.WARMING_UP
        return self._observed(bar) if follows else Missing.AFTER_A_GAP

    def _observed(self, bar: Bar) -> Observation | Missing:
        log_return = self.log_return
        if log_return is None:
            return Missing.AFTER_A_GAP
        if bar.volume == 0.0:
            return Missing.NO_VOLUME
        width, move = log(bar.high / bar.low), log(bar.close / bar.open)
        variance = _RANGE_WEIGHT * width * width - _MOVE_WEIGHT * move * move
        if variance <= 0.0:
            return Missing.STANDSTILL
        return log_return, log(variance), log(bar.volume * VOLUME_BARS / fsum(self._volumes))


def feature_rows(bars: BarSeries) -> Float64Array:
    """Return the features of each bar.

    Args:
        bars: In time order; gaps are allowed.

    Returns:
        Shape (n_bars, 3), columns as in `FEATURE_NAMES`; a row is NaN where the bar has no observation.
    """
    rows = np.full((len(bars), len(FEATURE_NAMES)), np.nan)
    if len(bars) < WARM_UP_BARS:
        return rows
    with np.errstate(divide="ignore", invalid="ignore"):
        rows[1:, 0] = np.log(bars.close[1:] / bars.close[:-1])
        width, move = np.log(bars.high / bars.low), np.log(bars.close / bars.open)
        rows[:, 1] = np.log(_RANGE_WEIGHT * width * width - _MOVE_WEIGHT * move * move)
        means = sliding_window_view(bars.volume, VOLUME_BARS).mean(axis=1)
        rows[VOLUME_BARS - 1 :, 2] = np.log(bars.volume[VOLUME_BARS - 1 :] / means)
    follows = np.diff(bars.opened_at_ns, prepend=bars.opened_at_ns[0] - bars.interval_ns) == bars.interval_ns
    rows[~(np.isfinite(rows).all(axis=1) & follows)] = np.nan
    return rows


@frozen
class FeatureScale:
    """How far features lie from their mean, in deviations; frozen with the model that was fitted on them.

    Attributes:
        means: One for each feature.
        deviations: Standard deviations, positive, one for each feature.

    Raises:
        ValueError: A number is not finite, or a deviation is not positive.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...] = field()

    @deviations.validator
    def _can_divide(self, _: object, deviations: tuple[float, ...]) -> None:
        if len(deviations) != len(self.means) or not np.isfinite([*self.means, *deviations]).all():
            raise ValueError(f"means and deviations must be finite and equally many: {self.means}, {deviations}")
        if min(deviations) <= 0.0:
            raise ValueError(f"{FEATURE_NAMES[deviations.index(min(deviations))]} does not vary")

    @classmethod
    def of(cls, rows: Float64Array) -> "FeatureScale":
        """Return the scale of observations, shape (n_rows, n_features), all finite; ValueError if one does not vary."""
        return cls(tuple(rows.mean(axis=0).tolist()), tuple(rows.std(axis=0).tolist()))

    def scaled(self, observation: Sequence[float]) -> tuple[float, ...]:
        """Return an observation in deviations from the mean."""
        return tuple(
            [
                (value - mean) / deviation
                for value, mean, deviation in zip(observation, self.means, self.deviations, strict=True)
            ]
        )

    def scaled_rows(self, rows: Float64Array) -> Float64Array:
        """Return observations, shape (n_rows, n_features), in deviations from the mean."""
        return np.asarray((rows - np.array(self.means)) / np.array(self.deviations))
