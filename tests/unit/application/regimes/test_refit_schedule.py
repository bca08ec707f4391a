import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.regimes.refit_schedule import Refit, RefitSchedule
from domain.market import Int64Array

INTERVAL_NS = 10


def opens(bars: range | list[int]) -> Int64Array:
    return INTERVAL_NS * np.array(list(bars), dtype=np.int64)


@st.composite
def schedules(draw: st.DrawFn) -> RefitSchedule:
    window = draw(st.one_of(st.none(), st.integers(1, 30)))
    return RefitSchedule(
        refit_bars=draw(st.integers(1, 12)),
        window_bars=window,
        bars_min=draw(st.integers(1, window or 30)),
        fit_latency_bars=draw(st.integers(1, 4)),
    )


places = st.lists(st.integers(0, 120), unique=True, max_size=80).map(sorted)


@given(schedule=schedules(), bars=places)
def test_no_model_is_used_on_a_bar_that_it_was_fitted_on(schedule: RefitSchedule, bars: list[int]) -> None:
    for refit in schedule.refits(opens(bars), INTERVAL_NS):
        assert 0 <= refit.first_row <= refit.last_row <= refit.in_use_after_row < len(bars)
        assert refit.in_use_after_row - refit.last_row == schedule.fit_latency_bars - 1
        n_fitted = refit.last_row + 1 - refit.first_row
        assert n_fitted >= schedule.bars_min
        assert schedule.window_bars is None or n_fitted <= schedule.window_bars


@given(schedule=schedules(), bars=places, cut=st.integers(0, 80))
def test_what_comes_later_moves_no_refit(schedule: RefitSchedule, bars: list[int], cut: int) -> None:
    whole = list(schedule.refits(opens(bars), INTERVAL_NS))

    part = list(schedule.refits(opens(bars[:cut]), INTERVAL_NS))

    assert part == [refit for refit in whole if refit.in_use_after_row < cut]


@given(schedule=schedules(), start=st.integers(0, 60))
def test_a_longer_past_moves_no_refit(schedule: RefitSchedule, start: int) -> None:
    whole = {refit.last_row for refit in schedule.refits(opens(range(120)), INTERVAL_NS)}

    late = {refit.last_row + start for refit in schedule.refits(opens(range(start, 120)), INTERVAL_NS)}

    # Only those with bars enough, and the first bar of a series, of which nobody knows whether it begins a stretch.
    assert late <= whole
    assert {row for row in whole if row - start >= 30} <= late


def test_weeks_by_hand() -> None:
    schedule = RefitSchedule(refit_bars=4, window_bars=6, bars_min=5)

    # Bars 2 to 13: stretches begin at 4, 8 and 12, rows 2, 6 and 10; row 2 has three bars only.
    assert list(schedule.refits(opens(range(2, 14)), INTERVAL_NS)) == [Refit(1, 6, 6), Refit(5, 10, 10)]


def test_a_stretch_whose_first_bars_are_missing_begins_with_the_next_one() -> None:
    schedule = RefitSchedule(refit_bars=4, window_bars=None, bars_min=1, fit_latency_bars=2)

    assert list(schedule.refits(opens([2, 3, 6, 7, 9]), INTERVAL_NS)) == [Refit(0, 2, 3)]


def test_a_window_holds_what_is_needed() -> None:
    with pytest.raises(ValueError, match="bars_min 9 is above window_bars 8"):
        RefitSchedule(window_bars=8, bars_min=9)
