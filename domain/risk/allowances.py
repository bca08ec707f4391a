"""How much each limit still leaves for a new position: the sizer's view of what the gate will judge.

Every allowance is the largest quantity with which the clause of the same limit approves the order that opens
it, so that what was sized within the limits is not refused for them.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import inf, isfinite
from typing import Final

from attrs import frozen

from domain.instrument import MarginSchedule
from domain.numbers import ZERO, exact
from domain.position_sizer import Candidate, Constraint
from domain.risk.capital_at_risk import CapitalAtRisk, Leg, StressMove, loss_per_unit
from domain.risk.limits import RiskLimits
from domain.risk.risk_model import RiskModel
from domain.risk.snapshot import AccountState, InstrumentState

_INFINITE: Final = Decimal("Infinity")


@frozen(kw_only=True)
class OpeningRequest:
    """A position that somebody wants to open.

    Attributes:
        direction: +1 long, -1 short.
        price: At which it is valued, quote per base, positive.
        strategy: Who wants it.
        stop_price: Where it would be closed, quote per base; None without a stop.
    """

    direction: int
    price: Decimal
    strategy: str
    stop_price: Decimal | None = None

    @property
    def is_long(self) -> bool:
        """Whether it would be long."""
        return self.direction > 0

    def worst_held(self, state: InstrumentState) -> Decimal:
        """Return what may come to be held on its side before it is opened, base units, never negative."""
        if self.is_long:
            return max(state.held_quantity, ZERO) + state.working_buys
        return max(-state.held_quantity, ZERO) + state.working_sells


def order_allowances(limits: RiskLimits, request: OpeningRequest, symbol: str) -> Iterator[Candidate]:
    """Yield what the limits on one order leave."""
    largest = limits.order.notional_max
    if largest is not None:
        yield Candidate(Constraint.ORDER_NOTIONAL, largest / request.price, f"orders up to {largest}")
    if symbol in limits.order.quantity_max:
        quantity = limits.order.quantity_max[symbol]
        yield Candidate(Constraint.ORDER_QUANTITY, quantity, f"orders up to {quantity} {symbol}")
    if not request.is_long and not limits.position.allow_short:
        yield Candidate(Constraint.SHORT_NOT_ALLOWED, ZERO, "shorts are not allowed")


def exposure_allowances(
    limits: RiskLimits, request: OpeningRequest, state: InstrumentState, account: AccountState
) -> Iterator[Candidate]:
    """Yield what the limits on what is held leave, one for each limit that is set."""
    held, price, symbol = request.worst_held(state), request.price, state.instrument.symbol
    largest = limits.position.notional_max.get(symbol)
    if largest is not None:
        yield Candidate(Constraint.POSITION_NOTIONAL, largest / price - held, f"up to {largest} of {symbol}")
    for constraint, limit, elsewhere in _equity_limits(limits, request, account):
        if limit is not None:
            room = (limit * account.equity - elsewhere) / price - held
            yield Candidate(constraint, room, f"{limit} of equity {account.equity:.2f}, {elsewhere:.2f} elsewhere")
    limit = limits.position.strategy_leverage_max
    if limit is not None:
        used = account.strategy_notional.get(request.strategy, ZERO)
        room = (limit * account.equity - used) / price
        yield Candidate(Constraint.STRATEGY_LEVERAGE, room, f"{limit} of equity {account.equity:.2f}, {used:.2f} used")


def _equity_limits(
    limits: RiskLimits, request: OpeningRequest, account: AccountState
) -> tuple[tuple[Constraint, Decimal | None, Decimal], ...]:
    """Return the limits on value over equity, each with what counts towards it elsewhere."""
    is_long = request.is_long
    return (
        (Constraint.CONCENTRATION, limits.position.concentration_max, ZERO),
        (
            Constraint.CORRELATED,
            limits.position.correlated_max,
            account.alike_if_long if is_long else account.alike_if_short,
        ),
        (Constraint.LEVERAGE, limits.account.leverage_max, account.gross_notional),
        (
            Constraint.NET_LEVERAGE,
            limits.account.net_leverage_max,
            account.long_notional - account.short_held if is_long else account.short_notional - account.long_held,
        ),
    )


def budget_allowances(
    limits: RiskLimits,
    request: OpeningRequest,
    symbol: str,
    equity: float,
    held: Mapping[str, float],
    model: RiskModel | None,
) -> Iterator[Candidate]:
    """Yield what the daily budgets leave: nothing at all while there is no estimate.

    Args:
        limits: Of the account.
        request: What is wanted.
        symbol: Of it.
        equity: Of the account, quote currency, positive.
        held: Signed value of every position at its worst case, quote currency.
        model: Risk as of the last sample; None if too little is known.
    """
    known = model if model is not None and model.knows(symbol) else None
    budgets = (
        (Constraint.VAR_BUDGET, limits.account.var_daily_max, 0.0 if known is None else known.var_factor),
        (Constraint.CVAR_BUDGET, limits.account.cvar_daily_max, 0.0 if known is None else known.cvar_factor),
    )
    for constraint, budget, factor in budgets:
        if budget is None:
            continue
        if known is None:
            yield Candidate(Constraint.ESTIMATE_MISSING, ZERO, f"too few returns of {symbol} for {constraint.value}")
            continue
        value = known.notional_within(symbol, request.direction, held, budget * equity / factor)
        used = factor * known.deviation(held) / equity
        words = f"{budget:.2%} of equity a day, {used:.2%} used"
        yield Candidate(constraint, _exact_or_infinite(value / float(request.price)), words)


def capital_at_risk_allowance(
    limit: float, request: OpeningRequest, equity: float, present: CapitalAtRisk | None, stress: StressMove
) -> Candidate:
    """Return what a limit on capital at risk leaves, a liquidation by the move left out of account.

    Args:
        limit: Largest loss over equity.
        request: What is wanted.
        equity: Of the account, quote currency.
        present: What the move would cost before; None if unknown, which leaves nothing.
        stress: The move.
    """
    if present is None:
        return Candidate(Constraint.CAPITAL_AT_RISK, ZERO, "capital at risk is unknown")
    stop = None if request.stop_price is None else float(request.stop_price)
    unit = loss_per_unit(
        Leg(signed_quantity=float(request.direction), mark_price=float(request.price), stop_price=stop), stress
    )
    used = present.if_down if request.is_long else present.if_up
    quantity = max(0.0, limit * equity - used) / unit if unit > 0.0 else inf
    words = f"{limit:.0%} of equity if every stop is jumped over, {used:.2f} used, {unit:.8g} lost per unit"
    return Candidate(Constraint.CAPITAL_AT_RISK, _exact_or_infinite(quantity), words)


def liquidation_allowance(
    request: OpeningRequest, state: InstrumentState, account: AccountState, schedule: MarginSchedule, distance: float
) -> Candidate:
    """Return what keeps the liquidation price of the whole position a distance away, other prices staying put.

    A move of m against a value v leaves e − v m, and the venue wants r (1 ∓ m) v − a of it, in the bracket where that
    is largest: its maintenance margin is convex. So v (m + (1 ∓ m) r − b) ≤ e + a in every bracket, where with shared
    margin e is equity less the others' maintenance margin and b is 0, and with a margin of its own e is 0 and b is one
    over the leverage setting.

    Args:
        request: What is wanted.
        state: What is held and working in its instrument.
        account: Everything else.
        schedule: Margin brackets in force.
        distance: Smallest move of the mark that may liquidate, fraction of it.
    """
    after = 1.0 - request.direction * distance
    free, own = float(account.equity - account.maintenance_margin), 0.0
    if account.is_isolated:
        free, own = 0.0, 1.0 / account.leverage
    value = inf
    for bracket in schedule.brackets:
        unit = distance + after * float(bracket.maintenance_rate) - own
        if unit > 0.0:
            value = min(value, (free + float(bracket.maintenance_amount)) / unit)
    room = value / float(request.price) - float(request.worst_held(state))
    words = f"liquidation at least {distance:.2%} away"
    return Candidate(Constraint.LIQUIDATION_SAFETY, _exact_or_infinite(room), words)


def margin_allowance(
    request: OpeningRequest, state: InstrumentState, account: AccountState, schedule: MarginSchedule, ratio_max: Decimal
) -> Candidate:
    """Return what keeps the maintenance margin of all positions below a part of equity, where they share the wallet.

    In every bracket v r - a + others <= ratio e: maintenance margin is convex in the value v.

    Args:
        request: What is wanted.
        state: What is held and working in its instrument.
        account: Everything else.
        schedule: Margin brackets in force.
        ratio_max: Largest maintenance margin over equity.
    """
    free = ratio_max * account.equity - account.maintenance_margin
    value = min((free + each.maintenance_amount) / each.maintenance_rate for each in schedule.brackets)
    room = value / request.price - request.worst_held(state)
    return Candidate(Constraint.MARGIN_RATIO, room, f"maintenance margin up to {ratio_max} of equity")


def _exact_or_infinite(quantity: float) -> Decimal:
    return exact(quantity) if isfinite(quantity) else _INFINITE
