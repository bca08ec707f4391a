"""Funding arbitrage: entered where funding pays for its costs, on the side it pays, whatever the interval."""

from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve

from domain.as_of import AsOfView
from domain.market import FundingEvent
from domain.signal import Signal, SignalAction
from domain.strategies.funding_arbitrage import FundingArbitrage, FundingArbitrageParameters
from domain.time_units import NS_PER_HOUR
from tests.markets import bars_at
from tests.support import START_NS, SYMBOL

QUICK: Final = FundingArbitrageParameters(settlements_min=2, half_life_h=8.0, atr_bars=1)


def said(
    rates: list[str], *, interval_h: int = 8, parameters: FundingArbitrageParameters = QUICK, skip: int = -1
) -> dict[int, Signal]:
    """Return what the strategy says, by settlement counted from 0; prices swing a little."""
    strategy, view, signals, target = FundingArbitrage(parameters), AsOfView(SYMBOL, 1), {}, 0
    for row, bar in enumerate(bars_at([100.0 + row % 2 for row in range(len(rates) * interval_h)])):
        place, is_last = divmod(row + 1, interval_h)
        if is_last == 0 and place - 1 != skip:
            view.funding = FundingEvent(SYMBOL, START_NS + place * interval_h * NS_PER_HOUR, Decimal(rates[place - 1]))
        view.held_quantity = Decimal(target)
        view.push(bar)
        signal = strategy.on_bar(view)
        if signal is not None:
            signals[place - 1], target = signal, signal.direction
    return signals


def with_(**changes: Any) -> FundingArbitrageParameters:  # noqa: ANN401  # any parameter
    return evolve(QUICK, **changes)


def test_an_ordinary_rate_is_not_worth_its_costs() -> None:
    # 0.01 % per 8 hours are 10.95 % a year and 0.21 % in a week: 1.9 times costs of 0.11 %, and 3 are wanted.
    assert said(["0.0001"] * 20) == {}
    assert said(["0.0001"] * 20, parameters=with_(edge_min=1.9)) != {}


@pytest.mark.parametrize(
    ("rate", "action"), [("0.0005", SignalAction.ENTER_SHORT), ("-0.0005", SignalAction.ENTER_LONG)]
)
def test_the_side_that_is_paid_is_entered_once(rate: str, action: SignalAction) -> None:
    # The first rate has no interval yet; two with one are there at the third.
    signals = said([rate] * 10)

    assert [(place, signal.action) for place, signal in signals.items()] == [(2, action)]
    # 0.05 % per 8 hours are 54.75 % a year, 1.05 % in a week: 9.5 times the costs.
    assert "54.75% a year" in signals[2].reason
    assert "9.5 times" in signals[2].reason
    assert "directional carry" in signals[2].reason


def test_the_same_yearly_rate_is_the_same_carry_at_any_interval() -> None:
    for interval_h in (1, 4, 8):
        rate = str(Decimal("0.0005") * interval_h / 8)
        (signal,) = said([rate] * 10, interval_h=interval_h).values()
        assert dict(signal.features)["yearly_carry"] == pytest.approx(0.5475)
        assert dict(signal.features)["interval_h"] == interval_h


def test_it_is_left_when_carry_has_decayed_and_entered_again_when_it_is_back() -> None:
    signals = said(["0.0005"] * 4 + ["-0.0001"] * 12 + ["0.0005"] * 8)

    assert [signal.action for signal in signals.values()] == [
        SignalAction.ENTER_SHORT,
        SignalAction.EXIT,
        SignalAction.ENTER_SHORT,
    ]
    assert "carry has decayed" in list(signals.values())[1].reason


def test_a_settlement_that_is_missing_is_no_longer_interval() -> None:
    # With the fifth left out, the sixth came 16 hours after the fourth, which nobody settles by.
    whole, holed = said(["0.0005"] * 10), said(["0.0005"] * 10, skip=1)

    assert dict(next(iter(holed.values())).features)["yearly_carry"] == pytest.approx(0.5475)
    assert [signal.action for signal in holed.values()] == [signal.action for signal in whole.values()]


def test_without_a_second_leg_it_is_half_as_strong_at_most() -> None:
    (signal,) = said(["0.003"] * 6).values()

    assert signal.strength == 0.5
    assert signal.stop_distance is not None


def test_where_shorts_are_not_allowed_only_longs_carry() -> None:
    only_long = with_(allow_short=False)

    assert said(["0.0005"] * 6, parameters=only_long) == {}
    assert said(["-0.0005"] * 6, parameters=only_long) != {}
    # Held long when the rate turns: it is left, not turned around.
    turned = said(["-0.0005"] * 6 + ["0.0005"] * 8, parameters=only_long)
    assert [signal.action for signal in turned.values()] == [SignalAction.ENTER_LONG, SignalAction.EXIT]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"edge_min": 1.0}, "edge_min"),
        ({"exit_edge": 3.0}, "exit_edge must be below edge_min"),
        ({"fee_rate": 0.0, "half_spread": 0.0}, "both 0"),
        ({"half_life_h": 1.0}, "half_life_h"),
    ],
)
def test_parameters_that_make_no_sense_are_named(change: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        with_(**change)
