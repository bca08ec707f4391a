"""Yearly rates of funding, by hand."""

from decimal import Decimal

import numpy as np
import pytest

from domain.funding import annualized_rate
from domain.indicators.funding_carry import DecayingCarry, MeanCarry, decaying_carry, mean_carry

nan = np.nan


def test_carry_is_what_was_paid_per_hour_that_it_was_paid_for() -> None:
    # 0.0001 for 8 hours and 0.0003 for 4: 0.0004 in 12 hours, times 8760 / 12 = 730: 0.292. Averaging the rates as
    # they are would give 0.0002 and, at three a day, 0.219.
    got = mean_carry(np.array([0.0001, 0.0003]), np.array([8.0, 4.0]), 2)

    np.testing.assert_allclose(got, [nan, 0.292], rtol=1e-14)


@pytest.mark.parametrize("interval_h", [1, 4, 8])
def test_a_constant_rate_is_its_simple_yearly_rate(interval_h: int) -> None:
    yearly = float(annualized_rate(Decimal("0.0001"), interval_h))
    mean, decaying = MeanCarry(3), DecayingCarry(24.0)

    by_mean = [mean.update(0.0001, interval_h) for _ in range(5)]
    by_decay = [decaying.update(0.0001, interval_h) for _ in range(5)]

    np.testing.assert_allclose(by_mean, [nan, nan, yearly, yearly, yearly], rtol=1e-14)
    np.testing.assert_allclose(by_decay, yearly, rtol=1e-14)


def test_what_is_a_half_life_old_counts_half() -> None:
    # After 8 hours the first rate counts half: (0.0002 / 2 + 0.0004) / (8 / 2 + 8) × 8760 = 0.365.
    got = decaying_carry(np.array([0.0002, 0.0004]), np.array([8.0, 8.0]), 8.0)

    np.testing.assert_allclose(got, [0.0002 / 8 * 8760, 0.365], rtol=1e-14)


def test_rates_that_cancel_amount_to_nothing() -> None:
    carry = MeanCarry(3)

    *_, yearly = [carry.update(rate, 8.0) for rate in (0.0001, 0.0002, -0.0003)]

    # Exactly rounded: what is left is that the three binary fractions do not quite cancel, 2.7e-20 a settlement.
    assert abs(yearly) < 1e-16


def test_an_interval_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"interval_h must be a positive number, got 0\.0"):
        MeanCarry(3).update(0.0001, 0.0)
    with pytest.raises(ValueError, match=r"interval_h must be a positive number, got -8\.0"):
        DecayingCarry(8.0).update(0.0001, -8.0)
    with pytest.raises(ValueError, match=r"interval_h: row 1: 0\.0 is not positive"):
        mean_carry(np.zeros(2), np.array([8.0, 0.0]), 1)


def test_a_window_or_half_life_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="n_settlements must be at least 1, got 0"):
        MeanCarry(0)
    with pytest.raises(ValueError, match="half_life_h must be a positive number, got 0"):
        DecayingCarry(0)
