"""Says how far a series can be believed, and what repair would leave of it."""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import field, frozen

from application.errors import DataError
from application.market_series import Market, QualitySummary, SeriesKey, SeriesKind
from application.ports.series_source import SeriesSource
from domain.bar_table import BarTable, joined_table
from domain.data_quality.bar_rows import BoolArray
from domain.data_quality.findings import Finding, FindingCode, Severity
from domain.data_quality.funding_quality import validate_funding
from domain.data_quality.funding_repair import repair_funding
from domain.data_quality.repair import RepairAction, repair
from domain.data_quality.row_conflicts import ConflictPolicy
from domain.data_quality.second_source import SecondSource, second_source_findings
from domain.data_quality.series_quality import SeriesQuality, Verdict
from domain.data_quality.validation import BarValidation, Claim
from domain.funding_table import joined_funding
from domain.market import Int64Array
from domain.time_units import format_interval

JUDGED_KINDS: Final = (SeriesKind.BARS, SeriesKind.MARK, SeriesKind.INDEX, SeriesKind.FUNDING)
"""What is known to be judged."""

_BELIEVABLE: Final = (Verdict.GOOD, Verdict.USABLE)


@frozen(kw_only=True)
class Terms:
    """What is known of series from elsewhere.

    Attributes:
        as_of_ns: When the data were taken; None to go by what each source tells.
        against: Another source of the same instrument to compare bars with, if there is one.
    """

    as_of_ns: int | None = None
    against: SeriesSource | None = None


@frozen(kw_only=True)
class SeriesReport:
    """What validation says about one source.

    Attributes:
        name: What people call the source.
        key: The series that its rows claim to belong to.
        as_of_ns: When the data were taken; None if unknown.
        against: Name of the source that it was compared with, if there was one.
        quality: Findings, score and verdict.
        notes: How it was read, what was out of the ordinary about that, and what could not be told.
    """

    name: str
    key: SeriesKey
    as_of_ns: int | None
    against: str | None
    quality: SeriesQuality
    notes: tuple[str, ...]

    def summary(self, *, content_hash: str, judged_at_ns: int) -> QualitySummary:
        """Return what the catalogue remembers of it.

        Args:
            content_hash: Of the series that was judged.
            judged_at_ns: When.
        """
        severities = [finding.severity for finding in self.quality.findings]
        return QualitySummary(
            content_hash=content_hash,
            judged_at_ns=judged_at_ns,
            score=self.quality.score.total,
            verdict=self.quality.verdict.value,
            n_errors=severities.count(Severity.ERROR),
            n_warnings=severities.count(Severity.WARNING),
            worst="" if self.quality.worst is None else self.quality.worst.sentence,
        )


@frozen(kw_only=True, eq=False)
class RepairReport:
    """What repair made of one source.

    Attributes:
        n_rows_before: Rows looked at.
        rows: Where each row that is left stood in the source, from 0, in time order, shape (n_rows,).
        is_marked: Which of them are doubtful, same shape.
        actions: What was done; empty where nothing was wrong.
        quality: Of what is left.
    """

    n_rows_before: int
    rows: Int64Array = field(repr=False)
    is_marked: BoolArray = field(repr=False)
    actions: tuple[RepairAction, ...]
    quality: SeriesQuality

    @property
    def n_rows(self) -> int:
        """Rows that are left."""
        return int(self.rows.shape[0])


@frozen(kw_only=True)
class JudgedSource:
    """One source, judged, and repaired where somebody asked for that.

    Attributes:
        report: What validation says about it as it stands.
        repair: What repair made of it; None where nobody asked.
        repaired_to: Where that was written.
    """

    report: SeriesReport
    repair: RepairReport | None = None
    repaired_to: str | None = None

    @property
    def is_believable(self) -> bool:
        """Whether a backtest can stand on it, or on what repair has left of it."""
        quality = self.report.quality if self.repair is None else self.repair.quality
        return quality.verdict in _BELIEVABLE


def validate_source(source: SeriesSource, terms: Terms) -> SeriesReport:
    """Return how far a source can be believed. Memory is bounded, unless there is another source to compare with.

    Raises:
        DataError: It cannot be read, its kind is not one that is known to be judged, or the second source is of
            another instrument.
    """
    _check(source, terms)
    if source.key.kind is SeriesKind.FUNDING:
        quality = validate_funding(source.key.symbol, source.funding_chunks())
    else:
        quality = _bar_quality(source, source.bar_chunks(), terms)
    return SeriesReport(
        name=source.name,
        key=source.key,
        as_of_ns=_as_of_ns(source, terms),
        against=None if terms.against is None else terms.against.name,
        quality=quality,
        notes=(*source.notes, *quality.notes),
    )


def repair_source(source: SeriesSource, terms: Terms, conflicts: ConflictPolicy) -> RepairReport:
    """Return what repair leaves of a source; the source stays as it is. It is held in memory as a whole.

    Raises:
        DataError: As `validate_source`; or its rows are of another interval than claimed; or no row would be left.
    """
    _check(source, terms)
    report = _repaired_funding(source, conflicts) if _is_funding(source) else _repaired_bars(source, terms, conflicts)
    if not report.n_rows:
        raise DataError(f"{source.name}: repair leaves no rows, so nothing was written")
    return report


def _repaired_funding(source: SeriesSource, conflicts: ConflictPolicy) -> RepairReport:
    table = joined_funding(source.key.symbol, source.funding_chunks())
    done = repair_funding(table, conflicts)
    return RepairReport(
        n_rows_before=len(table),
        rows=done.rows,
        is_marked=done.is_marked,
        actions=done.actions,
        quality=validate_funding(source.key.symbol, [done.table]),
    )


def _repaired_bars(source: SeriesSource, terms: Terms, conflicts: ConflictPolicy) -> RepairReport:
    table = joined_table(source.key.symbol, source.key.bar_interval_ns, source.bar_chunks())
    _check_interval(source, _bar_quality(source, [table], terms))
    done = repair(table, _claim(source, terms), conflicts)
    return RepairReport(
        n_rows_before=len(table),
        rows=done.rows,
        is_marked=done.is_marked,
        actions=done.actions,
        quality=_bar_quality(source, [done.table], terms),
    )


def _check_interval(source: SeriesSource, quality: SeriesQuality) -> None:
    """Refuse to drop what is off the grid of an interval that the rows do not have."""
    if any(finding.code is FindingCode.INTERVAL_MISMATCH for finding in quality.findings):
        known = "" if quality.inferred_ns is None else f", {format_interval(quality.inferred_ns)},"
        raise DataError(
            f"{source.name}: the rows are of another interval{known} than {format_interval(quality.interval_ns)}; "
            "repair needs the right one"
        )


def _bar_quality(source: SeriesSource, chunks: Iterable[BarTable], terms: Terms) -> SeriesQuality:
    validation = BarValidation(_claim(source, terms))
    kept: list[BarTable] = []
    for chunk in chunks:
        validation.add(chunk)
        if terms.against is not None:
            kept.append(chunk)
    quality = validation.finish()
    if terms.against is None:
        return quality.with_findings((), _untold(source.key))
    table = joined_table(source.key.symbol, source.key.bar_interval_ns, kept)
    return quality.with_findings(*_compared(source.key, table, terms.against))


def _compared(key: SeriesKey, table: BarTable, against: SeriesSource) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    other = joined_table(against.key.symbol, against.key.bar_interval_ns, against.bar_chunks())
    findings, notes = second_source_findings(table, other, _kind_of_second(key, against.key))
    return findings, notes


def _kind_of_second(key: SeriesKey, other: SeriesKey) -> SecondSource:
    """Return what the second source tells: only bars that claim to be a perpetual's can be taken for spot bars."""
    if key.market is not Market.UM or key.kind is not SeriesKind.BARS:
        return SecondSource.SAME
    if other.market is Market.SPOT:
        return SecondSource.SPOT
    return SecondSource.MARK if other.kind is SeriesKind.MARK else SecondSource.SAME


def _untold(key: SeriesKey) -> Iterator[str]:
    if key.market is Market.UM and key.kind is SeriesKind.BARS:
        yield "Spot or perpetual cannot be told without the mark price or the spot market to compare with."


def _claim(source: SeriesSource, terms: Terms) -> Claim:
    return Claim(
        symbol=source.key.symbol,
        interval_ns=source.key.bar_interval_ns,
        is_traded=source.key.kind is SeriesKind.BARS,
        as_of_ns=_as_of_ns(source, terms),
    )


def _as_of_ns(source: SeriesSource, terms: Terms) -> int | None:
    return source.as_of_ns if terms.as_of_ns is None else terms.as_of_ns


def _is_funding(source: SeriesSource) -> bool:
    return source.key.kind is SeriesKind.FUNDING


def _check(source: SeriesSource, terms: Terms) -> None:
    if source.key.kind not in JUDGED_KINDS:
        known = ", ".join(kind.value for kind in JUDGED_KINDS)
        raise DataError(f"{source.name}: holds {source.key.kind.value}; what can be validated is {known}")
    if terms.against is not None:
        _check_against(source, terms.against)


def _check_against(source: SeriesSource, against: SeriesSource) -> None:
    if _is_funding(source) or not against.key.kind.has_bars or against.key.kind is SeriesKind.PREMIUM:
        raise DataError(
            f"{source.name}: holds {source.key.kind.value} and cannot be compared with {against.key.kind.value} "
            f"({against.name}); bars are compared with bars"
        )
    if against.key.symbol != source.key.symbol:
        raise DataError(
            f"{source.name}: holds {source.key.symbol}, but {against.name} to compare with holds {against.key.symbol}"
        )
