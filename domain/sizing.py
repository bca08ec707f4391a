"""How much to trade on a signal: the place where an estimate becomes an order quantity."""

from decimal import Decimal
from typing import TypeAlias

from attrs import field, frozen, validators

from domain.instrument import Instrument
from domain.numbers import ZERO, exact
from domain.signal import Signal

_positive = validators.gt(ZERO)


@frozen
class FixedQuantity:
    """The same quantity each time.

    Attributes:
        quantity: Base units.
    """

    quantity: Decimal = field(validator=_positive)


@frozen
class EquityFraction:
    """A share of equity as notional, scaled by the strength of the signal.

    Attributes:
        fraction: Notional over equity at full strength; 0.5 means half the equity.
    """

    fraction: Decimal = field(validator=_positive)


@frozen
class RiskFraction:
    """So much that the stop loses a share of equity, capped in notional.

    Attributes:
        fraction: Equity lost at the stop, before costs; 0.01 means one percent.
        leverage_max: Notional over equity that is never passed, however near the stop.
    """

    fraction: Decimal = field(validator=[_positive, validators.lt(Decimal(1))])
    leverage_max: Decimal = field(validator=_positive)


Sizing: TypeAlias = FixedQuantity | EquityFraction | RiskFraction


@frozen
class SizeDecision:
    """A quantity and what it came from.

    Attributes:
        quantity: Base units, whole lots, zero or more.
        reason: Which rule bound it, in words.
    """

    quantity: Decimal
    reason: str


def size_entry(
    sizing: Sizing, signal: Signal, *, equity: Decimal, price: Decimal, instrument: Instrument
) -> SizeDecision:
    """Return how much to hold for an entry signal, base units.

    Rounded down to the lot *before* the minimum is judged; what is then too small for the venue is zero,
    never lifted.

    Args:
        sizing: The rule.
        signal: An entry, not an exit.
        equity: Of the account, quote currency; nothing is opened when it is not positive.
        price: At which the notional is judged, quote per base.
        instrument: Its lot and minima.
    """
    if equity <= 0:
        return SizeDecision(ZERO, f"equity {equity} is not positive")
    wanted, reason = _wanted_quantity(sizing, signal, equity=equity, price=price)
    quantity = min(instrument.floor_quantity(wanted), instrument.floor_quantity(instrument.quantity_max))
    if quantity < instrument.quantity_min or quantity * price < instrument.notional_min:
        return SizeDecision(ZERO, f"{reason}: {quantity} is below the venue's minimum")
    return SizeDecision(quantity, reason)


def _wanted_quantity(sizing: Sizing, signal: Signal, *, equity: Decimal, price: Decimal) -> tuple[Decimal, str]:
    if isinstance(sizing, FixedQuantity):
        return sizing.quantity, "fixed quantity"
    if isinstance(sizing, EquityFraction):
        return equity * sizing.fraction * exact(signal.strength) / price, f"{sizing.fraction} of equity"
    cap = equity * sizing.leverage_max / price
    if signal.stop_distance is None:
        return ZERO, "no stop to size by"
    by_risk = equity * sizing.fraction / exact(signal.stop_distance)
    return (cap, f"leverage {sizing.leverage_max}") if cap < by_risk else (by_risk, f"{sizing.fraction} at risk")
