"""What is tried, on what, and what is known of it before its laws are tried."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from attrs import field, frozen

from application.backtest import MakeStrategy
from application.ports.backtest_venue import BacktestVenue
from application.ports.decision_watch import StrategyBlockedError
from application.ports.strategy import Strategy, WarmedUpStrategy
from application.strategy_kit.markets import (
    SYMBOL,
    KitMarket,
    flat_markets,
    gap_markets,
    missing_bar_markets,
    ordinary_markets,
)
from application.strategy_kit.walking import InTime, Walk, walk_through
from domain.instrument import Instrument

ORDINARY_BARS_MIN: Final = 720
_BARS_BEYOND_WARM_UP: Final = 420
WARM_UP_BARS_MAX: Final = 20_000
"""A longer warm-up than that is not tried: the kit is to be over soon."""

Spoken: TypeAlias = Mapping[str, Sequence[str]]
"""What was said on each market, by its name, as text."""


class NotElsewhereError(Exception):
    """A strategy cannot be tried in another process; the message says why."""


@frozen(kw_only=True)
class Bench:
    """What the kit needs of the world.

    Attributes:
        instrument: Trading rules of the kit's one instrument, `markets.SYMBOL`.
        make_venue: Builds a venue, empty.
        in_time: Ends what takes too long.
        elsewhere: Says what another process, with other hashes of text, says on the kit's ordinary markets by `spoken`;
            raises `NotElsewhereError` where that cannot be asked.
    """

    instrument: Instrument = field()
    make_venue: Callable[[], BacktestVenue]
    in_time: InTime
    elsewhere: Callable[[], Spoken]

    @instrument.validator
    def _is_that_of_the_markets(self, _: object, value: Instrument) -> None:
        if value.symbol != SYMBOL:
            raise ValueError(f"the kit's markets are of {SYMBOL}, the rules of {value.symbol}")


@frozen
class Subject:
    """A strategy that has been walked through every market of the kit once.

    Attributes:
        make: Builds one; it may look at the history it is given, and at nothing else.
        bench: What the kit needs of the world.
        lookback_bars: As it says.
        warm_up_bars: As it says; None where it says nothing.
        ordinary: Walks through markets in which nothing is amiss.
        flat: Through flat ones.
        gaps: Through jumps and pauses.
        missing: Through markets with missing bars.
    """

    make: MakeStrategy
    bench: Bench
    lookback_bars: int
    warm_up_bars: int | None
    ordinary: tuple[Walk, ...]
    flat: tuple[Walk, ...]
    gaps: tuple[Walk, ...]
    missing: tuple[Walk, ...]

    @property
    def walks(self) -> Iterator[Walk]:
        """All of them."""
        yield from (*self.ordinary, *self.flat, *self.gaps, *self.missing)

    @property
    def warm_up(self) -> int:
        """Bars after which it is held to say the same: what it says itself, or else as many as it looks back."""
        return self.lookback_bars if self.warm_up_bars is None else self.warm_up_bars

    @property
    def whole(self) -> tuple[Walk, ...]:
        """Walks through ordinary and jumping markets that came to their ends, and on which something was said."""
        return tuple(walk for walk in (*self.ordinary, *self.gaps) if walk.problem is None and walk.n_signals)


def walk_all(make: MakeStrategy, bench: Bench) -> Subject:
    """Walk a strategy through every market of the kit, or up to the first at which it blocks.

    Raises:
        StrategyBlockedError: It is not made in the time of a walk.
        Exception: Whatever its constructor raises.
    """
    markets = ordinary_markets(ORDINARY_BARS_MIN)
    first = _made_in_time(make, markets[0], bench.in_time)
    said = warm_up_of(first)
    if said is not None:
        markets = ordinary_markets(max(ORDINARY_BARS_MIN, min(said, WARM_UP_BARS_MAX) + _BARS_BEYOND_WARM_UP))

    is_blocked = False

    def walks(through: Sequence[KitMarket]) -> tuple[Walk, ...]:
        nonlocal is_blocked
        walked: list[Walk] = []
        for market in through:
            # Whoever waited for it once need not do so on every market.
            if not is_blocked:
                walked.append(walk_through(make, market, bench.in_time))
                is_blocked = walked[-1].is_blocked
        return tuple(walked)

    return Subject(
        make=make,
        bench=bench,
        lookback_bars=first.lookback_bars,
        warm_up_bars=said,
        ordinary=walks(markets),
        flat=walks(flat_markets()),
        gaps=walks(gap_markets()),
        missing=walks(missing_bar_markets()),
    )


def _made_in_time(make: MakeStrategy, market: KitMarket, in_time: InTime) -> Strategy:
    made: list[Strategy] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            made.append(make(market.history))
        except BaseException as error:  # noqa: BLE001  # a constructor may raise anything
            errors.append(error)

    is_done = in_time(work)
    if errors:
        raise errors[0]
    if not is_done or not made:
        raise StrategyBlockedError("it is not made in the time of a walk")
    return made[0]


def warm_up_of(strategy: Strategy) -> int | None:
    """Return how many bars of its past matter to a strategy, as it says itself; None where it says nothing."""
    return strategy.warm_up_bars if isinstance(strategy, WarmedUpStrategy) else None


def spoken(make: MakeStrategy, in_time: InTime) -> Spoken:
    """Return what a strategy says on the shortest ordinary markets: what is compared between processes."""
    walks = (walk_through(make, market, in_time) for market in ordinary_markets(ORDINARY_BARS_MIN))
    return {walk.market.name: [repr(signal) for signal in walk.said] for walk in walks}
