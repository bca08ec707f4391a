"""The rungs of the drawdown ladder: from which drawdown on, and what is done there."""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import Final

from attrs import field, frozen, validators

from domain.numbers import ONE, ZERO

_fraction: Final = [validators.ge(ZERO), validators.le(ONE)]


class DrawdownLevel(Enum):
    """How deep the account is below its high. Values are stable: they are stored and alerted on."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    LIMIT = "limit"

    def is_deeper_than(self, other: "DrawdownLevel") -> bool:
        """Whether this level stands for a larger drawdown."""
        return _RANKS[self] > _RANKS[other]


_RANKS: Final = {level: rank for rank, level in enumerate(DrawdownLevel)}


@frozen(kw_only=True)
class LevelAction:
    """What is done while the account is at a level.

    Attributes:
        size_factor: New sizes are multiplied by it, from 0 to 1; zero stops opening.
        reduce_to: Part of each position that is kept when the level is entered from above, from 0 to 1: one
            reduces nothing. It is applied once per fall, to what is held then; the next high ends a fall.
        halts: Whether everything is closed and trading halts until a person clears it; needs both of the
            above to be zero.
    """

    size_factor: Decimal = field(default=ONE, validator=_fraction)
    reduce_to: Decimal = field(default=ONE, validator=_fraction)
    halts: bool = False

    def __attrs_post_init__(self) -> None:
        if self.halts and (self.size_factor != 0 or self.reduce_to != 0):
            raise ValueError("halts: needs size_factor 0 and reduce_to 0")

    @property
    def may_open(self) -> bool:
        """Whether anything may be opened."""
        return self.size_factor > 0

    def is_laxer_than(self, other: "LevelAction") -> bool:
        """Whether this lets something through that the other does not."""
        is_larger = self.size_factor > other.size_factor or self.reduce_to > other.reduce_to
        return is_larger or (other.halts and not self.halts)


@frozen(kw_only=True)
class Rung:
    """One level of the ladder.

    Attributes:
        threshold: Drawdown from which on it holds, a fraction of the high, between 0 and 1.
        action: What is done there.
    """

    threshold: Decimal = field(validator=[validators.gt(ZERO), validators.lt(ONE)])
    action: LevelAction


NO_ACTION: Final = LevelAction()
_LIMIT_ACTION: Final = LevelAction(size_factor=ZERO, reduce_to=ZERO, halts=True)


def _rung(threshold: str, size_factor: str, reduce_to: str) -> Rung:
    action = LevelAction(size_factor=Decimal(size_factor), reduce_to=Decimal(reduce_to))
    return Rung(threshold=Decimal(threshold), action=action)


@frozen(kw_only=True)
class LadderPolicy:
    """From which drawdown on which level holds.

    MILD, MODERATE and SEVERE hold from their threshold on; LIMIT holds beyond its own. A deeper rung is never laxer
    than one above it.

    Attributes:
        mild: By default from 1 percent on, and only alerts: closer to the high is noise.
        moderate: By default from 5 percent on, and halves new sizes.
        severe: By default from 10 percent on; opens nothing more and halves positions.
        limit: By default beyond 12 percent; closes everything and halts.
        hysteresis: A level is left only when the drawdown is smaller than its threshold by more than this, as a
            fraction of the high; below the mild threshold.
    """

    mild: Rung = field(factory=lambda: _rung("0.01", "1", "1"))
    moderate: Rung = field(factory=lambda: _rung("0.05", "0.5", "1"))
    severe: Rung = field(factory=lambda: _rung("0.1", "0", "0.5"))
    limit: Rung = field(factory=lambda: Rung(threshold=Decimal("0.12"), action=_LIMIT_ACTION))
    hysteresis: Decimal = field(default=Decimal("0.005"), validator=validators.ge(ZERO))

    def __attrs_post_init__(self) -> None:
        if not self.hysteresis < self.mild.threshold:
            raise ValueError(f"hysteresis: {self.hysteresis} is not below the mild threshold {self.mild.threshold}")
        for (above, upper), (below, lower) in pairwise(self.rungs()):
            if not upper.threshold < lower.threshold:
                raise ValueError(
                    f"{below.value}: threshold {lower.threshold} is not above {upper.threshold} of {above.value}"
                )
            if lower.action.is_laxer_than(upper.action):
                raise ValueError(f"{below.value}: its action is laxer than that of {above.value}")

    def rungs(self) -> Iterator[tuple[DrawdownLevel, Rung]]:
        """Yield the levels that have a threshold, the shallowest first."""
        yield DrawdownLevel.MILD, self.mild
        yield DrawdownLevel.MODERATE, self.moderate
        yield DrawdownLevel.SEVERE, self.severe
        yield DrawdownLevel.LIMIT, self.limit

    def action_at(self, level: DrawdownLevel) -> LevelAction:
        """Return what is done at a level; nothing at NONE."""
        return next((rung.action for of, rung in self.rungs() if of is level), NO_ACTION)

    def threshold_below(self, level: DrawdownLevel) -> Decimal | None:
        """Return the drawdown at which the next deeper level begins, None at the deepest."""
        return next((rung.threshold for of, rung in self.rungs() if of.is_deeper_than(level)), None)

    def leaving_below(self, level: DrawdownLevel) -> Decimal | None:
        """Return the drawdown that must be undercut to leave a level, None at NONE."""
        return next((rung.threshold - self.hysteresis for of, rung in self.rungs() if of is level), None)
