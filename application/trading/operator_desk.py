"""What people decide while trading goes on: stopping all opening, allowing it again, and ending what holds it back."""

from collections.abc import Callable, Mapping

from attrs import frozen

from application.trading.book import InstrumentBook
from application.trading.events import Event, HoldCleared, OpeningHalted, OpeningResumed, StrategyLetGoOn
from application.trading.order_desk import OrderDesk
from application.trading.records import of_strategy
from application.trading.risk_controller import RiskController


@frozen(eq=False)
class OperatorDesk:
    """Carries out what people decide, and records who did and why.

    Attributes:
        books: What is traded, by symbol.
        desk: Knows the time, and which strategies are stopped.
        controller: Holds trading back.
    """

    books: Mapping[str, InstrumentBook]
    desk: OrderDesk
    controller: RiskController

    @property
    def handlers(self) -> Mapping[type[Event], Callable[..., None]]:
        """What is done with each event."""
        return {
            OpeningHalted: self._halt,
            OpeningResumed: self._resume,
            HoldCleared: self._clear,
            StrategyLetGoOn: self._let_go_on,
        }

    def _halt(self, event: OpeningHalted) -> None:
        self.desk.now_ns = event.at_ns
        self.controller.stop_opening(event.reason, event.at_ns)

    def _resume(self, event: OpeningResumed) -> None:
        self.desk.now_ns = event.at_ns
        self.controller.allow_opening(event.at_ns)
        for book in self.books.values():
            book.is_unsettled = True

    def _clear(self, event: HoldCleared) -> None:
        self.desk.now_ns = event.at_ns
        self.controller.clear(event.cause, event.at_ns, person=event.person, reason=event.reason)

    def _let_go_on(self, event: StrategyLetGoOn) -> None:
        self.desk.now_ns = event.at_ns
        activity = self.desk.check.activity
        if activity is None:
            return
        release = activity.let_go_on(event.strategy, person=event.person, reason=event.reason, at_ns=event.at_ns)
        if release is not None:
            self.controller.log.clearances.append(of_strategy(release))
