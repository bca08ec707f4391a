"""What simply holding would have made."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.results.holding import hold_equally
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, make_bars

_closes = st.lists(st.floats(1.0, 1e5), min_size=1, max_size=30)


@given(first=_closes, second=_closes)
def test_holding_two_is_the_mean_of_holding_each(first: list[float], second: list[float]) -> None:
    bars = {"A": make_bars(first, symbol="A"), "B": make_bars(second, symbol="B")}
    at_ns = START_NS + np.arange(40, dtype=np.int64) * NS_PER_HOUR

    alone = [hold_equally({symbol: series}, at_ns) for symbol, series in bars.items()]

    np.testing.assert_allclose(hold_equally(bars, at_ns), (alone[0] + alone[1]) / 2.0)


@given(closes=_closes, unit=st.floats(0.01, 100.0))
def test_growth_does_not_depend_on_the_unit_of_the_price(closes: list[float], unit: float) -> None:
    at_ns = START_NS + np.arange(40, dtype=np.int64) * NS_PER_HOUR
    scaled = [close * unit for close in closes]

    np.testing.assert_allclose(
        hold_equally({"A": make_bars(closes)}, at_ns), hold_equally({"A": make_bars(scaled)}, at_ns)
    )


def test_what_has_no_price_yet_is_cash_and_what_has_none_any_more_keeps_its_last() -> None:
    # A: 100 to 150 in its first hour. B begins two hours later at 10 and doubles. After three hours: (1.5 + 2) / 2.
    bars = {
        "A": make_bars([100.0, 150.0], symbol="A"),
        "B": make_bars([10.0, 20.0], symbol="B", start_ns=START_NS + 2 * NS_PER_HOUR),
    }
    at_ns = START_NS + np.asarray([0, 1, 2, 3, 4, 9], dtype=np.int64) * NS_PER_HOUR

    assert hold_equally(bars, at_ns).tolist() == [1.0, 1.0, 1.25, 1.25, 1.75, 1.75]


def test_without_instruments_there_is_nothing_to_hold() -> None:
    assert np.isnan(hold_equally({}, np.asarray([START_NS]))).all()


def test_a_bar_is_known_from_its_close_on() -> None:
    bars = {"A": make_bars([100.0, 150.0])}
    close_ns = START_NS + 2 * NS_PER_HOUR

    assert hold_equally(bars, np.asarray([close_ns - 1, close_ns])).tolist() == pytest.approx([1.0, 1.5])
