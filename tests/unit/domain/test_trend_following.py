"""Trend following: a signal on the crossing and only there, as strong as the move behind it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.as_of import AsOfView
from domain.numbers import exact
from domain.signal import Signal, SignalAction
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from tests.support import make_bar, make_bars

QUICK = TrendFollowingParameters(fast_bars=1, slow_bars=2, atr_bars=1, strength_min=0.0)
"""Fast is the close itself, slow the mean of the last two: above when the close has risen."""


def signals(
    closes: Sequence[float], parameters: TrendFollowingParameters = QUICK, *, held: float = 0.0
) -> dict[int, Signal]:
    """Return what the strategy says, by bar counted from 0."""
    strategy, view = TrendFollowing(parameters), AsOfView("BTCUSDT", TrendFollowing.lookback_bars)
    view.held_quantity = exact(held)
    said: dict[int, Signal] = {}
    for row, bar in enumerate(make_bars(closes).bars()):
        view.push(bar)
        signal = strategy.on_bar(view)
        if signal is not None:
            said[row] = signal
    return said


def actions(
    closes: Sequence[float], parameters: TrendFollowingParameters = QUICK, *, held: float = 0.0
) -> dict[int, SignalAction]:
    return {row: signal.action for row, signal in signals(closes, parameters, held=held).items()}


def with_(**changes: Any) -> TrendFollowingParameters:  # noqa: ANN401  # any parameter
    return evolve(QUICK, **changes)


def test_a_signal_comes_with_the_crossing_and_not_while_the_averages_stay_crossed() -> None:
    # Up (first seen), up, down: short, down, up: long, up.
    said = actions([10.0, 11.0, 12.0, 11.0, 10.0, 11.0, 12.0])

    assert said == {3: SignalAction.ENTER_SHORT, 5: SignalAction.ENTER_LONG}


def test_the_first_direction_seen_is_where_we_came_in_and_no_crossing() -> None:
    assert actions([10.0, 11.0, 12.0, 13.0]) == {}
    assert actions([13.0, 12.0, 11.0, 10.0]) == {}


def test_averages_that_touch_keep_the_direction_they_had() -> None:
    # 11, 11: the averages are equal. Going on in the old direction is no crossing, turning is one.
    assert actions([10.0, 11.0, 11.0, 12.0]) == {}
    assert actions([10.0, 11.0, 11.0, 10.0]) == {3: SignalAction.ENTER_SHORT}


def test_averages_that_differ_by_float_noise_count_as_touching() -> None:
    # 0.1 + 0.2 is 0.30000000000000004: three equal closes make averages that differ in the last digit.
    parameters = with_(fast_bars=3, slow_bars=7)
    flat = [0.1 + 0.2, 0.3] * 40

    assert actions([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, *flat], parameters) == {}


def test_before_the_averages_are_full_nothing_has_crossed() -> None:
    parameters = with_(fast_bars=2, slow_bars=5)

    # The first direction is seen at bar 4, where five closes are there; it turns at bar 6: (14 + 6) / 2 < mean of five.
    assert actions([10.0, 12.0, 9.0, 13.0, 14.0, 14.0, 6.0], parameters) == {6: SignalAction.ENTER_SHORT}


def test_while_the_range_is_not_known_a_crossing_is_passed_over_and_not_made_up_for() -> None:
    # ATR of 5 needs six bars. The crossing at bar 2 is before that; the next one, at bar 6, is taken.
    parameters = with_(atr_bars=5)

    assert actions([10.0, 11.0, 10.0, 9.0, 8.0, 7.0, 8.0], parameters) == {6: SignalAction.ENTER_LONG}


def test_strength_is_how_far_price_has_run_beyond_the_slow_average_in_ranges() -> None:
    # Closes 10, 12, 11: bars run from close to close. ATR(2) is seen at bar 2: true ranges 2 and 1, mean 1.5.
    # Slow is (12 + 11) / 2 = 11.5, so strength is |11 - 11.5| / (2 × 1.5) = 1/6; confidence 0.6 + 0.3 / 6 = 0.65.
    (signal,) = signals([10.0, 12.0, 11.0], with_(atr_bars=2)).values()

    assert signal.action is SignalAction.ENTER_SHORT
    assert signal.strength == pytest.approx(1 / 6)
    assert signal.confidence == pytest.approx(0.65)
    assert dict(signal.features) == {"fast": 11.0, "slow": 11.5, "atr": 1.5}


def test_strength_ends_at_one_and_confidence_at_nine_tenths() -> None:
    # Slow of six: (9.9 + 9.8 + 9.7 + 9.8 + 9.7 + 40.0) / 6 is near 15. The range, over nine bars, is near
    # (8 × 0.1 + 30.3) / 9 = 3.5, so price is more than twice that beyond it.
    closes = [10.2, 10.1, 10.0, 10.1, 10.0, 9.9, 10.0, 9.9, 9.8, 9.7, 9.8, 9.7, 40.0]
    (signal,) = signals(closes, with_(fast_bars=2, slow_bars=6, atr_bars=9)).values()

    assert signal.strength == 1.0
    assert signal.confidence == pytest.approx(0.9)


def test_stop_and_target_lie_as_many_ranges_away_as_asked() -> None:
    (signal,) = signals([10.0, 12.0, 11.0], with_(atr_bars=2, stop_atr=2.0, target_atr=6.0)).values()

    assert (signal.stop_distance, signal.target_distance) == (3.0, 9.0)


def test_without_multiples_there_is_neither_stop_nor_target() -> None:
    (signal,) = signals([10.0, 12.0, 11.0], with_(stop_atr=None, target_atr=None)).values()

    assert (signal.stop_distance, signal.target_distance) == (None, None)


def test_the_reason_names_the_averages_and_the_strength() -> None:
    (signal,) = signals([10.0, 12.0, 11.0], with_(atr_bars=2)).values()

    assert signal.reason == "1-bar average crossed below 2-bar, strength 0.17"


@pytest.mark.parametrize(("held", "expected"), [(1.0, {2: SignalAction.EXIT}), (0.0, {}), (-1.0, {})])
def test_without_shorts_a_downward_crossing_only_exits_what_is_held(
    held: float, expected: dict[int, SignalAction]
) -> None:
    assert actions([10.0, 11.0, 10.0], with_(allow_short=False), held=held) == expected


def test_without_shorts_an_upward_crossing_enters() -> None:
    assert actions([11.0, 10.0, 11.0], with_(allow_short=False)) == {2: SignalAction.ENTER_LONG}


@pytest.mark.parametrize(
    ("held", "expected"), [(1.0, {2: SignalAction.EXIT}), (0.0, {}), (-1.0, {})], ids=["long", "flat", "short"]
)
def test_a_crossing_too_weak_to_enter_still_ends_what_is_held_against_it(
    held: float, expected: dict[int, SignalAction]
) -> None:
    # Strength 1/6, as above.
    assert actions([10.0, 12.0, 11.0], with_(atr_bars=2, strength_min=0.17), held=held) == expected


def test_a_crossing_of_exactly_the_least_strength_is_taken() -> None:
    # Closes 10, 14, 12: ranges 4 and 2, ATR 3; slow 13, strength 1 / 6 = 0.5 / 3, least strength the same float.
    assert actions([10.0, 14.0, 12.0], with_(atr_bars=2, strength_min=1.0 / 6.0)) == {2: SignalAction.ENTER_SHORT}


def test_a_market_that_does_not_move_gives_no_signal() -> None:
    assert actions([10.0] * 50, TrendFollowingParameters(fast_bars=2, slow_bars=3, atr_bars=2)) == {}


@given(closes=st.lists(st.integers(50, 150).map(float), min_size=1, max_size=60))
def test_signals_to_enter_take_turns(closes: list[float]) -> None:
    said = list(actions(closes).values())

    assert all(before is not after for before, after in pairwise(said))


@given(closes=st.lists(st.integers(50, 150).map(float), min_size=1, max_size=60))
def test_in_a_mirrored_market_the_signals_are_mirrored(closes: list[float]) -> None:
    mirrored = {SignalAction.ENTER_LONG: SignalAction.ENTER_SHORT, SignalAction.ENTER_SHORT: SignalAction.ENTER_LONG}
    parameters = with_(fast_bars=3, slow_bars=7, atr_bars=3)

    there, back = signals(closes, parameters), signals([200.0 - close for close in closes], parameters)

    assert {row: mirrored[signal.action] for row, signal in there.items()} == {
        row: signal.action for row, signal in back.items()
    }
    for row, signal in there.items():
        assert back[row].strength == pytest.approx(signal.strength, rel=1e-9)
        assert back[row].stop_distance == pytest.approx(signal.stop_distance, rel=1e-9)


@given(
    closes=st.lists(st.integers(50, 150).map(float), min_size=1, max_size=60),
    later=st.lists(st.integers(50, 150).map(float), max_size=30),
)
def test_a_signal_does_not_depend_on_what_comes_after(closes: list[float], later: list[float]) -> None:
    said = signals(closes)

    assert said == {row: signal for row, signal in signals(closes + later).items() if row < len(closes)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fast_bars": 0}, "fast_bars"),
        ({"fast_bars": 10_001, "slow_bars": 20_000}, "fast_bars"),
        ({"fast_bars": 50}, "slow_bars must be above fast_bars"),
        ({"fast_bars": 50, "slow_bars": 49}, "slow_bars must be above fast_bars"),
        ({"slow_bars": 100_001}, "slow_bars"),
        ({"atr_bars": 0}, "atr_bars"),
        ({"strength_min": -0.01}, "strength_min"),
        ({"strength_min": 1.01}, "strength_min"),
        ({"strength_min": float("nan")}, "strength_min"),
        ({"stop_atr": 0.0}, "stop_atr"),
        ({"stop_atr": 100.5}, "stop_atr"),
        ({"target_atr": -1.0}, "target_atr"),
        ({"target_atr": float("nan")}, "target_atr"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrendFollowingParameters(**changes)


def test_the_defaults_are_the_documented_ones() -> None:
    parameters = TrendFollowingParameters()

    assert (parameters.fast_bars, parameters.slow_bars, parameters.atr_bars) == (20, 50, 14)
    assert (parameters.strength_min, parameters.stop_atr, parameters.target_atr) == (0.3, 2.0, 6.0)
    assert parameters.allow_short


def test_a_view_shows_as_many_bars_as_were_asked_for_and_none_ahead() -> None:
    view = AsOfView("BTCUSDT", lookback_bars=3)
    bars = list(make_bars([1.0, 2.0, 3.0, 4.0]).bars())
    assert view.bars(3) == ()

    for n_pushed, bar in enumerate(bars, start=1):
        view.push(bar)
        assert view.bar is bar
        assert view.n_bars == n_pushed
        assert view.bars(2) == tuple(bars[max(0, n_pushed - 2) : n_pushed])
    assert view.bars(3) == tuple(bars[1:])


def test_a_view_refuses_more_than_the_lookback() -> None:
    view = AsOfView("BTCUSDT", lookback_bars=2)

    with pytest.raises(ValueError, match="BTCUSDT: 3 bars asked for, lookback is 2"):
        view.bars(3)


def test_a_view_of_one_bar_keeps_one() -> None:
    view = AsOfView("BTCUSDT")
    assert view.bars(1) == ()

    view.push(make_bar(1.0))
    view.push(make_bar(2.0))

    assert [bar.close for bar in view.bars(1)] == [2.0]


def test_a_view_without_any_lookback_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 bar, got 0"):
        AsOfView("BTCUSDT", lookback_bars=0)


@pytest.mark.parametrize(
    "changes", [{"strength": 1.5}, {"confidence": -0.1}, {"stop_distance": 0.0}, {"target_distance": -1.0}]
)
def test_a_signal_out_of_range_cannot_exist(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        Signal(action=SignalAction.ENTER_LONG, reason="wrong", **changes)


@pytest.mark.parametrize(
    ("action", "direction"), [(SignalAction.ENTER_LONG, 1), (SignalAction.ENTER_SHORT, -1), (SignalAction.EXIT, 0)]
)
def test_the_direction_of_a_signal_is_the_sign_of_what_it_wants(action: SignalAction, direction: int) -> None:
    assert Signal(action=action, reason="any").direction == direction
