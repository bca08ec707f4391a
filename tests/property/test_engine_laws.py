"""Laws of the decision core: whatever strategies say and whatever the market does, nothing is lost."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import numpy as np
from attrs import evolve, frozen
from hypothesis import example, given
from hypothesis import strategies as st
from typing_extensions import override

from adapters.simulated.rules import VenueRules
from application.market_history import MarketHistory
from application.trading.events import BarsClosed, Event, OpeningHalted, OpeningResumed
from application.trading.netting import net_trade
from application.trading.worst_cases import worst_quantities
from application.venue_messages import OrderFilled
from domain.market import BarSeries
from domain.numbers import ZERO
from domain.risk.settings import RiskSettings
from domain.signal import Signal, SignalAction
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_HOUR, NS_PER_MS
from tests.plans import FRICTIONLESS, WIDE_LIMITS
from tests.risk import only_limits, worst_case_quantity
from tests.support import START_NS
from tests.unit.application.trading.stage import (
    COIN,
    OTHER,
    OUT,
    Played,
    Script,
    WatchedEngine,
    after,
    assert_shares_sum,
    at,
    long,
    make_history,
    make_plan,
    perform,
)

N_BARS: Final = 30
N_QUIET: Final = 6

SYMBOLS: Final = (COIN, OTHER)
COSTLY: Final = VenueRules()
LATENCIES_NS: Final = (0, 100 * NS_PER_MS, NS_PER_HOUR * 3 // 2)


def wild_series(symbol: str, seed: int, *, n_quiet: int = 0, volumes: tuple[float, ...] = (1_000.0,)) -> BarSeries:
    """Make bars of about 2 % range with gaps between them; at the end some that do not move, with plenty of volume."""
    random = np.random.default_rng([seed, len(symbol)])
    closes = np.round(100.0 * np.exp(np.cumsum(random.normal(0.0, 0.012, N_BARS))), 2)
    opens = np.round(np.concatenate([[100.0], closes[:-1]]) * np.exp(random.normal(0.0, 0.012, N_BARS)), 2)
    highs = np.round(np.maximum(opens, closes) * (1.0 + np.abs(random.normal(0.0, 0.006, N_BARS))), 2)
    lows = np.round(np.minimum(opens, closes) * (1.0 - np.abs(random.normal(0.0, 0.006, N_BARS))), 2)
    volume = random.choice(np.array(volumes), N_BARS)
    rest = np.full(n_quiet, closes[-1])
    opened = START_NS + np.arange(N_BARS + n_quiet, dtype=np.int64) * NS_PER_HOUR
    first, high, low, close = (np.concatenate([column, rest]) for column in (opens, highs, lows, closes))
    volume = np.concatenate([volume, np.full(n_quiet, 1_000.0)])
    return BarSeries(symbol, NS_PER_HOUR, opened, first, high, low, close, volume)


distances = st.none() | st.integers(10, 300).map(lambda ticks: ticks / 100)
signals = st.builds(
    Signal,
    action=st.sampled_from(SignalAction),
    reason=st.just("drawn"),
    stop_distance=distances,
    target_distance=distances,
)
scripts = st.fixed_dictionaries(
    {symbol: st.dictionaries(st.integers(0, N_BARS - 1), signals, max_size=16) for symbol in SYMBOLS}
)


@frozen(eq=False)
class World:
    """One market, some strategies, one account."""

    history: MarketHistory
    scripts: list[dict[str, dict[int, Signal]]]
    quantities: list[Decimal]
    rules: VenueRules
    policy: RiskSettings
    equity: str

    def perform(self, look: "Look | None" = None, operator: Mapping[int, Event] | None = None) -> Played:
        lines: list[Mapping[str, Script]] = list(self.scripts)
        plan = make_plan(
            self.history,
            lines,
            rules=self.rules,
            policy=self.policy,
            sizings=[FixedQuantity(quantity) for quantity in self.quantities],
            equity=self.equity,
            taker_rate="0.0004",
        )
        return perform(plan, look=look, operator=operator)


class Look(ABC):
    """Somebody who looks at the engine after each event."""

    @abstractmethod
    def __call__(self, engine: WatchedEngine, event: Event) -> None: ...


@st.composite
def worlds(draw: st.DrawFn, *, is_calm: bool = False) -> World:
    """Draw a world; a calm one has money, volume and no limits, and comes to rest at the end."""
    seed = draw(st.integers(0, 10_000))
    volumes = (1_000.0,) if is_calm else draw(st.sampled_from([(1_000.0,), (1_000.0, 0.0, 0.7), (0.4, 2.0)]))
    chosen = draw(st.lists(scripts, min_size=1, max_size=3))
    rules = draw(st.sampled_from([FRICTIONLESS, COSTLY]))
    policies = [WIDE_LIMITS, only_limits(Decimal(250), Decimal(3))]
    return World(
        history=MarketHistory(
            bars={
                symbol: wild_series(symbol, seed, volumes=volumes, n_quiet=N_QUIET if is_calm else 0)
                for symbol in SYMBOLS
            }
        ),
        scripts=chosen,
        quantities=draw(st.lists(st.sampled_from([Decimal(1), Decimal(2), Decimal("0.5")]), min_size=3, max_size=3)),
        rules=evolve(rules, latency_ns=draw(st.sampled_from(LATENCIES_NS))),
        policy=WIDE_LIMITS if is_calm else draw(st.sampled_from(policies)),
        equity="100000" if is_calm else draw(st.sampled_from(["100000", "300", "40"])),
    )


class SharesSum(Look):
    @override
    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        assert_shares_sum(engine)


class WithinTheWorstCase(Look):
    """What is held never passes what the gate had to count on before the report."""

    def __init__(self) -> None:
        self.worst: dict[str, Decimal] = {}

    @override
    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        if isinstance(event, OrderFilled):
            symbol = event.fill.symbol
            assert abs(engine.books[symbol].position.signed_quantity) <= self.worst[symbol]
        for symbol, book in engine.books.items():
            self.worst[symbol] = worst_case_of(engine, symbol)
            assert max(worst_quantities(book, *book.working_quantities())) == self.worst[symbol]


def worst_case_of(engine: WatchedEngine, symbol: str) -> Decimal:
    """Return the largest position that orders at work could make, worked out from the orders themselves."""
    buys = sells = ZERO
    for working in engine.books[symbol].working.values():
        terms = working.order.terms
        if not terms.reduce_only:
            buys += working.order.leaves_quantity if terms.side.sign > 0 else 0
            sells += working.order.leaves_quantity if terms.side.sign < 0 else 0
    return worst_case_quantity(engine.books[symbol].position.signed_quantity, buys, sells)


class WithinTheLimits(Look):
    """An order that makes the worst case worse is sent only if all worst cases together stay within the leverage."""

    def __init__(self, policy: RiskSettings) -> None:
        self.policy = policy
        self.n_orders = 0
        self.worst: dict[str, Decimal] = dict.fromkeys(SYMBOLS, ZERO)

    @override
    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        new = [order for order in engine.log.orders[self.n_orders :] if order.purpose == "open"]
        before, self.n_orders = self.worst, len(engine.log.orders)
        self.worst = {symbol: worst_case_of(engine, symbol) for symbol in SYMBOLS}
        if not isinstance(event, BarsClosed):
            return
        for order in new:
            mark = engine.books[order.terms.symbol].mark_price or ZERO
            assert order.terms.quantity * mark <= (self.policy.order.notional_max or ZERO)
        if any(self.worst[order.terms.symbol] > before[order.terms.symbol] for order in new):
            gross = sum((self.worst[symbol] * (engine.books[symbol].mark_price or ZERO) for symbol in SYMBOLS), ZERO)
            assert gross <= (self.policy.account.leverage_max or ZERO) * engine.equity


class NoWishIsForgotten(Look):
    """After a moment of decision all that is wanted is held or on its way, or waits to be tried again."""

    @override
    def __call__(self, engine: WatchedEngine, event: Event) -> None:
        if not isinstance(event, BarsClosed):
            return
        for bar in event.bars:
            book = engine.books[bar.symbol]
            if book.is_unsettled:
                continue
            assert net_trade(book).is_nothing
            assert book.has_net_orders or all(share.missing == 0 for share in book.shares)


@given(world=worlds())
def test_no_wish_outlives_its_decision_without_an_order_or_a_refusal(world: World) -> None:
    world.perform(NoWishIsForgotten())


@given(world=worlds())
def test_after_every_event_the_shares_of_an_instrument_sum_to_its_position(world: World) -> None:
    world.perform(SharesSum())


@given(world=worlds())
def test_at_the_end_all_books_agree_and_no_order_is_forgotten(world: World) -> None:
    world.perform()


@given(world=worlds())
def test_the_account_never_holds_more_than_the_gate_had_counted_on(world: World) -> None:
    world.perform(WithinTheWorstCase())


@given(world=worlds())
def test_orders_that_open_leave_the_worst_case_within_the_limits(world: World) -> None:
    # With marks of their own all instruments are valued before any of them is decided upon.
    marks = {symbol: series.rows(0, N_BARS) for symbol, series in world.history.bars.items()}
    marked = evolve(world, history=evolve(world.history, marks=marks))

    marked.perform(WithinTheLimits(world.policy))


STOPPED_WHILE_LEAVING: Final = World(
    history=make_history({COIN: [(100.0,)] * 3 + [(90.0,)] * 4, OTHER: [(100.0,)] * 7}),
    scripts=[{COIN: {0: long(stop=5.0), 2: OUT}}, {COIN: {0: long()}}],
    quantities=[Decimal(1), Decimal(1)],
    rules=after(100 * NS_PER_MS),
    policy=WIDE_LIMITS,
    equity="100000",
)
"""The open gaps through the stop of one who is leaving, and the order to close sells what is the other's."""


@example(world=STOPPED_WHILE_LEAVING)
@given(world=worlds(is_calm=True))
def test_once_the_market_is_quiet_everybody_holds_what_is_wanted(world: World) -> None:
    played = world.perform()

    for book in played.engine.books.values():
        assert not book.has_net_orders
        for share in book.shares:
            assert share.held == share.target


@given(world=worlds(is_calm=True))
def test_once_the_market_is_quiet_every_share_has_its_own_protection_and_no_other(world: World) -> None:
    played = world.perform()

    for symbol, book in played.engine.books.items():
        waiting = {order.client_order_id: order for order in played.venue.open_orders(symbol)}
        for share in book.shares:
            if share.held != share.target:
                continue
            for distance, name in (
                (share.stop_distance, share.stop_id),
                (share.target_distance, share.take_profit_id),
            ):
                if share.held == 0 or distance is None:
                    assert name is None
                    continue
                assert name is not None
                order = waiting.pop(name)
                assert order.leaves_quantity == abs(share.held)
                assert order.terms.side.sign * share.held < 0
        if all(share.held == share.target for share in book.shares):
            assert waiting == {}


@given(world=worlds(), row=st.integers(1, N_BARS - 2), length=st.integers(1, N_BARS))
def test_while_opening_is_halted_the_account_never_grows(world: World, row: int, length: int) -> None:
    operator: dict[int, Event] = {at(row): OpeningHalted(at(row), "drill")}
    if row + length < N_BARS:
        operator[at(row + length)] = OpeningResumed(at(row + length))

    class OnlyReduces(Look):
        n_orders = 0

        @override
        def __call__(self, engine: WatchedEngine, event: Event) -> None:
            new = engine.log.orders[self.n_orders :]
            self.n_orders = len(engine.log.orders)
            if engine.is_halted:
                assert all(order.terms.reduce_only for order in new)

    world.perform(OnlyReduces(), operator)


@given(world=worlds())
def test_round_trips_sum_to_what_the_ledger_realized(world: World) -> None:
    played = world.perform()
    engine = played.engine
    trips = [*engine.log.trades, *engine.open_trades()]
    fees = sum((trip.fees for trip in trips), ZERO)
    assert abs(fees - engine.ledger.fees) < Decimal("1e-15")
    still_open = sum(
        (
            share.position.unrealized_pnl(book.mark_price or ZERO)
            for book in engine.books.values()
            for share in book.shares
        ),
        ZERO,
    )
    by_trips = sum((trip.gross_pnl for trip in trips), ZERO) + still_open
    by_ledger = engine.ledger.realized_pnl + engine.equity - engine.ledger.wallet_balance
    assert abs(by_trips - by_ledger) < Decimal("1e-12")
