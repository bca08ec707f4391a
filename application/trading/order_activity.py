"""What was sent lately, kept for the gate: rates, duplicates, fills for each order, and strategies that run away."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

from attrs import define, field, frozen

from application.trading.sliding_counts import DayOfOrders, SlidingCount
from domain.order import ClientOrderId
from domain.risk.limits import RiskLimits
from domain.risk.snapshot import ActivityState, OrderIntent
from domain.risk.trading_state import CLEARANCES_MAX, StrategyRelease
from domain.risk.verdict import RefusalReason
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND

Key = TypeVar("Key")
Kept = TypeVar("Kept")

Likeness: TypeAlias = tuple[str, ...]
"""What two orders have in common that count as the same order sent twice."""

_MESSAGES_MAX: Final = 10_000
"""Most messages of a window that are remembered, unless a limit is higher."""

_ENTRIES_MAX: Final = 1_000
"""The same for the openings of a strategy."""

INTENTS_MAX: Final = 100_000
"""Most intents and duplicates that are remembered; the oldest are forgotten first, and are refused by their age."""


@frozen(kw_only=True)
class ActivityRecord:
    """Everything that `OrderActivity` remembers, in plain values that any storage can write.

    Attributes:
        now_ns: Latest instant that was told.
        messages: When orders and cancels were sent, within the last minute.
        orders: Minute since 1970, orders sent, and those of them with a fill, of the last day.
        unfilled: Client order id and instant of orders that may still get their first fill.
        intents: Names of intents that were sent, oldest first.
        likenesses: What was sent within the duplicate window, and when.
        entries: When each strategy opened something, within the last hour.
        stopped: Strategies that wait for a human.
        releases: Strategies that people let go on, the newest last; of many the last `CLEARANCES_MAX`.
    """

    now_ns: int
    messages: tuple[int, ...]
    orders: tuple[tuple[int, int, int], ...]
    unfilled: tuple[tuple[str, int], ...]
    intents: tuple[str, ...]
    likenesses: tuple[tuple[Likeness, int], ...]
    entries: tuple[tuple[str, tuple[int, ...]], ...]
    stopped: tuple[str, ...]
    releases: tuple[StrategyRelease, ...]


@define(eq=False)
class OrderActivity:
    """Remembers what was sent as far as limits ask for it, in bounded memory and at a constant cost.

    Instants that go back count as the latest one told. All of it goes into a record and comes back from it, so
    that after a restart every limit stands as it stood before; a stopped strategy stays stopped.

    Attributes:
        limits: What the counts will be compared with, which says how much has to be remembered.
    """

    limits: RiskLimits
    _now_ns: int = field(default=0, init=False)
    _second: SlidingCount = field(init=False)
    _ten_seconds: SlidingCount = field(init=False)
    _minute: SlidingCount = field(init=False)
    _day: DayOfOrders = field(factory=DayOfOrders, init=False)
    # Ordered dictionaries let go of their oldest at once; a plain one looks for it ever longer.
    _unfilled: OrderedDict[ClientOrderId, int] = field(factory=OrderedDict, init=False)
    _intents: OrderedDict[str, None] = field(factory=OrderedDict, init=False)
    _likenesses: OrderedDict[Likeness, int] = field(factory=OrderedDict, init=False)
    _entries: dict[str, SlidingCount] = field(factory=dict, init=False)
    _stopped: set[str] = field(factory=set, init=False)
    _releases: deque[StrategyRelease] = field(factory=lambda: deque(maxlen=CLEARANCES_MAX), init=False)

    def __attrs_post_init__(self) -> None:
        rates = self.limits.activity
        limits = (rates.messages_per_second_max, rates.messages_per_10_seconds_max, rates.messages_per_minute_max)
        count_max = max(_MESSAGES_MAX, *(limit or 0 for limit in limits))
        self._second = SlidingCount(NS_PER_SECOND, count_max)
        self._ten_seconds = SlidingCount(10 * NS_PER_SECOND, count_max)
        self._minute = SlidingCount(NS_PER_MINUTE, count_max)

    def state(self, intent: OrderIntent, openers: Iterable[str], now_ns: int) -> ActivityState:
        """Return what the gate is told of an order that is about to be sent.

        Args:
            intent: The order.
            openers: Strategies that open something with it; who only gets out is neither counted nor stopped.
            now_ns: The present instant.
        """
        now_ns = self._told(now_ns)
        orders, fills = self._day.at(now_ns)
        entries, is_stopped = 0, False
        for strategy in openers:
            entries = max(entries, self._entries_of(strategy, now_ns))
            is_stopped = is_stopped or strategy in self._stopped
        return ActivityState(
            messages_last_second=self._second.at(now_ns),
            messages_last_10_seconds=self._ten_seconds.at(now_ns),
            messages_last_minute=self._minute.at(now_ns),
            orders_today=orders,
            fills_today=fills,
            is_known_intent=intent.intent_id in self._intents,
            is_repeated=bool(self._likenesses) and _likeness(intent) in self._likenesses,
            entries_last_hour=entries,
            is_strategy_stopped=is_stopped,
        )

    def sent(self, order_id: ClientOrderId, intent: OrderIntent, openers: Sequence[str], now_ns: int) -> None:
        """Remember an order that goes out, and of whom it counts as an entry."""
        now_ns = self._told(now_ns)
        self._count_message(now_ns)
        self._day.add_order(now_ns)
        self._unfilled[order_id] = now_ns
        self._intents[intent.intent_id] = None
        _forget_oldest(self._intents)
        self._remember_likeness(intent, now_ns)
        if not intent.terms.only_reduces:
            for strategy in openers:
                if strategy not in self._entries:
                    self._entries[strategy] = self._new_entries()
                self._entries[strategy].add(now_ns)

    def cancel_sent(self, now_ns: int) -> None:
        """Remember a cancel that goes out."""
        self._count_message(self._told(now_ns))

    def filled(self, order_id: ClientOrderId) -> None:
        """Remember that an order was filled, at least in part; only the first fill counts."""
        sent_at_ns = self._unfilled.pop(order_id, None)
        if sent_at_ns is not None:
            self._day.add_fill(sent_at_ns)

    def ended(self, order_id: ClientOrderId) -> None:
        """Remember that nothing more will come of an order."""
        self._unfilled.pop(order_id, None)

    def refused(self, openers: Iterable[str], reasons: Iterable[RefusalReason]) -> None:
        """Stop the strategies of a refused order that open too often, until a human lets them go on."""
        limit = self.limits.activity.entries_per_hour_max
        if limit is not None and RefusalReason.ENTRIES_PER_HOUR in reasons:
            self._stopped.update(each for each in openers if self._entries_of(each, self._now_ns) >= limit)

    def let_go_on(self, strategy: str, *, person: str, reason: str, at_ns: int) -> StrategyRelease | None:
        """Let a stopped strategy open again; return the record of it, None if it was not stopped.

        Its openings within the hour still count.

        Raises:
            ValueError: Person or reason is blank.
        """
        release = StrategyRelease(strategy=strategy, person=person, reason=reason, released_at_ns=at_ns)
        if strategy not in self._stopped:
            return None
        self._stopped.discard(strategy)
        self._releases.append(release)
        return release

    @property
    def stopped(self) -> frozenset[str]:
        """Strategies that wait for a human."""
        return frozenset(self._stopped)

    def record(self) -> ActivityRecord:
        """Return all that is remembered."""
        return ActivityRecord(
            now_ns=self._now_ns,
            messages=self._minute.instants,
            orders=self._day.rows,
            unfilled=tuple(self._unfilled.items()),
            intents=tuple(self._intents),
            likenesses=tuple(self._likenesses.items()),
            entries=tuple((strategy, count.instants) for strategy, count in self._entries.items()),
            stopped=tuple(sorted(self._stopped)),
            releases=tuple(self._releases),
        )

    @classmethod
    def restored(cls, record: ActivityRecord, limits: RiskLimits) -> "OrderActivity":
        """Go on from a record."""
        activity = cls(limits)
        activity._now_ns = record.now_ns
        for at_ns in record.messages:
            activity._count_message(at_ns)
        activity._day.restore(record.orders)
        activity._unfilled.update((ClientOrderId(order_id), at_ns) for order_id, at_ns in record.unfilled)
        activity._intents.update(dict.fromkeys(record.intents))
        if limits.order.duplicate_window_s is not None:
            activity._likenesses.update(record.likenesses)
        for strategy, instants in record.entries:
            count = activity._entries[strategy] = activity._new_entries()
            for at_ns in instants:
                count.add(at_ns)
        activity._stopped = set(record.stopped)
        activity._releases.extend(record.releases)
        return activity

    def _told(self, now_ns: int) -> int:
        """Move on to an instant, and forget what no limit will ask for again."""
        now_ns = self._now_ns = max(self._now_ns, now_ns)
        _forget_until(self._unfilled, now_ns - NS_PER_DAY)
        window_s = self.limits.order.duplicate_window_s
        if window_s is not None:
            _forget_until(self._likenesses, now_ns - round(window_s * NS_PER_SECOND))
        return now_ns

    def _count_message(self, at_ns: int) -> None:
        for count in (self._second, self._ten_seconds, self._minute):
            count.add(at_ns)

    def _new_entries(self) -> SlidingCount:
        return SlidingCount(NS_PER_HOUR, max(_ENTRIES_MAX, self.limits.activity.entries_per_hour_max or 0))

    def _entries_of(self, strategy: str, now_ns: int) -> int:
        count = self._entries.get(strategy)
        return 0 if count is None else count.at(now_ns)

    def _remember_likeness(self, intent: OrderIntent, now_ns: int) -> None:
        if self.limits.order.duplicate_window_s is None:
            return
        likeness = _likeness(intent)
        self._likenesses.pop(likeness, None)  # it goes to the end: the oldest is always first
        self._likenesses[likeness] = now_ns
        _forget_oldest(self._likenesses)


def _likeness(intent: OrderIntent) -> Likeness:
    terms = intent.terms
    numbers = (terms.quantity, terms.price, terms.trigger_price, terms.callback_rate, terms.activation_price)
    side, kind = terms.side.value, terms.type.value
    return (intent.strategy, intent.purpose, terms.symbol, side, kind, *map(_text, numbers))


def _text(number: Decimal | None) -> str:
    return "" if number is None else str(number.normalize())


def _forget_until(instants: OrderedDict[Key, int], until_ns: int) -> None:
    while instants and instants[next(iter(instants))] <= until_ns:
        instants.popitem(last=False)


def _forget_oldest(remembered: OrderedDict[Key, Kept]) -> None:
    while len(remembered) > INTENTS_MAX:
        remembered.popitem(last=False)
