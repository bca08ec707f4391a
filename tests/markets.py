"""Markets that strategies are tried on, drawn by Hypothesis, and the walk of one strategy through one of them."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Final

from attrs import frozen
from hypothesis import strategies as st

from application.ports.strategy import Strategy
from domain.as_of import AsOfView
from domain.market import Bar, FundingEvent
from domain.signal import Signal
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, SYMBOL, make_bar

SETTLED_EVERY_BARS: Final = 8
WIDEST: Final = (0, 4, 20, 60)


@frozen
class Walk:
    """Hourly bars, and a funding rate for every eighth of them.

    Attributes:
        bars: Unbroken.
        rates: One for each settlement, as a fraction.
    """

    bars: tuple[Bar, ...]
    rates: tuple[Decimal, ...]

    def until(self, n_bars: int) -> "Walk":
        """Return the same market as far as it is known after so many bars."""
        return Walk(self.bars[:n_bars], self.rates[: n_bars // SETTLED_EVERY_BARS])


def bars_at(closes: Sequence[float], *, volumes: Sequence[float] | None = None, reach: float = 0.0) -> tuple[Bar, ...]:
    """Return hourly bars with these closes, each from the close before, and beyond both by `reach` or a little more.

    A little more, and not always the same: two bars in a row would touch the same extreme at every turn.
    """
    opens = [closes[0], *closes[:-1]]
    beyond = [reach * (1.0 + row % 7 / 10.0) for row in range(len(closes))]
    return tuple(
        make_bar(
            close,
            open_price=first,
            high=max(first, close) + beyond[row],
            low=min(first, close) - beyond[row],
            volume=1_000.0 if volumes is None else volumes[row],
            opened_at_ns=START_NS + row * NS_PER_HOUR,
        )
        for row, (first, close) in enumerate(zip(opens, closes, strict=True))
    )


@st.composite
def walks(draw: st.DrawFn, *, n_min: int = 60, n_max: int = 220) -> Walk:
    """Markets that drift, swing and stand still, in prices about 100."""
    n_bars, widest = draw(st.integers(n_min, n_max)), draw(st.sampled_from(WIDEST))
    return make_walk(draw(st.integers(0, 2**32)), n_bars, widest)


def make_walk(seed: int, n_bars: int, widest: int) -> Walk:
    """Return a market whose closes move by up to `widest` fortieths, and stand still in every fifth bar."""
    # A generator of its own makes it: thousands of drawn numbers take longer than what is tried on them.
    random = Random(seed)
    steps = [random.randint(-widest, widest) if random.random() < 0.8 else 0 for _ in range(n_bars)]
    closes = [max(20.0, level / 40.0) for level in accumulate(steps, initial=4_000)][1:]
    volumes = [random.choice([500.0, 1_000.0, 2_000.0]) for _ in range(n_bars)]
    rates = [random.randint(-30, 30) for _ in range(n_bars // SETTLED_EVERY_BARS)]
    return Walk(bars_at(closes, volumes=volumes, reach=0.25), tuple(Decimal(rate).scaleb(-4) for rate in rates))


def walk_through(strategy: Strategy, walk: Walk, *, until: int | None = None) -> list[Signal | None]:
    """Return what a strategy says at each bar, if its wishes are fulfilled at the next one.

    Args:
        strategy: New.
        walk: The market.
        until: Number of bars after which the market ends; None for all of it.
    """
    market = walk if until is None else walk.until(until)
    view, said, target = AsOfView(SYMBOL, strategy.lookback_bars), [], 0
    for row, bar in enumerate(market.bars):
        if row % SETTLED_EVERY_BARS == SETTLED_EVERY_BARS - 1:
            rate = market.rates[row // SETTLED_EVERY_BARS]
            view.funding = FundingEvent(SYMBOL, bar.closed_at_ns, rate)
        view.held_quantity = Decimal(target)
        view.push(bar)
        signal = strategy.on_bar(view)
        said.append(signal)
        if signal is not None:
            target = signal.direction
    return said
