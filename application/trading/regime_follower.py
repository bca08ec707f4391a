"""Tells a book what market its instrument is in, bar by bar, before anybody decides on it."""

from collections.abc import Callable

from attrs import define, field

from application.regimes.regime_plan import RegimePlan
from application.regimes.scenario_teller import LearningTeller, RecordedTeller, ScenarioTeller
from application.trading.book import InstrumentBook
from application.trading.records import RegimeChange
from domain.market import Bar


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
    _teller: ScenarioTeller = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        judged = self.plan.judged.get(self.book.instrument.symbol)
        self._teller = LearningTeller(self.plan) if judged is None else RecordedTeller(judged)

    def follow(self, bar: Bar) -> None:
        """Take the bar that has just closed."""
        teller, book = self._teller, self.book
        change = teller.take(bar)
        book.scenario_confidence = teller.confidence
        if change is None:
            return
        book.scenario = change.scenario
        self.note(
            RegimeChange(
                at_ns=bar.closed_at_ns,
                symbol=bar.symbol,
                regime=change.scenario.regime,
                volatility_state=change.scenario.volatility,
                confidence=change.confidence,
                volatility=change.volatility,
                reason=change.reason,
            )
        )
