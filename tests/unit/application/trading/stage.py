"""A stage for the decision core: bars told by their prices, strategies told by their lines, the real venue behind."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any, Final, TypeAlias

from attrs import define, evolve, field, frozen
from typing_extensions import override

from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from application.backtest import BacktestPlan, StrategyPlan, build_engine
from application.market_history import MarketHistory, Suspension
from application.replay.driver import ReplayDriver
from application.results.accounting import account_for
from application.trading.engine import TradingEngine
from application.trading.events import BarsClosed, Event, Moment
from application.trading.order_ids import CountingOrderIds
from application.trading.records import Refusal, RoundTrip, SentOrder
from application.trading.share import Share
from application.venue_messages import Command
from domain.allocation.allocation_settings import AllocationSettings
from domain.allocation.strategy_matrix import DEFAULT_MATRIX
from domain.as_of import AsOfView
from domain.instrument import Instrument
from domain.market import BarSeries, FundingEvent
from domain.numbers import exact
from domain.order import Fill, OrderStatus
from domain.risk.settings import RiskSettings
from domain.rule_book import InstrumentChanged
from domain.signal import Signal, SignalAction
from domain.sizing import FixedQuantity, Sizing
from domain.time_units import NS_PER_HOUR
from tests.plans import FRICTIONLESS, WIDE_LIMITS, plain_instrument
from tests.support import START_NS

COIN: Final = "COINUSDT"
OTHER: Final = "OTHERUSDT"

Prices: TypeAlias = tuple[float, ...]
"""Open, high, low, close and perhaps volume; a single price stands for all four."""

Script: TypeAlias = Mapping[int, Signal]
"""What a strategy says, by the place of the bar, counted from 0."""

ONE_UNIT: Final = FixedQuantity(Decimal(1))


def d(text: str) -> Decimal:
    return Decimal(text)


def at(row: float) -> int:
    """Return when the bar of this place opens; half bars are allowed."""
    return START_NS + int(row * NS_PER_HOUR)


def long(stop: float | None = None, target: float | None = None, strength: float = 1.0) -> Signal:
    return Signal(
        action=SignalAction.ENTER_LONG, reason="up", strength=strength, stop_distance=stop, target_distance=target
    )


def short(stop: float | None = None, target: float | None = None) -> Signal:
    return Signal(action=SignalAction.ENTER_SHORT, reason="down", stop_distance=stop, target_distance=target)


OUT: Final = Signal(action=SignalAction.EXIT, reason="out")


@define(eq=False)
class Scripted:
    """A strategy that says what is written down for the instrument and the bar."""

    lines: Mapping[str, Script]
    lookback_bars: int = 1

    def on_bar(self, view: AsOfView) -> Signal | None:
        return self.lines.get(view.symbol, {}).get(view.n_bars - 1)


@define(eq=False)
class WatchedEngine(TradingEngine):
    """The decision core, with a note of everything that goes in and out, and somebody who looks after each event.

    Attributes:
        operator: Events that come just before the bars of an instant.
        look: Is called after each event.
    """

    operator: Mapping[int, Event] = field(factory=dict, kw_only=True)
    look: Callable[["WatchedEngine", Event], None] | None = field(default=None, kw_only=True)
    inputs: list[Event] = field(factory=list, init=False)
    sent: list[Command] = field(factory=list, init=False)

    @override
    def handle(self, event: Event) -> Sequence[Command]:
        commands: list[Command] = []
        if isinstance(event, BarsClosed) and event.at_ns in self.operator:
            commands += self._note(self.operator[event.at_ns])
        return [*commands, *self._note(event)]

    @override
    def advance(self, moments: Iterable[Moment]) -> Sequence[Command]:
        for moment in moments:
            if commands := self.handle(BarsClosed(*moment)):
                return commands
        return ()

    def _note(self, event: Event) -> Sequence[Command]:
        self.inputs.append(event)
        commands = TradingEngine.handle(self, event)
        self.sent += commands
        if self.look is not None:
            self.look(self, event)
        return commands


@frozen(eq=False)
class Played:
    """What is there after the last bar."""

    plan: BacktestPlan
    engine: WatchedEngine
    venue: SimulatedVenue
    driver: ReplayDriver

    @property
    def orders(self) -> list[SentOrder]:
        return self.engine.log.orders

    @property
    def fills(self) -> list[Fill]:
        return self.engine.log.fills

    @property
    def trades(self) -> list[RoundTrip]:
        return self.engine.log.trades

    @property
    def refusals(self) -> list[Refusal]:
        return self.engine.log.refusals

    @property
    def the_trade(self) -> RoundTrip:
        (trade,) = self.engine.log.trades
        return trade

    def sent_for(self, purpose: str) -> list[SentOrder]:
        return [order for order in self.orders if order.purpose == purpose]

    def share(self, name: str = "A", symbol: str = COIN) -> Share:
        return next(share for share in self.engine.books[symbol].shares if share.name == name)

    @property
    def the_end(self) -> tuple[object, object]:
        """Return why and at what price the only trade ended."""
        return self.the_trade.exit_reason, self.the_trade.exit_price

    def held(self, *names: str) -> tuple[object, ...]:
        """Return what strategies hold in the one instrument."""
        return tuple(self.share(name).held for name in names)

    def open_at_venue(self, symbol: str = COIN) -> list[tuple[object, ...]]:
        """Return side, open quantity and trigger of the orders that wait at the venue."""
        return [
            (order.terms.side.value, order.leaves_quantity, order.terms.trigger_price)
            for order in self.venue.open_orders(symbol)
        ]


def coin_series(
    rows: Sequence[Prices], *, symbol: str = COIN, interval_ns: int = NS_PER_HOUR, start_ns: int = START_NS
) -> BarSeries:
    """Make an unbroken series of these prices; 1,000 units trade in a bar that does not say otherwise."""
    whole = [row if len(row) > 1 else row * 4 for row in rows]
    volumes = [row[4] if len(row) > 4 else 1_000.0 for row in whole]
    opened = [start_ns + place * interval_ns for place in range(len(whole))]
    first, high, low, close = ([row[column] for row in whole] for column in range(4))
    return BarSeries(symbol, interval_ns, opened, first, high, low, close, volumes)


def make_history(
    rows: Sequence[Prices] | Mapping[str, Sequence[Prices]],
    *,
    funding: Sequence[FundingEvent] = (),
    suspensions: tuple[Suspension, ...] = (),
    rule_changes: Sequence[InstrumentChanged] = (),
    detail: Mapping[str, BarSeries] | None = None,
    marks: Mapping[str, BarSeries] | None = None,
) -> MarketHistory:
    by_symbol = rows if isinstance(rows, Mapping) else {COIN: rows}
    return MarketHistory(
        bars={symbol: coin_series(each, symbol=symbol) for symbol, each in by_symbol.items()},
        funding={symbol: tuple(event for event in funding if event.symbol == symbol) for symbol in by_symbol},
        suspensions=suspensions,
        rule_changes=tuple(rule_changes),
        detail=detail or {},
        marks=marks or {},
    )


def make_plan(
    history: MarketHistory,
    scripts: Sequence[Script | Mapping[str, Script]],
    *,
    rules: VenueRules = FRICTIONLESS,
    policy: RiskSettings = WIDE_LIMITS,
    sizings: Sequence[Sizing] = (),
    equity: str = "100000",
    taker_rate: str = "0",
    instruments: Mapping[str, Instrument] | None = None,
    allocation: AllocationSettings | None = None,
) -> BacktestPlan:
    """Plan a run of strategies A, B, C, ... on all instruments; each trades one unit if nothing else is said."""
    kinds = instruments or {symbol: plain_instrument(symbol, taker_rate=taker_rate) for symbol in history.symbols}

    def strategy(place: int, script: Script | Mapping[str, Script]) -> StrategyPlan:
        lines: Any = script if all(isinstance(key, str) for key in script) else {COIN: script}
        sizing = sizings[place] if place < len(sizings) else ONE_UNIT
        return StrategyPlan(
            name="ABCDEFGH"[place],
            symbols=history.symbols,
            make=lambda _: Scripted(lines),
            sizing=sizing,
            kind=DEFAULT_MATRIX.kinds[place % len(DEFAULT_MATRIX.kinds)],
        )

    return BacktestPlan(
        name="stage",
        history=history,
        start_equity=Decimal(equity),
        instruments=kinds,
        strategies=tuple(strategy(place, script) for place, script in enumerate(scripts)),
        risk=policy,
        make_venue=lambda: SimulatedVenue(kinds.values(), rules),
        sample=lambda n, k: Random(1).sample(range(n), k),
        allocation=allocation,
    )


def watched_engine(
    plan: BacktestPlan,
    *,
    operator: Mapping[int, Event] | None = None,
    look: Callable[[WatchedEngine, Event], None] | None = None,
    keeps_curve: bool = True,
) -> WatchedEngine:
    """Build the decision core of a plan as the backtest does, and watch it."""
    plain = build_engine(plan, plan.history)
    engine = WatchedEngine(
        plain.books,
        plain.risk,
        CountingOrderIds("bt"),
        plain.trigger_by,
        keeps_curve,
        allocator=plain.allocator,
        regimes=plain.regimes,
        pairs=plain.pairs,
        terms=plain.terms,
        operator=operator or {},
        look=look,
    )
    engine.deposit(plan.start_equity)
    return engine


def perform(
    plan: BacktestPlan,
    *,
    operator: Mapping[int, Event] | None = None,
    look: Callable[[WatchedEngine, Event], None] | None = None,
) -> Played:
    """Run a plan to its end and see that all books agree there."""
    venue = plan.make_venue()
    assert isinstance(venue, SimulatedVenue)
    venue.deposit(plan.start_equity)
    engine = watched_engine(plan, operator=operator, look=look)
    driver = ReplayDriver(plan.history, engine, venue)
    driver.run()
    played = Played(plan, engine, venue, driver)
    assert_books_agree(played)
    return played


def play(
    rows: Sequence[Prices] | Mapping[str, Sequence[Prices]],
    *scripts: Script | Mapping[str, Script],
    operator: Mapping[int, Event] | None = None,
    funding: Sequence[FundingEvent] = (),
    suspensions: tuple[Suspension, ...] = (),
    rule_changes: Sequence[InstrumentChanged] = (),
    detail: Mapping[str, BarSeries] | None = None,
    marks: Mapping[str, BarSeries] | None = None,
    **wishes: Any,  # noqa: ANN401  # what `make_plan` takes
) -> Played:
    """Run scripts on bars; strategies are named A, B, C, ... in their order."""
    history = make_history(
        rows, funding=funding, suspensions=suspensions, rule_changes=rule_changes, detail=detail, marks=marks
    )
    return perform(make_plan(history, scripts, **wishes), operator=operator)


def after(latency_ns: int) -> VenueRules:
    """Return rules without costs but with this latency."""
    return evolve(FRICTIONLESS, latency_ns=latency_ns)


def assert_books_agree(played: Played) -> None:
    """Engine, venue and executions tell the same story to the last unit."""
    engine, venue = played.engine, played.venue
    engine.ledger.check()
    assert engine.ledger.wallet_balance == venue.wallet_balance
    assert engine.equity == venue.equity
    assert venue.conservation_difference() == 0
    marks = {symbol: exact(book.mark) for symbol, book in engine.books.items() if book.mark > 0}
    identity = account_for(engine.log, marks, start_equity=played.plan.start_equity, end_equity=venue.equity)
    assert identity.difference == 0
    assert_shares_sum(engine)
    for symbol in engine.books:
        assert engine.books[symbol].position.signed_quantity == venue.position(symbol).signed_quantity
        assert_no_order_is_forgotten(played, symbol)


def assert_shares_sum(engine: TradingEngine) -> None:
    for book in engine.books.values():
        assert sum(share.held for share in book.shares) == book.position.signed_quantity


def assert_no_order_is_forgotten(played: Played, symbol: str) -> None:
    """Every order that the venue holds is known here, and every one known here waits there or is on its way."""
    working = played.engine.books[symbol].working
    waiting = {order.client_order_id: order.leaves_quantity for order in played.venue.open_orders(symbol)}
    under_way = {name for name, each in working.items() if each.order.status is OrderStatus.PENDING}
    assert waiting == {name: each.order.leaves_quantity for name, each in working.items() if name not in under_way}
    last_ns = int(played.plan.history.bars[symbol].closed_at_ns[-1])
    for name in under_way:
        # Not arrived before the last close: sent at it, or less than one latency before it.
        assert working[name].order.created_at_ns + LATENCY_MAX_NS >= last_ns


LATENCY_MAX_NS: Final = 2 * NS_PER_HOUR
"""The longest latency that tests use."""
