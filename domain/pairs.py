"""Two instruments of one coin that are held against each other: a contract, and the coins themselves."""

from collections.abc import Iterable
from decimal import Decimal
from math import lcm

from attrs import field, frozen, validators

from domain.as_of import AsOfView
from domain.instrument import Instrument, is_spot, venue_symbol
from domain.numbers import BPS, ZERO


@frozen(kw_only=True)
class HedgeRules:
    """How long, and how much of, one leg may stand without the other.

    Attributes:
        unhedged_bars_max: After so many decisions in a row that find the legs unequal both are left.
        unhedged_max: The most that one step of an entry adds to each leg, part of equity: what would stand alone if the
            other leg were not filled.
    """

    unhedged_bars_max: int = field(default=3, validator=[validators.ge(1), validators.le(10_000)])
    unhedged_max: Decimal = field(default=Decimal("0.25"), validator=[validators.gt(ZERO), validators.le(Decimal(100))])


@frozen
class PairView:
    """A contract and its coins as one strategy sees them, once bars of both have closed at the same instant.

    Attributes:
        contract: The contract; it shows the last settled funding.
        coins: The spot pair.
    """

    contract: AsOfView
    coins: AsOfView

    @property
    def at_ns(self) -> int:
        """The instant at which both bars closed."""
        return self.contract.bar.closed_at_ns

    @property
    def basis_bps(self) -> float:
        """How far the contract closed above the coins (negative: below), basis points of the coins' price."""
        return (self.contract.bar.close / self.coins.bar.close - 1.0) * float(BPS)

    @property
    def is_flat(self) -> bool:
        """Whether neither leg is held."""
        return self.contract.held_quantity == 0 and self.coins.held_quantity == 0


def pairs_among(symbols: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return every contract among some instruments whose coins are among them too: (contract, coins), as they come."""
    names = tuple(symbols)
    coins_of = {venue_symbol(name): name for name in names if is_spot(name)}
    return tuple((name, coins_of[name]) for name in names if not is_spot(name) and name in coins_of)


def common_lot(contract: Instrument, coins: Instrument) -> Decimal:
    """Return the smallest quantity that is whole lots of both, base units."""
    steps = [each.lot_size.as_integer_ratio() for each in (contract, coins)]
    below = lcm(*(denominator for _, denominator in steps))
    above = lcm(*(numerator * (below // denominator) for numerator, denominator in steps))
    return Decimal(above) / Decimal(below)


def floor_to(quantity: Decimal, lot: Decimal) -> Decimal:
    """Return a quantity rounded down to whole lots, base units; never below zero."""
    return max(quantity // lot * lot, ZERO)
