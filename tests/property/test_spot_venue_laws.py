"""Laws of spot at the simulated venue, beside a perpetual of the same coin and whatever either market does."""

import itertools
from decimal import Decimal
from typing import Any, Final

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from application.venue_messages import (
    CancelOrder,
    ExpiryReason,
    FundingPaid,
    OrderExpired,
    OrderFilled,
    PlaceOrder,
    PositionLiquidated,
    VenueReport,
)
from domain.margin import MarginMode
from domain.market import Bar, FundingEvent
from domain.order import ClientOrderId, OrderTerms, OrderType, PositionSide, Side, TradeId
from domain.risk.verdict import Approved
from domain.time_units import NS_PER_MINUTE, NS_PER_SECOND
from tests.property.test_venue_laws import minutes, order_terms, price_paths, tenths, wary
from tests.unit.adapters.simulated.scene import COIN, FRICTIONLESS, d, make_bar, make_instrument

SPOT: Final = "COINUSDT-SPOT"
SYMBOLS: Final = (COIN, SPOT)

Path = tuple[float, float, float, float]


@st.composite
def either_market(draw: st.DrawFn, ticks: st.SearchStrategy[int] = tenths, *, hedge_mode: bool = False) -> OrderTerms:
    """Any order of the perpetual or of the pair, sensible or not; the pair knows no position sides."""
    symbol = draw(st.sampled_from(SYMBOLS))
    terms = draw(order_terms(is_hedge_mode=hedge_mode and symbol == COIN, ticks=ticks))
    return evolve(terms, symbol=symbol)


class LifeOfBothMarkets(RuleBasedStateMachine):
    """Orders of all kinds in a perpetual and its spot pair, bars, gaps, funding and cancels, in any sequence."""

    @initialize(
        latency_ns=st.sampled_from([0, 90 * NS_PER_SECOND]),
        half_spread_bps=st.sampled_from([d("0"), d("30")]),
        leverage=st.sampled_from([5, 20, 50]),
        margin_mode=st.sampled_from(MarginMode),
        hedge_mode=st.booleans(),
        deposit=st.sampled_from(["100000", "3000", "1000", "300"]),
    )
    def open_account(self, deposit: str, **rules: Any) -> None:  # noqa: ANN401  # each is typed by its strategy
        self.rules_of_venue = VenueRules(**rules, taker_volume_share_max=d("1"))
        self.venue, twin = (
            SimulatedVenue([make_instrument(symbol) for symbol in SYMBOLS], self.rules_of_venue) for _ in range(2)
        )
        self.twin = wary(twin)
        for venue in (self.venue, self.twin):
            venue.deposit(d(deposit))
        self.minute = 0
        self.sent: dict[str, OrderTerms] = {}
        self.least_left_by_contracts = d("0")

    @rule(data=st.data())
    def place(self, data: st.DataObject) -> None:
        near = data.draw(st.sampled_from([st.integers(950, 1050), st.integers(880, 1120)]))
        kinds = either_market(near, hedge_mode=self.rules_of_venue.hedge_mode)
        for terms in data.draw(st.lists(kinds, min_size=1, max_size=4)):
            name = ClientOrderId(f"o{len(self.sent)}")
            self.sent[name] = terms
            for venue in (self.venue, self.twin):
                venue.execute(PlaceOrder(name, Approved(terms), self._now_ns))
        self._run(data.draw(minutes()), 2000.0)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.sent)))
        for venue in (self.venue, self.twin):
            venue.execute(CancelOrder(ClientOrderId(name), self.sent[name].symbol, self._now_ns))

    @rule(paths=minutes(), volume=st.sampled_from([2000.0, 7.25, 0.0]), gap=st.integers(0, 2))
    def run_a_minute(self, paths: tuple[Path, ...], volume: float, gap: int) -> None:
        self.minute += gap
        self._run(paths, volume)

    @precondition(lambda self: self.minute > 0)
    @rule(rate=st.integers(-300, 300))
    def settle_funding(self, rate: int) -> None:
        self._step("settle_funding", FundingEvent(COIN, self._now_ns, rate / d("10000")))

    @rule(part=st.sampled_from([d("0.1"), d("1")]))
    def withdraw(self, part: Decimal) -> None:
        amount = (self.venue.available_balance * part).quantize(d("0.01"), "ROUND_DOWN")
        if amount > 0:
            self.venue.withdraw(amount)
            self.twin.withdraw(amount)

    @invariant()
    def coins_are_never_owed(self) -> None:
        assert self._coins >= 0

    @invariant()
    def no_money_is_made_or_lost(self) -> None:
        assert self.venue.conservation_difference() == 0
        self.venue._account.ledger.check()

    @invariant()
    def what_was_paid_for_coins_is_set_apart_to_the_last_unit(self) -> None:
        assert self.venue.isolated_wallet(SPOT) == self.venue.position(SPOT).cost

    @invariant()
    def cash_is_spent_once(self) -> None:
        """Cash that backs nothing covers everything ordered, but for what contracts took of it."""
        if not self._has_contracts and self.rules_of_venue.half_spread_bps == 0 and not self.venue.open_orders(SPOT):
            assert self.venue._account.cross_wallet >= self.least_left_by_contracts

    @property
    def _coins(self) -> Decimal:
        return self.venue.position(SPOT).signed_quantity

    @property
    def _has_contracts(self) -> bool:
        return any(not self.venue.position(COIN, side).is_flat for side in PositionSide)

    @property
    def _now_ns(self) -> int:
        return self.minute * NS_PER_MINUTE

    def _run(self, paths: tuple[Path, ...], volume: float) -> None:
        bars = [make_bar(self.minute, path, volume, symbol) for symbol, path in zip(SYMBOLS, paths, strict=True)]
        for step, bar in itertools.product(("open_bar", "close_bar"), bars):
            self._step(step, bar)
        self.minute += 1

    def _step(self, method: str, event: Bar | FundingEvent) -> None:
        reports, coins = [], self._coins
        for report in getattr(self.venue, method)(event):
            coins = self._follow(report, coins)
            reports.append(report)
        assert self._coins == coins
        assert reports == list(getattr(self.twin, method)(event))

    def _follow(self, report: VenueReport, coins: Decimal) -> Decimal:
        """Check one report, and return what is held of the coin once it is booked."""
        if isinstance(report, PositionLiquidated | FundingPaid) or (
            isinstance(report, OrderFilled) and report.fill.symbol == COIN
        ):
            # The fee of an order whose margin was all the cash there was, say: such a wallet goes below zero.
            self.least_left_by_contracts = min(self.least_left_by_contracts, self.venue._account.cross_wallet)
        if isinstance(report, PositionLiquidated):
            assert report.fill.symbol == COIN
        elif isinstance(report, FundingPaid):
            assert report.symbol == COIN
        elif isinstance(report, OrderExpired) and report.reason is ExpiryReason.LIQUIDATION:
            assert self.sent[report.client_order_id].symbol == COIN
        elif isinstance(report, OrderFilled) and report.fill.symbol == SPOT:
            coins += report.fill.signed_quantity
            assert coins >= 0
            if report.fill.side is Side.BUY:
                assert self.venue._account.cross_wallet >= 0
        return coins


TestLifeOfBothMarkets = LifeOfBothMarkets.TestCase
TestLifeOfBothMarkets.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


def play_perpetual(
    spent: Decimal | None,
    rules: VenueRules,
    history: list[tuple[Path, Path]],
    orders: list[tuple[int, OrderTerms]],
    fundings: dict[int, int],
    *,
    spot_first: bool = False,
) -> tuple[SimulatedVenue, list[VenueReport]]:
    """Trade a perpetual after buying 20 coins in the first minute, or after taking the same cash away instead."""
    venue = SimulatedVenue([make_instrument(symbol) for symbol in SYMBOLS], rules)
    venue.deposit(d("4000"))
    if spent is None:
        coins = OrderTerms(symbol=SPOT, side=Side.BUY, type=OrderType.MARKET, quantity=d("20"))
        venue.execute(PlaceOrder(ClientOrderId("coins"), Approved(coins), 0))
    else:
        venue.withdraw(spent)
    reports: list[VenueReport] = []
    for minute, (path, spot_path) in enumerate([((100.0,) * 4, (100.0,) * 4), *history]):
        for number, (sent_in, terms) in enumerate(orders):
            if sent_in + 1 == minute:
                venue.execute(PlaceOrder(ClientOrderId(f"o{number}"), Approved(terms), minute * NS_PER_MINUTE))
        bars = [make_bar(minute, path, 2000.0), make_bar(minute, spot_path, 2000.0, SPOT)]
        if spot_first:
            bars.reverse()
        for step, bar in itertools.product((venue.open_bar, venue.close_bar), bars):
            reports.extend(step(bar))
        if minute in fundings:
            event = FundingEvent(COIN, (minute + 1) * NS_PER_MINUTE, fundings[minute] / d("10000"))
            reports.extend(venue.settle_funding(event))
    return venue, reports


def nameless(report: VenueReport) -> VenueReport:
    """Return a report without the number of its execution."""
    if isinstance(report, OrderFilled | PositionLiquidated):
        return evolve(report, fill=evolve(report.fill, trade_id=TradeId("t")))
    return report


near_terms = order_terms(is_hedge_mode=False, ticks=st.integers(880, 1120)).map(
    lambda terms: evolve(terms, symbol=COIN)
)


@settings(max_examples=60, deadline=None)
@given(
    history=st.lists(st.tuples(price_paths(st.integers(850, 1150)), price_paths(tenths)), min_size=2, max_size=6),
    orders=st.lists(st.tuples(st.integers(0, 4), near_terms), max_size=8),
    fundings=st.dictionaries(st.integers(1, 5), st.integers(-300, 300), max_size=2),
    margin_mode=st.sampled_from(MarginMode),
    leverage=st.sampled_from([5, 20, 50]),
    spot_first=st.booleans(),
)
def test_to_a_perpetual_coins_are_cash_that_is_gone(
    history: list[tuple[Path, Path]],
    orders: list[tuple[int, OrderTerms]],
    fundings: dict[int, int],
    margin_mode: MarginMode,
    leverage: int,
    *,
    spot_first: bool,
) -> None:
    # Which of the two markets moves first at an instant is no matter either.
    rules = evolve(FRICTIONLESS, margin_mode=margin_mode, leverage=leverage)

    holder, with_coins = play_perpetual(None, rules, history, orders, fundings)
    # 20 × 100 and a fee of 0.05 %.
    poorer, without = play_perpetual(d("2001"), rules, history, orders, fundings, spot_first=spot_first)

    assert [nameless(report) for report in with_coins[2:]] == [nameless(report) for report in without]
    assert holder.available_balance == poorer.available_balance
    assert holder.wallet_balance == poorer.wallet_balance + 2000
    assert holder.position(SPOT).signed_quantity == 20
