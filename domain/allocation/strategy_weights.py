"""From the weights of kinds of strategies to the weight of each one that runs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import fsum
from typing import Final

from attrs import field, frozen, validators

from domain.allocation.strategy_matrix import Weights

WEIGHT_MIN: Final = 0.01
"""Who would get no more than this gets nothing: it would pay for orders that decide nothing."""


@frozen(kw_only=True)
class Candidate:
    """A strategy that wants a part of the account.

    Attributes:
        name: Unique among them.
        kind: By which it is weighted; several of one kind share its weight evenly.
        is_enabled: Whether it may open anything.
        tilt: Factor for what its signals have earned, not negative.
        stage_factor: Factor for how much its edge has shown, 0 to 1.
    """

    name: str
    kind: str
    is_enabled: bool = True
    tilt: float = field(default=1.0, validator=validators.ge(0.0))
    stage_factor: float = field(default=1.0, validator=[validators.ge(0.0), validators.le(1.0)])


def strategy_weights(
    by_kind: Weights, candidates: Sequence[Candidate], weight_min: float = WEIGHT_MIN
) -> Mapping[str, float]:
    """Return the share of the account of each strategy, by name.

    What the absent and the disabled would have had goes to the others in proportion, so that nothing is lost because
    a strategy of the matrix does not run. What a stage takes away goes to nobody and stays cash: an edge that has not
    shown itself is no more to be trusted for being alone. Whoever would get no more than the least gets nothing.

    Args:
        by_kind: Weight of each kind, not negative.
        candidates: The strategies that run.
        weight_min: The least.

    Returns:
        Not negative; they sum to one where every stage leaves all, otherwise to less.

    Raises:
        KeyError: A kind has no weight.
    """
    n_of_kind = Counter(each.kind for each in candidates if each.is_enabled)
    wanted = {
        each.name: by_kind[each.kind] / n_of_kind[each.kind] * each.tilt if each.is_enabled else 0.0
        for each in candidates
    }
    shares = _normalized(wanted)
    shares = _normalized({name: share if share > weight_min else 0.0 for name, share in shares.items()})
    return {each.name: shares[each.name] * each.stage_factor for each in candidates}


def _normalized(weights: Mapping[str, float]) -> dict[str, float]:
    total = fsum(weights.values())
    return {name: weight / total if total > 0.0 else 0.0 for name, weight in weights.items()}
