"""How much each limit still leaves for a new position: the sizer's view of what the gate will judge.

Every allowance is the largest quantity with which the clause of the same limit approves the order that opens
it, so that what was sized within the limits is not refused for them.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import inf, isfinite, sqrt
from typing import Final

from attrs import frozen

from domain.instrument import MarginSchedule
from domain.numbers import ONE, ZERO, exact
from domain.position_sizer import Candidate, Constraint
from domain.risk.capital_at_risk import CapitalAtRisk, Leg, StressMove, loss_per_unit
from domain.risk.limits import RiskLimits
from domain.risk.reachable import Reach
from domain.risk.risk_model import RiskModel
from domain.risk.snapshot import AccountState, InstrumentState

_INFINITE: Final = Decimal("Infinity")
_SAFE_SIDE: Final = 1.0 - 1e-12


@frozen(kw_only=True)
class OpeningRequest:
    """A position that somebody wants to open.

    Attributes:
        direction: +1 long, -1 short.
        price: At which it is valued, quote per base, positive.
        strategy: Who wants it.
        stop_price: Where it would be closed, quote per base; None without a stop.
        sent_along: What others want on the same side and would be sent with it as one order, base units.
    """

    direction: int
    price: Decimal
    strategy: str
    stop_price: Decimal | None = None
    sent_along: Decimal = ZERO

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
        room = largest / request.price - request.sent_along
        yield Candidate(Constraint.ORDER_NOTIONAL, room, f"orders up to {largest}")
    if symbol in limits.order.quantity_max:
        quantity = limits.order.quantity_max[symbol]
        yield Candidate(Constraint.ORDER_QUANTITY, quantity - request.sent_along, f"orders up to {quantity} {symbol}")
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
            account.long_notional - account.short_kept if is_long else account.short_notional - account.long_kept,
        ),
    )


def budget_allowances(
    limits: RiskLimits,
    request: OpeningRequest,
    state: InstrumentState,
    equity: float,
    reach: Mapping[str, Reach],
    model: RiskModel | None,
) -> Iterator[Candidate]:
    """Yield what the daily budgets leave: nothing at all while the risk of anything held or wanted is unknown.

    Args:
        limits: Of the account.
        request: What is wanted.
        state: What is held and working in its instrument; what is held on its other side may be closed first.
        equity: Of the account, quote currency, positive.
        reach: Between which values every position can come to lie.
        model: Risk as of the last sample; None if too little is known.
    """
    symbol = state.instrument.symbol
    known = model if model is not None and all(map(model.knows, (symbol, *reach))) else None
    budgets = (
        (Constraint.VAR_BUDGET, limits.account.var_daily_max, 0.0 if known is None else known.var_factor),
        (Constraint.CVAR_BUDGET, limits.account.cvar_daily_max, 0.0 if known is None else known.cvar_factor),
    )
    beside = None if known is None else known.beside(symbol, request.direction, reach)
    deviation = 0.0 if beside is None else sqrt(beside.largest_variance(reach.get(symbol, Reach(0.0, 0.0))))
    for constraint, budget, factor in budgets:
        if budget is None:
            continue
        if beside is None:
            yield Candidate(Constraint.ESTIMATE_MISSING, ZERO, f"too few returns of {symbol} for {constraint.value}")
            continue
        value = beside.value_within((budget * equity / factor) ** 2 if factor > 0.0 else inf)
        words = f"{budget:.2%} of equity a day, {factor * deviation / equity:.2%} used"
        yield Candidate(constraint, _rounded_down(value / float(request.price)) - request.worst_held(state), words)


def capital_at_risk_allowance(
    limit: float,
    request: OpeningRequest,
    equity: float,
    present: CapitalAtRisk | None,
    stress: StressMove,
    *,
    is_spot: bool = False,
) -> Candidate:
    """Return what a limit on capital at risk leaves, a liquidation by the move left out of account.

    Args:
        limit: Largest loss over equity.
        request: What is wanted.
        equity: Of the account, quote currency.
        present: What the move would cost before; None if unknown, which leaves nothing.
        stress: The move.
        is_spot: Whether spot is wanted, which pays no funding.
    """
    if present is None:
        return Candidate(Constraint.CAPITAL_AT_RISK, ZERO, "capital at risk is unknown")
    stop = None if request.stop_price is None else float(request.stop_price)
    leg = Leg(
        signed_quantity=float(request.direction),
        mark_price=float(request.price),
        stop_price=stop,
        is_spot=is_spot,
    )
    unit = loss_per_unit(leg, stress)
    used = present.if_down if request.is_long else present.if_up
    quantity = max(0.0, limit * equity - used) / unit if unit > 0.0 else inf
    words = f"{limit:.0%} of equity if every stop is jumped over, {used:.2f} used, {unit:.8g} lost per unit"
    return Candidate(Constraint.CAPITAL_AT_RISK, _rounded_down(quantity), words)


def bracket_allowances(
    request: OpeningRequest, state: InstrumentState, account: AccountState, schedule: MarginSchedule
) -> Iterator[Candidate]:
    """Yield what the venue lets be held at the account's leverage setting, where that is less than one order takes."""
    largest = schedule.notional_max(account.leverage)
    room = largest / request.price - request.worst_held(state)
    if room < state.instrument.quantity_max:
        yield Candidate(Constraint.VENUE_MAXIMUM, room, f"up to {largest} at the setting of {account.leverage} times")


def liquidation_allowance(
    request: OpeningRequest, state: InstrumentState, account: AccountState, schedule: MarginSchedule, distance: Decimal
) -> Candidate:
    """Return what keeps the liquidation price of the whole position a distance away, other prices staying put.

    Args:
        request: What is wanted.
        state: What is held and working in its instrument.
        account: Everything else.
        schedule: Margin brackets in force.
        distance: Smallest move of the mark that may liquidate, fraction of it.
    """
    carried = _Carried(lost=distance, remaining=ONE - request.direction * distance, part=ONE)
    words = f"liquidation at least {distance:.2%} away"
    return Candidate(Constraint.LIQUIDATION_SAFETY, _carried_room(request, state, account, schedule, carried), words)


def equity_needed(schedule: MarginSchedule, value: Decimal, move: Decimal, direction: int) -> Decimal:
    """Return the equity with which a move against a position does not liquidate it yet, quote currency.

    Args:
        schedule: Margin brackets in force.
        value: Of the position before the move, quote currency, not negative.
        move: Of the mark against it, fraction.
        direction: +1 long, -1 short.
    """
    return move * value + schedule.maintenance_margin((ONE - direction * move) * value)


def spare_margin_allowance(
    request: OpeningRequest, state: InstrumentState, schedule: MarginSchedule, spare: Decimal
) -> Candidate:
    """Return what keeps the other positions as far from liquidation as they have to be, where all share the wallet.

    Args:
        request: What is wanted.
        state: What is held and working in its instrument.
        schedule: Margin brackets in force.
        spare: Maintenance margin that the others leave to this instrument, quote currency; can be negative.
    """
    value = min((spare + bracket.maintenance_amount) / bracket.maintenance_rate for bracket in schedule.brackets)
    room = value / request.price - request.worst_held(state)
    return Candidate(Constraint.LIQUIDATION_SAFETY, room, f"{spare:.2f} of margin before others are too near")


def margin_allowance(
    request: OpeningRequest, state: InstrumentState, account: AccountState, schedule: MarginSchedule, ratio_max: Decimal
) -> Candidate:
    """Return what keeps maintenance margin below a part of what backs it.

    Args:
        request: What is wanted.
        state: What is held and working in its instrument.
        account: Everything else.
        schedule: Margin brackets in force.
        ratio_max: Largest maintenance margin over equity.
    """
    carried = _Carried(lost=ZERO, remaining=ONE, part=ratio_max)
    words = f"maintenance margin up to {ratio_max} of equity"
    return Candidate(Constraint.MARGIN_RATIO, _carried_room(request, state, account, schedule, carried), words)


@frozen
class _Carried:
    """What the backing of a position has to carry: ``lost v + margin(remaining v) <= part × backing``.

    Attributes:
        lost: Loss over value v.
        remaining: Value after the loss, over v.
        part: Share of the backing that may be used.
    """

    lost: Decimal
    remaining: Decimal
    part: Decimal


def _carried_room(
    request: OpeningRequest, state: InstrumentState, account: AccountState, schedule: MarginSchedule, carried: _Carried
) -> Decimal:
    """Return the largest quantity that the backing carries, the fee of opening it paid; base units.

    Maintenance margin is the largest of r v - a over all brackets, so what holds in each of them holds. With h held
    and x opened, v = h + x, the backing is b + o x - f x: o is one over the leverage setting where the position has a
    margin of its own, else zero, and f the fee. So (lost + remaining r - part (o - f)) x <= part b + a - others
    - (lost + remaining r) h.
    """
    held = request.worst_held(state) * request.price
    backing, own = _backing(request, state, account)
    others = ZERO if account.is_isolated else account.maintenance_margin
    added = carried.part * (own - state.instrument.fees.taker_rate)
    value = _INFINITE
    for bracket in schedule.brackets:
        rate = carried.lost + carried.remaining * bracket.maintenance_rate
        spare = carried.part * backing + bracket.maintenance_amount - others - rate * held
        if rate > added:
            value = min(value, spare / (rate - added))
        elif spare < 0:
            # What is opened would bring more than it takes, but only from some size on.
            return ZERO
    return value / request.price


def _backing(request: OpeningRequest, state: InstrumentState, account: AccountState) -> tuple[Decimal, Decimal]:
    """Return what backs the position before anything is opened, and what each unit of value opened brings with it.

    An isolated position that gained counts as if it had not, and one that lost as it stands.
    """
    if not account.is_isolated:
        return account.equity - account.spot_notional, ZERO
    own = ONE / account.leverage
    held = max(request.direction * state.held_quantity, ZERO)
    margin = held * request.price * own
    working = (request.worst_held(state) - held) * request.price * own
    return working + (min(state.isolated_equity, margin) if held else ZERO), own


def _rounded_down(quantity: float) -> Decimal:
    """Return an estimate as an exact number, less by more than floating point errs."""
    return exact(quantity * _SAFE_SIDE) if isfinite(quantity) else _INFINITE
