"""The regime of one instrument, bar by bar, from what has happened up to each bar."""

from collections import deque

from attrs import field, frozen, validators

from domain.market import Bar
from domain.regime import MarketRegime, VolatilityState
from domain.regimes.features import Missing, Observation, RunningFeatures
from domain.regimes.gaussian_hmm import HmmFilter
from domain.regimes.regime_model import NeutralReason, RegimeEstimate, RegimeModel
from domain.regimes.switching import RegimeHold, RegimeProbabilities, SwitchSettings
from domain.regimes.volatility_state import RunningVolatilityState, VolatilitySettings

_GAP_BARS_MAX = 1_000
"""After so many missing bars the filter has forgotten all it knew; more of them would change nothing."""

_IN_WORDS = {
    Missing.WARMING_UP: "too few bars for the first features",
    Missing.AFTER_A_GAP: "the bar before is missing",
    Missing.STANDSTILL: "the price stands still",
    Missing.NO_VOLUME: "nothing is traded",
    Missing.VOLUME_UNKNOWN: "the volume is not a number that a volume can be",
    Missing.PRICE_UNKNOWN: "the prices are not those of a bar",
}


@frozen(kw_only=True)
class DetectorSettings:
    """How regimes are told.

    Attributes:
        switch: When a regime changes.
        volatility: What counts as high.
        observations_min: How many bars must have been observed, among those that are kept, before anything is said.
        refilter_bars: How many of the latest bars are kept for a new model to begin with; not below
            `observations_min`. Before the earliest of them it knows as little as it did at its start.
        missing_bars_max: How many bars in a row may lack an observation before the regime is NEUTRAL.
    """

    switch: SwitchSettings = field(factory=SwitchSettings)
    volatility: VolatilitySettings = field(factory=VolatilitySettings)
    observations_min: int = field(default=30, validator=validators.ge(1))
    refilter_bars: int = field(default=200)
    missing_bars_max: int = field(default=3, validator=validators.ge(0))

    @refilter_bars.validator
    def _reaches_back_far_enough(self, _: object, refilter_bars: int) -> None:
        if refilter_bars < self.observations_min:
            raise ValueError(f"refilter_bars {refilter_bars} is below observations_min {self.observations_min}")


class _InUse:
    """A model at work: the filter of its states, and which of them make up each direction."""

    __slots__ = ("_bears", "_bulls", "_filter", "_scale", "model")

    def __init__(self, model: RegimeModel) -> None:
        self.model = model
        self._filter = HmmFilter(model.hmm)
        self._scale = (*model.scale.means, *model.scale.deviations)
        self._bulls, self._bears = (
            [state for state, label in enumerate(model.labels) if label is direction]
            for direction in (MarketRegime.BULL, MarketRegime.BEAR)
        )

    def observe(self, observation: Observation | None) -> None:
        if observation is None:
            self._filter.update(None)
            return
        # As `FeatureScale.scaled`, written out for the three features that there are.
        first, second, third = observation
        mean_1, mean_2, mean_3, deviation_1, deviation_2, deviation_3 = self._scale
        self._filter.update(
            ((first - mean_1) / deviation_1, (second - mean_2) / deviation_2, (third - mean_3) / deviation_3)
        )

    def probabilities(self) -> RegimeProbabilities:
        of_states = self._filter.probabilities
        bull, bear = (sum([of_states[state] for state in states]) for states in (self._bulls, self._bears))
        # Rounding may leave the rest of one a little below nothing.
        return RegimeProbabilities(bull, bear, max(0.0, 1.0 - bull - bear))


class RegimeDetector:
    """Tells the regime after each bar of one instrument. No clock, no randomness, nothing that waits.

    The same bars and models give the same estimates, and what comes later changes none of them. Models are fitted
    elsewhere and given to `use`; until then, and whenever nothing can be said, the regime is NEUTRAL with a reason.

    Attributes:
        settings: How regimes are told.
    """

    def __init__(self, settings: DetectorSettings | None = None) -> None:
        self.settings = settings or DetectorSettings()
        self._features = RunningFeatures()
        self._kept: deque[Observation | None] = deque()
        self._n_observed = 0
        self._returns: deque[float] = deque(maxlen=self.settings.volatility.history_bars)
        self._volatility_state = RunningVolatilityState(self.settings.volatility)
        self._in_use: _InUse | None = None
        self._variance: float | None = None
        self._hold = RegimeHold()
        self._n_missing = 0
        self._missing = Missing.WARMING_UP
        self._fit_failure = ""
        self._probabilities: RegimeProbabilities | None = None
        self._neutral: tuple[NeutralReason, str] | None = None
        self._bar: Bar | None = None
        # Of the latest bar, once somebody has asked for it: few bars change anything that anybody wants to know.
        self._estimate: RegimeEstimate | None = None

    @property
    def hold(self) -> RegimeHold:
        """The regime that stands, as plain values."""
        return self._hold

    @property
    def model(self) -> RegimeModel | None:
        """The model in use."""
        return None if self._in_use is None else self._in_use.model

    @property
    def seen_until_ns(self) -> int | None:
        """Close of the latest bar that was taken; None before any."""
        return None if self._bar is None else self._bar.closed_at_ns

    @property
    def regime(self) -> MarketRegime:
        """The one that stands after the latest bar."""
        return self._hold.regime

    @property
    def confidence(self) -> float | None:
        """Probability of the regime that stands, after the latest bar; None while it is NEUTRAL."""
        if self._neutral or self._probabilities is None:
            return None
        return self._probabilities.of(self._hold.regime)

    @property
    def volatility_state(self) -> VolatilityState | None:
        """LOW or HIGH after the latest bar; None while nothing can be said."""
        return None if self._variance is None else self._volatility_state.state

    def use(self, model: RegimeModel) -> None:
        """Go on with another model, from the next bar on.

        It begins with the bars that are kept, filtered anew, so that it does not start from knowing nothing. What
        stands is not changed: that is for the next bar.

        Raises:
            ValueError: The model knows bars that this detector has not seen yet.
        """
        seen_ns = self.seen_until_ns
        if seen_ns is None or model.fitted_until_ns > seen_ns:
            raise ValueError(f"the model knows bars until {model.fitted_until_ns}, after the last one seen, {seen_ns}")
        self._note_estimate()
        in_use = _InUse(model)
        for observation in self._kept:
            in_use.observe(observation)
        self._in_use, self._fit_failure = in_use, ""
        self._forecast_anew(model)

    def fit_failed(self, why: str) -> None:
        """Take note of why there is no newer model: estimates without any model say so; a model in use stays."""
        self._note_estimate()
        self._fit_failure = why

    def on_bar(self, bar: Bar) -> RegimeEstimate:
        """Take the bar that has just closed and return what is known then; again the same for the same bar.

        Raises:
            ValueError: The bar closes before one that was seen.
        """
        self.take(bar)
        return self._estimate_of(bar)

    def take(self, bar: Bar) -> None:
        """Take the bar that has just closed; the same bar again changes nothing.

        Raises:
            ValueError: The bar closes before one that was seen.
        """
        latest = self._bar
        if latest is not None:
            closed_ns = latest.closed_at_ns
            if bar.closed_at_ns <= closed_ns:
                if bar.closed_at_ns == closed_ns:
                    return
                raise ValueError(f"{bar.symbol}: a bar that closes at {bar.closed_at_ns} after {closed_ns}")
            if bar.opened_at_ns != closed_ns:
                self._pass_over_gap((bar.opened_at_ns - closed_ns) // (bar.closed_at_ns - bar.opened_at_ns))
        self._observe(self._features.update(bar))
        self._forecast(self._features.log_return)
        self._bar, self._estimate = bar, None
        self._judge(bar.closed_at_ns)

    def _note_estimate(self) -> None:
        """Write down what is known after the latest bar, before anything changes that is not of it."""
        if self._bar is not None:
            self._estimate_of(self._bar)

    def _estimate_of(self, bar: Bar) -> RegimeEstimate:
        if self._estimate is None:
            self._estimate = self._written(bar)
        return self._estimate

    def _pass_over_gap(self, n_bars: int) -> None:
        for _ in range(min(n_bars, _GAP_BARS_MAX)):
            self._observe(Missing.AFTER_A_GAP)

    def _observe(self, seen: Observation | Missing) -> None:
        if isinstance(seen, Missing):
            self._n_missing, self._missing = self._n_missing + 1, seen
        else:
            self._n_missing = 0
        observation = None if isinstance(seen, Missing) else seen
        self._keep(observation)
        if self._in_use is not None:
            self._in_use.observe(observation)

    def _keep(self, observation: Observation | None) -> None:
        self._kept.append(observation)
        self._n_observed += observation is not None
        if len(self._kept) > self.settings.refilter_bars:
            self._n_observed -= self._kept.popleft() is not None

    def _forecast(self, log_return: float | None) -> None:
        # Where a bar is missing its return is unknown: the forecast stays what it was.
        if log_return is not None:
            self._returns.append(log_return)
            if self._variance is not None and self._in_use is not None:
                self._variance = self._in_use.model.garch.variance_after(self._variance, log_return)
        if self._variance is not None:
            self._volatility_state.update(self._variance)

    def _forecast_anew(self, model: RegimeModel) -> None:
        variances = model.garch.variances_after(self._returns)
        self._variance = variances[-1] if variances else model.garch.long_run_variance
        self._volatility_state.replace_past(variances)

    def _judge(self, closed_at_ns: int) -> None:
        neutral = self._reason_to_be_neutral()
        probabilities = None
        if neutral is None and self._in_use is not None:
            probabilities = self._in_use.probabilities()
            self._hold = self._hold.after(closed_at_ns, probabilities, self.settings.switch)
            if self._hold.regime is MarketRegime.NEUTRAL:
                neutral = NeutralReason.UNCERTAIN, f"no direction reaches {self.settings.switch.confidence_min}"
        else:
            self._hold = self._hold.interrupted(closed_at_ns)
        self._probabilities, self._neutral = probabilities, neutral

    def _reason_to_be_neutral(self) -> tuple[NeutralReason, str] | None:
        if self._in_use is None:
            failure = f": {self._fit_failure}" if self._fit_failure else " yet"
            return NeutralReason.NO_MODEL, f"no model{failure}"
        if self._n_missing > self.settings.missing_bars_max:
            return NeutralReason.NOTHING_OBSERVED, f"{self._n_missing} bars in a row: {_IN_WORDS[self._missing]}"
        if self._n_observed < self.settings.observations_min:
            needed = self.settings.observations_min
            return NeutralReason.TOO_LITTLE_HISTORY, f"{self._n_observed} of {needed} bars observed"
        return None

    def _written(self, bar: Bar) -> RegimeEstimate:
        model, (reason, detail) = self.model, self._neutral or (None, "")
        return RegimeEstimate(
            symbol=bar.symbol,
            closed_at_ns=bar.closed_at_ns,
            regime=self.regime,
            confidence=self.confidence,
            probabilities=self._probabilities,
            volatility=None if self._variance is None else self._variance**0.5,
            volatility_state=self.volatility_state,
            bars_in_regime=self._hold.n_bars,
            model_age_bars=None if model is None else _bars_between(model.fitted_until_ns, bar),
            reason=reason,
            detail=detail,
        )


def _bars_between(fitted_until_ns: int, bar: Bar) -> int:
    return (bar.closed_at_ns - fitted_until_ns) // (bar.closed_at_ns - bar.opened_at_ns)
