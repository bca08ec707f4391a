"""How many within the last so many seconds: counts over windows that slide, at a constant cost."""

from collections import OrderedDict, deque
from typing import Final

from attrs import define, field

from domain.time_units import NS_PER_DAY, NS_PER_MINUTE

_DAY_MINUTES: Final = NS_PER_DAY // NS_PER_MINUTE


@define(eq=False)
class SlidingCount:
    """Events within a window that ends now; one exactly as old as the window is out of it.

    Instants never go back. What comes beyond `count_max` within the window pushes the oldest out: the count
    then stays at `count_max`, which is chosen not below any limit.

    Attributes:
        window_ns: Length of the window.
        count_max: Most events that are remembered.
    """

    window_ns: int
    count_max: int
    _at_ns: deque[int] = field(factory=deque, init=False)

    def add(self, at_ns: int) -> None:
        """Remember an event."""
        self._at_ns.append(at_ns)
        if len(self._at_ns) > self.count_max:
            self._at_ns.popleft()

    def at(self, now_ns: int) -> int:
        """Return the number of events within the window."""
        instants, gone_ns = self._at_ns, now_ns - self.window_ns
        while instants and instants[0] <= gone_ns:
            instants.popleft()
        return len(instants)

    @property
    def instants(self) -> tuple[int, ...]:
        """What is remembered, oldest first."""
        return tuple(self._at_ns)


@define(eq=False)
class DayOfOrders:
    """Orders of the last 24 hours, and how many of these were filled at least in part, by the minute of their sending.

    The window ends with the present minute and begins 1,440 minutes earlier, so it is up to a minute short of a day.
    """

    _minutes: OrderedDict[int, list[int]] = field(factory=OrderedDict, init=False)
    _orders: int = field(default=0, init=False)
    _fills: int = field(default=0, init=False)

    def add_order(self, at_ns: int) -> None:
        """Count an order that was sent; instants never go back."""
        self.at(at_ns)  # lets go of what has left the window
        self._minutes.setdefault(at_ns // NS_PER_MINUTE, [0, 0])[0] += 1
        self._orders += 1

    def add_fill(self, sent_at_ns: int) -> None:
        """Count the first fill of an order that was sent at an instant, as long as the order is counted."""
        minute = self._minutes.get(sent_at_ns // NS_PER_MINUTE)
        if minute is not None:
            minute[1] += 1
            self._fills += 1

    def at(self, now_ns: int) -> tuple[int, int]:
        """Return the orders of the window, and those of them with a fill."""
        begin = now_ns // NS_PER_MINUTE - _DAY_MINUTES
        while self._minutes and next(iter(self._minutes)) <= begin:
            _, (orders, fills) = self._minutes.popitem(last=False)
            self._orders -= orders
            self._fills -= fills
        return self._orders, self._fills

    @property
    def rows(self) -> tuple[tuple[int, int, int], ...]:
        """Minute since 1970, orders and orders with a fill, oldest first."""
        return tuple((minute, orders, fills) for minute, (orders, fills) in self._minutes.items())

    def restore(self, rows: tuple[tuple[int, int, int], ...]) -> None:
        """Take over what `rows` told."""
        self._minutes = OrderedDict((minute, [orders, fills]) for minute, orders, fills in rows)
        self._orders = sum(orders for _, orders, _ in rows)
        self._fills = sum(fills for _, _, fills in rows)
