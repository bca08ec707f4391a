"""However orders are approved, fill, vanish and are found again, no position ever passes a limit."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Final, TypeAlias

import numpy as np
import pytest
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from application.trading.alike import alike_elsewhere
from application.trading.worst_cases import Worst
from domain.numbers import ZERO
from domain.order import Side
from domain.risk.gate import RiskGate
from domain.risk.limits import RiskLimits
from domain.risk.risk_model import RiskModel
from domain.risk.snapshot import AccountState, InstrumentState, OrderIntent, RiskSnapshot
from domain.risk.verdict import Approved
from tests.risk import worst_case_quantity
from tests.risk_cases import UNLIMITED, make_intent, make_snapshot, make_state, with_limits
from tests.support import START_NS, make_instrument, make_terms

SYMBOLS: Final = ("AUSDT", "BUSDT", "CUSDT")
STRATEGIES: Final = ("trend", "carry")
GROUPS: Final = (("AUSDT", "BUSDT"), ("AUSDT", "BUSDT", "CUSDT"), ("BUSDT", "CUSDT"))
"""Two move like the one in the middle, but not like each other."""
THRESHOLD: Final = 0.7
MODEL: Final = RiskModel(SYMBOLS, 1e-4 * np.array([[1.0, 0.8, 0.5], [0.8, 1.0, 0.8], [0.5, 0.8, 1.0]]), 1.6, 2.1)
MARKS: Final = {"AUSDT": Decimal(100), "BUSDT": Decimal(7), "CUSDT": Decimal(2_500)}
RULES: Final = {
    symbol: make_instrument(symbol, taker_rate="0", lot_size="0.01", quantity_min="0.01", quantity_max="100000")
    for symbol in SYMBOLS
}
EQUITY: Final = Decimal(10_000)
LIMITS: Final = with_limits(
    UNLIMITED,
    position__notional_max={"AUSDT": Decimal(8_000)},
    position__concentration_max=Decimal("0.9"),
    position__correlated_max=Decimal(1),
    position__strategy_leverage_max=Decimal("1.1"),
    account__leverage_max=Decimal("1.5"),
    account__margin_ratio_max=Decimal("0.005"),
    account__open_orders_max=6,
    account__unknown_orders_max=3,
)
NETTED: Final = with_limits(LIMITS, account__net_leverage_max=Decimal("0.6"), position__correlated_max=None)
LONG_ONLY: Final = with_limits(LIMITS, position__allow_short=False)

parts: Final = st.sampled_from([Decimal("0.25"), Decimal("0.5"), Decimal(1)])
notionals: Final = st.sampled_from([Decimal(500), Decimal(2_500), Decimal(4_000), Decimal(6_000), Decimal(9_000)])
Wanted: TypeAlias = tuple[str, str, Side, Decimal, bool]
wanted: Final[st.SearchStrategy[Wanted]] = st.tuples(
    st.sampled_from(["AUSDT", *SYMBOLS]),
    st.sampled_from(STRATEGIES),
    st.sampled_from(Side),
    notionals,
    st.sampled_from([False, False, False, True]),
)
"""Instrument, strategy, side, notional, and whether nothing is heard of the order once it is sent."""


@define
class Sent:
    """An order that may still fill."""

    symbol: str
    strategy: str
    side: Side
    leaves: Decimal
    is_unknown: bool
    is_reducing: bool = False


class Trading(RuleBasedStateMachine):
    """An account whose prices stand still, so that only orders could take it beyond a limit.

    What strategies hold is kept for each; the account holds their sums.
    """

    limits: RiskLimits = LIMITS
    sent: list[Sent]
    held: dict[tuple[str, str], Decimal]
    net_allowed: Decimal

    @initialize()
    def begin(self) -> None:
        self.gate = RiskGate(self.limits)
        self.sent = []
        self.held = {(symbol, strategy): ZERO for symbol in SYMBOLS for strategy in STRATEGIES}
        limit = self.limits.account.net_leverage_max
        self.net_allowed = Decimal("Infinity") if limit is None else limit * EQUITY

    @rule(orders=st.lists(wanted, min_size=1, max_size=4))
    def want(self, orders: list[Wanted]) -> None:
        for order in orders:
            self.ask(*order)

    def ask(self, symbol: str, strategy: str, side: Side, notional: Decimal, is_unknown: bool) -> None:
        quantity = RULES[symbol].floor_quantity(notional / MARKS[symbol])
        intent = make_intent(make_terms(quantity, side, symbol=symbol), strategy=strategy)

        verdict = self.gate.assess(intent, self.snapshot(intent))

        if isinstance(verdict, Approved):
            assert not self.unknown(symbol, side), "a second order beside an unknown one"
            assert side is Side.BUY or self.limits.position.allow_short
            self.sent.append(Sent(symbol, strategy, side, quantity, is_unknown))

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), part=parts)
    def fill(self, data: st.DataObject, part: Decimal) -> None:
        self.execute(data.draw(st.sampled_from(self.sent)), part)

    @precondition(lambda self: self.sent)
    @rule(symbol=st.sampled_from(SYMBOLS), side=st.sampled_from(Side))
    def rush(self, symbol: str, side: Side) -> None:
        """The market runs through all orders of one side, and none of the other."""
        for order in [order for order in self.sent if order.symbol == symbol and order.side is side]:
            self.execute(order, Decimal(1))

    def execute(self, order: Sent, part: Decimal) -> None:
        quantity = order.leaves * part
        if order.is_reducing:
            own, total = self.held[order.symbol, order.strategy], self.position(order.symbol)
            closes = order.side.sign * total < 0 and order.side.sign * own < 0
            quantity = min(quantity, abs(own), abs(total)) if closes else ZERO
        order.leaves -= quantity
        self.held[order.symbol, order.strategy] += order.side.sign * quantity
        if order.leaves == 0 or (order.is_reducing and quantity == 0):
            self.sent.remove(order)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.sent.remove(data.draw(st.sampled_from(self.sent)))

    @precondition(lambda self: any(order.is_unknown for order in self.sent))
    @rule(data=st.data())
    def find_again(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from([order for order in self.sent if order.is_unknown])).is_unknown = False

    @rule(symbol=st.sampled_from(SYMBOLS), part=parts)
    def reduce(self, symbol: str, part: Decimal) -> None:
        """A reduce-only order is sent, such as a stop, and may fill at the moment that is worst for all others.

        Nobody may refuse it, also where a hedge is closed by it and more is left of the other side.
        """
        total = self.position(symbol)
        for strategy in STRATEGIES:
            own = self.held[symbol, strategy]
            if own * total > 0:
                side = Side.SELL if own > 0 else Side.BUY
                leaves = min(abs(own), abs(total) * part)
                self.sent.append(Sent(symbol, strategy, side, leaves, is_unknown=False, is_reducing=True))
                self.net_allowed = max(self.net_allowed, self.worst_net())
                return

    def worst_net(self) -> Decimal:
        longs, shorts = (
            sum((self.worst_side(symbol, side) - self.kept(symbol, -side.sign) for symbol in SYMBOLS), ZERO)
            for side in (Side.BUY, Side.SELL)
        )
        return max(longs, shorts)

    @invariant()
    def every_position_stays_within_its_limits(self) -> None:
        for symbol in SYMBOLS:
            notional = abs(self.position(symbol)) * MARKS[symbol]
            assert notional <= Decimal("0.9") * EQUITY
            assert symbol != "AUSDT" or notional <= 8_000
            assert self.limits.position.allow_short or self.position(symbol) >= 0

    @invariant()
    def what_moves_alike_stays_within_its_limit(self) -> None:
        limit = self.limits.position.correlated_max
        for group, sign in product(GROUPS, (1, -1)):
            values = [max(sign * self.position(symbol), ZERO) * MARKS[symbol] for symbol in group]
            assert limit is None or sum(values, ZERO) <= limit * EQUITY

    @invariant()
    def the_account_stays_within_its_limits(self) -> None:
        notionals = {symbol: abs(self.position(symbol)) * MARKS[symbol] for symbol in SYMBOLS}
        margins = (RULES[symbol].margin_at(START_NS).maintenance_margin(notionals[symbol]) for symbol in SYMBOLS)

        assert sum(notionals.values()) <= 15_000
        assert abs(sum((self.position(symbol) * MARKS[symbol] for symbol in SYMBOLS), ZERO)) <= self.net_allowed
        assert sum(margins) <= Decimal("0.005") * EQUITY
        assert sum(not order.is_reducing for order in self.sent) <= 6
        assert sum(order.is_unknown for order in self.sent) <= 3

    @invariant()
    def every_strategy_stays_within_its_limit(self) -> None:
        for strategy in STRATEGIES:
            assert sum(abs(self.held[symbol, strategy]) * MARKS[symbol] for symbol in SYMBOLS) <= 11_000

    def position(self, symbol: str) -> Decimal:
        return sum((self.held[symbol, strategy] for strategy in STRATEGIES), ZERO)

    def unknown(self, symbol: str, side: Side) -> int:
        return sum(order.is_unknown for order in self.sent if order.symbol == symbol and order.side is side)

    def working(self, symbol: str, side: Side, strategy: str | None = None) -> Decimal:
        orders = (order for order in self.sent if order.symbol == symbol and order.side is side)
        opening = (order for order in orders if not order.is_reducing)
        return sum((order.leaves for order in opening if strategy in {None, order.strategy}), ZERO)

    def kept(self, symbol: str, sign: int) -> Decimal:
        """Return the value held on a side that nothing sent can close."""
        closing = [order for order in self.sent if order.symbol == symbol and order.side.sign == -sign]
        left = sign * self.position(symbol) - sum((order.leaves for order in closing), ZERO)
        return max(left, ZERO) * MARKS[symbol]

    def snapshot(self, intent: OrderIntent) -> RiskSnapshot:
        return make_snapshot(instrument=self.instrument(intent.terms.symbol), account=self.account(intent))

    def instrument(self, symbol: str) -> InstrumentState:
        return make_state(
            instrument=RULES[symbol],
            held_quantity=self.position(symbol),
            working_buys=self.working(symbol, Side.BUY),
            working_sells=self.working(symbol, Side.SELL),
            mark_price=MARKS[symbol],
            last_price=MARKS[symbol],
            unknown_buys=self.unknown(symbol, Side.BUY),
            unknown_sells=self.unknown(symbol, Side.SELL),
        )

    def account(self, intent: OrderIntent) -> AccountState:
        own = intent.terms.symbol
        longs = {symbol: self.worst_side(symbol, Side.BUY) for symbol in SYMBOLS if symbol != own}
        shorts = {symbol: self.worst_side(symbol, Side.SELL) for symbol in SYMBOLS if symbol != own}
        worst = {symbol: max(longs[symbol], shorts[symbol]) for symbol in longs}
        margins = (RULES[symbol].margin_at(START_NS).maintenance_margin(worst[symbol]) for symbol in worst)
        cases = [Worst(symbol, longs[symbol], shorts[symbol], ZERO, ZERO, ZERO) for symbol in longs]
        alike_if_long, alike_if_short = alike_elsewhere(cases, own, MODEL, THRESHOLD)
        return AccountState(
            equity=EQUITY,
            at_ns=START_NS,
            long_notional=sum(longs.values(), ZERO),
            short_notional=sum(shorts.values(), ZERO),
            gross_notional=sum(worst.values(), ZERO),
            long_kept=sum((self.kept(symbol, 1) for symbol in longs), ZERO),
            short_kept=sum((self.kept(symbol, -1) for symbol in longs), ZERO),
            alike_if_long=alike_if_long,
            alike_if_short=alike_if_short,
            maintenance_margin=sum(margins, ZERO),
            strategy_notional={intent.strategy: self.strategy_notional(intent.strategy, intent)},
            strategy_notional_before={intent.strategy: self.strategy_notional(intent.strategy, None)},
            open_orders=sum(not order.is_reducing for order in self.sent),
            unknown_orders=sum(order.is_unknown for order in self.sent),
        )

    def worst_side(self, symbol: str, side: Side) -> Decimal:
        return (max(side.sign * self.position(symbol), ZERO) + self.working(symbol, side)) * MARKS[symbol]

    def strategy_notional(self, strategy: str, intent: OrderIntent | None) -> Decimal:
        return sum(self.strategy_parts(strategy, intent), ZERO)

    def strategy_parts(self, strategy: str, intent: OrderIntent | None) -> Iterator[Decimal]:
        for symbol in SYMBOLS:
            added = {Side.BUY: ZERO, Side.SELL: ZERO}
            if intent is not None and intent.terms.symbol == symbol:
                added[intent.terms.side] = intent.terms.quantity
            buys, sells = (self.working(symbol, side, strategy) + added[side] for side in (Side.BUY, Side.SELL))
            yield worst_case_quantity(self.held[symbol, strategy], buys, sells) * MARKS[symbol]


class LongOnlyTrading(Trading):
    """The same without shorts."""

    limits = LONG_ONLY


class NettedTrading(Trading):
    """The same with a limit on longs less shorts."""

    limits = NETTED


TestTrading = Trading.TestCase
TestLongOnlyTrading = LongOnlyTrading.TestCase
TestNettedTrading = NettedTrading.TestCase
TestTrading.settings = TestLongOnlyTrading.settings = TestNettedTrading.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)


steps: Final = st.tuples(wanted, st.booleans(), st.booleans())
"""An order, whether it fills at once, and whether a stop for its instrument is sent behind it."""


@pytest.mark.parametrize("machine_of", [Trading, NettedTrading])
@settings(max_examples=250, deadline=None)
@given(orders=st.lists(steps, min_size=3, max_size=9))
def test_orders_that_fill_one_after_the_other_and_stops_that_follow_pass_no_limit(
    machine_of: type[Trading], orders: list[tuple[Wanted, bool, bool]]
) -> None:
    """The same laws on short, dense sequences, which meet more limits than long ones with many idle steps."""
    machine = machine_of()
    machine.begin()
    for (symbol, strategy, side, notional, _), fills, is_stopped in orders:
        machine.ask(symbol, strategy, side, notional, False)
        if fills:
            machine.rush(symbol, side)
        if is_stopped:
            machine.reduce(symbol, Decimal(1))
    for order in sorted(machine.sent, key=lambda sent: sent.is_reducing):
        machine.execute(order, Decimal(1))
        machine.what_moves_alike_stays_within_its_limit()
        machine.the_account_stays_within_its_limits()
        machine.every_strategy_stays_within_its_limit()


def test_the_machine_can_reach_its_limits() -> None:
    """Without it the laws above could hold because nothing is ever approved."""
    machine = Trading()
    machine.begin()
    for symbol in SYMBOLS:
        machine.ask(symbol, "trend", Side.BUY, Decimal(2_500), False)
    machine.ask("AUSDT", "carry", Side.SELL, Decimal(6_000), True)

    assert [order.leaves for order in machine.sent] == [Decimal(25), Decimal("357.14"), Decimal(1), Decimal(60)]
    machine.ask("AUSDT", "carry", Side.SELL, Decimal(500), False)  # beside an unknown one
    machine.ask("BUSDT", "carry", Side.BUY, Decimal(9_000), False)  # 11,500 in one instrument
    assert len(machine.sent) == 4
