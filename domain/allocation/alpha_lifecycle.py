"""The life of a strategy's edge: it has to show itself, grows, carries, decays and is retired."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from attrs import Attribute, evolve, field, frozen, validators


class LifecycleStage(Enum):
    """How much an edge has shown. Values are stable: they are stored."""

    INCUBATION = "incubation"
    GROWTH = "growth"
    MATURE = "mature"
    DECAY = "decay"
    RETIRED = "retired"


DEFAULT_FACTORS: Final[Mapping[LifecycleStage, float]] = MappingProxyType(
    {
        LifecycleStage.INCUBATION: 0.25,
        LifecycleStage.GROWTH: 0.75,
        LifecycleStage.MATURE: 1.0,
        LifecycleStage.DECAY: 0.75,
        LifecycleStage.RETIRED: 0.0,
    }
)


def _covers_every_stage(_: object, attribute: "Attribute[Any]", factors: Mapping[LifecycleStage, float]) -> None:
    for stage in LifecycleStage:
        if stage not in factors:
            raise ValueError(f"'{attribute.name}' has none for {stage.value}")
        if not 0.0 <= factors[stage] <= 1.0:
            raise ValueError(f"'{attribute.name}' lie between 0 and 1, got {factors[stage]} for {stage.value}")
    if factors[LifecycleStage.RETIRED] != 0.0:
        raise ValueError(f"'{attribute.name}' must be 0 for retired, got {factors[LifecycleStage.RETIRED]}")


@frozen(kw_only=True)
class LifecyclePolicy:
    """When an edge changes its stage. Sharpe ratios are yearly, of the latest `window_days`, drawn towards zero.

    Attributes:
        window_days: Days that a Sharpe ratio is of.
        slope_reviews: Latest reviews that its slope is of, Sharpe ratio per review.
        incubation_reviews_max: From so many reviews on an edge that never showed itself is retired.
        growth_sharpe: Above it, and not falling, an edge has shown itself.
        mature_sharpe: Above it, and no longer rising or falling, it carries.
        mature_slope: Slopes up to this, either way, are flat: neither rising nor falling.
        growth_decay_sharpe: Below it a growing edge decays.
        growth_decay_slope: So does one that falls faster than this, negative.
        mature_decay_sharpe: Below it a mature edge decays.
        mature_decay_slope: So does one that falls faster than this, negative.
        retire_sharpe: Below it a decaying edge is retired.
        factors: What is left of a strategy's weight in each stage.
        shrink: What each review in decay leaves of it.
        factor_min: Where that ends, as long as the edge is not retired.
    """

    window_days: int = field(default=90, validator=validators.ge(10))
    slope_reviews: int = field(default=10, validator=validators.ge(2))
    incubation_reviews_max: int = field(default=60, validator=validators.ge(1))
    growth_sharpe: float = 1.0
    mature_sharpe: float = 1.5
    mature_slope: float = field(default=0.05, validator=validators.ge(0.0))
    growth_decay_sharpe: float = 0.8
    growth_decay_slope: float = field(default=-0.05, validator=validators.le(0.0))
    mature_decay_sharpe: float = 1.0
    mature_decay_slope: float = field(default=-0.02, validator=validators.le(0.0))
    retire_sharpe: float = 0.5
    factors: Mapping[LifecycleStage, float] = field(default=DEFAULT_FACTORS, validator=_covers_every_stage)
    shrink: float = field(default=0.8, validator=[validators.gt(0.0), validators.le(1.0)])
    factor_min: float = field(default=0.05, validator=[validators.ge(0.0), validators.le(1.0)])

    def __attrs_post_init__(self) -> None:
        if not self.retire_sharpe <= self.growth_decay_sharpe <= self.growth_sharpe <= self.mature_sharpe:
            raise ValueError(
                "retire_sharpe, growth_decay_sharpe, growth_sharpe and mature_sharpe must ascend, got "
                f"{self.retire_sharpe}, {self.growth_decay_sharpe}, {self.growth_sharpe}, {self.mature_sharpe}"
            )


@frozen(kw_only=True)
class Lifecycle:
    """Where an edge stands. A value: a review makes the next one.

    Attributes:
        stage: How much it has shown.
        n_reviews: Reviews with a known Sharpe ratio since the stage began.
        sharpes: Of the latest reviews, oldest first.
    """

    stage: LifecycleStage = LifecycleStage.INCUBATION
    n_reviews: int = 0
    sharpes: tuple[float, ...] = ()

    def review(self, sharpe: float | None, policy: LifecyclePolicy) -> "Lifecycle":
        """Return where the edge stands after one more review; what is not known changes nothing.

        Args:
            sharpe: Yearly, of the latest days out of sample; None where it is not known.
            policy: What it is judged by.
        """
        if sharpe is None or self.stage is LifecycleStage.RETIRED:
            return self
        sharpes = (*self.sharpes, sharpe)[-policy.slope_reviews :]
        reviewed = evolve(self, sharpes=sharpes, n_reviews=self.n_reviews + 1)
        stage = reviewed._next_stage(sharpe, _slope(sharpes, policy), policy)  # noqa: SLF001  # its own kind
        return reviewed if stage is self.stage else Lifecycle(stage=stage, sharpes=sharpes)

    def factor(self, policy: LifecyclePolicy) -> float:
        """What is left of the strategy's weight, 0 to 1."""
        factor = policy.factors[self.stage]
        if self.stage is not LifecycleStage.DECAY:
            return factor
        return max(factor * policy.shrink**self.n_reviews, min(policy.factor_min, factor))

    def _next_stage(self, sharpe: float, slope: float | None, policy: LifecyclePolicy) -> LifecycleStage:
        match self.stage:
            case LifecycleStage.INCUBATION:
                return self._after_incubation(sharpe, slope, policy)
            case LifecycleStage.GROWTH:
                return _after_growth(sharpe, slope, policy)
            case LifecycleStage.MATURE:
                falls = slope is not None and slope < policy.mature_decay_slope
                return LifecycleStage.DECAY if falls or sharpe < policy.mature_decay_sharpe else self.stage
            case LifecycleStage.DECAY:
                return _after_decay(sharpe, slope, policy)
            case _:
                return self.stage

    def _after_incubation(self, sharpe: float, slope: float | None, policy: LifecyclePolicy) -> LifecycleStage:
        # Not that it rises, as it is often put: an edge that is good from the first day on would never be let out.
        if sharpe > policy.growth_sharpe and slope is not None and slope >= -policy.mature_slope:
            return LifecycleStage.GROWTH
        is_late = self.n_reviews >= policy.incubation_reviews_max
        return LifecycleStage.RETIRED if is_late and sharpe < 0.0 else self.stage


def _after_growth(sharpe: float, slope: float | None, policy: LifecyclePolicy) -> LifecycleStage:
    if sharpe < policy.growth_decay_sharpe or (slope is not None and slope < policy.growth_decay_slope):
        return LifecycleStage.DECAY
    is_flat = slope is not None and abs(slope) <= policy.mature_slope
    return LifecycleStage.MATURE if is_flat and sharpe > policy.mature_sharpe else LifecycleStage.GROWTH


def _after_decay(sharpe: float, slope: float | None, policy: LifecyclePolicy) -> LifecycleStage:
    """Return what follows decay: retirement, or a second growth where the edge is as good as a mature one again."""
    if sharpe < policy.retire_sharpe:
        return LifecycleStage.RETIRED
    falls = slope is None or slope < -policy.mature_slope
    return LifecycleStage.GROWTH if sharpe > policy.mature_sharpe and not falls else LifecycleStage.DECAY


def _slope(sharpes: tuple[float, ...], policy: LifecyclePolicy) -> float | None:
    """Return the slope of a line through the latest Sharpe ratios, per review; None before there are enough."""
    if len(sharpes) < policy.slope_reviews:
        return None
    return float(np.polyfit(np.arange(len(sharpes)), np.array(sharpes), 1)[0])
