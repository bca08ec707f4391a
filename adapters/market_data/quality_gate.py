"""Judges each series that a run is about to use, and refuses those that cannot be believed."""

from math import floor
from typing import Final

from application.errors import DataError
from application.market_history import SourceQuality
from domain.data_quality.second_source import SecondSource, second_source_findings
from domain.data_quality.series_quality import SeriesQuality
from domain.data_quality.validation import Claim, validate_bars
from domain.market import BarSeries

BARS: Final = "bars"
MARK: Final = "mark"
DETAIL: Final = "detail"

_SHOWN_STEPS: Final = 10_000


def judge_series(
    series: BarSeries, *, kind: str, origin: object, quality_min: float, marks: BarSeries | None = None
) -> SourceQuality:
    """Return how far a series can be believed.

    Args:
        series: The part of it that the run uses.
        kind: What it is: ``bars``, ``mark`` or ``detail``.
        origin: What it was read from, for messages.
        quality_min: Lowest score that is accepted, 0 to 1; 0 accepts every series.
        marks: Published mark prices of the same instrument, which tell a perpetual from the spot market.

    Raises:
        DataError: Its score is lower. The line names the file, the score and the gravest finding.
    """
    claim = Claim(symbol=series.symbol, interval_ns=series.interval_ns, is_traded=kind != MARK)
    quality = validate_bars(claim, [series])
    if marks is not None:
        quality = quality.with_findings(*second_source_findings(series, marks, SecondSource.MARK))
    if quality.score.total < quality_min:
        raise DataError(_refusal(quality, kind, origin, quality_min))
    return SourceQuality(
        symbol=series.symbol,
        kind=kind,
        score=quality.score.total,
        verdict=quality.verdict.value,
        worst="" if quality.worst is None else quality.worst.sentence,
    )


def _refusal(quality: SeriesQuality, kind: str, origin: object, quality_min: float) -> str:
    why = "there is no single cause" if quality.worst is None else quality.worst.sentence
    return (
        f"{origin}: {quality.symbol} {kind}: quality {shown_score(quality.score.total)} is below data.quality_min "
        f"{quality_min:g}: {why} `autotrading data validate` lists everything; data.quality_min: 0 uses it anyway"
    )


def shown_score(score: float) -> str:
    """Return a score with four digits, rounded down: what is shown as 0.9900 is at least that."""
    return f"{floor(score * _SHOWN_STEPS) / _SHOWN_STEPS:.4f}"
