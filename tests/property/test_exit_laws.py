"""Laws of the exit plan: the stop only ever moves in favor, up and down are the same, and nothing sees the future."""

from collections.abc import Sequence
from contextlib import nullcontext
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.exit_state import ExitState, StopKind
from domain.exits import Breakeven, Distance, ExitPlan, FixedStop, PriceFraction, RiskMultiple, Rung, TrailingStop
from domain.market import Bar
from domain.numbers import exact
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, make_bar

ENTRY: Final = Decimal(100)
TAKER_RATE: Final = Decimal("0.0005")

hundredths = st.integers(1, 99).map(lambda n: Decimal(n) / 100)
distances: Final = st.one_of(
    st.integers(1, 16).map(lambda quarters: RiskMultiple(Decimal(quarters) / 4)), hundredths.map(PriceFraction)
)
# On eighths of a unit, mirrored prices are exact in binary floating point.
prices: Final = st.integers(400, 1_200).map(lambda eighths: eighths / 8)


@st.composite
def plans(draw: st.DrawFn) -> ExitPlan:
    trailing = st.builds(TrailingStop, distance=distances, activation=st.none() | distances)
    breakeven = st.builds(Breakeven, at=distances, cost_fraction=st.none() | st.sampled_from([Decimal("0.01")]))
    return ExitPlan(
        stop=FixedStop(fraction=draw(st.none() | hundredths)),
        trailing=draw(st.none() | trailing),
        breakeven=draw(st.none() | breakeven),
    )


@st.composite
def paths(draw: st.DrawFn) -> list[Bar]:
    corners = draw(st.lists(st.lists(prices, min_size=4, max_size=4).map(sorted), min_size=1, max_size=12))
    return [
        make_bar(close, open_price=low, high=high, low=low, opened_at_ns=START_NS + row * NS_PER_HOUR)
        for row, (low, close, _, high) in enumerate(corners)
    ]


def begin(plan: ExitPlan, direction: int, stop: Decimal | None = None, target: Decimal | None = None) -> ExitState:
    return ExitState.begin(
        plan,
        direction=direction,
        entered_at_ns=START_NS,
        entry_price=ENTRY,
        signal_stop=stop,
        signal_target=target,
    )


def states(plan: ExitPlan, bars: Sequence[Bar], direction: int = 1, stop: Decimal | None = None) -> list[ExitState]:
    """Return the state at the entry and after each bar."""
    first = begin(plan, direction, stop)
    return list(accumulate(bars, lambda state, bar: state.after(bar, plan, TAKER_RATE), initial=first))


def mirrored(bar: Bar) -> Bar:
    """Return the bar with everything as far below the entry as it was above it."""
    opened, high, low, close = (200.0 - price for price in (bar.open, bar.low, bar.high, bar.close))
    return make_bar(close, open_price=opened, high=high, low=low, opened_at_ns=bar.opened_at_ns)


directions = st.sampled_from([1, -1])
stops = st.none() | st.integers(1, 300).map(lambda eighths: Decimal(eighths) / 8)


@given(plan=plans(), bars=paths(), direction=directions, stop=stops)
def test_the_stop_only_ever_moves_in_favor(
    plan: ExitPlan, bars: list[Bar], direction: int, stop: Decimal | None
) -> None:
    for before, after in pairwise(state.stop_price for state in states(plan, bars, direction, stop)):
        if before is not None:
            assert after is not None
            assert direction * (after - before) >= 0


@given(plan=plans(), bars=paths(), stop=stops)
def test_what_is_above_for_a_long_is_below_for_a_short(plan: ExitPlan, bars: list[Bar], stop: Decimal | None) -> None:
    longs = states(plan, bars, 1, stop)
    shorts = states(plan, [mirrored(bar) for bar in bars], -1, stop)

    for long, short in zip(longs, shorts, strict=True):
        assert long.stop_kind is short.stop_kind
        assert (long.stop_price is None) == (short.stop_price is None)
        if long.stop_price is not None and short.stop_price is not None:
            assert long.stop_price + short.stop_price == 2 * ENTRY


@given(plan=plans(), direction=directions, stop=stops)
def test_at_the_entry_the_stop_is_on_the_losing_side(plan: ExitPlan, direction: int, stop: Decimal | None) -> None:
    at_entry = begin(plan, direction, stop).stop_price

    assert at_entry is None or direction * (ENTRY - at_entry) > 0


@given(plan=plans(), bars=paths(), cut=st.integers(0, 12), stop=stops)
def test_what_comes_later_changes_nothing_before(
    plan: ExitPlan, bars: list[Bar], cut: int, stop: Decimal | None
) -> None:
    assert states(plan, bars, stop=stop)[: cut + 1] == states(plan, bars[:cut], stop=stop)[: cut + 1]


@given(plan=plans(), bars=paths(), direction=directions, stop=stops)
def test_the_stop_is_where_the_best_price_alone_says(
    plan: ExitPlan, bars: list[Bar], direction: int, stop: Decimal | None
) -> None:
    reached = [exact(bar.high if direction > 0 else bar.low) for bar in bars]
    best = max(Decimal(0), *(direction * (price - ENTRY) for price in reached))

    last = states(plan, bars, direction, stop)[-1]

    assert last.stop_price == by_formula(plan, best, direction, stop)


def by_formula(plan: ExitPlan, best: Decimal, direction: int, stop: Decimal | None) -> Decimal | None:
    """Return the stop for the best gain there has been, worked out at once and in gains."""
    r = stop if stop is not None else None if plan.stop.fraction is None else plan.stop.fraction * ENTRY

    def size(distance: Distance) -> Decimal | None:
        if isinstance(distance, PriceFraction):
            return distance.fraction * ENTRY
        return None if r is None else distance.multiple * r

    gains = [] if r is None else [-r]
    if plan.breakeven is not None:
        at, cost = size(plan.breakeven.at), plan.breakeven.gain(ENTRY, TAKER_RATE)
        gains += [cost] if at is not None and best >= at and best >= cost else []
    if plan.trailing is not None:
        distance = size(plan.trailing.distance)
        start = Decimal(0) if plan.trailing.activation is None else size(plan.trailing.activation)
        gains += [best - distance] if distance is not None and start is not None and best >= start else []
    return ENTRY + direction * max(gains) if gains else None


@st.composite
def trailing_plans(draw: st.DrawFn) -> ExitPlan:
    """Draw plans whose stop follows the price from the first gain on, whatever else they have."""
    return evolve(draw(plans()), trailing=TrailingStop(distance=PriceFraction(draw(hundredths))))


@given(plan=trailing_plans(), bars=paths(), added=prices.map(exact), stop=stops)
def test_adding_to_the_trade_never_takes_back_a_stop_that_has_moved(
    plan: ExitPlan, bars: list[Bar], added: Decimal, stop: Decimal | None
) -> None:
    state = states(plan, bars, stop=stop)[-1]
    scaled = state.with_entry((ENTRY + added) / 2).after(bars[-1], plan, TAKER_RATE)

    if state.moved_stop is not None:
        assert scaled.moved_stop is not None
        assert scaled.moved_stop >= state.moved_stop
    assert scaled.stop_distance == state.stop_distance


@given(bars=paths(), plan=plans())
def test_a_bar_that_was_over_before_the_entry_counts_for_nothing(bars: list[Bar], plan: ExitPlan) -> None:
    late = evolve(begin(plan, 1), entered_at_ns=bars[-1].closed_at_ns)

    assert all(late.after(bar, plan, TAKER_RATE) is late for bar in bars)


ladders = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 100)), min_size=1, max_size=5)


@given(parts=ladders)
def test_a_ladder_stands_only_if_it_rises_and_gives_out_no_more_than_there_is(parts: list[tuple[int, int]]) -> None:
    rungs = tuple(Rung(at=RiskMultiple(Decimal(at) / 4), share=Decimal(share) / 100) for at, share in parts)
    is_rising = all(nearer < farther for (nearer, _), (farther, _) in pairwise(parts))
    fits = sum(share for _, share in parts) <= 100

    with nullcontext() if is_rising and fits else pytest.raises(ValueError, match=r"^take_profit: "):
        ExitPlan(take_profit=rungs)


@given(parts=ladders, taken=st.integers(0, 4), direction=directions)
def test_targets_lie_on_the_winning_side_and_those_reached_are_gone(
    parts: list[tuple[int, int]], taken: int, direction: int
) -> None:
    multiples = sorted({at for at, _ in parts})
    rungs = tuple(Rung(at=RiskMultiple(Decimal(at) / 4), share=Decimal("0.2")) for at in multiples)
    plan = ExitPlan(take_profit=rungs)
    state = begin(plan, direction, stop=Decimal(2)).with_rung_taken(taken)

    places = [place for place, price, _ in state.targets(plan) if direction * (price - ENTRY) > 0]

    assert places == [place for place in range(len(rungs)) if place != taken]
    assert state.stop_kind is StopKind.FIXED
