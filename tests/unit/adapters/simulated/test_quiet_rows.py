"""How far ahead bars stay inside a quiet band."""

from math import inf

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulated.quiet_rows import rows_inside
from domain.market import BarSeries

INTERVAL_NS = 60
NEVER_NS = 2**63 - 1


def series_of(closes: list[float]) -> BarSeries:
    prices = np.array(closes)
    times = np.arange(len(closes), dtype=np.int64) * INTERVAL_NS
    return BarSeries("BTCUSDT", INTERVAL_NS, times, prices, prices + 1.0, prices - 0.5, prices, prices)


@given(
    closes=st.lists(st.integers(2, 30).map(float), min_size=1, max_size=300),
    start=st.integers(0, 299),
    low=st.integers(0, 20).map(float) | st.just(-inf),
    high=st.integers(10, 40).map(float) | st.just(inf),
    until_bar=st.integers(0, 300) | st.just(None),
)
def test_it_counts_what_asking_bar_by_bar_counts(
    closes: list[float], start: int, low: float, high: float, until_bar: int | None
) -> None:
    series = series_of(closes)
    until_ns = NEVER_NS if until_bar is None else until_bar * INTERVAL_NS
    expected = 0
    for bar in list(series.bars())[start:]:
        if not (low < bar.low and bar.high < high and bar.closed_at_ns < until_ns):
            break
        expected += 1

    assert rows_inside(series, start, len(closes), low, high, until_ns) == (expected if low < high else 0)


def test_a_band_turned_inside_out_holds_nothing() -> None:
    assert rows_inside(series_of([10.0]), 0, 1, inf, -inf, NEVER_NS) == 0
