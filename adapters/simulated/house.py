"""The other side of every trade: whatever the account pays, somebody in the house receives."""

from decimal import Context, Decimal
from typing import Final

from attrs import Factory, define

from domain.numbers import ZERO

EXACT: Final = Context(prec=100)
"""Sums over many scales, without rounding and without touching the caller's decimal context."""


@define(eq=False)
class MarketMaker:
    """The counterparty in one instrument: its cash from trading, and what it holds.

    It keeps plain cash flows, no entry prices, so that its equity does not depend on the
    arithmetic of positions that it is there to check.
    """

    cash: Decimal = ZERO
    signed_quantity: Decimal = ZERO

    def trade(self, signed_quantity: Decimal, price: Decimal) -> None:
        """Take the other side of the account's fill."""
        self.cash = EXACT.fma(signed_quantity, price, self.cash)
        self.signed_quantity -= signed_quantity

    def equity(self, mark_price: Decimal) -> Decimal:
        """Return cash plus holdings at the mark, quote currency."""
        return EXACT.fma(self.signed_quantity, mark_price, self.cash)


@define(eq=False)
class House:
    """Every balance of the venue that is not the account's, quote currency.

    Attributes:
        makers: Counterparty of each instrument.
        fee_income: Trading fees received.
        funding: Received from the account by funding, minus paid to it: the other holders' side.
        insurance_fund: Liquidation fees received, minus losses taken over; can be negative.
    """

    makers: dict[str, MarketMaker] = Factory(dict)
    fee_income: Decimal = ZERO
    funding: Decimal = ZERO
    insurance_fund: Decimal = ZERO

    def trade(self, symbol: str, signed_quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Take the other side of one fill and its fee."""
        maker = self.makers.get(symbol)
        if maker is None:
            maker = self.makers[symbol] = MarketMaker()
        maker.trade(signed_quantity, price)
        self.fee_income += fee
