"""What the market of one instrument shows the venue: prices now, the bar in progress, and a short memory."""

from collections import deque
from decimal import Decimal
from math import log, sqrt
from operator import itemgetter
from typing import Final, NamedTuple

from attrs import define, field

from domain.instrument import Instrument
from domain.market import Bar
from domain.order import TriggerPrice

_PARKINSON: Final = 4.0 * log(2.0)


class PriceRange(NamedTuple):
    """Prices between two instants: where they began, how far they went, where they ended."""

    open: float
    low: float
    high: float
    close: float


class TradingMemory(NamedTuple):
    """Estimates from the last closed bars.

    Attributes:
        volatility: Standard deviation of log price per bar.
        volume: Mean volume per bar, base units.
    """

    volatility: float
    volume: float


NO_MEMORY: Final = TradingMemory(0.0, 0.0)


def flat_range(price: float) -> PriceRange:
    """Return the range of a single instant."""
    return PriceRange(price, price, price, price)


def _range_of(bar: Bar) -> PriceRange:
    return PriceRange(bar.open, bar.low, bar.high, bar.close)


def _within(price: float, bar: Bar) -> float:
    return min(max(price, bar.low), bar.high)


# Read by place: three look-ups by name would cost more than the arithmetic.
_HIGH_LOW_VOLUME: Final = itemgetter(4, 5, 7)


def trading_memory(bars: "deque[Bar]") -> TradingMemory:
    """Estimate volatility per bar and mean volume.

    References:
        Parkinson (1980), "The Extreme Value Method for Estimating the Variance of the Rate of
        Return", Journal of Business 53(1), 61-65.
    """
    if not bars:
        return NO_MEMORY
    squares = volume = 0.0
    for high, low, bar_volume in map(_HIGH_LOW_VOLUME, bars):
        log_range = log(high / low)
        squares += log_range * log_range
        volume += bar_volume
    return TradingMemory(sqrt(squares / (len(bars) * _PARKINSON)), volume / len(bars))


@define(eq=False)
class SymbolMarket:
    """Prices of one instrument as the venue knows them.

    Attributes:
        instrument: Its trading rules.
        closed_bars: The latest closed bars, oldest first, as many as the estimates look back.
        bar: The bar in progress, of which only the venue may see more than the open.
        last_price: Latest traded price; not a number before the first bar.
        mark_bar: The mark price's bar in progress.
        closed_mark_bar: The mark price's latest closed bar.
        has_marks: Whether the instrument has a mark price of its own; otherwise the last price stands in.
        own_mark: That mark price now; not a number before the first.
    """

    instrument: Instrument
    closed_bars: deque[Bar]
    bar: Bar | None = None
    last_price: float = float("nan")
    mark_bar: Bar | None = None
    closed_mark_bar: Bar | None = None
    has_marks: bool = False
    own_mark: float = float("nan")
    _memory: TradingMemory = NO_MEMORY
    _memory_of: Bar | None = field(default=None, repr=False)
    _earlier_rules: list[Instrument] = field(factory=list, repr=False)

    def change_rules(self, instrument: Instrument) -> None:
        """Go on by other trading rules; the earlier ones are remembered for what was opened under them."""
        self._earlier_rules.append(self.instrument)
        self.instrument = instrument

    def may_reduce(self, quantity: Decimal) -> bool:
        """Whether a reducing order may have this quantity: by any rules so far, so that nobody is locked in."""
        return any(rules.quantity_problem(quantity) is None for rules in (self.instrument, *self._earlier_rules))

    @property
    def mark_price(self) -> float:
        """The fair price now."""
        return self.own_mark if self.has_marks else self.last_price

    @property
    def memory(self) -> TradingMemory:
        """Estimates over the closed bars, worked out only when somebody trades."""
        newest = self.closed_bars[-1] if self.closed_bars else None
        if newest is not self._memory_of:
            self._memory, self._memory_of = trading_memory(self.closed_bars), newest
        return self._memory

    def trigger_price(self, trigger_by: TriggerPrice) -> float:
        """Return the price that triggers look at, now."""
        return self.last_price if trigger_by is TriggerPrice.LAST else self.mark_price

    def trigger_range(self, trigger_by: TriggerPrice, bar: Bar) -> PriceRange:
        """Return what triggers see over a bar that is about to close.

        A mark bar that goes on beyond the bar says nothing yet: its extremes may still be to come.
        """
        if trigger_by is TriggerPrice.LAST or not self.has_marks:
            return _range_of(bar)
        if self.mark_bar is not None and self.mark_bar.closed_at_ns <= bar.closed_at_ns:
            return _range_of(self.mark_bar)
        return flat_range(self.own_mark)

    @property
    def marking_bar(self) -> Bar | None:
        """The bar in progress that the mark follows."""
        return self.mark_bar if self.has_marks else self.bar

    def is_closing(self, at_ns: int) -> bool:
        """Whether the bar of traded prices in progress ends at this instant."""
        return self.bar is not None and self.bar.closed_at_ns == at_ns

    def is_yet_to_be_judged(self, at_ns: int, *, by_marks: bool) -> bool:
        """Whether margin will be judged once more at this instant, for a bar of this instrument that ends there.

        Bars of traded prices end before those of marks, so where marks end they alone are still to come.
        """
        if self.is_closing(at_ns):
            return True
        return by_marks and self.mark_bar is not None and self.mark_bar.closed_at_ns == at_ns

    def marks_over(self, bar: Bar) -> PriceRange:
        """Return the marks that margin is judged by while a bar of traded prices is worked on.

        A mark bar that ends with it, or before, has shown its whole range. One that goes on has shown at most
        its own range; what it was meanwhile is told by the traded prices, as far as the mark went there at all.
        """
        if not self.has_marks:
            return _range_of(bar)
        mark = self.mark_bar
        if mark is None:
            return flat_range(self.own_mark)
        first = mark.open if mark.opened_at_ns >= bar.opened_at_ns else _within(bar.open, mark)
        if mark.closed_at_ns <= bar.closed_at_ns:
            return PriceRange(first, mark.low, mark.high, mark.close)
        low, high = _within(bar.low, mark), _within(bar.high, mark)
        return PriceRange(first, min(first, low), max(first, high), _within(bar.close, mark))

    def mark_range_until(self, closed_at_ns: int) -> PriceRange:
        """Return the marks of the bar that ends at this instant, or the mark now if there is none."""
        if self.has_marks:
            for bar in (self.mark_bar, self.closed_mark_bar):
                if bar is not None and bar.closed_at_ns == closed_at_ns:
                    return _range_of(bar)
        for bar in (self.bar, self.closed_bars[-1] if self.closed_bars else None):
            if bar is not None and bar.closed_at_ns == closed_at_ns:
                return self.marks_over(bar)
        return flat_range(self.mark_price)
