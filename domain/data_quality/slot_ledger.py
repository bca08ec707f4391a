"""Remembers which bars of the grid were seen, and what was in them, in four bytes each."""

from typing import Final

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from domain.data_quality.bar_rows import BarRows, BoolArray
from domain.market import Int64Array

SLOTS_MAX: Final = 2**28
"""Longest stretch that one ledger covers, in bars: eight years of seconds."""

_UNSEEN: Final = 0
_ROOM_MIN: Final = 4_096

# Odd numbers with their bits well mixed, from the fractional part of the golden ratio and multiples of it.
_MIX: Final = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F],
    dtype=np.uint64,
)


def fingerprints(rows: BarRows) -> NDArray[np.uint32]:
    """Return 32 bits for the five values of each row, never 0; equal values give equal bits.

    Two rows that differ agree once in four billion times.
    """
    mixed = np.zeros(rows.n_rows, dtype=np.uint64)
    for column, factor in zip((rows.open, rows.high, rows.low, rows.close, rows.volume), _MIX, strict=True):
        # Adding zero makes one zero out of the two that floating point has.
        mixed ^= (np.ascontiguousarray(column) + 0.0).view(np.uint64)
        mixed *= factor
        mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(32)).astype(np.uint32) | np.uint32(1)


@define
class SlotLedger:
    """The bars seen so far, by their place on the grid; rows may come in any order."""

    _prints: NDArray[np.uint32] = field(factory=lambda: np.zeros(0, dtype=np.uint32), init=False)
    _origin: int = field(default=0, init=False)
    _first: int | None = field(default=None, init=False)
    _last: int = field(default=-1, init=False)

    def within_reach(self, slots: Int64Array) -> BoolArray:
        """Return which slots lie so near to those seen, or to the first of these, that they can be remembered."""
        first = _first_of(slots) if self._first is None else self._first
        last = max(self._last, first)
        return (slots > last - SLOTS_MAX // 2) & (slots < first + SLOTS_MAX // 2)

    def enter(self, slots: Int64Array, prints: NDArray[np.uint32]) -> tuple[BoolArray, BoolArray]:
        """Remember rows that are within reach.

        Args:
            slots: Place of each row on the grid, shape (n_rows,).
            prints: What is in each row, same shape.

        Returns:
            Which rows repeat a slot with equal values, and which with other values than the first row there.
        """
        none = np.zeros(slots.shape[0], dtype=np.bool_)
        if not slots.size:
            return none, none
        self._make_room(int(slots.min()), int(slots.max()))
        at = slots - self._origin
        if self._is_news(slots):
            self._prints[at] = prints
            repeats, conflicts = none, none
        else:
            repeats, conflicts = self._compare(at, prints)
        self._last = max(self._last, int(slots.max())) if self._first is not None else int(slots.max())
        self._first = int(slots.min()) if self._first is None else min(self._first, int(slots.min()))
        return repeats, conflicts

    def _is_news(self, slots: Int64Array) -> bool:
        follows = self._first is None or int(slots[0]) > self._last
        return follows and bool(np.all(slots[1:] > slots[:-1]))

    def _compare(self, at: Int64Array, prints: NDArray[np.uint32]) -> tuple[BoolArray, BoolArray]:
        _, first_rows, which = np.unique(at, return_index=True, return_inverse=True)
        news = first_rows[self._prints[at[first_rows]] == _UNSEEN]
        self._prints[at[news]] = prints[news]
        again = np.ones(at.shape[0], dtype=np.bool_)
        again[news] = False
        same = self._prints[at[first_rows]][which] == prints
        return again & same, again & ~same

    def _make_room(self, low: int, high: int) -> None:
        n_slots = self._prints.shape[0]
        if n_slots and self._origin <= low and high < self._origin + n_slots:
            return
        start = low if not n_slots else min(low, self._origin)
        stop = high + 1 if not n_slots else max(high + 1, self._origin + n_slots)
        # As much again in the direction of growth, so that a million appends copy only a few times.
        room = max(stop - start, _ROOM_MIN)
        start = start - room if n_slots and low < self._origin else start
        stop = stop + room if not n_slots or high >= self._origin + n_slots else stop
        grown = np.zeros(stop - start, dtype=np.uint32)
        grown[self._origin - start : self._origin - start + n_slots] = self._prints if n_slots else 0
        self._prints, self._origin = grown, start

    @property
    def n_seen(self) -> int:
        """Number of different bars seen."""
        return int(np.count_nonzero(self._prints))

    @property
    def n_expected(self) -> int:
        """Bars between the first and the last one seen, both included."""
        return 0 if self._first is None else self._last - self._first + 1

    def holes(self) -> tuple[Int64Array, Int64Array]:
        """Return the first missing slot and the number of missing slots of each hole, in time order."""
        if self._first is None:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing
        seen = self._prints[self._first - self._origin : self._last - self._origin + 1] != _UNSEEN
        places = np.flatnonzero(seen)
        steps = np.diff(places)
        before = np.flatnonzero(steps > 1)
        return places[before] + 1 + self._first, steps[before] - 1


def _first_of(slots: Int64Array) -> int:
    return int(slots[0]) if slots.size else 0
