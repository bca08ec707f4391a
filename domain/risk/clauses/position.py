"""Clauses on what would be held in one instrument, in those that move alike, and by one strategy."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.numbers import ZERO
from domain.risk.clause import AnyClause, Clause, always, ratio
from domain.risk.limits import RiskLimits
from domain.risk.verdict import RefusalReason
from domain.risk.worst_case import WorstCase


def _is_position_too_valuable(maxima: Mapping[str, Decimal], case: WorstCase) -> bool:
    limit = maxima.get(case.terms.symbol)
    return limit is not None and case.is_worse and case.notional > limit


# Fractions of equity are multiplied out here and below, because equity can be zero or negative.


def _is_concentrated(limit: Decimal, case: WorstCase) -> bool:
    return case.is_worse and case.notional > limit * case.account.equity


def _is_correlated(limit: Decimal, case: WorstCase) -> bool:
    account = case.account
    alike = account.alike_if_long if case.is_buy else account.alike_if_short
    return case.notional + alike > limit * account.equity


def _correlated_leverage(case: WorstCase) -> Decimal | None:
    account = case.account
    alike = account.alike_if_long if case.is_buy else account.alike_if_short
    return ratio(case.notional + alike, account.equity)


def _is_strategy_too_large(limit: Decimal, case: WorstCase) -> bool:
    account = case.account
    if not account.strategy_notional:
        return True
    allowed, before = limit * account.equity, account.strategy_notional_before
    for strategy, notional in account.strategy_notional.items():
        if notional > allowed and notional > before.get(strategy, ZERO):
            return True
    return False


def _strategy_leverage(case: WorstCase) -> Decimal | None:
    notionals = case.account.strategy_notional.values()
    return ratio(max(notionals), case.account.equity) if notionals else None


def _unless_shorts_are_allowed(limits: RiskLimits) -> tuple[()] | None:
    return None if limits.position.allow_short else ()


def _is_short(_: tuple[()], case: WorstCase) -> bool:
    # A sell that is not marked as reducing can open whatever is held now: what only reduces may close that first.
    return not case.is_buy


def _is_side_unknown(_: tuple[()], case: WorstCase) -> bool:
    return (case.instrument.unknown_buys if case.is_buy else case.instrument.unknown_sells) > 0


CLAUSES: Final[tuple[AnyClause, ...]] = (
    Clause(
        reason=RefusalReason.POSITION_NOTIONAL,
        control="R03",
        protects="No position of an instrument gets more valuable than its limit, whatever fills.",
        subject="position notional",
        limit_of=lambda limits: limits.position.notional_max or None,
        is_broken=_is_position_too_valuable,
        value_of=lambda case: case.notional,
        shown=lambda maxima, case: maxima[case.terms.symbol],
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.CONCENTRATION,
        control="R03",
        protects="No single instrument carries more than a share of equity, whatever fills.",
        subject="concentration",
        limit_of=lambda limits: limits.position.concentration_max,
        is_broken=_is_concentrated,
        value_of=lambda case: ratio(case.notional, case.account.equity),
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.CORRELATED,
        control="R03",
        protects="Instruments that lose together do not carry more than the limit together.",
        subject="leverage of what moves alike",
        limit_of=lambda limits: limits.position.correlated_max,
        is_broken=_is_correlated,
        value_of=_correlated_leverage,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.STRATEGY_LEVERAGE,
        control="R03",
        protects="No strategy carries more than its limit.",
        subject="leverage of the strategy",
        limit_of=lambda limits: limits.position.strategy_leverage_max,
        is_broken=_is_strategy_too_large,
        value_of=_strategy_leverage,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.SHORT_NOT_ALLOWED,
        control="R03",
        protects="Nothing is sold short where that is not allowed.",
        subject="a sell that does not only reduce",
        limit_of=_unless_shorts_are_allowed,
        is_broken=_is_short,
    ),
    Clause(
        reason=RefusalReason.UNKNOWN_ORDER,
        control="R04",
        protects="While it is unknown whether the venue has an order, none is added on its side of the instrument.",
        subject="unknown orders on this side",
        limit_of=always,
        is_broken=_is_side_unknown,
        value_of=lambda case: case.instrument.unknown_buys if case.is_buy else case.instrument.unknown_sells,
    ),
)
