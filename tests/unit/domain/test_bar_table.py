import numpy as np
import pytest

from domain.bar_table import BarTable
from domain.errors import InvalidMarketDataError


def test_it_holds_what_no_series_may() -> None:
    times = np.array([60, 0, 0], dtype=np.int64)
    nothing = np.array([np.nan, -1.0, 0.0])

    table = BarTable("BTCUSDT", 60, times, nothing, nothing, nothing, nothing, nothing)

    assert len(table) == 3


def test_columns_of_different_length_are_no_table() -> None:
    times, column = np.array([0, 60], dtype=np.int64), np.array([1.0, 2.0])

    with pytest.raises(InvalidMarketDataError, match="column low has 1 rows, opened_at_ns has 2"):
        BarTable("BTCUSDT", 60, times, column, column, column[:1], column, column)
