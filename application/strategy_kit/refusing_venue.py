"""A venue that refuses orders: whatever is behind it never hears of them."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from attrs import define, field
from typing_extensions import override

from application.ports.backtest_venue import BacktestVenue
from application.venue_messages import Command, OrderRejected, PlaceOrder, RejectionCode, VenueReport
from domain.market import Bar, BarSeries, FundingEvent
from domain.rule_book import InstrumentChanged


@define(eq=False)
class RefusingVenue(BacktestVenue):
    """Refuses every n-th order and passes on all else.

    Attributes:
        inner: The venue behind it.
        every: 1 refuses every order, 3 every third one.
        n_refused: How many have been refused.
    """

    inner: BacktestVenue
    every: int
    n_refused: int = 0
    _n_placed: int = field(default=0, init=False)
    _refused: deque[PlaceOrder] = field(factory=deque, init=False)

    @override
    def execute(self, command: Command, /) -> None:
        if isinstance(command, PlaceOrder):
            self._n_placed += 1
            if self._n_placed % self.every == 0:
                self.n_refused += 1
                self._refused.append(command)
                return
        self.inner.execute(command)

    def _refusals(self, at_ns: int) -> Iterator[VenueReport]:
        while self._refused:
            order_id = self._refused.popleft().client_order_id
            yield OrderRejected(order_id, at_ns, RejectionCode.FILTER, "refused by the test kit")

    @override
    def open_bar(self, bar: Bar, /) -> Iterable[VenueReport]:
        yield from self._refusals(bar.opened_at_ns)
        yield from self.inner.open_bar(bar)

    @override
    def close_bar(self, bar: Bar, /) -> Iterable[VenueReport]:
        yield from self._refusals(bar.closed_at_ns)
        yield from self.inner.close_bar(bar)

    @override
    def open_mark(self, bar: Bar, /) -> Iterable[VenueReport]:
        return self.inner.open_mark(bar)

    @override
    def close_mark(self, bar: Bar, /) -> Iterable[VenueReport]:
        return self.inner.close_mark(bar)

    @override
    def quiet_bars(self, series: BarSeries, start: int, stop: int, /) -> int:
        return 0 if self._refused else self.inner.quiet_bars(series, start, stop)

    @override
    def quiet_marks(self, series: BarSeries, start: int, stop: int, /) -> int:
        return self.inner.quiet_marks(series, start, stop)

    @override
    def pass_bars(self, bars: Sequence[Bar], /) -> None:
        self.inner.pass_bars(bars)

    @override
    def pass_marks(self, bars: Sequence[Bar], /) -> None:
        self.inner.pass_marks(bars)

    @override
    def settle_funding(self, event: FundingEvent, /) -> Iterable[VenueReport]:
        return self.inner.settle_funding(event)

    @override
    def change_rules(self, change: InstrumentChanged, /) -> None:
        self.inner.change_rules(change)

    @override
    def deposit(self, amount: Decimal, /) -> None:
        self.inner.deposit(amount)

    @property
    @override
    def wallet_balance(self) -> Decimal:
        return self.inner.wallet_balance

    @property
    @override
    def equity(self) -> Decimal:
        return self.inner.equity
