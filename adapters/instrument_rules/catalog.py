"""Instruments by symbol, made from the published figures."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from adapters.instrument_rules.brackets import BRACKETS, Table
from adapters.instrument_rules.contracts import CONTRACTS, PUBLISHED_ON, ContractRules
from domain.instrument import BracketRow, FeeSchedule, Instrument, MarginSchedule
from domain.numbers import ZERO
from domain.time_units import to_ns

# The venue's regular tier (VIP 0) on USDT-margined contracts, 0.02 % and 0.05 %: no discount for volume or for
# paying in BNB. As published in 2026, and as its ``commissionRate`` answers for an account of that tier.
MAKER_RATE: Final = Decimal("0.0002")
TAKER_RATE: Final = Decimal("0.0005")


class UnknownInstrumentError(LookupError):
    """No trading rules are shipped for a symbol: correct its spelling, or give the rules yourself."""


def known_symbols() -> tuple[str, ...]:
    """Return the symbols whose rules are shipped, in alphabetical order."""
    return tuple(sorted(CONTRACTS))


@lru_cache(maxsize=len(CONTRACTS))
def instrument(symbol: str) -> Instrument:
    """Return the trading rules of one contract.

    The largest quantity is the smaller of the venue's limits for limit and for market orders, because an
    instrument has one limit for both.

    Raises:
        UnknownInstrumentError: The symbol is not known; the message names the nearest one that is.
    """
    rules = _rules(symbol)
    return Instrument(
        symbol=symbol,
        tick_size=Decimal(rules.tick_size),
        lot_size=Decimal(rules.lot_size),
        quantity_min=Decimal(rules.quantity_min),
        quantity_max=min(Decimal(rules.quantity_max), Decimal(rules.market_quantity_max)),
        notional_min=Decimal(rules.notional_min),
        price_band=Decimal(rules.price_band),
        fees=FeeSchedule(MAKER_RATE, TAKER_RATE, Decimal(rules.liquidation_rate)),
        margins=tuple(_schedule(table, month) for month, table in sorted(BRACKETS[symbol].items())),
    )


def rules_date(symbol: str) -> date:
    """Return the day on which the venue published the steps, limits and liquidation fee of a contract.

    Raises:
        UnknownInstrumentError: The symbol is not known.
    """
    _rules(symbol)
    return PUBLISHED_ON


def origin(symbol: str) -> str:
    """Return one sentence for the assumptions of a run: where the rules of a contract are from, and of when.

    Raises:
        UnknownInstrumentError: The symbol is not known.
    """
    published_on = rules_date(symbol).isoformat()
    months = " and ".join(month.strftime("%Y-%m") for month in sorted(BRACKETS[symbol]))
    return (
        f"Steps, limits and liquidation fee as the venue published them on {published_on}, margin brackets as of "
        f"{months} (the oldest stand in before), maker and taker fees of the regular tier."
    )


def _rules(symbol: str) -> ContractRules:
    rules = CONTRACTS.get(symbol)
    if rules is None:
        nearest = get_close_matches(symbol.upper(), known_symbols(), n=1, cutoff=0.0)[0]
        raise UnknownInstrumentError(f"no trading rules are shipped for {symbol!r}; the nearest known is {nearest}")
    return rules


def _schedule(table: Table, month: date) -> MarginSchedule:
    rows: list[BracketRow] = []
    floor = ZERO
    for cap, rate, leverage_max in table:
        rows.append((floor, Decimal(cap), Decimal(rate), leverage_max))
        floor = Decimal(cap)
    return MarginSchedule.from_rows(rows, effective_at_ns=to_ns(datetime.combine(month, time(), UTC)))
