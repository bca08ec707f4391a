"""Laws of strategies that hold opposite things: each gets out and is stopped as if it were alone, and nothing opens."""

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Final

from attrs import define, evolve, field, frozen
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from application.market_history import MarketHistory
from application.trading.book import InstrumentBook, Purpose
from application.trading.events import BarsClosed, Event, OpeningHalted, OpeningResumed
from application.trading.protection import protective_terms
from application.trading.records import ExitReason
from application.trading.share import Share
from domain.market import Bar
from domain.numbers import exact
from domain.order import TriggerPrice
from domain.risk.settings import RiskSettings
from domain.signal import Signal, SignalAction
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_MS
from tests.plans import FRICTIONLESS, WIDE_LIMITS
from tests.property.test_engine_laws import N_BARS, N_QUIET, wild_series
from tests.risk import only_limits
from tests.unit.application.trading.stage import (
    COIN,
    OUT,
    Played,
    Script,
    WatchedEngine,
    assert_shares_sum,
    at,
    long,
    make_plan,
    perform,
    short,
)

QUICKLY: Final = settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])

signals: Final = st.builds(
    Signal,
    action=st.sampled_from(SignalAction),
    reason=st.just("drawn"),
    stop_distance=st.none() | st.integers(50, 400).map(lambda ticks: ticks / 100),
    target_distance=st.none() | st.integers(50, 400).map(lambda ticks: ticks / 100),
)
scripts: Final[st.SearchStrategy[dict[int, Signal]]] = st.dictionaries(
    st.integers(0, N_BARS - 1), signals, min_size=4, max_size=16
)
stops: Final = st.integers(200, 1_200).map(lambda ticks: ticks / 100)


@frozen(eq=False)
class World:
    """Some strategies in one instrument, an account with little or much room, and perhaps a halt."""

    seed: int
    lines: list[dict[int, Signal]]
    quantities: list[Decimal]
    policy: RiskSettings
    equity: str
    halted: tuple[int, int]
    latency_ns: int

    def perform(self, watch: "Watch") -> Played:
        lines: list[Script] = list(self.lines)
        plan = make_plan(
            MarketHistory(bars={COIN: wild_series(COIN, self.seed, n_quiet=N_QUIET)}),
            lines,
            rules=evolve(FRICTIONLESS, latency_ns=self.latency_ns),
            policy=self.policy,
            sizings=[FixedQuantity(quantity) for quantity in self.quantities],
            equity=self.equity,
        )
        begin, end = self.halted
        operator: dict[int, Event] = {at(begin): OpeningHalted(at(begin), "drill")}
        if end < N_BARS:
            operator[at(end)] = OpeningResumed(at(end))
        return perform(plan, operator=operator, look=watch)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    begin = draw(st.integers(3, N_BARS // 2))
    chosen = draw(st.lists(scripts, min_size=2, max_size=3))
    # Each enters at once, the second against the others, with stops that most halts come before.
    entries = [long(stop=draw(stops)), short(stop=draw(stops)), long(stop=draw(stops))]
    return World(
        seed=draw(st.integers(0, 10_000)),
        lines=[{**script, 1: entry} for entry, script in zip(entries, chosen, strict=False)],
        quantities=draw(st.lists(st.sampled_from([Decimal(1), Decimal(2), Decimal("0.5")]), min_size=3, max_size=3)),
        policy=draw(st.sampled_from([WIDE_LIMITS, only_limits(Decimal(250), Decimal(1))])),
        equity=draw(st.sampled_from(["100000", "300"])),
        halted=(begin, begin + draw(st.integers(1, N_BARS))),
        latency_ns=draw(st.sampled_from([0, 100 * NS_PER_MS])),
    )


@define(eq=False)
class Watch(ABC):
    """Somebody who sees what every bar has brought."""

    engine: WatchedEngine = field(init=False)

    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        self.engine = engine
        assert_shares_sum(engine)
        if isinstance(event, BarsClosed):
            self.on_bars(event)

    @abstractmethod
    def on_bars(self, event: BarsClosed) -> None: ...

    @property
    def book(self) -> InstrumentBook:
        return self.engine.books[COIN]


@define(eq=False)
class EverybodyGetsOut(Watch):
    """Who decides to leave holds nothing one bar later, and while opening is halted no order opens anything."""

    leaving: set[str] = field(factory=set, init=False)
    n_orders: int = field(default=0, init=False)

    @override
    def on_bars(self, event: BarsClosed) -> None:
        now = {each.strategy: each for each in self.engine.log.decisions if each.at_ns == event.at_ns}
        for share in self.book.shares:
            if share.name in self.leaving and share.name not in now:
                assert share.held == 0
        self.leaving = {name for name, each in now.items() if each.signal.direction == 0}

    @override
    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        sent, self.n_orders = engine.log.orders[self.n_orders :], len(engine.log.orders)
        assert not engine.is_halted or all(order.terms.reduce_only for order in sent)
        Watch.__call__(self, engine, event)


ONE_AGAINST_ONE: Final = World(
    seed=1,
    lines=[{1: long(), 6: OUT}, {1: short()}],
    quantities=[Decimal(1), Decimal(1)],
    policy=WIDE_LIMITS,
    equity="100000",
    halted=(4, N_BARS),
    latency_ns=0,
)
"""The account is flat, so that each way out would open a position."""

TWO_AGAINST_ONE: Final = evolve(ONE_AGAINST_ONE, quantities=[Decimal(2), Decimal(1)])
ONE_AGAINST_TWO: Final = evolve(ONE_AGAINST_ONE, quantities=[Decimal(1), Decimal(2)])

HALF_GIVEN_WAY: Final = evolve(
    ONE_AGAINST_ONE,
    lines=[{1: short(stop=9.0), 2: OUT}, {1: long(stop=5.0)}, {1: short(stop=5.0)}],
    quantities=[Decimal(1), Decimal(2), Decimal(1)],
    halted=(3, N_BARS),
)
"""The second takes the way out of the first with half of what it holds; when the price falls through its stop, the
venue has none for the rest."""


@QUICKLY
@example(world=ONE_AGAINST_ONE)
@example(world=TWO_AGAINST_ONE)
@example(world=ONE_AGAINST_TWO)
@given(world=worlds())
def test_whoever_decides_to_leave_is_out_one_bar_later_whatever_may_not_be_opened(world: World) -> None:
    world.perform(EverybodyGetsOut())


@define(eq=False)
class NothingRepeats(Watch):
    """Once nobody decides anything and nothing moves, nothing is refused any more."""

    n_refusals: list[int] = field(factory=list, init=False)

    @override
    def on_bars(self, event: BarsClosed) -> None:
        self.n_refusals.append(len(self.engine.log.refusals))


@QUICKLY
@example(world=ONE_AGAINST_ONE)
@given(world=worlds())
def test_no_refusal_comes_again_with_every_bar(world: World) -> None:
    watch = NothingRepeats()
    world.perform(watch)

    assert watch.n_refusals[-1] == watch.n_refusals[N_BARS + 1]


@define(eq=False)
class StopsWork(Watch):
    """The stop of each share takes effect within the bar in which its price is passed, whatever others hold."""

    kept: dict[str, tuple[Decimal, Decimal, int]] = field(factory=dict, init=False)

    @override
    def on_bars(self, event: BarsClosed) -> None:
        (bar,) = event.bars
        for share in self.book.shares:
            if share.name in self.kept and is_passed(self.kept[share.name], bar):
                held, _, since_ns = self.kept[share.name]
                assert share.target * held <= 0 or self.has_moved_on(share, since_ns)
        self.kept = {
            share.name: (share.held, trigger, event.at_ns)
            for share in self.book.shares
            if share.target * share.held > 0 and (trigger := self.trigger_of(share)) is not None
        }

    def trigger_of(self, share: Share) -> Decimal | None:
        terms = protective_terms(self.book, share, Purpose.STOP, TriggerPrice.LAST)
        return None if terms is None else terms.trigger_price

    def has_moved_on(self, share: Share, since_ns: int) -> bool:
        """Whether the trade has ended since, and another one has begun or is wanted."""
        ended = [each.exited_at_ns for each in self.engine.log.trades if each.strategy == share.name]
        is_over = any(at_ns is not None and at_ns > since_ns for at_ns in ended)
        decided = [each.at_ns for each in self.engine.log.decisions if each.strategy == share.name]
        return is_over or max(decided) > since_ns


def is_passed(kept: tuple[Decimal, Decimal, int], bar: Bar) -> bool:
    held, trigger, _ = kept
    return exact(bar.low) <= trigger if held > 0 else exact(bar.high) >= trigger


@QUICKLY
@example(world=evolve(ONE_AGAINST_ONE, lines=[{1: long(stop=0.5)}, {1: short(stop=0.5)}]))
@example(world=HALF_GIVEN_WAY)
@given(world=worlds())
def test_the_stop_of_each_share_takes_effect_within_the_bar_that_passes_it(world: World) -> None:
    world.perform(StopsWork())


@QUICKLY
@given(world=worlds())
def test_no_trade_ends_unprotected_because_another_strategy_holds_the_opposite(world: World) -> None:
    played = world.perform(StopsWork())

    unprotected = [each for each in played.trades if each.exit_reason is ExitReason.UNPROTECTED]
    # A first stop that a gap passed while it was on its way is all that is left of it.
    passed = {each.at_ns for each in played.refusals if each.reasons == ("would_trigger",)}
    assert all(any(at_ns <= (each.exited_at_ns or 0) for at_ns in passed) for each in unprotected)
    assert len(unprotected) <= len(passed)
