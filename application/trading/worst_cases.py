"""The most that can come to be held in an instrument, on either side, by everything that may still fill."""

from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from attrs import define, field, frozen

from application.trading.book import InstrumentBook, WorkingSums
from application.trading.netting import net_trade
from domain.instrument import MarginSchedule
from domain.numbers import ZERO
from domain.risk.reachable import Reach

_Basis: TypeAlias = tuple[float, Decimal, WorkingSums, MarginSchedule]
"""All that a worst case follows from while nothing is about to be sent: mark, position, working orders, brackets."""


@frozen
class Worst:
    """What can come to be held in an instrument.

    Attributes:
        symbol: Instrument.
        long_notional: The most long, quote currency, never negative.
        short_notional: The most short, quote currency, never negative.
        held_notional: Value of what is held already, quote currency, signed.
        kept_notional: Value of the part of it that nothing working can close, quote currency, signed.
        maintenance_margin: Of the larger of the two sides, quote currency.
        is_spot: Whether it is coins, paid in full.
    """

    symbol: str
    long_notional: Decimal
    short_notional: Decimal
    held_notional: Decimal
    kept_notional: Decimal
    maintenance_margin: Decimal
    is_spot: bool = False

    @cached_property
    def larger_notional(self) -> Decimal:
        """Value of the larger side, quote currency, never negative."""
        return max(self.long_notional, self.short_notional)

    @property
    def is_long(self) -> bool:
        """Whether the larger side is the long one."""
        return self.long_notional >= self.short_notional

    @property
    def signed_notional(self) -> float:
        """Value of the larger side, quote currency; positive long."""
        return float(self.long_notional) if self.is_long else -float(self.short_notional)

    @cached_property
    def reach(self) -> Reach:
        """Between which values the position can come to lie."""
        longs, shorts, kept = self.long_notional, self.short_notional, self.kept_notional
        return Reach(
            -float(shorts) if shorts > ZERO else float(max(kept, ZERO)),
            float(longs) if longs > ZERO else float(min(kept, ZERO)),
        )


@define(eq=False)
class WorstCases:
    """Worst cases of instruments as of what was last asked, each worked out anew where what it follows from is another.

    Of an instrument whose targets are about to be traded nothing is remembered.
    """

    _known: dict[str, tuple[_Basis, Worst]] = field(factory=dict, init=False, repr=False)

    def of(self, book: InstrumentBook, now_ns: int) -> Worst:
        """Return what `worst_case_of` does."""
        if book.is_unsettled:
            return worst_case_of(book, now_ns)
        rules = book.instrument
        basis = book.mark, book.position.signed_quantity, book.working_sums, rules.margin_at(now_ns)
        known = self._known.get(rules.symbol)
        if known is None or known[0] != basis:
            known = self._known[rules.symbol] = basis, worst_case_of(book, now_ns)
        return known[1]


def worst_case_of(book: InstrumentBook, now_ns: int) -> Worst:
    """Return the worst case of an instrument, at the mark."""
    held, price = book.position.signed_quantity, book.mark_price or ZERO
    longs, shorts = (quantity * price for quantity in worst_quantities(book, *opening_quantities(book)))
    rules, kept = book.instrument, book.kept_quantity * price
    margin = rules.margin_at(now_ns).maintenance_margin(max(longs, shorts))
    return Worst(rules.symbol, longs, shorts, held * price, kept, margin, rules.is_spot)


def opening_quantities(book: InstrumentBook) -> tuple[Decimal, Decimal]:
    """Return what working orders, and those about to be sent, can still open, base units: buys, sells."""
    buys, sells = book.working_quantities()
    if book.is_unsettled:
        return buys + unsent_quantity(book, 1), sells + unsent_quantity(book, -1)
    return buys, sells


def worst_quantities(book: InstrumentBook, buys: Decimal, sells: Decimal) -> tuple[Decimal, Decimal]:
    """Return the most that can come to be held long, and short, base units, neither negative.

    What is held counts fully towards its own side and not at all against the other, because what only reduces may
    close it first.

    Args:
        book: An instrument.
        buys: What can still be opened by buying, base units.
        sells: The same by selling.
    """
    held = book.position.signed_quantity
    return (held + buys, sells) if held > ZERO else (buys, sells - held)


def unsent_quantity(book: InstrumentBook, direction: int) -> Decimal:
    """Return what is about to be sent to open on one side (+1 long, -1 short), base units, never negative."""
    if not book.is_unsettled:
        return ZERO
    trade = net_trade(book)
    return trade.opening if trade.side.sign == direction else ZERO
