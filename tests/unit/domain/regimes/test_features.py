from math import log

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from domain.market import Bar, BarSeries
from domain.regimes.features import FeatureScale, Missing, RunningFeatures, feature_rows
from domain.time_units import NS_PER_HOUR
from tests.regimes import bars_of_steps, make_market

BARS = make_market(drifts=(0.001, -0.001), deviations=(0.01, 0.02), duration_bars=20, n_bars=60, seed=1).bars


@st.composite
def series(draw: st.DrawFn) -> BarSeries:
    """Draw bars some of which stand still, trade nothing or follow a gap."""
    n_bars = draw(st.integers(1, 45))
    steps = draw(arrays(np.float64, (n_bars, 2), elements=st.one_of(st.just(0.0), st.floats(-0.1, 0.1))))
    volume = draw(arrays(np.float64, n_bars, elements=st.one_of(st.just(0.0), st.floats(0.01, 1e6))))
    keep = draw(arrays(np.bool_, n_bars, elements=st.integers(0, 19).map(bool)))
    return bars_of_steps(steps, volume).where(keep)


@given(bars=series())
def test_bar_by_bar_and_all_at_once_are_the_same(bars: BarSeries) -> None:
    running, expected = RunningFeatures(), feature_rows(bars)

    for bar, row in zip(bars.bars(), expected, strict=True):
        seen = running.update(bar)

        if isinstance(seen, Missing):
            assert np.isnan(row).all()
        else:
            assert np.allclose(seen, row, rtol=1e-12, atol=1e-12)


@given(start=st.integers(0, 30))
def test_a_longer_past_changes_nothing(start: int) -> None:
    whole, late = RunningFeatures(), RunningFeatures()
    of_whole = [whole.update(bar) for bar in BARS.bars()]

    of_late = [late.update(bar) for bar in BARS.bars_between(start, 60)]

    assert of_late[20:] == of_whole[start + 20 :]


@given(price=st.floats(0.001, 1000.0), quantity=st.floats(0.001, 1000.0))
def test_neither_the_unit_of_price_nor_of_quantity_matters(price: float, quantity: float) -> None:
    columns = {name: price * getattr(BARS, name) for name in ("open", "high", "low", "close")}
    other = evolve(BARS, **columns, volume=quantity * BARS.volume)

    assert np.allclose(feature_rows(other), feature_rows(BARS), rtol=1e-6, atol=1e-6, equal_nan=True)


def make_bar(hour: int, *, open_: float = 100.0, close: float = 100.0, volume: float = 5.0) -> Bar:
    at_ns = hour * NS_PER_HOUR
    return Bar("TESTUSDT", at_ns, at_ns + NS_PER_HOUR, open_, 110.0, 90.0, close, volume)


def warmed_up() -> RunningFeatures:
    running = RunningFeatures()
    for hour in range(19):
        assert running.update(make_bar(hour)) is Missing.WARMING_UP
    return running


def test_the_twentieth_bar_is_the_first_that_is_observed() -> None:
    seen = warmed_up().update(make_bar(19, close=105.0, volume=24.0))

    # Range: log(110/90)² / 2 - (2 log 2 - 1) log(1.05)² = 0.020134 - 0.000920 = 0.019215.
    # Volume: the mean of nineteen times 5 and 24 is 119 / 20 = 5.95.
    assert seen == pytest.approx((log(1.05), log(0.019215), log(24.0 / 5.95)), abs=1e-4)


@pytest.mark.parametrize(
    ("bar", "expected"),
    [
        (make_bar(19, volume=0.0), Missing.NO_VOLUME),
        (make_bar(19, volume=float("nan")), Missing.VOLUME_UNKNOWN),
        (make_bar(19, volume=-1.0), Missing.VOLUME_UNKNOWN),
        (make_bar(20), Missing.AFTER_A_GAP),
        (make_bar(19)._replace(high=100.0, low=100.0), Missing.STANDSTILL),
        (make_bar(19)._replace(close=float("nan")), Missing.PRICE_UNKNOWN),
        (make_bar(19)._replace(low=0.0), Missing.PRICE_UNKNOWN),
        (make_bar(19)._replace(high=float("inf")), Missing.PRICE_UNKNOWN),
    ],
)
def test_what_is_missing_is_named_and_the_bars_after_it_go_on(bar: Bar, expected: Missing) -> None:
    running = warmed_up()

    assert running.update(bar) is expected
    # What has no bar before it, or no price, has no return; a volume does not matter to that.
    assert (running.log_return is None) == (expected in {Missing.AFTER_A_GAP, Missing.PRICE_UNKNOWN})
    hour = bar.closed_at_ns // NS_PER_HOUR
    later = [running.update(make_bar(hour)), running.update(make_bar(hour + 1))]
    assert not isinstance(later[1], Missing)


def test_the_scale_is_of_what_it_was_made_of() -> None:
    rows = np.array([[1.0, 10.0, 0.0], [3.0, 30.0, 4.0]])
    scale = FeatureScale.of(rows)

    assert scale == FeatureScale((2.0, 20.0, 2.0), (1.0, 10.0, 2.0))
    assert scale.scaled((4.0, 20.0, 0.0)) == (2.0, 0.0, -1.0)
    assert (scale.scaled_rows(rows) == [[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]).all()


def test_what_does_not_vary_has_no_scale() -> None:
    with pytest.raises(ValueError, match="log_relative_volume does not vary"):
        FeatureScale.of(np.array([[1.0, 10.0, 2.0], [3.0, 30.0, 2.0]]))
    with pytest.raises(ValueError, match="finite"):
        FeatureScale((0.0,), (float("nan"),))
