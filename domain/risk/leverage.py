"""How much leverage is safe: by the way to liquidation, by volatility, and by regime.

Leverage is notional over equity, a plain number: 3 means three times. Volatility is the standard deviation of
the logarithm of price per day, as a fraction: 0.05 means 5 percent a day. An unknown volatility, None or NaN,
never counts as a usual one: it gives the smallest leverage there is.
"""

from collections.abc import Iterable, Mapping
from math import inf, isfinite
from types import MappingProxyType
from typing import Final

from attrs import field, frozen, validators

from domain.regime import MarketRegime

REGIME_FACTORS: Final[Mapping[MarketRegime, float]] = MappingProxyType(
    {MarketRegime.BULL: 1.1, MarketRegime.BEAR: 0.8, MarketRegime.SIDEWAYS: 0.9, MarketRegime.NEUTRAL: 1.0}
)

_positive: Final = [validators.gt(0.0), validators.lt(inf)]
_fraction: Final = [validators.gt(0.0), validators.le(1.0)]


@frozen(kw_only=True)
class LeveragePolicy:
    """How leverage follows from distance, volatility and regime.

    Attributes:
        leverage_max: Cap of everything here, notional over equity.
        safe_moves: Way to liquidation that allows the full cap, in daily standard deviations.
        distance_factor_min: Part of the cap that is left at the liquidation price itself, above 0 up to 1.
        volatility_usual: Daily volatility at which leverage is not changed.
        leverage_min: What volatility and regime leave at least, notional over equity.
        regime_factors: Factor of each regime.
        volatile_factor: Largest factor while the market is volatile, whatever its regime.
    """

    leverage_max: float = field(validator=_positive)
    safe_moves: float = field(default=3.0, validator=_positive)
    distance_factor_min: float = field(default=0.1, validator=_fraction)
    volatility_usual: float = field(default=0.05, validator=_positive)
    leverage_min: float = field(default=0.1, validator=_positive)
    regime_factors: Mapping[MarketRegime, float] = REGIME_FACTORS
    volatile_factor: float = field(default=0.7, validator=_positive)

    def __attrs_post_init__(self) -> None:
        bad = [regime.value for regime in MarketRegime if not 0.0 < self.regime_factors.get(regime, 0.0) < inf]
        if bad:
            raise ValueError(f"regime_factors: no positive factor for {', '.join(bad)}")


@frozen
class LiquidationDistance:
    """How far one position is from liquidation, against how far its price moves in a day.

    Attributes:
        log_distance: From `domain.risk.liquidation_risk.liquidation_distance`; zero or negative at or beyond the
            liquidation, infinite where no price liquidates.
        daily_volatility: Standard deviation of the logarithm of price per day; None if unknown.
    """

    log_distance: float = field(validator=validators.ge(-inf))
    daily_volatility: float | None


def safe_leverage(positions: Iterable[LiquidationDistance], policy: LeveragePolicy) -> float:
    """Return the leverage that the nearest liquidation leaves, notional over equity.

    A position further off than `LeveragePolicy.safe_moves` standard deviations leaves the whole cap, a nearer one
    its share of that way, at least ``distance_factor_min`` of the cap. The result is the smallest over the
    positions, at least 1, and never above the cap; without positions the cap.
    """
    share = min((_distance_share(position, policy) for position in positions), default=1.0)
    return min(max(policy.leverage_max * share, 1.0), policy.leverage_max)


def _distance_share(position: LiquidationDistance, policy: LeveragePolicy) -> float:
    """Return the part of the cap that one position leaves, from ``distance_factor_min`` to 1."""
    if position.log_distance == inf:
        return 1.0
    volatility = _known(position.daily_volatility)
    if volatility is None or position.log_distance <= 0.0:
        return policy.distance_factor_min
    required = policy.safe_moves * volatility
    if position.log_distance >= required:
        return 1.0
    return max(policy.distance_factor_min, position.log_distance / required)


def volatility_adjusted_leverage(
    base_leverage: float,
    policy: LeveragePolicy,
    *,
    daily_volatility: float | None,
    regime: MarketRegime,
    is_volatile: bool,
) -> float:
    """Return a leverage scaled by volatility and regime, from ``leverage_min`` to the cap.

    With r the volatility over the usual one, the factor is ``1 + 0.2(1 − r)`` up to the usual volatility and
    ``1/(1 + 0.5(r − 1))`` above it. Where the cap is below the minimum, the cap holds.

    Args:
        base_leverage: What is to be scaled, notional over equity, not negative.
        policy: Usual volatility, factors, cap.
        daily_volatility: Standard deviation of the logarithm of price per day; None or NaN if unknown, which
            leaves the minimum.
        regime: Of the market; its factor applies.
        is_volatile: Whether the market counts as volatile, which lowers the factor to ``volatile_factor``.

    Raises:
        ValueError: The base leverage is negative or not finite, or the volatility is negative.
    """
    if not 0.0 <= base_leverage < inf:
        raise ValueError(f"base leverage must be finite and not negative, got {base_leverage}")
    volatility = _known(daily_volatility)
    if volatility is None:
        return min(policy.leverage_min, policy.leverage_max)
    factor = policy.regime_factors[regime]
    if is_volatile:
        factor = min(factor, policy.volatile_factor)
    wanted = base_leverage * _volatility_factor(volatility / policy.volatility_usual) * factor
    return min(max(wanted, policy.leverage_min), policy.leverage_max)


def _volatility_factor(ratio: float) -> float:
    return 1.0 + 0.2 * (1.0 - ratio) if ratio <= 1.0 else 1.0 / (1.0 + 0.5 * (ratio - 1.0))


def _known(volatility: float | None) -> float | None:
    """Return the volatility, None where it is unknown.

    Raises:
        ValueError: It is negative.
    """
    if volatility is None or not isfinite(volatility):
        return None
    if volatility < 0.0:
        raise ValueError(f"daily volatility must not be negative, got {volatility}")
    return volatility
