"""The edge of each limit, worked out by hand: an order that it just lets pass, and one that it just does not.

Unless something else is said: equity 10,000, mark and last price 100, nothing held, no fees.
"""

from collections.abc import Mapping
from decimal import Decimal
from math import nextafter
from typing import Any, Final

from attrs import Factory, evolve, frozen

from domain.margin import MarginMode
from domain.risk.snapshot import ActivityState, OrderIntent, RiskSnapshot
from domain.risk.verdict import RefusalReason
from tests.risk_cases import (
    CALM,
    buy,
    make_account,
    make_intent,
    make_snapshot,
    make_state,
    sell,
)
from tests.support import START_NS, SYMBOL, make_instrument

SECOND: Final = 1_000_000_000
NO_FEES: Final = make_instrument(taker_rate="0")


@frozen(kw_only=True)
class Edge:
    """An order that a limit just lets pass, and one that it just does not."""

    key: str
    limit: Any  # of the type of that limit
    passes: tuple[OrderIntent, RiskSnapshot]
    breaks: tuple[OrderIntent, RiskSnapshot]
    reason: RefusalReason
    beside: Mapping[str, Any] = Factory(dict)


def d(text: str) -> Decimal:
    return Decimal(text)


def state(**changes: Any) -> RiskSnapshot:  # noqa: ANN401  # any field of the instrument
    return make_snapshot(instrument=make_state(**{"instrument": NO_FEES, **changes}))


def account(**changes: Any) -> RiskSnapshot:  # noqa: ANN401  # any field of the account
    return evolve(state(), account=make_account(**changes))


def activity(**changes: Any) -> RiskSnapshot:  # noqa: ANN401  # any field of the activity
    return make_snapshot(activity=ActivityState(**changes))


def projected(name: str, value: float | None, before: float | None = None) -> RiskSnapshot:
    change: dict[str, Any] = {name: value}
    change_before: dict[str, Any] = {name: before}
    return make_snapshot(projection=evolve(CALM, **change), projection_before=evolve(CALM, **change_before))


def estimate_edges() -> list[Edge]:
    return [
        Edge(
            key=f"account.{name}_max",
            limit=limit,
            passes=(buy(), projected(name, limit)),
            breaks=(buy(), projected(name, nextafter(limit, 1.0))),
            reason=RefusalReason(name),
        )
        for name, limit in (
            ("liquidation_probability", 0.005),
            ("var_daily", 0.02),
            ("cvar_daily", 0.03),
            ("capital_at_risk", 0.25),
        )
    ]


def rate_edges() -> list[Edge]:
    # 10 a window less a fifth reserved: 8 for openings. After 7 one more may go.
    return [
        Edge(
            key=f"activity.messages_per_{window}_max",
            limit=10,
            beside={"activity__reserved_fraction": 0.2},
            passes=(buy(), activity(**{f"messages_last_{window}": 7})),
            breaks=(buy(), activity(**{f"messages_last_{window}": 8})),
            reason=RefusalReason(f"messages_per_{window}"),
        )
        for window in ("second", "10_seconds", "minute")
    ]


EDGES: Final = [
    *estimate_edges(),
    *rate_edges(),
    # 20 × 100 = 2,000.
    Edge(
        key="order.notional_max",
        limit=d("2000"),
        passes=(buy("20"), state()),
        breaks=(buy("20.001"), state()),
        reason=RefusalReason.ORDER_NOTIONAL,
    ),
    # At its worst price: 19.608 × 102 = 2,000.016, 19.607 × 102 = 1,999.914.
    Edge(
        key="order.notional_max",
        limit=d("2000"),
        passes=(buy("19.607", price="102"), state()),
        breaks=(buy("19.608", price="102"), state()),
        reason=RefusalReason.ORDER_NOTIONAL,
    ),
    Edge(
        key="order.quantity_max",
        limit={SYMBOL: d("5")},
        passes=(buy("5"), state()),
        breaks=(buy("5.001"), state()),
        reason=RefusalReason.ORDER_QUANTITY,
    ),
    # 2 % of 100 above and below the mark.
    Edge(
        key="order.price_collar",
        limit=d("0.02"),
        passes=(buy(price="102"), state()),
        breaks=(buy(price="102.1"), state()),
        reason=RefusalReason.PRICE_COLLAR,
    ),
    Edge(
        key="order.price_collar",
        limit=d("0.02"),
        passes=(sell(price="98"), state()),
        breaks=(sell(price="97.9"), state()),
        reason=RefusalReason.PRICE_COLLAR,
    ),
    # 2 % above a last price of 99: 99 × 1.02 = 100.98.
    Edge(
        key="order.price_collar",
        limit=d("0.02"),
        passes=(buy(price="100.9"), state(last_price=d("99"))),
        breaks=(buy(price="101"), state(last_price=d("99"))),
        reason=RefusalReason.PRICE_COLLAR,
    ),
    # A market order fills about the last price.
    Edge(
        key="order.price_collar",
        limit=d("0.02"),
        passes=(buy(), state(last_price=d("102"))),
        breaks=(buy(), state(last_price=d("102.01"))),
        reason=RefusalReason.PRICE_COLLAR,
    ),
    Edge(
        key="order.price_age_max_s",
        limit=10.0,
        passes=(buy(), state(mark_at_ns=START_NS - 10 * SECOND, last_at_ns=START_NS + 10 * SECOND)),
        breaks=(buy(), state(mark_at_ns=START_NS - 10 * SECOND - 1_000)),
        reason=RefusalReason.PRICE_STALE,
    ),
    Edge(
        key="order.price_age_max_s",
        limit=10.0,
        passes=(buy(), state(last_at_ns=START_NS - 10 * SECOND)),
        breaks=(buy(), state(last_at_ns=START_NS - 10 * SECOND - 1_000)),
        reason=RefusalReason.PRICE_STALE,
    ),
    Edge(
        key="order.intent_age_max_s",
        limit=300.0,
        passes=(make_intent(decided_at_ns=START_NS - 300 * SECOND), state()),
        breaks=(make_intent(decided_at_ns=START_NS - 300 * SECOND - 1_000), state()),
        reason=RefusalReason.INTENT_STALE,
    ),
    Edge(
        key="order.intent_age_max_s",
        limit=300.0,
        passes=(make_intent(decided_at_ns=START_NS), state()),
        breaks=(make_intent(decided_at_ns=START_NS + 1), state()),
        reason=RefusalReason.INTENT_STALE,
    ),
    Edge(
        key="order.duplicate_window_s",
        limit=1.0,
        passes=(buy(), activity()),
        breaks=(buy(), activity(is_repeated=True)),
        reason=RefusalReason.DUPLICATE,
    ),
    # (5 held + 3 working + 2) × 100 = 1,000; what sells does not make room.
    Edge(
        key="position.notional_max",
        limit={SYMBOL: d("1000")},
        passes=(buy("2"), state(held_quantity=d("5"), working_buys=d("3"), working_sells=d("8"))),
        breaks=(buy("2.001"), state(held_quantity=d("5"), working_buys=d("3"), working_sells=d("8"))),
        reason=RefusalReason.POSITION_NOTIONAL,
    ),
    # 10 × 100 = 0.1 × 10,000.
    Edge(
        key="position.concentration_max",
        limit=d("0.1"),
        passes=(sell("10"), state()),
        breaks=(sell("10.001"), state()),
        reason=RefusalReason.CONCENTRATION,
    ),
    # 4,000 elsewhere + 10 × 100 = 0.5 × 10,000.
    Edge(
        key="position.correlated_max",
        limit=d("0.5"),
        passes=(buy("10"), account(alike_if_long=d("4000"), alike_if_short=d("9000"))),
        breaks=(buy("10.001"), account(alike_if_long=d("4000"))),
        reason=RefusalReason.CORRELATED,
    ),
    Edge(
        key="position.correlated_max",
        limit=d("0.5"),
        passes=(sell("10"), account(alike_if_short=d("4000"), alike_if_long=d("9000"))),
        breaks=(sell("10.001"), account(alike_if_short=d("4000"))),
        reason=RefusalReason.CORRELATED,
    ),
    Edge(
        key="position.strategy_leverage_max",
        limit=d("1"),
        passes=(buy(), account(strategy_notional={"trend": d("10000")})),
        breaks=(buy(), account(strategy_notional={"trend": d("10000.01")})),
        reason=RefusalReason.STRATEGY_LEVERAGE,
    ),
    Edge(
        key="position.allow_short",
        limit=False,
        passes=(buy(), state(held_quantity=d("5"))),
        breaks=(sell(), state(held_quantity=d("5"))),
        reason=RefusalReason.SHORT_NOT_ALLOWED,
    ),
    # 20,000 elsewhere + 100 × 100 = 3 × 10,000.
    Edge(
        key="account.leverage_max",
        limit=d("3"),
        passes=(buy("100"), account(gross_notional=d("20000"))),
        breaks=(buy("100.001"), account(gross_notional=d("20000"))),
        reason=RefusalReason.GROSS_LEVERAGE,
    ),
    # 7,000 long elsewhere − 2,000 short held + 50 × 100 = 1 × 10,000.
    Edge(
        key="account.net_leverage_max",
        limit=d("1"),
        passes=(buy("50"), account(long_notional=d("7000"), short_notional=d("9000"), short_kept=d("2000"))),
        breaks=(buy("50.001"), account(long_notional=d("7000"), short_notional=d("9000"), short_kept=d("2000"))),
        reason=RefusalReason.NET_LEVERAGE,
    ),
    Edge(
        key="account.net_leverage_max",
        limit=d("1"),
        passes=(sell("50"), account(short_notional=d("7000"), long_notional=d("9000"), long_kept=d("2000"))),
        breaks=(sell("50.001"), account(short_notional=d("7000"), long_notional=d("9000"), long_kept=d("2000"))),
        reason=RefusalReason.NET_LEVERAGE,
    ),
    # First bracket: 4,900 elsewhere + 250 × 100 × 0.4 % = 5,000 = 0.5 × 10,000.
    Edge(
        key="account.margin_ratio_max",
        limit=d("0.5"),
        passes=(buy("250"), account(maintenance_margin=d("4900"))),
        breaks=(buy("250.001"), account(maintenance_margin=d("4900"))),
        reason=RefusalReason.MARGIN_RATIO,
    ),
    # Isolated at 10 times: 0.4 % of notional over 10 % of notional = 0.04; at 11 times 0.044.
    Edge(
        key="account.margin_ratio_max",
        limit=d("0.04"),
        passes=(buy(), account(margin_mode=MarginMode.ISOLATED, leverage=10)),
        breaks=(buy(), account(margin_mode=MarginMode.ISOLATED, leverage=11)),
        reason=RefusalReason.MARGIN_RATIO,
    ),
    # Second bracket, amount 50: after a fall of 10 % equity 10,000 − 10 q is to be 90 q × 0.5 % − 50 or more,
    # that is 10.45 q ≤ 10,050: 961.722 × 10.45 = 10,049.9949, 961.723 × 10.45 = 10,050.00535.
    Edge(
        key="account.liquidation_distance_min",
        limit=d("0.1"),
        passes=(buy("961.722"), state()),
        breaks=(buy("961.723"), state()),
        reason=RefusalReason.LIQUIDATION_DISTANCE,
    ),
    # Short: 10,000 − 10 q ≥ 110 q × 0.5 % − 50, that is 10.55 q ≤ 10,050:
    # 952.606 × 10.55 = 10,049.9933, 952.607 × 10.55 = 10,050.00385.
    Edge(
        key="account.liquidation_distance_min",
        limit=d("0.1"),
        passes=(sell("952.606"), state()),
        breaks=(sell("952.607"), state()),
        reason=RefusalReason.LIQUIDATION_DISTANCE,
    ),
    # With 4,000 of margin elsewhere: 10.45 q ≤ 6,050: 578.947 × 10.45 = 6,049.99615, 578.948 × 10.45 = 6,050.0066.
    Edge(
        key="account.liquidation_distance_min",
        limit=d("0.1"),
        passes=(buy("578.947"), account(maintenance_margin=d("4000"))),
        breaks=(buy("578.948"), account(maintenance_margin=d("4000"))),
        reason=RefusalReason.LIQUIDATION_DISTANCE,
    ),
    # Isolated: 100 / 9 − 10 = 1.11 ≥ 90 × 0.4 % = 0.36, but 100 / 10 − 10 = 0.
    Edge(
        key="account.liquidation_distance_min",
        limit=d("0.1"),
        passes=(buy(), account(margin_mode=MarginMode.ISOLATED, leverage=9)),
        breaks=(buy(), account(margin_mode=MarginMode.ISOLATED, leverage=10)),
        reason=RefusalReason.LIQUIDATION_DISTANCE,
    ),
    # This is the fifth.
    Edge(
        key="account.open_orders_max",
        limit=5,
        passes=(buy(), account(open_orders=4)),
        breaks=(buy(), account(open_orders=5)),
        reason=RefusalReason.OPEN_ORDERS,
    ),
    # With this one, three may be unknown.
    Edge(
        key="account.unknown_orders_max",
        limit=3,
        passes=(buy(), account(unknown_orders=2)),
        breaks=(buy(), account(unknown_orders=3)),
        reason=RefusalReason.UNKNOWN_ORDERS,
    ),
    # 10 × (1 − 0.3) = 7.
    Edge(
        key="activity.reserved_fraction",
        limit=0.3,
        beside={"activity__messages_per_second_max": 10},
        passes=(buy(), activity(messages_last_second=6)),
        breaks=(buy(), activity(messages_last_second=7)),
        reason=RefusalReason.MESSAGES_PER_SECOND,
    ),
    # 20 orders on 2 fills are 10 each, 21 are more.
    Edge(
        key="activity.orders_per_fill_max",
        limit=10.0,
        beside={"activity__orders_per_fill_from": 5},
        passes=(buy(), activity(orders_today=19, fills_today=2)),
        breaks=(buy(), activity(orders_today=20, fills_today=2)),
        reason=RefusalReason.ORDERS_PER_FILL,
    ),
    # The first five of a day are free even without a fill.
    Edge(
        key="activity.orders_per_fill_from",
        limit=5,
        beside={"activity__orders_per_fill_max": 10.0},
        passes=(buy(), activity(orders_today=4)),
        breaks=(buy(), activity(orders_today=5)),
        reason=RefusalReason.ORDERS_PER_FILL,
    ),
    Edge(
        key="activity.entries_per_hour_max",
        limit=30,
        passes=(buy(), activity(entries_last_hour=29)),
        breaks=(buy(), activity(entries_last_hour=30)),
        reason=RefusalReason.ENTRIES_PER_HOUR,
    ),
    Edge(
        key="market.symbols",
        limit=frozenset({SYMBOL}),
        passes=(buy(), state()),
        breaks=(buy(symbol="ETHUSDT"), state(instrument=make_instrument("ETHUSDT"))),
        reason=RefusalReason.SYMBOL_NOT_ALLOWED,
    ),
    Edge(
        key="market.account_age_max_s",
        limit=5.0,
        passes=(buy(), account(at_ns=START_NS - 5 * SECOND)),
        breaks=(buy(), account(at_ns=START_NS - 5 * SECOND - 1_000)),
        reason=RefusalReason.ACCOUNT_STALE,
    ),
    Edge(
        key="market.clock_offset_max_s",
        limit=1.0,
        passes=(buy(), account(clock_offset_s=1.0)),
        breaks=(buy(), account(clock_offset_s=-1.0001)),
        reason=RefusalReason.CLOCK_OFFSET,
    ),
]
