"""Orders that are bad in one way each, and as bad as can be: a buy and a sale at least for every clause of the gate."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from attrs import evolve, frozen

from domain.instrument import SPOT_SUFFIX, FeeSchedule, Instrument, MarginSchedule, is_spot
from domain.numbers import ONE, ZERO
from domain.order import OrderTerms, OrderType, PositionSide, Side, TimeInForce
from domain.risk.hard_caps import limit_at
from domain.risk.limits import RiskLimits
from domain.risk.snapshot import (
    AccountState,
    Environment,
    InstrumentState,
    OrderIntent,
    Projection,
    RiskSnapshot,
)
from domain.risk.trading_state import HoldCause
from domain.risk.verdict import RefusalReason
from domain.time_units import NS_PER_DAY

_NOW_NS: Final = 1_704_067_200_000_000_000
_A_YEAR_AGO_NS: Final = _NOW_NS - 365 * NS_PER_DAY
_MARK: Final = Decimal(100)
_EQUITY: Final = Decimal(10_000)
_MILLION_TIMES: Final = _EQUITY * 10**6
_MANY: Final = 10**12
_THOUSANDTH: Final = Decimal("0.001")
_MUCH: Final = Decimal(10) ** 8
_WIDE_BRACKET: Final = MarginSchedule.from_rows([(ZERO, Decimal(10) ** 15, Decimal("0.004"), 125)])
_DEFAULT_SYMBOL: Final = "BTCUSDT"
_NOTHING_AT_RISK: Final = Projection(var_daily=0.0, cvar_daily=0.0, liquidation_probability=0.0, capital_at_risk=0.0)

_Change: TypeAlias = tuple[str, Mapping[str, Any], RefusalReason, tuple[str, ...]]
"""What is wrong, the fields by which it is, the reason it is refused for, and the limits that this needs."""

_BAD_PRICES: Final[tuple[_Change, ...]] = (
    ("without a price", {"mark_price": None}, RefusalReason.NO_PRICE, ()),
    ("at a price of zero", {"mark_price": ZERO}, RefusalReason.NO_PRICE, ()),
    (
        "without a last price",
        {"last_price": None},
        RefusalReason.NO_PRICE,
        ("order.price_collar", "order.price_age_max_s"),
    ),
    (
        "at a mark of a year ago",
        {"mark_at_ns": _A_YEAR_AGO_NS},
        RefusalReason.PRICE_STALE,
        ("order.price_age_max_s",),
    ),
    ("while suspended", {"is_trading": False}, RefusalReason.SUSPENDED, ()),
    ("beside an unknown order", {"unknown_buys": 1}, RefusalReason.UNKNOWN_ORDER, ()),
    ("against an own order", {"resting_sell_min": _MARK}, RefusalReason.SELF_TRADE, ()),
    (
        "in an instrument of a million times equity",
        {"held_quantity": _MUCH},
        RefusalReason.CONCENTRATION,
        ("position.concentration_max",),
    ),
)
_BAD_ACCOUNTS: Final[tuple[_Change, ...]] = (
    ("with equity that is no number", {"equity": Decimal("NaN")}, RefusalReason.ACCOUNT_UNKNOWN, ()),
    ("without equity", {"equity": ZERO}, RefusalReason.NO_EQUITY, ()),
    ("while halted by drawdown", {"blocks": (HoldCause.DRAWDOWN_LIMIT.value,)}, RefusalReason.DRAWDOWN_LIMIT, ()),
    ("while blocked by a code that nobody knows", {"blocks": ("canned",)}, RefusalReason.BLOCKED, ()),
    ("above every bracket", {"leverage": 10**6}, RefusalReason.LEVERAGE_BRACKET, ()),
    (
        "at a million times leverage",
        {"gross_notional": _MILLION_TIMES},
        RefusalReason.GROSS_LEVERAGE,
        ("account.leverage_max",),
    ),
    (
        "at a million times net leverage",
        {"long_notional": _MILLION_TIMES},
        RefusalReason.NET_LEVERAGE,
        ("account.net_leverage_max",),
    ),
    (
        "beside a million times the same risk",
        {"alike_if_long": _MILLION_TIMES},
        RefusalReason.CORRELATED,
        ("position.correlated_max",),
    ),
    (
        "of a strategy at a million times equity",
        {"strategy_notional": {"canned": _MILLION_TIMES}},
        RefusalReason.STRATEGY_LEVERAGE,
        ("position.strategy_leverage_max",),
    ),
    (
        "on margin used a million times",
        {"maintenance_margin": _MILLION_TIMES},
        RefusalReason.MARGIN_RATIO,
        ("account.margin_ratio_max",),
    ),
    (
        "on an account to be liquidated at any price",
        {"maintenance_margin": _MILLION_TIMES},
        RefusalReason.LIQUIDATION_DISTANCE,
        ("account.liquidation_distance_min",),
    ),
    (
        "beside open orders without end",
        {"open_orders": _MANY},
        RefusalReason.OPEN_ORDERS,
        ("account.open_orders_max",),
    ),
    (
        "beside unknown orders without end",
        {"unknown_orders": _MANY},
        RefusalReason.UNKNOWN_ORDERS,
        ("account.unknown_orders_max",),
    ),
    (
        "on an account unheard of for a year",
        {"at_ns": _A_YEAR_AGO_NS},
        RefusalReason.ACCOUNT_STALE,
        ("market.account_age_max_s",),
    ),
    (
        "by a clock that is years off",
        {"clock_offset_s": 1e9},
        RefusalReason.CLOCK_OFFSET,
        ("market.clock_offset_max_s",),
    ),
)
_BAD_ESTIMATES: Final[tuple[_Change, ...]] = (
    (
        "with ten times equity at risk a day",
        {"var_daily": 10.0},
        RefusalReason.VAR_DAILY,
        ("account.var_daily_max",),
    ),
    (
        "with ten times equity lost on a bad day",
        {"cvar_daily": 10.0},
        RefusalReason.CVAR_DAILY,
        ("account.cvar_daily_max",),
    ),
    (
        "with an unknown chance of liquidation",
        {"liquidation_probability": None},
        RefusalReason.LIQUIDATION_PROBABILITY,
        ("account.liquidation_probability_max",),
    ),
    (
        "with ten times equity lost behind its stops",
        {"capital_at_risk": 10.0},
        RefusalReason.CAPITAL_AT_RISK,
        ("account.capital_at_risk_max",),
    ),
)
_BAD_ACTIVITY: Final[tuple[_Change, ...]] = (
    ("sent before", {"is_known_intent": True}, RefusalReason.KNOWN_INTENT, ()),
    ("the same as one just sent", {"is_repeated": True}, RefusalReason.DUPLICATE, ("order.duplicate_window_s",)),
    ("of a strategy that was stopped", {"is_strategy_stopped": True}, RefusalReason.STRATEGY_STOPPED, ()),
    (
        "after messages without end within a second",
        {"messages_last_second": _MANY},
        RefusalReason.MESSAGES_PER_SECOND,
        ("activity.messages_per_second_max",),
    ),
    (
        "after messages without end within ten seconds",
        {"messages_last_10_seconds": _MANY},
        RefusalReason.MESSAGES_PER_10_SECONDS,
        ("activity.messages_per_10_seconds_max",),
    ),
    (
        "after messages without end within a minute",
        {"messages_last_minute": _MANY},
        RefusalReason.MESSAGES_PER_MINUTE,
        ("activity.messages_per_minute_max",),
    ),
    (
        "after orders without end and without a fill",
        {"orders_today": _MANY},
        RefusalReason.ORDERS_PER_FILL,
        ("activity.orders_per_fill_max",),
    ),
    (
        "after entries without end",
        {"entries_last_hour": _MANY},
        RefusalReason.ENTRIES_PER_HOUR,
        ("activity.entries_per_hour_max",),
    ),
)
_BAD_PARTS: Final[Mapping[str, tuple[_Change, ...]]] = {
    "instrument": _BAD_PRICES,
    "account": _BAD_ACCOUNTS,
    "projection": _BAD_ESTIMATES,
    "activity": _BAD_ACTIVITY,
}
"""What is bad of each part of a snapshot."""


@frozen(kw_only=True)
class CannedOrder:
    """A bad order, with what the gate is told about it.

    Attributes:
        name: What is wrong with it.
        intent: The order.
        snapshot: The account and the market that it comes in.
        reason: For which it has to be refused.
        needs: Keys of the limits of which one has to be set for that; none where it is bad whatever the limits are.
    """

    name: str
    intent: OrderIntent
    snapshot: RiskSnapshot
    reason: RefusalReason
    needs: tuple[str, ...] = ()

    def is_limited_by(self, limits: RiskLimits) -> bool:
        """Whether these limits say anything of what it is bad for."""
        return not self.needs or any(_is_set(limit_at(limits, key)) for key in self.needs)


def _is_set(limit: object) -> bool:
    """Whether a limit limits anything: none, no instrument that it is set for, and what is allowed do not."""
    return limit is not None and limit is not True and limit != {}


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
    account = AccountState(equity=_EQUITY, at_ns=_NOW_NS, cash=_EQUITY, strategy_notional={"canned": Decimal(10)})
    snapshot = RiskSnapshot(
        now_ns=_NOW_NS,
        instrument=instrument,
        account=account,
        projection=_NOTHING_AT_RISK,
        projection_before=_NOTHING_AT_RISK,
    )
    return intent, snapshot


def canned_orders(limits: RiskLimits) -> tuple[CannedOrder, ...]:
    """Return the bad orders, in an instrument that these limits let be opened or say something of."""
    allowed = limits.market.symbols or frozenset({_DEFAULT_SYMBOL})
    intent, snapshot = good_order(min((each for each in allowed if not is_spot(each)), default=_DEFAULT_SYMBOL))
    bought = (
        *_bad_terms(intent, snapshot),
        *_bad_for_their_instrument(limits, allowed),
        *_bad_intents(intent, snapshot),
        *_bad_surroundings(intent, snapshot),
    )
    bought += (_unpaid(snapshot),)
    short = evolve(intent, terms=evolve(intent.terms, side=Side.SELL))
    not_mirrored = _canned("to sell short", short, snapshot, RefusalReason.SHORT_NOT_ALLOWED, "position.allow_short")
    return (*bought, *map(_sold, bought), not_mirrored)


def _sold(bought: CannedOrder) -> CannedOrder:
    """Return the mirror image, so that a gate that judges one side only is noticed."""
    terms, snapshot = bought.intent.terms, bought.snapshot
    price = None if terms.price is None else (_MARK * _MARK / terms.price).quantize(_THOUSANDTH)
    opened = PositionSide.SHORT if terms.position_side is PositionSide.LONG else terms.position_side
    intent = evolve(bought.intent, terms=evolve(terms, side=Side.SELL, position_side=opened, price=price))
    return evolve(bought, name=f"{bought.name}, as a sale", intent=intent, snapshot=snapshot.mirrored)


def _bad_terms(intent: OrderIntent, snapshot: RiskSnapshot) -> Iterator[CannedOrder]:
    terms, reason = intent.terms, RefusalReason
    gone = evolve(terms, time_in_force=TimeInForce.GTD, good_until_ns=_A_YEAR_AGO_NS)
    for name, bad, why, needs in (
        ("worth a million times equity", evolve(terms, quantity=_MUCH), reason.ORDER_NOTIONAL, "order.notional_max"),
        ("not a whole number of lots", evolve(terms, quantity=Decimal("0.10005")), reason.VENUE_QUANTITY, ""),
        ("below the least quantity", evolve(terms, quantity=Decimal("0.0001")), reason.VENUE_QUANTITY, ""),
        ("worth less than the venue takes", evolve(terms, quantity=Decimal("0.001")), reason.BELOW_MINIMUM, ""),
        ("not a whole number of ticks", evolve(terms, price=_MARK + Decimal("0.005")), reason.VENUE_PRICE, ""),
        ("at four times the market", evolve(terms, price=4 * _MARK), reason.PRICE_COLLAR, "order.price_collar"),
        ("of another instrument", evolve(terms, symbol=f"{terms.symbol}X"), reason.UNKNOWN_INSTRUMENT, ""),
        ("on a side that the mode lacks", evolve(terms, position_side=PositionSide.LONG), reason.POSITION_MODE, ""),
        ("good until a year ago", gone, reason.EXPIRED, ""),
    ):
        yield _canned(name, evolve(intent, terms=bad), snapshot, why, needs)


def _bad_for_their_instrument(limits: RiskLimits, allowed: frozenset[str]) -> Iterator[CannedOrder]:
    """Yield orders in instruments that a limit is set for, and one in an instrument that is not allowed."""
    intent, snapshot = good_order(_one_of(limits.order.quantity_max, allowed))
    much = evolve(intent, terms=evolve(intent.terms, quantity=Decimal(_MANY)))
    yield _canned("of endless quantity", much, snapshot, RefusalReason.ORDER_QUANTITY, "order.quantity_max")
    intent, snapshot = good_order(_one_of(limits.position.notional_max, allowed))
    held = evolve(snapshot, instrument=evolve(snapshot.instrument, held_quantity=Decimal(_MANY)))
    yield _canned("beside endless value", intent, held, RefusalReason.POSITION_NOTIONAL, "position.notional_max")
    strange = "".join(sorted(allowed)) + "X"
    yield _canned("of no listed one", *good_order(strange), RefusalReason.SYMBOL_NOT_ALLOWED, "market.symbols")


def _one_of(limited: Mapping[str, Decimal], allowed: frozenset[str]) -> str:
    return min(limited.keys() & allowed or limited or allowed)


def _bad_intents(intent: OrderIntent, snapshot: RiskSnapshot) -> Iterator[CannedOrder]:
    reason = RefusalReason
    a_year_ago = evolve(intent, decided_at_ns=_A_YEAR_AGO_NS)
    yield _canned("decided a year ago", a_year_ago, snapshot, reason.INTENT_STALE, "order.intent_age_max_s")
    elsewhere = evolve(intent, environment=Environment.TESTNET)
    yield _canned("decided for another environment", elsewhere, snapshot, reason.ENVIRONMENT)


def _unpaid(snapshot: RiskSnapshot) -> CannedOrder:
    """Return an order of a spot pair for which there is no cash, and as a sale no coin."""
    symbol = f"{snapshot.instrument.instrument.symbol}{SPOT_SUFFIX}"
    intent, whole = good_order(symbol)
    without = evolve(whole, account=evolve(whole.account, cash=ZERO))
    return _canned("of spot without cash or coins", intent, without, RefusalReason.INSUFFICIENT_BALANCE)


def _bad_surroundings(intent: OrderIntent, snapshot: RiskSnapshot) -> Iterator[CannedOrder]:
    """Yield a good order in a snapshot of which one number is bad."""
    for part, changes in _BAD_PARTS.items():
        for name, change, reason, needs in changes:
            whole: dict[str, Any] = {part: evolve(getattr(snapshot, part), **change)}
            yield _canned(name, intent, evolve(snapshot, **whole), reason, *needs)


def _canned(name: str, intent: OrderIntent, snapshot: RiskSnapshot, reason: RefusalReason, *needs: str) -> CannedOrder:
    return CannedOrder(name=name, intent=intent, snapshot=snapshot, reason=reason, needs=tuple(filter(None, needs)))


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
        margins=() if is_spot(symbol) else (_WIDE_BRACKET,),
    )
