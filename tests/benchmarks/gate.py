"""How long one verdict of the gate takes, with every limit on, and what it is made of."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from statistics import quantiles
from time import perf_counter_ns
from typing import Final

from attrs import evolve

from adapters.simulated.market import SymbolMarket
from adapters.simulated.pricing import TakerPricing
from adapters.simulated.rules import VenueRules
from application.trading.order_activity import OrderActivity
from domain.instrument import MarginSchedule
from domain.margin import liquidation_price
from domain.order import ClientOrderId, OrderTerms, OrderType, Side
from domain.risk.gate import RiskGate
from domain.risk.limits import AccountLimits, ActivityLimits, MarketLimits, OrderLimits, PositionLimits, RiskLimits
from domain.risk.snapshot import (
    AccountState,
    ActivityState,
    InstrumentState,
    OrderIntent,
    Projection,
    RiskSnapshot,
)
from domain.risk.verdict import Approved
from tests.support import BRACKET_ROWS, START_NS, SYMBOL, make_bar, make_instrument

_CALLS: Final = 20_000
_SYMBOLS: Final = 10
_ORDERS: Final = 100

EVERY_LIMIT: Final = RiskLimits(
    order=OrderLimits(
        notional_max=Decimal(200_000), quantity_max={SYMBOL: Decimal(10)}, price_age_max_s=5.0, intent_age_max_s=60.0
    ),
    position=PositionLimits(
        notional_max={SYMBOL: Decimal(900_000)},
        concentration_max=Decimal("0.9"),
        correlated_max=Decimal(2),
        strategy_leverage_max=Decimal(2),
    ),
    account=AccountLimits(leverage_max=Decimal(3), net_leverage_max=Decimal(2)),
    activity=ActivityLimits(),
    market=MarketLimits(symbols=frozenset({SYMBOL}), account_age_max_s=5.0),
)
_CALM: Final = Projection(var_daily=0.01, cvar_daily=0.015, liquidation_probability=0.001, capital_at_risk=0.1)


def busy_snapshot() -> RiskSnapshot:
    """An account of a million that holds ten instruments, with a hundred orders working."""
    instrument = InstrumentState(
        instrument=make_instrument(),
        held_quantity=Decimal("2.5"),
        working_buys=Decimal("1.25"),
        working_sells=Decimal("0.75"),
        mark_price=Decimal("60123.4"),
        mark_at_ns=START_NS,
        last_price=Decimal("60120.1"),
        last_at_ns=START_NS,
        resting_buy_max=Decimal("60100.0"),
        resting_sell_min=Decimal("63500.0"),
    )
    account = AccountState(
        equity=Decimal("1003456.78901234"),
        at_ns=START_NS,
        long_notional=Decimal("412345.678901"),
        short_notional=Decimal("398765.4321"),
        gross_notional=Decimal("612345.67890123"),
        long_kept=Decimal("300000.123"),
        short_kept=Decimal("290000.456"),
        alike_if_long=Decimal("333333.33"),
        alike_if_short=Decimal("222222.22"),
        maintenance_margin=Decimal("4567.8901"),
        strategy_notional={"trend": Decimal("456789.01"), "carry": Decimal("234567.89")},
        strategy_notional_before={"trend": Decimal("446789.01"), "carry": Decimal("224567.89")},
        open_orders=_ORDERS,
        leverage=20,
    )
    activity = ActivityState(
        messages_last_second=3,
        messages_last_10_seconds=20,
        messages_last_minute=90,
        orders_today=5_000,
        fills_today=2_000,
        entries_last_hour=12,
    )
    return RiskSnapshot(
        now_ns=START_NS,
        instrument=instrument,
        account=account,
        activity=activity,
        projection=_CALM,
        projection_before=_CALM,
    )


def limit_order(price: str = "60050.0", quantity: str = "0.25") -> OrderIntent:
    """An opening limit order that every clause passes."""
    terms = OrderTerms(
        symbol=SYMBOL, side=Side.BUY, type=OrderType.LIMIT, quantity=Decimal(quantity), price=Decimal(price)
    )
    return OrderIntent(intent_id="i-1", terms=terms, strategy="trend", purpose="open", decided_at_ns=START_NS)


def measure_call(title: str, work: Callable[[], object]) -> tuple[float, float]:
    """Print and return the median and the 99th percentile of one call, microseconds."""
    for _ in range(_CALLS // 10):
        work()
    taken = []
    for _ in range(_CALLS):
        start = perf_counter_ns()
        work()
        taken.append(perf_counter_ns() - start)
    cuts = quantiles(taken, n=100)
    p50, p99 = cuts[49] / 1e3, cuts[98] / 1e3
    print(f"{title:<42} p50 {p50:7.2f} us  p99 {p99:7.2f} us", flush=True)
    return p50, p99


def yardstick() -> Decimal:
    """A hundred sums and comparisons of decimals: what a verdict cannot do without, many times over."""
    total, limit = Decimal(0), Decimal("1E9")
    for _ in range(100):
        if total < limit:
            total += Decimal("1.25")
    return total


def measure_gate() -> None:
    """Print the time of verdicts and of what they stand beside, and the ratio to plain decimal arithmetic."""
    gate, snapshot, order = RiskGate(EVERY_LIMIT), busy_snapshot(), limit_order()
    if not isinstance(gate.assess(order, snapshot), Approved):
        raise SystemExit(f"the order to be measured is refused: {gate.assess(order, snapshot)}")
    print(f"{len(gate.clauses)} clauses on, {_SYMBOLS} instruments, {_ORDERS} working orders")
    unit, _ = measure_call("100 sums and comparisons of decimals", yardstick)
    p50, _ = measure_call("verdict, approved", lambda: gate.assess(order, snapshot))
    print(f"{p50 / unit:.2f} times the sums and comparisons")
    too_large = limit_order(quantity="9")
    measure_call("verdict, refused for several reasons", lambda: gate.assess(too_large, snapshot))
    reducing = evolve(order, terms=evolve(order.terms, reduce_only=True))
    measure_call("verdict, only reduces", lambda: gate.assess(reducing, snapshot))
    _measure_parts(order)


def _measure_parts(order: OrderIntent) -> None:
    schedule = MarginSchedule.from_rows(BRACKET_ROWS)
    measure_call("liquidation price, fourth bracket", lambda: _liquidation_price(schedule))
    market = SymbolMarket(make_instrument(), deque(make_bar(60_000.0 + n, volume=500.0) for n in range(24)))
    pricing = TakerPricing.from_rules(VenueRules())
    reference, quantity = Decimal("60123.4"), Decimal("2.5")
    measure_call("slippage estimate", lambda: pricing.price(market, reference, quantity, is_buy=True, drift=3.7))
    activity = OrderActivity(EVERY_LIMIT)
    for number in range(60):
        activity.sent(ClientOrderId(f"o-{number}"), order, ["trend"], START_NS + number * 1_000_000_000)
    measure_call("activity of an order", lambda: activity.state(order, ["trend"], START_NS + 60_000_000_000))


def _liquidation_price(schedule: MarginSchedule) -> Decimal | None:
    return liquidation_price(
        wallet_balance=Decimal("345678.9"),
        signed_quantity=Decimal("61.25"),
        cost=Decimal("61.25") * Decimal("60123.4"),
        schedule=schedule,
        other_maintenance=Decimal("4567.89"),
    )


if __name__ == "__main__":
    measure_gate()
