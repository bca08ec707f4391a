"""The tilt of a weight: bounded, rising with what was earned, and nothing where nothing is known."""

from math import sqrt, tanh

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.performance_tilt import TiltPolicy, annual_sharpe, performance_tilt, shrunk_sharpe

POLICY = TiltPolicy()
days = st.lists(st.integers(-500, 500).map(lambda count: count / 10_000), max_size=120)

# Laws


@given(returns=days)
def test_a_tilt_is_bounded(returns: list[float]) -> None:
    assert 0.7 <= performance_tilt(np.array(returns), POLICY) <= 1.3


@given(returns=days, extra=st.floats(0.0, 0.01))
def test_who_earned_more_each_day_is_given_no_less(returns: list[float], extra: float) -> None:
    earned = np.array(returns)

    assert performance_tilt(earned + extra, POLICY) >= performance_tilt(earned, POLICY) - 1e-9


@given(returns=days)
def test_gains_and_losses_mirror(returns: list[float]) -> None:
    earned = np.array(returns)

    assert performance_tilt(-earned, POLICY) == pytest.approx(2.0 - performance_tilt(earned, POLICY))


# Examples


def test_few_days_say_less_than_many() -> None:
    # 0.0 and 0.2 % by turns: mean 0.1 %, deviation 0.1 % × √(n / (n - 1)); 60 days count 60 / 240.
    returns = np.tile([0.0, 0.002], 30)
    yearly = 0.001 / (0.001 * sqrt(60 / 59)) * sqrt(365)

    assert annual_sharpe(returns) == pytest.approx(yearly)
    assert shrunk_sharpe(returns, 180.0) == pytest.approx(yearly * 60 / 240)
    assert performance_tilt(returns, POLICY) == pytest.approx(1.0 + 0.3 * tanh(yearly / 4))


@pytest.mark.parametrize(
    "returns", [[], [0.01], [0.01] * 40, [0.001, -0.001] * 10, [0.001, float("nan")] * 20], ids=str
)
def test_what_says_nothing_tilts_nothing(returns: list[float]) -> None:
    # None, one, days that do not vary, fewer than thirty, and one that is no number.
    assert performance_tilt(np.array(returns), POLICY) == 1.0
