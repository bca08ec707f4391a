"""States go through JSON and back, and what is none is refused."""

import json
from decimal import Decimal
from math import isnan, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.as_of import AsOfView
from domain.indicators.ranges import AverageTrueRange
from domain.market import FundingEvent
from domain.saved_state import restored_count, restored_number, restored_part, saved_number
from domain.strategies.funding_arbitrage import FundingArbitrage, FundingArbitrageParameters
from domain.strategies.settled_carry import SettledCarry
from domain.time_units import NS_PER_HOUR
from tests.support import SYMBOL, make_bar


@given(st.floats(allow_infinity=False))
def test_a_number_comes_back_as_it_was(value: float) -> None:
    state = json.loads(json.dumps({"x": saved_number(value)}, allow_nan=False))

    again = restored_number(state, "x")
    assert again == value or (isnan(again) and isnan(value))


@pytest.mark.parametrize("value", ["1", True, nan, [1.0]])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="x: expected a finite number or None"):
        restored_number({"x": value}, "x")
    with pytest.raises(ValueError, match="x: expected a whole number"):
        restored_count({"x": value}, "x")
    with pytest.raises(ValueError, match="x: expected a mapping"):
        restored_part({"x": value}, "x")


def test_a_number_that_is_missing_is_not_taken_for_one_that_was_not_there_yet() -> None:
    with pytest.raises(ValueError, match="x: expected"):
        restored_number({}, "x")


@given(ranges=st.lists(st.floats(0.1, 50.0), min_size=2, max_size=30), period=st.integers(1, 6), data=st.data())
def test_an_average_true_range_goes_on_wherever_it_is_cut(
    ranges: list[float], period: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(ranges)))
    whole, before, after = (AverageTrueRange(period) for _ in range(3))
    said = [whole.update(100.0 + each, 100.0, 100.0 + each / 2) for each in ranges]
    for each in ranges[:cut]:
        before.update(100.0 + each, 100.0, 100.0 + each / 2)
    after.restore(json.loads(json.dumps(before.saved_state(), allow_nan=False)))

    again = [after.update(100.0 + each, 100.0, 100.0 + each / 2) for each in ranges[cut:]]
    assert [repr(each) for each in again] == [repr(each) for each in said[cut:]]


def test_a_settlement_that_is_met_again_after_a_restart_counts_once() -> None:
    def event(hour: int) -> FundingEvent:
        return FundingEvent(SYMBOL, hour * NS_PER_HOUR, Decimal("0.0003"))

    carry, again = SettledCarry(8.0), SettledCarry(8.0)
    for hour in (8, 16, 24):
        carry.follow(event(hour))
    again.restore(json.loads(json.dumps(carry.saved_state())))

    assert not again.follow(event(24))
    assert (again.n_rates, again.yearly, again.interval_h) == (carry.n_rates, carry.yearly, carry.interval_h)
    assert again.follow(event(32)) is carry.follow(event(32)) is True
    assert again.yearly == carry.yearly


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"wanted": 2}, "wanted: expected -1, 0 or 1 in the state, got 2"),
        ({"wanted": None}, "wanted: expected a whole number"),
        ({"atr": None}, "atr: expected a mapping"),
        ({"carry": {}}, "carry: expected a mapping"),
        ({"carry": {"settled": [SYMBOL, 1, "much"]}}, "settled: 'much' is no rate"),
        ({"carry": {"settled": "yesterday"}}, "settled: expected symbol, time and rate"),
    ],
)
def test_a_strategy_refuses_what_is_no_state_of_it(changed: dict[str, Any], said: str) -> None:
    strategy = FundingArbitrage(FundingArbitrageParameters())
    view = AsOfView(SYMBOL)
    view.push(make_bar())
    strategy.on_bar(view)

    with pytest.raises(ValueError, match=said):
        FundingArbitrage(FundingArbitrageParameters()).restore({**strategy.saved_state(), **changed})
