"""What settled funding rates lead to expect: a decaying mean, each rate by the hours that it was settled for."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from domain.indicators.funding_carry import DecayingCarry
from domain.market import FundingEvent
from domain.saved_state import restored_count, restored_number, restored_part
from domain.time_units import NS_PER_HOUR

_INTERVALS_H: Final = frozenset({1, 2, 4, 8})
"""Hours between settlements that the venue has ever used."""


class SettledCarry:
    """Follows the settlements of one contract.

    Attributes:
        interval_h: Hours that the last rate was settled for; 0 before that is known.
        n_rates: How many rates are in what is expected.
        yearly: What is expected, fraction a year; positive is paid to shorts.
    """

    __slots__ = ("_carry", "_settled", "interval_h", "n_rates", "yearly")

    def __init__(self, half_life_h: float) -> None:
        self._carry = DecayingCarry(half_life_h)
        self._settled: FundingEvent | None = None
        self.interval_h = 0
        self.n_rates = 0
        self.yearly = 0.0

    def follow(self, event: FundingEvent | None) -> bool:
        """Take the last settlement that is known; return whether it is another one than before.

        The first one only begins the first interval: nobody knows for how many hours it was settled.
        """
        if event is self._settled or self._is_the_last_one(event):
            return False
        before, self._settled = self._settled, event
        if event is not None and before is not None:
            hours = round((event.settled_at_ns - before.settled_at_ns) / NS_PER_HOUR)
            # After a hole the time since the last rate is no interval: it is that of before.
            self.interval_h = hours if hours in _INTERVALS_H else self.interval_h
            if self.interval_h:
                self.yearly = self._carry.update(float(event.rate), self.interval_h)
                self.n_rates += 1
        return True

    def _is_the_last_one(self, event: FundingEvent | None) -> bool:
        """Whether it is the last settlement once more: one that was restored meets it as another object."""
        last = self._settled
        return event is not None and last is not None and event.settled_at_ns == last.settled_at_ns

    def saved_state(self) -> dict[str, Any]:
        """Return what it knows, as JSON can hold it."""
        last = self._settled
        return {
            "carry": self._carry.saved_state(),
            "settled": None if last is None else [last.symbol, last.settled_at_ns, str(last.rate)],
            "interval_h": self.interval_h,
            "n_rates": self.n_rates,
            "yearly": self.yearly,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from the state of another one of the same half-life.

        Raises:
            ValueError: It is no such state.
        """
        self._settled = _restored_event(state.get("settled"))
        self._carry.restore(restored_part(state, "carry"))
        self.interval_h, self.n_rates = restored_count(state, "interval_h"), restored_count(state, "n_rates")
        self.yearly = restored_number(state, "yearly")

    @property
    def in_words(self) -> str:
        """What is expected and who gets it, for people."""
        return f"{abs(self.yearly):.2%} a year to {'shorts' if self.yearly > 0.0 else 'longs'}"


def _restored_event(written: object) -> FundingEvent | None:
    match written:
        case None:
            return None
        case [str(symbol), int(settled_at_ns), str(rate)]:
            try:
                return FundingEvent(symbol, settled_at_ns, Decimal(rate))
            except InvalidOperation as error:
                raise ValueError(f"settled: {rate!r} is no rate") from error
        case _:
            raise ValueError("settled: expected symbol, time and rate in the state")
