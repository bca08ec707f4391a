"""Whether the last bar had closed when the data were taken."""

from typing import Final

import numpy as np
from attrs import define, field

from domain.data_quality.bar_rows import BarRows
from domain.data_quality.findings import FindingCode, Occurrence
from domain.data_quality.tally import Tally
from domain.time_units import iso_utc

_THIN_SHARE: Final = 0.02


@define
class LastBar:
    """Follows the latest bar of a series.

    Attributes:
        interval_ns: Length of a bar.
        as_of_ns: When the data were taken; None where nobody knows, and then nothing is said.
    """

    interval_ns: int
    as_of_ns: int | None
    _last: BarRows | None = field(default=None, init=False)

    def see(self, rows: BarRows, tally: Tally) -> None:
        """Take one block of possible rows."""
        if self.as_of_ns is None:
            return
        closes = rows.opened_at_ns + np.int64(self.interval_ns)
        taken = f"data of {iso_utc(self.as_of_ns)}"
        tally.add_rows(
            FindingCode.UNFINISHED_BAR,
            rows,
            closes > self.as_of_ns,
            lambda _, index: f"closes at {iso_utc(int(closes[index]))}, {taken}",
        )
        latest = int(np.argmax(rows.opened_at_ns))
        if self._last is None or rows.opened_at_ns[latest] > self._last.opened_at_ns[0]:
            self._last = rows.part(latest, latest + 1)

    def judge(self, tally: Tally, *, usual_volume: float) -> None:
        """Say whether a last bar that had closed just before is suspiciously thin, once all rows were seen.

        Args:
            tally: Where to count.
            usual_volume: Of a bar lately, base units; NaN where unknown.
        """
        if self.as_of_ns is None or self._last is None or not usual_volume > 0:
            return
        at_ns, volume = int(self._last.opened_at_ns[0]), float(self._last.volume[0])
        closed_ns = self.as_of_ns - at_ns - self.interval_ns
        if 0 <= closed_ns < self.interval_ns and volume < _THIN_SHARE * usual_volume:
            text = f"volume {volume!r}, usual are {usual_volume:.6g}"
            tally.add(FindingCode.THIN_LAST_BAR, Occurrence(int(self._last.row[0]), at_ns, text))
