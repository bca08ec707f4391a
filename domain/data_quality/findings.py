"""What can be wrong with a series of market data, each with a stable code and a sentence for people."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from attrs import frozen


class Severity(Enum):
    """How much a finding weighs. The values are stored in documents."""

    ERROR = "error"
    """The series must not be traded on as it stands."""

    WARNING = "warning"
    """It can be true, but somebody should look."""

    INFO = "info"
    """Worth knowing; it does not count against the series."""


class Part(Enum):
    """Which part of the score a finding belongs to. The values are stored in documents."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    CONSISTENCY = "consistency"
    PLAUSIBILITY = "plausibility"


class FindingCode(Enum):
    """What is wrong. The values are stored in documents and acted upon; they never change their meaning."""

    EMPTY = "empty"
    GAP = "gap"
    NOT_FINITE = "not_finite"
    NOT_POSITIVE = "not_positive"
    PRICE_RELATION = "price_relation"
    NEGATIVE_VOLUME = "negative_volume"
    TIME_UNIT = "time_unit"
    OFF_GRID = "off_grid"
    ORDER = "order"
    DUPLICATE = "duplicate"
    CONFLICTING_DUPLICATE = "conflicting_duplicate"
    INTERVAL_MISMATCH = "interval_mismatch"
    MIXED_INTERVAL = "mixed_interval"
    UNFINISHED_BAR = "unfinished_bar"
    THIN_LAST_BAR = "thin_last_bar"
    OUTLIER = "outlier"
    PRICE_JUMP = "price_jump"
    LEVEL_JUMP = "level_jump"
    FROZEN = "frozen"
    ZERO_VOLUME = "zero_volume"
    MOVES_WITHOUT_VOLUME = "moves_without_volume"
    ABSURD_VOLUME = "absurd_volume"
    SYNTHETIC_LOOK = "synthetic_look"
    SPOT_AS_PERPETUAL = "spot_as_perpetual"
    SECOND_SOURCE = "second_source"
    ABSURD_RATE = "absurd_rate"
    FUNDING_INTERVAL = "funding_interval"


@frozen
class CodeFacts:
    """What holds for every finding of one code.

    Attributes:
        severity: How much it weighs.
        part: Which part of the score it belongs to.
        sentence: Plain language; ``{rows}`` stands for the counted rows.
        is_repairable: Whether dropping rows, or sorting them, removes it.
        is_fatal: Whether the series as a whole must not be used, however few rows show it.
    """

    severity: Severity
    part: Part
    sentence: str
    is_repairable: bool = False
    is_fatal: bool = False


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

FACTS: Final[Mapping[FindingCode, CodeFacts]] = {
    FindingCode.EMPTY: CodeFacts(_ERROR, Part.COMPLETENESS, "There are no rows.", is_fatal=True),
    FindingCode.GAP: CodeFacts(_WARNING, Part.COMPLETENESS, "{rows} missing."),
    FindingCode.NOT_FINITE: CodeFacts(
        _ERROR, Part.VALIDITY, "{rows} with NaN or infinity where a number belongs.", is_repairable=True
    ),
    FindingCode.NOT_POSITIVE: CodeFacts(
        _ERROR, Part.VALIDITY, "{rows} with a price that is zero or negative.", is_repairable=True
    ),
    FindingCode.PRICE_RELATION: CodeFacts(
        _ERROR, Part.VALIDITY, "{rows} where high or low contradicts the other prices.", is_repairable=True
    ),
    FindingCode.NEGATIVE_VOLUME: CodeFacts(_ERROR, Part.VALIDITY, "{rows} with a negative volume.", is_repairable=True),
    FindingCode.TIME_UNIT: CodeFacts(
        _ERROR,
        Part.CONSISTENCY,
        "{rows} with a time that no market has seen: a wrong unit.",
        is_repairable=True,
        is_fatal=True,
    ),
    FindingCode.OFF_GRID: CodeFacts(
        _ERROR, Part.CONSISTENCY, "{rows} that open where no bar of this interval opens.", is_repairable=True
    ),
    FindingCode.ORDER: CodeFacts(
        _ERROR, Part.CONSISTENCY, "{rows} that go back in time behind the row before.", is_repairable=True
    ),
    FindingCode.DUPLICATE: CodeFacts(
        _ERROR, Part.CONSISTENCY, "{rows} that repeat another row value for value.", is_repairable=True
    ),
    FindingCode.CONFLICTING_DUPLICATE: CodeFacts(
        _ERROR, Part.CONSISTENCY, "{rows} that claim the time of another row with other values.", is_repairable=True
    ),
    FindingCode.INTERVAL_MISMATCH: CodeFacts(
        _ERROR, Part.CONSISTENCY, "The rows are another interval than claimed.", is_fatal=True
    ),
    FindingCode.MIXED_INTERVAL: CodeFacts(
        _ERROR, Part.CONSISTENCY, "{rows} in stretches of another interval.", is_fatal=True
    ),
    FindingCode.UNFINISHED_BAR: CodeFacts(
        _ERROR, Part.CONSISTENCY, "{rows} had not closed when the data were taken.", is_repairable=True
    ),
    FindingCode.THIN_LAST_BAR: CodeFacts(
        _WARNING, Part.CONSISTENCY, "The last bar holds so little that it may not have been finished."
    ),
    FindingCode.OUTLIER: CodeFacts(
        _WARNING, Part.PLAUSIBILITY, "{rows} whose close moved far beyond what the rows before let expect."
    ),
    FindingCode.PRICE_JUMP: CodeFacts(
        _WARNING, Part.PLAUSIBILITY, "{rows} that open more than 5 % away from the close just before."
    ),
    FindingCode.LEVEL_JUMP: CodeFacts(
        _ERROR,
        Part.PLAUSIBILITY,
        "At {rows} the price changes its level and does not return: another coin or unit under the same name.",
        is_fatal=True,
    ),
    FindingCode.FROZEN: CodeFacts(
        _WARNING, Part.PLAUSIBILITY, "{rows} in which the prices stand still for long, or whole rows are repeated."
    ),
    FindingCode.ZERO_VOLUME: CodeFacts(_INFO, Part.PLAUSIBILITY, "{rows} in which nothing was traded."),
    FindingCode.MOVES_WITHOUT_VOLUME: CodeFacts(
        _WARNING, Part.PLAUSIBILITY, "{rows} in which the price moved though nothing was traded."
    ),
    FindingCode.ABSURD_VOLUME: CodeFacts(
        _WARNING, Part.PLAUSIBILITY, "{rows} with more than 2,000 times the usual volume."
    ),
    FindingCode.SYNTHETIC_LOOK: CodeFacts(
        _ERROR, Part.PLAUSIBILITY, "The series looks generated, not traded.", is_fatal=True
    ),
    FindingCode.SPOT_AS_PERPETUAL: CodeFacts(
        _ERROR, Part.PLAUSIBILITY, "The prices look like the spot market's, not the perpetual's.", is_fatal=True
    ),
    FindingCode.SECOND_SOURCE: CodeFacts(
        _WARNING, Part.PLAUSIBILITY, "{rows} more than 2 % away from the second source."
    ),
    FindingCode.ABSURD_RATE: CodeFacts(
        _ERROR, Part.VALIDITY, "{rows} with a funding rate beyond 4 % for one settlement.", is_repairable=True
    ),
    FindingCode.FUNDING_INTERVAL: CodeFacts(
        _INFO, Part.CONSISTENCY, "{rows} at which the time between settlements changes."
    ),
}


@frozen
class Occurrence:
    """One place at which something was found.

    Attributes:
        row: Index of the row in the order found, from 0; None where a row is missing.
        at_ns: Instant that the row carries, or from which on rows are missing.
        values: What stands there, in words.
    """

    row: int | None
    at_ns: int
    values: str


@frozen(kw_only=True)
class Finding:
    """Everything of one kind that was found in one series.

    Attributes:
        code: What is wrong.
        count: Rows concerned; missing ones for a gap.
        detail: Figures behind it, in words; empty where the sentence says all.
        occurrences: The first places, in the order found.
    """

    code: FindingCode
    count: int
    detail: str = ""
    occurrences: tuple[Occurrence, ...] = ()

    @property
    def facts(self) -> CodeFacts:
        """What holds for every finding of this code."""
        return FACTS[self.code]

    @property
    def severity(self) -> Severity:
        """How much it weighs."""
        return self.facts.severity

    @property
    def sentence(self) -> str:
        """One or two sentences in plain language."""
        rows = f"{self.count:,} row" if self.count == 1 else f"{self.count:,} rows"
        said = self.facts.sentence.format(rows=rows)
        return f"{said} {self.detail}" if self.detail else said


_SEVERITIES: Final = tuple(Severity)
_CODES: Final = tuple(FindingCode)


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order in which people should read them: what concerns all, errors, warnings, infos."""
    return tuple(sorted(findings, key=_gravity))


def _gravity(finding: Finding) -> tuple[bool, int, int]:
    return not finding.facts.is_fatal, _SEVERITIES.index(finding.severity), _CODES.index(finding.code)
