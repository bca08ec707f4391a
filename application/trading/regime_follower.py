"""Tells a book what market its instrument is in, bar by bar, before anybody decides on it."""

from collections.abc import Callable

from attrs import define, field

from application.regimes.learning_detector import LearningDetector, RegimePlan
from application.trading.book import InstrumentBook
from application.trading.records import RegimeChange
from domain.allocation.scenario import Scenario
from domain.as_of import AsOfView
from domain.regime import VolatilityState
from domain.regimes.regime_model import RegimeEstimate
from domain.signal import Signal


@define(eq=False)
class RegimeFollower:
    """Stands before the first strategy of an instrument, so that every bar is judged before anybody decides on it.

    Attributes:
        book: Of the instrument; it is told the scenario.
        plan: How regimes are told and learned.
        note: Is told of changes.
        decide: What is asked about every bar afterwards.
    """

    book: InstrumentBook
    plan: RegimePlan
    note: Callable[[RegimeChange], None]
    decide: Callable[[AsOfView], Signal | None]
    _detector: LearningDetector = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._detector = LearningDetector(self.plan)

    def on_bar(self, view: AsOfView) -> Signal | None:
        """Take the bar that has just closed, and pass the strategy's answer on."""
        self._tell(self._detector.on_bar(view.bar))
        return self.decide(view)

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
