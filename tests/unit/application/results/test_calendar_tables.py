"""Results by the calendar: months compound to years and to the whole, and no trade is counted twice."""

from decimal import Decimal
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.results.calendar_tables import (
    Cell,
    monthly_returns,
    results_by_month,
    results_by_week_hour,
    yearly_returns,
    years_of,
)
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.support import START_NS
from tests.unit.application.results.run_logs import make_trade

_curves = st.lists(
    st.tuples(st.integers(1, 1_500), st.floats(1.0, 1e6)), min_size=1, unique_by=lambda point: point[0]
).map(sorted)


@given(curve=_curves)
def test_months_compound_to_the_years_and_years_to_the_whole(curve: list[tuple[int, float]]) -> None:
    at_ns = START_NS + np.asarray([day for day, _ in curve], dtype=np.int64) * NS_PER_DAY
    equity = np.asarray([value for _, value in curve])
    months = monthly_returns(at_ns, equity, start_equity=1000.0)
    years = yearly_returns(at_ns, equity, start_equity=1000.0)

    whole = equity[-1] / 1000.0
    assert prod(1.0 + each for each in months.values()) == pytest.approx(whole)
    assert prod(1.0 + each for each in years.values()) == pytest.approx(whole)
    for year, change in years.items():
        assert prod(1.0 + each for (of, _), each in months.items() if of == year) == pytest.approx(1.0 + change)


def test_midnight_ends_the_month_before() -> None:
    # 2024-01-01 + 31 days is 2024-02-01T00:00, the last point of January: 1,100 / 1,000 - 1 = 10 %.
    at_ns = np.asarray([START_NS + 31 * NS_PER_DAY, START_NS + 40 * NS_PER_DAY], dtype=np.int64)

    months = monthly_returns(at_ns, np.asarray([1_100.0, 990.0]), start_equity=1_000.0)

    assert months == {(2024, 1): pytest.approx(0.1), (2024, 2): pytest.approx(-0.1)}


def test_an_account_that_began_a_month_with_nothing_returns_nothing() -> None:
    at_ns = np.asarray([START_NS + NS_PER_DAY, START_NS + 40 * NS_PER_DAY], dtype=np.int64)

    assert monthly_returns(at_ns, np.asarray([0.0, 0.0]), start_equity=1_000.0) == {(2024, 1): -1.0, (2024, 2): 0.0}


@given(trades=st.lists(st.tuples(st.decimals(-1000, 1000, places=8), st.integers(0, 20_000)), max_size=20))
def test_every_closed_trade_stands_in_one_field_of_each_table(trades: list[tuple[Decimal, int]]) -> None:
    closed = [
        make_trade(str(gross), entered_at_ns=START_NS + hour * NS_PER_HOUR, exited_at_ns=START_NS + 2 * hour + 1)
        for gross, hour in trades
    ]

    for table in (results_by_month(closed), results_by_week_hour(closed)):
        assert sum(cell.n_trades for cell in table.values()) == len(closed)
        assert sum(cell.net_pnl for cell in table.values()) == sum(gross for gross, _ in trades)


def test_trades_are_counted_where_they_end_and_told_by_when_they_begin() -> None:
    # 2024-01-01 was a Monday. Entered at 05:00, ended 40 days later, in February: net 100 - 2 = 98.
    trade = make_trade(
        "100", fees="2", entered_at_ns=START_NS + 5 * NS_PER_HOUR, exited_at_ns=START_NS + 40 * NS_PER_DAY
    )

    assert results_by_month([trade]) == {(2024, 2): Cell(1, Decimal(98))}
    assert results_by_week_hour([trade]) == {(0, 5): Cell(1, Decimal(98))}


def test_open_trades_stand_in_no_table() -> None:
    still_open = make_trade("5", exited_at_ns=None)

    assert results_by_month([still_open]) == {}
    assert results_by_week_hour([still_open]) == {}


def test_years_are_those_of_any_table() -> None:
    assert years_of({(2025, 1): 0}, {(2023, 12): 0, (2025, 7): 0}) == (2023, 2025)
