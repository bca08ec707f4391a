"""Clauses on what is traded, and on how fresh what is known of market and account has to be."""

from collections.abc import Collection
from typing import Final

from domain.numbers import ZERO
from domain.order import PositionSide
from domain.risk.clause import AnyClause, Clause, always, as_seconds, in_ns
from domain.risk.limits import RiskLimits
from domain.risk.verdict import RefusalReason
from domain.risk.worst_case import WorstCase
from domain.time_units import NS_PER_SECOND


def _is_of_another_instrument(_: tuple[()], case: WorstCase) -> bool:
    return case.terms.symbol != case.instrument.instrument.symbol


def _is_not_listed(symbols: Collection[str], case: WorstCase) -> bool:
    return case.terms.symbol not in symbols


def _is_not_trading(_: tuple[()], case: WorstCase) -> bool:
    return not case.instrument.is_trading


def _is_of_another_mode(_: tuple[()], case: WorstCase) -> bool:
    wanted = case.terms.position_side
    if case.rules.is_spot:
        return wanted is not PositionSide.BOTH
    for side in case.account.position_sides:  # noqa: SIM110  # by identity: hashing a member takes three times as long
        if side is wanted:
            return False
    return True


def _has_no_mark(_: tuple[()], case: WorstCase) -> bool:
    mark = case.instrument.mark_price
    # A mark that is no number is found where all numbers are looked at.
    return mark is None or (case.are_numbers_known and mark <= ZERO)


def _where_the_last_price_counts(limits: RiskLimits) -> tuple[()] | None:
    is_asked = limits.order.price_collar is not None or limits.order.price_age_max_s is not None
    return () if is_asked else None


def _has_no_last_price(_: tuple[()], case: WorstCase) -> bool:
    last = case.instrument.last_price
    return last is None or (case.are_numbers_known and last <= ZERO)


# What comes from the future counts like what is as far in the past.


def _is_price_stale(limit_ns: int, case: WorstCase) -> bool:
    now_ns, state = case.now_ns, case.instrument
    return not (
        -limit_ns <= now_ns - state.mark_at_ns <= limit_ns and -limit_ns <= now_ns - state.last_at_ns <= limit_ns
    )


def _price_age_s(case: WorstCase) -> float:
    state = case.instrument
    return max(abs(case.now_ns - state.mark_at_ns), abs(case.now_ns - state.last_at_ns)) / NS_PER_SECOND


def _is_account_stale(limit_ns: int, case: WorstCase) -> bool:
    return not -limit_ns <= case.now_ns - case.account.at_ns <= limit_ns


def _account_age_s(case: WorstCase) -> float:
    return abs(case.now_ns - case.account.at_ns) / NS_PER_SECOND


def _is_clock_off(limit: float, case: WorstCase) -> bool:
    return not abs(case.account.clock_offset_s) <= limit


CLAUSES: Final[tuple[AnyClause, ...]] = (
    Clause(
        reason=RefusalReason.UNKNOWN_INSTRUMENT,
        control="R14",
        protects="An order is judged by the rules and the position of its own instrument.",
        subject="nothing is known of",
        limit_of=always,
        is_broken=_is_of_another_instrument,
        value_of=lambda case: case.terms.symbol,
    ),
    Clause(
        reason=RefusalReason.SYMBOL_NOT_ALLOWED,
        control="R14",
        protects="Only listed instruments are opened.",
        subject="not among the instruments that may be opened",
        limit_of=lambda limits: limits.market.symbols,
        is_broken=_is_not_listed,
        value_of=lambda case: case.terms.symbol,
    ),
    Clause(
        reason=RefusalReason.SUSPENDED,
        control="R14",
        protects="Nothing is opened in an instrument that is not trading.",
        subject="trading of the instrument is suspended",
        limit_of=always,
        is_broken=_is_not_trading,
    ),
    Clause(
        reason=RefusalReason.POSITION_MODE,
        control="R14",
        protects="An order names a position side that the account's mode has.",
        subject="not a position side of the account's mode",
        limit_of=always,
        is_broken=_is_of_another_mode,
        value_of=lambda case: case.terms.position_side.value,
    ),
    Clause(
        reason=RefusalReason.NO_PRICE,
        control="R02",
        protects="Nothing is opened without a mark price.",
        subject="mark price",
        limit_of=always,
        is_broken=_has_no_mark,
        value_of=lambda case: "unknown" if case.instrument.mark_price is None else case.instrument.mark_price,
    ),
    Clause(
        reason=RefusalReason.NO_PRICE,
        control="R02",
        protects="Nothing is opened without a last price where a collar or an age asks for it.",
        subject="last price",
        limit_of=_where_the_last_price_counts,
        is_broken=_has_no_last_price,
        value_of=lambda case: "unknown" if case.instrument.last_price is None else case.instrument.last_price,
    ),
    Clause(
        reason=RefusalReason.PRICE_STALE,
        control="R02",
        protects="Nothing is opened at a mark or last price older than the limit.",
        subject="seconds since mark or last price",
        limit_of=lambda limits: in_ns(limits.order.price_age_max_s),
        is_broken=_is_price_stale,
        value_of=_price_age_s,
        shown=as_seconds,
    ),
    Clause(
        reason=RefusalReason.ACCOUNT_STALE,
        control="R16",
        protects="Nothing is opened when the account was not heard of for longer than the limit.",
        subject="seconds since the account was heard of",
        limit_of=lambda limits: in_ns(limits.market.account_age_max_s),
        is_broken=_is_account_stale,
        value_of=_account_age_s,
        shown=as_seconds,
    ),
    Clause(
        reason=RefusalReason.CLOCK_OFFSET,
        control="R16",
        protects="Nothing is opened while our clock is further from the venue's than the limit.",
        subject="seconds between our clock and the venue's",
        limit_of=lambda limits: limits.market.clock_offset_max_s,
        is_broken=_is_clock_off,
        value_of=lambda case: case.account.clock_offset_s,
    ),
)
