"""Closes that move, and opens that lie, far beyond what the rows before let expect."""

from typing import Final

import numpy as np
from attrs import define, field

from domain.data_quality.bar_rows import BarRows
from domain.data_quality.findings import FindingCode
from domain.data_quality.past_scale import PastScale
from domain.data_quality.tally import Tally
from domain.market import Float64Array

OUTLIER_SIGMAS: Final = 30.0
"""Robust standard deviations. Real one-minute series of liquid perpetuals show it once in ten thousand bars."""

JUMP: Final = 0.05
"""Log distance from close to next open. Over 2.9 million real bars without a gap between them it was exceeded twice,
both times in the first three hours of ETHUSDT's perpetual."""

_SIGMA_PER_MEDIAN: Final = 1 / 0.6745
# A quiet market must not make a basis point an outlier: 30 times this is 0.3 %.
_SIGMA_MIN: Final = 1e-4


@define
class Returns:
    """Judges each close by the moves before it, and each open by the close before it.

    Attributes:
        interval_ns: Length of a bar.
    """

    interval_ns: int
    _scale: PastScale = field(factory=PastScale, init=False)
    _last_close: float = field(default=np.nan, init=False)
    _last_at_ns: int = field(default=0, init=False)

    def see(self, rows: BarRows, tally: Tally) -> tuple[Float64Array, Float64Array]:
        """Take one block of possible rows.

        Returns:
            Size of the log return of each close, and how many robust standard deviations of the past it is (NaN
            while there is too little past), both shape (n_rows,); the first row of the series has not moved.
        """
        log_close = np.log(rows.close)
        before = np.concatenate(([self._last_close], log_close[:-1]))
        moves = np.nan_to_num(np.abs(log_close - before), copy=False, nan=0.0)
        sigma = np.maximum(self._scale.see(moves) * _SIGMA_PER_MEDIAN, _SIGMA_MIN)
        sigmas = moves / sigma
        tally.add_rows(
            FindingCode.OUTLIER,
            rows,
            sigmas > OUTLIER_SIGMAS,
            lambda found, index: (
                f"close {float(found.close[index])!r}, moved {_percent(moves[index])}: "
                f"{sigmas[index]:.0f} robust standard deviations"
            ),
        )
        self._check_opens(rows, before, tally)
        self._last_close, self._last_at_ns = float(log_close[-1]), int(rows.opened_at_ns[-1])
        return moves, sigmas

    def _check_opens(self, rows: BarRows, before: Float64Array, tally: Tally) -> None:
        steps = np.diff(rows.opened_at_ns, prepend=np.int64(self._last_at_ns))
        away = np.abs(np.log(rows.open) - before)
        tally.add_rows(
            FindingCode.PRICE_JUMP,
            rows,
            (away > JUMP) & (steps == self.interval_ns),
            lambda found, index: f"open {float(found.open[index])!r}, close before {np.exp(before[index]):.10g}",
        )


def _percent(move: float) -> str:
    return f"{np.expm1(move):,.1%}"
