"""What the risk gate is told when it judges one order: plain values, at the worst case of what is working.

Whoever makes a snapshot counts as *working* everything that may still fill: orders that rest, orders on their
way, and orders of which it is unknown whether the venue has them.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum

from attrs import Factory, evolve, frozen

from domain.instrument import Instrument
from domain.margin import MarginMode
from domain.numbers import ZERO
from domain.order import OrderTerms, PositionSide


class Environment(Enum):
    """Whose money it is. Values are stored; keys, hosts and records of different environments never mix."""

    BACKTEST = "backtest"
    PAPER = "paper"
    TESTNET = "testnet"
    LIVE = "live"


@frozen(kw_only=True)
class OrderIntent:
    """An order that somebody wants, before it is sent.

    Attributes:
        intent_id: Name of the intent; never the same for two.
        terms: What is to be ordered.
        strategy: Whose decision it is; of a net order of several, all their names.
        purpose: What it is for, such as ``open`` or ``stop``.
        decided_at_ns: When it was decided.
        environment: Where it was decided.
    """

    intent_id: str
    terms: OrderTerms
    strategy: str
    purpose: str
    decided_at_ns: int
    environment: Environment = Environment.BACKTEST


@frozen(kw_only=True)
class InstrumentState:
    """The instrument of the order.

    In hedge mode each position side is an instrument of its own: here stands the side that the order names, and
    the other one counts among everything else in the account.

    Attributes:
        instrument: Its trading rules now.
        held_quantity: Base units; positive long, negative short.
        working_buys: What working buy orders could still open, base units.
        working_sells: The same for sells.
        mark_price: At which it is valued, quote per base; None if unknown.
        mark_at_ns: When the mark was made.
        last_price: Price of the last trade, quote per base; None if unknown.
        last_at_ns: When that was.
        resting_buy_max: Highest price of our own resting buy orders; None without any. What waits for a trigger
            does not rest.
        resting_sell_min: Lowest price of our own resting sell orders; None without any.
        unknown_buys: Buy orders of which it is unknown whether the venue has them.
        unknown_sells: The same for sells.
        isolated_equity: In isolated mode what backs the position: its own wallet plus unrealized PnL, quote currency.
        is_trading: Whether the venue takes orders that open, and we have not suspended it.
    """

    instrument: Instrument
    held_quantity: Decimal
    working_buys: Decimal = ZERO
    working_sells: Decimal = ZERO
    mark_price: Decimal | None
    mark_at_ns: int = 0
    last_price: Decimal | None = None
    last_at_ns: int = 0
    resting_buy_max: Decimal | None = None
    resting_sell_min: Decimal | None = None
    unknown_buys: int = 0
    unknown_sells: int = 0
    isolated_equity: Decimal = ZERO
    is_trading: bool = True

    @property
    def mirrored(self) -> "InstrumentState":
        """The same with longs and shorts, buys and sales exchanged."""
        return evolve(
            self,
            held_quantity=-self.held_quantity,
            working_buys=self.working_sells,
            working_sells=self.working_buys,
            resting_buy_max=self.resting_sell_min,
            resting_sell_min=self.resting_buy_max,
            unknown_buys=self.unknown_sells,
            unknown_sells=self.unknown_buys,
        )


@frozen(kw_only=True)
class AccountState:
    """The account, and everything in it but the instrument of the order.

    Attributes:
        equity: Wallet balance plus unrealized PnL, quote currency; can be negative.
        at_ns: When it was last heard of.
        long_notional: Worst-case value of what is held long elsewhere, quote currency, never negative.
        short_notional: The same for shorts.
        gross_notional: Worst-case gross value elsewhere; not more than the two together.
        long_kept: Value of the longs elsewhere that stay whatever fills, which shorts are netted with; never negative.
        short_kept: The same for shorts, which longs are netted with.
        alike_if_long: Worst-case value elsewhere that would lose together with a long position here.
        alike_if_short: The same for a short position.
        maintenance_margin: Of everything elsewhere at its worst case.
        spot_notional: Worst-case value of spot elsewhere, which is part of the longs and of the gross value: what it
            is worth, or what its orders will cost, backs no contract.
        cash: What can pay for spot: the wallet less what spot cost, what contracts lose now and ask for as initial
            margin, and what working orders may still spend, the order that is judged left out; quote currency. None
            where nobody asks for it.
        strategy_notional: Gross value of each strategy that this order is for, once it has all that it wants.
        strategy_notional_before: The same without this order; a strategy that is missing has nothing.
        open_orders: Orders that may still fill.
        unknown_orders: Those of them of which it is unknown whether the venue has them.
        margin_mode: Whether positions share the wallet.
        leverage: Setting at the venue, which decides the margin of isolated positions.
        position_sides: Those that orders may name in the account's position mode.
        clock_offset_s: Our clock minus the venue's, seconds.
        environment: Where the account is.
        blocks: What forbids opening now, for example a loss limit that was passed: stable codes.
    """

    equity: Decimal
    at_ns: int = 0
    long_notional: Decimal = ZERO
    short_notional: Decimal = ZERO
    gross_notional: Decimal = ZERO
    long_kept: Decimal = ZERO
    short_kept: Decimal = ZERO
    alike_if_long: Decimal = ZERO
    alike_if_short: Decimal = ZERO
    maintenance_margin: Decimal = ZERO
    spot_notional: Decimal = ZERO
    cash: Decimal | None = None
    strategy_notional: Mapping[str, Decimal] = Factory(dict)
    strategy_notional_before: Mapping[str, Decimal] = Factory(dict)
    open_orders: int = 0
    unknown_orders: int = 0
    margin_mode: MarginMode = MarginMode.CROSS
    leverage: int = 1
    position_sides: frozenset[PositionSide] = frozenset({PositionSide.BOTH})
    clock_offset_s: float = 0.0
    environment: Environment = Environment.BACKTEST
    blocks: tuple[str, ...] = ()

    @property
    def contract_notional(self) -> Decimal:
        """Worst-case gross value of the contracts elsewhere, quote currency."""
        return self.gross_notional - self.spot_notional

    @property
    def is_isolated(self) -> bool:
        """Whether each position has a margin of its own."""
        return self.margin_mode is MarginMode.ISOLATED

    @property
    def mirrored(self) -> "AccountState":
        """The same with longs and shorts exchanged."""
        return evolve(
            self,
            long_notional=self.short_notional,
            short_notional=self.long_notional,
            long_kept=self.short_kept,
            short_kept=self.long_kept,
            alike_if_long=self.alike_if_short,
            alike_if_short=self.alike_if_long,
        )


@frozen(kw_only=True)
class ActivityState:
    """What was sent lately.

    Attributes:
        messages_last_second: Orders and cancels sent within the last second.
        messages_last_10_seconds: Within the last ten.
        messages_last_minute: Within the last minute.
        orders_today: Orders sent within the last 24 hours.
        fills_today: Orders of these that were filled at least in part.
        is_known_intent: Whether an order of the same intent was sent before.
        is_repeated: Whether the same order of the same strategy for the same purpose was sent within the window.
        entries_last_hour: Most openings within the last hour of a strategy that this order is for.
        is_strategy_stopped: Whether one of these strategies was stopped until a human lets it go on.
    """

    messages_last_second: int = 0
    messages_last_10_seconds: int = 0
    messages_last_minute: int = 0
    orders_today: int = 0
    fills_today: int = 0
    is_known_intent: bool = False
    is_repeated: bool = False
    entries_last_hour: int = 0
    is_strategy_stopped: bool = False


@frozen(kw_only=True)
class Projection:
    """Estimates for the account as it would be with the order filled; fractions of equity. None is unknown.

    Attributes:
        var_daily: Value at risk over a day.
        cvar_daily: Expected shortfall over a day.
        liquidation_probability: Of a liquidation within 24 hours.
        capital_at_risk: Loss if every stop is jumped over in one move.
    """

    var_daily: float | None = None
    cvar_daily: float | None = None
    liquidation_probability: float | None = None
    capital_at_risk: float | None = None


@frozen(kw_only=True)
class RiskSnapshot:
    """All that the gate is told besides the order.

    Attributes:
        now_ns: When it is judged.
        instrument: The instrument of the order.
        account: The account and everything else in it.
        activity: What was sent lately.
        projection: Estimates with the order filled, and
        projection_before: without it: what an order does not worsen it is not refused for.
    """

    now_ns: int
    instrument: InstrumentState
    account: AccountState
    activity: ActivityState = ActivityState()
    projection: Projection = Projection()
    projection_before: Projection = Projection()

    @property
    def mirrored(self) -> "RiskSnapshot":
        """The same with longs and shorts, buys and sales exchanged."""
        return evolve(self, instrument=self.instrument.mirrored, account=self.account.mirrored)
