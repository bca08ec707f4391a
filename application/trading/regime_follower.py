"""Tells a book what market its instrument is in, bar by bar, and has models fitted on what has been seen."""

from collections import deque
from collections.abc import Callable

from attrs import define, field, frozen

from application.ports.regime_fitting import FitFailure, FitSettings, FitTask, RegimeFitting
from application.regimes.bar_window import BarWindow
from application.regimes.refit_schedule import RefitSchedule
from application.trading.book import InstrumentBook
from application.trading.records import RegimeChange
from domain.allocation.scenario import Scenario
from domain.as_of import AsOfView
from domain.market import Bar
from domain.regime import VolatilityState
from domain.regimes.detector import DetectorSettings, RegimeDetector
from domain.regimes.features import WARM_UP_BARS, feature_rows
from domain.regimes.regime_model import RegimeModel
from domain.signal import Signal


@frozen(kw_only=True)
class RegimePlan:
    """How regimes are told and learned.

    Attributes:
        detector: How they are told.
        schedule: When models are fitted anew.
        fit: What is fitted and how hard it is tried.
        fitting: Who fits; for the same bars it answers the same.
    """

    fitting: RegimeFitting
    detector: DetectorSettings = field(factory=DetectorSettings)
    schedule: RefitSchedule = field(factory=RefitSchedule)
    fit: FitSettings = field(factory=FitSettings)


@define(eq=False)
class RegimeFollower:
    """Stands before the first strategy of an instrument, so that every bar is judged before anybody decides on it.

    A model is fitted on the bars that have been seen when it is due, and on nothing else; so a decision core that is
    given a shorter history fits the same models as far as that goes.

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
    _detector: RegimeDetector = field(init=False, repr=False)
    _window: BarWindow = field(init=False, repr=False)
    _stretch: int | None = field(default=None, init=False)
    _due: "deque[tuple[int, RegimeModel | FitFailure]]" = field(factory=deque, init=False, repr=False)
    _former: RegimeModel | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        length = self.plan.schedule.window_bars
        self._detector = RegimeDetector(self.plan.detector)
        self._window = BarWindow(None if length is None else length + WARM_UP_BARS - 1)

    def on_bar(self, view: AsOfView) -> Signal | None:
        """Take the bar that has just closed, and pass the strategy's answer on."""
        bar = view.bar
        self._window.push(bar)
        self._detector.take(bar)
        self._tell(bar)
        self._learn(bar)
        return self.decide(view)

    def _tell(self, bar: Bar) -> None:
        book, detector, before = self.book, self._detector, self.book.scenario
        state = detector.volatility_state or VolatilityState.LOW
        book.scenario_confidence = detector.confidence or 0.0
        if before.regime is detector.regime and before.volatility is state:
            return
        estimate = detector.on_bar(bar)
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

    def _learn(self, bar: Bar) -> None:
        """Fit a model where one is due, and use those whose time has come, from the next bar on."""
        schedule, n_seen = self.plan.schedule, self._window.n_bars
        interval_ns = bar.closed_at_ns - bar.opened_at_ns
        before, self._stretch = self._stretch, bar.opened_at_ns // (interval_ns * schedule.refit_bars)
        if before is not None and before != self._stretch:
            n_bars = n_seen if schedule.window_bars is None else min(n_seen, schedule.window_bars)
            if n_bars >= schedule.bars_min:
                outcome = self.plan.fitting.fit(self._task(bar, n_bars, interval_ns))
                self._former = outcome if isinstance(outcome, RegimeModel) else self._former
                self._due.append((n_seen + schedule.fit_latency_bars - 1, outcome))
        while self._due and self._due[0][0] <= n_seen:
            _, outcome = self._due.popleft()
            if isinstance(outcome, RegimeModel):
                self._detector.use(outcome)
            else:
                self._detector.fit_failed(outcome.why)

    def _task(self, bar: Bar, n_bars: int, interval_ns: int) -> FitTask:
        # A row is made of the bars that warm it up too.
        bars = self._window.latest(n_bars + WARM_UP_BARS - 1, bar.symbol, interval_ns)
        return FitTask(
            rows=feature_rows(bars)[-n_bars:],
            fitted_from_ns=int(bars.opened_at_ns[0]),
            fitted_until_ns=bar.closed_at_ns,
            settings=self.plan.fit,
            former=self._former,
        )
