"""The hour of the day in turnover and volatility."""

import numpy as np
import pytest

from adapters.synthetic.activity import DailyRhythm
from domain.market import Int64Array
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE

# Twelve quiet hours, then twelve hours three times as busy: relative to the mean 0.5 and 1.5.
HALF_DAYS = DailyRhythm(activity_by_hour=(1.0,) * 12 + (3.0,) * 12, volatility_exponent=0.5)


def opens(n_bars: int, interval_ns: int) -> Int64Array:
    return np.arange(n_bars, dtype=np.int64) * interval_ns


def test_each_bar_is_as_active_as_its_hour() -> None:
    factors = HALF_DAYS.volume_factors(opens(36, NS_PER_HOUR), NS_PER_HOUR)

    assert factors == pytest.approx([0.5] * 12 + [1.5] * 12 + [0.5] * 12)


def test_a_bar_over_several_hours_has_their_mean() -> None:
    # From 08 to 16: four quiet hours, four busy ones. From 16 to 24: busy ones only.
    factors = HALF_DAYS.volume_factors(opens(3, 8 * NS_PER_HOUR), 8 * NS_PER_HOUR)

    assert factors == pytest.approx([0.5, 1.0, 1.5])


def test_a_day_is_one_whatever_its_hours_are() -> None:
    assert DailyRhythm().volume_factors(opens(2, NS_PER_DAY), NS_PER_DAY) == pytest.approx([1.0, 1.0])


def test_volatility_follows_activity_to_its_exponent_with_a_mean_square_of_one() -> None:
    # Exponent 0.5 makes the variance follow activity itself: roots of 0.5 and 1.5.
    factors = HALF_DAYS.volatility_factors(opens(24 * 60, NS_PER_MINUTE), NS_PER_MINUTE)

    assert factors[[0, -1]] == pytest.approx([0.5**0.5, 1.5**0.5])
    assert np.mean(factors**2) == pytest.approx(1.0)


def test_every_hour_needs_a_number() -> None:
    with pytest.raises(ValueError, match="24 numbers, one per hour UTC, got 23"):
        DailyRhythm(activity_by_hour=(1.0,) * 23)


def test_an_hour_without_activity_is_refused_by_its_number() -> None:
    with pytest.raises(ValueError, match=r"hour 3: 0\.0 is not within"):
        DailyRhythm(activity_by_hour=(1.0, 1.0, 1.0, 0.0) + (1.0,) * 20)
