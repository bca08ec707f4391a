"""Counts what is found, and remembers the first places."""

from collections.abc import Callable
from typing import Final

import numpy as np
from attrs import define, field

from domain.data_quality.bar_rows import BarRows, BoolArray
from domain.data_quality.findings import Finding, FindingCode, Occurrence, gravest_first

OCCURRENCES_MAX: Final = 20
"""Places remembered of each kind of finding."""

Describe = Callable[[BarRows, int], str]
"""Puts the values of one row, given by its index within the rows, into words."""


@define
class _Entry:
    count: int = 0
    detail: str = ""
    occurrences: list[Occurrence] = field(factory=list)


@define
class Tally:
    """All findings of one series so far."""

    _entries: dict[FindingCode, _Entry] = field(factory=dict, init=False)

    def add_rows(self, code: FindingCode, rows: BarRows, bad: BoolArray, describe: Describe) -> None:
        """Count the rows for which ``bad``, shape (n_rows,), is true."""
        found = np.flatnonzero(bad)
        if not found.size:
            return
        entry = self._entries.setdefault(code, _Entry())
        for index in found[: OCCURRENCES_MAX - len(entry.occurrences)].tolist():
            at_ns = int(rows.opened_at_ns[index])
            entry.occurrences.append(Occurrence(int(rows.row[index]), at_ns, describe(rows, index)))
        entry.count += int(found.size)

    def add(self, code: FindingCode, occurrence: Occurrence | None = None, *, count: int = 1, detail: str = "") -> None:
        """Count one thing that was found, or one that concerns this many rows."""
        entry = self._entries.setdefault(code, _Entry())
        entry.count += count
        entry.detail = detail or entry.detail
        if occurrence is not None and len(entry.occurrences) < OCCURRENCES_MAX:
            entry.occurrences.append(occurrence)

    def explain(self, code: FindingCode, detail: str) -> None:
        """Add figures to a kind of finding, if there is one."""
        if code in self._entries:
            self._entries[code].detail = detail

    def forget(self, code: FindingCode) -> None:
        """Take back findings that turned out to be the consequence of another one."""
        self._entries.pop(code, None)

    def count(self, code: FindingCode) -> int:
        """Return how many rows show this."""
        return self._entries[code].count if code in self._entries else 0

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found, gravest first, then in the order of the codes."""
        found = (
            Finding(code=code, count=entry.count, detail=entry.detail, occurrences=tuple(entry.occurrences))
            for code, entry in self._entries.items()
        )
        return gravest_first(found)
