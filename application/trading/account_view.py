"""The account as the risk gate and the sizer are told of it: worst cases of everything that may still fill."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from attrs import define, frozen

from application.trading.account_books import AccountBooks
from application.trading.book import NEVER_NS, InstrumentBook
from application.trading.share import Share
from domain.instrument import MarginSchedule
from domain.margin import MarginMode
from domain.numbers import ZERO, exact
from domain.order import PositionSide, Side
from domain.risk.capital_at_risk import Leg
from domain.risk.limits import RiskLimits
from domain.risk.risk_model import RiskModel
from domain.risk.snapshot import AccountState, Environment, InstrumentState

_ONE_WAY: Final = frozenset({PositionSide.BOTH})


@frozen(kw_only=True)
class AccountTerms:
    """What the account is, beside what is in it.

    Attributes:
        margin_mode: Whether positions share the wallet.
        leverage: Setting at the venue.
        environment: Whose money it is.
        position_sides: Those that orders may name.
    """

    margin_mode: MarginMode = MarginMode.CROSS
    leverage: int = 1
    environment: Environment = Environment.BACKTEST
    position_sides: frozenset[PositionSide] = _ONE_WAY


@frozen
class Worst:
    """The most that can come to be held in an instrument, by side.

    Attributes:
        symbol: Instrument.
        long_notional: Value, quote currency, never negative.
        short_notional: Value, quote currency, never negative.
        held_notional: Value of what is held already, quote currency, signed.
        maintenance_margin: Of the larger of the two, quote currency.
    """

    symbol: str
    long_notional: Decimal
    short_notional: Decimal
    held_notional: Decimal
    maintenance_margin: Decimal

    @property
    def signed_notional(self) -> float:
        """Value of the larger side, quote currency; positive long."""
        is_long = self.long_notional >= self.short_notional
        return float(self.long_notional) if is_long else -float(self.short_notional)


@define(eq=False)
class AccountView:
    """Looks at the books the way limits do.

    Attributes:
        books: What is traded, by symbol.
        account: Cash and positions.
        terms: What the account is.
        limits: Which correlation counts as alike.
    """

    books: Mapping[str, InstrumentBook]
    account: AccountBooks
    terms: AccountTerms
    limits: RiskLimits

    def instrument_state(self, book: InstrumentBook, now_ns: int) -> InstrumentState:
        """Return an instrument as it is now."""
        view = book.shares[0].view
        buys, sells = book.working_quantities()
        resting_buy, resting_sell = _resting(book)
        return InstrumentState(
            instrument=book.instrument,
            held_quantity=book.position.signed_quantity,
            working_buys=buys,
            working_sells=sells,
            mark_price=book.mark_price,
            mark_at_ns=book.marked_at_ns,
            last_price=exact(view.bar.close) if view.n_bars else None,
            last_at_ns=view.bar.closed_at_ns if view.n_bars else 0,
            resting_buy_max=resting_buy,
            resting_sell_min=resting_sell,
            isolated_equity=self._isolated_equity(book),
            is_trading=book.suspended_from_ns == NEVER_NS or book.suspension_at(now_ns) is None,
        )

    def _isolated_equity(self, book: InstrumentBook) -> Decimal:
        """Return what backs a position with a margin of its own: its value at entry over the leverage, and its PnL."""
        if self.terms.margin_mode is MarginMode.CROSS or book.position.is_flat:
            return ZERO
        margin = abs(book.position.cost) / self.terms.leverage
        return margin + book.position.unrealized_pnl(book.mark_price or ZERO)

    def worst_cases(self, now_ns: int) -> list[Worst]:
        """Return the worst case of every instrument in which something is held or working."""
        return [_worst_of(book, now_ns) for book in self.books.values() if book.working or not book.position.is_flat]

    def account_state(
        self,
        book: InstrumentBook,
        worst_cases: Iterable[Worst],
        model: RiskModel | None,
        now_ns: int,
        *,
        blocks: tuple[str, ...] = (),
    ) -> AccountState:
        """Return the account as it is besides one instrument.

        Args:
            book: The instrument that is looked at by itself.
            worst_cases: Of all instruments.
            model: Says which of them move alike; without it they may all move either way.
            now_ns: The instant that was told last.
            blocks: What forbids opening.
        """
        longs = shorts = gross = margin = if_long = if_short = longs_held = shorts_held = ZERO
        symbol, threshold = book.instrument.symbol, self.limits.position.correlation_threshold
        for worst in worst_cases:
            if worst.symbol == symbol:
                continue
            longs += worst.long_notional
            shorts += worst.short_notional
            gross += max(worst.long_notional, worst.short_notional)
            longs_held += max(worst.held_notional, ZERO)
            shorts_held += max(-worst.held_notional, ZERO)
            margin += worst.maintenance_margin
            alike = _likeness(model, symbol, worst.symbol)
            if alike is None:
                larger = max(worst.long_notional, worst.short_notional)
                if_long, if_short = if_long + larger, if_short + larger
            elif alike >= threshold:
                if_long, if_short = if_long + worst.long_notional, if_short + worst.short_notional
            elif alike <= -threshold:
                if_long, if_short = if_long + worst.short_notional, if_short + worst.long_notional
        return AccountState(
            equity=self.account.equity,
            at_ns=now_ns,
            long_notional=longs,
            short_notional=shorts,
            gross_notional=gross,
            long_held=longs_held,
            short_held=shorts_held,
            alike_if_long=if_long,
            alike_if_short=if_short,
            maintenance_margin=margin,
            strategy_notional=self._strategy_notional(book),
            strategy_notional_before=self._strategy_notional(book, wanted=False),
            open_orders=sum(len(each.working) for each in self.books.values()),
            margin_mode=self.terms.margin_mode,
            leverage=self.terms.leverage,
            position_sides=self.terms.position_sides,
            environment=self.terms.environment,
            blocks=blocks,
        )

    def _strategy_notional(self, book: InstrumentBook, *, wanted: bool = True) -> dict[str, Decimal]:
        """Return what the strategies of an instrument hold or want everywhere, by their names.

        Args:
            book: The instrument.
            wanted: Whether what they want in it counts, or only what they hold of it.
        """
        if self.limits.position.strategy_leverage_max is None:
            return {}
        total = dict.fromkeys((share.name for share in book.shares), ZERO)
        for each in self.books.values():
            for share in each.shares:
                if share.name in total:
                    target = share.target if wanted or each is not book else ZERO
                    total[share.name] += max(abs(share.held), abs(target)) * (each.mark_price or ZERO)
        return total

    @property
    def isolated_leverage(self) -> int:
        """The leverage that decides the margin of each position; 0 where they share the wallet."""
        return self.terms.leverage if self.terms.margin_mode is MarginMode.ISOLATED else 0

    def schedule(self, symbol: str, now_ns: int) -> MarginSchedule:
        """Return the margin brackets of an instrument that are in force."""
        return self.books[symbol].instrument.margin_at(now_ns)

    def legs(self, now_ns: int, *, unwanted_in: InstrumentBook | None = None) -> list[Leg]:
        """Return every position with its stop, at the larger of what is held and what is wanted.

        Args:
            now_ns: The instant that was told last.
            unwanted_in: Of this instrument only what is held counts.
        """
        return [
            _leg(book, share, ZERO if book is unwanted_in else share.target, self.terms, now_ns)
            for book in self.books.values()
            if book.mark > 0.0
            for share in book.shares
            if share.held != 0 or (share.target != 0 and book is not unwanted_in)
        ]


def _resting(book: InstrumentBook) -> tuple[Decimal | None, Decimal | None]:
    """Return the highest of our own resting buys and the lowest of our own resting sells."""
    highest = lowest = None
    for working in book.working.values():
        terms = working.order.terms
        if terms.price is None:
            continue
        if terms.side is Side.BUY:
            highest = terms.price if highest is None else max(highest, terms.price)
        else:
            lowest = terms.price if lowest is None else min(lowest, terms.price)
    return highest, lowest


def _worst_of(book: InstrumentBook, now_ns: int) -> Worst:
    held, price = book.position.signed_quantity, book.mark_price or ZERO
    longs, shorts = (quantity * price for quantity in book.worst_quantities())
    margin = book.instrument.margin_at(now_ns).maintenance_margin(max(longs, shorts))
    return Worst(book.instrument.symbol, longs, shorts, held * price, margin)


def signed_notionals(worst_cases: Iterable[Worst]) -> dict[str, float]:
    """Return the value of every position at the larger of its two worst cases, quote currency; positive long."""
    return {worst.symbol: worst.signed_notional for worst in worst_cases}


def _likeness(model: RiskModel | None, symbol: str, other: str) -> float | None:
    """Return the correlation of two instruments; None while it is unknown: they may move alike, or opposite."""
    if model is None or not model.knows(symbol) or not model.knows(other):
        return None
    return model.correlation(symbol, other)


def _leg(book: InstrumentBook, share: Share, target: Decimal, terms: AccountTerms, now_ns: int) -> Leg:
    quantity = share.held if abs(share.held) >= abs(target) else target
    notional = abs(quantity) * (book.mark_price or ZERO)
    stop = _stop_price(share, quantity, book.mark)
    return Leg(
        signed_quantity=float(quantity),
        mark_price=book.mark,
        stop_price=stop if stop is None or stop > 0.0 else None,
        maintenance_rate=float(book.instrument.margin_at(now_ns).bracket_at(notional).maintenance_rate),
        margin=float(notional / terms.leverage) if terms.margin_mode is MarginMode.ISOLATED else None,
    )


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
