"""Figures as people read them."""

from decimal import Decimal

import pytest

from domain.time_units import NS_PER_HOUR
from entrypoints.terminal.figures import exact_money, held, moment, money, percent, price, quantity, ratio


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (money(Decimal("-1234.505")), "-1,234.50"),
        (money(None), "n/a"),
        (exact_money(Decimal("97730.476999631")), "97,730.476999631"),
        (exact_money(Decimal("0E-8")), "0.00"),
        (exact_money(Decimal("1E+5")), "100,000.00"),
        (percent(0.1234), "12.3%"),
        (percent(float("nan")), "n/a"),
        (ratio(1.005), "1.00"),
        (ratio(-0.004), "0.00"),
        (percent(-0.0004), "0.0%"),
        (money(Decimal("-0.004")), "0.00"),
        (held(47 * NS_PER_HOUR + NS_PER_HOUR // 2), "47.5 h"),
        (held(48 * NS_PER_HOUR), "2.0 days"),
        (ratio(None), "n/a"),
        (price(Decimal("67956.34567")), "67,956.3"),
        (price(Decimal("0.000012345678")), "0.00001235"),
        (price(Decimal("1234567.8")), "1,234,568"),
        (price(None), "n/a"),
        (quantity(Decimal("3519.300")), "3,519.3"),
        (quantity(Decimal("1E+3")), "1,000"),
        (moment(0), "1970-01-01 00:00"),
        (moment(None), "n/a"),
    ],
)
def test_a_figure_is_rounded_for_the_eye_only(shown: str, expected: str) -> None:
    assert shown == expected
