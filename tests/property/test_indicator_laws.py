"""What holds for every indicator: two forms with one value, no future, no drift, no unit, nothing made of bad input."""

from math import inf, isnan, nan
from typing import Final

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.indicators.directional import directional_movement
from domain.indicators.momentum import cutler_strength_index, relative_strength_index
from domain.indicators.pivots import Pivot, PivotFinder, confirmed_pivots
from domain.market import Float64Array
from domain.time_units import NS_PER_HOUR
from tests import indicator_forms
from tests.indicator_forms import PRICE, Columns, Form, forms

TOLERANCE: Final = 1e-12

SESSION_START_NS: Final = 1_704_067_200 * 1_000_000_000  # 2024-01-01
START_NS: Final = SESSION_START_NS + 5 * NS_PER_HOUR

shares = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.0, 1.0))
volumes = st.one_of(st.just(0.0), st.floats(1e-3, 1e6))
bar = st.tuples(st.floats(0.1, 10.0), shares, shares, shares, volumes)
# The length is drawn first: lists of any length are mostly shorter than the windows.
bars = st.integers(0, 60).flatmap(lambda n_bars: st.lists(bar, min_size=n_bars, max_size=n_bars))
periods = st.one_of(st.integers(1, 5), st.integers(1, 25))
scales = st.sampled_from([1e-9, 1e-3, 1.0, 3e4, 1e9])
kinds = st.sampled_from(["wide", "spiky", "coarse", "ticks", "flat"])


def table_of(
    drawn: list[tuple[float, float, float, float, float]],
    kind: str = "wide",
    scale: float = 1.0,
    start_ns: int = START_NS,
) -> Columns:
    """Make a market of bars, with an index and funding beside it.

    Args:
        drawn: For each bar its close, how far high and low are beyond the body, where it opened, and its volume.
        kind: ``wide`` for these closes, ``spiky`` for bars without volume a billion times higher, ``coarse`` for whole
            numbers, many of them equal, ``ticks`` for closes that differ in the ninth digit, ``flat`` for one price.
        scale: Unit of the prices.
        start_ns: When the first bar opens.
    """
    rows = np.array(drawn).reshape(-1, 5)
    close, up, down, share, volume = rows.T
    if kind in {"ticks", "flat"}:
        close = 1.0 + (np.round(close) * 1e-9 if kind == "ticks" else 0.0 * close)
    if kind == "spiky":
        close = np.where(volume == 0.0, 1e9, 1.0) * close
    reach = {"ticks": 1e-8, "flat": 0.0}.get(kind, 0.5)
    other = close * (1.0 + reach * (share - 0.5))
    high = np.maximum(close, other) * (1.0 + reach * up)
    low = np.minimum(close, other) * (1.0 - reach * down)
    if kind == "coarse":
        close, other, high, low = (1.0 + np.round(prices / 4.0) for prices in (close, other, high, low))
    n_bars = close.size
    return {
        "opened_at_ns": start_ns + np.arange(n_bars, dtype=np.int64) * NS_PER_HOUR,
        "open": other * scale,
        "high": high * scale,
        "low": low * scale,
        "close": close * scale,
        "volume": volume,
        "index": close * (1.0 + 0.01 * reach * (down - up)) * scale,
        "rates": (share - 0.5) * 1e-3,
        "interval_h": np.choose(np.arange(n_bars) // 7 % 3, [8.0, 4.0, 1.0]),
    }


def moving_table(n_bars: int = 80) -> Columns:
    """Return a market in which every bar moves and trades, from the beginning of a session."""
    random = np.random.default_rng(7)
    drawn = [(*row, 1.0 + volume) for *row, volume in random.uniform(0.1, 0.9, (n_bars, 5)).tolist()]
    return table_of(drawn, start_ns=SESSION_START_NS)


def rows_of(table: Columns, rows: slice) -> Columns:
    return {name: column[rows] for name, column in table.items()}


def assert_close(form: Form, table: Columns, got: dict[str, Float64Array], expected: dict[str, Float64Array]) -> None:
    """Compare to 1e-12, relative, where a difference of prices is not told apart from its rounding."""
    largest = float(np.max(table["high"], initial=0.0))
    for output, unit in zip(form.outputs, form.units, strict=True):
        scale = largest if unit == PRICE else float(unit)
        np.testing.assert_allclose(
            got[output], expected[output], rtol=TOLERANCE, atol=TOLERANCE * scale, err_msg=f"{form.name} {output}"
        )


@given(drawn=bars, kind=kinds, scale=scales, period=periods)
@example(drawn=[], kind="wide", scale=1.0, period=1)
@example(drawn=[(1.0, 0.5, 0.5, 0.5, 1.0)] * 30, kind="wide", scale=1e9, period=7)
def test_one_row_at_a_time_and_whole_columns_give_the_same(
    drawn: list[tuple[float, float, float, float, float]], kind: str, scale: float, period: int
) -> None:
    table = table_of(drawn, kind, scale)

    for form in forms(period):
        assert_close(form, table, form.one_by_one(table), form.in_batch(table))


@given(drawn=bars, kind=kinds, period=periods, share=st.floats(0.0, 1.0))
def test_what_comes_later_changes_no_bit_of_what_was(
    drawn: list[tuple[float, float, float, float, float]], kind: str, period: int, share: float
) -> None:
    table = table_of(drawn, kind)
    cut = slice(0, int(share * len(drawn)))

    for form in forms(period):
        whole, before = form.in_batch(table), form.in_batch(rows_of(table, cut))
        for output in form.outputs:
            np.testing.assert_array_equal(before[output], whole[output][cut], err_msg=f"{form.name} {output}")


@given(drawn=bars, period=periods, power=st.integers(-30, 30))
def test_the_unit_of_prices_changes_nothing_but_the_unit_of_prices(
    drawn: list[tuple[float, float, float, float, float]], period: int, power: int
) -> None:
    # By a power of two, which changes no digit: what is a price is multiplied by it exactly, what is none is the same.
    factor = 2.0**power
    table = table_of(drawn)
    other = {name: column * factor if name in PRICES else column for name, column in table.items()}

    for form in forms(period):
        now, then = form.one_by_one(table), form.one_by_one(other)
        for output in form.outputs:
            expected = now[output] * factor if (form.name, output) in IN_PRICES else now[output]
            np.testing.assert_array_equal(then[output], expected, err_msg=f"{form.name} {output}")


PRICES: Final = {"open", "high", "low", "close", "index"}
WITHOUT_UNIT: Final = {
    "relative_strength_index",
    "cutler_strength_index",
    "directional_movement",
    "close_volatility",
    "parkinson_volatility",
    "garman_klass_volatility",
    "yang_zhang_volatility",
    "z_score",
    "on_balance_volume",
    "mean_carry",
    "decaying_carry",
    "basis_score",
}
IN_PRICES: Final = {
    (form.name, output)
    for form in forms(3)
    for output in form.outputs
    if form.name not in WITHOUT_UNIT and output not in {"percent_b", "bandwidth"}
}


@pytest.mark.parametrize("period", [1, 2, 3, 14])
def test_an_indicator_begins_exactly_when_its_warm_up_is_over(period: int) -> None:
    table = moving_table()

    for form in forms(period):
        for got in (form.in_batch(table), form.one_by_one(table)):
            for output, warmup in zip(form.outputs, form.warmups, strict=True):
                if (form.name, output) in MAY_STAY_UNKNOWN or (period, output) == (1, "percent_b"):
                    continue
                unknown = np.isnan(got[output])
                assert unknown[: warmup - 1].all(), f"{form.name} {output}"
                assert not unknown[warmup - 1 :].any(), f"{form.name} {output}"


MAY_STAY_UNKNOWN: Final = {
    ("confirmed_pivots", "high"),
    ("confirmed_pivots", "low"),
    ("session_vwap with an offset", "value"),
}


@pytest.mark.parametrize("period", [1, 2, 3, 14])
def test_an_indicator_tells_its_own_warm_up(period: int) -> None:
    for form in forms(period):
        indicator = form.make()
        if hasattr(indicator, "warmup_bars"):
            assert indicator.warmup_bars == max(form.warmups), form.name
        elif hasattr(indicator, "warmup_settlements"):
            assert indicator.warmup_settlements == max(form.warmups), form.name
        else:
            assert form.name in {"session_vwap", "session_vwap with an offset", "wilder_average of true_range"}


@given(price=st.floats(1e-9, 1e9), n_bars=st.integers(1, 60), period=periods)
def test_a_market_that_stands_still_has_no_spread_no_strength_and_no_trend(
    price: float, n_bars: int, period: int
) -> None:
    table = table_of([(1.0, 0.0, 0.0, 0.5, 1.0)] * n_bars, "flat", price, SESSION_START_NS)

    for form in forms(period):
        for got in (form.in_batch(table), form.one_by_one(table)):
            for output, warmup in zip(form.outputs, form.warmups, strict=True):
                known = got[output][warmup - 1 :]
                expected = STANDING_STILL.get((form.name, output))
                if expected is not None:
                    np.testing.assert_array_equal(
                        known, np.full(known.shape, expected), err_msg=f"{form.name} {output}"
                    )
                elif (form.name, output) in IN_PRICES - MAY_STAY_UNKNOWN:
                    np.testing.assert_allclose(known, price, rtol=TOLERANCE, err_msg=f"{form.name} {output}")


STANDING_STILL: Final = {
    ("true_range", "value"): 0.0,
    ("average_true_range", "value"): 0.0,
    ("wilder_average of true_range", "value"): 0.0,
    ("relative_strength_index", "value"): nan,
    ("cutler_strength_index", "value"): nan,
    ("convergence_divergence", "macd"): 0.0,
    ("convergence_divergence", "signal"): 0.0,
    ("convergence_divergence", "histogram"): 0.0,
    ("directional_movement", "plus_di"): 0.0,
    ("directional_movement", "minus_di"): 0.0,
    ("directional_movement", "dx"): 0.0,
    ("directional_movement", "adx"): 0.0,
    ("bollinger_bands", "percent_b"): nan,
    ("bollinger_bands", "bandwidth"): 0.0,
    ("close_volatility", "value"): 0.0,
    ("parkinson_volatility", "value"): 0.0,
    ("garman_klass_volatility", "value"): 0.0,
    ("yang_zhang_volatility", "value"): 0.0,
    ("z_score", "value"): nan,
    ("basis_score", "relative"): 0.0,
    ("basis_score", "score"): nan,
    ("confirmed_pivots", "high"): nan,
    ("confirmed_pivots", "low"): nan,
}


@given(drawn=bars, kind=kinds, scale=scales, period=periods)
def test_every_value_is_within_its_bounds(
    drawn: list[tuple[float, float, float, float, float]], kind: str, scale: float, period: int
) -> None:
    table = table_of(drawn, kind, scale)
    largest = float(np.max(table["high"], initial=0.0))
    got = {form.name: form.one_by_one(table) for form in forms(period)}

    for name in ("relative_strength_index", "cutler_strength_index"):
        assert_within(0.0, got[name]["value"], 100.0)
    for column in got["directional_movement"].values():
        assert_within(0.0, column, 100.0 * (1 + 1e-9))
    for name in ("bollinger_bands", "donchian_channel", "keltner_channel"):
        channel = got[name]
        assert_within(channel["lower"], channel["mid"], channel["upper"])
    assert_within(got["donchian_channel"]["lower"], table["close"], got["donchian_channel"]["upper"])
    for name in ("close_volatility", "parkinson_volatility", "garman_klass_volatility", "yang_zhang_volatility"):
        assert_within(0.0, got[name]["value"], inf)
    for name in ("weighted_average", "exponential_average", "wilder_average", "rolling_vwap", "session_vwap"):
        assert_within(0.0, got[name]["value"], largest * (1.0 + TOLERANCE))
    limit = (max(2, period) - 1) / max(2, period) ** 0.5
    assert_within(-limit * (1 + 1e-9), got["z_score"]["value"], limit * (1 + 1e-9))


def assert_within(low: Float64Array | float, values: Float64Array, high: Float64Array | float) -> None:
    """Hold the values to their bounds where they are known."""
    known = ~np.isnan(values) & ~np.isnan(low) & ~np.isnan(high)
    assert np.all(np.asarray(low <= values)[known])
    assert np.all(np.asarray(values <= high)[known])


FORGETFUL: Final = {
    "weighted_average",
    "cutler_strength_index",
    "bollinger_bands",
    "donchian_channel",
    "rolling_vwap",
    "close_volatility",
    "parkinson_volatility",
    "garman_klass_volatility",
    "yang_zhang_volatility",
    "z_score",
    "basis_score",
    "mean_carry",
    "confirmed_pivots",
}


@given(period=st.integers(1, 25), spike=st.sampled_from([1e-12, 1e12]))
def test_what_has_left_the_window_leaves_no_trace(period: int, spike: float) -> None:
    # Sums that are carried along would keep what rounding took when the spike left: 1e12 takes all after the 4th digit.
    table = moving_table()
    spiked = {name: column.copy() for name, column in table.items()}
    for name in PRICES:
        spiked[name][:20] *= spike

    for form in forms(period):
        if form.name in FORGETFUL:
            first = 20 + max(form.warmups) - 1
            now, then = form.one_by_one(table), form.one_by_one(spiked)
            for output in form.outputs:
                np.testing.assert_allclose(
                    then[output][first:], now[output][first:], rtol=1e-14, err_msg=f"{form.name} {output}"
                )


TRUSTING: Final = {"moving_average", "average_true_range"}
"""On the path of every bar: they take bars of a series that has been checked, and trust it."""

CHECKED_INPUTS: Final = [
    pytest.param(form, column, id=f"{form.name} {column}")
    for form in forms(3)
    for column in form.columns
    if form.name not in TRUSTING and column != "opened_at_ns"
]


@pytest.mark.parametrize("bad", [nan, inf, -inf])
@pytest.mark.parametrize(("form", "column"), CHECKED_INPUTS)
def test_what_is_no_number_is_refused_by_name_and_leaves_no_trace(form: Form, column: str, bad: float) -> None:
    table = moving_table(30)
    update, answers = form.make().update, []
    for row in zip(*(table[name].tolist() for name in form.columns), strict=True):
        broken = [bad if name == column else value for name, value in zip(form.columns, row, strict=True)]
        with pytest.raises(ValueError, match=rf"^\w+ must be a .* got {bad}$"):
            update(*broken)
        answers.append(update(*row))

    undisturbed = form.one_by_one(table)
    for output, got in form.as_columns(answers).items():
        np.testing.assert_array_equal(got, undisturbed[output])


@pytest.mark.parametrize("bad", [nan, inf, -inf])
@pytest.mark.parametrize(("form", "column"), CHECKED_INPUTS)
def test_a_column_with_what_is_no_number_is_refused_with_its_row(form: Form, column: str, bad: float) -> None:
    table = moving_table(30)
    table[column][17] = bad

    with pytest.raises(ValueError, match=f"row 17: {bad} is not a finite number"):
        form.in_batch(table)


@given(drawn=bars, period=periods)
def test_upside_down_the_strength_of_rises_is_that_of_falls(
    drawn: list[tuple[float, float, float, float, float]], period: int
) -> None:
    close = table_of(drawn)["close"]

    for index in (relative_strength_index, cutler_strength_index):
        np.testing.assert_allclose(index(-close, period), 100.0 - index(close, period), rtol=0, atol=1e-10)


@given(drawn=bars, period=periods)
def test_upside_down_the_directions_change_places(
    drawn: list[tuple[float, float, float, float, float]], period: int
) -> None:
    table = table_of(drawn)

    up = directional_movement(table["high"], table["low"], table["close"], period)
    down = directional_movement(-table["low"], -table["high"], -table["close"], period)

    np.testing.assert_array_equal(up.plus_di, down.minus_di)
    np.testing.assert_array_equal(up.minus_di, down.plus_di)
    np.testing.assert_array_equal(up.adx, down.adx)


@given(drawn=bars, kind=kinds, left=st.integers(1, 6), right=st.integers(1, 6))
def test_a_pivot_stands_out_on_both_sides_and_is_known_when_its_right_side_has_closed(
    drawn: list[tuple[float, float, float, float, float]], kind: str, left: int, right: int
) -> None:
    table = table_of(drawn, kind)
    high, low = table["high"].tolist(), table["low"].tolist()
    finder = PivotFinder(left, right)
    highs, lows = [], []
    for pair in zip(high, low, strict=True):
        found = finder.update(*pair)
        highs += [found.high] if found.high else []
        lows += [found.low] if found.low else []

    bars_inside = range(left, len(high) - right)
    around = {bar: [*range(bar - left, bar), *range(bar + 1, bar + 1 + right)] for bar in bars_inside}
    assert highs == [
        Pivot(high[bar], bar, bar + right) for bar in bars_inside if all(high[bar] > high[each] for each in around[bar])
    ]
    assert lows == [
        Pivot(low[bar], bar, bar + right) for bar in bars_inside if all(low[bar] < low[each] for each in around[bar])
    ]
    columns = confirmed_pivots(table["high"], table["low"], left, right)
    assert [(p.known_bar, p.price) for p in highs] == [
        (row, price) for row, price in enumerate(columns.high.tolist()) if not isnan(price)
    ]


def test_over_thirty_thousand_bars_rounding_does_not_pile_up() -> None:
    random = np.random.default_rng(5)
    close = 30_000.0 * np.exp(np.cumsum(random.normal(0.0, 0.001, 30_000)))
    table = {"close": close, "high": close * 1.001, "low": close * 0.999, "volume": random.exponential(3.0, close.size)}

    for make in (indicator_forms.wma, indicator_forms.ema, indicator_forms.vwap, indicator_forms.bollinger):
        form = make(20)
        assert_close(form, table, form.one_by_one(table), form.in_batch(table))
