"""However orders are approved, fill, vanish and are found again, no position ever passes a limit."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, TypeAlias

from attrs import define
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.numbers import ZERO
from domain.order import Side
from domain.risk.gate import RiskGate
from domain.risk.limits import RiskLimits
from domain.risk.snapshot import AccountState, InstrumentState, OrderIntent, RiskSnapshot
from domain.risk.verdict import Approved
from tests.risk import worst_case_quantity
from tests.risk_cases import UNLIMITED, make_intent, make_snapshot, make_state, with_limits
from tests.support import START_NS, make_instrument, make_terms

SYMBOLS: Final = ("AUSDT", "BUSDT", "CUSDT")
STRATEGIES: Final = ("trend", "carry")
ALIKE: Final = ("AUSDT", "BUSDT")
"""These two move alike; the third does not."""
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
    position__correlated_max=Decimal("1.2"),
    position__strategy_leverage_max=Decimal("1.1"),
    account__leverage_max=Decimal("1.5"),
    account__margin_ratio_max=Decimal("0.005"),
    account__open_orders_max=6,
    account__unknown_orders_max=3,
)
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


class Trading(RuleBasedStateMachine):
    """An account whose prices stand still, so that only orders could take it beyond a limit.

    What strategies hold is kept for each; the account holds their sums.
    """

    limits: RiskLimits = LIMITS
    sent: list[Sent]
    held: dict[tuple[str, str], Decimal]

    @initialize()
    def begin(self) -> None:
        self.gate = RiskGate(self.limits)
        self.sent = []
        self.held = {(symbol, strategy): ZERO for symbol in SYMBOLS for strategy in STRATEGIES}

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
        order.leaves -= quantity
        self.held[order.symbol, order.strategy] += order.side.sign * quantity
        if order.leaves == 0:
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
        """A reduce-only order fills, at the moment that is worst for all others."""
        total = self.position(symbol)
        for strategy in STRATEGIES:
            own = self.held[symbol, strategy]
            if own * total > 0:
                closed = min(abs(own), abs(total) * part)
                self.held[symbol, strategy] -= closed if own > 0 else -closed
                return

    @invariant()
    def every_position_stays_within_its_limits(self) -> None:
        for symbol in SYMBOLS:
            notional = abs(self.position(symbol)) * MARKS[symbol]
            assert notional <= Decimal("0.9") * EQUITY
            assert symbol != "AUSDT" or notional <= 8_000
            assert self.limits.position.allow_short or self.position(symbol) >= 0

    @invariant()
    def what_moves_alike_stays_within_its_limit(self) -> None:
        for sign in (1, -1):
            assert sum(max(sign * self.position(symbol), ZERO) * MARKS[symbol] for symbol in ALIKE) <= 12_000

    @invariant()
    def the_account_stays_within_its_limits(self) -> None:
        notionals = {symbol: abs(self.position(symbol)) * MARKS[symbol] for symbol in SYMBOLS}
        margins = (RULES[symbol].margin_at(START_NS).maintenance_margin(notionals[symbol]) for symbol in SYMBOLS)

        assert sum(notionals.values()) <= 15_000
        assert sum(margins) <= Decimal("0.005") * EQUITY
        assert len(self.sent) <= 6
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
        return sum((order.leaves for order in orders if strategy in {None, order.strategy}), ZERO)

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
        is_alike = own in ALIKE
        return AccountState(
            equity=EQUITY,
            at_ns=START_NS,
            long_notional=sum(longs.values(), ZERO),
            short_notional=sum(shorts.values(), ZERO),
            gross_notional=sum(worst.values(), ZERO),
            alike_if_long=sum((longs[symbol] for symbol in longs if is_alike and symbol in ALIKE), ZERO),
            alike_if_short=sum((shorts[symbol] for symbol in shorts if is_alike and symbol in ALIKE), ZERO),
            maintenance_margin=sum(margins, ZERO),
            strategy_notional={intent.strategy: self.strategy_notional(intent.strategy, intent)},
            strategy_notional_before={intent.strategy: self.strategy_notional(intent.strategy, None)},
            open_orders=len(self.sent),
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


TestTrading = Trading.TestCase
TestLongOnlyTrading = LongOnlyTrading.TestCase
TestTrading.settings = TestLongOnlyTrading.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


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
