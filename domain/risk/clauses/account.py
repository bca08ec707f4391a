"""Clauses on the account as a whole: leverage, margin, estimates of loss, open orders, and what blocks opening."""

from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import Final

from domain.margin import MarginMode, liquidation_price
from domain.numbers import ONE, ZERO
from domain.risk.clause import AnyClause, Clause, always, ratio
from domain.risk.coin_cash import cash_per_coin
from domain.risk.limits import RiskLimits
from domain.risk.verdict import Breach, Figure, RefusalReason
from domain.risk.worst_case import WorstCase

_REASON_OF_BLOCK: Final = {reason.value: reason for reason in RefusalReason}


def _are_numbers_unknown(_: tuple[()], case: WorstCase) -> bool:
    return not case.are_numbers_known


def _is_without_equity(_: tuple[()], case: WorstCase) -> bool:
    return case.account.equity <= ZERO


def _is_blocked(_: tuple[()], case: WorstCase) -> bool:
    return bool(case.account.blocks)


def _blocks(case: WorstCase) -> tuple[Breach, ...]:
    """Return a breach for each block; one that is not known by its code still blocks."""
    return tuple(
        Breach(_REASON_OF_BLOCK.get(code, RefusalReason.BLOCKED), "opening is blocked", code)
        for code in dict.fromkeys(case.account.blocks)
    )


def _gross(case: WorstCase) -> Decimal:
    return case.account.gross_notional + case.notional


def _is_gross_too_large(limit: Decimal, case: WorstCase) -> bool:
    account = case.account
    return case.is_worse and account.gross_notional + case.notional > limit * account.equity


def _net(case: WorstCase) -> Decimal:
    """Return the net value on the side of the order: only what stays elsewhere whatever fills is netted with it."""
    account = case.account
    if case.is_buy:
        return account.long_notional + case.notional - account.short_kept
    return account.short_notional + case.notional - account.long_kept


def _is_net_too_large(limit: Decimal, case: WorstCase) -> bool:
    return _net(case) > limit * case.account.equity


def _maintenance(case: WorstCase) -> Decimal:
    return case.other_maintenance + case.bracket.maintenance_margin(case.notional)


def _is_margin_thin(limit: Decimal, case: WorstCase) -> bool:
    # In cross margin an order on the smaller side leaves the worst case of the account as it is.
    if not case.is_worse and case.account.margin_mode is MarginMode.CROSS:
        return False
    return _maintenance(case) > limit * case.backing


def _is_liquidation_near(limit: Decimal, case: WorstCase) -> bool:
    """Whether the account would be below its maintenance margin once the mark has moved so far against the order.

    Equity less maintenance margin falls all the way as the mark moves against a position, so this is the same as
    asking for the distance of `liquidation_price`, and needs no search. Spot is not liquidated, but takes cash from
    what is: the contracts elsewhere have to bear the move, all of them at once.
    """
    if case.rules.is_spot:
        contracts, margin = case.account.contract_notional, case.other_maintenance
        is_borne = case.backing - limit * contracts >= margin + limit * margin
        return contracts > ZERO and case.account.margin_mode is MarginMode.CROSS and not is_borne
    value = case.quantity * case.mark
    loss = limit * value
    moved, bracket = value - loss if case.is_buy else value + loss, case.bracket
    if not bracket.notional_floor <= moved < bracket.notional_cap:
        bracket = case.schedule.bracket_at(moved)
    return case.backing - loss < case.other_maintenance + bracket.maintenance_margin(moved)


def _liquidation_distance(case: WorstCase) -> Decimal:
    if case.rules.is_spot:
        margin = case.other_maintenance
        return max((case.backing - margin) / (case.account.contract_notional + margin), ZERO)
    sign = 1 if case.is_buy else -1
    price = liquidation_price(
        wallet_balance=case.backing,
        signed_quantity=sign * case.quantity,
        cost=sign * case.quantity * case.mark,
        schedule=case.schedule,
        other_maintenance=case.other_maintenance,
    )
    # Asked only when it is too near: then no price means that every price liquidates.
    return ZERO if price is None else max(sign * (ONE - price / case.mark), ZERO)


def _cash_needed(case: WorstCase) -> Decimal:
    unit = cash_per_coin(case.price, case.rules, is_limited=case.terms.price is not None)
    return case.terms.quantity * unit


def _is_not_paid(_: tuple[()], case: WorstCase) -> bool:
    """Whether a spot order needs cash or coins that are not there.

    A sale that is not marked as reducing can sell what is held, once more, behind one that is.
    """
    if not case.rules.is_spot:
        return False
    cash = case.account.cash
    return not case.is_buy or cash is None or _cash_needed(case) > cash


def _lacks(case: WorstCase) -> tuple[Breach, ...]:
    reason = RefusalReason.INSUFFICIENT_BALANCE
    if case.is_buy:
        return (Breach(reason, "cash that spot takes", _cash_needed(case), case.account.cash or ZERO),)
    return (Breach(reason, "spot is sold only to reduce what is held"),)


_SAME: Final = 1.0 + 1e-9
"""By so much one risk may differ from itself: among more corners the same largest one is added up otherwise."""


def _projected(
    reason: RefusalReason, control: str, subject: str, estimate: str, limit_of: Callable[[RiskLimits], float | None]
) -> Clause[float]:
    # Dotted look-ups, because they take a third of the time of functions that do the same.
    with_order: Callable[[WorstCase], float | None] = attrgetter(f"projection.{estimate}")
    without_order: Callable[[WorstCase], float | None] = attrgetter(f"projection_before.{estimate}")

    def is_broken(limit: float, case: WorstCase) -> bool:
        value = with_order(case)
        # Asked so that what is no number is beyond.
        if value is not None and value <= limit:
            return False
        before = without_order(case)
        return value is None or before is None or not value <= before * _SAME

    return Clause(
        reason=reason,
        control=control,
        protects=f"The order does not take the {subject} beyond the limit; where it is unknown nothing is opened.",
        subject=subject,
        limit_of=limit_of,
        is_broken=is_broken,
        value_of=with_order,
    )


def _has_too_many_open(limit: int, case: WorstCase) -> bool:
    return case.account.open_orders >= limit


def _has_too_many_unknown(limit: int, case: WorstCase) -> bool:
    # This order may be the next of which nothing is heard.
    return case.account.unknown_orders >= limit


def _orders_with_this(count: Callable[[WorstCase], int]) -> Callable[[WorstCase], Figure]:
    return lambda case: count(case) + 1


CLAUSES: Final[tuple[AnyClause, ...]] = (
    Clause(
        reason=RefusalReason.ACCOUNT_UNKNOWN,
        control="R16",
        protects="Nothing is opened while a number of the account or the market is no number.",
        subject="a number of the account or the market is unknown",
        limit_of=always,
        is_broken=_are_numbers_unknown,
    ),
    Clause(
        reason=RefusalReason.BLOCKED,
        control="R11 R12",
        protects="Nothing is opened after a loss limit, a halt, or a stop by a person; each refuses by its own code.",
        subject="opening is blocked",
        limit_of=always,
        is_broken=_is_blocked,
        breaches_of=_blocks,
    ),
    Clause(
        reason=RefusalReason.NO_EQUITY,
        control="R05",
        protects="Nothing is opened without equity.",
        subject="equity",
        limit_of=always,
        is_broken=_is_without_equity,
        value_of=lambda case: case.account.equity,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.GROSS_LEVERAGE,
        control="R03",
        protects="All positions together stay within so many times equity, whatever fills.",
        subject="gross leverage",
        limit_of=lambda limits: limits.account.leverage_max,
        is_broken=_is_gross_too_large,
        value_of=lambda case: ratio(_gross(case), case.account.equity),
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.NET_LEVERAGE,
        control="R03",
        protects="Longs less the shorts that stay, and shorts less the longs that stay, within a multiple of equity.",
        subject="net leverage",
        limit_of=lambda limits: limits.account.net_leverage_max,
        is_broken=_is_net_too_large,
        value_of=lambda case: ratio(_net(case), case.account.equity),
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.MARGIN_RATIO,
        control="R05",
        protects="Maintenance margin stays below a share of the equity that backs it, whatever fills.",
        subject="margin ratio",
        limit_of=lambda limits: limits.account.margin_ratio_max,
        is_broken=_is_margin_thin,
        value_of=lambda case: ratio(_maintenance(case), case.backing),
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.LIQUIDATION_DISTANCE,
        control="R05",
        protects="The mark has to move at least so far before the position is liquidated, whatever fills.",
        subject="distance to liquidation",
        limit_of=lambda limits: limits.account.liquidation_distance_min,
        is_broken=_is_liquidation_near,
        value_of=_liquidation_distance,
        is_minimum=True,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.INSUFFICIENT_BALANCE,
        control="R03",
        protects="Spot is bought with cash that backs nothing else, fee included, and never sold short.",
        subject="cash that spot takes",
        limit_of=always,
        is_broken=_is_not_paid,
        value_of=_cash_needed,
        breaches_of=_lacks,
        needs_value=True,
    ),
    _projected(
        RefusalReason.LIQUIDATION_PROBABILITY,
        "R05",
        "probability of liquidation within 24 hours",
        "liquidation_probability",
        lambda limits: limits.account.liquidation_probability_max,
    ),
    _projected(
        RefusalReason.VAR_DAILY,
        "R03",
        "value at risk of a day over equity",
        "var_daily",
        lambda limits: limits.account.var_daily_max,
    ),
    _projected(
        RefusalReason.CVAR_DAILY,
        "R03",
        "expected shortfall of a day over equity",
        "cvar_daily",
        lambda limits: limits.account.cvar_daily_max,
    ),
    _projected(
        RefusalReason.CAPITAL_AT_RISK,
        "R03",
        "capital at risk over equity",
        "capital_at_risk",
        lambda limits: limits.account.capital_at_risk_max,
    ),
    Clause(
        reason=RefusalReason.OPEN_ORDERS,
        control="R04",
        protects="No more orders are open than the limit.",
        subject="open orders",
        limit_of=lambda limits: limits.account.open_orders_max,
        is_broken=_has_too_many_open,
        value_of=_orders_with_this(lambda case: case.account.open_orders),
    ),
    Clause(
        reason=RefusalReason.UNKNOWN_ORDERS,
        control="R04",
        protects="Nothing is opened while so many orders are unknown that one more would pass the limit.",
        subject="orders that may be unknown",
        limit_of=lambda limits: limits.account.unknown_orders_max,
        is_broken=_has_too_many_unknown,
        value_of=_orders_with_this(lambda case: case.account.unknown_orders),
    ),
)
