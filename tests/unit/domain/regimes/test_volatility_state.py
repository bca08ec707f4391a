from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.regime import VolatilityState
from domain.regimes.volatility_state import RunningVolatilityState, VolatilitySettings

LOW, HIGH = VolatilityState.LOW, VolatilityState.HIGH
SETTINGS = VolatilitySettings(history_bars=10, observations_min=4, high_quantile=0.75, low_quantile=0.5)
forecasts = st.lists(st.sampled_from([float(value) for value in range(1, 30)]), max_size=40)


def run(values: list[float], settings: VolatilitySettings = SETTINGS) -> list[VolatilityState | None]:
    running = RunningVolatilityState(settings)
    return [running.update(value) for value in values]


def plain(values: list[float]) -> list[VolatilityState | None]:
    """The same by sorting the past anew each time."""
    states: list[VolatilityState | None] = []
    state = None
    for row, value in enumerate(values):
        past = sorted(values[max(0, row - 10) : row])
        if len(past) >= 4:
            high, low = past[ceil(0.75 * len(past)) - 1], past[ceil(0.5 * len(past)) - 1]
            state = HIGH if value > high or (state is HIGH and value > low) else LOW
        states.append(state)
    return states


@given(forecasts)
def test_it_equals_sorting_the_past_each_time(values: list[float]) -> None:
    assert run(values) == plain(values)


@given(forecasts, st.sampled_from([0.001, 0.125, 64.0]))
def test_the_length_of_bars_and_the_unit_do_not_matter(values: list[float], factor: float) -> None:
    assert run([factor * value for value in values]) == run(values)


@given(forecasts, st.integers(0, 40))
def test_the_future_changes_nothing_before(values: list[float], cut: int) -> None:
    assert run(values)[:cut] == run(values[:cut])


@given(forecasts)
def test_a_past_that_is_put_in_counts_as_if_it_had_been_forecast(values: list[float]) -> None:
    running = RunningVolatilityState(SETTINGS)
    running.replace_past(values)

    # The state is not part of the past: held against the high quantile alone.
    past = sorted(values[-10:])
    expected = None if len(past) < 4 else HIGH if past[ceil(0.75 * len(past)) - 1] < 15.5 else LOW
    assert running.update(15.5) is expected


def test_high_lasts_until_the_lower_threshold() -> None:
    # Of 1, 2, 3, 4 the quantiles are 3 and 2; 5 is above 3. Of 1..5 they are 4 and 3: 4 is above 3 only and stays.
    # Of 1, 2, 3, 4, 4, 5 they are 4 and 3: 3 is not above 3.
    assert run([1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 3.0]) == [None, None, None, None, HIGH, HIGH, LOW]


def test_what_never_changes_is_low() -> None:
    assert run([2.0] * 6)[-1] is LOW


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        run([1.0, float("nan")])


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"observations_min": 800}, "above history_bars"), ({"low_quantile": 0.9}, "above high_quantile")],
)
def test_settings_that_contradict_each_other_are_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        VolatilitySettings(**changes)  # type: ignore[arg-type]  # one value at a time
