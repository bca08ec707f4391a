"""What validation found, for people."""

from collections.abc import Iterator, Sequence
from math import floor
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from application.data_validation import JudgedSource, RepairReport, SeriesReport
from domain.data_quality.findings import Finding, Severity
from domain.data_quality.row_times import Gap
from domain.data_quality.series_quality import SeriesQuality, Verdict
from domain.time_units import format_interval, iso_utc
from entrypoints.terminal.console import report_console
from entrypoints.terminal.tables import heading, line, listing, pairs

_PLACES_SHOWN: Final = 3
_GAPS_SHOWN: Final = 10
_COLORS: Final = {
    Verdict.GOOD: "green",
    Verdict.USABLE: "yellow",
    Verdict.DOUBTFUL: "red",
    Verdict.UNUSABLE: "bold red",
}
_SEVERITY_COLORS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_SHOWN_STEPS: Final = 10_000


def print_judged(judged: Sequence[JudgedSource], *, verbose: bool) -> None:
    """Print one source in full; of several a table, and in full those that are not good, or all where asked for."""
    console = report_console()
    for part in _judged(judged, verbose=verbose):
        console.print(part)


def _judged(judged: Sequence[JudgedSource], *, verbose: bool) -> Iterator[RenderableType]:
    if len(judged) > 1:
        rows = (_row(each.report) for each in judged)
        yield listing(["source"], ["rows", "score"], rows, "verdict")
    for each in judged:
        if len(judged) == 1 or verbose or each.report.quality.verdict is not Verdict.GOOD:
            yield Text()
            yield from _report(each.report, verbose=verbose)
            if each.repair is not None:
                yield from _repair(each.repair, each.repaired_to or "")


def _row(report: SeriesReport) -> list[str | Text]:
    quality = report.quality
    return [report.name, f"{quality.n_rows:,}", _score(quality.score.total), _verdict(quality)]


def _verdict(quality: SeriesQuality) -> Text:
    return Text(quality.verdict.value, _COLORS[quality.verdict])


def _score(score: float) -> str:
    """Return a score rounded down: what is shown as 0.9900 is at least that."""
    return f"{floor(score * _SHOWN_STEPS) / _SHOWN_STEPS:.4f}"


def _report(report: SeriesReport, *, verbose: bool) -> Iterator[RenderableType]:
    quality = report.quality
    yield heading(report.name)
    yield line(quality.conclusion, _COLORS[quality.verdict])
    yield pairs(_facts(report))
    if quality.findings:
        yield heading("Findings")
        yield listing(["severity", "code"], ["rows"], map(_finding, quality.findings), "what")
    for finding in quality.findings:
        yield from _places(finding, verbose=verbose)
    yield from _gaps(quality.gaps, verbose=verbose)
    for note in report.notes:
        yield line(note, "dim")


def _facts(report: SeriesReport) -> Iterator[tuple[str, str]]:
    quality, score = report.quality, report.quality.score
    yield "series", str(report.key)
    yield "rows", f"{quality.n_rows:,}, {quality.n_sound:,} of them sound"
    if quality.start_ns is not None and quality.end_ns is not None:
        yield "from", _moment(quality.start_ns)
        yield "to", _moment(quality.end_ns)
    if quality.inferred_ns is not None:
        yield "usual step", format_interval(quality.inferred_ns)
    if report.as_of_ns is not None:
        yield "taken by", _moment(report.as_of_ns)
    if report.against is not None:
        yield "compared with", report.against
    yield "score", _score(score.total)
    for name in ("completeness", "validity", "consistency", "plausibility"):
        yield f"  {name}", _score(getattr(score, name))


def _finding(finding: Finding) -> list[str | Text]:
    severity = Text(finding.severity.value, _SEVERITY_COLORS[finding.severity])
    return [severity, finding.code.value, f"{finding.count:,}", finding.sentence]


def _places(finding: Finding, *, verbose: bool) -> Iterator[RenderableType]:
    """Yield where something was found; gaps have a list of their own, and what is harmless is not located."""
    if finding.severity is Severity.INFO and not verbose:
        return
    shown = finding.occurrences if verbose else finding.occurrences[:_PLACES_SHOWN]
    for place in shown:
        if place.row is not None:
            yield line(f"{finding.code.value}: row {place.row + 1:,}, {_moment(place.at_ns)}: {place.values}", "dim")


def _gaps(gaps: Sequence[Gap], *, verbose: bool) -> Iterator[RenderableType]:
    if not gaps:
        return
    shown = gaps if verbose else gaps[:_GAPS_SHOWN]
    yield heading(f"Gaps (first {len(shown)} of {len(gaps):,})" if len(shown) < len(gaps) else "Gaps")
    yield listing(["from"], ["rows missing"], ([_moment(gap.start_ns), f"{gap.n_missing:,}"] for gap in shown))


def _repair(repair: RepairReport, output: str) -> Iterator[RenderableType]:
    yield heading("Repair")
    rows = ([each.deed.value, each.reason.value, f"{each.count:,}", _first(each.at_ns[0])] for each in repair.actions)
    if repair.actions:
        yield listing(["what was done", "because of"], ["rows", "first at"], rows)
    yield line(
        f"{repair.n_rows:,} of {repair.n_rows_before:,} rows written to {output}; the record is {output}.repairs."
    )
    marked = int(repair.is_marked.sum())
    if marked:
        yield line(f"{marked:,} of them are marked: their column doubtful is true.", "yellow")
    quality = repair.quality
    yield line(f"What is left scores {_score(quality.score.total)}. {quality.conclusion}", _COLORS[quality.verdict])


def _first(at_ns: int) -> str:
    return _moment(int(at_ns))


def _moment(at_ns: int) -> str:
    return iso_utc(at_ns).replace("T", " ")
