"""What was learned of one instrument's regimes, and what it says of a bar."""

from enum import Enum

from attrs import evolve, field, frozen, validators

from domain.regime import MarketRegime, VolatilityState
from domain.regimes.features import FEATURE_NAMES, FeatureScale
from domain.regimes.garch_forecast import GarchModel
from domain.regimes.gaussian_hmm import GaussianHmm
from domain.regimes.labels import ScaledHmm, carried_labels, matching_order
from domain.regimes.switching import RegimeProbabilities


@frozen(eq=False, kw_only=True)
class RegimeModel:
    """All that a detector needs, frozen at the bar it was fitted on.

    Attributes:
        hmm: Hidden states of the scaled features.
        scale: What features are scaled by.
        labels: What each state is called; never NEUTRAL.
        garch: Of log returns.
        fitted_from_ns: Open of the first bar that it knows.
        fitted_until_ns: Close of the last bar that it knows.
        n_bars: How many observations the states were fitted on.
        log_likelihood: Of those under the hidden Markov model.
        bic: Bayesian information criterion of the hidden Markov model, the smaller the better.
        seed: What the starts were drawn by.
        n_starts: How many starts were tried.

    Raises:
        ValueError: Parts do not fit each other, or a label is none of a state.
    """

    hmm: GaussianHmm
    scale: FeatureScale
    labels: tuple[MarketRegime, ...] = field()
    garch: GarchModel
    fitted_from_ns: int
    fitted_until_ns: int = field()
    n_bars: int = field(validator=validators.ge(1))
    log_likelihood: float
    bic: float
    seed: int
    n_starts: int = field(validator=validators.ge(1))

    @labels.validator
    def _fit_the_states(self, _: object, labels: tuple[MarketRegime, ...]) -> None:
        if len(labels) != self.hmm.n_states or MarketRegime.NEUTRAL in labels:
            raise ValueError(f"{self.hmm.n_states} states need a direction each, got {[one.value for one in labels]}")
        if not len(FEATURE_NAMES) == self.hmm.n_features == len(self.scale.means):
            raise ValueError(f"the model is of {self.hmm.n_features} features, not of {len(FEATURE_NAMES)}")

    @fitted_until_ns.validator
    def _lies_after(self, _: object, fitted_until_ns: int) -> None:
        if fitted_until_ns <= self.fitted_from_ns:
            raise ValueError(f"fitted until {fitted_until_ns}, which is not after {self.fitted_from_ns}")

    @property
    def scaled_hmm(self) -> ScaledHmm:
        """The hidden Markov model with its units."""
        return ScaledHmm(self.hmm, self.scale)

    def matched_to(self, former: "RegimeModel", distinct_min: float) -> "RegimeModel":
        """Return the same model with its states in the order, and by the names, of a former one.

        Args:
            former: Of the same instrument and number of states.
            distinct_min: As in `label_states`.
        """
        hmm = self.hmm.reordered(matching_order(former.scaled_hmm, self.scaled_hmm))
        labels = carried_labels(former.labels, ScaledHmm(hmm, self.scale), self.n_bars, distinct_min)
        return evolve(self, hmm=hmm, labels=labels)


class NeutralReason(Enum):
    """Why nothing is said of the direction. Values are stable: they are stored."""

    NO_MODEL = "no_model"
    TOO_LITTLE_HISTORY = "too_little_history"
    NOTHING_OBSERVED = "nothing_observed"
    UNCERTAIN = "uncertain"


@frozen(kw_only=True)
class RegimeEstimate:
    """What is known of one instrument after a bar has closed, from that bar and those before it.

    Attributes:
        symbol: Instrument.
        closed_at_ns: Close of the bar.
        regime: The one that stands.
        confidence: Probability of the regime that stands; None while it is NEUTRAL.
        probabilities: Of each direction; None without a model or history enough.
        volatility: Standard deviation expected of the next bar's log return; None without a model.
        volatility_state: LOW or HIGH against its own past; None while that is too short.
        bars_in_regime: How many bars it has stood, this one included.
        model_age_bars: How many bars have closed since the model's last one; None without a model.
        reason: Why it is NEUTRAL; None if it is not.
        detail: The reason in words, empty without one.
    """

    symbol: str
    closed_at_ns: int
    regime: MarketRegime
    confidence: float | None
    probabilities: RegimeProbabilities | None
    volatility: float | None
    volatility_state: VolatilityState | None
    bars_in_regime: int
    model_age_bars: int | None
    reason: NeutralReason | None
    detail: str = ""
