"""The regime of one instrument, bar by bar, from what has happened up to each bar."""

from collections import deque

from attrs import field, frozen, validators

from domain.market import Bar
from domain.regime import MarketRegime, VolatilityState
from domain.regimes.features import Missing, Observation, RunningFeatures
from domain.regimes.garch_forecast import VarianceForecast
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

    __slots__ = ("_bears", "_bulls", "_filter", "model")

    def __init__(self, model: RegimeModel) -> None:
        self.model = model
        self._filter = HmmFilter(model.hmm)
        self._bulls, self._bears = (
            [state for state, label in enumerate(model.labels) if label is direction]
            for direction in (MarketRegime.BULL, MarketRegime.BEAR)
        )

    def observe(self, observation: Observation | None) -> None:
        self._filter.update(None if observation is None else self.model.scale.scaled(observation))

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
        self._variance: VarianceForecast | None = None
        self._hold = RegimeHold()
        self._n_missing = 0
        self._missing = Missing.WARMING_UP
        self._fit_failure = ""
        self._latest: RegimeEstimate | None = None

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
        return None if self._latest is None else self._latest.closed_at_ns

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
        in_use = _InUse(model)
        for observation in self._kept:
            in_use.observe(observation)
        self._in_use, self._fit_failure = in_use, ""
        self._forecast_anew(model)

    def fit_failed(self, why: str) -> None:
        """Take note of why there is no newer model: estimates without any model say so; a model in use stays."""
        self._fit_failure = why

    def on_bar(self, bar: Bar) -> RegimeEstimate:
        """Take the bar that has just closed and return what is known then; again the same for the same bar.

        Raises:
            ValueError: The bar closes before one that was seen.
        """
        latest = self._latest
        if latest is not None and bar.closed_at_ns <= latest.closed_at_ns:
            if bar.closed_at_ns == latest.closed_at_ns:
                return latest
            raise ValueError(f"{bar.symbol}: a bar that closes at {bar.closed_at_ns} after {latest.closed_at_ns}")
        if latest is not None:
            self._pass_over_gap((bar.opened_at_ns - latest.closed_at_ns) // (bar.closed_at_ns - bar.opened_at_ns))
        self._observe(self._features.update(bar))
        self._forecast(self._features.log_return)
        self._latest = self._estimate(bar)
        return self._latest

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
            if self._variance is not None:
                self._variance = self._variance.after(log_return)
        if self._variance is not None:
            self._volatility_state.update(self._variance.variance)

    def _forecast_anew(self, model: RegimeModel) -> None:
        forecast, variances = VarianceForecast.before_any_return(model.garch), []
        for log_return in self._returns:
            forecast = forecast.after(log_return)
            variances.append(forecast.variance)
        self._variance = forecast
        self._volatility_state.replace_past(variances)

    def _estimate(self, bar: Bar) -> RegimeEstimate:
        neutral = self._reason_to_be_neutral()
        probabilities = None
        if neutral is None and self._in_use is not None:
            probabilities = self._in_use.probabilities()
            self._hold = self._hold.after(bar.closed_at_ns, probabilities, self.settings.switch)
            if self._hold.regime is MarketRegime.NEUTRAL:
                neutral = NeutralReason.UNCERTAIN, f"no direction reaches {self.settings.switch.confidence_min}"
        else:
            self._hold = self._hold.interrupted(bar.closed_at_ns)
        return self._written(bar, probabilities, neutral)

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

    def _written(
        self, bar: Bar, probabilities: RegimeProbabilities | None, neutral: tuple[NeutralReason, str] | None
    ) -> RegimeEstimate:
        regime, model = self._hold.regime, self.model
        state: VolatilityState | None = None if self._variance is None else self._volatility_state.state
        reason, detail = neutral or (None, "")
        return RegimeEstimate(
            symbol=bar.symbol,
            closed_at_ns=bar.closed_at_ns,
            regime=regime,
            confidence=None if neutral or probabilities is None else probabilities.of(regime),
            probabilities=probabilities,
            volatility=None if self._variance is None else self._variance.variance**0.5,
            volatility_state=state,
            bars_in_regime=self._hold.n_bars,
            model_age_bars=None if model is None else _bars_between(model.fitted_until_ns, bar),
            reason=reason,
            detail=detail,
        )


def _bars_between(fitted_until_ns: int, bar: Bar) -> int:
    return (bar.closed_at_ns - fitted_until_ns) // (bar.closed_at_ns - bar.opened_at_ns)
