"""Tells a book what market its instrument is in, bar by bar, before anybody decides on it."""

from collections.abc import Callable

from attrs import define, field

from application.regimes.learning_detector import LearningDetector, RegimePlan
from application.trading.book import InstrumentBook
from application.trading.records import RegimeChange
from domain.allocation.scenario import Scenario
from domain.market import Bar
from domain.regime import VolatilityState
from domain.regimes.regime_model import RegimeEstimate


@define(eq=False)
class RegimeFollower:
    """Judges every bar of an instrument before anybody decides on it.

    Attributes:
        book: Of the instrument; it is told the scenario.
        plan: How regimes are told and learned.
        note: Is told of changes.
    """

    book: InstrumentBook
    plan: RegimePlan
    note: Callable[[RegimeChange], None]
    _detector: LearningDetector = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._detector = LearningDetector(self.plan)

    def follow(self, bar: Bar) -> None:
        """Take the bar that has just closed."""
        self._tell(self._detector.on_bar(bar))

    def _tell(self, estimate: RegimeEstimate) -> None:
        book, before = self.book, self.book.scenario
        state = estimate.volatility_state or VolatilityState.LOW
        book.scenario_confidence = estimate.confidence or 0.0
        if before.regime is estimate.regime and before.volatility is state:
            return
        book.scenario = Scenario(estimate.regime, state)
        self.note(
            RegimeChange(
                at_ns=estimate.closed_at_ns,
                symbol=estimate.symbol,
                regime=estimate.regime,
                volatility_state=state,
                confidence=book.scenario_confidence,
                volatility=estimate.volatility,
                reason=estimate.detail,
            )
        )
