"""How a strategy leaves a position, apart from its own signals: stops that move, targets in steps, limits of time.

Distances are measured from the average entry price and are the same up and down, so that long and short
mirror exactly. R is the distance from the entry to the stop that a trade begins with.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import field, frozen, validators

from domain.numbers import ONE, ZERO

_positive = validators.gt(ZERO)
_a_fraction = [_positive, validators.lt(ONE)]


@frozen
class RiskMultiple:
    """A distance in multiples of R.

    Attributes:
        multiple: 1 is as far as the stop that the trade begins with.
    """

    multiple: Decimal = field(validator=_positive)


@frozen
class PriceFraction:
    """A distance as a fraction of the entry price.

    Attributes:
        fraction: 0.02 is 2 % of the entry price.
    """

    fraction: Decimal = field(validator=_positive)


Distance: TypeAlias = RiskMultiple | PriceFraction


def in_quote(distance: Distance, entry_price: Decimal, stop_distance: Decimal | None) -> Decimal | None:
    """Return a distance in quote per base, None for a multiple of an R that there is not.

    Args:
        distance: As planned.
        entry_price: Average, quote per base.
        stop_distance: R, quote per base; None without a stop to begin with.
    """
    if isinstance(distance, PriceFraction):
        return distance.fraction * entry_price
    return None if stop_distance is None else distance.multiple * stop_distance


@frozen(kw_only=True)
class FixedStop:
    """The stop that a trade begins with: as far away as the signal says, unless something else is said here.

    Attributes:
        fraction: Distance where the signal gives none, as a fraction of the entry price; null for no stop then.
        fraction_max: Largest distance, as a fraction of the entry price: a signal's stop farther away is moved here.
    """

    fraction: Decimal | None = field(default=None, validator=validators.optional(_a_fraction))
    fraction_max: Decimal | None = field(default=None, validator=validators.optional(_a_fraction))

    def __attrs_post_init__(self) -> None:
        if self.fraction is not None and self.fraction_max is not None and self.fraction > self.fraction_max:
            raise ValueError(f"fraction: {self.fraction} is more than fraction_max ({self.fraction_max})")

    def distance(self, signal_distance: Decimal | None, entry_price: Decimal) -> Decimal | None:
        """Return R, quote per base, None for a trade without a stop.

        Args:
            signal_distance: What the signal says, quote per base.
            entry_price: Of the trade, quote per base.
        """
        distance = signal_distance
        if distance is None and self.fraction is not None:
            distance = self.fraction * entry_price
        if distance is None or self.fraction_max is None:
            return distance
        return min(distance, self.fraction_max * entry_price)


@frozen(kw_only=True)
class TrailingStop:
    """A stop that follows the best price since the entry, bar by bar, and never goes back.

    Attributes:
        distance: From the best price: {r: R} or {fraction: F}.
        activation: How far the price must have moved in favor before it follows; by default it follows from the entry.
    """

    distance: Distance
    activation: Distance | None = None


@frozen(kw_only=True)
class Rung:
    """One step of a take-profit ladder.

    Attributes:
        at: How far from the entry, in favor: {r: R} or {fraction: F}.
        share: Of the quantity that was entered with, 0.3 for 30 %; what the shares leave goes on without a target.
    """

    at: Distance
    share: Decimal = field(validator=[_positive, validators.le(ONE)])


@frozen(kw_only=True)
class Breakeven:
    """Once the price has moved far enough in favor, the stop goes to where leaving costs nothing.

    Attributes:
        at: How far: {r: R} or {fraction: F}.
        cost_fraction: What leaving must earn over the entry price, a fraction of it; by default two taker fees.
    """

    at: Distance
    cost_fraction: Decimal | None = field(
        default=None, validator=validators.optional([validators.ge(ZERO), validators.lt(ONE)])
    )

    def gain(self, entry_price: Decimal, taker_rate: Decimal) -> Decimal:
        """Return how far from the entry the stop goes, quote per base.

        Args:
            entry_price: Average, quote per base.
            taker_rate: Fee of leaving, and taken to be that of the entry, a fraction of notional.
        """
        if self.cost_fraction is not None:
            return entry_price * self.cost_fraction
        # A long that entered at e leaves at e (1 + t) / (1 - t) without a loss; a short needs a little less.
        return entry_price * 2 * taker_rate / (1 - taker_rate)


@frozen(kw_only=True)
class ExitPlan:
    """Everything by which a strategy leaves a position without saying so itself.

    As it stands without anything said, stop and target are those of the signal.

    Attributes:
        stop: The stop that a trade begins with.
        trailing: A stop that follows the best price.
        breakeven: A stop that goes to the entry price plus costs.
        take_profit: Targets, each for a share of the quantity, nearest first; they replace the signal's target.
        holding_max_ns: Closed at the first bar that ends so long after the entry; nanoseconds.
        holding_min_ns: Until so long after the entry a signal to leave or to turn around waits; stops, targets,
            limits of risk and liquidations never do; nanoseconds.

    Raises:
        ValueError: The parts contradict each other.
    """

    stop: FixedStop = FixedStop()
    trailing: TrailingStop | None = None
    breakeven: Breakeven | None = None
    take_profit: tuple[Rung, ...] = ()
    holding_max_ns: int | None = field(default=None, validator=validators.optional(validators.gt(0)))
    holding_min_ns: int = field(default=0, validator=validators.ge(0))

    def __attrs_post_init__(self) -> None:
        problem = ladder_problem(self.take_profit)
        if problem is not None:
            raise ValueError(f"take_profit: {problem}")
        if self.holding_max_ns is not None and self.holding_min_ns >= self.holding_max_ns:
            raise ValueError(f"holding_min_ns: {self.holding_min_ns} is not below holding_max_ns")

    @property
    def is_plain(self) -> bool:
        """Whether nothing is planned but the signal's own stop and target."""
        return self == PLAIN

    @property
    def follows_bars(self) -> bool:
        """Whether bars and time alone can change what it wants."""
        has_moving_stop = self.trailing is not None or self.breakeven is not None
        return has_moving_stop or self.holding_max_ns is not None or self.holding_min_ns > 0

    @property
    def needs_stop(self) -> bool:
        """Whether a part of it is measured in R, so that no trade may begin without a stop."""
        distances: list[Distance | None] = [rung.at for rung in self.take_profit]
        if self.trailing is not None:
            distances += [self.trailing.distance, self.trailing.activation]
        if self.breakeven is not None:
            distances.append(self.breakeven.at)
        return any(isinstance(distance, RiskMultiple) for distance in distances)


def ladder_problem(rungs: tuple[Rung, ...]) -> str | None:
    """Say what is wrong with a take-profit ladder, None if nothing is."""
    total = sum((rung.share for rung in rungs), ZERO)
    if total > ONE:
        return f"the shares sum to {total}, more than 1"
    for nearer, farther in pairwise(rungs):
        if type(nearer.at) is type(farther.at) and not _size(nearer.at) < _size(farther.at):
            return f"{_size(farther.at)} is not farther than the {_size(nearer.at)} before it"
    return None


def _size(distance: Distance) -> Decimal:
    return distance.multiple if isinstance(distance, RiskMultiple) else distance.fraction


PLAIN: Final = ExitPlan()
"""Stop and target as the signal says, and nothing else."""
