"""All that the venue keeps for one instrument, and when nothing can happen in it."""

from collections import deque
from decimal import Decimal
from heapq import heappop, heappush
from math import inf

from attrs import Factory, define

from adapters.simulated.market import SymbolMarket
from adapters.simulated.open_orders import NEVER_NS, OpenOrders
from application.venue_messages import Command
from domain.market import Bar
from domain.numbers import ZERO, exact


@define(eq=False)
class Desk:
    """One instrument's market, open orders, and commands on their way.

    Most bars change nothing. The quiet band is how this is known with two comparisons: while a
    bar stays strictly inside, no order can fill or trigger and no margin can run out. It is always
    on the safe side; outside of it everything is worked out exactly. The margin band is the part of
    it that concerns the mark price.

    Attributes:
        symbol: Instrument.
        market: Prices.
        orders: Orders that wait.
        reactions: Commands given while the range of a bar is being traded, which take part in it.
        quiet_low: Lower end of the quiet band of traded prices.
        quiet_high: Its upper end.
        quiet_until_ns: When time alone could change something.
        margin_low: Lower end of the band of marks that need no margin check.
        margin_high: Its upper end.
        margin_until_ns: When other margin brackets come into force.
    """

    symbol: str
    market: SymbolMarket
    orders: OpenOrders = Factory(OpenOrders)
    reactions: deque[Command] = Factory(deque)
    quiet_low: float = -inf
    quiet_high: float = inf
    quiet_until_ns: int = NEVER_NS
    margin_low: float = -inf
    margin_high: float = inf
    margin_until_ns: int = NEVER_NS
    _inbox: list[tuple[int, int, Command]] = Factory(list)
    _used_in_ns: int = -1
    _used: Decimal = ZERO
    _taken: Decimal = ZERO
    _made: dict[bool, Decimal] = Factory(dict)

    @property
    def is_spot(self) -> bool:
        """Whether coins are traded here, which have no margin."""
        return self.market.instrument.is_spot

    def send(self, arrives_at_ns: int, sequence: int, command: Command) -> None:
        """Put a command on its way."""
        heappush(self._inbox, (arrives_at_ns, sequence, command))
        self.quiet_low = inf

    def next_arrival(self, before_ns: int) -> tuple[int, Command] | None:
        """Take the next command that arrives before an instant: in time order, then as sent."""
        if not self._inbox or self._inbox[0][0] >= before_ns:
            return None
        arrived_at_ns, _, command = heappop(self._inbox)
        return arrived_at_ns, command

    def taker_quantity_left(self, bar: Bar, share: Decimal) -> Decimal:
        """Return what takers can still get out of their share of the bar, base units."""
        return min(self._quantity_left(bar), share - self._taken)

    def maker_quantity_left(self, bar: Bar, share: Decimal, *, is_buy: bool) -> Decimal:
        """Return what resting orders of one side can still get out of their share of the bar, base units."""
        return min(self._quantity_left(bar), share - self._made.get(is_buy, ZERO))

    def use_taker_quantity(self, quantity: Decimal) -> None:
        """Take from the volume, and from the takers' share, of the bar that was asked about last."""
        self._used += quantity
        self._taken += quantity

    def use_maker_quantity(self, quantity: Decimal, *, is_buy: bool) -> None:
        """Take from the volume, and from one side's share, of the bar that was asked about last."""
        self._used += quantity
        self._made[is_buy] = self._made.get(is_buy, ZERO) + quantity

    def _quantity_left(self, bar: Bar) -> Decimal:
        if bar.closed_at_ns != self._used_in_ns:
            self._used_in_ns, self._used, self._taken, self._made = bar.closed_at_ns, ZERO, ZERO, {}
        return exact(bar.volume) - self._used

    def distrust_margin(self) -> None:
        """Have margin worked out anew at the next mark, because money or positions have changed; spot has none."""
        if self.is_spot:
            return
        self.margin_low, self.margin_high = inf, -inf
        self.quiet_low = inf

    def trust_margin(self, low: float, high: float, until_ns: int) -> None:
        """Set the band of marks in which margin suffices for certain."""
        self.margin_low, self.margin_high, self.margin_until_ns = low, high, until_ns
        self.rest()

    def needs_margin_check(self, low: float, high: float, at_ns: int) -> bool:
        """Whether marks have left the band in which margin suffices for certain."""
        return not (self.margin_low < low and high < self.margin_high and at_ns < self.margin_until_ns)

    def is_bar_beyond_margin_band(self) -> bool:
        """Whether the bar in progress will take the mark out of the band."""
        bar = self.market.marking_bar
        return bar is not None and self.needs_margin_check(bar.low, bar.high, bar.closed_at_ns)

    def rest(self) -> None:
        """Work out the quiet band from the orders and the margin as they are now."""
        low, high, until_ns = self.orders.quiet_band() if self.orders else (-inf, inf, NEVER_NS)
        if self._inbox or self.reactions:
            low = inf
        # Traded prices bear on margin even where the mark has bars of its own: they tell where it may have been.
        self.quiet_low, self.quiet_high = max(low, self.margin_low), min(high, self.margin_high)
        self.quiet_until_ns = min(until_ns, self.margin_until_ns)
