"""One strategy's share of the position in one instrument, and the trade it is part of."""

from collections.abc import Callable
from decimal import Decimal

from attrs import define, field

from application.ports.strategy import Strategy
from application.trading.inner_stops import InnerStop, RefusedExit
from application.trading.records import ExitReason, RoundTrip
from application.trading.shadow_record import ShadowRecord
from application.trading.share_exits import ShareExits
from domain.as_of import AsOfView
from domain.market import Bar
from domain.numbers import ZERO, exact, round_cash
from domain.order import ClientOrderId, Fill
from domain.position import Position
from domain.signal import Signal
from domain.sizing import Sizing


@define(eq=False)
class OpenTrade:
    """The round trip that a share is in, as it builds up."""

    direction: int
    entered_at_ns: int
    gross_pnl_before: Decimal
    stop_distance: Decimal | None = None
    opened_quantity: Decimal = ZERO
    opened_cost: Decimal = ZERO
    closed_quantity: Decimal = ZERO
    closed_proceeds: Decimal = ZERO
    largest: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    slippage: Decimal = ZERO


@define(eq=False)
class Share:
    """A strategy in one instrument: what it wants, what it holds, and what protects it.

    The shares of an instrument sum to the account's position.

    Attributes:
        name: The strategy's name.
        strategy: The strategy itself.
        sizing: How its entries are sized.
        view: What it may see.
        position: What it holds.
        target: What it wants to hold, base units, signed.
        stop_distance: Of its present entry, quote per base; None for no stop.
        target_distance: Of its present entry; None for no target.
        exit_reason: Why it is being closed, once it is.
        stop_id: Working stop order.
        take_profit_id: Working target order.
        shadow: What its signals would have done by themselves; None where no size depends on it.
        is_leg: Whether it is one leg of a pair, which gets nothing that nobody wants while another can take it.
        decided_at_ns: When it was decided what it wants.
        inner_stop: The stop that is kept for it here, where the venue has none or another one.
        refused_exits: Its stop and targets that were not taken, the last one of each, by purpose or place of the rung.
        is_guarded: Whether a stop of its present trade has stood, at the venue or here.
        exits: Its exit plan; None for the stop and the target of its signals and nothing else.
        followers: Are told of each bar that closes, in this sequence, before the strategy is asked about it.
        on_bar: The strategy's own, bound once for the path that every bar takes; says nothing once that has failed.
    """

    name: str
    strategy: Strategy
    sizing: Sizing
    view: AsOfView
    position: Position
    target: Decimal = ZERO
    stop_distance: float | None = None
    target_distance: float | None = None
    exit_reason: ExitReason = ExitReason.SIGNAL
    stop_id: ClientOrderId | None = None
    take_profit_id: ClientOrderId | None = None
    decided_at_ns: int = 0
    inner_stop: InnerStop | None = None
    refused_exits: dict[object, RefusedExit] = field(factory=dict)
    is_guarded: bool = False
    exits: ShareExits | None = None
    shadow: ShadowRecord | None = None
    is_leg: bool = False
    followers: tuple[Callable[[Bar], None], ...] = field(default=(), init=False, repr=False)
    on_bar: Callable[[AsOfView], Signal | None] = field(init=False, repr=False)
    _trade: OpenTrade | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.on_bar = self.strategy.on_bar

    @property
    def held(self) -> Decimal:
        """What it holds, base units, signed."""
        return self.position.signed_quantity

    @property
    def needs_no_protection(self) -> bool:
        """Whether it neither has nor wants a stop or a target."""
        if self.exits is not None:
            has_none = self.stop_id is None and self.inner_stop is None
            return self.held == 0 and has_none and not self.exits.rung_ids
        wants_none = self.stop_distance is None and self.target_distance is None
        has_none = self.stop_id is None and self.inner_stop is None and self.take_profit_id is None
        return wants_none and has_none

    @property
    def missing(self) -> Decimal:
        """What must be traded to reach the target, base units, signed."""
        return self.target - self.position.signed_quantity

    def apply(
        self, signed_quantity: Decimal, price: Decimal, *, fill: Fill | None, at_ns: int, fee: Decimal
    ) -> list[RoundTrip]:
        """Book a part of a fill (or, without one, an internal crossing) and return the trades it ended."""
        closed: list[RoundTrip] = []
        held = self.held
        if held != 0 and (held > 0) != (signed_quantity > 0) and abs(signed_quantity) > abs(held):
            # A flip is two trades: fees go with the quantity, the opening part takes what is left.
            fee_closing = round_cash(fee * abs(held) / abs(signed_quantity))
            closed += self._book(-held, price, fill, at_ns, fee_closing)
            signed_quantity, fee = signed_quantity + held, fee - fee_closing
        return closed + self._book(signed_quantity, price, fill, at_ns, fee)

    def _book(
        self, signed_quantity: Decimal, price: Decimal, fill: Fill | None, at_ns: int, fee: Decimal
    ) -> list[RoundTrip]:
        if self._trade is None:
            direction = 1 if signed_quantity > 0 else -1
            self._trade = OpenTrade(direction, at_ns, self.position.realized_pnl)
        trade = self._trade
        self.position.fill(signed_quantity, price)
        quantity = abs(signed_quantity)
        if (signed_quantity > 0) == (trade.direction > 0):
            trade.opened_quantity += quantity
            trade.opened_cost += quantity * price
            trade.largest = max(trade.largest, abs(self.held))
            self._note_opening(trade, at_ns)
        else:
            trade.closed_quantity += quantity
            trade.closed_proceeds += quantity * price
        trade.fees += fee
        if fill is not None:
            trade.slippage += signed_quantity * (price - fill.reference_price)
        self.view.held_quantity = self.held
        if not self.position.is_flat:
            return []
        self._trade, self.is_guarded = None, False
        self.refused_exits.clear()
        closed = self._round_trip(trade, exited_at_ns=at_ns)
        if self.exits is not None:
            self.exits.note_end()
        return [closed]

    def _note_opening(self, trade: OpenTrade, at_ns: int) -> None:
        """Let the exit plan know, and note how far the stop is with which the trade begins."""
        entry_price = self.position.entry_price
        if self.exits is not None and entry_price is not None:
            self.exits.note_opening(trade.direction, abs(self.held), entry_price, at_ns)
        if trade.stop_distance is None and self.target * trade.direction > 0:
            # What nobody wants to enter, such as a stop that overtook another exit, has no stop of its own.
            trade.stop_distance = self._initial_stop_distance()

    def _initial_stop_distance(self) -> Decimal | None:
        if self.exits is not None:
            return None if self.exits.state is None else self.exits.state.stop_distance
        return None if self.stop_distance is None else exact(self.stop_distance)

    def book_funding(self, payment: Decimal) -> None:
        """Add a funding payment to the open trade."""
        if self._trade is not None:
            self._trade.funding += payment

    def open_round_trip(self) -> RoundTrip | None:
        """Return the trade that is still open, None when flat."""
        return None if self._trade is None else self._round_trip(self._trade, exited_at_ns=None)

    def _round_trip(self, trade: OpenTrade, *, exited_at_ns: int | None) -> RoundTrip:
        return RoundTrip(
            strategy=self.name,
            symbol=self.position.symbol,
            direction=trade.direction,
            quantity=trade.largest,
            entered_at_ns=trade.entered_at_ns,
            entry_price=trade.opened_cost / trade.opened_quantity,
            exited_at_ns=exited_at_ns,
            exit_price=trade.closed_proceeds / trade.closed_quantity if trade.closed_quantity else None,
            gross_pnl=self.position.realized_pnl - trade.gross_pnl_before,
            fees=trade.fees,
            funding=trade.funding,
            slippage=trade.slippage,
            exit_reason=self.exit_reason if exited_at_ns is not None else None,
            initial_risk=None if trade.stop_distance is None else trade.largest * trade.stop_distance,
            rungs_taken=0 if self.exits is None else self.exits.n_rungs_taken,
        )
