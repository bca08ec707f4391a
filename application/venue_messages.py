"""What a venue is told and what it reports, in its words and ours."""

from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from attrs import frozen

from domain.order import ClientOrderId, Fill, PositionSide
from domain.risk.verdict import Approved


class RejectionCode(Enum):
    """Why a venue did not take an order; named for the rule, with the venue's number where it has one."""

    FILTER = "filter"
    MARGIN_INSUFFICIENT = "margin_insufficient"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    LEVERAGE_EXCEEDED = "leverage_exceeded"
    REDUCE_ONLY = "reduce_only"
    WOULD_TAKE = "would_take"
    WOULD_TRIGGER = "would_trigger"
    FOK_NOT_FILLABLE = "fok_not_fillable"
    POSITION_MODE = "position_mode"
    DUPLICATE_ID = "duplicate_id"
    UNKNOWN_ORDER = "unknown_order"
    EXPIRY_TIME = "expiry_time"


class ExpiryReason(Enum):
    """Why a venue closed the remainder of an order on its own."""

    IOC_REMAINDER = "ioc_remainder"
    MARKET_REMAINDER = "market_remainder"
    TIME = "time"
    REDUCE_ONLY = "reduce_only"
    MARGIN = "margin"
    LIQUIDATION = "liquidation"


@frozen
class OrderAccepted:
    """The venue has the order."""

    client_order_id: ClientOrderId
    at_ns: int


@frozen
class OrderRejected:
    """The venue did not take the order; it leaves nothing behind."""

    client_order_id: ClientOrderId
    at_ns: int
    code: RejectionCode
    detail: str


@frozen
class OrderTriggered:
    """A conditional order became a market order for this quantity."""

    client_order_id: ClientOrderId
    at_ns: int
    quantity: Decimal


@frozen
class OrderFilled:
    """One execution."""

    fill: Fill


@frozen
class OrderCanceled:
    """The remainder was canceled on request."""

    client_order_id: ClientOrderId
    at_ns: int


@frozen
class OrderExpired:
    """The remainder was closed by the venue's rules."""

    client_order_id: ClientOrderId
    at_ns: int
    reason: ExpiryReason


@frozen
class CancelRejected:
    """A cancel found no open order; what became of it was or will be reported by itself."""

    client_order_id: ClientOrderId
    at_ns: int


@frozen
class FundingPaid:
    """One position met one funding settlement.

    Attributes:
        symbol: Instrument.
        position_side: Which position.
        at_ns: The funding time.
        signed_quantity: Held at that instant, base units.
        mark_price: At which it was valued.
        rate: Fraction of notional; positive: longs pay.
        payment: Received (positive) or paid (negative), quote currency.
        is_assumed: The rate is an assumption of the configuration, not a published one.
    """

    symbol: str
    position_side: PositionSide
    at_ns: int
    signed_quantity: Decimal
    mark_price: Decimal
    rate: Decimal
    payment: Decimal
    is_assumed: bool


@frozen
class PositionLiquidated:
    """The venue closed a position, or a part of it, because margin ran out.

    Attributes:
        fill: The closing execution; its order is the venue's own (``autoclose-…``) and its fee the taker fee.
        position_side: Which position.
        mark_price: The mark that triggered it.
        liquidation_fee: Charged on top, quote currency.
        insurance: Loss beyond bankruptcy that the insurance fund took over, quote currency.
    """

    fill: Fill
    position_side: PositionSide
    mark_price: Decimal
    liquidation_fee: Decimal
    insurance: Decimal


VenueReport: TypeAlias = (
    OrderAccepted
    | OrderRejected
    | OrderTriggered
    | OrderFilled
    | OrderCanceled
    | OrderExpired
    | CancelRejected
    | FundingPaid
    | PositionLiquidated
)


@frozen
class PlaceOrder:
    """Send an order that the risk gate has approved."""

    client_order_id: ClientOrderId
    approval: Approved
    at_ns: int


@frozen
class CancelOrder:
    """Ask the venue to close the remainder of an order."""

    client_order_id: ClientOrderId
    symbol: str
    at_ns: int


Command: TypeAlias = PlaceOrder | CancelOrder
