"""What a check of the kit says."""

from enum import Enum

from attrs import frozen

from application.strategy_kit.walking import Problem
from domain.time_units import iso_utc


class Verdict(Enum):
    """How a check came out."""

    PASSED = "pass"
    FAILED = "fail"
    NOT_APPLICABLE = "not applicable"


@frozen
class Outcome:
    """What one check says.

    Attributes:
        check: Its name.
        verdict: How it came out.
        line: What was tried, or what is wrong, in one line.
        evidence: Where that shows: market, bar and both values; empty unless it failed.
    """

    check: str
    verdict: Verdict
    line: str
    evidence: str = ""


@frozen
class KitReport:
    """What all checks say about one strategy.

    Attributes:
        outcomes: Of every check, in the order in which they were made.
    """

    outcomes: tuple[Outcome, ...]

    @property
    def is_passed(self) -> bool:
        """Whether no check has failed."""
        return not self.failures

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """What has failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict is Verdict.FAILED)

    @property
    def in_words(self) -> str:
        """What has failed, a line for each, with its evidence."""
        return "\n".join(f"{each.check}: {each.line} ({each.evidence})" for each in self.failures)


def passed(check: str, line: str) -> Outcome:
    """Return that a check has found nothing."""
    return Outcome(check, Verdict.PASSED, line)


def failed(check: str, line: str, evidence: str) -> Outcome:
    """Return what a check has found."""
    return Outcome(check, Verdict.FAILED, line, evidence)


def not_applicable(check: str, reason: str) -> Outcome:
    """Return why a check says nothing."""
    return Outcome(check, Verdict.NOT_APPLICABLE, reason)


def placed(market: str, at_ns: int | None) -> str:
    """Return where something was seen."""
    return f"{market}, before the first bar" if at_ns is None else f"{market}, bar closed at {iso_utc(at_ns)}"


def of_problem(check: str, market: str, problem: Problem) -> Outcome:
    """Return the failure of a walk that did not come to its end."""
    return failed(check, problem.what, placed(market, problem.at_ns))
