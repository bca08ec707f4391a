"""What one unit of a strategy's signals has made each day."""

from attrs import define, field

from domain.time_units import NS_PER_DAY


@define(eq=False)
class DayReturns:
    """Sums of returns by whole UTC days, oldest first; a day in which nothing was held made nothing.

    Attributes:
        values: Of the days that are over, since the first one, as fractions.
    """

    values: list[float] = field(factory=list, init=False)
    _day: int | None = field(default=None, init=False)
    _made: float = field(default=0.0, init=False)

    def add(self, at_ns: int, made: float | None) -> None:
        """Take what was made until an instant, since the last one; None if nothing was held.

        What ends at midnight is of the day that ends there. Instants do not go backwards.
        """
        self.close(at_ns - 1)
        if made is not None:
            self._made += made

    def close(self, at_ns: int) -> None:
        """Take note of an instant: days that are over by then are written down."""
        day = at_ns // NS_PER_DAY
        if self._day is None:
            self._day = day
        while self._day < day:
            self.values.append(self._made)
            self._day, self._made = self._day + 1, 0.0
