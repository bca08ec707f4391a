"""Jumps between two rows after which the price stays at another level: another coin, or another unit."""

from typing import Final

import numpy as np
from attrs import define, field
from numpy.lib.stride_tricks import sliding_window_view

from domain.data_quality.bar_rows import BarRows, BoolArray, joined
from domain.data_quality.findings import FindingCode
from domain.data_quality.tally import Tally
from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_DAY

FACTOR: Final = 1.5
"""Between a close and the next open. Markets fall by more than a third, but they trade on the way."""

DAILY_DRIFT: Final = 0.3
"""Log distance that a price may go unseen in one day of missing rows, and that times the root of the days in more: five
standard deviations of a volatile coin. Perpetuals came back from holes of half a year at twice and ten times the price.
"""

FACTOR_MAX: Final = 1_000.0
"""No hole explains more."""

REACH: Final = 12
"""Rows on each side that are looked at."""


@define
class LevelJumps:
    """Looks for them with twelve rows of foresight; the last rows of a series are judged when it ends, if at all.

    Attributes:
        interval_ns: Length of a bar.
    """

    interval_ns: int
    _seen: BarRows | None = field(default=None, init=False)

    def see(self, rows: BarRows, tally: Tally) -> None:
        """Take one block of possible rows."""
        known = rows if self._seen is None else joined([self._seen, rows])
        n_rows = known.n_rows
        if n_rows >= 2 * REACH:
            self._judge(known, tally)
        # The middle of the first window that has not been looked at yet comes next.
        self._seen = known.part(max(n_rows - 2 * REACH + 1, 0), n_rows)

    def _judge(self, known: BarRows, tally: Tally) -> None:
        rows = known.part(REACH, known.n_rows - REACH + 1)
        before = known.close[REACH - 1 : known.n_rows - REACH]
        steps = np.diff(known.opened_at_ns)[REACH - 1 : known.n_rows - REACH]
        candidates = np.abs(np.log(rows.open / before)) > self._allowed(steps)
        if not candidates.any():
            return
        # Window number i holds the closes of rows i to i + 23; row i + 12 is the first behind the jump.
        around = np.log(sliding_window_view(known.close, 2 * REACH)[candidates])
        candidates[candidates] = _stays(around, np.log(before[candidates]), np.log(rows.open[candidates]))
        tally.add_rows(
            FindingCode.LEVEL_JUMP,
            rows,
            candidates,
            lambda found, index: (
                f"close {float(before[index])!r}, then open {float(found.open[index])!r}: "
                f"a factor of {_factor(float(before[index]), float(found.open[index])):,.6g}"
            ),
        )

    def _allowed(self, steps: Int64Array) -> Float64Array:
        """Return the log distance that each step in time, shape (n_rows,), explains."""
        days_unseen = np.maximum(steps - self.interval_ns, 0) / NS_PER_DAY
        allowed: Float64Array = np.minimum(np.log(FACTOR) + DAILY_DRIFT * np.sqrt(days_unseen), np.log(FACTOR_MAX))
        return allowed


def _stays(around: Float64Array, before: Float64Array, after: Float64Array) -> BoolArray:
    """Return which jumps, from log price ``before`` to ``after``, lead from one level to another.

    Nothing behind the jump comes back to the middle, and the usual price on both sides differs by at least half of
    it: without that, the way back from one wrong row would be a change of level too.
    """
    jump = after - before
    up = np.sign(jump)
    behind = around[:, REACH:]
    stays = (up * behind.T > up * (before + after) / 2).all(axis=0)
    change = np.median(behind, axis=1) - np.median(around[:, :REACH], axis=1)
    differs: BoolArray = stays & (up * change >= np.abs(jump) / 2)
    return differs


def _factor(before: float, after: float) -> float:
    return max(after / before, before / after)
