"""What the gate is tried with: limits of every kind, accounts of every shape, orders that open or only reduce."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias, get_args

from attrs import fields
from hypothesis import strategies as st

from domain.margin import MarginMode
from domain.order import OrderTerms, PositionSide, Side
from domain.risk.limits import RiskLimits
from domain.risk.snapshot import (
    AccountState,
    ActivityState,
    Environment,
    InstrumentState,
    OrderIntent,
    Projection,
    RiskSnapshot,
)
from tests.risk_cases import UNLIMITED, make_intent, with_limits
from tests.support import START_NS, SYMBOL, make_instrument, make_terms

Values: TypeAlias = st.SearchStrategy[Any]

LOT: Final = Decimal("0.001")
SECOND: Final = 1_000_000_000

sides: Final = st.sampled_from(Side)
quantities: Final = st.integers(1, 400_000).map(lambda count: count * LOT)
amounts: Final = st.integers(0, 400_000).map(lambda count: count * LOT)
held: Final = st.integers(-400_000, 400_000).map(lambda count: count * LOT)
cash: Final = st.integers(0, 40_000).map(Decimal)
prices: Final = st.integers(900, 1_100).map(lambda count: count * Decimal("0.1"))
instants: Final = st.integers(-20, 2).map(lambda seconds: START_NS + seconds * SECOND)
counts: Final = st.integers(0, 12)
estimates: Final = st.none() | st.sampled_from([0.0, 0.005, 0.01, 0.02, 0.05])

_money: Final = st.integers(1, 40_000).map(Decimal)
_times: Final = st.sampled_from([Decimal(text) for text in ("0.1", "0.5", "1", "2", "5")])
_shares: Final = st.sampled_from([Decimal(text) for text in ("0.01", "0.05", "0.2", "0.5", "1")])
_estimates: Final = st.sampled_from([0.005, 0.01, 0.02, 0.05, 1.0])
_seconds: Final = st.sampled_from([0.5, 1.0, 5.0, 10.0, 60.0])
_counts: Final = st.integers(1, 12)

LIMIT_VALUES: Final[Mapping[str, Values]] = {
    "order.notional_max": st.none() | _money,
    "order.quantity_max": st.dictionaries(st.sampled_from([SYMBOL, "ETHUSDT"]), quantities, max_size=2),
    "order.price_collar": st.none() | _shares,
    "order.price_age_max_s": st.none() | _seconds,
    "order.intent_age_max_s": st.none() | _seconds,
    "order.duplicate_window_s": st.none() | _seconds,
    "position.notional_max": st.dictionaries(st.sampled_from([SYMBOL, "ETHUSDT"]), _money, max_size=2),
    "position.concentration_max": st.none() | _times,
    "position.correlated_max": st.none() | _times,
    "position.correlation_threshold": st.sampled_from([0.3, 0.7, 1.0]),
    "position.strategy_leverage_max": st.none() | _times,
    "position.allow_short": st.booleans(),
    "account.leverage_max": st.none() | _times,
    "account.net_leverage_max": st.none() | _times,
    "account.margin_ratio_max": st.none() | _shares,
    "account.liquidation_distance_min": st.none() | _shares,
    "account.liquidation_probability_max": st.none() | _estimates,
    "account.var_daily_max": st.none() | _estimates,
    "account.cvar_daily_max": st.none() | _estimates,
    "account.capital_at_risk_max": st.none() | _estimates,
    "account.open_orders_max": st.none() | _counts,
    "account.unknown_orders_max": st.none() | _counts,
    "activity.messages_per_second_max": st.none() | _counts,
    "activity.messages_per_10_seconds_max": st.none() | _counts,
    "activity.messages_per_minute_max": st.none() | _counts,
    "activity.reserved_fraction": st.sampled_from([0.0, 0.2, 0.5, 0.9]),
    "activity.orders_per_fill_max": st.none() | st.sampled_from([1.0, 2.0, 5.0]),
    "activity.orders_per_fill_from": _counts,
    "activity.entries_per_hour_max": st.none() | _counts,
    "market.symbols": st.none() | st.frozensets(st.sampled_from([SYMBOL, "ETHUSDT"])),
    "market.account_age_max_s": st.none() | _seconds,
    "market.clock_offset_max_s": st.none() | _seconds,
}
"""Values of each limit, by its key, near those that the accounts below come to."""


def set_limits(values: Mapping[str, Any]) -> RiskLimits:
    """Return limits with these values by key, and all others switched off."""
    return with_limits(UNLIMITED, **{key.replace(".", "__"): value for key, value in values.items()})


_one_limit: Final = st.sampled_from(sorted(LIMIT_VALUES)).flatmap(
    lambda key: st.tuples(st.just(key), LIMIT_VALUES[key])
)
all_limits: Final = st.lists(_one_limit, max_size=6).map(lambda chosen: set_limits(dict(chosen)))
"""Limits of which a few are set. More at once would hide each other, and take long to draw."""

instruments: Final = st.builds(
    InstrumentState,
    instrument=st.sampled_from([make_instrument(), make_instrument(lot_size="0.1", price_band="0.01")]),
    held_quantity=held,
    working_buys=amounts,
    working_sells=amounts,
    mark_price=prices,
    mark_at_ns=instants,
    last_price=st.none() | prices,
    last_at_ns=instants,
    resting_buy_max=st.none() | prices,
    resting_sell_min=st.none() | prices,
    unknown_buys=st.sampled_from([0, 0, 1]),
    unknown_sells=st.sampled_from([0, 0, 1]),
    isolated_equity=cash,
    is_trading=st.sampled_from([True, True, False]),
)
_by_strategy: Final = st.dictionaries(st.sampled_from(["trend", "carry"]), cash, max_size=2)
accounts: Final = st.builds(
    AccountState,
    equity=st.integers(-100, 40_000).map(Decimal),
    at_ns=instants,
    long_notional=cash,
    short_notional=cash,
    gross_notional=cash,
    long_kept=cash,
    short_kept=cash,
    alike_if_long=cash,
    alike_if_short=cash,
    maintenance_margin=st.integers(0, 5_000).map(Decimal),
    strategy_notional=_by_strategy,
    strategy_notional_before=_by_strategy,
    open_orders=counts,
    unknown_orders=counts,
    margin_mode=st.sampled_from(MarginMode),
    leverage=st.sampled_from([1, 5, 20, 125]),
    position_sides=st.sampled_from(
        [frozenset({PositionSide.BOTH}), frozenset({PositionSide.LONG, PositionSide.SHORT})]
    ),
    clock_offset_s=st.sampled_from([0.0, 0.4, -0.9, 7.0]),
    environment=st.sampled_from([Environment.BACKTEST, Environment.BACKTEST, Environment.LIVE]),
    blocks=st.sampled_from([(), (), ("halted",), ("daily_loss", "strange")]),
)
activities: Final = st.builds(
    ActivityState,
    messages_last_second=counts,
    messages_last_10_seconds=counts,
    messages_last_minute=counts,
    orders_today=counts,
    fills_today=counts,
    is_known_intent=st.sampled_from([False, False, True]),
    is_repeated=st.booleans(),
    entries_last_hour=counts,
    is_strategy_stopped=st.sampled_from([False, False, True]),
)
projections: Final = st.builds(
    Projection, var_daily=estimates, cvar_daily=estimates, liquidation_probability=estimates, capital_at_risk=estimates
)
snapshots: Final = st.builds(
    RiskSnapshot,
    now_ns=st.just(START_NS),
    instrument=instruments,
    account=accounts,
    activity=activities,
    projection=projections,
    projection_before=projections,
)

_text_prices: Final = prices.map(str)
opening_terms: Final[st.SearchStrategy[OrderTerms]] = st.one_of(
    st.builds(make_terms, quantities, sides),
    st.builds(lambda quantity, side, price: make_terms(quantity, side, price=price), quantities, sides, _text_prices),
    st.builds(
        lambda quantity, side, price: make_terms(quantity, side, trigger_price=price), quantities, sides, _text_prices
    ),
    st.builds(
        lambda quantity, side, price: make_terms(quantity, side, callback_rate="0.01", activation_price=price),
        quantities,
        sides,
        _text_prices,
    ),
)
reducing_terms: Final[st.SearchStrategy[OrderTerms]] = st.one_of(
    st.builds(lambda quantity, side: make_terms(quantity, side, reduce_only=True), quantities, sides),
    st.builds(
        lambda quantity, side, price: make_terms(quantity, side, price=price, reduce_only=True),
        quantities,
        sides,
        _text_prices,
    ),
    st.builds(lambda side, price: make_terms("0", side, trigger_price=price, close_position=True), sides, _text_prices),
    st.builds(lambda quantity: make_terms(quantity, Side.SELL, position_side=PositionSide.LONG), quantities),
    st.builds(lambda quantity: make_terms(quantity, Side.BUY, position_side=PositionSide.SHORT), quantities),
)


def _intents(terms: st.SearchStrategy[OrderTerms]) -> st.SearchStrategy[OrderIntent]:
    return st.builds(lambda wanted, at_ns: make_intent(wanted, decided_at_ns=at_ns), terms, instants)


opening_intents: Final = _intents(opening_terms)
reducing_intents: Final = _intents(reducing_terms)


def number_fields() -> Iterator[tuple[str, str, type]]:
    """Yield part, name and kind of every number of a snapshot that is a decimal or a float."""
    parts = {
        "instrument": InstrumentState,
        "account": AccountState,
        "projection": Projection,
        "projection_before": Projection,
    }
    for part, holder in parts.items():
        for field in fields(holder):
            for kind in (Decimal, float):
                if field.type is kind or kind in get_args(field.type):
                    yield part, field.name, kind
