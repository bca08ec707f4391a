"""What is drawn of long series: packed without loss, made shorter without losing an extreme."""

from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adapters.html_report.histogram import histogram
from adapters.html_report.packing import pack_instants, pack_numbers
from adapters.html_report.reduction import bars_to_draw, rows_with_extremes
from domain.market import Float64Array
from domain.time_units import NS_PER_MS, NS_PER_SECOND
from tests.support import START_NS, make_bars

_columns = arrays(np.float64, st.integers(1, 300), elements=st.floats(-1e6, 1e6, width=32))


@given(values=_columns)
def test_packed_numbers_read_back_as_they_were(values: Float64Array) -> None:
    short, whole = pack_numbers(values), pack_numbers(values, "f8")

    np.testing.assert_array_equal(np.frombuffer(b64decode(str(short["bytes"])), "<f4"), values)
    np.testing.assert_array_equal(np.frombuffer(b64decode(str(whole["bytes"])), "<f8"), values)


@given(seconds=st.lists(st.integers(0, 2**31 - 1), min_size=1, unique=True))
def test_packed_instants_read_back_as_they_were(seconds: list[int]) -> None:
    at_ns = START_NS + np.sort(np.asarray(seconds, dtype=np.int64)) * NS_PER_SECOND
    packed = pack_instants(at_ns)

    elapsed = np.frombuffer(b64decode(str(packed["bytes"])), "<i4").astype(np.int64)
    assert packed["start"] == int(at_ns[0]) / NS_PER_MS
    np.testing.assert_array_equal(int(at_ns[0]) + elapsed * NS_PER_SECOND, at_ns)


@given(first=_columns, data=st.data(), n_rows_max=st.integers(4, 60))
def test_no_extreme_of_any_column_gets_lost(first: Float64Array, data: st.DataObject, n_rows_max: int) -> None:
    second = data.draw(arrays(np.float64, first.shape, elements=st.floats(-1e6, 1e6)))
    kept = rows_with_extremes([first, second], n_rows_max)

    assert np.all(np.diff(kept) > 0)
    assert (kept[0], kept[-1]) == (0, first.size - 1)
    assert len(kept) <= n_rows_max + 2
    for column in (first, second):
        assert column[kept].max() == column.max()
        assert column[kept].min() == column.min()


def test_a_short_series_is_kept_whole() -> None:
    assert rows_with_extremes([np.arange(5.0)], 5).tolist() == [0, 1, 2, 3, 4]


@given(
    closes=st.lists(st.floats(1, 1e5), min_size=1, max_size=200),
    n_bars_max=st.integers(1, 50),
)
def test_joined_bars_keep_first_highest_lowest_and_last(closes: list[float], n_bars_max: int) -> None:
    series = make_bars(closes)
    drawn = bars_to_draw(series, n_bars_max)

    assert len(drawn.close) <= n_bars_max
    assert drawn.n_joined * len(drawn.close) >= len(series) > drawn.n_joined * (len(drawn.close) - 1)
    assert drawn.high.max() == series.high.max()
    assert drawn.low.min() == series.low.min()
    assert (drawn.open[0], drawn.close[-1]) == (series.open[0], series.close[-1])
    assert drawn.closed_at_ns[-1] == series.closed_at_ns[-1]


def test_seven_bars_in_three_places_are_joined_by_threes() -> None:
    drawn = bars_to_draw(make_bars([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), 3)

    assert drawn.n_joined == 3
    assert drawn.close.tolist() == [3.0, 6.0, 7.0]
    assert drawn.high.tolist() == [3.0, 6.0, 7.0]
    assert drawn.low.tolist() == [1.0, 3.0, 6.0]


@given(values=arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e3, 1e3)))
def test_every_value_lies_in_one_class_and_none_holds_gains_and_losses(values: Float64Array) -> None:
    found = histogram(values)

    assert found is not None
    assert sum(found.counts) == values.size
    assert len(found.counts) < 200
    assert found.first / found.width == pytest.approx(round(found.first / found.width), abs=1e-6)
    last = found.first + found.width * len(found.counts)
    assert found.first <= values.min() + 1e-9 * found.width
    assert last >= values.max() - 1e-9 * found.width


def test_values_are_counted_from_the_edge_of_their_class_on() -> None:
    # The middle 98 % of -2 to 2 spans 3.92; 3.92 / 40 is 0.098, so classes are 0.1 wide.
    found = histogram(np.asarray([-2.0, -1.0, 0.0, 0.05, 2.0]))

    assert found is not None
    assert found.width == pytest.approx(0.1)
    assert found.first == pytest.approx(-2.0)
    assert found.counts[0] == 1
    assert found.counts[20] == 2


def test_without_a_finite_value_there_is_nothing_to_divide() -> None:
    assert histogram(np.asarray([np.nan, np.inf])) is None
    assert histogram(np.asarray([])) is None
