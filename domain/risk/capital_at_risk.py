"""What one bad move would cost: every stop jumped over, everything against us at once, liquidation included.

A stop limits a loss only where the market trades through it. Here the whole market moves in one direction by a
configured amount, every position that loses by that is taken to be hit, and each stop fills a configured
fraction of the price beyond its trigger. What would gain by the move counts as nothing.
"""

from collections.abc import Iterable
from math import isfinite

from attrs import field, frozen, validators

_share = [validators.ge(0.0), validators.lt(1.0)]


@frozen(kw_only=True)
class StressMove:
    """The move that capital at risk is worked out for.

    Attributes:
        move: Of every price, up or down, fraction.
        stop_gap: How far beyond its trigger a stop fills, fraction of the trigger.
        settlements: Funding payments that the positions meet on the way.
        funding_rate: Paid at each, whichever side is held, fraction of the value.
        exit_cost: Fee, spread and impact of getting out, fraction of the value.
    """

    move: float = field(default=0.20, validator=[validators.gt(0.0), validators.lt(1.0)])
    stop_gap: float = field(default=0.05, validator=_share)
    settlements: int = field(default=1, validator=validators.ge(0))
    funding_rate: float = field(default=0.003, validator=_share)
    exit_cost: float = field(default=0.001, validator=_share)


@frozen(kw_only=True)
class Leg:
    """One position, or a part of one that has a stop of its own.

    Attributes:
        signed_quantity: Base units; positive long, negative short; at the worst case of what is working.
        mark_price: Quote per base, positive.
        stop_price: Where it is closed, quote per base; None without a stop.
        maintenance_rate: Fraction of its value that the venue wants to see, by the bracket it is in after the move.
        margin: What an isolated position can lose at most, quote currency; None if it shares the wallet.
        is_spot: Whether it is coins, paid in full: they lose what they are worth at most, pay no funding, need no
            margin, and back nothing.
    """

    signed_quantity: float
    mark_price: float
    stop_price: float | None = None
    maintenance_rate: float = 0.0
    margin: float | None = None
    is_spot: bool = False


@frozen(kw_only=True)
class CapitalAtRisk:
    """What the move would cost, quote currency, never negative.

    Attributes:
        if_down: Loss if the market falls.
        if_up: Loss if the market rises.
        is_liquidated_if_down: Whether the fall would end in a liquidation of what shares the wallet.
        is_liquidated_if_up: The same for the rise.
    """

    if_down: float
    if_up: float
    is_liquidated_if_down: bool = False
    is_liquidated_if_up: bool = False

    @property
    def amount(self) -> float:
        """The worse of the two."""
        return max(self.if_down, self.if_up)


def loss_per_unit(leg: Leg, stress: StressMove) -> float:
    """Return what one base unit of a leg loses in the move against it, quote currency, costs included.

    Long at 100, stop at 95, move 20 %, gap 5 %: the stop fills at 95 × 0.95 = 90.25, so 9.75 is lost on price.
    A stop beyond the move has not been reached: the loss is the move.
    """
    mark, sign = leg.mark_price, 1.0 if leg.signed_quantity > 0 else -1.0
    exit_price = reached = mark * (1.0 - sign * stress.move)
    if leg.stop_price is not None and sign * (leg.stop_price - reached) >= 0.0:
        exit_price = leg.stop_price * (1.0 - sign * stress.stop_gap)
    costs = stress.exit_cost * exit_price
    if leg.is_spot:
        return min(max(0.0, mark - exit_price + costs), mark)
    costs += stress.settlements * stress.funding_rate * mark
    return max(0.0, sign * (mark - exit_price) + costs)


def capital_at_risk(legs: Iterable[Leg], equity: float, stress: StressMove) -> CapitalAtRisk | None:
    """Return what the move would cost the account; None if a number is missing or no number.

    Where what remains of equity does not cover the maintenance margin of all positions that share the wallet,
    valued after the move, all of it is taken to be lost. What spot is worth is no part of what covers them, and is not
    lost with them.

    Args:
        legs: What is held and what may come to be held.
        equity: Wallet balance plus unrealized PnL, quote currency.
        stress: The move.
    """
    shared, margin, isolated, coins = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    tied = 0.0
    for leg in legs:
        side = 0 if leg.signed_quantity > 0 else 1
        loss = abs(leg.signed_quantity) * loss_per_unit(leg, stress)
        if leg.is_spot:
            coins[side] += loss
            tied += abs(leg.signed_quantity) * leg.mark_price
            continue
        if leg.margin is not None:
            isolated[side] += min(loss, leg.margin)
            continue
        shared[side] += loss
        value = abs(leg.signed_quantity) * leg.mark_price
        for direction, moved in ((0, 1.0 - stress.move), (1, 1.0 + stress.move)):
            margin[direction] += value * moved * leg.maintenance_rate
    if not all(map(isfinite, (*shared, *margin, *isolated, *coins, tied, equity))):
        return None
    backing, total = equity - tied, [shared[side] + isolated[side] for side in (0, 1)]
    gone = [shared[side] > 0.0 and backing - total[side] <= margin[side] for side in (0, 1)]
    losses = [(max(total[side], backing) if gone[side] else total[side]) + coins[side] for side in (0, 1)]
    return CapitalAtRisk(if_down=losses[0], if_up=losses[1], is_liquidated_if_down=gone[0], is_liquidated_if_up=gone[1])
