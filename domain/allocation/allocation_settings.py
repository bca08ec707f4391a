"""How the account is shared among strategies."""

from attrs import field, frozen, validators

from domain.allocation.alpha_lifecycle import LifecyclePolicy
from domain.allocation.performance_tilt import TiltPolicy
from domain.allocation.strategy_matrix import DEFAULT_MATRIX, StrategyMatrix
from domain.allocation.strategy_weights import WEIGHT_MIN


@frozen(kw_only=True)
class AllocationSettings:
    """By what the account is shared.

    Attributes:
        matrix: Weights of kinds of strategies by scenario.
        tilt: How far what they have earned moves them; None leaves them.
        lifecycle: How much an edge has to have shown; None trusts all alike.
        weight_min: Who would get no more than this gets nothing.
        disabled: Strategies by name that may open nothing.
    """

    matrix: StrategyMatrix = DEFAULT_MATRIX
    tilt: TiltPolicy | None = field(factory=TiltPolicy)
    lifecycle: LifecyclePolicy | None = None
    weight_min: float = field(default=WEIGHT_MIN, validator=[validators.ge(0.0), validators.lt(1.0)])
    disabled: frozenset[str] = frozenset()

    @property
    def needs_evidence(self) -> bool:
        """Whether anything depends on what strategies have earned."""
        return self.tilt is not None or self.lifecycle is not None
