"""Laws of the simulated venue that hold whatever is ordered and whatever the market does."""

import itertools
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from adapters.simulated.desk import Desk
from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from application.venue_messages import (
    CancelOrder,
    FundingPaid,
    OrderFilled,
    OrderTriggered,
    PlaceOrder,
    PositionLiquidated,
    VenueReport,
)
from domain.instrument import FeeSchedule, MarginSchedule
from domain.ledger import AccountLedger
from domain.margin import MarginMode
from domain.market import Bar, FundingEvent
from domain.order import ClientOrderId, Fill, OrderTerms, OrderType, PositionSide, Side, TimeInForce, TriggerPrice
from domain.position import Position
from domain.risk.verdict import Approved
from domain.rule_book import InstrumentChanged
from domain.time_units import NS_PER_MINUTE, NS_PER_SECOND
from tests.unit.adapters.simulated.scene import COIN, FRICTIONLESS, OTHER, d, make_bar, make_instrument

SYMBOLS = (COIN, OTHER)

tenths = st.integers(600, 1600)
"""Prices in ticks of 0.1: 60 to 160."""

near_tenths = st.integers(950, 1250)
"""Centers and levels so near 110 that bars around them stay clear of price bands, which are fractions."""


class WaryDesk(Desk):
    """A desk without a quiet band: everything is worked out exactly at every step."""

    @override
    def rest(self) -> None:
        self.quiet_low = float("inf")

    @override
    def needs_margin_check(self, low: float, high: float, at_ns: int) -> bool:
        return True


def wary(venue: SimulatedVenue) -> SimulatedVenue:
    """Return the venue with its shortcuts taken away."""
    for symbol, desk in list(venue._desks.items()):
        venue._desks[symbol] = WaryDesk(symbol, desk.market, quiet_low=float("inf"))
    return venue


@st.composite
def order_terms(draw: st.DrawFn, *, is_hedge_mode: bool, ticks: st.SearchStrategy[int] = tenths) -> OrderTerms:
    """Any order that can be said, sensible or not."""
    order_type = draw(st.sampled_from([OrderType.MARKET, *OrderType]))
    terms: dict[str, Any] = {
        "symbol": draw(st.sampled_from(SYMBOLS)),
        "side": draw(st.sampled_from(Side)),
        "type": order_type,
        "quantity": draw(st.integers(1, 40)) * d("0.5"),
    }
    if is_hedge_mode:
        opens = PositionSide.LONG if terms["side"] is Side.BUY else PositionSide.SHORT
        terms["position_side"] = draw(st.sampled_from([opens, opens, PositionSide.LONG, PositionSide.SHORT]))
    else:
        terms["reduce_only"] = draw(st.integers(0, 3)) == 0
    price = draw(ticks) / d("10")
    if order_type is OrderType.LIMIT:
        terms |= {"price": price, "time_in_force": draw(st.sampled_from(TimeInForce))}
        if terms["time_in_force"] is TimeInForce.GTD:
            terms["good_until_ns"] = draw(st.integers(0, 40)) * 15 * NS_PER_SECOND
    elif order_type is OrderType.TRAILING_STOP_MARKET:
        terms["callback_rate"] = draw(st.sampled_from([d("0.01"), d("0.05"), d("0.2")]))
        terms["activation_price"] = draw(st.none() | st.just(price))
    elif order_type is not OrderType.MARKET:
        terms["trigger_price"] = price
        if draw(st.integers(0, 4)) == 0:
            terms |= {"close_position": True, "reduce_only": False, "quantity": d("0")}
    return OrderTerms(**terms)


@st.composite
def price_paths(draw: st.DrawFn, ticks: st.SearchStrategy[int] = tenths) -> tuple[float, float, float, float]:
    """Open, high, low, close: calm bars as well as wild ones, or orders and quiet bands would never get to rest."""
    center, reach = draw(ticks), draw(st.sampled_from([3, 30, 150]))
    near = st.integers(max(center - reach, 600), min(center + reach, 1600))
    low, *inner, high = sorted(draw(st.lists(near, min_size=4, max_size=4)))
    first, last = draw(st.permutations(inner))
    return first / 10, high / 10, low / 10, last / 10


@st.composite
def minutes(draw: st.DrawFn) -> tuple[tuple[float, float, float, float], ...]:
    """One bar of each instrument; most often around 100, where orders can wait on both sides."""
    around = draw(st.sampled_from([st.integers(970, 1030), st.integers(970, 1030), st.integers(850, 1150), tenths]))
    return draw(price_paths(around)), draw(price_paths(around))


class VenueLife(RuleBasedStateMachine):
    """Orders of all kinds, bars, gaps, marks, funding and cancels, in any sequence.

    Everything is done twice: by the venue, and by a wary twin that takes no shortcut.
    """

    @initialize(
        latency_ns=st.sampled_from([0, 100_000_000, 90 * NS_PER_SECOND]),
        half_spread_bps=st.sampled_from([d("0"), d("0.5"), d("30")]),
        impact_coefficient=st.sampled_from([d("0"), d("1")]),
        leverage=st.sampled_from([5, 20, 50]),
        margin_mode=st.sampled_from(MarginMode),
        hedge_mode=st.booleans(),
        touch_fill=st.booleans(),
        taker_volume_share_max=st.sampled_from([d("1"), d("0.25"), d("0.01")]),
        deposit=st.sampled_from(["100000", "3000", "300"]),
    )
    def open_account(self, deposit: str, **rules: Any) -> None:  # noqa: ANN401  # each is typed by its strategy
        self.venue_rules = VenueRules(**rules)
        instruments = [make_instrument(symbol) for symbol in SYMBOLS]
        self.venue = SimulatedVenue(instruments, self.venue_rules)
        self.twin = wary(SimulatedVenue(instruments, self.venue_rules))
        for venue in (self.venue, self.twin):
            venue.deposit(d(deposit))
        self.minute = 0
        self.sent: dict[str, OrderTerms] = {}
        self.ordered: dict[str, Decimal] = {}
        self.filled: dict[str, Decimal] = {}
        self.mirror = AccountLedger()
        self.mirror.transfer(d(deposit))
        self.positions: dict[tuple[str, PositionSide], Position] = {}

    @rule(data=st.data(), delay_s=st.sampled_from([0, 0, 0, 20, 70]))
    def place(self, data: st.DataObject, delay_s: int) -> None:
        near = data.draw(st.sampled_from([st.integers(950, 1050), st.integers(880, 1120), tenths]))
        kinds = order_terms(is_hedge_mode=self.venue_rules.hedge_mode, ticks=near)
        for terms in data.draw(st.lists(kinds, min_size=1, max_size=5)):
            name = f"o{len(self.sent)}"
            self.sent[name], self.ordered[name] = terms, terms.quantity
            self._send(PlaceOrder(ClientOrderId(name), Approved(terms), self._now_ns + delay_s * NS_PER_SECOND))
        self._run(data.draw(minutes()), None, 2000.0)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        waiting = [order.client_order_id for symbol in SYMBOLS for order in self.venue.open_orders(symbol)]
        name = data.draw(st.sampled_from(waiting or [ClientOrderId(sent) for sent in self.sent]))
        self._send(CancelOrder(ClientOrderId(name), self.sent[name].symbol, self._now_ns))

    @rule(
        paths=minutes(),
        marks=st.none() | price_paths(),
        volume=st.sampled_from([2000.0, 2000.0, 60.0, 7.25, 0.4, 0.0]),
        gap=st.integers(0, 3),
    )
    def run_a_minute(
        self,
        paths: tuple[tuple[float, float, float, float], ...],
        marks: tuple[float, float, float, float] | None,
        volume: float,
        gap: int,
    ) -> None:
        self.minute += gap if gap > 1 else 0
        self._run(paths, marks, volume)

    def _run(
        self,
        paths: tuple[tuple[float, float, float, float], ...],
        marks: tuple[float, float, float, float] | None,
        volume: float,
    ) -> None:
        bars = [make_bar(self.minute, path, volume, symbol) for symbol, path in zip(SYMBOLS, paths, strict=True)]
        mark = None if marks is None else make_bar(self.minute, marks, 0.0, OTHER)
        if mark is not None:
            self._step("open_mark", mark)
        for step in ("open_bar", "close_bar"):
            for bar in bars:
                self._step(step, bar)
        if mark is not None:
            self._step("close_mark", mark)
        self.minute += 1

    @precondition(lambda self: self.minute > 0)
    @rule(rate=st.integers(-300, 300), symbol=st.sampled_from(SYMBOLS))
    def settle_funding(self, rate: int, symbol: str) -> None:
        self._step("settle_funding", FundingEvent(symbol, self._now_ns, rate / d("10000")))

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        tick=st.sampled_from(["0.1", "0.01", "1"]),
        lot=st.sampled_from(["0.001", "0.1", "3"]),
        taker_rate=st.sampled_from(["0", "0.0005", "0.01"]),
        maintenance_rate=st.sampled_from(["0.01", "0.05", "0.3"]),
    )
    def change_rules(self, symbol: str, tick: str, lot: str, taker_rate: str, maintenance_rate: str) -> None:
        rows = [(d("0"), d("10000"), d(maintenance_rate), 50), (d("10000"), d("50000"), d("0.4"), 20)]
        instrument = make_instrument(
            symbol,
            tick_size=d(tick),
            lot_size=d(lot),
            quantity_min=d(lot),
            fees=FeeSchedule(d("0.0002"), d(taker_rate), d("0.01")),
            margins=(MarginSchedule.from_rows(rows),),
        )
        for venue in (self.venue, self.twin):
            venue.change_rules(InstrumentChanged(self._now_ns, instrument))

    @invariant()
    def no_money_is_made_or_lost(self) -> None:
        assert self.venue.conservation_difference() == 0
        self.venue._account.ledger.check()

    @invariant()
    def what_was_reported_explains_the_wallet(self) -> None:
        assert self.mirror.wallet_balance == self.venue.wallet_balance
        for (symbol, side), position in self.positions.items():
            assert self.venue.position(symbol, side).signed_quantity == position.signed_quantity

    @invariant()
    def no_order_is_filled_beyond_what_was_ordered(self) -> None:
        for name, quantity in self.filled.items():
            assert quantity <= self.ordered[name]
        for symbol in SYMBOLS:
            for order in self.venue.open_orders(symbol):
                assert order.leaves_quantity == self.ordered[order.client_order_id] - self.filled.get(
                    order.client_order_id, d("0")
                )

    @invariant()
    def hedge_sides_keep_their_sign(self) -> None:
        for symbol in SYMBOLS:
            assert self.venue.position(symbol, PositionSide.LONG).signed_quantity >= 0
            assert self.venue.position(symbol, PositionSide.SHORT).signed_quantity <= 0

    @invariant()
    def money_is_set_apart_for_isolated_positions_only(self) -> None:
        for symbol in SYMBOLS:
            for side in PositionSide:
                if self.venue.position(symbol, side).is_flat or self.venue_rules.margin_mode is MarginMode.CROSS:
                    assert self.venue.isolated_wallet(symbol, side) == 0

    @property
    def _now_ns(self) -> int:
        return self.minute * NS_PER_MINUTE

    def _send(self, command: PlaceOrder | CancelOrder) -> None:
        self.venue.execute(command)
        self.twin.execute(command)

    def _step(self, method: str, event: Bar | FundingEvent) -> None:
        reports = []
        for report in getattr(self.venue, method)(event):
            self._note(report)
            reports.append(report)
        assert reports == list(getattr(self.twin, method)(event))

    def _note(self, report: VenueReport) -> None:
        if isinstance(report, OrderTriggered):
            self.ordered[report.client_order_id] = report.quantity
        elif isinstance(report, OrderFilled):
            self._note_fill(report.fill)
        elif isinstance(report, FundingPaid):
            self.mirror.book_funding(report.payment)
        elif isinstance(report, PositionLiquidated):
            realized = self._move(report.fill)
            self.mirror.book_fill(realized, report.fill.fee)
            self.mirror.book_liquidation_fee(report.liquidation_fee)
            self.mirror.book_insurance(report.insurance)
            if self.venue_rules.margin_mode is MarginMode.CROSS and all(
                each.is_flat for each in self.positions.values()
            ):
                assert self.mirror.wallet_balance >= 0

    def _note_fill(self, fill: Fill) -> None:
        name = fill.client_order_id
        self.filled[name] = self.filled.get(name, d("0")) + fill.quantity
        before = self._position(fill).signed_quantity
        self.mirror.book_fill(self._move(fill), fill.fee)
        after = self._position(fill).signed_quantity
        terms = self.sent[name]
        if terms.reduce_only or terms.close_position:
            assert abs(after) == abs(before) - fill.quantity
            assert after * before >= 0

    def _move(self, fill: Fill) -> Decimal:
        return self._position(fill).fill(fill.signed_quantity, fill.price)

    def _position(self, fill: Fill) -> Position:
        return self.positions.setdefault((fill.symbol, fill.position_side), Position(fill.symbol))


TestVenueLife = VenueLife.TestCase
TestVenueLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def play(
    rules: VenueRules,
    paths: Iterable[tuple[float, float, float, float]],
    orders: Iterable[tuple[int, OrderTerms]],
    fees: FeeSchedule | None = None,
) -> tuple[SimulatedVenue, list[VenueReport]]:
    """Run bars over a well-funded account, each order sent at its minute."""
    instrument = make_instrument(notional_min=d("0"), price_band=d("0.99"))
    venue = SimulatedVenue([instrument if fees is None else evolve(instrument, fees=fees)], rules)
    venue.deposit(d("1000000"))
    for number, (minute, terms) in enumerate(orders):
        venue.execute(PlaceOrder(ClientOrderId(f"o{number}"), Approved(terms), minute * NS_PER_MINUTE))
    reports: list[VenueReport] = []
    for minute, path in enumerate(paths):
        bar = make_bar(minute, path)
        reports.extend(venue.open_bar(bar))
        reports.extend(venue.close_bar(bar))
    return venue, reports


def reflected(path: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Turn a bar upside down around 110, in ticks so that nothing is rounded."""
    first, high, low, close = (round(2200 - price * 10) / 10 for price in path)
    return first, low, high, close


def reflected_terms(terms: OrderTerms) -> OrderTerms:
    """Return the same order in the world upside down."""
    return evolve(
        terms,
        side=terms.side.opposite,
        price=None if terms.price is None else d("220") - terms.price,
        trigger_price=None if terms.trigger_price is None else d("220") - terms.trigger_price,
    )


near_terms = (
    order_terms(is_hedge_mode=False, ticks=near_tenths)
    .filter(lambda terms: terms.type is not OrderType.TRAILING_STOP_MARKET)
    .map(lambda terms: evolve(terms, symbol=COIN))
)


@settings(max_examples=100, deadline=None)
@given(
    paths=st.lists(price_paths(near_tenths), min_size=2, max_size=6),
    orders=st.lists(st.tuples(st.integers(0, 4), near_terms), max_size=8),
)
def test_a_world_upside_down_gives_the_same_fills_on_the_other_side(
    paths: list[tuple[float, float, float, float]], orders: list[tuple[int, OrderTerms]]
) -> None:
    # Trailing stops, spread, impact and fees are fractions of the price, so they are left out of this law.
    rules = evolve(FRICTIONLESS, latency_ns=15 * NS_PER_SECOND)
    free = FeeSchedule(d("0"), d("0"))

    up, up_reports = play(rules, paths, orders, free)
    down, down_reports = play(
        rules,
        [reflected(path) for path in paths],
        [(minute, reflected_terms(terms)) for minute, terms in orders],
        free,
    )

    assert [type(report) for report in up_reports] == [type(report) for report in down_reports]
    for one, other in zip(up_reports, down_reports, strict=True):
        if isinstance(one, OrderFilled) and isinstance(other, OrderFilled):
            assert other.fill.side is one.fill.side.opposite
            assert (other.fill.quantity, other.fill.price) == (one.fill.quantity, d("220") - one.fill.price)
    assert up.position(COIN).signed_quantity == -down.position(COIN).signed_quantity
    assert up.equity == down.equity


@st.composite
def told_by_marks(draw: st.DrawFn) -> OrderTerms:
    """Any order near the prices around 100; conditional ones look at the last price or at the mark."""
    terms = draw(order_terms(is_hedge_mode=False, ticks=st.integers(880, 1120)))
    return evolve(terms, trigger_by=draw(st.sampled_from(TriggerPrice))) if terms.is_conditional else terms


def play_minutes(
    rules: VenueRules,
    deposit: str,
    history: list[tuple[tuple[float, float, float, float], ...]],
    volumes: list[float],
    orders: list[tuple[int, OrderTerms]],
    *,
    has_marks: bool,
) -> list[VenueReport]:
    """Run minutes of both instruments as a driver does, each decision between two of them."""
    venue = SimulatedVenue([make_instrument(symbol) for symbol in SYMBOLS], rules)
    venue.deposit(d(deposit))
    steps = [venue.open_bar, venue.close_bar]
    if has_marks:
        steps = [venue.open_mark, *steps, venue.close_mark]
    reports: list[VenueReport] = []
    for minute, (paths, volume) in enumerate(zip(history, volumes, strict=True)):
        for number, (sent_in, terms) in enumerate(orders):
            if sent_in == minute:
                venue.execute(PlaceOrder(ClientOrderId(f"o{number}"), Approved(terms), minute * NS_PER_MINUTE))
        bars = [make_bar(minute, path, volume, symbol) for symbol, path in zip(SYMBOLS, paths, strict=False)]
        reports += [report for step in steps for bar in bars for report in step(bar)]
    return reports


@settings(max_examples=300, deadline=None)
@given(
    minutes_and_volumes=st.lists(
        st.tuples(minutes(), st.sampled_from([2000.0, 2000.0, 60.0, 0.0])), min_size=2, max_size=6
    ),
    orders=st.lists(st.tuples(st.integers(0, 4), told_by_marks()), max_size=10),
    deposit=st.sampled_from(["100000", "600", "100"]),
    margin_mode=st.sampled_from(MarginMode),
    leverage=st.sampled_from([5, 20, 50]),
    latency_ns=st.sampled_from([0, 15 * NS_PER_SECOND]),
)
def test_an_identical_mark_series_and_none_give_identical_reports(
    minutes_and_volumes: list[tuple[tuple[tuple[float, float, float, float], ...], float]],
    orders: list[tuple[int, OrderTerms]],
    deposit: str,
    margin_mode: MarginMode,
    leverage: int,
    latency_ns: int,
) -> None:
    # One instrument: of two that gap at once, marks tell both gaps before the first trade and last prices do not.
    rules = VenueRules(margin_mode=margin_mode, leverage=leverage, latency_ns=latency_ns)
    history = [paths[:1] for paths, _ in minutes_and_volumes]
    volumes = [volume for _, volume in minutes_and_volumes]
    own = [(minute, evolve(terms, symbol=COIN)) for minute, terms in orders]

    without = play_minutes(rules, deposit, history, volumes, own, has_marks=False)

    assert play_minutes(rules, deposit, history, volumes, own, has_marks=True) == without


@given(
    paths=st.lists(price_paths(), min_size=3, max_size=3),
    entry=st.lists(st.integers(1, 5000), min_size=1, max_size=4),
    exit_parts=st.integers(1, 4),
    side=st.sampled_from(Side),
)
def test_splitting_an_order_changes_nothing_but_the_count_of_fills(
    paths: list[tuple[float, float, float, float]], entry: list[int], exit_parts: int, side: Side
) -> None:
    # Prices of one decimal, lots of 0.001 and a rate of 0.0005 make fees whole cash steps: nothing is rounded.
    total = sum(entry)
    cuts = [total * part // exit_parts for part in range(exit_parts + 1)]
    exits = [after - before for before, after in itertools.pairwise(cuts) if after > before]

    def orders(entries: list[int], leaves: list[int]) -> list[tuple[int, OrderTerms]]:
        sent = [(0, side, lots) for lots in entries] + [(1, side.opposite, lots) for lots in leaves]
        return [
            (minute, OrderTerms(symbol=COIN, side=each, type=OrderType.MARKET, quantity=lots * d("0.001")))
            for minute, each, lots in sent
        ]

    whole, _ = play(FRICTIONLESS, paths, orders([total], [total]))
    split, reports = play(FRICTIONLESS, paths, orders(entry, exits))

    assert split.wallet_balance == whole.wallet_balance
    assert split.house.fee_income == whole.house.fee_income
    assert split.position(COIN).is_flat
    assert sum(isinstance(report, OrderFilled) for report in reports) == len(entry) + len(exits)


@given(
    leverage=st.integers(2, 50),
    opened=tenths,
    gap=st.integers(1, 4000),
    side=st.sampled_from(Side),
    quantity=st.integers(1, 60),
)
def test_a_liquidation_never_costs_more_than_was_set_apart(
    leverage: int, opened: int, gap: int, side: Side, quantity: int
) -> None:
    rules = evolve(FRICTIONLESS, margin_mode=MarginMode.ISOLATED, leverage=leverage, half_spread_bps=d("5"))
    terms = OrderTerms(symbol=COIN, side=side, type=OrderType.MARKET, quantity=d(str(quantity)))
    venue, _ = play(rules, [(opened / 10,) * 4], [(0, terms)])
    set_apart, wallet = venue.isolated_wallet(COIN), venue.wallet_balance

    bar = make_bar(1, (gap / 10,) * 4)
    reports = [*venue.open_bar(bar), *venue.close_bar(bar)]

    if any(isinstance(report, PositionLiquidated) for report in reports) and venue.position(COIN).is_flat:
        assert wallet - set_apart <= venue.wallet_balance
    assert venue.conservation_difference() == 0
