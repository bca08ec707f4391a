"""Compares a series with another one of the same instrument: another source, the spot market, the mark price."""

from enum import Enum
from typing import Final

import numpy as np
from attrs import field, frozen

from domain.bar_table import BarTable
from domain.data_quality.findings import Finding, FindingCode, Occurrence
from domain.data_quality.tally import OCCURRENCES_MAX
from domain.market import BarSeries, Float64Array, Int64Array

AWAY_MAX: Final = 0.02
"""Log distance between two closes of one instant from which on a row is reported."""

IDENTICAL_WITH_SPOT_MAX: Final = 0.5
"""Hourly closes of the perpetuals of BTC and ETH equal the spot market's in 0.02 % and 0.15 % of all hours."""

IDENTICAL_WITH_MARK_MIN: Final = 0.02
"""The venue's mark price is the median of three prices, one of them the last price, so it often *is* the last price:
in 9 % to 68 % of the closes of seven perpetuals. A spot close equals the mark in less than 0.1 %."""

COMMON_MIN: Final = 500
"""Instants in common from which on shares are judged."""


class SecondSource(Enum):
    """What a series is compared with. The values are options of the command line."""

    SAME = "same"
    """The same market as another source has it."""

    SPOT = "spot"
    """The spot market of the same instrument."""

    MARK = "mark"
    """The mark price of the perpetual."""


@frozen(kw_only=True, eq=False)
class Comparison:
    """Two series at the instants at which bars of both close.

    Attributes:
        closed_at_ns: These instants, ascending, shape (n_common,).
        rows: Row of the first series for each, same shape.
        first: Closes of the series in question, same shape, quote per base.
        second: Closes of the other one, same shape.
    """

    closed_at_ns: Int64Array = field(repr=False)
    rows: Int64Array = field(repr=False)
    first: Float64Array = field(repr=False)
    second: Float64Array = field(repr=False)

    @property
    def n_common(self) -> int:
        """Instants in common."""
        return int(self.closed_at_ns.shape[0])

    @property
    def share_identical(self) -> float:
        """Share of closes that are the same to the last digit, 0 to 1."""
        return float((self.first == self.second).mean()) if self.n_common else 0.0

    @property
    def typical_distance(self) -> float:
        """Median log distance between the closes."""
        return float(np.median(np.abs(np.log(self.first / self.second)))) if self.n_common else 0.0


def compare(series: BarTable | BarSeries, other: BarTable | BarSeries) -> Comparison:
    """Lay two series side by side at common closes; bars may differ in length. Rows without a price do not count."""
    rows, other_rows = _with_price(series), _with_price(other)
    at_ns, at, other_at = np.intersect1d(
        series.opened_at_ns[rows] + series.interval_ns,
        other.opened_at_ns[other_rows] + other.interval_ns,
        return_indices=True,
    )
    rows, other_rows = rows[at], other_rows[other_at]
    return Comparison(closed_at_ns=at_ns, rows=rows, first=series.close[rows], second=other.close[other_rows])


def _with_price(series: BarTable | BarSeries) -> Int64Array:
    return np.flatnonzero(np.isfinite(series.close) & (series.close > 0))


def second_source_findings(
    series: BarTable | BarSeries, other: BarTable | BarSeries, kind: SecondSource
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Say what a second source reveals.

    Args:
        series: Bars that claim to be a perpetual's.
        other: The other series.
        kind: What the other series is.

    Returns:
        Findings, and what could not be told, one sentence each.
    """
    found = compare(series, other)
    if not found.n_common:
        return (), ("The second source has no close in common with the series, so nothing was compared.",)
    away = _away(found, int(series.interval_ns))
    findings = () if away is None else (away,)
    if kind is SecondSource.SAME:
        return findings, ()
    if found.n_common < COMMON_MIN:
        return findings, (f"Spot or perpetual cannot be told from {found.n_common:,} common closes; it takes 500.",)
    is_spot = (
        found.share_identical > IDENTICAL_WITH_SPOT_MAX
        if kind is SecondSource.SPOT
        else found.share_identical < IDENTICAL_WITH_MARK_MIN
    )
    return (*findings, _spot(found, kind)) if is_spot else findings, ()


def _away(found: Comparison, interval_ns: int) -> Finding | None:
    distance = np.abs(np.log(found.first / found.second))
    places = np.flatnonzero(distance > AWAY_MAX)
    if not places.size:
        return None
    occurrences = tuple(
        Occurrence(
            int(found.rows[place]),
            int(found.closed_at_ns[place]) - interval_ns,
            f"close {float(found.first[place])!r}, second source {float(found.second[place])!r}",
        )
        for place in places[:OCCURRENCES_MAX].tolist()
    )
    detail = f"Typically they are {found.typical_distance * 1e4:.1f} basis points apart."
    return Finding(code=FindingCode.SECOND_SOURCE, count=int(places.size), detail=detail, occurrences=occurrences)


def _spot(found: Comparison, kind: SecondSource) -> Finding:
    if kind is SecondSource.SPOT:
        what = "closes equal the spot market's; a perpetual's do in less than 1 %"
    else:
        what = "closes equal the mark price; a perpetual's do in 9 % and more, because its mark is often its last price"
    detail = f"{found.share_identical:.2%} of {found.n_common:,} {what}."
    return Finding(code=FindingCode.SPOT_AS_PERPETUAL, count=found.n_common, detail=detail)
