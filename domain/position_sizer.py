"""How large a position may be: the smallest of what is wanted and what each limit leaves, and why.

Two kinds of candidates meet. *Appetites* say how much one would like (the strategy's own rule, Kelly, risk per
trade); they are scaled by strength and confidence of the signal, by correlation with what is held, by the drawdown
ladder, and by the part of the account that the strategy may use. *Allowances* say how much a limit leaves; nothing
scales them up or down. The quantity is the smallest of all, rounded down to the lot before the venue's minimum is
judged: what is then too small is nothing.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum

from attrs import field, frozen, validators

from domain.instrument import Instrument
from domain.numbers import ZERO, exact

_factor = [validators.ge(0.0), validators.le(1.0)]


class Constraint(Enum):
    """What can bind a size. Values are stable: they are stored and counted."""

    # By identity: members are single, and `Enum`'s own hash is a Python call.
    __hash__ = object.__hash__

    RULE = "rule"
    KELLY = "kelly"
    RISK_PER_TRADE = "risk_per_trade"
    VAR_BUDGET = "var_budget"
    CVAR_BUDGET = "cvar_budget"
    LIQUIDATION_SAFETY = "liquidation_safety"
    MARGIN_RATIO = "margin_ratio"
    CAPITAL_AT_RISK = "capital_at_risk"
    CONCENTRATION = "concentration"
    CORRELATED = "correlated"
    POSITION_NOTIONAL = "position_notional"
    STRATEGY_LEVERAGE = "strategy_leverage"
    LEVERAGE = "leverage"
    NET_LEVERAGE = "net_leverage"
    ORDER_NOTIONAL = "order_notional"
    ORDER_QUANTITY = "order_quantity"
    SHORT_NOT_ALLOWED = "short_not_allowed"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    VENUE_MAXIMUM = "venue_maximum"
    VENUE_MINIMUM = "venue_minimum"
    EQUITY = "equity"
    NO_PRICE = "no_price"
    ESTIMATE_MISSING = "estimate_missing"
    BLOCKED = "blocked"
    ALLOCATION = "allocation"
    UNHEDGED = "unhedged"


@frozen
class Candidate:
    """One quantity that a rule or a limit leads to.

    Attributes:
        constraint: Which.
        quantity: Base units, not rounded; infinite if it does not bind.
        detail: How it came about, with the numbers.
    """

    constraint: Constraint
    quantity: Decimal
    detail: str


@frozen(kw_only=True)
class Scaling:
    """What appetites are multiplied with, each from 0 to 1.

    Attributes:
        strength: Of the signal.
        confidence: Of the signal.
        correlation: Less where the new position would move with those held.
        drawdown: Of the drawdown ladder's level.
        allocation: Part of the account that the strategy may use.
    """

    strength: float = field(default=1.0, validator=_factor)
    confidence: float = field(default=1.0, validator=_factor)
    correlation: float = field(default=1.0, validator=_factor)
    drawdown: float = field(default=1.0, validator=_factor)
    allocation: float = field(default=1.0, validator=_factor)

    @property
    def factor(self) -> Decimal:
        """All of them together, exactly."""
        factor = exact(self.strength) * exact(self.confidence) * exact(self.correlation) * exact(self.drawdown)
        return factor if self.allocation == 1.0 else factor * exact(self.allocation)

    @property
    def in_words(self) -> str:
        """The factors, for people."""
        parts = (
            f"strength {self.strength:.2f}",
            f"confidence {self.confidence:.2f}",
            f"correlation {self.correlation:.2f}",
            f"drawdown {self.drawdown:.2f}",
            f"allocation {self.allocation:.2f}",
        )
        return " × ".join(parts)


@frozen(kw_only=True)
class SizeDecision:
    """A quantity, and all that it was chosen from.

    Attributes:
        quantity: Base units, whole lots, zero or more.
        bound: The candidate that it was chosen by.
        candidates: Every candidate, appetites after scaling, in the order in which they were judged.
        scaling: What the appetites were multiplied with.
    """

    quantity: Decimal
    bound: Candidate
    candidates: tuple[Candidate, ...]
    scaling: Scaling

    @property
    def binding(self) -> Constraint:
        """The constraint that it was chosen by."""
        return self.bound.constraint

    @property
    def listed(self) -> tuple[tuple[str, float], ...]:
        """Code and quantity of every candidate, an estimate of the exact one; infinite where it does not bind."""
        return tuple([(each.constraint.value, float(each.quantity)) for each in self.candidates])

    @property
    def reason(self) -> str:
        """In words, with the numbers: ``leverage: 3 of equity 10000.00, 0.00 elsewhere``."""
        return f"{self.binding.value}: {self.bound.detail}"


def no_size(constraint: Constraint, detail: str) -> SizeDecision:
    """Return the decision that nothing may be held, for one reason that needs no comparison."""
    bound = Candidate(constraint, ZERO, detail)
    return SizeDecision(quantity=ZERO, bound=bound, candidates=(bound,), scaling=Scaling())


def decide_size(
    appetites: Sequence[Candidate],
    allowances: Iterable[Candidate],
    scaling: Scaling,
    *,
    price: Decimal,
    instrument: Instrument,
) -> SizeDecision:
    """Return how much to hold, base units.

    Args:
        appetites: How much one would like, unscaled; at least one.
        allowances: How much each limit leaves.
        scaling: Of the appetites.
        price: At which the venue's minimum value is judged, quote per base.
        instrument: Its lot, minima and maximum.

    Raises:
        ValueError: Nobody wants anything.
    """
    if not appetites:
        raise ValueError("a size needs at least one appetite")
    factor = scaling.factor
    scaled = [Candidate(each.constraint, each.quantity * factor, each.detail) for each in appetites]
    limit = Candidate(Constraint.VENUE_MAXIMUM, instrument.quantity_max, f"one order takes {instrument.quantity_max}")
    candidates = (*scaled, *allowances, limit)
    tightest = min(candidates, key=lambda each: each.quantity)
    if tightest.quantity <= 0:
        return SizeDecision(quantity=ZERO, bound=tightest, candidates=candidates, scaling=scaling)
    quantity = instrument.floor_quantity(tightest.quantity)
    if quantity < instrument.quantity_min or quantity * price < instrument.notional_min:
        too_small = Candidate(Constraint.VENUE_MINIMUM, ZERO, _below(quantity, price, instrument, tightest))
        return SizeDecision(quantity=ZERO, bound=too_small, candidates=(*candidates, too_small), scaling=scaling)
    return SizeDecision(quantity=quantity, bound=tightest, candidates=candidates, scaling=scaling)


def _below(quantity: Decimal, price: Decimal, instrument: Instrument, tightest: Candidate) -> str:
    wanted = f"{quantity} worth {quantity * price:.2f}, bound by {tightest.constraint.value}"
    return f"{wanted}, is below the minimum of {instrument.quantity_min} or {instrument.notional_min} in value"
