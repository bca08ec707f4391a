"""On-balance volume and volume-weighted prices, by hand."""

from math import isnan

import numpy as np
import pytest

from domain.indicators.volume import OnBalanceVolume, RollingVwap, SessionVwap, on_balance_volume, session_vwap
from domain.indicators.volume import rolling_vwap as rolling
from domain.time_units import NS_PER_DAY, NS_PER_HOUR

nan = np.nan
MIDNIGHT_NS = 1_704_067_200 * 1_000_000_000  # 2024-01-01


def test_on_balance_volume_adds_rising_bars_and_takes_falling_ones() -> None:
    close, volume = np.array([5.0, 6.0, 6.0, 4.0]), np.array([10.0, 3.0, 7.0, 4.0])

    np.testing.assert_array_equal(on_balance_volume(close, volume), [10.0, 13.0, 13.0, 9.0])


def test_the_rolling_average_weighs_prices_by_volume() -> None:
    # (1×10 + 3×20) / 4 = 17.5, then (3×20 + 0×50) / 3 = 20, then nothing traded in either bar, then 30.
    price, volume = np.array([10.0, 20.0, 50.0, 60.0, 30.0]), np.array([1.0, 3.0, 0.0, 0.0, 2.0])

    np.testing.assert_allclose(rolling(price, volume, 2), [nan, 17.5, 20.0, nan, 30.0], rtol=1e-15)


def test_a_session_begins_anew_at_midnight() -> None:
    opened = MIDNIGHT_NS + np.array([0, 12, 24, 36], dtype=np.int64) * NS_PER_HOUR
    price, volume = np.array([10.0, 20.0, 50.0, 60.0]), np.array([1.0, 3.0, 2.0, 2.0])

    # (1×10 + 3×20) / 4 = 17.5; on the next day 50, then (2×50 + 2×60) / 4 = 55.
    np.testing.assert_allclose(session_vwap(opened, price, volume), [10.0, 17.5, 50.0, 55.0], rtol=1e-15)


def test_of_a_session_seen_in_part_nothing_is_known() -> None:
    vwap = SessionVwap()

    seen = [vwap.update(MIDNIGHT_NS + hour * NS_PER_HOUR, 10.0 * hour, 1.0) for hour in (1, 23, 25, 26)]

    # The second day's bar of midnight is missing, but not to us: nothing was hidden before 01:00.
    np.testing.assert_array_equal(seen, [nan, nan, 250.0, 255.0])


@pytest.mark.parametrize("hour", range(24))
def test_a_session_is_known_when_as_much_time_has_passed(hour: int) -> None:
    vwap = SessionVwap()
    opens = [MIDNIGHT_NS + (hour + later) * NS_PER_HOUR for later in range(48)]

    seen = [vwap.update(opened_at_ns, 10.0, 1.0) for opened_at_ns in opens]

    known_from = opens[[isnan(value) for value in seen].index(False)]
    assert known_from - opens[0] == (24 - hour) % 24 * NS_PER_HOUR <= vwap.warmup_ns


def test_a_session_may_begin_at_another_hour() -> None:
    vwap = SessionVwap(offset_ns=8 * NS_PER_HOUR)

    seen = [vwap.update(MIDNIGHT_NS + hour * NS_PER_HOUR, float(hour), 1.0) for hour in (7, 8, 9)]

    np.testing.assert_array_equal(seen, [nan, 8.0, 8.5])


def test_a_session_that_has_not_traded_has_no_price() -> None:
    vwap = SessionVwap()

    assert isnan(vwap.update(MIDNIGHT_NS, 10.0, 0.0))
    assert vwap.update(MIDNIGHT_NS + 1, 11.0, 2.0) == 11.0


def test_time_does_not_go_back_to_an_earlier_session() -> None:
    vwap = SessionVwap()
    vwap.update(MIDNIGHT_NS, 10.0, 1.0)

    with pytest.raises(ValueError, match="goes back to an earlier session, to 2023-12-31T00:00:00Z"):
        vwap.update(MIDNIGHT_NS - NS_PER_DAY, 10.0, 1.0)
    opened = np.array([MIDNIGHT_NS, MIDNIGHT_NS - NS_PER_DAY], dtype=np.int64)
    with pytest.raises(ValueError, match="row 1: goes back to an earlier session, to 2023-12-31T00:00:00Z"):
        session_vwap(opened, np.ones(2), np.ones(2))

    assert vwap.update(MIDNIGHT_NS + 1, 20.0, 1.0) == 15.0


def test_a_negative_volume_is_refused() -> None:
    with pytest.raises(ValueError, match=r"volume must be a finite number and not negative, got -1\.0"):
        OnBalanceVolume().update(5.0, -1.0)
    with pytest.raises(ValueError, match=r"volume must be a finite number and not negative, got -1\.0"):
        RollingVwap(2).update(5.0, -1.0)
    with pytest.raises(ValueError, match=r"volume: row 1: -1\.0 is negative"):
        rolling(np.ones(2), np.array([1.0, -1.0]), 2)
