"""How much of a spot pair may be bought: what cash pays for, and what it has to leave to the perpetuals.

As in `domain.risk.allowances`, each is the largest quantity with which the clause of the same limit approves the
order that buys it.
"""

from collections.abc import Iterator
from decimal import Decimal

from domain.numbers import ONE, ZERO
from domain.position_sizer import Candidate, Constraint
from domain.risk.allowances import OpeningRequest
from domain.risk.coin_cash import cash_per_coin
from domain.risk.limits import AccountLimits
from domain.risk.snapshot import AccountState, InstrumentState


def cash_allowance(request: OpeningRequest, state: InstrumentState, account: AccountState) -> Candidate:
    """Return what cash that backs nothing pays for; nothing at all to sell short, which spot cannot be."""
    if not request.is_long:
        return Candidate(Constraint.SHORT_NOT_ALLOWED, ZERO, f"{state.instrument.symbol} is spot, never held short")
    if account.cash is None:
        return Candidate(Constraint.INSUFFICIENT_BALANCE, ZERO, "cash is unknown")
    unit = cash_per_coin(request.price, state.instrument, is_limited=False)
    words = f"{account.cash:.2f} of cash, {unit:.8g} for each"
    # What is sent along has been taken from the cash already, and is judged with it as one order.
    return Candidate(Constraint.INSUFFICIENT_BALANCE, account.cash / unit, words)


def backing_allowances(
    limits: AccountLimits, request: OpeningRequest, state: InstrumentState, account: AccountState
) -> Iterator[Candidate]:
    """Yield what leaves the perpetuals that share the wallet as much backing as the limits ask for."""
    left = account.equity - account.spot_notional - request.worst_held(state) * request.price
    margin, contracts = account.maintenance_margin, account.contract_notional
    if limits.margin_ratio_max is not None:
        spare = left - margin / limits.margin_ratio_max
        yield _backed(Constraint.MARGIN_RATIO, spare, request, state)
    distance = limits.liquidation_distance_min
    if distance is not None and contracts > 0:
        spare = left - distance * contracts - margin * (ONE + distance)
        yield _backed(Constraint.LIQUIDATION_SAFETY, spare, request, state)


def spare_cash_allowance(request: OpeningRequest, state: InstrumentState, spare: Decimal) -> Candidate:
    """Return what keeps the perpetuals as far from liquidation as they have to be, where all share the wallet.

    Args:
        request: What is wanted.
        state: What is held and working in its instrument.
        spare: Equity beyond what they need, what spot may come to be worth taken away; quote currency.
    """
    return _backed(Constraint.LIQUIDATION_SAFETY, spare, request, state)


def _backed(constraint: Constraint, spare: Decimal, request: OpeningRequest, state: InstrumentState) -> Candidate:
    """Return what a spare backing buys: each coin takes its price and the fee, what is sent along its fee as well."""
    fee = request.price * state.instrument.fees.taker_rate
    room = (spare - request.sent_along * fee) / (request.price + fee)
    return Candidate(constraint, room, f"{spare:.2f} beyond what backs the perpetuals")
