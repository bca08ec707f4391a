"""What validation says about one series: findings, score and verdict."""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from attrs import evolve, frozen

from domain.data_quality.findings import Finding, Part, Severity, gravest_first
from domain.data_quality.market_look import Habit
from domain.data_quality.row_times import Gap

PENALTY: Final = 5.0
"""How often a row with a finding counts: a fifth of all rows takes a part of the score to zero."""

ERROR_SCORE_MAX: Final = 0.98
FATAL_SCORE_MAX: Final = 0.3
GOOD_SCORE_MIN: Final = 0.99
USABLE_SCORE_MIN: Final = 0.9
DOUBTFUL_SCORE_MIN: Final = 0.5


class Verdict(Enum):
    """What to do with a series. The values are stored in documents."""

    GOOD = "good"
    USABLE = "usable"
    DOUBTFUL = "doubtful"
    UNUSABLE = "unusable"


_ADVICE: Final = {
    Verdict.GOOD: "Good to trade on.",
    Verdict.USABLE: "Usable, with faults that a backtest can stand.",
    Verdict.DOUBTFUL: "Doubtful: do not trade on it as it stands.",
    Verdict.UNUSABLE: "Unusable as it stands.",
}


@frozen(kw_only=True)
class Score:
    """How far a series can be believed, 0 to 1, and what that is made of.

    Each part but the first is ``1 - min(1, 5 × rows with a finding of that part / rows)``; errors and warnings count,
    infos do not. The first is bars present over bars expected by the series' own interval. The whole is their
    product, because a series is as bad as its worst part: what is complete but impossible is worth nothing. An error
    caps the whole at 0.98 and a finding that concerns the series as a whole at 0.3, so that 0.99 and more means no
    error.

    Attributes:
        completeness: Bars present over bars expected between the first and the last one.
        validity: From rows with impossible values.
        consistency: From times that repeat, go back, are off the grid or of the wrong unit.
        plausibility: From moves, levels and volumes that markets do not show.
        total: The whole.
    """

    completeness: float
    validity: float
    consistency: float
    plausibility: float
    total: float


@frozen(kw_only=True)
class SeriesQuality:
    """The result of validating one series.

    Attributes:
        symbol: Instrument claimed.
        interval_ns: Interval claimed.
        inferred_ns: Interval that the rows show; None where there are too few to tell.
        n_rows: Rows looked at.
        n_sound: Rows without an error.
        start_ns: Earliest possible open; None without rows.
        end_ns: Latest possible close; None without rows.
        bars_present: Bars present over bars expected, 0 to 1.
        findings: What was found, gravest first.
        gaps: The first stretches without rows, in time order.
        habits: Figures that tell traded from generated series; empty where there is too little to tell.
        notes: What could not be told, one sentence each.
    """

    symbol: str
    interval_ns: int
    inferred_ns: int | None
    n_rows: int
    n_sound: int
    start_ns: int | None
    end_ns: int | None
    bars_present: float
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...] = ()
    habits: tuple[Habit, ...] = ()
    notes: tuple[str, ...] = ()

    def with_findings(self, more: Iterable[Finding], notes: Iterable[str] = ()) -> "SeriesQuality":
        """Return the same with findings that came from elsewhere, such as a second source."""
        return evolve(self, findings=gravest_first((*self.findings, *more)), notes=(*self.notes, *notes))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that forbid to trade on the series as it stands."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def worst(self) -> Finding | None:
        """The gravest finding that counts against the series; None where there is none."""
        return next((finding for finding in self.findings if finding.severity is not Severity.INFO), None)

    @property
    def score(self) -> Score:
        """How far it can be believed."""
        parts = {part: self._part(part) for part in (Part.VALIDITY, Part.CONSISTENCY, Part.PLAUSIBILITY)}
        total = self.bars_present
        for value in parts.values():
            total *= value
        return Score(
            completeness=self.bars_present,
            validity=parts[Part.VALIDITY],
            consistency=parts[Part.CONSISTENCY],
            plausibility=parts[Part.PLAUSIBILITY],
            total=min(total, self._score_max()),
        )

    def _part(self, part: Part) -> float:
        counted = [
            each.count for each in self.findings if each.facts.part is part and each.severity is not Severity.INFO
        ]
        return 1.0 - min(1.0, PENALTY * sum(counted) / max(self.n_rows, 1))

    def _score_max(self) -> float:
        if any(finding.facts.is_fatal for finding in self.findings):
            return FATAL_SCORE_MAX
        return ERROR_SCORE_MAX if self.errors else 1.0

    @property
    def verdict(self) -> Verdict:
        """What to do with it."""
        total = self.score.total
        if total < DOUBTFUL_SCORE_MIN:
            return Verdict.UNUSABLE
        if self.errors or total < USABLE_SCORE_MIN:
            return Verdict.DOUBTFUL
        return Verdict.GOOD if total >= GOOD_SCORE_MIN else Verdict.USABLE

    @property
    def conclusion(self) -> str:
        """The verdict in plain language, with the worst that was found and whether repair helps."""
        said = [_ADVICE[self.verdict]]
        if self.worst is not None:
            said.append(self.worst.sentence)
        if self.errors and all(finding.facts.is_repairable for finding in self.errors):
            said.append("Repair removes every error.")
        return " ".join(said)
