"""What strategies hold and want, with what is in flight beyond that, as limits on them see it."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

from attrs import Factory, define, field, frozen

from application.trading.book import InstrumentBook, WorkingSums
from application.trading.share import Share
from application.trading.worst_cases import opening_quantities, worst_quantities
from domain.instrument import MarginSchedule
from domain.numbers import ZERO, exact
from domain.order import OrderTerms, Side
from domain.risk.capital_at_risk import Leg

_Basis: TypeAlias = tuple[tuple[float, int, float, Decimal], WorkingSums, MarginSchedule, list[tuple[object, ...]]]
"""All that legs follow from while nothing is about to be sent: move, leverage, mark and position; working orders;
brackets; what each share holds and wants, and where its stop is."""


@frozen
class Wanted:
    """An order that is judged.

    Attributes:
        book: Its instrument.
        terms: Its terms.
    """

    book: InstrumentBook
    terms: OrderTerms


def strategy_notional(
    books: Iterable[InstrumentBook],
    names: Iterable[str],
    order: Wanted | None = None,
    *,
    unwanted_in: InstrumentBook | None = None,
) -> dict[str, Decimal]:
    """Return the value of what strategies hold or want everywhere, by name, quote currency, never negative.

    What is in flight beyond what anybody wants, because somebody changed their mind, may come to any strategy of
    its instrument, and counts for each of them.

    Args:
        books: What is traded.
        names: Of the strategies.
        order: One that is judged, and may fill as well.
        unwanted_in: An instrument in which only what is held counts: what an order there can be held against.
    """
    total = dict.fromkeys(names, ZERO)
    for book in books:
        is_wanted, price = book is not unwanted_in, book.mark_price or ZERO
        surplus = sum(_unclaimed(book, order), ZERO) if is_wanted else ZERO
        for share in book.shares:
            if share.name in total:
                own = max(abs(share.held), abs(share.target)) if is_wanted else abs(share.held)
                total[share.name] += (own + surplus) * price
    return total


def _unclaimed(book: InstrumentBook, order: Wanted | None) -> tuple[Decimal, Decimal]:
    """Return what can come to be held long, and short, beyond what the strategies hold and want there."""
    judged = order.terms if order is not None and order.book is book else None
    if judged is None and not (book.working or book.is_unsettled):
        return ZERO, ZERO
    buys, sells = opening_quantities(book)
    if judged is not None:
        if judged.side is Side.BUY:
            buys += judged.quantity
        else:
            sells += judged.quantity
    if buys == ZERO and sells == ZERO:
        return ZERO, ZERO
    longs, shorts = worst_quantities(book, buys, sells)
    for share in book.shares:
        longs -= max(share.held, share.target, ZERO)
        shorts += min(share.held, share.target, ZERO)
    return max(longs, ZERO), max(shorts, ZERO)


@define(eq=False)
class KnownLegs:
    """Legs of instruments as of what was last asked, each taken apart anew where what it follows from is another.

    Of an instrument whose targets are about to be traded nothing is remembered.
    """

    _known: dict[str, tuple[_Basis, list[Leg]]] = field(factory=dict, init=False, repr=False)

    def of(self, book: InstrumentBook, account: "StressedAccount") -> list[Leg]:
        """Return what `StressedAccount.legs_of` does where no order is judged."""
        if book.is_unsettled:
            return account.legs_of(book)
        rules = book.instrument
        basis = (
            (account.move, account.isolated_leverage, book.mark, book.position.signed_quantity),
            book.working_sums,
            rules.margin_at(account.now_ns),
            [_basis_of(share) for share in book.shares],
        )
        known = self._known.get(rules.symbol)
        if known is None or known[0] != basis:
            known = self._known[rules.symbol] = basis, account.legs_of(book)
        return known[1]


def _basis_of(share: Share) -> tuple[object, ...]:
    """Return all of a share that its legs follow from."""
    position, exits = share.position, share.exits
    state = None if exits is None else exits.state
    return position.signed_quantity, position.entry_price, share.target, share.stop_distance, state


@frozen
class StressedAccount:
    """The positions of an account as capital at risk takes them apart.

    Attributes:
        books: What is traded.
        isolated_leverage: Decides the margin of each position; 0 where they share the wallet.
        now_ns: The instant that was told last.
        move: That they are stressed by: what they are worth after it decides their brackets, as fraction of the mark.
        known: What is remembered of legs between two questions.
    """

    books: Mapping[str, InstrumentBook]
    isolated_leverage: int
    now_ns: int
    move: float
    known: KnownLegs = Factory(KnownLegs)

    def legs(self, order: Wanted | None = None) -> list[Leg]:
        """Return every position with its stop, held or wanted; what is in flight beyond that has none."""
        judged_in = None if order is None else order.book
        return [
            leg
            for book in self._priced()
            for leg in (self.legs_of(book, order) if book is judged_in else self.known.of(book, self))
        ]

    def legs_held_in(self, unwanted_in: InstrumentBook) -> list[Leg]:
        """Return the same with only what is held in one instrument: what an order there can be held against."""
        return [
            leg
            for book in self._priced()
            for leg in (self._held_legs(book) if book is unwanted_in else self.known.of(book, self))
        ]

    def _priced(self) -> Iterator[InstrumentBook]:
        return (book for book in self.books.values() if book.mark > 0.0)

    def _held_legs(self, book: InstrumentBook) -> list[Leg]:
        return [self._leg(book, share.held, _stop_price(share, share.held, book.mark)) for share in book.shares]

    def legs_of(self, book: InstrumentBook, order: Wanted | None = None) -> list[Leg]:
        """Return the same of one instrument."""
        legs = [
            self._leg(book, quantity, _stop_price(share, quantity, book.mark))
            for share in book.shares
            for quantity in _quantities(share)
        ]
        longs, shorts = _unclaimed(book, order)
        if longs > ZERO:
            legs.append(self._leg(book, longs, None))
        if shorts > ZERO:
            legs.append(self._leg(book, -shorts, None))
        return legs

    def _leg(self, book: InstrumentBook, quantity: Decimal, stop: float | None) -> Leg:
        notional, is_spot = abs(quantity) * (book.mark_price or ZERO), book.instrument.is_spot
        # After a rise, for longs as well: there it asks for a little too much rather than too little.
        bracket = book.instrument.margin_at(self.now_ns).bracket_at(notional * exact(1.0 + self.move))
        return Leg(
            signed_quantity=float(quantity),
            mark_price=book.mark,
            stop_price=stop if stop is None or stop > 0.0 else None,
            maintenance_rate=float(bracket.maintenance_rate),
            margin=float(notional / self.isolated_leverage) if self.isolated_leverage and not is_spot else None,
            is_spot=is_spot,
        )


def _quantities(share: Share) -> tuple[Decimal, ...]:
    """Return the larger of what is held and wanted on one side; on its way to the other side, both."""
    held, target = share.position.signed_quantity, share.target
    if not held:
        return (target,) if target else ()
    if held * target < ZERO:
        return held, target
    return (held,) if abs(held) >= abs(target) else (target,)


def _stop_price(share: Share, quantity: Decimal, mark: float) -> float | None:
    """Return where a share is stopped out: where its stop stands, or would be placed if it were filled at the mark."""
    if share.held * quantity > 0 and share.exits is not None and share.exits.state is not None:
        stop = share.exits.state.stop_price
        return None if stop is None else float(stop)
    if share.stop_distance is None:
        return None
    entry = share.position.entry_price
    base = mark if entry is None or share.held * quantity <= 0 else float(entry)
    return base - share.stop_distance if quantity > 0 else base + share.stop_distance
