"""What a column of times means: its unit if it holds whole numbers, its zone if it holds text."""

from pathlib import Path
from typing import Final

import numpy as np
from attrs import define, field

from adapters.market_data.row_checks import EARLIEST_MS, LATEST_MS, row_error
from application.market_import import TimeUnit
from domain.market import Int64Array
from domain.time_units import NS_PER_MS, NS_PER_SECOND, NS_PER_US

NS_PER_UNIT: Final = {TimeUnit.S: NS_PER_SECOND, TimeUnit.MS: NS_PER_MS, TimeUnit.US: NS_PER_US, TimeUnit.NS: 1}
_WORDS: Final = {
    TimeUnit.S: "seconds",
    TimeUnit.MS: "milliseconds",
    TimeUnit.US: "microseconds",
    TimeUnit.NS: "nanoseconds",
}
_EARLIEST_NS: Final = EARLIEST_MS * NS_PER_MS
_LATEST_NS: Final = LATEST_MS * NS_PER_MS


@define(eq=False)
class TimeReading:
    """How a column of times is read.

    Whole numbers between the years 2000 and 2099 lie in ranges that do not overlap, whichever unit they are in, so
    each value tells its own unit; files whose unit changes on the way are read right, and it is noted.

    Attributes:
        unit: Unit of whole numbers, if somebody said so; every value is held to it then.
        is_text: Whether the times are text.
        has_offset: Whether text tells its zone; else it is UTC.
        seen: Units found so far, with the number of values in each.
    """

    unit: TimeUnit | None = None
    is_text: bool = False
    has_offset: bool = False
    seen: dict[TimeUnit, int] = field(factory=dict)

    def to_ns(self, path: Path, row: int, name: str, times: Int64Array) -> Int64Array:
        """Return whole-number times as nanoseconds since 1970 UTC, shape (n_rows,).

        Raises:
            DataError: A value is no time between 2000 and 2099, or is not in the unit that was said.
        """
        result = np.zeros_like(times)
        is_known = np.zeros(times.shape, dtype=np.bool_)
        for unit in (self.unit,) if self.unit is not None else TimeUnit:
            factor = NS_PER_UNIT[unit]
            fits = (times >= _EARLIEST_NS // factor) & (times <= _LATEST_NS // factor)
            n_fitting = int(fits.sum())
            if n_fitting:
                np.multiply(times, factor, out=result, where=fits)
                is_known |= fits
                self.seen[unit] = self.seen.get(unit, 0) + n_fitting
        if not is_known.all():
            offset = int(np.argmin(is_known))
            what = "s, ms, us or ns" if self.unit is None else _WORDS[self.unit]
            raise row_error(path, row + offset, name, int(times[offset]), f"is no time from 2000 to 2099 in {what}")
        return result

    def check_range(self, path: Path, row: int, name: str, stamps: Int64Array) -> None:
        """Refuse instants that are not between 2000 and 2099; nanoseconds, shape (n_rows,)."""
        bad = (stamps < _EARLIEST_NS) | (stamps > _LATEST_NS)
        if bad.any():
            offset = int(np.argmax(bad))
            text = str(np.datetime64(int(stamps[offset]), "ns"))
            raise row_error(path, row + offset, name, text, "is not between the years 2000 and 2099")

    @property
    def words(self) -> str:
        """How the times are read, in words, as far as it is known; empty where their type tells it."""
        if self.is_text:
            return "times as text with zone" if self.has_offset else "times as text, UTC"
        return " and ".join(f"times in {unit.value}" for unit in self.seen)

    def notes(self) -> list[str]:
        """Return what is out of the ordinary about the times."""
        if len(self.seen) < 2:  # noqa: PLR2004  # one unit is ordinary
            return []
        counts = ", ".join(f"{count:,} in {_WORDS[unit]}" for unit, count in self.seen.items())
        return [f"Times are in more than one unit: {counts}."]
