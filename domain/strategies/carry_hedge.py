"""How the coins are held against a contract that is sold short for its funding."""

from decimal import Decimal

from attrs import field, frozen, validators

from domain.numbers import ZERO
from domain.pairs import HedgeRules

_YEAR_H = 8_760.0
_bps = [validators.ge(-10_000.0), validators.le(10_000.0)]


def _above_the_lowest(instance: "CarryHedge", _: object, value: float) -> None:
    if value <= instance.basis_min_bps:
        raise ValueError(f"basis_max_bps must be above basis_min_bps ({instance.basis_min_bps}), got {value}")


@frozen(kw_only=True)
class CarryHedge:
    """The second leg of a carry: coins of the same quantity, bought and paid in full.

    Attributes:
        fee_rate: Of an order for coins that takes, fraction of its value.
        half_spread: That a taker of coins pays beside the fee, fraction of the price.
        capital_rate: What the same money would earn elsewhere a year, fraction: nothing is borrowed, this is given up.
        margin_share: Money that is kept behind the contract beside the coins' price, fraction of that.
        basis_min_bps: Enter only where the contract is at least so far above the coins, basis points; negative: below.
        basis_max_bps: Enter only where it is at most so far above them, basis points.
        basis_loss_bps: Leave once the basis has risen by so much since the entry, basis points of the price.
        holding_max_h: Leave after so many hours; null for no limit.
        stop_fraction: Stop of the contract so far above its entry, fraction of the price; null for none. Limits count
            no hedge on which a stop stands.
        unhedged_bars_max: After so many bars in a row that find the legs unequal both are left.
        unhedged_max: The most that one step of an entry adds to each leg, part of equity.
    """

    fee_rate: float = field(default=0.001, validator=[validators.ge(0.0), validators.lt(0.1)])
    half_spread: float = field(default=0.00005, validator=[validators.ge(0.0), validators.lt(0.1)])
    capital_rate: float = field(default=0.0, validator=[validators.ge(0.0), validators.le(1.0)])
    margin_share: float = field(default=1.0, validator=[validators.ge(0.0), validators.le(10.0)])
    basis_min_bps: float = field(default=-20.0, validator=_bps)
    basis_max_bps: float = field(default=200.0, validator=[*_bps, _above_the_lowest])
    basis_loss_bps: float = field(default=200.0, validator=[validators.gt(0.0), validators.le(10_000.0)])
    holding_max_h: float | None = field(
        default=None, validator=validators.optional([validators.ge(1.0), validators.le(10.0 * _YEAR_H)])
    )
    stop_fraction: float | None = field(
        default=None, validator=validators.optional([validators.gt(0.0), validators.le(10.0)])
    )
    unhedged_bars_max: int = field(default=3, validator=[validators.ge(1), validators.le(10_000)])
    unhedged_max: Decimal = field(default=Decimal("0.25"), validator=[validators.gt(ZERO), validators.le(Decimal(100))])

    @property
    def round_trip_cost(self) -> float:
        """What buying the coins and selling them costs, fraction of their value."""
        return 2.0 * (self.fee_rate + self.half_spread)

    @property
    def yearly_capital_cost(self) -> float:
        """What the money in both legs would earn elsewhere a year, fraction of the value of one leg."""
        return self.capital_rate * (1.0 + self.margin_share)

    @property
    def rules(self) -> HedgeRules:
        """What the decision core has to know of it."""
        return HedgeRules(unhedged_bars_max=self.unhedged_bars_max, unhedged_max=self.unhedged_max)
