"""Walks a strategy through a market, bar by bar, with nothing between them: its wishes come true at the next bar.

Stops and targets end what is held, as a venue would; everything that a strategy raises is kept, not passed on.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from itertools import takewhile
from typing import Final, Protocol

from attrs import define, field, frozen

from application.backtest import MakeStrategy
from application.held_decimals import held_decimals
from application.ports.strategy import Strategy
from application.strategy_kit.markets import SYMBOL, KitMarket
from application.strategy_kit.signal_flaws import flaw_of
from application.trading.strategy_failures import message_of, where_of
from domain.as_of import AsOfView
from domain.market import Bar, FundingEvent
from domain.signal import Signal

_SHOWN: Final = ("symbol", "bar", "funding", "held_quantity", "n_bars")
"""What a view shows, by name."""


class InTime(Protocol):
    """Does some work, and says whether it was done within a time that is set elsewhere; left alone if it was not."""

    def __call__(self, work: Callable[[], None], n_walks: int = 1, /) -> bool:
        """Do the work, which has the time of so many walks through a market; it raises nothing."""
        ...


class Trouble(Enum):
    """Why a walk did not come to its end."""

    BLOCKED = "blocks"
    RAISED = "raises"
    FLAWED = "flawed"


@frozen
class Problem:
    """What ended a walk early.

    Attributes:
        trouble: Of which kind.
        at_ns: Close of the bar at which it happened; None before the first.
        what: In words that follow the name of the strategy.
    """

    trouble: Trouble
    at_ns: int | None
    what: str


@define(eq=False)
class Walk:
    """What came of a walk.

    Attributes:
        market: That was walked through.
        at_ns: Closes of the bars that were answered.
        said: The answer to each of them.
        held: What was held before each of them: +1 long, −1 short, 0 nothing.
        problem: What ended it early; None at the market's end.
    """

    market: KitMarket
    at_ns: list[int] = field(factory=list)
    said: list[Signal | None] = field(factory=list)
    held: list[int] = field(factory=list)
    problem: Problem | None = None

    @property
    def is_blocked(self) -> bool:
        """Whether it ended because the strategy did not come back."""
        return self.problem is not None and self.problem.trouble is Trouble.BLOCKED

    @property
    def n_signals(self) -> int:
        """How many signals were given."""
        return sum(1 for signal in self.said if signal is not None)


@define(eq=False)
class Holding:
    """What a strategy would hold if all of its wishes came true."""

    direction: int = 0
    stop: float | None = None
    target: float | None = None

    def pass_bar(self, bar: Bar) -> None:
        """Let a bar reach the stop or the target."""
        if self.direction and (self._is_reached(bar, self.stop, -1) or self._is_reached(bar, self.target, 1)):
            self.direction = 0

    def _is_reached(self, bar: Bar, price: float | None, way: int) -> bool:
        if price is None:
            return False
        return bar.high >= price if self.direction * way > 0 else bar.low <= price

    def follow(self, signal: Signal, close: float) -> None:
        """Do as a signal says, at the close."""
        direction = signal.direction
        self.direction = direction
        self.stop = None if signal.stop_distance is None else close - direction * signal.stop_distance
        self.target = None if signal.target_distance is None else close + direction * signal.target_distance


class Walker:
    """Goes through a market with one strategy, a bar at a time."""

    def __init__(self, market: KitMarket, strategy: Strategy, start: int = 0) -> None:
        self.view = AsOfView(SYMBOL, strategy.lookback_bars)
        self.walk = Walk(market)
        self._strategy = strategy
        self._events = market.history.funding[SYMBOL]
        self._n_settled = 0
        self._rows = list(market.bars.bars_between(start, len(market.bars)))

    @property
    def bars(self) -> Sequence[Bar]:
        """The bars that it will go through."""
        return self._rows

    def show(self, bar: Bar, held: int) -> None:
        """Let a bar be the latest without asking the strategy."""
        due = takewhile(lambda event: event.settled_at_ns <= bar.closed_at_ns, self._events[self._n_settled :])
        settled: list[FundingEvent] = list(due)
        if settled:
            self._n_settled += len(settled)
            self.view.funding = settled[-1]
        self.view.held_quantity = Decimal(held)
        self.view.push(bar)

    def ask(self, bar: Bar, held: int) -> Signal | None:
        """Let a bar be the latest and return what the strategy says; `walk.problem` says what is wrong with that."""
        self.show(bar, held)
        walk = self.walk
        walk.at_ns.append(bar.closed_at_ns)
        walk.held.append(held)
        said: Signal | None = None
        shown = _shown(self.view)
        try:
            # As in a run. With every bar, because here it is the bar that matters and not the time.
            with held_decimals():
                said = self._strategy.on_bar(self.view)
            flaw = flaw_of(said) or _written(shown, self.view)
        except BaseException as error:  # noqa: BLE001  # a strategy may raise anything
            walk.problem = Problem(Trouble.RAISED, bar.closed_at_ns, raised(error, self._strategy))
        else:
            if flaw is None:
                walk.said.append(said)
                return said
            walk.problem = Problem(Trouble.FLAWED, bar.closed_at_ns, flaw)
        del walk.at_ns[-1], walk.held[-1]
        return None


def _shown(view: AsOfView) -> tuple[object, ...]:
    return tuple(getattr(view, name) for name in _SHOWN)


def _written(shown: tuple[object, ...], view: AsOfView) -> str | None:
    """Return what of its view a strategy has written to, in words that follow its name; None if nothing."""
    for name, before, after in zip(_SHOWN, shown, _shown(view), strict=True):
        if after is not before:
            return f"writes to {name} of the view, which is to be looked at"
    return None


def walk_through(make: MakeStrategy, market: KitMarket, in_time: InTime, *, fills: bool = True) -> Walk:
    """Walk a new strategy through a market.

    Args:
        make: Builds it.
        market: To its end.
        in_time: Ends what takes too long.
        fills: Whether what it wants is held from the next bar on; otherwise nothing ever is.
    """
    seen: list[Walker] = []
    made: list[Problem] = []

    def work() -> None:
        try:
            seen.append(Walker(market, make(market.history)))
        except BaseException as error:  # noqa: BLE001  # a constructor may raise anything
            made.append(Problem(Trouble.RAISED, None, raised(error)))
        else:
            _go(seen[0], fills=fills)

    is_done = in_time(work)
    walk = seen[0].walk if seen else Walk(market)
    # What is walked on behind our back, after its time, is none of the result.
    result = Walk(market, walk.at_ns[: len(walk.said)], list(walk.said), walk.held[: len(walk.said)], walk.problem)
    if made:
        result.problem = made[0]
    if not is_done:
        at_ns = int(market.bars.closed_at_ns[len(result.said)]) if seen else None
        result.problem = Problem(Trouble.BLOCKED, at_ns, "does not come back")
    return result


def _go(walker: Walker, *, fills: bool) -> None:
    holding = Holding()
    for bar in walker.bars:
        holding.pass_bar(bar)
        signal = walker.ask(bar, holding.direction)
        if walker.walk.problem is not None:
            return
        if signal is not None and fills:
            holding.follow(signal, bar.close)


def raised(error: BaseException, strategy: object = None) -> str:
    """Return what was raised, in words that follow the name of who raised it; of a strategy with its line."""
    said, where = message_of(error), where_of(strategy, error)
    line = f"raises {type(error).__name__}: {said}" if said else f"raises {type(error).__name__}"
    return line if where is None else f"{line} ({where})"
