"""The venue's books: both sides of every payment, and the reports that tell of them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from attrs import define, field

from adapters.simulated.desk import Desk
from adapters.simulated.house import EXACT, House
from adapters.simulated.margin_account import Holding, TradingAccount
from adapters.simulated.open_orders import WorkingOrder
from application.venue_messages import ExpiryReason, OrderExpired, OrderFilled, VenueReport
from domain.instrument import MarginSchedule
from domain.numbers import ceil_cash, exact
from domain.order import ClientOrderId, Fill, Side, TradeId


@define(eq=False)
class VenueBooks:
    """Account, house, and what is to be reported next.

    Attributes:
        desks: What is kept for each instrument.
        account: The trading account.
        house: Everybody else.
        now_ns: The instant that is being worked on.
    """

    desks: Mapping[str, Desk]
    account: TradingAccount
    house: House = field(factory=House)
    now_ns: int = field(default=0, init=False)
    _reports: list[VenueReport] = field(factory=list, init=False)
    _trades: int = field(default=0, init=False)

    def mark_of(self, symbol: str) -> Decimal:
        """Return the present mark of an instrument."""
        return exact(self.desks[symbol].market.mark_price)

    def schedule_of(self, symbol: str) -> MarginSchedule:
        """Return the margin brackets in force."""
        return self.desks[symbol].market.instrument.margin_at(self.now_ns)

    def report(self, report: VenueReport) -> None:
        """Have something told to the account's owner."""
        self._reports.append(report)

    def drain(self) -> Iterator[VenueReport]:
        """Hand out what has not been told yet."""
        reports, self._reports = self._reports, []
        return iter(reports)

    def expire(self, desk: Desk, order: WorkingOrder, at_ns: int, reason: ExpiryReason) -> None:
        """Close the remainder of an order by the venue's rules."""
        desk.orders.remove(order.client_order_id)
        self.report(OrderExpired(order.client_order_id, at_ns, reason))

    def fill(
        self,
        desk: Desk,
        order: WorkingOrder,
        quantity: Decimal,
        price: Decimal,
        at_ns: int,
        *,
        reference_price: Decimal,
        is_maker: bool,
    ) -> None:
        """Book one execution of an order on both sides, and report it."""
        terms = order.terms
        fees = desk.market.instrument.fees
        fee = ceil_cash(quantity * price * (fees.maker_rate if is_maker else fees.taker_rate))
        signed_quantity = quantity if order.is_buy else -quantity
        holding = self.account.holding(terms.symbol, terms.position_side)
        self.account.fill(holding, signed_quantity, price, fee)
        self.house.trade(terms.symbol, signed_quantity, price, fee)
        order.leaves_quantity -= quantity
        if order.leaves_quantity == 0:
            desk.orders.remove(order.client_order_id)
        self.report(
            OrderFilled(
                Fill(
                    self.next_trade_id(),
                    order.client_order_id,
                    terms.symbol,
                    terms.side,
                    terms.position_side,
                    quantity,
                    price,
                    fee,
                    is_maker,
                    at_ns,
                    reference_price,
                )
            )
        )
        self.distrust_margin()
        self._expire_what_cannot_reduce(desk, at_ns)

    def next_trade_id(self) -> TradeId:
        """Return the name of the next execution: a plain count, the same in every run."""
        self._trades += 1
        return TradeId(f"t-{self._trades}")

    def reducible(self, order: WorkingOrder) -> Decimal:
        """Return the held quantity that an order can close."""
        holding = self.account.holding(order.terms.symbol, order.terms.position_side)
        return holding.reducible_by(is_buy=order.is_buy)

    def is_open(self, client_order_id: ClientOrderId) -> bool:
        """Whether an order of this name waits at any desk."""
        return any(client_order_id in desk.orders for desk in self.desks.values())

    def distrust_margin(self) -> None:
        """Have the margin of everything that is held worked out anew at the next mark."""
        for symbol, _ in self.account.held:
            self.desks[symbol].distrust_margin()

    def _expire_what_cannot_reduce(self, desk: Desk, at_ns: int) -> None:
        """Close resting reduce-only orders whose position has gone.

        Conditional ones stay, as they do at the venue, and are judged when they trigger.
        """
        if desk.orders:
            for order in desk.orders.all():
                if order.is_reducing and not order.terms.is_conditional and self.reducible(order) == 0:
                    self.expire(desk, order, at_ns, ExpiryReason.REDUCE_ONLY)

    def liquidate(
        self, holding: Holding, quantity: Decimal, price: Decimal
    ) -> tuple[TradeId, Side, Decimal, Decimal, Decimal]:
        """Book one slice of a liquidation on both sides.

        Returns:
            Trade id, side, taker fee, liquidation fee, and what the insurance fund took over.
        """
        fees = self.desks[holding.symbol].market.instrument.fees
        fee = ceil_cash(quantity * price * fees.taker_rate)
        liquidation_fee = ceil_cash(quantity * price * fees.liquidation_rate)
        side = Side.SELL if holding.position.signed_quantity > 0 else Side.BUY
        signed_quantity = side.sign * quantity
        insurance = self.account.liquidate(holding, signed_quantity, price, fee=fee, liquidation_fee=liquidation_fee)
        self.house.trade(holding.symbol, signed_quantity, price, fee)
        self.house.insurance_fund += liquidation_fee - insurance
        return self.next_trade_id(), side, fee, liquidation_fee, insurance

    def pay_funding(self, holding: Holding, payment: Decimal) -> None:
        """Book a funding payment on both sides: positive received, negative paid."""
        self.account.pay_funding(holding, payment)
        self.house.funding -= payment

    def conservation_difference(self) -> Decimal:
        """Return the equities of all accounts minus what was paid in: exactly zero, or money was made or lost."""
        total = self.account.ledger.wallet_balance
        for holding in self.account.held.values():
            position = holding.position
            valued = EXACT.fma(position.signed_quantity, self.mark_of(holding.symbol), -position.cost)
            total = EXACT.add(total, valued)
        for symbol, maker in self.house.makers.items():
            total = EXACT.add(total, maker.equity(self.mark_of(symbol)))
        for balance in (self.house.fee_income, self.house.funding, self.house.insurance_fund):
            total = EXACT.add(total, balance)
        return EXACT.subtract(total, self.account.ledger.transfers)
