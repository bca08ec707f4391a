"""Laws of market histories: nothing false gets in, and cutting one never shows what is cut off."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidMarketDataError
from domain.market import BarSeries, FundingEvent, FundingSeries
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE, iso_utc
from tests.support import START_NS, SYMBOL

INTERVAL_NS = NS_PER_HOUR
PRICE_COLUMNS = ("open", "high", "low", "close")
COLUMNS = ("opened_at_ns", *PRICE_COLUMNS, "volume")

prices = st.floats(1e-6, 1e6)
volumes = st.floats(0, 1e9)
steps_ns = st.integers(0, 5).map(lambda gap: INTERVAL_NS + gap * NS_PER_MINUTE * 30)
rates = st.integers(-9_999, 9_999).map(lambda count: Decimal(count) / 10_000)

# Tests that are themselves repeated for each kind of mistake need fewer histories each.
fewer = settings(max_examples=10)

Columns: TypeAlias = dict[str, list[Any]]


@st.composite
def valid_columns(draw: st.DrawFn, min_size: int = 0) -> Columns:
    columns: Columns = {name: [] for name in COLUMNS}
    opened_at_ns = START_NS
    for _ in range(draw(st.integers(min_size, 12))):
        low, *inside, high = sorted(draw(st.lists(prices, min_size=4, max_size=4)))
        first, last = draw(st.permutations(inside))
        row = (opened_at_ns, first, high, low, last, draw(volumes))
        for name, value in zip(COLUMNS, row, strict=True):
            columns[name].append(value)
        opened_at_ns += draw(steps_ns)
    return columns


def series_of(columns: Columns, symbol: str = SYMBOL, interval_ns: int = INTERVAL_NS) -> BarSeries:
    return BarSeries(symbol, interval_ns, *(columns[name] for name in COLUMNS))


any_series = valid_columns().map(series_of)
instants = st.integers(-3, 100).map(lambda half_hours: START_NS + half_hours * NS_PER_MINUTE * 30)


def rows_of(series: BarSeries) -> list[tuple[Any, ...]]:
    return [tuple(bar) for bar in series.bars()]


@given(columns=valid_columns())
def test_bars_are_the_rows_named_by_their_close(columns: Columns) -> None:
    series = series_of(columns)

    assert len(series) == len(columns["open"])
    for row, bar in enumerate(series.bars()):
        assert bar.symbol == SYMBOL
        assert bar.closed_at_ns == bar.opened_at_ns + INTERVAL_NS == series.closed_at_ns[row]
        assert [getattr(bar, name) for name in COLUMNS] == [columns[name][row] for name in COLUMNS]
        assert type(bar.opened_at_ns) is type(bar.closed_at_ns) is int
        assert {type(getattr(bar, name)) for name in (*PRICE_COLUMNS, "volume")} == {float}


# What a row can be in the way of false: the column to break, its false value given the row, and what is said of it.
Lie: TypeAlias = tuple[str, Callable[[Columns, int], float], str]
LIES: dict[str, Lie] = {
    **{f"{name} is NaN": (name, lambda *_: float("nan"), "is not a finite number") for name in PRICE_COLUMNS},
    **{f"{name} is infinite": (name, lambda *_: float("inf"), "is not a finite number") for name in PRICE_COLUMNS},
    **{f"{name} is zero": (name, lambda *_: 0.0, "is not positive") for name in PRICE_COLUMNS},
    **{f"{name} is negative": (name, lambda *_: -1.5, "is not positive") for name in PRICE_COLUMNS},
    "high below low": ("high", lambda columns, row: columns["low"][row] / 2, "is below low"),
    "close above high": ("close", lambda columns, row: columns["high"][row] * 2, "high"),
    "open above high": ("open", lambda columns, row: columns["high"][row] * 2, "high"),
    "close below low": ("close", lambda columns, row: columns["low"][row] / 2, "low"),
    "open below low": ("open", lambda columns, row: columns["low"][row] / 2, "low"),
    "volume is NaN": ("volume", lambda *_: float("nan"), "is not a finite number"),
    "volume is infinite": ("volume", lambda *_: float("inf"), "is not a finite number"),
    "volume is negative": ("volume", lambda *_: -0.5, "is negative"),
}


@pytest.mark.parametrize("lie", LIES)
@fewer
@given(columns=valid_columns(min_size=1), data=st.data())
def test_a_false_row_is_refused_by_symbol_row_and_value(lie: str, columns: Columns, data: st.DataObject) -> None:
    column, falsify, said = LIES[lie]
    row = data.draw(st.integers(0, len(columns["open"]) - 1))
    columns[column][row] = falsify(columns, row)

    with pytest.raises(InvalidMarketDataError) as refused:
        series_of(columns)

    message = str(refused.value)
    assert message.startswith(f"{SYMBOL}: row {row} ({iso_utc(columns['opened_at_ns'][row])}): ")
    assert said in message
    named = re.search(r": (open|high|low|close|volume) (\S+) ", message)
    assert named is not None
    assert named[2] == repr(columns[named[1]][row])


@pytest.mark.parametrize(
    ("shift_ns", "said"),
    [
        (-NS_PER_HOUR, "repeats"),
        (-NS_PER_HOUR - 1, "goes backwards"),
        (-100 * NS_PER_HOUR, "goes backwards"),
        (-1, "overlaps the bar before"),
        (1 - NS_PER_HOUR, "overlaps the bar before"),
    ],
)
@fewer
@given(columns=valid_columns(min_size=2), data=st.data())
def test_time_that_does_not_go_on_is_refused_by_row(
    shift_ns: int, said: str, columns: Columns, data: st.DataObject
) -> None:
    row = data.draw(st.integers(1, len(columns["open"]) - 1))
    before = columns["opened_at_ns"][row - 1]
    columns["opened_at_ns"][row] = before + INTERVAL_NS + shift_ns

    with pytest.raises(InvalidMarketDataError) as refused:
        series_of(columns)

    told = iso_utc(columns["opened_at_ns"][row])
    assert str(refused.value) == f"{SYMBOL}: row {row}: open time {told} {said} (row before: {iso_utc(before)})"


@pytest.mark.parametrize("column", COLUMNS[1:])
@fewer
@given(columns=valid_columns(min_size=1))
def test_columns_of_unequal_length_are_refused_by_name(column: str, columns: Columns) -> None:
    n_bars = len(columns["open"])
    columns[column] = columns[column][:-1]

    with pytest.raises(InvalidMarketDataError) as refused:
        series_of(columns)

    assert str(refused.value) == f"{SYMBOL}: column {column} has {n_bars - 1} rows, opened_at_ns has {n_bars}"


@pytest.mark.parametrize("interval_ns", [0, -NS_PER_HOUR])
def test_an_interval_that_is_not_positive_is_refused(interval_ns: int) -> None:
    with pytest.raises(InvalidMarketDataError, match=f"{SYMBOL}: interval must be positive"):
        series_of({name: [] for name in COLUMNS}, interval_ns=interval_ns)


@given(series=any_series, at_ns=instants)
def test_known_by_is_exactly_what_has_closed(series: BarSeries, at_ns: int) -> None:
    known = series.known_by(at_ns)

    assert rows_of(known) == [tuple(bar) for bar in series.bars() if bar.closed_at_ns <= at_ns]


@given(series=any_series, start=st.none() | instants, end=st.none() | instants)
def test_between_is_exactly_the_bars_that_lie_inside(series: BarSeries, start: int | None, end: int | None) -> None:
    inside = [
        tuple(bar)
        for bar in series.bars()
        if (start is None or bar.opened_at_ns >= start) and (end is None or bar.closed_at_ns <= end)
    ]

    assert rows_of(series.between(start, end)) == inside


@given(series=any_series, start=st.integers(0, 13), stop=st.integers(0, 13))
def test_rows_are_a_slice_and_share_no_memory(series: BarSeries, start: int, stop: int) -> None:
    part = series.rows(start, stop)

    assert rows_of(part) == rows_of(series)[start:stop]
    assert not any(np.shares_memory(getattr(part, name), getattr(series, name)) for name in COLUMNS)


@given(series=any_series, data=st.data())
def test_where_keeps_the_rows_asked_for(series: BarSeries, data: st.DataObject) -> None:
    keep = data.draw(st.lists(st.booleans(), min_size=len(series), max_size=len(series)))

    kept = series.where(np.array(keep, dtype=np.bool_))

    assert rows_of(kept) == [row for row, wanted in zip(rows_of(series), keep, strict=True) if wanted]


@given(columns=valid_columns(min_size=1), name=st.sampled_from(COLUMNS))
def test_columns_cannot_be_written(columns: Columns, name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(series_of(columns), name)[0] = 1


def neighbor(columns: Columns, name: str, row: int) -> float | None:
    """Return the smallest change of one value that leaves its row true, or nothing if there is none."""
    value = columns[name][row]
    if name == "opened_at_ns":
        return int(value) + 1 if row == len(columns[name]) - 1 else None
    if name in {"high", "volume"}:
        return float(np.nextafter(value, np.inf))
    if name == "low":
        return float(np.nextafter(value, 0))
    if value < columns["high"][row]:
        return float(np.nextafter(value, np.inf))
    return float(np.nextafter(value, 0)) if value > columns["low"][row] else None


@given(columns=valid_columns(min_size=1), name=st.sampled_from(COLUMNS), data=st.data())
def test_the_content_hash_changes_with_any_value(columns: Columns, name: str, data: st.DataObject) -> None:
    before = series_of(columns).content_hash()
    row = data.draw(st.integers(0, len(columns["open"]) - 1))
    changed = neighbor(columns, name, row)
    assume(changed is not None)

    assert series_of(columns).content_hash() == before
    columns[name][row] = changed
    assert series_of(columns).content_hash() != before


@given(columns=valid_columns(min_size=1))
def test_the_content_hash_covers_symbol_interval_and_length(columns: Columns) -> None:
    series = series_of(columns)
    others = [
        series_of(columns, symbol="ETHUSDT"),
        series_of(columns, interval_ns=INTERVAL_NS - 1),
        series.rows(0, len(series) - 1),
    ]

    assert series.content_hash() not in {other.content_hash() for other in others}


def funding_of(hours: list[int], rates_paid: list[Decimal]) -> FundingSeries:
    return FundingSeries(SYMBOL, [START_NS + hour * NS_PER_HOUR for hour in hours], tuple(rates_paid))


@st.composite
def funding_columns(draw: st.DrawFn, min_size: int = 0) -> tuple[list[int], list[Decimal]]:
    hours = sorted(draw(st.sets(st.integers(0, 500), min_size=min_size, max_size=12)))
    return hours, draw(st.lists(rates, min_size=len(hours), max_size=len(hours)))


@given(columns=funding_columns())
def test_funding_events_are_the_rows_in_time_order(columns: tuple[list[int], list[Decimal]]) -> None:
    hours, paid = columns

    events = list(funding_of(hours, paid).events())

    assert events == [
        FundingEvent(SYMBOL, START_NS + hour * NS_PER_HOUR, rate) for hour, rate in zip(hours, paid, strict=True)
    ]


@pytest.mark.parametrize("rate", ["NaN", "sNaN", "Infinity", "-Infinity", "1", "-1", "100"])
@fewer
@given(columns=funding_columns(min_size=1), data=st.data())
def test_a_rate_that_is_not_a_fraction_is_refused_by_row_and_value(
    rate: str, columns: tuple[list[int], list[Decimal]], data: st.DataObject
) -> None:
    hours, paid = columns
    row = data.draw(st.integers(0, len(hours) - 1))
    paid[row] = Decimal(rate)

    with pytest.raises(InvalidMarketDataError, match=f"{SYMBOL} funding: row {row}: rate {rate} "):
        funding_of(hours, paid)


@pytest.mark.parametrize("step_h", [0, -1, -1_000])
@fewer
@given(columns=funding_columns(min_size=2), data=st.data())
def test_funding_times_that_do_not_go_on_are_refused_by_row(
    step_h: int, columns: tuple[list[int], list[Decimal]], data: st.DataObject
) -> None:
    hours, paid = columns
    row = data.draw(st.integers(1, len(hours) - 1))
    hours[row] = hours[row - 1] + step_h

    with pytest.raises(InvalidMarketDataError, match=f"{SYMBOL} funding: row {row}: time .* does not follow"):
        funding_of(hours, paid)


@given(columns=funding_columns(min_size=1))
def test_as_many_rates_as_times_are_needed(columns: tuple[list[int], list[Decimal]]) -> None:
    hours, paid = columns

    with pytest.raises(InvalidMarketDataError, match=f"{len(hours) - 1} rates for {len(hours)} times"):
        funding_of(hours, paid[:-1])


@given(columns=funding_columns(min_size=1), data=st.data())
def test_the_funding_hash_changes_with_any_value(columns: tuple[list[int], list[Decimal]], data: st.DataObject) -> None:
    hours, paid = columns
    before = funding_of(hours, paid).content_hash()
    row = data.draw(st.integers(0, len(hours) - 1))

    later, other = [*hours[:row], *(hour + 1 for hour in hours[row:])], list(paid)
    other[row] /= 2
    assume(other[row] != 0)

    assert funding_of(hours, paid).content_hash() == before
    assert funding_of(later, paid).content_hash() != before
    assert funding_of(hours, other).content_hash() != before
    assert funding_of(hours[:-1], paid[:-1]).content_hash() != before
