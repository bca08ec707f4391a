"""The account as the risk gate and the sizer are told of it: worst cases of everything that may still fill."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from attrs import define, field, frozen

from application.trading.account_books import AccountBooks
from application.trading.alike import alike_elsewhere
from application.trading.book import NEVER_NS, InstrumentBook
from application.trading.share_exposure import KnownLegs, StressedAccount, Wanted, strategy_notional
from application.trading.worst_cases import Worst, WorstCases, opening_quantities
from domain.instrument import MarginSchedule
from domain.margin import MarginMode
from domain.numbers import ZERO, exact
from domain.order import OrderTerms, PositionSide, Side
from domain.risk.coin_cash import cash_per_coin
from domain.risk.limits import RiskLimits
from domain.risk.reachable import Reach
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
    _worst_cases: WorstCases = field(factory=WorstCases, init=False, repr=False)
    _known_legs: KnownLegs = field(factory=KnownLegs, init=False, repr=False)

    def instrument_state(self, book: InstrumentBook, now_ns: int) -> InstrumentState:
        """Return an instrument as it is now."""
        last = book.last_bar
        buys, sells = opening_quantities(book)
        resting_buy, resting_sell = _resting(book)
        return InstrumentState(
            instrument=book.instrument,
            held_quantity=book.position.signed_quantity,
            working_buys=buys,
            working_sells=sells,
            mark_price=book.mark_price,
            mark_at_ns=book.marked_at_ns,
            last_price=None if last is None else exact(last.close),
            last_at_ns=0 if last is None else last.closed_at_ns,
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
        return [
            self._worst_cases.of(book, now_ns)
            for book in self.books.values()
            if book.working or book.is_unsettled or not book.position.is_flat
        ]

    def account_state(
        self,
        book: InstrumentBook,
        worst_cases: Sequence[Worst],
        model: RiskModel | None,
        now_ns: int,
        *,
        order: OrderTerms | None = None,
        blocks: tuple[str, ...] = (),
    ) -> AccountState:
        """Return the account as it is besides one instrument.

        Args:
            book: The instrument that is looked at by itself.
            worst_cases: Of all instruments.
            model: Says which of them move alike; without it they may all move either way.
            now_ns: The instant that was told last.
            order: What is judged in it, if anything is.
            blocks: What forbids opening.
        """
        symbol = book.instrument.symbol
        others = [worst for worst in worst_cases if worst.symbol != symbol]
        longs = shorts = gross = margin = longs_kept = shorts_kept = spot = ZERO
        for worst in others:
            longs += worst.long_notional
            shorts += worst.short_notional
            gross += worst.larger_notional
            longs_kept += max(worst.kept_notional, ZERO)
            shorts_kept += max(-worst.kept_notional, ZERO)
            margin += worst.maintenance_margin
            if worst.is_spot:
                spot += worst.long_notional
        if_long, if_short = alike_elsewhere(others, symbol, model, self.limits.position.correlation_threshold)
        strategies, strategies_before = self._strategies(book, order)
        return AccountState(
            equity=self.account.equity,
            at_ns=now_ns,
            long_notional=longs,
            short_notional=shorts,
            gross_notional=gross,
            long_kept=longs_kept,
            short_kept=shorts_kept,
            alike_if_long=if_long,
            alike_if_short=if_short,
            maintenance_margin=margin,
            spot_notional=spot,
            cash=self._cash(worst_cases) if book.instrument.is_spot else None,
            strategy_notional=strategies,
            strategy_notional_before=strategies_before,
            open_orders=sum(len(each.working) for each in self.books.values()),
            margin_mode=self.terms.margin_mode,
            leverage=self.terms.leverage,
            position_sides=self.terms.position_sides,
            environment=self.terms.environment,
            blocks=blocks,
        )

    def _cash(self, worst_cases: Iterable[Worst]) -> Decimal:
        """Return what can pay for spot once everything that works has filled, quote currency."""
        cash = self.account.free_cash()
        for worst in worst_cases:
            if not worst.is_spot:
                cash -= worst.larger_notional / self.terms.leverage
            elif worst.long_notional > worst.held_notional:
                wanted, rules = worst.long_notional - worst.held_notional, self.books[worst.symbol].instrument
                # Of a value as of a price: what it takes grows with it.
                cash -= cash_per_coin(wanted, rules, is_limited=False)
        return cash

    def _strategies(
        self, book: InstrumentBook, order: OrderTerms | None
    ) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """Return what the strategies of an instrument hold or want everywhere, by name, and without what is new."""
        if self.limits.position.strategy_leverage_max is None:
            return {}, {}
        names, books = [share.name for share in book.shares], self.books.values()
        if order is None:
            return strategy_notional(books, names), {}
        return strategy_notional(books, names, Wanted(book, order)), strategy_notional(books, names, unwanted_in=book)

    @property
    def isolated_leverage(self) -> int:
        """The leverage that decides the margin of each position; 0 where they share the wallet."""
        return self.terms.leverage if self.terms.margin_mode is MarginMode.ISOLATED else 0

    def schedule(self, symbol: str, now_ns: int) -> MarginSchedule:
        """Return the margin brackets of an instrument that are in force."""
        return self.books[symbol].instrument.margin_at(now_ns)

    def stressed(self, now_ns: int, move: float) -> StressedAccount:
        """Return the positions as capital at risk takes them apart, for a move of this fraction of every mark."""
        return StressedAccount(self.books, self.isolated_leverage, now_ns, move, self._known_legs)


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


def signed_notionals(worst_cases: Iterable[Worst]) -> dict[str, float]:
    """Return the value of every position at the larger of its two worst cases, quote currency; positive long."""
    return {worst.symbol: worst.signed_notional for worst in worst_cases}


def reach_of(worst_cases: Iterable[Worst]) -> dict[str, Reach]:
    """Return between which values every position can come to lie."""
    return {worst.symbol: worst.reach for worst in worst_cases}


def spot_notional(worst_cases: Iterable[Worst]) -> Decimal:
    """Return what spot may come to be worth, quote currency: equity that backs no contract."""
    return sum((worst.long_notional for worst in worst_cases if worst.is_spot), ZERO)
