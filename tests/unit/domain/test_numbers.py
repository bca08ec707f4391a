"""From float to exact decimal, and how money and steps are rounded."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.numbers import CASH_STEP, ceil_cash, ceil_to_step, exact, floor_cash, floor_to_step, is_multiple, round_cash

finite = st.floats(allow_nan=False, allow_infinity=False)
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=12)
steps = st.sampled_from(["0.00000001", "0.001", "0.01", "0.05", "0.1", "0.5", "1", "3", "10"]).map(Decimal)
published = st.decimals(min_value=0, max_value=10**7, places=8).filter(lambda price: price > 0)


@given(value=finite)
@example(0.1)
@example(5e-324)
@example(1.7976931348623157e308)
@example(-0.0)
def test_exact_reads_back_as_the_same_float(value: float) -> None:
    assert float(exact(value)) == value


@given(price=published)
def test_exact_recovers_the_price_that_was_published(price: Decimal) -> None:
    assert exact(float(price)) == price


def test_exact_is_the_shortest_decimal_and_not_the_binary_expansion() -> None:
    assert str(exact(0.1)) == "0.1"
    assert str(exact(np.float64(27123.4))) == "27123.4"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_exact_refuses_what_is_not_finite(value: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        exact(value)


@given(amount=amounts)
def test_cash_is_rounded_to_the_nearest_step_in_the_direction_of_the_name(amount: Decimal) -> None:
    assert floor_cash(amount) <= amount <= ceil_cash(amount)
    assert ceil_cash(amount) - floor_cash(amount) in {Decimal(0), CASH_STEP}
    assert round_cash(amount) in {floor_cash(amount), ceil_cash(amount)}
    assert abs(round_cash(amount) - amount) * 2 <= CASH_STEP


@given(amount=amounts)
def test_rounding_cash_twice_changes_nothing_and_mirrors_with_the_sign(amount: Decimal) -> None:
    for rounded in (floor_cash(amount), ceil_cash(amount), round_cash(amount)):
        assert floor_cash(rounded) == ceil_cash(rounded) == round_cash(rounded) == rounded
    assert round_cash(-amount) == -round_cash(amount)
    assert floor_cash(-amount) == -ceil_cash(amount)


def test_a_tie_of_cash_goes_to_the_even_step() -> None:
    # Half a step above 0.00000002 stays there, half a step above 0.00000003 goes to 4.
    assert round_cash(Decimal("0.000000025")) == Decimal("0.00000002")
    assert round_cash(Decimal("0.000000035")) == Decimal("0.00000004")


@given(value=st.decimals(min_value=-(10**7), max_value=10**7, places=9), step=steps)
def test_steps_enclose_the_value(value: Decimal, step: Decimal) -> None:
    floor, ceiling = floor_to_step(value, step), ceil_to_step(value, step)

    assert floor <= value <= ceiling
    assert ceiling - floor == (0 if is_multiple(value, step) else step)
    assert is_multiple(floor, step)
    assert is_multiple(ceiling, step)
    assert floor_to_step(floor, step) == ceil_to_step(floor, step) == floor


def test_a_negative_value_rounds_down_away_from_zero() -> None:
    # -1.25 lies between -1.3 and -1.2.
    assert floor_to_step(Decimal("-1.25"), Decimal("0.1")) == Decimal("-1.3")
    assert ceil_to_step(Decimal("-1.25"), Decimal("0.1")) == Decimal("-1.2")
