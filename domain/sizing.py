"""How much a strategy would like to trade on a signal: the appetites that sizes begin with."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

from attrs import field, frozen, validators

from domain.numbers import ZERO, exact
from domain.position_sizer import Candidate, Constraint, Scaling
from domain.risk.kelly import KellyFraction
from domain.signal import Signal

_positive = validators.gt(ZERO)
_part_of_equity = [validators.gt(ZERO), validators.lt(Decimal(1))]


@frozen
class FixedQuantity:
    """The same quantity each time, whatever the signal.

    Attributes:
        quantity: Base units.
    """

    quantity: Decimal = field(validator=_positive)


@frozen
class EquityFraction:
    """A share of equity as notional, scaled by strength and confidence of the signal.

    Attributes:
        fraction: Notional over equity at full strength and confidence; 0.5 means half the equity.
    """

    fraction: Decimal = field(validator=_positive)


@frozen
class RiskFraction:
    """So much that the stop loses a share of equity, capped in notional.

    Attributes:
        fraction: Equity lost at the stop, before costs; 0.01 means one percent.
        leverage_max: Notional over equity that is never passed, however near the stop.
    """

    fraction: Decimal = field(validator=_part_of_equity)
    leverage_max: Decimal = field(validator=_positive)


@frozen(kw_only=True)
class KellyAndRisk:
    """The smaller of what the strategy's record justifies (Kelly), and so much that a stop loses a share of equity.

    Scaled by strength and confidence of the signal, and by correlation with what is held already.

    Attributes:
        risk_per_trade: Equity lost at the stop, before costs; 0.01 means one percent.
        stop_atr: Distance of the stop that is assumed where the signal has none, in average true ranges.
        atr_bars: Bars that the average true range looks back.
    """

    risk_per_trade: Decimal = field(default=Decimal("0.01"), validator=_part_of_equity)
    stop_atr: float = field(default=2.0, validator=validators.gt(0.0))
    atr_bars: int = field(default=14, validator=[validators.ge(1), validators.le(10_000)])


Sizing: TypeAlias = FixedQuantity | EquityFraction | RiskFraction | KellyAndRisk


def appetites(
    sizing: Sizing,
    signal: Signal,
    *,
    equity: Decimal,
    price: Decimal,
    kelly: KellyFraction | None = None,
    true_range: float | None = None,
) -> tuple[Candidate, ...]:
    """Return what a rule wants for an entry signal, base units, unscaled; at least one candidate.

    Args:
        sizing: The rule.
        signal: An entry, not an exit.
        equity: Of the account, quote currency, positive.
        price: At which the position is valued, quote per base, positive.
        kelly: What the strategy's record justifies; only for `KellyAndRisk`, where None is nothing.
        true_range: Average true range, quote per base; only for `KellyAndRisk` on signals without a stop.
    """
    match sizing:
        case FixedQuantity(quantity):
            return (Candidate(Constraint.RULE, quantity, "fixed quantity"),)
        case EquityFraction(fraction):
            return (Candidate(Constraint.RULE, equity * fraction / price, f"{fraction} of equity"),)
        case RiskFraction():
            return tuple(_by_stop(sizing, signal, equity, price))
        case KellyAndRisk():
            return _by_record(kelly, equity, price), _by_range(sizing, signal, equity, true_range)


def _by_stop(sizing: RiskFraction, signal: Signal, equity: Decimal, price: Decimal) -> Iterator[Candidate]:
    if signal.stop_distance is None:
        yield Candidate(Constraint.RULE, ZERO, "no stop to size by")
        return
    quantity = equity * sizing.fraction / exact(signal.stop_distance)
    yield Candidate(Constraint.RULE, quantity, f"{sizing.fraction} at risk")
    yield Candidate(Constraint.RULE, equity * sizing.leverage_max / price, f"leverage {sizing.leverage_max}")


def _by_record(kelly: KellyFraction | None, equity: Decimal, price: Decimal) -> Candidate:
    if kelly is None:
        return Candidate(Constraint.KELLY, ZERO, "no record yet")
    words = f"{kelly.fraction:.4f} of equity, {kelly.bound.value} on {kelly.n_observations} returns"
    return Candidate(Constraint.KELLY, equity * exact(max(0.0, kelly.fraction)) / price, words)


def _by_range(sizing: KellyAndRisk, signal: Signal, equity: Decimal, true_range: float | None) -> Candidate:
    distance = signal.stop_distance
    if distance is None and true_range is not None and true_range > 0.0:
        distance = sizing.stop_atr * true_range
    if distance is None:
        return Candidate(Constraint.RISK_PER_TRADE, ZERO, "neither a stop nor an average true range to size by")
    words = f"{sizing.risk_per_trade} of equity over a stop {distance:.8g} away"
    return Candidate(Constraint.RISK_PER_TRADE, equity * sizing.risk_per_trade / exact(distance), words)


def scaling_of(
    sizing: Sizing, signal: Signal, *, correlation: float, drawdown: float, allocation: float = 1.0
) -> Scaling:
    """Return what the appetites of a rule are multiplied with.

    Every rule is scaled by the drawdown ladder and by the strategy's part of the account. A fixed quantity and a risk
    fraction are scaled by nothing else: they say themselves how much. What correlation takes away only `KellyAndRisk`
    gives up by itself; under all rules the limit on what moves alike holds.

    Args:
        sizing: The rule.
        signal: The entry.
        correlation: Factor for moving with what is held, 0 to 1.
        drawdown: Factor of the drawdown ladder, 0 to 1.
        allocation: Part of the account that the strategy may use, 0 to 1.
    """
    match sizing:
        case EquityFraction():
            return Scaling(
                strength=signal.strength, confidence=signal.confidence, drawdown=drawdown, allocation=allocation
            )
        case KellyAndRisk():
            return Scaling(
                strength=signal.strength,
                confidence=signal.confidence,
                correlation=correlation,
                drawdown=drawdown,
                allocation=allocation,
            )
        case _:
            return Scaling(drawdown=drawdown, allocation=allocation)


_CORRELATION_STEPS = ((0.4, 1.0), (0.6, 0.7), (0.8, 0.5), (1.0, 0.3))


def correlation_factor(correlation: float) -> float:
    """Return how much of a size is left for a position that moves with what is held: 1 up to 0.4, 0.3 at 1.

    Between the steps it falls evenly. A hedge, which moves against what is held, keeps its full size.

    Args:
        correlation: Of the new position's PnL with that of everything held, -1 to 1.
    """
    (low, most), *rest = _CORRELATION_STEPS
    if correlation <= low:
        return most
    for high, least in rest:
        if correlation <= high:
            return most + (least - most) * (correlation - low) / (high - low)
        low, most = high, least
    return most
