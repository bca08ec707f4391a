"""Funding rates from marks and index."""

from decimal import Decimal

import numpy as np
import pytest

from adapters.synthetic.funding import FundingTerms
from domain.market import BarSeries
from domain.time_units import NS_PER_HOUR


def make_marks(closes: list[float], *, first_open_h: int = 0, interval_h: int = 1) -> BarSeries:
    opened = (first_open_h + np.arange(len(closes)) * interval_h) * NS_PER_HOUR
    prices = np.array(closes)
    return BarSeries("BTCUSDT", interval_h * NS_PER_HOUR, opened, prices, prices, prices, prices, np.zeros(len(closes)))


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        ("0", "0.0001"),  # 0 + clamp(0.0001 - 0) = 0.0001
        ("0.0006", "0.0001"),  # 0.0006 + clamp(-0.0005) = 0.0001, the last premium inside the clamp
        ("0.001", "0.0005"),  # 0.001 + clamp(-0.0009 -> -0.0005)
        ("-0.0004", "0.0001"),  # -0.0004 + clamp(0.0005)
        ("-0.002", "-0.0015"),  # -0.002 + clamp(0.0021 -> 0.0005)
        ("0.05", "0.02"),  # 0.0495, above the cap
        ("-0.05", "-0.02"),  # -0.0495, below it
    ],
)
def test_the_rate_is_the_premium_plus_the_clamped_interest(premium: str, rate: str) -> None:
    assert FundingTerms().rate(Decimal(premium)) == Decimal(rate)


def test_four_hours_pay_half_of_the_eight_hour_rate() -> None:
    # The formula speaks of 8 h: (0.001 - 0.0005) * 4 / 8.
    assert FundingTerms(interval_h=4).rate(Decimal("0.001")) == Decimal("0.00025")


def test_a_settlement_averages_the_closes_since_the_one_before_and_its_own() -> None:
    # Index 100. Closes at 1..8 h are 100.2 (premium 0.002) but for the one at 08:00, 101 (0.01): mean 0.003, so the
    # rate is 0.003 - 0.0005. Closes at 9..16 h are 100.1: 0.001 - 0.0005. The last bar closes at 17:00.
    marks = make_marks([100.2] * 7 + [101.0] + [100.1] * 9)

    events = tuple(FundingTerms().events(marks, np.full(17, 100.0)))

    assert [(event.settled_at_ns // NS_PER_HOUR, event.rate) for event in events] == [
        (8, Decimal("0.00250000")),
        (16, Decimal("0.00050000")),
    ]


def test_settlements_lie_on_the_utc_grid_wherever_the_bars_begin() -> None:
    marks = make_marks([100.0] * 20, first_open_h=5)

    events = tuple(FundingTerms().events(marks, np.full(20, 100.0)))

    # Bars from 05:00 to 25:00.
    assert [event.settled_at_ns // NS_PER_HOUR for event in events] == [8, 16, 24]


def test_who_holds_until_the_last_close_pays_at_it_and_nobody_at_the_first_open() -> None:
    marks = make_marks([100.0] * 16, first_open_h=8)

    events = tuple(FundingTerms().events(marks, np.full(16, 100.0)))

    assert [event.settled_at_ns // NS_PER_HOUR for event in events] == [16, 24]


@pytest.mark.parametrize("interval_h", [0, 3, 48])
def test_an_interval_off_the_day_is_refused(interval_h: int) -> None:
    with pytest.raises(ValueError, match="interval_h"):
        FundingTerms(interval_h=interval_h)
