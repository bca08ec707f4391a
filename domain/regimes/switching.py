"""Which regime stands: it changes only after it has lasted, and only for one that is likely enough."""

from attrs import field, frozen, validators

from domain.regime import MarketRegime

_fraction = [validators.ge(0.0), validators.le(1.0)]


@frozen
class RegimeProbabilities:
    """How likely each direction is; they sum to one.

    Attributes:
        bull: Of BULL.
        bear: Of BEAR.
        sideways: Of SIDEWAYS.
    """

    bull: float
    bear: float
    sideways: float

    def of(self, regime: MarketRegime) -> float:
        """Return the probability of a regime; 0 for NEUTRAL, which no market is in."""
        match regime:
            case MarketRegime.BULL:
                return self.bull
            case MarketRegime.BEAR:
                return self.bear
            case MarketRegime.SIDEWAYS:
                return self.sideways
            case MarketRegime.NEUTRAL:
                return 0.0

    @property
    def likeliest(self) -> MarketRegime:
        """The regime with the largest probability; where two are equal, the less directed one."""
        if self.sideways >= self.bull and self.sideways >= self.bear:
            return MarketRegime.SIDEWAYS
        return MarketRegime.BULL if self.bull >= self.bear else MarketRegime.BEAR


@frozen(kw_only=True)
class SwitchSettings:
    """When a regime changes.

    Attributes:
        min_bars: How many bars a regime lasts at least; 1 changes as soon as another one is likely enough.
        confidence_min: How likely another one must be to take its place.
        confidence_kept: Below this the regime that stands is too uncertain, and if no other takes its place it becomes
            NEUTRAL; not above `confidence_min`. 0 never becomes NEUTRAL.
    """

    min_bars: int = field(default=5, validator=validators.ge(1))
    confidence_min: float = field(default=0.7, validator=_fraction)
    confidence_kept: float = field(default=0.4, validator=_fraction)

    @confidence_kept.validator
    def _leaves_room_between(self, _: object, confidence_kept: float) -> None:
        if confidence_kept > self.confidence_min:
            raise ValueError(f"confidence_kept {confidence_kept} is above confidence_min {self.confidence_min}")


@frozen
class RegimeHold:
    """The regime that stands, and for how long. Plain values: what is stored and restored goes on the same.

    Attributes:
        regime: NEUTRAL before any bar.
        n_bars: How many bars it has stood, the latest included; 0 before any bar.
        at_ns: Close of the latest bar; None before any.
    """

    regime: MarketRegime = MarketRegime.NEUTRAL
    n_bars: int = field(default=0, validator=validators.ge(0))
    at_ns: int | None = None

    def after(self, at_ns: int, probabilities: RegimeProbabilities, settings: SwitchSettings) -> "RegimeHold":
        """Return what stands after a bar; the same again for a bar that was seen, however often it is asked.

        Args:
            at_ns: Close of the bar.
            probabilities: After it.
            settings: When a regime changes.
        """
        if self.at_ns is not None and at_ns <= self.at_ns:
            return self
        return self._of(_next_regime(self, probabilities, settings), at_ns)

    def interrupted(self, at_ns: int) -> "RegimeHold":
        """Return NEUTRAL after a bar of which nothing can be said, at once and however short the regime stood."""
        if self.at_ns is not None and at_ns <= self.at_ns:
            return self
        return self._of(MarketRegime.NEUTRAL, at_ns)

    def _of(self, regime: MarketRegime, at_ns: int) -> "RegimeHold":
        if regime is self.regime:
            return RegimeHold(regime, self.n_bars + 1, at_ns)
        return RegimeHold(regime, 1, at_ns)


def _next_regime(hold: RegimeHold, probabilities: RegimeProbabilities, settings: SwitchSettings) -> MarketRegime:
    candidate = probabilities.likeliest
    # Who is NEUTRAL waits for nothing: a minimum holding there would delay the first opinion.
    may_change = hold.regime is MarketRegime.NEUTRAL or hold.n_bars >= settings.min_bars
    if candidate is hold.regime or not may_change:
        candidate_wins = False
    else:
        candidate_wins = probabilities.of(candidate) >= settings.confidence_min
    if candidate_wins:
        return candidate
    is_lost = may_change and probabilities.of(hold.regime) < settings.confidence_kept
    return MarketRegime.NEUTRAL if is_lost else hold.regime
