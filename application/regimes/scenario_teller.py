"""In which scenario the market of one instrument is, bar by bar: found out on the way, or looked up."""

from array import array
from collections.abc import Iterator
from typing import Protocol

from attrs import define, evolve, field
from typing_extensions import override

from application.errors import ReplayError
from application.regimes.judged_bars import JudgedBars, ScenarioChange
from application.regimes.learning_detector import LearningDetector
from application.regimes.regime_plan import RegimePlan
from domain.allocation.scenario import NOTHING_KNOWN, Scenario
from domain.market import Bar, BarSeries
from domain.regime import VolatilityState


class ScenarioTeller(Protocol):
    """Tells the scenario of one instrument after each of its bars."""

    @property
    def confidence(self) -> float:
        """How sure the direction is after the latest bar, 0 to 1; 0 where nothing is known of it."""
        ...

    def take(self, bar: Bar, /) -> ScenarioChange | None:
        """Take the bar that has just closed; return what is another scenario from it on, None where none is."""
        ...


@define(eq=False)
class LearningTeller(ScenarioTeller):
    """Finds it out with a detector that learns on the way.

    Attributes:
        plan: How regimes are told and learned.
    """

    plan: RegimePlan
    confidence: float = field(default=0.0, init=False)
    _scenario: Scenario = field(default=NOTHING_KNOWN, init=False)
    _detector: LearningDetector = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._detector = LearningDetector(self.plan)

    @override
    def take(self, bar: Bar, /) -> ScenarioChange | None:
        detector, scenario = self._detector, self._scenario
        detector.take(bar)
        regime, volatility, confidence = detector.judgement
        self.confidence = confidence or 0.0
        state = volatility or VolatilityState.LOW
        if scenario.regime is regime and scenario.volatility is state:
            return None
        self._scenario, estimate = Scenario(regime, state), detector.on_bar(bar)
        return ScenarioChange(self._scenario, self.confidence, estimate.volatility, estimate.detail)


@define(eq=False)
class RecordedTeller(ScenarioTeller):
    """Looks it up in what was said before of the same bars.

    Attributes:
        judged: What was said.
    """

    judged: JudgedBars
    confidence: float = field(default=0.0, init=False)
    _row: int = field(default=0, init=False)
    _closed_at_ns: list[int] = field(init=False, repr=False)
    _changes: Iterator[tuple[int, ScenarioChange]] = field(init=False, repr=False)
    _next: tuple[int, ScenarioChange | None] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._closed_at_ns = self.judged.bars.closed_at_ns.tolist()
        self._changes = iter(self.judged.changes)
        self._next = next(self._changes, (len(self._closed_at_ns), None))

    @override
    def take(self, bar: Bar, /) -> ScenarioChange | None:
        """Look the next bar up.

        Raises:
            ReplayError: It is not the next one of those that were judged.
        """
        row = self._row
        if row >= len(self._closed_at_ns) or bar.closed_at_ns != self._closed_at_ns[row]:
            raise ReplayError(
                f"{bar.symbol}: the bar that closes at {bar.closed_at_ns} is not the next one that was judged"
            )
        self._row = row + 1
        self.confidence = self.judged.confidence[row]
        if row != self._next[0]:
            return None
        change, self._next = self._next[1], next(self._changes, (len(self._closed_at_ns), None))
        return change


def judge_bars(bars: BarSeries, plan: RegimePlan) -> JudgedBars:
    """Ask a detector that learns on the way about every bar of an instrument, one after the other."""
    teller, confidence, changes = LearningTeller(evolve(plan, judged={})), array("d"), []
    for row, bar in enumerate(bars.bars()):
        change = teller.take(bar)
        confidence.append(teller.confidence)
        if change is not None:
            changes.append((row, change))
    return JudgedBars(bars, confidence, tuple(changes))
