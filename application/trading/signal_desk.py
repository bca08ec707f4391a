"""Where signals become targets: as the exit plan of their strategy lets them stand, and as large as limits leave."""

from attrs import frozen

from application.trading.book import InstrumentBook
from application.trading.entry_sizing import EntrySizer
from application.trading.exit_follower import heard
from application.trading.exit_orders import ExitOrders
from application.trading.order_desk import OrderDesk
from application.trading.records import Decision, ExitReason
from application.trading.risk_controller import RiskController
from application.trading.shadow_record import AWAY
from application.trading.share import Share
from domain.numbers import ZERO
from domain.position_sizer import Constraint, SizeDecision, no_size
from domain.risk.verdict import RefusalReason
from domain.signal import Signal


@frozen(eq=False)
class SignalDesk:
    """Decides on signals.

    Attributes:
        desk: Records decisions and refusals.
        exits: Places stops and targets.
        sizer: Says how much an entry may be.
        controller: Says what forbids opening, and what new sizes are worth.
    """

    desk: OrderDesk
    exits: ExitOrders
    sizer: EntrySizer
    controller: RiskController

    def hear(self, book: InstrumentBook, share: Share, signal: Signal, *, is_open: bool) -> None:
        """Decide on a signal as the strategy's exit plan lets it stand."""
        if share.exits is None:
            self._decide(book, share, signal, is_open=is_open)
            return
        admitted = heard(book, share, share.exits, signal, self.exits)
        if admitted is None:
            return
        self._decide(book, share, admitted, is_open=is_open)
        self.exits.protect(book, share)

    def _decide(self, book: InstrumentBook, share: Share, signal: Signal, *, is_open: bool) -> None:
        direction = signal.direction
        if direction * share.target > 0:
            return
        if direction != 0 and not is_open:
            self.desk.pass_over(book, share.name, signal, RefusalReason.SUSPENDED.value)
            self.desk.refuse(book, "gate", (RefusalReason.SUSPENDED.value,), signal.reason)
            return
        if share.shadow is not None:
            share.shadow.hear(signal if direction >= 0 or not book.instrument.is_spot else AWAY)
        target, reason = ZERO, "exit"
        candidates: tuple[tuple[str, float], ...] = ()
        if direction != 0:
            size = self._size(book, share, signal)
            target, reason, candidates = size.quantity * direction + ZERO, size.reason, size.listed
        self.desk.log.decisions.append(
            Decision(self.desk.now_ns, share.name, book.instrument.symbol, signal, target, reason, candidates)
        )
        if share.held == 0 or share.target * share.held > 0:
            # What is on its way out already goes for the reason that came first.
            share.exit_reason = ExitReason.SIGNAL
        share.target, share.decided_at_ns = target, self.desk.now_ns
        share.stop_distance, share.target_distance = signal.stop_distance, signal.target_distance
        book.is_unsettled = True

    def _size(self, book: InstrumentBook, share: Share, signal: Signal) -> SizeDecision:
        """Return how much an entry may be; where that is nothing, why is recorded as a refusal."""
        controller, desk = self.controller, self.desk
        if controller.blocks:
            desk.refuse(book, "gate", controller.blocks, signal.reason)
            return no_size(Constraint.BLOCKED, ", ".join(controller.blocks))
        size = self.sizer.size(book, share, signal, now_ns=desk.now_ns, drawdown_factor=controller.size_factor)
        if size.quantity == 0:
            desk.refuse(book, "size", (size.binding.value,), size.bound.detail)
        return size
