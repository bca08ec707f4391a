"""Watches margin against the mark price, and closes positions whose margin has run out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import inf

from attrs import define, field

from adapters.simulated.books import VenueBooks
from adapters.simulated.desk import Desk
from adapters.simulated.liquidation import margin_account, quiet_marks, slice_quantity, trigger_mark, worst_mark
from adapters.simulated.margin_account import Holding
from adapters.simulated.market import PriceRange
from adapters.simulated.open_orders import NEVER_NS
from adapters.simulated.pricing import TakerPricing
from application.venue_messages import ExpiryReason, PositionLiquidated
from domain.numbers import exact
from domain.order import ClientOrderId, Fill


@define(eq=False)
class Liquidator:
    """Judges each wallet with everything that it stands behind: the cross wallet once, isolated ones singly.

    Spot stands behind nothing and is never sold here; its orders go on when those of a wallet are closed.
    """

    books: VenueBooks
    pricing: TakerPricing
    _liquidations: int = field(default=0, init=False)

    def judge(
        self, desk: Desk, seen: PriceRange, at_ns: int, *, with_others_until_ns: int | None = None
    ) -> Decimal | None:
        """Judge margin while the mark of one instrument goes through a range.

        Args:
            desk: The instrument.
            seen: Marks that it goes through.
            at_ns: When it is reported.
            with_others_until_ns: If given, other instruments of the cross wallet are at the worst marks of
                their bars that end at this instant: all may go wrong at once. Otherwise they stay where they are.

        Returns:
            The mark at which something was liquidated, None if margin lasts.
        """
        if desk.is_spot or not desk.needs_margin_check(seen.low, seen.high, at_ns):
            return None
        self.books.now_ns = at_ns
        if self._stands_alone(desk.symbol):
            # After a fill the band is merely out of date: setting it anew usually settles the question.
            self._trust_again(desk)
            if not desk.needs_margin_check(seen.low, seen.high, at_ns):
                return None
        marks = []
        for bucket, elsewhere in self._buckets(desk, with_others_until_ns):
            if self._is_for_others_to_judge(desk, bucket, seen, elsewhere, with_others_until_ns):
                self.books.distrust_margin()
                return None
            marks.append(self._judge_bucket(desk, bucket, seen, elsewhere, at_ns))
        self._trust_again(desk)
        return next((mark for mark in marks if mark is not None), None)

    def _is_for_others_to_judge(
        self,
        desk: Desk,
        bucket: Sequence[Holding],
        seen: PriceRange,
        elsewhere: Mapping[str, Decimal],
        until_ns: int | None,
    ) -> bool:
        """Whether others run the wallet out of margin without this one's move, and will themselves be judged for it.

        Each is then liquidated at its own liquidation price, and not at its worst mark because another's bar
        happened to close first. The last one to close judges whatever is left.
        """
        waits = until_ns is not None and any(
            self.books.desks[symbol].market.is_yet_to_be_judged(until_ns, by_marks=not desk.market.is_closing(until_ns))
            for symbol in elsewhere
        )
        return waits and self._is_out_of_margin(bucket, {**elsewhere, desk.symbol: exact(seen.open)})

    def _buckets(self, desk: Desk, until_ns: int | None) -> Iterator[tuple[list[Holding], Mapping[str, Decimal]]]:
        """Yield what one wallet stands behind, with the marks assumed for other instruments in it."""
        holdings = self.books.account.held_in(desk.symbol)
        if holdings and holdings[0].is_isolated:
            yield from (([holding], {}) for holding in holdings)
        elif holdings:
            yield self.books.account.held_cross(), self._worst_elsewhere(desk, until_ns)

    def _stands_alone(self, symbol: str) -> bool:
        """Whether no other instrument's moves bear on this one's margin."""
        account = self.books.account
        return account.is_isolated(symbol) or all(
            holding.symbol == symbol or holding.is_spot for holding in account.held.values()
        )

    def _judge_bucket(
        self, desk: Desk, bucket: list[Holding], seen: PriceRange, elsewhere: Mapping[str, Decimal], at_ns: int
    ) -> Decimal | None:
        """Liquidate where margin runs out, and again further on if what was left does not last either."""
        start, triggered_at = exact(seen.open), None
        while own := [holding for holding in bucket if holding.symbol == desk.symbol]:
            worst = {**elsewhere, desk.symbol: worst_mark(own, seen, self.books.schedule_of(desk.symbol))}
            if not self._is_out_of_margin(bucket, worst):
                break
            marks = {**worst, desk.symbol: self._trigger_mark(desk, bucket, worst, start)}
            self._expire_orders(bucket, at_ns)
            self._close_out(bucket, marks if self._is_out_of_margin(bucket, marks) else worst, at_ns)
            start = triggered_at = marks[desk.symbol]
        return triggered_at

    def _trigger_mark(
        self, desk: Desk, bucket: Sequence[Holding], worst: Mapping[str, Decimal], start: Decimal
    ) -> Decimal:
        others = [holding for holding in bucket if holding.symbol != desk.symbol]
        behind = margin_account(self._wallet_behind(bucket), others, self._marks(worst), self.books.schedule_of)
        return trigger_mark(
            [holding for holding in bucket if holding.symbol == desk.symbol],
            free=behind.equity - behind.maintenance_margin,
            start=start,
            worst=worst[desk.symbol],
            schedule=self.books.schedule_of(desk.symbol),
            instrument=desk.market.instrument,
        )

    def _close_out(self, bucket: list[Holding], marks: Mapping[str, Decimal], at_ns: int) -> None:
        """Close slice by slice, the position that needs most margin first, until what is left is covered."""
        while bucket and self._is_out_of_margin(bucket, marks):
            holding = max(bucket, key=lambda each: self._maintenance(each, marks))
            self._close_slice(holding, self._marks(marks)(holding.symbol), at_ns)
            if holding.position.is_flat:
                bucket.remove(holding)

    def _close_slice(self, holding: Holding, mark_price: Decimal, at_ns: int) -> None:
        market = self.books.desks[holding.symbol].market
        quantity = slice_quantity(holding, mark_price, self.books.schedule_of(holding.symbol), market.instrument)
        is_buy = holding.position.signed_quantity < 0
        price = self.pricing.price(market, mark_price, quantity, is_buy=is_buy)
        trade_id, side, fee, liquidation_fee, insurance = self.books.liquidate(holding, quantity, price)
        self._liquidations += 1
        fill = Fill(
            trade_id,
            ClientOrderId(f"autoclose-{self._liquidations}"),
            holding.symbol,
            side,
            holding.position_side,
            quantity,
            price,
            fee,
            is_maker=False,
            executed_at_ns=at_ns,
            reference_price=mark_price,
        )
        self.books.report(PositionLiquidated(fill, holding.position_side, mark_price, liquidation_fee, insurance))

    def _expire_orders(self, bucket: Sequence[Holding], at_ns: int) -> None:
        """Close the open orders of the instrument, or with a cross wallet those of all that share it."""
        account = self.books.account
        symbols = {bucket[0].symbol} if bucket[0].is_isolated else set(self.books.desks)
        for symbol, desk in self.books.desks.items():
            if symbol in symbols and account.is_isolated(symbol) is bucket[0].is_isolated:
                for order in desk.orders.all():
                    self.books.expire(desk, order, at_ns, ExpiryReason.LIQUIDATION)

    def _worst_elsewhere(self, desk: Desk, until_ns: int | None) -> dict[str, Decimal]:
        if until_ns is None:
            return {}
        held: dict[str, list[Holding]] = {}
        for holding in self.books.account.held_cross():
            held.setdefault(holding.symbol, []).append(holding)
        return {
            symbol: worst_mark(
                holdings,
                self.books.desks[symbol].market.mark_range_until(until_ns),
                self.books.schedule_of(symbol),
            )
            for symbol, holdings in held.items()
            if symbol != desk.symbol
        }

    def _trust_again(self, desk: Desk) -> None:
        """Set the quiet bands anew around the present marks, each instrument with its share of the headroom."""
        account = self.books.account
        holdings = account.held_in(desk.symbol)
        if not holdings:
            desk.trust_margin(-inf, inf, NEVER_NS)
        elif holdings[0].is_isolated:
            self._set_band(desk, holdings, min(self._headroom([holding]) for holding in holdings))
            if desk.is_bar_beyond_margin_band():
                desk.distrust_margin()
        else:
            crossed = account.held_cross()
            symbols = dict.fromkeys(holding.symbol for holding in crossed)
            share = self._headroom(crossed) / len(symbols)
            for symbol in symbols:
                own = [holding for holding in crossed if holding.symbol == symbol]
                self._set_band(self.books.desks[symbol], own, share)
            self.distrust_if_beyond(symbols)

    def distrust_if_beyond(self, symbols: Iterable[str]) -> None:
        """Withdraw the trust in all bands if a bar in progress leaves its own: together they may then not last."""
        if any(self.books.desks[symbol].is_bar_beyond_margin_band() for symbol in symbols):
            self.books.distrust_margin()

    def _set_band(self, desk: Desk, holdings: Sequence[Holding], share: float) -> None:
        instrument = desk.market.instrument
        low, high = quiet_marks(holdings, share, desk.market.mark_price, self.books.schedule_of(desk.symbol))
        later = (each.effective_at_ns for each in instrument.margins if each.effective_at_ns > self.books.now_ns)
        desk.trust_margin(low, high, min(later, default=NEVER_NS))

    def _headroom(self, bucket: Sequence[Holding]) -> float:
        headroom = self._wallet_behind(bucket)
        for holding in bucket:
            value = holding.position.signed_quantity * self.books.mark_of(holding.symbol)
            headroom += value - holding.position.cost
            headroom -= self.books.schedule_of(holding.symbol).maintenance_margin(abs(value))
        return float(headroom)

    def _wallet_behind(self, bucket: Sequence[Holding]) -> Decimal:
        return bucket[0].isolated_wallet if bucket[0].is_isolated else self.books.account.cross_wallet

    def _is_out_of_margin(self, bucket: Sequence[Holding], marks: Mapping[str, Decimal]) -> bool:
        return margin_account(
            self._wallet_behind(bucket), bucket, self._marks(marks), self.books.schedule_of
        ).is_liquidated

    def _maintenance(self, holding: Holding, marks: Mapping[str, Decimal]) -> tuple[Decimal, str]:
        notional = abs(holding.position.signed_quantity) * self._marks(marks)(holding.symbol)
        return self.books.schedule_of(holding.symbol).maintenance_margin(notional), holding.symbol

    def _marks(self, marks: Mapping[str, Decimal]) -> "_Marks":
        return _Marks(self.books, marks)


@define
class _Marks:
    """Assumed marks where there are any, present ones elsewhere."""

    books: VenueBooks
    assumed: Mapping[str, Decimal]

    def __call__(self, symbol: str) -> Decimal:
        assumed = self.assumed.get(symbol)
        return self.books.mark_of(symbol) if assumed is None else assumed
