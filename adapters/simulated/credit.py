"""Whether the account can carry one more order."""

from decimal import Decimal

from attrs import frozen

from adapters.simulated.books import VenueBooks
from adapters.simulated.desk import Desk
from adapters.simulated.margin_account import Holding
from adapters.simulated.open_orders import WorkingOrder
from application.venue_messages import RejectionCode
from domain.numbers import ZERO, ceil_cash, shortest
from domain.order import PositionSide


@frozen
class Rejection:
    """Why the venue does not take an order."""

    code: RejectionCode
    detail: str


@frozen
class Credit:
    """Judges the initial margin of what an order would open."""

    books: VenueBooks

    def available_balance(self, *, apart_from: WorkingOrder | None = None) -> Decimal:
        """Return what can back new positions and pay for spot, quote currency.

        Cross wallet, minus losses not realized yet (profits do not count), minus initial margin of
        cross positions and of open orders that could open more, minus what open orders would spend on spot.

        Args:
            apart_from: An open order that is not counted.
        """
        account = self.books.account
        available = account.cross_wallet
        if account.held:
            unrealized = ZERO
            for holding in account.held_cross():
                mark_price = self.books.mark_of(holding.symbol)
                unrealized += holding.position.unrealized_pnl(mark_price)
                available -= holding.initial_margin(mark_price)
            available += min(ZERO, unrealized)
        for desk in self.books.desks.values():
            if desk.orders:
                available -= self._reserved(desk, apart_from, is_buy=True)
                available -= self._reserved(desk, apart_from, is_buy=False)
        return available

    def problem(self, desk: Desk, order: WorkingOrder, quantity: Decimal, price: Decimal) -> Rejection | None:
        """Say why the account cannot carry an order, or return nothing. What only closes is never refused.

        An open order that is about to fill is not counted beside itself.
        """
        holding = self.books.account.holding(order.terms.symbol, order.terms.position_side)
        reducible = holding.reducible_by(is_buy=order.is_buy)
        opening = quantity - reducible
        if order.is_reducing or opening <= 0:
            return None
        if desk.is_spot:
            return self._cash_problem(desk, order, quantity, price)
        return self._leverage_problem(desk, order, holding, opening, price) or self._margin_problem(
            desk, holding, opening, reducible, price
        )

    def _cash_problem(self, desk: Desk, order: WorkingOrder, quantity: Decimal, price: Decimal) -> Rejection | None:
        """Coins are paid in full, with the fee, by cash that backs nothing else."""
        required, available = _price_of_coins(desk, quantity * price), self.available_balance(apart_from=order)
        if required <= available:
            return None
        return Rejection(
            RejectionCode.INSUFFICIENT_BALANCE, f"costs {shortest(required):f}, available is {shortest(available):f}"
        )

    def _leverage_problem(
        self, desk: Desk, order: WorkingOrder, holding: Holding, opening: Decimal, price: Decimal
    ) -> Rejection | None:
        resting, _ = desk.orders.opening(is_buy=order.is_buy)
        same_direction = holding.reducible_by(is_buy=not order.is_buy)
        notional = (same_direction + resting + opening) * price
        notional_max = self.books.schedule_of(desk.symbol).notional_max(holding.leverage)
        if notional <= notional_max:
            return None
        detail = f"notional {notional} is above {notional_max}, the most that leverage {holding.leverage} allows"
        return Rejection(RejectionCode.LEVERAGE_EXCEEDED, detail)

    def _margin_problem(
        self, desk: Desk, holding: Holding, opening: Decimal, closing: Decimal, price: Decimal
    ) -> Rejection | None:
        notional = opening * price
        required = notional / holding.leverage + ceil_cash(notional * desk.market.instrument.fees.taker_rate)
        available = self.available_balance() + self._released(holding, closing)
        if required <= available:
            return None
        return Rejection(RejectionCode.MARGIN_INSUFFICIENT, f"needs {required:f}, available is {available:f}")

    def _released(self, holding: Holding, closing: Decimal) -> Decimal:
        """Return what closing this much sets free, before its fee."""
        if closing == 0:
            return ZERO
        mark_price = self.books.mark_of(holding.symbol)
        if not holding.is_isolated:
            return closing * mark_price / holding.leverage
        equity = holding.isolated_wallet + holding.position.unrealized_pnl(mark_price)
        return equity * closing / abs(holding.position.signed_quantity)

    def _reserved(self, desk: Desk, apart_from: WorkingOrder | None, *, is_buy: bool) -> Decimal:
        quantity, price = desk.orders.opening(is_buy=is_buy, apart_from=apart_from)
        if quantity == 0:
            return ZERO
        if desk.is_spot:
            return _price_of_coins(desk, quantity * max(price, self.books.mark_of(desk.symbol)))
        account = self.books.account
        netted = account.holding(desk.symbol, PositionSide.BOTH).reducible_by(is_buy=is_buy)
        mark_price = self.books.mark_of(desk.symbol)
        return max(quantity - netted, ZERO) * max(price, mark_price) / account.leverage_of(desk.symbol)


def _price_of_coins(desk: Desk, notional: Decimal) -> Decimal:
    return notional + ceil_cash(notional * desk.market.instrument.fees.taker_rate)
