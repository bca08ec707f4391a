"""The time between neighboring rows: which interval a series really has, and stretches of another one."""

from collections import Counter
from typing import Final

import numpy as np
from attrs import define, field

from domain.data_quality.bar_rows import BarRows
from domain.data_quality.findings import FindingCode, Occurrence
from domain.data_quality.tally import Tally
from domain.market import Int64Array
from domain.time_units import format_interval

RUN_MIN: Final = 6
"""Equal steps in a row from which on they are an interval of their own, not outages."""

_ROWS_TO_JUDGE: Final = 3
_LENGTHS_MAX: Final = 10_000


@define
class StepLengths:
    """Counts the steps between rows as they come, and finds runs of another length than claimed.

    Attributes:
        interval_ns: Length claimed.
    """

    interval_ns: int
    _counts: Counter[int] = field(factory=Counter, init=False)
    _last_at_ns: int | None = field(default=None, init=False)
    _run_ns: int = field(default=0, init=False)
    _run_length: int = field(default=0, init=False)
    _run_lengths: Counter[int] = field(factory=Counter, init=False)

    def see(self, rows: BarRows, tally: Tally) -> None:
        """Take rows whose times are possible, in the order found."""
        if not rows.n_rows:
            return
        times = rows.opened_at_ns
        if self._last_at_ns is not None:
            times = np.concatenate((np.array([self._last_at_ns], dtype=np.int64), times))
        steps = np.diff(times)
        self._last_at_ns = int(times[-1])
        if steps.size and not np.all(steps == self.interval_ns):
            self._count_runs(steps, rows, tally)
        elif steps.size:
            self._counts[self.interval_ns] += steps.size
            self._add_run(self.interval_ns, steps.size, continues=False)

    def _count_runs(self, steps: Int64Array, rows: BarRows, tally: Tally) -> None:
        self._count_lengths(steps)
        starts = np.flatnonzero(np.concatenate(([True], steps[1:] != steps[:-1])))
        lengths = np.diff(np.append(starts, steps.size))
        # The first may go on what ran before, the last may go on behind; between them only long ones matter.
        counts = (lengths >= RUN_MIN) & (steps[starts] != self.interval_ns)
        counts[[0, -1]] = True
        offset = rows.n_rows - steps.size
        for run in np.flatnonzero(counts).tolist():
            start = int(starts[run])
            continues = run == 0 and int(steps[0]) == self._run_ns
            self._add_run(int(steps[start]), int(lengths[run]), continues=continues)
            self._report_run(int(lengths[run]), rows, start + offset, tally)

    def _count_lengths(self, steps: Int64Array) -> None:
        lengths, counts = np.unique(steps, return_counts=True)
        for step, count in zip(lengths.tolist(), counts.tolist(), strict=True):
            if step in self._counts or len(self._counts) < _LENGTHS_MAX:
                self._counts[step] += count

    def _add_run(self, step_ns: int, length: int, *, continues: bool) -> None:
        self._run_length = (self._run_length if continues else 0) + length
        self._run_ns = step_ns

    def _report_run(self, length: int, rows: BarRows, index: int, tally: Tally) -> None:
        step_ns, before = self._run_ns, self._run_length - length
        if step_ns <= 0 or step_ns == self.interval_ns or self._run_length < RUN_MIN:
            return
        is_new = before < RUN_MIN
        # What was too short to count until now is counted with the rest.
        n_news = self._run_length if is_new else length
        text = f"{format_interval(step_ns)} apart"
        place = Occurrence(int(rows.row[index]), int(rows.opened_at_ns[index]), text) if is_new else None
        tally.add(FindingCode.MIXED_INTERVAL, place, count=n_news)
        self._run_lengths[step_ns] += n_news

    @property
    def inferred_ns(self) -> int | None:
        """The most frequent step forward, the shorter one of equals; None where there are too few rows to tell."""
        forward = {step: count for step, count in self._counts.items() if step > 0}
        if sum(forward.values()) < _ROWS_TO_JUDGE - 1:
            return None
        return min(forward, key=lambda step: (-forward[step], step))

    def judge(self, tally: Tally) -> None:
        """Say whether the rows are of the interval claimed, once all were seen."""
        inferred = self.inferred_ns
        if inferred is not None and inferred != self.interval_ns:
            self._say_mismatch(inferred, tally)
        elif self._run_lengths:
            others = ", ".join(format_interval(step) for step in sorted(self._run_lengths))
            tally.explain(
                FindingCode.MIXED_INTERVAL, f"Claimed are {format_interval(self.interval_ns)}; found: {others}."
            )

    def _say_mismatch(self, inferred: int, tally: Tally) -> None:
        share = self._counts[inferred] / self._counts.total()
        detail = (
            f"Claimed are {format_interval(self.interval_ns)}, but {share:.0%} of the rows "
            f"are {format_interval(inferred)} apart."
        )
        tally.add(FindingCode.INTERVAL_MISMATCH, count=self._counts[inferred], detail=detail)
        # By a wrong measure everything seems missing, off the grid or mixed: that would be said twice.
        for code in (FindingCode.MIXED_INTERVAL, FindingCode.OFF_GRID, FindingCode.GAP):
            tally.forget(code)

    def missing_by(self, interval_ns: int) -> int:
        """Return how many rows of this interval the steps forward leave out."""
        return sum((step // interval_ns - 1) * count for step, count in self._counts.items() if step > interval_ns)
