"""How much of equity recent returns justify: a fraction of Kelly, shrunk by what is not known, capped by regime.

The newest return weighs most. What the returns do not show, they do not justify: a negative edge, an unknown
one, and one that a handful of observations cannot tell from luck all size to zero.
"""

from collections.abc import Mapping
from enum import Enum
from math import isfinite
from types import MappingProxyType
from typing import Final

import numpy as np
from attrs import evolve, field, frozen, validators

from domain.market import Float64Array
from domain.regime import MarketRegime


@frozen
class FractionCap:
    """The largest fractions of equity that a regime allows.

    Attributes:
        long: Notional over equity of a long, from 0 to 1.
        short: Notional over equity of a short, from 0 to 1; counts only where shorts are allowed.
    """

    long: float = field(validator=[validators.ge(0.0), validators.le(1.0)])
    short: float = field(validator=[validators.ge(0.0), validators.le(1.0)])


DEFAULT_CAPS: Final[Mapping[MarketRegime, FractionCap]] = MappingProxyType(
    {
        MarketRegime.BULL: FractionCap(long=0.15, short=0.05),
        MarketRegime.BEAR: FractionCap(long=0.05, short=0.15),
        MarketRegime.SIDEWAYS: FractionCap(long=0.10, short=0.10),
        MarketRegime.NEUTRAL: FractionCap(long=0.08, short=0.08),
    }
)


@frozen(kw_only=True)
class KellyPolicy:
    """How returns become a fraction of equity.

    Attributes:
        half_life_observations: After so many newer observations one weighs half, at least 1; infinite weighs all alike.
        observations_min: With fewer returns the edge is unknown; at least 2.
        multiple: Part of full Kelly that is taken, above 0 up to 1; a quarter keeps 7/16 of the growth and
            falls to half of the start with a probability of 1/128.
        variance_min: Below it, per observation squared, the variance is nothing but rounding and the risk unknown.
        caps: The largest fractions, for every regime. Where regimes are not judged, only those of neutral have an
            effect.
    """

    half_life_observations: float = field(default=60.0, validator=validators.ge(1.0))
    observations_min: int = field(default=30, validator=validators.ge(2))
    multiple: float = field(default=0.25, validator=[validators.gt(0.0), validators.le(1.0)])
    variance_min: float = field(default=1e-10, validator=validators.gt(0.0))
    caps: Mapping[MarketRegime, FractionCap] = DEFAULT_CAPS

    def __attrs_post_init__(self) -> None:
        missing = [regime.value for regime in MarketRegime if regime not in self.caps]
        if missing:
            raise ValueError(f"caps: no cap for {', '.join(missing)}")


class KellyBound(Enum):
    """What decided the fraction. Values are stable: they are stored and shown."""

    UNCAPPED = "uncapped"
    LONG_CAP = "long_cap"
    SHORT_CAP = "short_cap"
    SHORT_NOT_ALLOWED = "short_not_allowed"
    NO_EDGE = "no_edge"
    TOO_UNCERTAIN = "too_uncertain"
    TOO_FEW_OBSERVATIONS = "too_few_observations"
    NO_VARIANCE = "no_variance"
    NOT_A_NUMBER = "not_a_number"


@frozen(kw_only=True)
class KellyFraction:
    """The fraction of equity that returns justify, and every number on the way to it.

    Attributes:
        fraction: Notional over equity, positive long, negative short; zero whenever the edge is not known.
        bound: What decided it.
        n_observations: Returns given.
        n_effective: What they are worth, ``(Σw)²/Σw²``; None, like all that follows, where it was not worked out.
        mean: Weighted mean return per observation.
        variance: Weighted variance per observation, times ``n/(n − 1)`` of the effective number.
        full_fraction: Mean over variance: full Kelly.
        shrinkage: ``max(0, 1 − 2/n_effective)``, from 0 to 1.
        wanted_fraction: Full Kelly × shrinkage × multiple, before the caps.
        cap: Largest fraction in that direction, not negative.
    """

    fraction: float
    bound: KellyBound
    n_observations: int
    n_effective: float | None = None
    mean: float | None = None
    variance: float | None = None
    full_fraction: float | None = None
    shrinkage: float | None = None
    wanted_fraction: float | None = None
    cap: float | None = None


def recency_weights(n_observations: int, *, half_life_observations: float) -> Float64Array:
    """Return a weight for each observation, oldest first, shape (n_observations,); the newest, the last, weighs 1."""
    ages = np.arange(n_observations - 1, -1, -1, dtype=np.float64)
    weights: Float64Array = np.exp2(-ages / half_life_observations)
    return weights


def kelly_fraction(
    returns: Float64Array, regime: MarketRegime, policy: KellyPolicy, *, allow_short: bool = False
) -> KellyFraction:
    """Return the fraction of equity that the returns of an instrument justify in this regime.

    Total: a return that is no finite number makes the edge unknown, and the fraction zero.

    Args:
        returns: Simple returns per observation in time order, the newest last, shape (n_observations,).
        regime: Chooses the cap.
        policy: Half-life, multiple, caps.
        allow_short: Whether a negative edge may be sold short; otherwise it sizes to zero.
    """
    estimate = _estimate(returns, policy)
    full, shrinkage = estimate.full_fraction, estimate.shrinkage
    if full is None or shrinkage is None:
        return estimate
    wanted = full * shrinkage * policy.multiple
    cap = _cap(full, policy.caps[regime], allow_short=allow_short)
    bound = _bound(full, wanted, cap, allow_short=allow_short)
    # Adding zero turns a negative zero, which would be shown as one, into zero.
    fraction = max(-cap, min(wanted, cap)) + 0.0
    return evolve(estimate, wanted_fraction=wanted, cap=cap, bound=bound, fraction=fraction)


def kelly_of_signals(returns: Float64Array, direction: int, regime: MarketRegime, policy: KellyPolicy) -> KellyFraction:
    """Return the fraction of equity that the record of a strategy's signals justifies for its next one.

    The record is of signals of either direction, so that a positive edge speaks for following the next one whichever
    way it points, within the cap of that direction. A negative edge speaks for no position, and never for its
    opposite: that is not what the strategy says.

    Args:
        returns: Simple returns of following the signals in time order, the newest last, shape (n_observations,).
        direction: Of the next one, +1 long, -1 short.
        regime: Chooses the caps.
        policy: Half-life, multiple, caps.
    """
    found = kelly_fraction(returns, regime, policy)
    wanted = found.wanted_fraction
    if direction > 0 or wanted is None or wanted <= 0.0:
        return found
    cap = policy.caps[regime].short
    bound = KellyBound.SHORT_CAP if wanted > cap else KellyBound.UNCAPPED
    return evolve(found, cap=cap, bound=bound, fraction=min(wanted, cap))


def _estimate(returns: Float64Array, policy: KellyPolicy) -> KellyFraction:
    """Work out the moments; where they are unknown, say why."""
    n_observations = int(returns.size)
    unknown = KellyFraction(fraction=0.0, bound=KellyBound.TOO_FEW_OBSERVATIONS, n_observations=n_observations)
    if n_observations < policy.observations_min:
        return unknown
    weights = recency_weights(n_observations, half_life_observations=policy.half_life_observations)
    total = float(weights.sum())
    n_effective = total**2 / float(weights @ weights)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(weights @ returns) / total
        variance = float(weights @ (returns - mean) ** 2) / total * n_effective / (n_effective - 1.0)
    if not isfinite(variance):
        return evolve(unknown, bound=KellyBound.NOT_A_NUMBER)
    known = evolve(unknown, n_effective=n_effective, mean=mean, variance=variance)
    if variance < policy.variance_min:
        return evolve(known, bound=KellyBound.NO_VARIANCE)
    return evolve(known, full_fraction=mean / variance, shrinkage=max(0.0, 1.0 - 2.0 / n_effective))


def _cap(full_fraction: float, cap: FractionCap, *, allow_short: bool) -> float:
    if full_fraction >= 0.0:
        return cap.long
    return cap.short if allow_short else 0.0


def _bound(full_fraction: float, wanted: float, cap: float, *, allow_short: bool) -> KellyBound:
    if full_fraction == 0.0:
        return KellyBound.NO_EDGE
    if full_fraction < 0.0 and not allow_short:
        return KellyBound.SHORT_NOT_ALLOWED
    if wanted == 0.0:
        return KellyBound.TOO_UNCERTAIN
    if abs(wanted) > cap:
        return KellyBound.LONG_CAP if wanted > 0.0 else KellyBound.SHORT_CAP
    return KellyBound.UNCAPPED
