"""Clauses that keep the venue's own rules, in its own numbers: what they pass, its filters take."""

from decimal import Decimal
from typing import Final

from domain.order import OrderType
from domain.risk.clause import AnyClause, Clause, always
from domain.risk.verdict import RefusalReason
from domain.risk.worst_case import WorstCase


def _quantity_problem(case: WorstCase) -> str | None:
    return case.rules.quantity_problem(case.terms.quantity)


def _has_quantity_problem(_: tuple[()], case: WorstCase) -> bool:
    return case.rules.quantity_problem(case.terms.quantity) is not None


def _price_problem(case: WorstCase) -> str | None:
    terms, rules = case.terms, case.rules
    if terms.price is not None:
        return rules.price_problem(terms.price, case.mark)
    if terms.trigger_price is not None:
        return rules.price_problem(terms.trigger_price)
    return None if terms.activation_price is None else rules.price_problem(terms.activation_price)


def _has_price_problem(_: tuple[()], case: WorstCase) -> bool:
    return case.terms.type is not OrderType.MARKET and _price_problem(case) is not None


def _venue_notional(case: WorstCase) -> Decimal:
    """Return the value that the venue compares with its minimum; of a market order at the lower of mark and last."""
    terms, last = case.terms, case.instrument.last_price
    price = terms.price or terms.trigger_price
    if price is None:
        price = case.mark if last is None or case.mark < last else last
    return terms.quantity * price


def _is_below_minimum(_: tuple[()], case: WorstCase) -> bool:
    return _venue_notional(case) < case.rules.notional_min


def _notional_max(case: WorstCase) -> Decimal:
    return case.schedule.notional_max(case.account.leverage)


def _is_above_bracket(_: tuple[()], case: WorstCase) -> bool:
    # The bracket of the notional settles nearly all: at its very edge the venue still takes the order, and
    # beyond the end of the last one nothing more.
    bracket = case.bracket
    if case.account.leverage <= bracket.leverage_max and case.notional <= bracket.notional_cap:
        return False
    return case.notional > _notional_max(case)


CLAUSES: Final[tuple[AnyClause, ...]] = (
    Clause(
        reason=RefusalReason.VENUE_QUANTITY,
        control="R15",
        protects="The quantity is a whole number of lots between the venue's least and most.",
        subject="the venue would not take it",
        limit_of=always,
        is_broken=_has_quantity_problem,
        value_of=_quantity_problem,
    ),
    Clause(
        reason=RefusalReason.VENUE_PRICE,
        control="R15",
        protects="Prices are whole ticks, and limits lie within the venue's band about the mark.",
        subject="the venue would not take it",
        limit_of=always,
        is_broken=_has_price_problem,
        value_of=_price_problem,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.BELOW_MINIMUM,
        control="R15",
        protects="The order is worth at least the venue's minimum.",
        subject="order notional",
        limit_of=always,
        is_broken=_is_below_minimum,
        value_of=_venue_notional,
        shown=lambda _, case: case.rules.notional_min,
        is_minimum=True,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.LEVERAGE_BRACKET,
        control="R05",
        protects="The position stays within what the venue's brackets allow at the leverage that is set there.",
        subject="position notional at the leverage set",
        limit_of=always,
        is_broken=_is_above_bracket,
        value_of=lambda case: case.notional,
        shown=lambda _, case: _notional_max(case),
        needs_value=True,
    ),
)
