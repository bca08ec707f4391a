"""How busy the market is at each hour of the day."""

from typing import Final

import numpy as np
from attrs import Attribute, field, frozen

from adapters.synthetic.ranges import within
from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_DAY, NS_PER_HOUR

_HOURS: Final = 24

_ACTIVITY_MIN: Final = 0.01
_ACTIVITY_MAX: Final = 100.0


@frozen(kw_only=True)
class DailyRhythm:
    """Trading activity by hour of the day, UTC, and how far volatility follows it.

    Attributes:
        activity_by_hour: Activity in each hour from 00 UTC on, 24 numbers of 0.01 to 100; only ratios matter.
            The default is the traded quantity of BTCUSDT per hour over the year to 2024-06 relative to its mean:
            busiest at 14 UTC, when the American exchanges open, quietest at 04 UTC.
        volatility_exponent: Volatility goes with activity to this power, 0 to 1. Mean absolute hourly returns of
            BTCUSDT over the same year are 1.56 at 14 UTC and 0.71 at 04 UTC, about activity to the power 0.65.
    """

    activity_by_hour: tuple[float, ...] = field(
        default=(
            *(0.82, 0.77, 0.76, 0.63, 0.59, 0.62, 0.62, 0.77, 0.83, 0.88, 0.85, 0.88),
            *(1.19, 1.47, 1.87, 1.75, 1.60, 1.37, 1.24, 1.11, 1.01, 0.86, 0.78, 0.75),
        )
    )
    volatility_exponent: float = field(default=0.65, validator=within(0.0, 1.0))

    @activity_by_hour.validator
    def _a_number_for_each_hour(self, _: "Attribute[tuple[float, ...]]", value: tuple[float, ...]) -> None:
        if len(value) != _HOURS:
            raise ValueError(f"activity_by_hour needs {_HOURS} numbers, one per hour UTC, got {len(value)}")
        for hour, activity in enumerate(value):
            if not _ACTIVITY_MIN <= activity <= _ACTIVITY_MAX:
                raise ValueError(f"activity_by_hour: hour {hour}: {activity!r} is not within 0.01 to 100")

    def volume_factors(self, opened_at_ns: Int64Array, interval_ns: int) -> Float64Array:
        """Return each bar's activity relative to the day's mean, shape (n_bars,)."""
        activity = np.array(self.activity_by_hour)
        return _mean_over_bars(activity / activity.mean(), opened_at_ns, interval_ns)

    def volatility_factors(self, opened_at_ns: Int64Array, interval_ns: int) -> Float64Array:
        """Return each bar's volatility relative to the day's root mean square, shape (n_bars,)."""
        variance: Float64Array = np.power(self.activity_by_hour, 2.0 * self.volatility_exponent)
        relative = _mean_over_bars(variance / variance.mean(), opened_at_ns, interval_ns)
        return np.asarray(np.sqrt(relative))


def _mean_over_bars(by_hour: Float64Array, opened_at_ns: Int64Array, interval_ns: int) -> Float64Array:
    """Average a step function of the hour over each bar; by_hour has shape (24,), the result (n_bars,)."""
    integral = np.concatenate(([0.0], np.cumsum(by_hour)))

    def integral_to(hours: Float64Array) -> Float64Array:
        within_day = np.interp(hours % _HOURS, np.arange(_HOURS + 1.0), integral)
        return np.asarray(np.floor(hours / _HOURS) * integral[-1] + within_day)

    opens_h = (opened_at_ns % NS_PER_DAY) / NS_PER_HOUR
    interval_h = interval_ns / NS_PER_HOUR
    return (integral_to(opens_h + interval_h) - integral_to(opens_h)) / interval_h
