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
        detector, book = self._detector, self.book
        detector.take(bar)
        regime, volatility, confidence = detector.judgement
        book.scenario_confidence = confidence or 0.0
        scenario, state = book.scenario, volatility or VolatilityState.LOW
        if scenario.regime is not regime or scenario.volatility is not state:
            book.scenario = Scenario(regime, state)
            self._tell(detector.on_bar(bar))

    def _tell(self, estimate: RegimeEstimate) -> None:
        self.note(
            RegimeChange(
                at_ns=estimate.closed_at_ns,
                symbol=estimate.symbol,
                regime=self.book.scenario.regime,
                volatility_state=self.book.scenario.volatility,
                confidence=self.book.scenario_confidence,
                volatility=estimate.volatility,
                reason=estimate.detail,
            )
        )
