"""What a strategy may look at: one instrument as of the last closed bar, and nothing after."""

from collections import deque
from decimal import Decimal
from itertools import islice

from domain.market import Bar, FundingEvent
from domain.numbers import ZERO


class AsOfView:
    """One instrument as one strategy sees it. It has no index and no way forward.

    The engine pushes what has happened; the view keeps as many bars as the strategy asked for.

    Attributes:
        symbol: Instrument.
        bar: The bar that has just closed.
        held_quantity: The strategy's own share of the position, base units; positive long, negative short.
        funding: The last settled funding, None before the first.
        n_bars: How many bars have closed so far.
    """

    __slots__ = ("_bars", "_lookback_bars", "bar", "funding", "held_quantity", "n_bars", "symbol")

    def __init__(self, symbol: str, lookback_bars: int = 1) -> None:
        if lookback_bars < 1:
            raise ValueError(f"lookback must be at least 1 bar, got {lookback_bars}")
        self.symbol = symbol
        self.bar: Bar
        self.funding: FundingEvent | None = None
        self.held_quantity: Decimal = ZERO
        self.n_bars = 0
        self._lookback_bars = lookback_bars
        # A strategy that only wants the latest bar is not charged for a history.
        self._bars: deque[Bar] | None = deque(maxlen=lookback_bars) if lookback_bars > 1 else None

    def push(self, bar: Bar) -> None:
        """Let a closed bar become the latest."""
        self.bar = bar
        self.n_bars += 1
        if self._bars is not None:
            self._bars.append(bar)

    def bars(self, n: int) -> tuple[Bar, ...]:
        """Return the last `n` bars, oldest first; fewer if fewer have closed.

        Raises:
            ValueError: More than the lookback that the strategy declared.
        """
        if n > self._lookback_bars:
            raise ValueError(f"{self.symbol}: {n} bars asked for, lookback is {self._lookback_bars}")
        if self._bars is None:
            return (self.bar,) if n == 1 and self.n_bars else ()
        return tuple(islice(self._bars, max(0, len(self._bars) - n), None))
