"""Bad orders that a gate has to refuse before trading is enabled, each for its own reason."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from domain.instrument import FeeSchedule, Instrument, MarginSchedule
from domain.numbers import ONE, ZERO
from domain.order import OrderTerms, OrderType, PositionSide, Side
from domain.risk.gate import RiskGate
from domain.risk.snapshot import (
    AccountState,
    ActivityState,
    Environment,
    InstrumentState,
    OrderIntent,
    Projection,
    RiskSnapshot,
)
from domain.risk.verdict import RefusalReason, Refused
from domain.time_units import NS_PER_DAY

_NOW_NS: Final = 1_704_067_200_000_000_000
_MARK: Final = Decimal(100)
_EQUITY: Final = Decimal(10_000)
_NOTHING_AT_RISK: Final = Projection(var_daily=0.0, cvar_daily=0.0, liquidation_probability=0.0, capital_at_risk=0.0)


@frozen
class CannedOrder:
    """A bad order, with what the gate is told about it.

    Attributes:
        name: What is wrong with it.
        intent: The order.
        snapshot: The account and the market that it comes in.
        reason: For which it has to be refused.
    """

    name: str
    intent: OrderIntent
    snapshot: RiskSnapshot
    reason: RefusalReason


def unrefused_orders(gate: RiskGate) -> tuple[CannedOrder, ...]:
    """Return the canned orders that a gate does not refuse for the reason they are bad for; trade only if none.

    Each is bad in one way only and as bad as can be, so that any sensible limit refuses it. Those that are
    refused without any limit are refused by every gate; those that need one show a gate that lacks it.
    """
    symbol = min(gate.limits.market.symbols or {"BTCUSDT"})
    return tuple(order for order in canned_orders(symbol) if not _is_refused(gate, order))


def _is_refused(gate: RiskGate, order: CannedOrder) -> bool:
    verdict = gate.assess(order.intent, order.snapshot)
    return isinstance(verdict, Refused) and order.reason in verdict.reasons


def good_order(symbol: str) -> tuple[OrderIntent, RiskSnapshot]:
    """Return a small order on an account in good order, which the bad ones differ from in one thing each."""
    terms = OrderTerms(symbol=symbol, side=Side.BUY, type=OrderType.LIMIT, quantity=Decimal("0.1"), price=_MARK)
    intent = OrderIntent(intent_id="canned", terms=terms, strategy="canned", purpose="open", decided_at_ns=_NOW_NS)
    instrument = InstrumentState(
        instrument=_instrument(symbol),
        held_quantity=ZERO,
        mark_price=_MARK,
        mark_at_ns=_NOW_NS,
        last_price=_MARK,
        last_at_ns=_NOW_NS,
    )
    account = AccountState(equity=_EQUITY, at_ns=_NOW_NS, strategy_notional={"canned": Decimal(10)})
    snapshot = RiskSnapshot(
        now_ns=_NOW_NS,
        instrument=instrument,
        account=account,
        projection=_NOTHING_AT_RISK,
        projection_before=_NOTHING_AT_RISK,
    )
    return intent, snapshot


def canned_orders(symbol: str) -> tuple[CannedOrder, ...]:
    """Return the bad orders for an instrument."""
    intent, snapshot = good_order(symbol)
    return (
        *_bad_terms(intent, snapshot),
        *_bad_intents(intent, snapshot),
        *_bad_markets(intent, snapshot),
        *_bad_accounts(intent, snapshot),
    )


def _bad_terms(intent: OrderIntent, snapshot: RiskSnapshot) -> Iterator[CannedOrder]:
    terms, reason = intent.terms, RefusalReason
    for name, bad, why in (
        ("worth a million times equity", evolve(terms, quantity=Decimal(10) ** 8), reason.ORDER_NOTIONAL),
        ("not a whole number of lots", evolve(terms, quantity=Decimal("0.10005")), reason.VENUE_QUANTITY),
        ("below the least quantity", evolve(terms, quantity=Decimal("0.0001")), reason.VENUE_QUANTITY),
        ("not a whole number of ticks", evolve(terms, price=_MARK + Decimal("0.005")), reason.VENUE_PRICE),
        ("at three times the market", evolve(terms, price=3 * _MARK), reason.PRICE_COLLAR),
        ("of another instrument", evolve(terms, symbol=f"{terms.symbol}X"), reason.UNKNOWN_INSTRUMENT),
        ("on a side that the mode lacks", evolve(terms, position_side=PositionSide.LONG), reason.POSITION_MODE),
    ):
        yield CannedOrder(name, evolve(intent, terms=bad), snapshot, why)


def _bad_intents(intent: OrderIntent, snapshot: RiskSnapshot) -> Iterator[CannedOrder]:
    a_year_ago = evolve(intent, decided_at_ns=_NOW_NS - 365 * NS_PER_DAY)
    yield CannedOrder("decided a year ago", a_year_ago, snapshot, RefusalReason.INTENT_STALE)
    elsewhere = evolve(intent, environment=Environment.TESTNET)
    yield CannedOrder("decided for another environment", elsewhere, snapshot, RefusalReason.ENVIRONMENT)
    known = evolve(snapshot, activity=ActivityState(is_known_intent=True))
    yield CannedOrder("sent before", intent, known, RefusalReason.KNOWN_INTENT)
    repeated = evolve(snapshot, activity=ActivityState(is_repeated=True))
    yield CannedOrder("the same as one just sent", intent, repeated, RefusalReason.DUPLICATE)


def _bad_markets(intent: OrderIntent, snapshot: RiskSnapshot) -> Iterator[CannedOrder]:
    state, reason = snapshot.instrument, RefusalReason
    for name, bad, why in (
        ("without a price", evolve(state, mark_price=None), reason.NO_PRICE),
        ("at a price of zero", evolve(state, mark_price=ZERO), reason.NO_PRICE),
        ("while suspended", evolve(state, is_trading=False), reason.SUSPENDED),
        ("beside an unknown order", evolve(state, unknown_buys=1), reason.UNKNOWN_ORDER),
        ("against an own order", evolve(state, resting_sell_min=_MARK), reason.SELF_TRADE),
    ):
        yield CannedOrder(name, intent, evolve(snapshot, instrument=bad), why)


def _bad_accounts(intent: OrderIntent, snapshot: RiskSnapshot) -> Iterator[CannedOrder]:
    account, reason = snapshot.account, RefusalReason
    for name, bad, why in (
        ("with equity that is no number", evolve(account, equity=Decimal("NaN")), reason.ACCOUNT_UNKNOWN),
        ("without equity", evolve(account, equity=ZERO), reason.NO_EQUITY),
        ("while halted", evolve(account, blocks=("halted",)), reason.HALTED),
        ("at a million times leverage", evolve(account, gross_notional=_EQUITY * 10**6), reason.GROSS_LEVERAGE),
    ):
        yield CannedOrder(name, intent, evolve(snapshot, account=bad), why)


def _instrument(symbol: str) -> Instrument:
    """Return wide rules, so that a canned order breaks no other clause than its own."""
    return Instrument(
        symbol=symbol,
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.0001"),
        quantity_min=Decimal("0.001"),
        quantity_max=Decimal(10) ** 9,
        notional_min=ONE,
        price_band=Decimal("0.99"),
        fees=FeeSchedule(ZERO, ZERO),
        margins=(MarginSchedule.from_rows([(ZERO, Decimal(10) ** 15, Decimal("0.004"), 125)]),),
    )
