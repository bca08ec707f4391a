"""What the risk gate says of an order: approved, or refused with every reason."""

from enum import Enum

from attrs import frozen

from domain.order import OrderTerms


class RefusalReason(Enum):
    """Why an order was refused. Values are stable: they are stored and alerted on."""

    ORDER_NOTIONAL = "order_notional"
    GROSS_LEVERAGE = "gross_leverage"
    HALTED = "halted"
    NO_PRICE = "no_price"
    ACCOUNT_UNKNOWN = "account_unknown"
    SUSPENDED = "suspended"
    BELOW_MINIMUM = "below_minimum"
    GIVEN_UP = "given_up"
    GATE_ERROR = "gate_error"


@frozen
class Approved:
    """Terms that passed every limit. Only `RiskPolicy` makes these."""

    terms: OrderTerms


@frozen
class Refused:
    """Terms that broke at least one limit."""

    terms: OrderTerms
    reasons: tuple[RefusalReason, ...]
