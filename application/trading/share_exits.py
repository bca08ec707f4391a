"""What a strategy's exit plan needs to remember in one instrument: its trade, its orders, and what waits."""

from decimal import Decimal
from typing import Final

from attrs import define, evolve, field

from application.trading.records import ExitReason
from domain.exit_state import ExitState, StopKind
from domain.exits import ExitPlan
from domain.numbers import ZERO, exact
from domain.order import ClientOrderId
from domain.signal import Signal

MINIMUM_HOLDING: Final = "minimum_holding"
"""Code of a signal that waits until the trade has been held long enough."""

NO_INITIAL_STOP: Final = "no_initial_stop"
"""Code of an entry without a stop where the plan measures in multiples of its distance."""

STOP_REASONS: Final = {
    StopKind.FIXED: ExitReason.STOP,
    StopKind.BREAKEVEN: ExitReason.BREAKEVEN,
    StopKind.TRAILING: ExitReason.TRAILING_STOP,
}


@define(eq=False)
class ShareExits:
    """The exit plan of one share, and where its present trade stands on it.

    Attributes:
        plan: Of the strategy.
        state: Of the present trade, None without one.
        entered_quantity: Largest quantity of the present trade, base units.
        waiting: The last signal that the minimum holding holds back.
        rung_ids: Working target orders, by the place of the rung.
        rung_of: The rung of every target order of the present trade.
        stop_reasons: What each stop order of the present trade means when it fills.
    """

    plan: ExitPlan
    state: ExitState | None = field(default=None, init=False)
    entered_quantity: Decimal = field(default=ZERO, init=False)
    waiting: Signal | None = field(default=None, init=False)
    rung_ids: dict[int, ClientOrderId] = field(factory=dict, init=False)
    rung_of: dict[ClientOrderId, int] = field(factory=dict, init=False)
    stop_reasons: dict[ClientOrderId, ExitReason] = field(factory=dict, init=False)
    _distances: tuple[float | None, float | None] = field(default=(None, None), init=False)

    @property
    def n_rungs_taken(self) -> int:
        """How many rungs of a ladder the present trade has reached."""
        return len(self.state.rungs_taken) if self.state is not None and self.plan.take_profit else 0

    def complete(self, signal: Signal, price: Decimal) -> Signal | None:
        """Return a signal to enter with the stop that the plan gives it, None if it needs one and has none.

        What it then says of its stop is an estimate, by which it is sized: the stop is placed by the price paid.

        Args:
            signal: Of the strategy.
            price: At which it is decided, quote per base.
        """
        stop = self.plan.stop.distance(_exact_or_none(signal.stop_distance), price)
        if stop is None and self.plan.needs_stop:
            return None
        self._distances = signal.stop_distance, signal.target_distance
        return evolve(signal, stop_distance=None if stop is None else float(stop))

    def note_opening(self, direction: int, quantity: Decimal, entry_price: Decimal, at_ns: int) -> None:
        """Take a fill that opened.

        Args:
            direction: Of the trade.
            quantity: Held now, base units, never negative.
            entry_price: Average, quote per base.
            at_ns: Of the fill.
        """
        if self.state is None:
            self.begin(direction, quantity, entry_price, at_ns)
        else:
            self.state = self.state.with_entry(entry_price)
            self.entered_quantity = max(self.entered_quantity, quantity)

    def begin(self, direction: int, quantity: Decimal, entry_price: Decimal, at_ns: int) -> None:
        """Begin with the distances of the last signal to enter: at a first fill, or where leaving is taken back.

        Args:
            direction: Of the trade.
            quantity: Held, base units, never negative.
            entry_price: Average, quote per base.
            at_ns: From here on it is held.
        """
        self.entered_quantity = quantity
        stop, target = map(_exact_or_none, self._distances)
        self.state = ExitState.begin(
            self.plan,
            direction=direction,
            entered_at_ns=at_ns,
            entry_price=entry_price,
            signal_stop=stop,
            signal_target=target,
        )

    def note_end(self) -> None:
        """Take the end of the trade; a signal to leave it has nothing left to wait for."""
        self.state, self.entered_quantity = None, ZERO
        self.rung_of.clear()
        self.stop_reasons.clear()
        if self.waiting is not None and self.waiting.direction == 0:
            self.waiting = None


def _exact_or_none(distance: float | None) -> Decimal | None:
    return None if distance is None else exact(distance)
