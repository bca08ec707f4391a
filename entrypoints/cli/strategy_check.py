"""The command `strategy check`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from application.strategy_kit.outcome import KitReport
from entrypoints.configuration.keys import PlainValue, shown
from entrypoints.configuration.yaml_text import YamlTextError, read_yaml
from entrypoints.errors import ConfigurationError, UntrustworthyResultError
from entrypoints.own_code.output import prints_to_stderr
from entrypoints.strategy_kit.checking import check_subject
from entrypoints.strategy_kit.subjects import make_subject


def check_named_strategy(name: str, parameters: Sequence[tuple[str, str]], *, walk_s: float, as_json: bool) -> None:
    """Run the kit on a strategy and print what it says.

    Raises:
        ConfigurationError: There is no such strategy, or it has no such parameters.
        UntrustworthyResultError: A check has failed.
    """
    with prints_to_stderr():
        subject = make_subject(name, {key: _plain(key, value) for key, value in parameters}, Path.cwd(), walk_s)
        report = check_subject(subject, walk_s=walk_s)
    if as_json:
        sys.stdout.write(json.dumps(_document(name, report), indent=2, ensure_ascii=False) + "\n")
    else:
        from entrypoints.terminal.strategy_tables import print_kit_report  # noqa: PLC0415

        print_kit_report(name, report)
    if not report.is_passed:
        failures = ", ".join(outcome.check for outcome in report.failures)
        n_failed, n_all = len(report.failures), len(report.outcomes)
        raise UntrustworthyResultError(f"{name} fails {n_failed} of {n_all} checks: {failures}")


def _plain(key: str, text: str) -> PlainValue:
    """Return what a value means where it stands in a configuration."""
    try:
        return read_yaml(text)
    except YamlTextError as error:
        raise ConfigurationError(f"--parameters {key}: {shown(text)} is no value: {error}") from error


def _document(name: str, report: KitReport) -> dict[str, object]:
    return {
        "strategy": name,
        "passed": report.is_passed,
        "checks": [
            {"check": each.check, "verdict": each.verdict.value, "line": each.line, "evidence": each.evidence or None}
            for each in report.outcomes
        ],
    }
