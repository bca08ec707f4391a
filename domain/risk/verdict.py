"""What the risk gate says of an order: approved, or refused with every reason and its figures."""

from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias

from attrs import frozen

from domain.numbers import shortest
from domain.order import OrderTerms

Figure: TypeAlias = Decimal | float | int | str | None
"""A number that was judged or the limit it was judged by, or words where there is no number; None is unknown."""

_DECIMALS_SHOWN: Final = 8


class RefusalReason(Enum):
    """Why an order was refused. Values are stable: they are stored and alerted on."""

    # By identity: members are single, and `Enum`'s own hash is a Python call.
    __hash__ = object.__hash__

    # The order itself.
    ORDER_NOTIONAL = "order_notional"
    ORDER_QUANTITY = "order_quantity"
    PRICE_COLLAR = "price_collar"
    KNOWN_INTENT = "known_intent"
    DUPLICATE = "duplicate"
    INTENT_STALE = "intent_stale"
    EXPIRED = "expired"
    SELF_TRADE = "self_trade"
    ENVIRONMENT = "environment"

    # The position that it would make.
    POSITION_NOTIONAL = "position_notional"
    CONCENTRATION = "concentration"
    CORRELATED = "correlated"
    STRATEGY_LEVERAGE = "strategy_leverage"
    SHORT_NOT_ALLOWED = "short_not_allowed"
    UNKNOWN_ORDER = "unknown_order"

    # The account as it would be.
    GROSS_LEVERAGE = "gross_leverage"
    NET_LEVERAGE = "net_leverage"
    MARGIN_RATIO = "margin_ratio"
    LIQUIDATION_DISTANCE = "liquidation_distance"
    LIQUIDATION_PROBABILITY = "liquidation_probability"
    VAR_DAILY = "var_daily"
    CVAR_DAILY = "cvar_daily"
    CAPITAL_AT_RISK = "capital_at_risk"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    NO_EQUITY = "no_equity"
    ACCOUNT_UNKNOWN = "account_unknown"
    OPEN_ORDERS = "open_orders"
    UNKNOWN_ORDERS = "unknown_orders"

    # What forbids opening for now: codes of `AccountState.blocks`.
    HALTED = "halted"
    REDUCING = "reducing"
    DAILY_LOSS = "daily_loss"
    WEEKLY_LOSS = "weekly_loss"
    DRAWDOWN = "drawdown"
    DRAWDOWN_LIMIT = "drawdown_limit"
    LOSING_DAYS = "losing_days"
    LOSING_TRADES = "losing_trades"
    STALE_DATA = "stale_data"
    VENUE_UNAVAILABLE = "venue_unavailable"
    RECONCILING = "reconciling"
    INVARIANT_BROKEN = "invariant_broken"
    SELF_CHECK_FAILED = "self_check_failed"
    OPERATOR = "operator"
    KILL_SWITCH = "kill_switch"
    BLOCKED = "blocked"

    # How much is sent.
    MESSAGES_PER_SECOND = "messages_per_second"
    MESSAGES_PER_10_SECONDS = "messages_per_10_seconds"
    MESSAGES_PER_MINUTE = "messages_per_minute"
    ORDERS_PER_FILL = "orders_per_fill"
    ENTRIES_PER_HOUR = "entries_per_hour"
    STRATEGY_STOPPED = "strategy_stopped"

    # What is traded, and how fresh what is known of it is.
    UNKNOWN_INSTRUMENT = "unknown_instrument"
    SYMBOL_NOT_ALLOWED = "symbol_not_allowed"
    SUSPENDED = "suspended"
    POSITION_MODE = "position_mode"
    NO_PRICE = "no_price"
    PRICE_STALE = "price_stale"
    ACCOUNT_STALE = "account_stale"
    CLOCK_OFFSET = "clock_offset"

    # What the venue itself would not take.
    VENUE_QUANTITY = "venue_quantity"
    VENUE_PRICE = "venue_price"
    BELOW_MINIMUM = "below_minimum"
    LEVERAGE_BRACKET = "leverage_bracket"

    # Not of the gate's clauses.
    GIVEN_UP = "given_up"
    GATE_ERROR = "gate_error"


@frozen
class Breach:
    """One limit that an order broke, with its figures.

    Attributes:
        reason: Stable code.
        subject: What was judged, in words.
        value: How much of it there would be; None where it is unknown.
        limit: What is allowed; None where nothing is.
        is_minimum: Whether at least as much as the limit is needed, instead of at most.
    """

    reason: RefusalReason
    subject: str
    value: Figure = None
    limit: Figure = None
    is_minimum: bool = False

    @property
    def text(self) -> str:
        """One line for people, such as ``gross leverage 3.4 of at most 3``."""
        if self.limit is None:
            return self.subject if self.value is None else f"{self.subject}: {_shown(self.value)}"
        bound = f"{'at least' if self.is_minimum else 'at most'} {_shown(self.limit)}"
        if self.value is None:
            return f"{self.subject} unknown, {bound} allowed"
        return f"{self.subject} {_shown(self.value)} of {bound}"


@frozen
class Approved:
    """Terms that passed every limit. Only the gate makes these."""

    terms: OrderTerms


@frozen
class Refused:
    """Terms that broke at least one limit.

    Attributes:
        terms: What was to be ordered.
        reasons: Every reason, each once, in the sequence of the clauses.
        breaches: The figures behind the reasons, in the same sequence.
    """

    terms: OrderTerms
    reasons: tuple[RefusalReason, ...]
    breaches: tuple[Breach, ...] = ()

    @property
    def text(self) -> str:
        """All breaches in one line."""
        return "; ".join(breach.text for breach in self.breaches)


def _shown(figure: Figure) -> str:
    if isinstance(figure, Decimal) and figure.is_finite() and abs(figure.adjusted()) <= _DECIMALS_SHOWN * 2:
        return f"{shortest(round(figure, _DECIMALS_SHOWN)):f}"
    return f"{figure:.8g}" if isinstance(figure, float) else str(figure)
