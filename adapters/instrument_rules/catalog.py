"""The shipped rule books, made from the published and the observed figures."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Final, TypeAlias

from adapters.instrument_rules.brackets import BRACKETS, Table
from adapters.instrument_rules.contracts import CONTRACTS, JULY_2021, ORIGINS, ContractRules
from adapters.instrument_rules.observed import (
    FUNDING_ORIGIN,
    FUNDING_SEEN,
    STEPS_ORIGIN,
    STEPS_SEEN,
    FundingSeen,
    StepsSeen,
)
from domain.instrument import BracketRow, MarginSchedule
from domain.numbers import ZERO
from domain.rule_book import RuleBook, RuleFigures, RuleVersion
from domain.time_units import to_ns

# The venue's regular tier (VIP 0) on USDT-margined contracts, 0.02 % and 0.05 %: no discount for volume or for
# paying in BNB. As published in 2026, and as its ``commissionRate`` answers for an account of that tier.
FEES_ON: Final = date(2026, 1, 1)
FEES: Final = RuleFigures(maker_rate=Decimal("0.0002"), taker_rate=Decimal("0.0005"))
FEES_ORIGIN: Final = "fee table of the regular tier, published in 2026"

Recorded: TypeAlias = Mapping[str, Iterable[RuleVersion]]
"""Versions by symbol that a user has recorded beside the shipped ones."""


class UnknownInstrumentError(LookupError):
    """No trading rules are shipped for a symbol: correct its spelling, or give the rules yourself."""


def known_symbols() -> tuple[str, ...]:
    """Return the symbols whose rules are shipped, in alphabetical order."""
    return tuple(sorted(CONTRACTS[JULY_2021]))


@lru_cache(maxsize=len(CONTRACTS[JULY_2021]))
def shipped_book(symbol: str) -> RuleBook:
    """Return the shipped rules of one contract, every version with its date and origin.

    Raises:
        UnknownInstrumentError: The symbol is not known; the message names the nearest one that is.
    """
    if symbol not in known_symbols():
        nearest = get_close_matches(symbol.upper(), known_symbols(), n=1, cutoff=0.0)[0]
        raise UnknownInstrumentError(f"no trading rules are shipped for {symbol!r}; the nearest known is {nearest}")
    return RuleBook(symbol, tuple(_versions(symbol)))


def known_book(symbol: str, recorded: Recorded) -> RuleBook:
    """Return the shipped and the recorded rules of one contract; an empty book if there are none.

    Raises:
        ValueError: Two versions of one instant contradict each other.
    """
    book = shipped_book(symbol) if symbol in known_symbols() else RuleBook(symbol, ())
    return book.with_versions(recorded.get(symbol, ()))


def _versions(symbol: str) -> Iterator[RuleVersion]:
    for day, contracts in CONTRACTS.items():
        yield RuleVersion(_midnight(day), _filters(contracts[symbol]), ORIGINS[day])
    for month, table in BRACKETS[symbol].items():
        origin = f"leverageBracket table of {month:%Y-%m}"
        yield RuleVersion(_midnight(month), RuleFigures(brackets=_schedule(table)), origin)
    for steps in STEPS_SEEN[symbol]:
        yield RuleVersion(to_ns(steps.since), _steps(steps), STEPS_ORIGIN)
    for terms in FUNDING_SEEN.get(symbol, ()):
        yield RuleVersion(to_ns(terms.since), _funding(terms), FUNDING_ORIGIN)
    yield RuleVersion(_midnight(FEES_ON), FEES, FEES_ORIGIN)


def _filters(rules: ContractRules) -> RuleFigures:
    """Return the figures of a published list.

    The largest quantity is the smaller of the venue's limits for limit and for market orders, because an
    instrument has one limit for both.
    """
    return RuleFigures(
        tick_size=Decimal(rules.tick_size),
        lot_size=Decimal(rules.lot_size),
        quantity_min=Decimal(rules.quantity_min),
        quantity_max=min(Decimal(rules.quantity_max), Decimal(rules.market_quantity_max)),
        notional_min=Decimal(rules.notional_min),
        price_band=Decimal(rules.price_band),
        liquidation_rate=Decimal(rules.liquidation_rate),
    )


def _steps(seen: StepsSeen) -> RuleFigures:
    return RuleFigures(tick_size=_decimal(seen.tick_size), lot_size=_decimal(seen.lot_size))


def _funding(seen: FundingSeen) -> RuleFigures:
    return RuleFigures(funding_interval_h=seen.interval_h, funding_cap=_decimal(seen.cap))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _schedule(table: Table) -> MarginSchedule:
    rows: list[BracketRow] = []
    floor = ZERO
    for cap, rate, leverage_max in table:
        rows.append((floor, Decimal(cap), Decimal(rate), leverage_max))
        floor = Decimal(cap)
    return MarginSchedule.from_rows(rows)


def _midnight(day: date) -> int:
    return to_ns(datetime.combine(day, time(), UTC))
