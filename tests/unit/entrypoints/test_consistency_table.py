"""The rules on settings that have to fit together, one by one, with whether they refuse or warn.

Each row is a rule of the requirements with a configuration that just breaks it and one that just does not. Rules on
what the product does not have are left out: databases, keys of exchanges, ports, alerts and messengers; and the rule
that a pair has 6 to 12 capital letters, because the venue lists longer ones such as 1000000MOGUSDT.
"""

from typing import Any, Final

import pytest
from attrs import field, frozen

from domain.risk.consistency import Severity
from entrypoints.configuration.cross_checks import cross_check
from entrypoints.configuration.keys import KeyProblem, PlainValue
from entrypoints.configuration.risk_checks import check_risk, risk_inconsistencies
from entrypoints.configuration.structuring import structure
from tests.unit.entrypoints.documents import make_document, with_value

SIZING: Final = "strategies.0.sizing"
LADDER: Final = {
    name: {"threshold": threshold} for name, threshold in (("mild", "0.01"), ("moderate", "0.02"), ("severe", "0.03"))
}


def _ladder(limit: str) -> PlainValue:
    rungs: dict[str, Any] = {**LADDER, "limit": {"threshold": limit}}
    return {name: {**rung, "action": {"size_factor": 1}} for name, rung in rungs.items()}


@frozen
class Row:
    """One rule.

    Attributes:
        rule: As the requirements have it.
        severity: Error refuses to start, warning is told.
        key: That is named.
        breaks: Values by path, with which it is just broken.
        keeps: With which it is just kept.
    """

    rule: str
    severity: Severity
    key: str
    breaks: dict[str, PlainValue] = field()
    keeps: dict[str, PlainValue] = field()


NO_LOSS: Final[dict[str, PlainValue]] = {"risk.losses.daily_fraction": "0.01", "risk.losses.weekly_fraction": "0.02"}
TABLE: Final = (
    Row(
        "leverage above 10 with a drawdown limit below 5 %",
        Severity.ERROR,
        "risk.account.leverage_max",
        {**NO_LOSS, "risk.account.leverage_max": "10.1", "risk.drawdown": _ladder("0.049")},
        {**NO_LOSS, "risk.account.leverage_max": "10", "risk.drawdown": _ladder("0.049")},
    ),
    Row(
        "Kelly above 0.5 with leverage above 5",
        Severity.ERROR,
        "risk.kelly.multiple",
        {"risk.account.leverage_max": "5.1", "risk.kelly.multiple": "0.51"},
        {"risk.account.leverage_max": "5.1", "risk.kelly.multiple": "0.5"},
    ),
    Row(
        "too conservative: VaR below 0.5 % and leverage below 2",
        Severity.WARNING,
        "risk.account.var_daily_max",
        {"risk.account.leverage_max": "1.9", "risk.account.var_daily_max": "0.0049"},
        {"risk.account.leverage_max": "2", "risk.account.var_daily_max": "0.0049"},
    ),
    Row(
        "too aggressive: VaR above 5 %",
        Severity.WARNING,
        "risk.account.var_daily_max",
        {"risk.account.var_daily_max": "0.051", "risk.account.cvar_daily_max": "0.06"},
        {"risk.account.var_daily_max": "0.05", "risk.account.cvar_daily_max": "0.06"},
    ),
    Row(
        "too aggressive: leverage above 20",
        Severity.WARNING,
        "risk.account.leverage_max",
        {"risk.account.leverage_max": "20.1"},
        {"risk.account.leverage_max": "20"},
    ),
    Row(
        "position risk at most portfolio risk: the stop of a trade against the loss of a day",
        Severity.ERROR,
        "strategies[0].sizing.risk_fraction.fraction",
        {SIZING: {"risk_fraction": {"fraction": "0.051", "leverage_max": 1}}},
        {SIZING: {"risk_fraction": {"fraction": "0.05", "leverage_max": 1}}},
    ),
    Row(
        "position risk at most portfolio risk: the same of a strategy that is sized by its record",
        Severity.ERROR,
        "strategies[0].sizing.kelly_and_risk.risk_per_trade",
        {SIZING: {"kelly_and_risk": {"risk_per_trade": "0.051"}}},
        {SIZING: {"kelly_and_risk": {"risk_per_trade": "0.05"}}},
    ),
    Row(
        "position risk at most portfolio risk: the stop of a trade against VaR",
        Severity.WARNING,
        "strategies[0].sizing.risk_fraction.fraction",
        {SIZING: {"risk_fraction": {"fraction": "0.021", "leverage_max": 1}}},
        {SIZING: {"risk_fraction": {"fraction": "0.02", "leverage_max": 1}}},
    ),
    Row(
        "position risk at most portfolio risk: one instrument against the leverage of all",
        Severity.ERROR,
        "risk.position.concentration_max",
        {"risk.position.concentration_max": "3.1"},
        {"risk.position.concentration_max": "3"},
    ),
    Row(
        "positions times position risk at most 50 %",
        Severity.ERROR,
        "strategies[0].sizing.risk_fraction.fraction",
        # Two instruments at 0.26 are 0.52 of equity.
        {
            "synthetic.symbols": ["BTCUSDT", "ETHUSDT"],
            "strategies.0.symbols": ["BTCUSDT", "ETHUSDT"],
            SIZING: {"risk_fraction": {"fraction": "0.26", "leverage_max": 1}},
            "risk.losses": {"daily_fraction": None, "weekly_fraction": None},
            "risk.drawdown": _ladder("0.3"),
            "risk.account.capital_at_risk_max": None,
            "risk.account.var_daily_max": None,
        },
        {
            "synthetic.symbols": ["BTCUSDT", "ETHUSDT"],
            "strategies.0.symbols": ["BTCUSDT", "ETHUSDT"],
            SIZING: {"risk_fraction": {"fraction": "0.25", "leverage_max": 1}},
            "risk.losses": {"daily_fraction": None, "weekly_fraction": None},
            "risk.drawdown": _ladder("0.3"),
            "risk.account.capital_at_risk_max": None,
            "risk.account.var_daily_max": None,
        },
    ),
)
STRUCTURAL: Final[tuple[tuple[str, dict[str, PlainValue], str], ...]] = (
    ("some strategy is enabled", {"strategies": []}, "strategies"),
    ("at least one pair is traded", {"synthetic.symbols": []}, "synthetic.symbols"),
    ("pairs are in capitals and digits", {"synthetic.symbols": ["btcusdt"]}, "synthetic.symbols[0]"),
)
"""Rules that the form of a configuration keeps."""


def _found(changes: dict[str, PlainValue]) -> list[tuple[str, Severity]]:
    document = make_document()
    for path, value in changes.items():
        with_value(document, path, value)
    return [(each.key, each.severity) for each in risk_inconsistencies(structure(document))]


@pytest.mark.parametrize("row", TABLE, ids=[row.rule for row in TABLE])
def test_each_rule_refuses_or_warns_just_where_it_is_broken(row: Row) -> None:
    assert (row.key, row.severity) in _found(row.breaks)
    assert (row.key, row.severity) not in _found(row.keeps)


@pytest.mark.parametrize("row", TABLE, ids=[row.rule for row in TABLE])
def test_errors_start_nothing_and_warnings_do(row: Row) -> None:
    document = make_document()
    for path, value in row.breaks.items():
        with_value(document, path, value)
    configuration = structure(document)

    if row.severity is Severity.WARNING:
        check_risk(configuration)
        return
    with pytest.raises(KeyProblem) as refused:
        check_risk(configuration)
    assert refused.value.path == row.key


@pytest.mark.parametrize(("rule", "changes", "key"), STRUCTURAL, ids=[rule for rule, _, _ in STRUCTURAL])
def test_rules_that_the_form_keeps(rule: str, changes: dict[str, PlainValue], key: str) -> None:
    assert rule
    document = make_document()
    for path, value in changes.items():
        with_value(document, path, value)

    with pytest.raises(KeyProblem) as refused:
        cross_check(structure(document))
    assert refused.value.path == key
