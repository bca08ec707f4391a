"""Volumes that are zero, absurd, or missing where the price moved."""

from typing import Final

from attrs import define, field

from domain.data_quality.bar_rows import BarRows
from domain.data_quality.findings import FindingCode
from domain.data_quality.past_scale import PastScale
from domain.data_quality.tally import Tally

USUAL_TIMES_MAX: Final = 2_000.0
"""Real minutes reached 485 times the usual volume of the thousand minutes before."""


@define
class Volumes:
    """Judges each volume by those before it."""

    _scale: PastScale = field(factory=PastScale, init=False)

    @property
    def usual(self) -> float:
        """The usual volume of a bar lately, base units; NaN while there were too few bars."""
        return self._scale.latest

    def see(self, rows: BarRows, tally: Tally) -> None:
        """Take one block of possible rows."""
        usual = self._scale.see(rows.volume)
        is_absurd = (usual > 0) & (rows.volume > USUAL_TIMES_MAX * usual)
        tally.add_rows(
            FindingCode.ABSURD_VOLUME,
            rows,
            is_absurd,
            lambda found, index: f"volume {float(found.volume[index])!r}, usual were {usual[index]:.6g}",
        )
        is_zero = rows.volume == 0
        if is_zero.any():
            moved = is_zero & (rows.high > rows.low)
            tally.add_rows(FindingCode.ZERO_VOLUME, rows, is_zero & ~moved, _describe)
            tally.add_rows(FindingCode.MOVES_WITHOUT_VOLUME, rows, moved, _describe)


def _describe(rows: BarRows, index: int) -> str:
    return f"low {float(rows.low[index])!r}, high {float(rows.high[index])!r}, volume 0"
