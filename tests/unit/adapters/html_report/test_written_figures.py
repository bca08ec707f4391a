"""How figures are written for people."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.html_report.written import (
    change,
    duration,
    exact_money,
    exact_text,
    figure,
    gain,
    money,
    percent,
    price,
    quantity,
    short,
)
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE


@given(value=st.decimals(-(10**12), 10**12, allow_nan=False, places=18))
def test_exact_text_reads_back_as_the_same_number(value: Decimal) -> None:
    text = exact_text(value)

    assert Decimal(text) == value
    assert "E" not in text
    assert text != "-0"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("1234.5", "+1,234.50"), ("-0.004", "0.00"), ("0.004", "0.00"), ("-7", "−7.00"), ("0", "0.00")],
)
def test_a_gain_has_its_sign_where_there_is_something_of_it(amount: str, shown: str) -> None:
    assert gain(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.0"),
        ("4.56", "+4.6"),
        ("-45.6", "−46"),
        ("-1234", "−1.2k"),
        ("12345", "+12k"),
        ("1234567", "+1.2M"),
    ],
)
def test_narrow_cells_take_few_characters(amount: str, shown: str) -> None:
    assert short(Decimal(amount)) == shown


def test_what_does_not_exist_is_a_dash() -> None:
    assert (money(None), percent(None), percent(float("nan")), change(float("inf")), price(None)) == ("—",) * 5


def test_money_prices_and_quantities_have_the_digits_that_matter() -> None:
    assert money(Decimal("-1234.567")) == "−1,234.57"
    assert exact_money(Decimal("97732.428313351")) == "97,732.428313351"
    assert exact_money(Decimal("1E+2")) == "100.00"
    assert price(Decimal("67123.456")) == "67,123.5"
    assert price(Decimal("0.00012345678")) == "0.00012346"
    assert quantity(Decimal("-0.5000")) == "−0.5"
    assert change(0.125) == "+12.5%"
    assert percent(-0.125) == "−12.5%"


def test_time_is_told_in_its_natural_unit() -> None:
    assert duration(90 * NS_PER_MINUTE) == "1.5 h"
    assert duration(5 * NS_PER_MINUTE) == "5 min"
    assert duration(36 * NS_PER_HOUR) == "1.5 days"
    assert duration(1825 * NS_PER_DAY) == "5.0 years"


def test_a_figure_carries_its_exact_value_beside_what_is_shown() -> None:
    made = figure("net", Decimal("-1.23456"), "−1.23", colored=True)

    assert made.text == '<data class="num loss" data-figure="net" value="-1.23456">−1.23</data>'
