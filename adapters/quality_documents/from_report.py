"""Turns what validation found into its document."""

from collections.abc import Iterable
from math import isfinite

from adapters.quality_documents.document import (
    ActionPart,
    FindingPart,
    GapPart,
    HabitPart,
    OccurrencePart,
    RepairPart,
    ScorePart,
    SeriesPart,
    ValidationDocument,
)
from application.data_validation import JudgedSource, RepairReport, SeriesReport
from domain.data_quality.findings import Finding, Occurrence
from domain.data_quality.market_look import Habit
from domain.data_quality.repair import RepairAction
from domain.data_quality.series_quality import Score, SeriesQuality
from domain.time_units import format_interval, iso_utc


def validation_document(judged: Iterable[JudgedSource]) -> ValidationDocument:
    """Return what was found in all sources, in the order given."""
    sources = tuple(judged)
    return ValidationDocument(
        format="autotrading.validation/1",
        is_usable=all(each.is_believable for each in sources),
        series=tuple(_series(each.report, _repair(each)) for each in sources),
    )


def _series(report: SeriesReport, repair: RepairPart | None) -> SeriesPart:
    quality = report.quality
    return SeriesPart(
        source=report.name,
        series=str(report.key),
        interval=format_interval(quality.interval_ns),
        inferred_interval=None if quality.inferred_ns is None else format_interval(quality.inferred_ns),
        as_of=_instant(report.as_of_ns),
        against=report.against,
        rows=quality.n_rows,
        sound_rows=quality.n_sound,
        start=_instant(quality.start_ns),
        end=_instant(quality.end_ns),
        score=_score(quality.score),
        verdict=quality.verdict.value,
        conclusion=quality.conclusion,
        findings=tuple(map(_finding, quality.findings)),
        gaps=tuple(GapPart(start=iso_utc(gap.start_ns), rows=gap.n_missing) for gap in quality.gaps),
        habits=tuple(map(_habit, quality.habits)),
        notes=report.notes,
        repair=repair,
    )


def _instant(at_ns: int | None) -> str | None:
    return None if at_ns is None else iso_utc(at_ns)


def _score(score: Score) -> ScorePart:
    return ScorePart(
        total=score.total,
        completeness=score.completeness,
        validity=score.validity,
        consistency=score.consistency,
        plausibility=score.plausibility,
    )


def _finding(finding: Finding) -> FindingPart:
    return FindingPart(
        code=finding.code.value,
        severity=finding.severity.value,
        part=finding.facts.part.value,
        rows=finding.count,
        sentence=finding.sentence,
        is_repairable=finding.facts.is_repairable,
        is_fatal=finding.facts.is_fatal,
        occurrences=tuple(map(_occurrence, finding.occurrences)),
    )


def _occurrence(place: Occurrence) -> OccurrencePart:
    row = None if place.row is None else place.row + 1
    return OccurrencePart(row=row, at=iso_utc(place.at_ns), values=place.values)


def _habit(habit: Habit) -> HabitPart:
    return HabitPart(name=habit.name, value=habit.value if isfinite(habit.value) else None, lowest=habit.lowest)


def _repair(judged: JudgedSource) -> RepairPart | None:
    if judged.repair is None or judged.repaired_to is None:
        return None
    return repair_part(judged.repair, judged.repaired_to)


def repair_part(report: RepairReport, output: str) -> RepairPart:
    """Return what repair did to one source, and where the rows that are left were written."""
    quality: SeriesQuality = report.quality
    return RepairPart(
        output=output,
        rows_before=report.n_rows_before,
        rows_after=report.n_rows,
        rows_marked=int(report.is_marked.sum()),
        actions=tuple(map(_action, report.actions)),
        score=_score(quality.score),
        verdict=quality.verdict.value,
        conclusion=quality.conclusion,
    )


def _action(action: RepairAction) -> ActionPart:
    return ActionPart(
        deed=action.deed.value,
        reason=action.reason.value,
        rows=action.count,
        at=tuple(map(iso_utc, action.at_ns.tolist())),
    )
