"""Laws of exit plans at work: whatever the market does, what is held stays protected and nothing trades too much."""

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Final

from attrs import define, evolve, field, frozen
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from adapters.simulated.open_orders import WorkingOrder
from adapters.simulated.venue import SimulatedVenue
from application.backtest import BacktestPlan, run_backtest
from application.replay.driver import ReplayDriver
from application.results.accounting import account_for
from application.results.fingerprint import fingerprint
from application.trading.events import BarsClosed, Event
from application.trading.records import ExitReason, SentOrder
from application.trading.share import Share
from application.venue_messages import OrderCanceled, OrderFilled
from domain.exit_state import ExitState
from domain.exits import Breakeven, ExitPlan, FixedStop, PriceFraction, RiskMultiple, Rung, TrailingStop
from domain.market import FundingEvent
from domain.numbers import ZERO, exact
from domain.order import ClientOrderId
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_HOUR, NS_PER_MS
from tests.property.test_engine_laws import N_BARS, SYMBOLS, World, worlds
from tests.unit.application.trading.stage import (
    Played,
    WatchedEngine,
    assert_books_agree,
    assert_shares_sum,
    at,
    make_plan,
    watched_engine,
)

WITHIN_A_BAR: Final = (0, 100 * NS_PER_MS)
"""Latencies at which what is sent in reaction to a fill arrives before the bar is over."""

QUICKLY: Final = settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""A whole market takes minutes to shrink, and what is left of it says no more than the one that was found."""

multiples = st.integers(1, 12).map(lambda quarters: RiskMultiple(Decimal(quarters) / 4))
fractions = st.integers(1, 40).map(lambda permille: PriceFraction(Decimal(permille) / 1_000))
distances = multiples | fractions


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Rung, ...]:
    shares = draw(st.lists(st.sampled_from([Decimal("0.25"), Decimal("0.3")]), max_size=3))
    whole = [*shares[:-1], 1 - sum(shares[:-1], ZERO)] if draw(st.booleans()) and shares else shares
    steps = draw(st.lists(st.integers(1, 8), min_size=len(whole), max_size=len(whole), unique=True).map(sorted))
    return tuple(
        Rung(at=RiskMultiple(Decimal(step) / 4), share=share) for step, share in zip(steps, whole, strict=True)
    )


@st.composite
def exit_plans(draw: st.DrawFn) -> ExitPlan:
    return ExitPlan(
        stop=FixedStop(fraction=draw(st.none() | st.sampled_from([Decimal("0.01"), Decimal("0.03")]))),
        trailing=draw(st.none() | st.builds(TrailingStop, distance=distances, activation=st.none() | distances)),
        breakeven=draw(st.none() | st.builds(Breakeven, at=distances)),
        take_profit=draw(ladders()),
        holding_max_ns=draw(st.none() | st.integers(4, 12).map(lambda hours: hours * NS_PER_HOUR)),
        holding_min_ns=draw(st.integers(0, 3)) * NS_PER_HOUR,
    )


@frozen(eq=False)
class PlannedWorld:
    """A world whose strategies leave by plans, and a market that pays funding."""

    world: World
    exits: list[ExitPlan]

    @property
    def plan(self) -> BacktestPlan:
        world = self.world
        funding = {
            symbol: tuple(FundingEvent(symbol, at(row), Decimal("0.0003")) for row in range(8, N_BARS, 8))
            for symbol in SYMBOLS
        }
        plan = make_plan(
            evolve(world.history, funding=funding),
            list(world.scripts),
            rules=world.rules,
            policy=world.policy,
            sizings=[FixedQuantity(quantity) for quantity in world.quantities],
            equity=world.equity,
            taker_rate="0.0004",
        )
        strategies = zip(plan.strategies, self.exits, strict=False)
        return evolve(plan, strategies=tuple(evolve(each, exits=exits) for each, exits in strategies))


@st.composite
def planned_worlds(draw: st.DrawFn, latencies_ns: tuple[int, ...] = WITHIN_A_BAR) -> PlannedWorld:
    world = draw(worlds())
    rules = evolve(world.rules, latency_ns=draw(st.sampled_from(latencies_ns)))
    return PlannedWorld(evolve(world, rules=rules), draw(st.lists(exit_plans(), min_size=3, max_size=3)))


@define(eq=False)
class Watch(ABC):
    """Somebody who sees both sides, engine and venue, after each event."""

    engine: WatchedEngine = field(init=False)
    venue: SimulatedVenue = field(init=False)
    sent: dict[ClientOrderId, SentOrder] = field(factory=dict, init=False)

    def look(self, engine: WatchedEngine, event: Event) -> None:
        self.engine = engine
        self.sent |= {order.client_order_id: order for order in engine.log.orders[len(self.sent) :]}
        self.check(event)

    @abstractmethod
    def check(self, event: Event) -> None: ...

    def shares(self) -> list[tuple[str, Share]]:
        return [(symbol, share) for symbol, book in self.engine.books.items() for share in book.shares]

    def at_venue(self, purpose: str, symbol: str, share: Share) -> list[WorkingOrder]:
        """Return the orders of a share that wait at the venue for this purpose."""
        kind = purpose, share.name
        named = [(self.sent[order.client_order_id], order) for order in self.venue.open_orders(symbol)]
        return [order for sent, order in named if (sent.purpose, sent.strategy) == kind]


def watch(planned: PlannedWorld, *watchers: Watch) -> Played:
    """Run a world to its end under these eyes, and see that all books agree there."""
    plan = planned.plan
    venue = plan.make_venue()
    assert isinstance(venue, SimulatedVenue)
    venue.deposit(plan.start_equity)

    def look(engine: WatchedEngine, event: Event) -> None:
        for watcher in watchers:
            watcher.venue = venue
            watcher.look(engine, event)

    engine = watched_engine(plan, look=look)
    driver = ReplayDriver(plan.history, engine, venue)
    driver.run()
    played = Played(plan, engine, venue, driver)
    assert_books_agree(played)
    return played


def is_kept(share: Share) -> bool:
    return share.target * share.held > 0


class SharesSum(Watch):
    @override
    def check(self, event: Event) -> None:
        assert_shares_sum(self.engine)


@define(eq=False)
class NoFlip(Watch):
    """What protects a share, and is not being taken back, brings it nearer to nothing and never beyond."""

    protecting: dict[ClientOrderId, tuple[Share, Decimal]] = field(factory=dict, init=False)

    @override
    def check(self, event: Event) -> None:
        if isinstance(event, OrderFilled) and event.fill.client_order_id in self.protecting:
            share, before = self.protecting[event.fill.client_order_id]
            assert before * share.held >= 0
            assert abs(share.held) < abs(before)
        self.protecting = {}
        for _, share in self.shares():
            if share.exits is not None and share.held != 0:
                names = [*share.exits.rung_ids.values(), *([] if share.stop_id is None else [share.stop_id])]
                self.protecting |= dict.fromkeys(names, (share, share.held))


@define(eq=False)
class AccountIsNotTurned(Watch):
    """However long orders travel: what only reduces never turns the account's position around."""

    positions: dict[str, Decimal] = field(factory=dict, init=False)

    @override
    def check(self, event: Event) -> None:
        positions = {symbol: book.position.signed_quantity for symbol, book in self.engine.books.items()}
        if isinstance(event, OrderFilled):
            symbol = event.fill.symbol
            if self.sent[event.fill.client_order_id].terms.reduce_only:
                assert self.positions[symbol] * positions[symbol] >= 0
        self.positions = positions


@define(eq=False)
class AlwaysProtected(Watch):
    """Where the plan wants a stop there is one of the right size and place, at the venue or kept inside."""

    @override
    def check(self, event: Event) -> None:
        if isinstance(event, OrderCanceled):
            self.check_replacement(event)
        if isinstance(event, BarsClosed):
            for symbol, share in self.shares():
                self.check_stop(symbol, share)
                assert len(self.at_venue("stop", symbol, share)) <= 1

    def check_replacement(self, event: OrderCanceled) -> None:
        """A stop of a trade goes only where another one of the same trade has come."""
        sent = self.sent[event.client_order_id]
        for symbol, share in self.shares():
            is_its_own = (symbol, share.name, "stop") == (sent.terms.symbol, sent.strategy, sent.purpose)
            if is_its_own and not self.has_ended_since(sent) and self.wanted_trigger(symbol, share) is not None:
                is_held = self.at_venue("stop", symbol, share) or share.inner_stop is not None
                assert is_held or self.is_followed(symbol, share, event)

    def is_followed(self, symbol: str, share: Share, event: OrderCanceled) -> bool:
        """Whether the venue has just rejected the one that was to come, and one that follows it is on its way."""
        rejected = {(each.symbol, each.at_ns) for each in self.engine.log.refusals if each.source == "venue"}
        return (symbol, event.at_ns) in rejected and share.stop_id is not None

    def has_ended_since(self, sent: SentOrder) -> bool:
        own = sent.strategy, sent.terms.symbol
        trades = [trade for trade in self.engine.log.trades if (trade.strategy, trade.symbol) == own]
        return any(trade.exited_at_ns is not None and trade.exited_at_ns >= sent.at_ns for trade in trades)

    def check_stop(self, symbol: str, share: Share) -> None:
        trigger = self.wanted_trigger(symbol, share)
        if trigger is not None:
            if share.inner_stop is None:
                assert share.stop_id is not None
                terms = self.engine.books[symbol].working[share.stop_id].order.terms
            else:
                # Where others hold the opposite a stop can open, and the gate may refuse it.
                assert any(other.held * share.held < 0 for other in self.engine.books[symbol].shares)
                terms = share.inner_stop.terms
            assert (terms.quantity, terms.trigger_price) == (abs(share.held), trigger)

    def wanted_trigger(self, symbol: str, share: Share) -> Decimal | None:
        state = None if share.exits is None else share.exits.state
        if state is None or state.stop_price is None or not is_kept(share):
            return None
        instrument = self.engine.books[symbol].instrument
        trigger = instrument.round_price_against(state.stop_price, is_buy=share.held > 0)
        return trigger if trigger > 0 else None


class TargetsFit(Watch):
    """All targets of a share together close no more than it holds."""

    @override
    def check(self, event: Event) -> None:
        if not isinstance(event, BarsClosed):
            return
        for symbol, share in self.shares():
            if share.exits is not None and is_kept(share):
                working = self.engine.books[symbol].working
                orders = [working[name].order for name in share.exits.rung_ids.values()]
                assert sum((order.leaves_quantity for order in orders), ZERO) <= abs(share.held)


def entry_of(state: ExitState) -> tuple[object, ...]:
    return state.direction, state.entered_at_ns, state.entry_price, state.stop_distance, state.target_distance


@define(eq=False)
class InFavor(Watch):
    """While the entry stays where it is, the stop only moves in favor."""

    seen: dict[tuple[str, str], ExitState] = field(factory=dict, init=False)

    @override
    def check(self, event: Event) -> None:
        for symbol, share in self.shares():
            state = None if share.exits is None else share.exits.state
            if state is None or state.stop_price is None:
                self.seen.pop((symbol, share.name), None)
                continue
            before = self.seen.get((symbol, share.name))
            is_same_trade = before is not None and entry_of(before) == entry_of(state)
            if is_same_trade and before is not None and before.stop_price is not None:
                assert state.direction * (state.stop_price - before.stop_price) >= 0
            self.seen[symbol, share.name] = state


@define(eq=False)
class Times(Watch):
    """Signals wait for the minimum holding; at the maximum the share wants out."""

    was_kept: dict[int, bool] = field(factory=dict, init=False)

    @override
    def check(self, event: Event) -> None:
        if not isinstance(event, BarsClosed):
            return
        for _, share in self.shares():
            exits = share.exits
            if exits is None or exits.state is None or share.held == 0:
                continue
            if exits.state.is_overdue(exits.plan, event.at_ns):
                assert not is_kept(share)
            refused = [refusal for refusal in self.engine.log.refusals if refusal.source == "gate"]
            is_refused = any(refusal.at_ns == event.at_ns for refusal in refused)
            if exits.state.is_bound(exits.plan, event.at_ns) and self.was_kept.get(id(share)) and not is_refused:
                assert is_kept(share) or share.exit_reason is not ExitReason.SIGNAL

    @override
    def look(self, engine: WatchedEngine, event: Event) -> None:
        Watch.look(self, engine, event)
        self.was_kept = {id(share): is_kept(share) for _, share in self.shares()}


@QUICKLY
@given(planned=planned_worlds())
def test_whatever_the_market_does_what_is_held_is_protected_and_nothing_trades_too_much(planned: PlannedWorld) -> None:
    watch(
        planned,
        SharesSum(),
        NoFlip(),
        AlwaysProtected(),
        TargetsFit(),
        InFavor(),
        Times(),
    )


@QUICKLY
@given(planned=planned_worlds((NS_PER_HOUR * 3 // 2,)))
def test_however_long_orders_travel_what_only_reduces_turns_nothing_around(planned: PlannedWorld) -> None:
    watch(planned, SharesSum(), AccountIsNotTurned(), InFavor(), Times())


@QUICKLY
@given(planned=planned_worlds())
def test_fees_and_funding_of_all_trades_are_those_of_the_books(planned: PlannedWorld) -> None:
    played = watch(planned)
    trips = [*played.trades, *played.engine.open_trades()]

    assert sum((trip.fees for trip in trips), ZERO) == played.engine.ledger.fees
    assert sum((trip.funding for trip in trips), ZERO) == played.engine.ledger.funding


INERT: Final = ExitPlan(holding_max_ns=10**18)
"""Wants nothing that the signals do not want, but goes all the way through the plan."""


@QUICKLY
@given(world=worlds())
def test_a_plan_that_adds_nothing_changes_nothing(world: World) -> None:
    alone, reentries = evolve(world, scripts=world.scripts[:1]), Reentries()

    plain = watch(PlannedWorld(alone, [ExitPlan()]), reentries)
    planned = watch(PlannedWorld(alone, [INERT]))

    # What is on its way out and wanted again is protected at once by a plan, and at the next fill without one.
    assume(not reentries.are_there)
    assert hash_of(planned) == hash_of(plain)
    assert [trade.initial_risk for trade in planned.trades] == [trade.initial_risk for trade in plain.trades]


@define(eq=False)
class Reentries(Watch):
    """Sees whether a strategy ever decided to enter what it still held."""

    are_there: bool = False

    @override
    def check(self, event: Event) -> None:
        if isinstance(event, BarsClosed):
            new = {each.symbol: each for each in self.engine.log.decisions if each.at_ns == event.at_ns}
            held = [share.held * new[symbol].signal.direction for symbol, share in self.shares() if symbol in new]
            self.are_there = self.are_there or any(each > 0 for each in held)


def hash_of(played: Played) -> str:
    engine = played.engine
    marks = {symbol: exact(book.mark) for symbol, book in engine.books.items() if book.mark > 0}
    start, end = played.plan.start_equity, played.venue.equity
    identity = account_for(engine.log, marks, start_equity=start, end_equity=end)
    return fingerprint(engine.log, identity, engine.open_trades())


@settings(QUICKLY, max_examples=20)
@given(planned=planned_worlds((0, 100 * NS_PER_MS, NS_PER_HOUR * 3 // 2)))
def test_without_the_future_every_decision_and_every_order_is_the_same(planned: PlannedWorld) -> None:
    result = run_backtest(planned.plan)

    assert result.certificate.first_difference is None
