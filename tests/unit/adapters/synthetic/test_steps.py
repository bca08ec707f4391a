"""Numbers on the steps of a venue."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.synthetic.steps import on_step
from domain.numbers import exact

steps = st.sampled_from(["0.1", "0.01", "0.0001", "0.001", "0.05", "0.00000001", "1", "2.5", "10", "1E+2"]).map(Decimal)


@given(step=steps, values=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20))
def test_every_result_prints_as_a_whole_number_of_steps(step: Decimal, values: list[float]) -> None:
    for result in on_step(np.array(values), step, steps_min=0).tolist():
        assert exact(result) % step == 0


@given(step=steps, count=st.integers(1, 10**7))
def test_a_number_already_on_a_step_stays_as_it_is(step: Decimal, count: int) -> None:
    value = float(step * count)

    assert on_step(np.array([value]), step, steps_min=1).tolist() == [value]


def test_three_tenths_are_not_three_times_the_float_of_a_tenth() -> None:
    # Three times the float of a tenth is 0.30000000000000004.
    assert on_step(np.array([0.31]), Decimal("0.1"), steps_min=1).tolist() == [0.3]


def test_a_price_never_falls_below_one_tick() -> None:
    assert on_step(np.array([0.004, 0.0]), Decimal("0.01"), steps_min=1).tolist() == [0.01, 0.01]


@pytest.mark.parametrize("value", [1e16, float("inf"), float("nan")])
def test_a_value_beyond_exact_floats_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"too large for steps of 0\.1"):
        on_step(np.array([1.0, value]), Decimal("0.1"), steps_min=1)
