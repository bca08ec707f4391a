"""The simulated venue: puts market events and commands into one sequence.

Bar mode (ADR 0006). What happens inside a bar is told by four prices and a volume, so
whatever they leave open is decided against the account.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from typing_extensions import override

from adapters.simulated.admission import Admission, Moment
from adapters.simulated.books import VenueBooks
from adapters.simulated.credit import Credit
from adapters.simulated.desk import Desk
from adapters.simulated.house import House
from adapters.simulated.liquidator import Liquidator
from adapters.simulated.margin_account import TradingAccount
from adapters.simulated.market import PriceRange, SymbolMarket, flat_range
from adapters.simulated.matching import next_favourable, next_stop
from adapters.simulated.open_orders import WorkingOrder
from adapters.simulated.order_handling import OrderHandling
from adapters.simulated.pricing import TakerPricing
from adapters.simulated.quiet_rows import rows_inside
from adapters.simulated.rules import VenueRules
from application.ports.stepped_venue import SteppedVenue
from application.venue_messages import CancelOrder, Command, FundingPaid, VenueReport
from domain.errors import DomainError
from domain.funding import funding_payment
from domain.instrument import Instrument
from domain.market import Bar, BarSeries, FundingEvent
from domain.order import OrderType, PositionSide
from domain.position import Position
from domain.rule_book import InstrumentChanged

NOTHING: Final[tuple[VenueReport, ...]] = ()


def _market_of(instrument: Instrument, rules: VenueRules) -> SymbolMarket:
    return SymbolMarket(instrument, deque(maxlen=rules.volatility_window_bars))


def _way_to(level: float, marks: PriceRange) -> PriceRange:
    """Return the marks on the way to a stop, where margin may run out first."""
    end = min(max(level, marks.low), marks.high)
    return PriceRange(marks.open, min(marks.open, end), max(marks.open, end), end)


class SimulatedVenue(SteppedVenue):
    """A futures venue for one trading account, moved by bars.

    Without I/O, clock and randomness: the same commands and events give the same reports.

    Args:
        instruments: What can be traded.
        rules: What is assumed about latency, costs, liquidity and margin settings.
    """

    def __init__(self, instruments: Iterable[Instrument], rules: VenueRules) -> None:
        self._desks = {each.symbol: Desk(each.symbol, _market_of(each, rules)) for each in instruments}
        self._rules = rules
        self._account = TradingAccount(rules.leverage_of, rules.is_isolated)
        self._books = VenueBooks(self._desks, self._account)
        pricing = TakerPricing.from_rules(rules)
        self._credit = Credit(self._books)
        self._orders = OrderHandling(
            rules, self._books, pricing, self._credit, Admission(self._books, rules.hedge_mode)
        )
        self._liquidator = Liquidator(self._books, pricing)
        self._commands = 0
        self._ranging: Desk | None = None
        self._ranging_interval_ns = 0
        self._present_price = float("nan")

    # The account, as its owner and the house see it

    @property
    @override
    def wallet_balance(self) -> Decimal:
        return self._account.ledger.wallet_balance

    @property
    @override
    def equity(self) -> Decimal:
        if not self._account.held:
            return self._account.ledger.wallet_balance
        return self._account.ledger.wallet_balance + self._account.unrealized_pnl(self._books.mark_of)

    @property
    def available_balance(self) -> Decimal:
        """What can back new positions and pay for spot, quote currency."""
        return self._credit.available_balance()

    @property
    def house(self) -> House:
        """Balances of everybody else."""
        return self._books.house

    def position(self, symbol: str, position_side: PositionSide = PositionSide.BOTH) -> Position:
        """Return what is held, flat if nothing is."""
        return self._account.holding(self._desk(symbol).symbol, position_side).position

    def isolated_wallet(self, symbol: str, position_side: PositionSide = PositionSide.BOTH) -> Decimal:
        """Return the money set apart for a position; zero in cross margin, and what it cost for spot."""
        return self._account.holding(self._desk(symbol).symbol, position_side).isolated_wallet

    def open_orders(self, symbol: str) -> tuple[WorkingOrder, ...]:
        """Return the orders that wait, in the sequence of their arrival."""
        return tuple(self._desk(symbol).orders.all())

    def deposit(self, amount: Decimal) -> None:
        """Pay cash in."""
        if amount <= 0:
            raise DomainError(f"a deposit is positive, got {amount}")
        self._transfer(amount)

    def withdraw(self, amount: Decimal) -> None:
        """Pay cash out, at most what backs nothing.

        Raises:
            DomainError: The amount is not positive, or more than is available.
        """
        if not 0 < amount <= self.available_balance:
            raise DomainError(f"cannot withdraw {amount} of {self.available_balance} available")
        self._transfer(-amount)

    def conservation_difference(self) -> Decimal:
        """Return the equities of all accounts minus deposits: zero, or the venue has made or lost money."""
        return self._books.conservation_difference()

    # The port

    @override
    def execute(self, command: Command, /) -> None:
        desk = self._desk(command.symbol if isinstance(command, CancelOrder) else command.approval.terms.symbol)
        if desk is self._ranging and self._rules.latency_ns < self._ranging_interval_ns:
            desk.reactions.append(command)
            return
        self._commands += 1
        desk.send(command.at_ns + self._rules.latency_ns, self._commands, command)

    @override
    def open_bar(self, bar: Bar, /) -> Iterable[VenueReport]:
        desk = self._desks[bar.symbol]
        market = desk.market
        market.bar = bar
        market.last_price = bar.open
        if desk.quiet_low < bar.low and bar.high < desk.quiet_high and bar.closed_at_ns < desk.quiet_until_ns:
            return NOTHING
        return self._open_bar(desk, bar)

    @override
    def close_bar(self, bar: Bar, /) -> Iterable[VenueReport]:
        desk = self._desks[bar.symbol]
        if desk.quiet_low < bar.low and bar.high < desk.quiet_high and bar.closed_at_ns < desk.quiet_until_ns:
            market = desk.market
            market.bar = None
            market.last_price = bar.close
            market.closed_bars.append(bar)
            return NOTHING
        return self._close_bar(desk, bar)

    @override
    def open_mark(self, bar: Bar, /) -> Iterable[VenueReport]:
        desk = self._desks[bar.symbol]
        market = desk.market
        market.has_marks = True
        market.mark_bar = bar
        market.own_mark = bar.open
        if desk.margin_low < bar.low and bar.high < desk.margin_high and bar.closed_at_ns < desk.margin_until_ns:
            return NOTHING
        return self._open_mark(desk, bar)

    @override
    def close_mark(self, bar: Bar, /) -> Iterable[VenueReport]:
        desk = self._desks[bar.symbol]
        reports: Iterable[VenueReport] = NOTHING
        is_safe = desk.margin_low < bar.low and bar.high < desk.margin_high and bar.closed_at_ns < desk.margin_until_ns
        if not is_safe:
            seen = PriceRange(bar.open, bar.low, bar.high, bar.close)
            self._liquidator.judge(desk, seen, bar.closed_at_ns, with_others_until_ns=bar.closed_at_ns)
            reports = self._books.drain()
        market = desk.market
        market.mark_bar = None
        market.closed_mark_bar = bar
        market.own_mark = bar.close
        return reports

    @override
    def quiet_bars(self, series: BarSeries, start: int, stop: int, /) -> int:
        desk = self._desks[series.symbol]
        return rows_inside(series, start, stop, desk.quiet_low, desk.quiet_high, desk.quiet_until_ns)

    @override
    def quiet_marks(self, series: BarSeries, start: int, stop: int, /) -> int:
        desk = self._desks[series.symbol]
        return rows_inside(series, start, stop, desk.margin_low, desk.margin_high, desk.margin_until_ns)

    @override
    def pass_bars(self, bars: Sequence[Bar], /) -> None:
        market = self._desks[bars[0].symbol].market
        market.bar = None
        market.last_price = bars[-1].close
        market.closed_bars.extend(bars)

    @override
    def pass_marks(self, bars: Sequence[Bar], /) -> None:
        market = self._desks[bars[0].symbol].market
        market.has_marks = True
        market.mark_bar = None
        market.closed_mark_bar = bars[-1]
        market.own_mark = bars[-1].close

    @override
    def settle_funding(self, event: FundingEvent, /) -> Iterable[VenueReport]:
        if self._desk(event.symbol).is_spot:
            raise DomainError(f"{event.symbol} is spot: there is no funding to settle")
        holdings = self._account.held_in(event.symbol)
        if not holdings:
            return NOTHING
        mark_price = self._books.mark_of(event.symbol)
        for holding in holdings:
            signed_quantity = holding.position.signed_quantity
            payment = funding_payment(signed_quantity, mark_price, event.rate)
            self._books.pay_funding(holding, payment)
            self._books.report(
                FundingPaid(
                    event.symbol,
                    holding.position_side,
                    event.settled_at_ns,
                    signed_quantity,
                    mark_price,
                    event.rate,
                    payment,
                    event.is_assumed,
                )
            )
        self._books.distrust_margin()
        return self._books.drain()

    @override
    def change_rules(self, change: InstrumentChanged, /) -> None:
        self._desk(change.symbol).market.change_rules(change.instrument)
        # Other brackets: what margin sufficed for certain does so no longer, here and in the wallet it shares.
        self._books.distrust_margin()

    # One bar

    def _open_mark(self, desk: Desk, bar: Bar) -> Iterable[VenueReport]:
        if desk.needs_margin_check(bar.open, bar.open, bar.opened_at_ns):
            # An order whose time was up is not the liquidation's to close.
            self._orders.expire_by_time(desk, bar.opened_at_ns + 1)
            self._liquidator.judge(desk, flat_range(bar.open), bar.opened_at_ns)
        self._liquidator.distrust_if_beyond((bar.symbol,))
        return self._books.drain()

    def _open_bar(self, desk: Desk, bar: Bar) -> Iterator[VenueReport]:
        """The open's margin first, then what arrived before it, then what it reaches, then what arrives later."""
        self._books.now_ns = bar.opened_at_ns
        if desk.orders:
            self._orders.expire_by_time(desk, bar.opened_at_ns + 1)
        self._judge_margin(desk, bar, flat_range(desk.market.marks_over(bar).open), bar.opened_at_ns)
        if not desk.market.has_marks:
            self._liquidator.distrust_if_beyond((desk.symbol,))
        yield from self._books.drain()
        yield from self._arrivals(desk, bar, bar.opened_at_ns + 1)
        if desk.orders and bar.volume > 0:
            yield from self._match_open(desk, bar)
        yield from self._arrivals(desk, bar, bar.closed_at_ns)
        desk.rest()

    def _match_open(self, desk: Desk, bar: Bar) -> Iterator[VenueReport]:
        for order in desk.orders.all():
            if order.is_waiting_market and order.client_order_id in desk.orders:
                self._orders.fill_waiting_market(desk, order, bar)
                yield from self._books.drain()
        while self._trigger_stop(desk, bar, at_open=True) or self._fill_favourable(desk, bar, at_open=True):
            yield from self._books.drain()

    def _close_bar(self, desk: Desk, bar: Bar) -> Iterator[VenueReport]:
        yield from self._arrivals(desk, bar, bar.closed_at_ns)
        self._books.now_ns = bar.closed_at_ns
        if desk.orders:
            self._orders.expire_by_time(desk, bar.closed_at_ns)
            yield from self._books.drain()
        self._ranging, self._ranging_interval_ns = desk, bar.closed_at_ns - bar.opened_at_ns
        self._present_price = bar.open
        try:
            yield from self._trade_range(desk, bar)
        finally:
            self._ranging = None
        market = desk.market
        market.bar = None
        market.last_price = bar.close
        market.closed_bars.append(bar)
        desk.rest()

    def _trade_range(self, desk: Desk, bar: Bar) -> Iterator[VenueReport]:
        """Stops until none is left, then margin, then limits and targets; after each, what was sent in reaction."""
        marks = desk.market.marks_over(bar)
        while True:
            can_trade = bar.volume > 0 and len(desk.orders) > 0
            moved = can_trade and self._trigger_stop(desk, bar, at_open=False)
            if not moved:
                self._judge_margin(desk, bar, marks, bar.closed_at_ns, with_others_until_ns=bar.closed_at_ns)
                moved = can_trade and self._fill_favourable(desk, bar, at_open=False)
            yield from self._books.drain()
            if desk.reactions:
                moved = True
                yield from self._reactions(desk, bar)
            if not moved:
                return

    def _trigger_stop(self, desk: Desk, bar: Bar, *, at_open: bool) -> bool:
        reach = next_stop(desk.orders.all(), desk.market, bar, at_open=at_open)
        if reach is None:
            return False
        at_ns = bar.opened_at_ns if at_open else bar.closed_at_ns
        if not at_open:
            self._judge_margin(desk, bar, _way_to(reach.level, desk.market.marks_over(bar)), at_ns)
            if reach.order.client_order_id not in desk.orders:
                return True
        self._present_price = reach.price
        self._orders.trigger(desk, reach.order, bar, reach.price, at_ns)
        return True

    def _fill_favourable(self, desk: Desk, bar: Bar, *, at_open: bool) -> bool:
        reach = next_favourable(desk.orders.all(), desk.market, bar, at_open=at_open, touch_fill=self._rules.touch_fill)
        if reach is None:
            return False
        at_ns = bar.opened_at_ns if at_open else bar.closed_at_ns
        self._present_price = reach.price
        if reach.order.terms.type is OrderType.LIMIT:
            self._orders.fill_resting(desk, reach.order, bar, at_ns)
        else:
            self._orders.trigger(desk, reach.order, bar, reach.price, at_ns)
        return True

    def _arrivals(self, desk: Desk, bar: Bar, before_ns: int) -> Iterator[VenueReport]:
        """Work on the commands that arrive before an instant, each at the open plus what its delay cost."""
        while (arrival := desk.next_arrival(before_ns)) is not None:
            at_ns = max(arrival[0], bar.opened_at_ns)
            self._books.now_ns = at_ns
            moment = Moment(at_ns, bar.open, at_ns - bar.opened_at_ns, in_range=False)
            self._orders.receive(desk, arrival[1], bar, moment)
            yield from self._books.drain()

    def _reactions(self, desk: Desk, bar: Bar) -> Iterator[VenueReport]:
        """Work on what was sent in reaction to something inside the range, near the price where that was."""
        while desk.reactions:
            moment = Moment(bar.closed_at_ns, self._present_price, self._rules.latency_ns, in_range=True)
            self._orders.receive(desk, desk.reactions.popleft(), bar, moment)
            yield from self._books.drain()

    def _judge_margin(
        self, desk: Desk, bar: Bar, marks: PriceRange, at_ns: int, *, with_others_until_ns: int | None = None
    ) -> None:
        """Judge margin by marks that belong to a bar of traded prices, before these reach anything else."""
        mark_price = self._liquidator.judge(desk, marks, at_ns, with_others_until_ns=with_others_until_ns)
        if mark_price is not None:
            # Marks may be where nothing was traded, but reactions trade in this bar.
            self._present_price = min(max(float(mark_price), bar.low), bar.high)

    def _transfer(self, amount: Decimal) -> None:
        self._account.ledger.transfer(amount)
        self._books.distrust_margin()

    def _desk(self, symbol: str) -> Desk:
        desk = self._desks.get(symbol)
        if desk is None:
            raise DomainError(f"the venue does not trade {symbol}; it trades {', '.join(sorted(self._desks))}")
        return desk
