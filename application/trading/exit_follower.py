"""Stands between the engine and a strategy that leaves by a plan: stops that move, time limits, signals that wait."""

from attrs import define

from application.trading.book import InstrumentBook
from application.trading.exit_orders import ExitOrders
from application.trading.leaving import leave
from application.trading.records import ExitReason
from application.trading.share import Share
from application.trading.share_exits import MINIMUM_HOLDING, NO_INITIAL_STOP, STOP_REASONS, ShareExits
from domain.exit_state import ExitState
from domain.market import Bar
from domain.numbers import ZERO, exact
from domain.signal import Signal


def heard(book: InstrumentBook, share: Share, exits: ShareExits, signal: Signal, orders: ExitOrders) -> Signal | None:
    """Return a signal as the exit plan lets it stand, None if it is to change nothing now; why not is recorded."""
    direction, state = signal.direction, exits.state
    if direction * share.target > 0:
        exits.waiting = None  # What it held is wanted again.
        return None
    is_kept = share.target * share.held > 0
    if is_kept and state is not None and state.is_bound(exits.plan, orders.desk.now_ns):
        exits.waiting = signal
        orders.desk.pass_over(book, share.name, signal, MINIMUM_HOLDING)
        orders.desk.refuse(book, "exits", (MINIMUM_HOLDING,), f"{share.name} waits: {signal.reason}")
        return None
    exits.waiting = None
    if direction == 0:
        return signal
    if direction * share.held > 0 and share.exit_reason is ExitReason.TIME_STOP:
        # Held for as long as it may be: it has to be out before it can be in again.
        orders.desk.pass_over(book, share.name, signal, ExitReason.TIME_STOP.value)
        return None
    return _completed(book, share, exits, signal, orders)


def _completed(
    book: InstrumentBook, share: Share, exits: ShareExits, signal: Signal, orders: ExitOrders
) -> Signal | None:
    """Return a signal to enter with the stop that the plan gives it."""
    completed, entry_price = exits.complete(signal, book.mark_price or ZERO), share.position.entry_price
    if completed is None:
        detail = f"{share.name}: exits are measured from a stop, and there is none"
        orders.desk.pass_over(book, share.name, signal, NO_INITIAL_STOP)
        orders.desk.refuse(book, "exits", (NO_INITIAL_STOP,), detail)
    elif entry_price is not None and signal.direction * share.held > 0:
        # On its way out, and wanted again: what is still held stands on the plan as if entered now.
        exits.begin(signal.direction, abs(share.held), entry_price, orders.desk.now_ns)
    return completed


def waited(exits: ShareExits, now_ns: int) -> Signal | None:
    """Return the signal that was held back, once nothing holds it back any longer."""
    if exits.waiting is None or (exits.state is not None and exits.state.is_bound(exits.plan, now_ns)):
        return None
    return exits.waiting


@define(eq=False)
class ExitFollower:
    """Follows each bar before the strategy is asked.

    Attributes:
        book: The instrument.
        share: The strategy's share of it.
        exits: Its plan.
        orders: Places what it needs.
    """

    book: InstrumentBook
    share: Share
    exits: ShareExits
    orders: ExitOrders

    def follow(self, bar: Bar) -> None:
        """Take the bar that has just closed."""
        state = self.exits.state
        if state is not None and self.share.target * self.share.held > 0:
            self._follow(state, bar)

    def _follow(self, state: ExitState, bar: Bar) -> None:
        now_ns, plan = self.orders.desk.now_ns, self.exits.plan
        followed = state.after(bar, plan, self.book.instrument.fees.taker_rate)
        self.exits.state = followed
        if followed.is_overdue(plan, now_ns):
            self._leave(ExitReason.TIME_STOP)
        elif followed is state or followed.moved_stop == state.moved_stop:
            return
        elif followed.is_passed_at(exact(bar.close)):
            self._leave(STOP_REASONS[followed.stop_kind])
        else:
            self.orders.protect(self.book, self.share)

    def _leave(self, reason: ExitReason) -> None:
        if leave(self.share, reason):
            self.book.is_unsettled = True
