"""A longer past changes nothing: started later, a strategy says the same once its averages are full.

What is promised is the action, exactly, and every number to seven digits. Windows forget exactly. Wilder's averages and
the decaying mean of funding never do, but halve what is left of the past again and again: of the lengths that are tried
here, 240 bars leave less than a billionth of it. Beside their averages strategies remember what they said last, and for
how long they have held, so both are told the same of what is held.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.ports.strategy import RestorableStrategy, Strategy, WarmedUpStrategy
from domain.as_of import AsOfView
from domain.market import FundingEvent
from domain.signal import Signal
from tests.markets import SETTLED_EVERY_BARS, WIDEST, Walk, bars_at, make_walk
from tests.property.test_strategy_laws import STRATEGIES, every_strategy
from tests.support import SYMBOL

WARM_UP_BARS: Final = 240


def said_with_another(
    makers: tuple[Callable[[], Strategy], int], walk: Walk
) -> list[tuple[Signal | None, Signal | None]]:
    """Return what a strategy says at each bar, and what one says that is started later and told the same.

    Args:
        makers: Makes one; and the bar at which the other one starts.
        walk: The market.
    """
    make, start = makers
    strategies, said, target = (make(), make()), [], 0
    views = tuple(AsOfView(SYMBOL, strategy.lookback_bars) for strategy in strategies)
    for row, bar in enumerate(walk.bars):
        answers: list[Signal | None] = [None, None]
        for place, (strategy, view) in enumerate(zip(strategies, views, strict=True)):
            if place and row < start:
                continue
            if row % SETTLED_EVERY_BARS == SETTLED_EVERY_BARS - 1:
                view.funding = FundingEvent(SYMBOL, bar.closed_at_ns, walk.rates[row // SETTLED_EVERY_BARS])
            view.held_quantity = Decimal(target)
            view.push(bar)
            answers[place] = strategy.on_bar(view)
        said.append((answers[0], answers[1]))
        if answers[0] is not None:
            target = answers[0].direction
    return said


def numbers_of(signal: Signal) -> dict[str, float]:
    """Return everything about a signal that is a number."""
    distances = {"stop": signal.stop_distance, "target": signal.target_distance}
    known = {name: value for name, value in distances.items() if value is not None}
    return {"strength": signal.strength, "confidence": signal.confidence, **known, **dict(signal.features)}


@every_strategy
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), widest=st.sampled_from(WIDEST), start=st.integers(1, 60))
def test_started_later_it_says_the_same_once_it_is_warm(
    make: Callable[[], Strategy], seed: int, widest: int, start: int
) -> None:
    walk = make_walk(seed, 420, widest)
    for known, short in said_with_another((make, start), walk)[start + WARM_UP_BARS :]:
        assert (known is None) == (short is None)
        if known is None or short is None:
            continue
        assert short.action is known.action
        assert numbers_of(short) == pytest.approx(numbers_of(known), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("name", ["trend", "mean reversion", "range", "carry"])
def test_before_that_it_does_not(name: str) -> None:
    """Otherwise the law above would hold of strategies that remember nothing."""
    random = Random(5)
    closes = [100.0 + abs(row % 24 - 12) * 0.5 + random.random() * 0.3 for row in range(400)]
    rates = tuple(Decimal(random.randint(-30, 30)).scaleb(-4) for _ in range(50))
    said = said_with_another((STRATEGIES[name], 80), Walk(bars_at(closes, reach=0.25), rates))

    assert any(known != short for known, short in said[80 : 80 + WARM_UP_BARS])
    assert any(known is not None for known, _ in said[80 + WARM_UP_BARS :])


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "carry"])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), start=st.integers(1, 60))
def test_it_is_warm_after_as_many_bars_as_it_says_itself(name: str, seed: int, start: int) -> None:
    make = STRATEGIES[name]
    strategy = make()
    assert isinstance(strategy, WarmedUpStrategy)
    warm_up_bars = strategy.warm_up_bars

    for known, short in said_with_another((make, start), make_walk(seed, warm_up_bars + 200, 20))[
        start + warm_up_bars :
    ]:
        assert (known is None) == (short is None)
        if known is not None and short is not None:
            assert short.action is known.action
            assert numbers_of(short) == pytest.approx(numbers_of(known), rel=1e-7, abs=1e-7)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), cut=st.integers(1, 199))
def test_carry_goes_on_exactly_from_its_saved_state(seed: int, cut: int) -> None:
    """No number of bars would do: it remembers for which side it has been stopped out."""
    walk = make_walk(seed, 200, 20)
    whole, restored = STRATEGIES["carry"](), STRATEGIES["carry"]()
    assert isinstance(whole, RestorableStrategy)
    assert isinstance(restored, RestorableStrategy)
    views, strategies, said = [AsOfView(SYMBOL)], [whole], []
    for row, bar in enumerate(walk.bars):
        if row == cut:
            restored.restore(json.loads(json.dumps(whole.saved_state(), allow_nan=False)))
            views.append(AsOfView(SYMBOL))
            strategies.append(restored)
            views[1].funding = views[0].funding
        for view in views:
            if row % SETTLED_EVERY_BARS == SETTLED_EVERY_BARS - 1:
                rate = walk.rates[row // SETTLED_EVERY_BARS]
                view.funding = FundingEvent(SYMBOL, bar.closed_at_ns, rate)
            elif view.funding is not None:
                # Another process meets the same settlement as another object.
                view.funding = FundingEvent(SYMBOL, view.funding.settled_at_ns, view.funding.rate)
            view.push(bar)
        said.append([strategy.on_bar(view) for strategy, view in zip(strategies, views, strict=True)])

    assert all(len({repr(signal) for signal in answers}) == 1 for answers in said)
