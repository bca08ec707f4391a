"""What the decision core may rely on from any venue that a replay steps through."""

from abc import abstractmethod
from decimal import Decimal
from itertools import chain
from typing import Any

from attrs import evolve

from application.ports.backtest_venue import BacktestVenue
from application.venue_messages import (
    CancelOrder,
    CancelRejected,
    FundingPaid,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    PlaceOrder,
    PositionLiquidated,
    VenueReport,
)
from domain.instrument import FeeSchedule, MarginSchedule
from domain.market import Bar, FundingEvent
from domain.numbers import ZERO
from domain.order import ClientOrderId, OrderTerms, OrderType, Side
from domain.risk.verdict import Approved
from domain.rule_book import InstrumentChanged
from domain.time_units import NS_PER_MINUTE
from tests.plans import plain_instrument

SYMBOL = "BTCUSDT"
DEPOSIT = Decimal(10_000)


def flat_bar(minute: int, price: float = 100.0, *, volume: float = 1_000.0) -> Bar:
    """A bar in which price stands still."""
    return Bar(SYMBOL, minute * NS_PER_MINUTE, (minute + 1) * NS_PER_MINUTE, price, price, price, price, volume)


class BacktestVenueContract:
    """Promises of the port, checked against one adapter that trades `SYMBOL` by the rules of `plain_instrument`."""

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

    def changed(self, minute: int, **changes: Any) -> InstrumentChanged:  # noqa: ANN401  # fields of the instrument
        """Return other rules of the instrument: of `plain_instrument`, with these changes."""
        return InstrumentChanged(minute * NS_PER_MINUTE, evolve(plain_instrument(SYMBOL), **changes))

    def test_what_rests_keeps_resting_when_the_rules_change_and_is_filled_at_its_own_price(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))
        self.place(venue, "o1", "1.005", 1, type=OrderType.LIMIT, price=Decimal("90.01"))
        self.run(venue, flat_bar(1))

        venue.change_rules(self.changed(2, tick_size=Decimal(1), lot_size=Decimal("0.1")))
        fills = [each.fill for each in self.run(venue, flat_bar(2), flat_bar(3, 90.0)) if isinstance(each, OrderFilled)]

        assert sum((fill.quantity for fill in fills), ZERO) == Decimal("1.005")
        assert {fill.price for fill in fills} == {Decimal("90.01")}

    def test_new_orders_obey_the_new_rules(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))
        venue.change_rules(self.changed(1, tick_size=Decimal(1), lot_size=Decimal("0.1")))
        self.place(venue, "o1", "1.005", 1)
        self.place(venue, "o2", "1", 1, type=OrderType.LIMIT, price=Decimal("90.01"))
        self.place(venue, "o3", "1.1", 1, type=OrderType.LIMIT, price=Decimal(90))

        reports = self.run(venue, flat_bar(1))

        assert [each.client_order_id for each in reports if isinstance(each, OrderRejected)] == ["o1", "o2"]
        assert [each.client_order_id for each in reports if isinstance(each, OrderAccepted)] == ["o3"]

    def test_what_was_opened_in_a_finer_lot_can_be_closed_in_it_in_full(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))
        self.place(venue, "o1", "1.005", 1)
        self.run(venue, flat_bar(1))

        coarser = self.changed(2, lot_size=Decimal("0.1"), quantity_min=Decimal(2), quantity_max=Decimal(3))
        venue.change_rules(coarser)
        self.place(venue, "o2", "1.005", 2, side=Side.SELL)
        self.place(venue, "o3", "1.005", 2, side=Side.SELL, reduce_only=True)
        reports = self.run(venue, flat_bar(2))

        # What could open the opposite obeys the new lot; what only reduces need not.
        assert [each.client_order_id for each in reports if isinstance(each, OrderRejected)] == ["o2"]
        assert sum((each.fill.quantity for each in reports if isinstance(each, OrderFilled)), ZERO) == Decimal("1.005")
        assert venue.equity == venue.wallet_balance

    def test_new_fees_are_charged_from_the_change_on(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))
        self.place(venue, "o1", "1", 1)
        before = self.run(venue, flat_bar(1))
        venue.change_rules(self.changed(2, fees=FeeSchedule(ZERO, Decimal("0.01"), ZERO)))
        self.place(venue, "o2", "1", 2)
        after = self.run(venue, flat_bar(2))

        # 1 × 100 × 0.01 = 1; before the change it was 0.0004 of the same.
        assert [each.fill.fee for each in (*before, *after) if isinstance(each, OrderFilled)] == [
            Decimal("0.04"),
            Decimal(1),
        ]

    def test_margin_is_judged_by_the_new_brackets_from_the_next_mark_on(self) -> None:
        venue = self.funded()
        self.run(venue, flat_bar(0))
        self.place(venue, "o1", "900", 1)
        self.run(venue, flat_bar(1))

        # 90,000 held with 10,000: a maintenance rate of 12 % asks for 10,800.
        rows = [(ZERO, Decimal(10**9), Decimal("0.12"), 20)]
        venue.change_rules(self.changed(2, margins=(MarginSchedule.from_rows(rows),)))
        reports = self.run(venue, flat_bar(2))

        assert any(isinstance(each, PositionLiquidated) for each in reports)

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
