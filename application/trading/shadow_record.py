"""How a strategy's signals would have done on their own, one unit each, whether they were traded or not.

Kelly needs a record before it allows a size. Returns of trades cannot be that record: without a size there are no
trades, and without trades there never is a record. Signals can be followed from the first one on.

The shadow does what a unit of the strategy would have done: it trades at the first price after a signal, pays the fee
and half the spread each time, pays and receives funding, and leaves by the strategy's stops, targets and limits of
time. Where a bar leaves open what came first it is the stop, and a stop that the market has jumped over fills where
the market then is. What depends on size is not there: impact, steps of quantity, and a venue that does not fill.
"""

from collections import deque
from decimal import Decimal
from typing import Final

import numpy as np
from attrs import define, field

from application.trading.day_returns import DayReturns
from application.trading.unit_ledger import UnitLedger
from domain.exit_state import ExitState
from domain.exits import PLAIN, ExitPlan
from domain.market import Bar, Float64Array, FundingEvent
from domain.numbers import ZERO, exact
from domain.signal import Signal, SignalAction

AWAY: Final = Signal(action=SignalAction.EXIT, reason="the shadow leaves by itself")
"""Wants nothing any more."""
_NOTHING_LEFT: Final = 1e-9
"""Shares of a ladder that sum to one need not do so to the last digit."""


@define(eq=False)
class ShadowRecord:
    """Returns of one strategy's signals in one instrument, from sample to sample, after costs.

    Attributes:
        length: How many returns are kept, at least 1.
        cost: Paid for what changes hands, fraction of its value.
        interval_ns: From one return to the next.
        plan: How the strategy leaves beside its own signals.
        taker_rate: By which the plan reckons what leaving costs, fraction of the value.
        days: What the unit made each day.
    """

    length: int
    cost: float
    interval_ns: int
    plan: ExitPlan = PLAIN
    taker_rate: Decimal = ZERO
    days: DayReturns = field(factory=DayReturns, init=False)
    _ledger: UnitLedger = field(init=False, repr=False)
    _wanted: Signal | None = field(default=None, init=False)
    _state: ExitState | None = field(default=None, init=False)
    # Of the state, as floats: looked at in every bar, changed by few of them.
    _stop: float | None = field(default=None, init=False)
    _targets: tuple[tuple[int, float, float], ...] = field(default=(), init=False)
    _unpaid: "deque[FundingEvent]" = field(factory=deque, init=False, repr=False)
    _next_sample_ns: int = field(default=0, init=False)
    # Nothing is held or wanted: most bars find it so, and only the clock goes on. What is settled meanwhile waits, and
    # is paid by nobody once something is wanted.
    _is_idle: bool = field(default=False, init=False)
    _returns: "deque[float]" = field(init=False, repr=False)
    # Asked for at every signal, and changed by few bars.
    _array: Float64Array | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._ledger = UnitLedger(self.cost)
        self._returns = deque(maxlen=self.length)

    @property
    def direction(self) -> int:
        """What is wanted: +1 long, -1 short, 0 flat."""
        if self._wanted is not None:
            return self._wanted.direction
        return (self._ledger.held > 0.0) - (self._ledger.held < 0.0)

    def hear(self, signal: Signal) -> None:
        """Take a signal, which is followed at the open of the next bar; wanting the same again changes nothing."""
        if signal.direction != self.direction:
            self._wanted, self._is_idle = signal, False

    def leave(self) -> None:
        """Want nothing any more, whatever the signals say."""
        self.hear(AWAY)

    def take_funding(self, event: FundingEvent) -> None:
        """Take a settlement, which is paid once it is known what was held: the bar that ends with it may come later."""
        self._unpaid.append(event)

    def follow(self, bar: Bar) -> None:
        """Take the bar that has just closed, before the strategy is asked about it."""
        if self._is_idle:
            if bar.closed_at_ns >= self._next_sample_ns:
                self._sample(bar.closed_at_ns)
            return
        self._settle(bar.opened_at_ns)
        if self._wanted is not None:
            self._obey(self._wanted, bar)
            self._wanted = None
        # Where within a bar it is settled is not told apart from its open: whoever enters there pays.
        self._settle(bar.closed_at_ns - 1)
        if self._state is not None:
            self._live_through(bar, self._state)
        self._ledger.value(bar.close)
        self._settle(bar.closed_at_ns)
        if bar.closed_at_ns >= self._next_sample_ns:
            self._sample(bar.closed_at_ns)

    @property
    def returns(self) -> Float64Array:
        """Returns of the intervals in which a unit was held or traded, oldest first, shape (n_returns,)."""
        if self._array is None:
            self._array = np.array(self._returns, dtype=np.float64)
            self._array.flags.writeable = False
        return self._array

    def _settle(self, until_ns: int) -> None:
        while self._unpaid and self._unpaid[0].settled_at_ns <= until_ns:
            self._ledger.pay_funding(float(self._unpaid.popleft().rate))

    def _obey(self, signal: Signal, bar: Bar) -> None:
        self._close(bar.open)
        if signal.direction == 0:
            return
        self._ledger.open(signal.direction, bar.open)
        self._put(
            ExitState.begin(
                self.plan,
                direction=signal.direction,
                entered_at_ns=bar.opened_at_ns,
                entry_price=exact(bar.open),
                signal_stop=None if signal.stop_distance is None else exact(signal.stop_distance),
                signal_target=None if signal.target_distance is None else exact(signal.target_distance),
            )
        )

    def _close(self, price: float) -> None:
        if self._state is not None:
            self._ledger.reduce(1.0, price)
            self._state = None

    def _put(self, state: ExitState) -> None:
        stop = state.stop_price
        self._state, self._stop = state, None if stop is None else float(stop)
        self._targets = tuple((place, float(price), float(part)) for place, price, part in state.targets(self.plan))

    def _live_through(self, bar: Bar, state: ExitState) -> None:
        side, stop = state.direction, self._stop
        worst, best = (bar.low, bar.high) if side > 0 else (bar.high, bar.low)
        if stop is not None and side * (worst - stop) <= 0.0:
            self._close(stop if side * (bar.open - stop) > 0.0 else bar.open)
            return
        for place, price, part in self._targets:
            if side * (best - price) >= 0.0:
                state = self._take(state, place, price, part)
        if abs(self._ledger.held) <= _NOTHING_LEFT:
            self._close(bar.close)
        elif self.plan.follows_bars:
            self._move_on(bar, state)

    def _take(self, state: ExitState, place: int, price: float, part: float) -> ExitState:
        """Take the profit of a rung; a market that has jumped over it is not paid better."""
        self._ledger.reduce(part, price)
        taken = state.with_rung_taken(place)
        self._put(taken)
        return taken

    def _move_on(self, bar: Bar, state: ExitState) -> None:
        followed = state.after(bar, self.plan, self.taker_rate)
        if followed.is_overdue(self.plan, bar.closed_at_ns) or followed.is_passed_at(exact(bar.close)):
            self.leave()
        if followed is not state:
            self._put(followed)

    def _sample(self, at_ns: int) -> None:
        self._next_sample_ns = (at_ns // self.interval_ns + 1) * self.interval_ns
        made = None if self._is_idle else self._ledger.take_return()
        self.days.add(at_ns, made)
        if made is None:
            self._is_idle = True
        else:
            self._returns.append(made)
            self._array = None
