"""What one unit of value has earned since it was last looked at."""

from attrs import define, field


@define(eq=False)
class UnitLedger:
    """Follows one unit of value, or a part of it, from price to price.

    The unit is worth one when it is opened, and again each time that its return is taken: returns of the same size
    mean the same, however far the price has gone.

    Attributes:
        cost: Paid for what changes hands, fraction of its value, not negative.
        held: Signed part of the unit that is held: 1 long, -0.5 half of it short.
    """

    cost: float
    held: float = field(default=0.0, init=False)
    _base: float = field(default=1.0, init=False)
    _price: float = field(default=1.0, init=False)
    _earned: float = field(default=0.0, init=False)
    _is_touched: bool = field(default=False, init=False)

    def value(self, price: float) -> None:
        """Take a price, quote per base, positive."""
        self._earned += self.held * (price - self._price) / self._base
        self._price = price

    def open(self, direction: int, price: float) -> None:
        """Open one unit, +1 long or -1 short, where nothing is held."""
        self.value(price)
        self._base = price
        self._trade(float(direction))

    def reduce(self, part: float, price: float) -> None:
        """Close a part of the unit, or what is left of it if that is less."""
        self.value(price)
        side = 1.0 if self.held > 0.0 else -1.0
        self._trade(-side * min(part, abs(self.held)))

    def pay_funding(self, rate: float) -> None:
        """Pay or receive funding on the value at the last price; a positive rate means longs pay."""
        self._earned -= self.held * rate * self._price / self._base

    def _trade(self, change: float) -> None:
        self._earned -= abs(change) * self.cost * self._price / self._base
        self.held += change
        self._is_touched = True

    def take_return(self) -> float | None:
        """Return what was earned since this was last asked, and begin anew; None if nothing was held at any time."""
        earned, is_touched = self._earned, self._is_touched
        self._earned, self._base, self._is_touched = 0.0, self._price, self.held != 0.0
        return earned if is_touched else None
