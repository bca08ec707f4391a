"""A detector that learns on the way: models are fitted on the bars that have been seen, when they are due."""

from collections import deque

from attrs import define, field

from application.ports.regime_fitting import FitFailure, FitTask
from application.regimes.bar_window import BarWindow
from application.regimes.regime_plan import RegimePlan
from domain.market import Bar
from domain.regime import MarketRegime, VolatilityState
from domain.regimes.detector import RegimeDetector
from domain.regimes.features import WARM_UP_BARS, feature_rows
from domain.regimes.regime_model import RegimeEstimate, RegimeModel


@define(eq=False)
class LearningDetector:
    """Tells the regime of one instrument bar by bar, by models that were fitted on the bars before.

    A model is fitted on the bars that have been seen when it is due, and on nothing else; so a detector that is given
    fewer bars fits the same models as far as they go.

    Attributes:
        plan: How regimes are told and learned.
    """

    plan: RegimePlan
    _detector: RegimeDetector = field(init=False, repr=False)
    _window: BarWindow = field(init=False, repr=False)
    _stretch: int | None = field(default=None, init=False)
    _due: "deque[tuple[int, RegimeModel | FitFailure]]" = field(factory=deque, init=False, repr=False)
    _former: RegimeModel | None = field(default=None, init=False, repr=False)
    _judgement: tuple[MarketRegime, VolatilityState | None, float | None] = field(
        default=(MarketRegime.NEUTRAL, None, None), init=False
    )

    def __attrs_post_init__(self) -> None:
        length = self.plan.schedule.window_bars
        self._detector = RegimeDetector(self.plan.detector)
        self._window = BarWindow(None if length is None else length + WARM_UP_BARS - 1)

    def on_bar(self, bar: Bar) -> RegimeEstimate:
        """Take the bar that has just closed and return what is known then; again the same for the same bar.

        A model that is due judges the next one.

        Raises:
            ValueError: The bar closes before one that was seen.
        """
        self.take(bar)
        return self._detector.on_bar(bar)

    def take(self, bar: Bar) -> None:
        """Take the bar that has just closed, as `on_bar` does; the same bar again changes nothing.

        Raises:
            ValueError: The bar closes before one that was seen.
        """
        detector = self._detector
        if detector.seen_until_ns == bar.closed_at_ns:
            return
        detector.take(bar)
        self._judgement = detector.regime, detector.volatility_state, detector.confidence
        self._window.push(bar)
        self._learn(bar)

    @property
    def judgement(self) -> tuple[MarketRegime, VolatilityState | None, float | None]:
        """Regime, volatility and confidence of the latest bar, as its estimate has them: few bars change more."""
        return self._judgement

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
