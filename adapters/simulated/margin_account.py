"""The trading account: its books, its positions, and the wallets that isolated ones have."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from attrs import Factory, define, field

from domain.instrument import is_spot
from domain.ledger import AccountLedger
from domain.numbers import ZERO, round_cash
from domain.order import PositionSide
from domain.position import Position

PositionKey: TypeAlias = tuple[str, PositionSide]
MarkOf: TypeAlias = Callable[[str], Decimal]


@define(eq=False)
class Holding:
    """One position and the money set apart for it.

    Attributes:
        symbol: Instrument.
        position_side: BOTH in one-way mode.
        leverage: The setting that decides its initial margin.
        is_isolated: Whether only its own wallet stands behind it.
        position: What is held.
        isolated_wallet: That wallet, quote currency; zero in cross margin. Of spot it is what the holding cost: paid
            in full, so that it backs nothing else, and nothing else backs it.
        is_spot: Whether it is coins that were bought, which are never liquidated.
    """

    symbol: str
    position_side: PositionSide
    leverage: int
    is_isolated: bool
    position: Position = field(init=False)
    isolated_wallet: Decimal = field(default=ZERO, init=False)
    is_spot: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.position = Position(self.symbol)
        self.is_spot = is_spot(self.symbol)

    def reducible_by(self, *, is_buy: bool) -> Decimal:
        """Return the quantity that an order of this side can close."""
        held = self.position.signed_quantity
        return max(-held if is_buy else held, ZERO)

    def initial_margin(self, mark_price: Decimal) -> Decimal:
        """Return notional at the mark over the leverage setting."""
        return abs(self.position.signed_quantity) * mark_price / self.leverage


@define(eq=False)
class TradingAccount:
    """One customer of the venue.

    The isolated wallets, and what spot cost, are parts of the ledger's one wallet balance; what is left of it is
    the cross wallet, which stands behind all cross positions together and pays for more spot.

    Attributes:
        leverage_of: Leverage setting of an instrument.
        is_isolated: Whether positions in an instrument have wallets of their own.
        ledger: The books.
        held: Holdings that are not flat, in the sequence in which they were opened.
    """

    leverage_of: Callable[[str], int]
    is_isolated: Callable[[str], bool]
    ledger: AccountLedger = Factory(AccountLedger)
    held: dict[PositionKey, Holding] = Factory(dict)
    _holdings: dict[PositionKey, Holding] = Factory(dict)

    @property
    def cross_wallet(self) -> Decimal:
        """Cash that is neither set apart for isolated positions nor spent on spot, quote currency."""
        wallet = self.ledger.wallet_balance
        for holding in self.held.values():
            wallet -= holding.isolated_wallet
        return wallet

    def holding(self, symbol: str, position_side: PositionSide) -> Holding:
        """Return what is held there, flat if nothing ever was."""
        key = (symbol, position_side)
        holding = self._holdings.get(key)
        if holding is None:
            holding = Holding(symbol, position_side, self.leverage_of(symbol), self.is_isolated(symbol))
            self._holdings[key] = holding
        return holding

    def held_in(self, symbol: str) -> list[Holding]:
        """Return the holdings of one instrument that are not flat."""
        return [holding for holding in self.held.values() if holding.symbol == symbol]

    def held_cross(self) -> list[Holding]:
        """Return the holdings that share the cross wallet."""
        return [holding for holding in self.held.values() if not holding.is_isolated]

    def unrealized_pnl(self, mark_of: MarkOf) -> Decimal:
        """Return the profit of closing everything at the marks, before fees."""
        return sum((holding.position.unrealized_pnl(mark_of(holding.symbol)) for holding in self.held.values()), ZERO)

    def fill(self, holding: Holding, signed_quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book one execution of the account's own order.

        An isolated position takes the initial margin of what it opens from the cross wallet, and gives
        back its share when it closes. Fees and realized PnL belong to the cross wallet, so what stays
        open keeps its liquidation price. Spot takes its whole cost from the cross wallet, and a sale gives back what
        the coins cost and what they gained.
        """
        held_before = holding.position.signed_quantity
        realized = holding.position.fill(signed_quantity, price)
        self.ledger.book_fill(realized, fee)
        if holding.is_spot:
            holding.isolated_wallet = holding.position.cost
        elif holding.is_isolated:
            _move_isolated_margin(holding, held_before, price)
        self._note(holding)

    def pay_funding(self, holding: Holding, payment: Decimal) -> None:
        """Book a funding payment: positive received, negative paid."""
        self.ledger.book_funding(payment)
        if holding.is_isolated:
            holding.isolated_wallet += payment

    def liquidate(
        self, holding: Holding, signed_quantity: Decimal, price: Decimal, *, fee: Decimal, liquidation_fee: Decimal
    ) -> Decimal:
        """Book one slice of a liquidation, which only the position's own wallet pays for.

        Returns:
            The loss beyond bankruptcy, quote currency, that the insurance fund has to take over: what
            the wallet behind the position lacks once nothing that it stands behind is left.
        """
        realized = holding.position.fill(signed_quantity, price)
        self.ledger.book_fill(realized, fee)
        self.ledger.book_liquidation_fee(liquidation_fee)
        if holding.is_isolated:
            holding.isolated_wallet += realized - fee - liquidation_fee
        shortfall = self._shortfall(holding)
        if shortfall > 0:
            self.ledger.book_insurance(shortfall)
        if holding.position.is_flat:
            holding.isolated_wallet = ZERO
        self._note(holding)
        return shortfall

    def _shortfall(self, holding: Holding) -> Decimal:
        if not holding.position.is_flat:
            return ZERO
        if holding.is_isolated:
            return max(-holding.isolated_wallet, ZERO)
        if any(not other.is_isolated and other is not holding for other in self.held.values()):
            return ZERO
        return max(-self.cross_wallet, ZERO)

    def _note(self, holding: Holding) -> None:
        key = (holding.symbol, holding.position_side)
        if holding.position.is_flat:
            self.held.pop(key, None)
        else:
            self.held[key] = holding


def _move_isolated_margin(holding: Holding, held_before: Decimal, price: Decimal) -> None:
    held = holding.position.signed_quantity
    kept = held if (held > 0) == (held_before > 0) else ZERO
    if abs(kept) < abs(held_before):
        holding.isolated_wallet = round_cash(holding.isolated_wallet * kept / held_before)
        held_before = kept
    opened = abs(held) - abs(held_before)
    if opened > 0:
        holding.isolated_wallet += round_cash(opened * price / holding.leverage)
