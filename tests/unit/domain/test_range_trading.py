"""Range trading: levels from pivots that have been confirmed, entries near them, and no trade against a breakout."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve

from domain.signal import Signal, SignalAction
from domain.strategies.range_trading import RangeTrading, RangeTradingParameters
from tests.markets import Walk, bars_at, walk_through

QUICK: Final = RangeTradingParameters(
    lookback_bars=60, pivot_bars=1, pivots_min=2, width_atr_min=1.0, zone=0.2, atr_bars=2, volume_bars=2, move_max=0.2
)
SWING: Final = [100.0, 102.0, 104.0, 106.0, 108.0, 110.0, 108.0, 106.0, 104.0, 102.0]
"""From 100 up to 110 and back, in steps of 2."""


def said(
    closes: Sequence[float], parameters: RangeTradingParameters = QUICK, volumes: Sequence[float] | None = None
) -> dict[int, Signal]:
    """Return what the strategy says, by bar counted from 0."""
    market = Walk(bars_at(closes, reach=0.5, volumes=volumes), (Decimal(0),) * len(closes))
    signals = walk_through(RangeTrading(parameters), market)
    return {row: signal for row, signal in enumerate(signals) if signal is not None}


def with_(**changes: Any) -> RangeTradingParameters:  # noqa: ANN401  # any parameter
    return evolve(QUICK, **changes)


def test_support_is_bought_and_resistance_sold() -> None:
    signals = said(SWING * 5)
    entries = {row: signal for row, signal in signals.items() if signal.direction}

    assert {signal.direction for signal in entries.values()} == {1, -1}
    for row, signal in entries.items():
        close = (SWING * 5)[row]
        assert close <= 102.5 if signal.direction > 0 else close >= 107.5
        levels = dict(signal.features)
        assert 98.0 < levels["support"] < 100.0
        assert 110.0 < levels["resistance"] < 112.0


def test_no_range_is_known_before_enough_pivots_have_been_confirmed() -> None:
    # Highs at bars 6, 16 and 26, each confirmed a bar later; support is reached next at 20 and at 30.
    assert min(said(SWING * 5)) == 20
    assert min(said(SWING * 5, with_(pivots_min=3))) == 30
    assert said(SWING * 2) == {}
    # Confirmed by five bars, the second high is known at 21.
    assert min(said(SWING * 5, with_(pivot_bars=4))) == 25


def test_the_target_is_the_nearer_of_two_ranges_and_most_of_the_way() -> None:
    # Steps of 2 with half a unit on either side: true ranges of about 3, two of them are 6; 80 % of the way is 8.
    near = next(signal for signal in said(SWING * 5).values() if signal.direction)
    far = next(signal for signal in said(SWING * 5, with_(target_atr=50.0)).values() if signal.direction)

    assert near.target_distance is not None
    assert far.target_distance is not None
    assert near.target_distance == pytest.approx(2.0 * dict(near.features)["atr"])
    assert 6.0 < far.target_distance < 10.0


def test_a_close_beyond_the_level_ends_the_trade_against_it() -> None:
    closes = [*SWING * 3, 100.0, 97.0, 95.0]
    signals = said(closes)
    last = max(signals)

    assert signals[last].action is SignalAction.EXIT
    assert "beyond the level" in signals[last].reason


def test_a_move_too_fast_is_not_traded_against() -> None:
    # From 110 to 100 within five bars are 9 %.
    assert said(SWING * 5) != {}
    assert all(signal.direction == 0 for signal in said(SWING * 5, with_(move_max=0.02)).values())


def test_a_range_narrower_than_its_noise_is_none() -> None:
    assert said(SWING * 5, with_(width_atr_min=10.0)) == {}


def test_a_turn_on_little_volume_is_weaker() -> None:
    row = next(row for row, signal in said(SWING * 5).items() if signal.direction)
    loud, quiet = [1_000.0] * 50, [1_000.0] * 50
    loud[row], quiet[row] = 10_000.0, 10.0

    assert said(SWING * 5, volumes=quiet)[row].strength == pytest.approx(
        0.6 * said(SWING * 5, volumes=loud)[row].strength
    )
    assert said(SWING * 5, with_(volume_bars=None), volumes=quiet)[row].strength == pytest.approx(
        said(SWING * 5, volumes=loud)[row].strength
    )


@pytest.mark.parametrize(
    ("change", "key"),
    [({"zone": 0.5}, "zone"), ({"lookback_bars": 5}, "lookback_bars"), ({"stop_atr": float("inf")}, "stop_atr")],
)
def test_parameters_that_make_no_sense_are_named(change: dict[str, float], key: str) -> None:
    with pytest.raises(ValueError, match=key):
        with_(**change)
