"""Mean reversion: it takes the other side of a stretched move once, and is over at the middle band or in time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve
from hypothesis import given, settings

from domain.signal import Signal, SignalAction
from domain.strategies.mean_reversion import MeanReversion, MeanReversionParameters
from tests.markets import Walk, bars_at, walk_through, walks

QUICK: Final = MeanReversionParameters(band_bars=4, band_width=1.0, rsi_bars=2, atr_bars=1, holding_bars_max=5)
CALM: Final = [100.0, 101.0, 100.0, 101.0, 100.0]


def said(closes: Sequence[float], parameters: MeanReversionParameters = QUICK) -> dict[int, Signal]:
    """Return what the strategy says, by bar counted from 0."""
    market = Walk(bars_at(closes, reach=0.5), (Decimal(0),) * len(closes))
    signals = walk_through(MeanReversion(parameters), market)
    return {row: signal for row, signal in enumerate(signals) if signal is not None}


def with_(**changes: Any) -> MeanReversionParameters:  # noqa: ANN401  # any parameter
    return evolve(QUICK, **changes)


@settings(max_examples=25)
@given(walk=walks())
def test_falls_and_rises_mirror(walk: Walk) -> None:
    """Prices mirrored about 100 give the opposite entries, of the same strength and with the same stop."""
    closes = [bar.close for bar in walk.bars if bar.close < 180.0]
    # Bounds that no value meets exactly: there rounding would decide.
    odd = with_(band_width=1.0307, oversold=30.0711, overbought=69.9289)
    there, back = said(closes, odd), said([200.0 - close for close in closes], odd)

    assert {row: signal.direction for row, signal in there.items()} == {
        row: -signal.direction for row, signal in back.items()
    }
    for row, signal in there.items():
        assert signal.strength == pytest.approx(back[row].strength, abs=1e-6)
        assert signal.stop_distance == pytest.approx(back[row].stop_distance, abs=1e-6)


def test_a_fall_below_the_band_is_bought_and_over_at_the_middle() -> None:
    # At 94 the last four are 101, 100, 101... to 94: middle 98.75, one deviation 2.77 below is 95.98.
    signals = said([*CALM, 101.0, 100.0, 94.0, 94.5, 99.0])

    assert [(row, signal.action) for row, signal in signals.items()] == [
        (7, SignalAction.ENTER_LONG),
        (9, SignalAction.EXIT),
    ]
    assert "below the lower band" in signals[7].reason
    assert "middle band" in signals[9].reason


def test_strength_is_the_depth_of_the_index_and_the_distance_beyond_the_band() -> None:
    (signal,) = (each for each in said([*CALM, 101.0, 100.0, 94.0]).values())
    rsi, reach = dict(signal.features)["rsi"], dict(signal.features)["band_position"]

    # (30 - RSI) / 30 counts 0.6, what lies beyond one half width 0.4.
    assert signal.strength == pytest.approx(0.6 * (30.0 - rsi) / 30.0 + 0.4 * (-reach - 1.0))


def test_the_stop_lies_below_a_long_and_above_a_short_however_far_the_close_is_beyond_the_band() -> None:
    # A fall of 12 in one bar: true range 100.6 - 87.4 = 13 and a bit, three of them below 88.
    for sign in (1.0, -1.0):
        closes = [100.0 + sign * (close - 100.0) for close in (*CALM, 101.0, 100.0, 88.0)]
        (signal,) = said(closes).values()
        assert signal.direction == sign
        assert signal.stop_distance is not None
        assert signal.stop_distance > 3 * 12


def test_what_does_not_come_back_is_left_in_time() -> None:
    # Entered at bar 7, held from bar 8 on: the fifth bar of holding is bar 12. It falls on, so the middle stays above.
    falling = [94.0 - 0.1 * step for step in range(1, 8)]
    signals = said([*CALM, 101.0, 100.0, 94.0, *falling], with_(band_bars=20))
    # Twenty bars have not come yet.
    assert signals == {}

    signals = said([*CALM * 4, 101.0, 100.0, 94.0, *falling], with_(band_bars=20))
    entered = min(signals)
    assert signals[entered].action is SignalAction.ENTER_LONG
    assert signals[entered + 5].reason == "not back at the middle band after 5 bars"


def test_a_rise_is_not_sold_where_shorts_are_not_allowed() -> None:
    closes = [*CALM, 100.0, 101.0, 107.0]

    assert said(closes)[7].action is SignalAction.ENTER_SHORT
    assert said(closes, with_(allow_short=False)) == {}


def test_a_weak_entry_is_not_taken() -> None:
    closes = [*CALM, 101.0, 100.0, 94.0]

    assert said(closes, with_(strength_min=said(closes)[7].strength + 0.01)) == {}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"overbought": 25.0}, "overbought"),
        ({"oversold": 0.0}, "oversold"),
        ({"band_width": float("nan")}, "band_width"),
        ({"stop_atr": -1.0}, "stop_atr"),
        ({"holding_bars_max": 0}, "holding_bars_max"),
    ],
)
def test_parameters_that_make_no_sense_are_named(change: dict[str, float], key: str) -> None:
    with pytest.raises(ValueError, match=key):
        with_(**change)
