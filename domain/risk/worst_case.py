"""What an order could lead to at worst: everything that is working fills, in the sequence that is worst."""

from decimal import Decimal
from typing import Final

from attrs import define

from domain.instrument import Instrument, MarginBracket, MarginSchedule
from domain.margin import MarginMode
from domain.numbers import ZERO
from domain.order import OrderTerms, OrderType, Side
from domain.risk.snapshot import AccountState, ActivityState, InstrumentState, OrderIntent, Projection, RiskSnapshot
from domain.risk.snapshot_numbers import are_numbers_known

# Compared with anything it raises, so that a clause that should not have been asked refuses.
_NOT_WORKED_OUT: Final = Decimal("sNaN")


@define(eq=False)
class WorstCase:
    """One order before the gate, with all quantities that several clauses need, worked out once.

    Attributes:
        intent: What is wanted.
        terms: Its terms.
        now_ns: When it is judged.
        instrument: The instrument of the order.
        rules: Its trading rules.
        account: The account and everything else in it.
        activity: What was sent lately.
        projection: Estimates with the order filled.
        projection_before: Estimates without it.
        is_buy: Whether it buys.
        are_numbers_known: Whether all numbers of the snapshot are numbers.
        is_valued: Whether the numbers are known and there is a price, without which all that follows is not worked out.
        mark: Mark price, quote per base, positive.
        price: Worst price that the order can have, never below the mark: at which exposure is valued.
        quantity: Largest position on the side of the order, the order included, base units.
        is_worse: Whether the order makes the largest position of either side larger.
        notional: Value of `quantity` at `price`, quote currency.
        backing: What carries the position once the order has filled at its limit and has paid its fee, quote
            currency: the equity of the account without the spot in it, or of the isolated position alone. Of spot it
            is what is left to carry the contracts elsewhere.
        other_maintenance: Maintenance margin of what the same backing carries elsewhere.
        schedule: Margin brackets in force.
        bracket: That of `notional`.
    """

    intent: OrderIntent
    terms: OrderTerms
    now_ns: int
    instrument: InstrumentState
    rules: Instrument
    account: AccountState
    activity: ActivityState
    projection: Projection
    projection_before: Projection
    is_buy: bool
    are_numbers_known: bool
    schedule: MarginSchedule
    bracket: MarginBracket
    is_valued: bool = False
    mark: Decimal = _NOT_WORKED_OUT
    price: Decimal = _NOT_WORKED_OUT
    quantity: Decimal = _NOT_WORKED_OUT
    is_worse: bool = True
    notional: Decimal = _NOT_WORKED_OUT
    backing: Decimal = _NOT_WORKED_OUT
    other_maintenance: Decimal = _NOT_WORKED_OUT


def worst_case(intent: OrderIntent, snapshot: RiskSnapshot) -> WorstCase:
    """Work out what an order that can open could lead to, as far as the snapshot allows."""
    terms, state = intent.terms, snapshot.instrument
    rules = state.instrument
    schedule = rules.margin_at(snapshot.now_ns)
    case = WorstCase(
        intent,
        terms,
        snapshot.now_ns,
        state,
        rules,
        snapshot.account,
        snapshot.activity,
        snapshot.projection,
        snapshot.projection_before,
        terms.side is Side.BUY,
        are_numbers_known(snapshot),
        schedule,
        schedule.brackets[0],
    )
    mark = state.mark_price
    if case.are_numbers_known and mark is not None and mark > ZERO:
        case.mark = mark
        case.price = mark if terms.type is OrderType.MARKET else _worst_price(terms, mark)
        _work_out(case)
        case.is_valued = True
    return case


def _work_out(case: WorstCase) -> None:
    """Find the largest position on the side of the order, and what carries it.

    What is held counts fully towards its own side and not at all against the other, because what only
    reduces may close it first.
    """
    state, added = case.instrument, case.terms.quantity
    if case.is_buy:
        held, working, opposite = state.held_quantity, state.working_buys, state.working_sells
    else:
        held, working, opposite = -state.held_quantity, state.working_sells, state.working_buys
    added += working
    case.quantity = added + held if held > ZERO else added
    case.is_worse = case.quantity > (opposite - held if held < ZERO else opposite)
    case.notional = case.quantity * case.price
    case.bracket = case.schedule.bracket_at(case.notional)
    account = case.account
    if account.margin_mode is MarginMode.CROSS:
        backing, case.other_maintenance = account.equity - account.spot_notional, account.maintenance_margin
        if case.rules.is_spot:
            backing -= case.notional
    elif case.rules.is_spot:
        backing, case.other_maintenance = case.notional, ZERO
    else:
        backing, case.other_maintenance = added * case.mark / account.leverage, ZERO
        if held > ZERO:
            backing += state.isolated_equity
    case.backing = backing - _entry_cost(case)


def _worst_price(terms: OrderTerms, mark: Decimal) -> Decimal:
    price = mark
    if terms.price is not None and terms.price > price:
        price = terms.price
    if terms.trigger_price is not None and terms.trigger_price > price:
        price = terms.trigger_price
    if terms.activation_price is not None and terms.activation_price > price:
        price = terms.activation_price
    return price


def _entry_cost(case: WorstCase) -> Decimal:
    """Return what the fill itself can take from equity, quote currency: the fee, and a limit worse than the mark."""
    cost_each = case.price * case.rules.fees.taker_rate
    limit = case.terms.price
    if limit is not None:
        loss_each = limit - case.mark if case.is_buy else case.mark - limit
        if loss_each > ZERO:
            cost_each += loss_each
    return case.terms.quantity * cost_each
