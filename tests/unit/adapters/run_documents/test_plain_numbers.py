"""Decimals and floats as documents have them."""

import re
from decimal import Decimal
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.run_documents.plain_numbers import finite, plain, plain_average

CANONICAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")

finite_decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1000", "1000"),
        ("1E+3", "1000"),
        ("12.50", "12.5"),
        ("-0.10000000", "-0.1"),
        ("1E-8", "0.00000001"),
        ("0E-8", "0"),
        ("-0.0", "0"),
        ("0.1234567890123456789012345678901", "0.1234567890123456789012345678901"),  # 31 digits, beyond the context
    ],
)
def test_an_amount_is_written_plainly(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@given(value=finite_decimals)
def test_an_amount_reads_back_as_itself(value: Decimal) -> None:
    assert Decimal(plain(value)) == value


@given(value=finite_decimals)
def test_equal_amounts_have_one_text(value: Decimal) -> None:
    text = plain(value)

    assert CANONICAL.fullmatch(text)
    assert text != "-0"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_an_amount_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a finite amount"):
        plain(Decimal(value))


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("29134.1", "29134.1"),
        ("29134.12345678901234", "29134.1234568"),  # 12 significant digits: 5 before the point, 7 after
        ("0.08123456789012345", "0.0812345678901"),  # leading zeros are not significant
        ("123456789012345", "123456789012000"),
    ],
)
def test_an_average_has_twelve_significant_digits(price: str, text: str) -> None:
    assert plain_average(Decimal(price)) == text


@given(figure=st.floats())
def test_only_finite_figures_are_written(figure: float) -> None:
    assert finite(figure) == (figure if isfinite(figure) else None)


@pytest.mark.parametrize("figure", [nan, inf, -inf, None])
def test_what_could_not_be_worked_out_is_nothing(figure: float | None) -> None:
    assert finite(figure) is None
