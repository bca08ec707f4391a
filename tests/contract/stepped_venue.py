"""What the decision core may rely on from any venue that a replay steps through."""

from abc import abstractmethod
from decimal import Decimal
from itertools import chain

from application.ports.backtest_venue import BacktestVenue
from application.venue_messages import (
    CancelOrder,
    CancelRejected,
    FundingPaid,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    PlaceOrder,
    VenueReport,
)
from domain.market import Bar, FundingEvent
from domain.numbers import ZERO
from domain.order import ClientOrderId, OrderTerms, OrderType, Side
from domain.risk import Approved
from domain.time_units import NS_PER_MINUTE

SYMBOL = "BTCUSDT"
DEPOSIT = Decimal(10_000)


def flat_bar(minute: int, price: float = 100.0, *, volume: float = 1_000.0) -> Bar:
    """A bar in which price stands still."""
    return Bar(SYMBOL, minute * NS_PER_MINUTE, (minute + 1) * NS_PER_MINUTE, price, price, price, price, volume)


class BacktestVenueContract:
    """Promises of the port, checked against one adapter that trades `SYMBOL`."""

    @abstractmethod
    def make_venue(self) -> BacktestVenue:
        """Return a venue without any cash."""

    def funded(self) -> BacktestVenue:
        venue = self.make_venue()
        venue.deposit(DEPOSIT)
        return venue

    def place(self, venue: BacktestVenue, order_id: str, quantity: str, minute: int, **terms: object) -> None:
        wanted = {"type": OrderType.MARKET, "side": Side.BUY, "quantity": Decimal(quantity), **terms}
        approval = Approved(OrderTerms(symbol=SYMBOL, **wanted))  # type: ignore[arg-type]  # checked by the terms
        venue.execute(PlaceOrder(ClientOrderId(order_id), approval, minute * NS_PER_MINUTE))

    def run(self, venue: BacktestVenue, *bars: Bar) -> list[VenueReport]:
        return list(chain.from_iterable((*venue.open_bar(bar), *venue.close_bar(bar)) for bar in bars))

    def test_a_deposit_is_cash_and_equity(self) -> None:
        venue = self.funded()

        assert venue.wallet_balance == venue.equity == DEPOSIT

    def test_a_market_order_is_filled_whole_under_its_own_id_and_paid_for(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))
        self.place(venue, "o1", "1", 1)

        fills = [report.fill for report in self.run(venue, flat_bar(1)) if isinstance(report, OrderFilled)]

        assert [fill.client_order_id for fill in fills] == ["o1"]
        assert sum((fill.quantity for fill in fills), ZERO) == 1
        assert venue.wallet_balance == DEPOSIT - sum((fill.fee for fill in fills), ZERO)

    def test_nothing_is_filled_before_a_bar_begins_after_the_order(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))

        self.place(venue, "o1", "1", 1)

        assert venue.equity == DEPOSIT

    def test_a_resting_order_can_be_canceled_once(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))
        self.place(venue, "o1", "1", 1, type=OrderType.LIMIT, price=Decimal(90))
        self.run(venue, flat_bar(1))
        for _ in range(2):
            venue.execute(CancelOrder(ClientOrderId("o1"), SYMBOL, 2 * NS_PER_MINUTE))

        reports = self.run(venue, flat_bar(2))

        assert [type(report) for report in reports] == [OrderCanceled, CancelRejected]

    def test_a_reduce_only_order_without_a_position_is_rejected(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))
        self.place(venue, "o1", "1", 1, reduce_only=True)

        (report,) = self.run(venue, flat_bar(1))

        assert isinstance(report, OrderRejected)
        assert venue.wallet_balance == DEPOSIT

    def test_funding_is_paid_by_longs_when_the_rate_is_positive_and_only_on_what_is_held(self) -> None:
        venue = self.funded()
        event = FundingEvent(SYMBOL, 2 * NS_PER_MINUTE, Decimal("0.001"))
        assert list(venue.settle_funding(event)) == []
        self.run(venue, flat_bar(0))
        self.place(venue, "o1", "1", 1)
        self.run(venue, flat_bar(1))
        before = venue.wallet_balance

        (report,) = venue.settle_funding(event)

        # 1 × 100 × 0.001 = 0.1, paid.
        assert isinstance(report, FundingPaid)
        assert report.payment == Decimal("-0.1")
        assert venue.wallet_balance == before + report.payment
