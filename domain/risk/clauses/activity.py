"""Clauses on how much is sent: rates of messages, orders without fills, and strategies that run away."""

from collections.abc import Callable
from operator import attrgetter
from typing import Final, NamedTuple

from domain.numbers import ONE, exact
from domain.risk.clause import AnyClause, Clause, always
from domain.risk.limits import ActivityLimits, RiskLimits
from domain.risk.verdict import RefusalReason
from domain.risk.worst_case import WorstCase


class _FillLimit(NamedTuple):
    orders_per_fill: float
    free_orders: int


def openings_max(messages_max: int, reserved_fraction: float) -> int:
    """Return how many of the messages of a window openings may use: what is reserved is left, rounded down."""
    return int(messages_max * (ONE - exact(reserved_fraction)))


def _rate(
    reason: RefusalReason,
    window: str,
    count: str,
    messages_max: Callable[[ActivityLimits], int | None],
) -> Clause[int]:
    sent: Callable[[WorstCase], int] = attrgetter(f"activity.{count}")

    def limit_of(limits: RiskLimits) -> int | None:
        limit = messages_max(limits.activity)
        return None if limit is None else openings_max(limit, limits.activity.reserved_fraction)

    return Clause(
        reason=reason,
        control="R06",
        protects=f"Openings leave the reserved share of the messages of {window} to what closes and cancels.",
        subject=f"messages within {window}",
        limit_of=limit_of,
        is_broken=lambda limit, case: sent(case) >= limit,
        value_of=lambda case: sent(case) + 1,
    )


def _fill_limit(limits: RiskLimits) -> _FillLimit | None:
    activity = limits.activity
    if activity.orders_per_fill_max is None:
        return None
    return _FillLimit(activity.orders_per_fill_max, activity.orders_per_fill_from)


def _fill_too_few(limit: _FillLimit, case: WorstCase) -> bool:
    activity = case.activity
    orders = activity.orders_today + 1
    return orders > limit.free_orders and orders > limit.orders_per_fill * activity.fills_today


def _orders_per_fill(case: WorstCase) -> float | None:
    fills = case.activity.fills_today
    return (case.activity.orders_today + 1) / fills if fills > 0 else None


def _enters_too_often(limit: int, case: WorstCase) -> bool:
    return case.activity.entries_last_hour >= limit


def _is_stopped(_: tuple[()], case: WorstCase) -> bool:
    return case.activity.is_strategy_stopped


CLAUSES: Final[tuple[AnyClause, ...]] = (
    _rate(
        RefusalReason.MESSAGES_PER_SECOND,
        "a second",
        "messages_last_second",
        lambda limits: limits.messages_per_second_max,
    ),
    _rate(
        RefusalReason.MESSAGES_PER_10_SECONDS,
        "ten seconds",
        "messages_last_10_seconds",
        lambda limits: limits.messages_per_10_seconds_max,
    ),
    _rate(
        RefusalReason.MESSAGES_PER_MINUTE,
        "a minute",
        "messages_last_minute",
        lambda limits: limits.messages_per_minute_max,
    ),
    Clause(
        reason=RefusalReason.ORDERS_PER_FILL,
        control="R07",
        protects="A day does not see more orders for each fill than the limit, but for the first ones.",
        subject="orders for each fill of a day",
        limit_of=_fill_limit,
        is_broken=_fill_too_few,
        value_of=_orders_per_fill,
        shown=lambda limit, _: limit.orders_per_fill,
    ),
    Clause(
        reason=RefusalReason.ENTRIES_PER_HOUR,
        control="R09",
        protects="No strategy opens more often within an hour than the limit.",
        subject="openings of the strategy within an hour",
        limit_of=lambda limits: limits.activity.entries_per_hour_max,
        is_broken=_enters_too_often,
        value_of=lambda case: case.activity.entries_last_hour + 1,
    ),
    Clause(
        reason=RefusalReason.STRATEGY_STOPPED,
        control="R09",
        protects="A strategy that opened too often opens nothing until a person lets it go on.",
        subject="the strategy is stopped until a person lets it go on",
        limit_of=always,
        is_broken=_is_stopped,
    ),
)
