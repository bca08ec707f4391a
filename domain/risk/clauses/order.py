"""Clauses on the order itself: how large, at what price, how old, and whether it was sent before."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.numbers import ONE
from domain.order import OrderType
from domain.risk.clause import AnyClause, Clause, always, as_seconds, in_ns
from domain.risk.verdict import RefusalReason
from domain.risk.worst_case import WorstCase
from domain.time_units import NS_PER_SECOND


def _is_too_valuable(limit: Decimal, case: WorstCase) -> bool:
    return case.terms.quantity * case.price > limit


def _is_too_much(maxima: Mapping[str, Decimal], case: WorstCase) -> bool:
    limit = maxima.get(case.terms.symbol)
    return limit is not None and case.terms.quantity > limit


def _is_outside_collar(limit: Decimal, case: WorstCase) -> bool:
    terms, mark, last = case.terms, case.mark, case.instrument.last_price
    if terms.type is OrderType.MARKET:
        # It fills about the last price.
        return last is not None and abs(last - mark) > limit * mark
    price = terms.price
    if price is None:
        # What waits for a trigger is a market order once that is reached: stops and targets may lie far away.
        return False
    return abs(price - mark) > limit * mark or (last is not None and abs(price - last) > limit * last)


def _distance(case: WorstCase) -> Decimal:
    """Return the largest distance of a price of the order from mark and last price, fraction of these."""
    terms, last = case.terms, case.instrument.last_price
    references = [case.mark] if last is None else [case.mark, last]
    price = terms.price or references[-1]
    return max(abs(price / reference - ONE) for reference in references)


def _is_known(_: tuple[()], case: WorstCase) -> bool:
    return case.activity.is_known_intent


def _is_repeated(_: float, case: WorstCase) -> bool:
    return case.activity.is_repeated


def _age_s(case: WorstCase) -> float:
    return (case.now_ns - case.intent.decided_at_ns) / NS_PER_SECOND


def _is_old(limit_ns: int, case: WorstCase) -> bool:
    # A decision from the future is as wrong as an old one: one of two clocks is not to be trusted.
    return not 0 <= case.now_ns - case.intent.decided_at_ns <= limit_ns


def _is_over(_: tuple[()], case: WorstCase) -> bool:
    good_until_ns = case.terms.good_until_ns
    return good_until_ns is not None and good_until_ns <= case.now_ns


def _crosses_own_order(_: tuple[()], case: WorstCase) -> bool:
    own = case.instrument.resting_sell_min if case.is_buy else case.instrument.resting_buy_max
    if own is None:
        return False
    return _reach(case) >= own if case.is_buy else _reach(case) <= own


def _reach(case: WorstCase) -> Decimal:
    """Return the worst price at which the order can trade: its limit, or as far as the venue lets a market order go."""
    terms = case.terms
    if terms.price is not None:
        return terms.price
    band = case.rules.price_band
    if case.is_buy:
        return case.price * (ONE + band)
    starts = (case.mark, terms.trigger_price, terms.activation_price)
    return min(price for price in starts if price is not None) * (ONE - band)


def _is_of_elsewhere(_: tuple[()], case: WorstCase) -> bool:
    return case.intent.environment is not case.account.environment


CLAUSES: Final[tuple[AnyClause, ...]] = (
    Clause(
        reason=RefusalReason.ORDER_NOTIONAL,
        control="R01",
        protects="No order is worth more than the limit at the worst price it can have, a market order at the mark.",
        subject="order notional",
        limit_of=lambda limits: limits.order.notional_max,
        is_broken=_is_too_valuable,
        value_of=lambda case: case.terms.quantity * case.price,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.ORDER_QUANTITY,
        control="R01",
        protects="No order of an instrument has more than its largest quantity.",
        subject="order quantity",
        limit_of=lambda limits: limits.order.quantity_max or None,
        is_broken=_is_too_much,
        value_of=lambda case: case.terms.quantity,
        shown=lambda maxima, case: maxima[case.terms.symbol],
    ),
    Clause(
        reason=RefusalReason.PRICE_COLLAR,
        control="R02",
        protects="No limit price lies further from mark and last price than the limit, nor these from each other.",
        subject="distance from the market",
        limit_of=lambda limits: limits.order.price_collar,
        is_broken=_is_outside_collar,
        value_of=_distance,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.KNOWN_INTENT,
        control="R08",
        protects="One intent is sent once.",
        subject="this intent was sent before",
        limit_of=always,
        is_broken=_is_known,
    ),
    Clause(
        reason=RefusalReason.DUPLICATE,
        control="R08",
        protects="The same order of the same strategy is not sent again within the window.",
        subject="the same order of the same strategy was sent just before",
        limit_of=lambda limits: limits.order.duplicate_window_s,
        is_broken=_is_repeated,
        value_of=lambda _: "repeated",
        shown=lambda _limit, _case: None,
    ),
    Clause(
        reason=RefusalReason.INTENT_STALE,
        control="R17",
        protects="No decision is carried out that is older than the limit, or made in the future.",
        subject="seconds since the decision",
        limit_of=lambda limits: in_ns(limits.order.intent_age_max_s),
        is_broken=_is_old,
        value_of=_age_s,
        shown=as_seconds,
    ),
    Clause(
        reason=RefusalReason.EXPIRED,
        control="R17",
        protects="No order is sent after the time until which it is good.",
        subject="the time until which it is good has passed",
        limit_of=always,
        is_broken=_is_over,
    ),
    Clause(
        reason=RefusalReason.SELF_TRADE,
        control="R10",
        protects="No order can trade with a resting order of our own.",
        subject="can trade with an own resting order: reaches",
        limit_of=always,
        is_broken=_crosses_own_order,
        value_of=_reach,
        needs_value=True,
    ),
    Clause(
        reason=RefusalReason.ENVIRONMENT,
        control="R18",
        protects="What was decided in one environment is never sent in another.",
        subject="environment of the decision, not of the account",
        limit_of=always,
        is_broken=_is_of_elsewhere,
        value_of=lambda case: case.intent.environment.value,
    ),
)
