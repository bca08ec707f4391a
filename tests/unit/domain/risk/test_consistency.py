"""Limits that do not make sense together are told by their key; those that do are not."""

from decimal import Decimal
from typing import Any

import pytest

from domain.risk.consistency import OtherRules, Severity, TradeRisk, inconsistencies
from domain.risk.limits import RiskLimits
from tests.risk_cases import CAREFUL, UNLIMITED, with_limits


def found(limits: RiskLimits = UNLIMITED, **others: Any) -> list[tuple[str, str]]:  # noqa: ANN401  # any other rule
    return [(each.key, each.severity.value) for each in inconsistencies(limits, OtherRules(**others))]


def d(text: str) -> Decimal:
    return Decimal(text)


def risking(fraction: str, *, place: int = 0, n_trades: int = 1) -> TradeRisk:
    return TradeRisk(key=f"strategies[{place}]", fraction=d(fraction), n_trades=n_trades)


def test_careful_limits_and_none_at_all_are_consistent() -> None:
    assert found(CAREFUL, drawdown_max=d("0.12"), daily_loss_max=d("0.02"), weekly_loss_max=d("0.05")) == []
    assert found(UNLIMITED) == []


@pytest.mark.parametrize(
    ("limits", "others", "key"),
    [
        # Leverage above 10 with a drawdown below 5 %.
        ({"account__leverage_max": d("10.1")}, {"drawdown_max": d("0.049")}, "account.leverage_max"),
        # Kelly above 0.5 with leverage above 5.
        ({"account__leverage_max": d("5.1")}, {"kelly_fraction": 0.51}, "kelly_fraction"),
        ({"account__leverage_max": d("1"), "position__concentration_max": d("2")}, {}, "position.concentration_max"),
        (
            {"account__leverage_max": d("1"), "position__strategy_leverage_max": d("1.1")},
            {},
            "position.strategy_leverage_max",
        ),
        ({}, {"drawdown_max": d("1.01")}, "drawdown_max"),
        ({}, {"drawdown_max": d("0")}, "drawdown_max"),
        ({}, {"daily_loss_max": d("0.06"), "weekly_loss_max": d("0.05")}, "daily_loss_max"),
        ({}, {"daily_loss_max": d("0.13"), "drawdown_max": d("0.12")}, "daily_loss_max"),
        ({"account__leverage_max": d("126")}, {"leverage_allowed": {"BTCUSDT": 125}}, "account.leverage_max"),
        ({}, {"leverage_allowed": {"BTCUSDT": 125}, "leverage_setting": 126}, "leverage_setting"),
        ({"account__var_daily_max": 0.02, "account__cvar_daily_max": 0.019}, {}, "account.cvar_daily_max"),
        # What one trade loses at its stop, above what everything together may lose.
        ({}, {"daily_loss_max": d("0.05"), "trade_risks": [risking("0.051")]}, "strategies[0]"),
        ({}, {"weekly_loss_max": d("0.05"), "trade_risks": [risking("0.051")]}, "strategies[0]"),
        ({}, {"drawdown_max": d("0.05"), "trade_risks": [risking("0.051")]}, "strategies[0]"),
        ({"account__capital_at_risk_max": 0.05}, {"trade_risks": [risking("0.051")]}, "strategies[0]"),
        # 3 × 0.17 = 0.51 at the stops of all trades together, the most of it with the second strategy: 2 × 0.17.
        ({}, {"trade_risks": [risking("0.17"), risking("0.17", place=1, n_trades=2)]}, "strategies[1]"),
        # 4 × (1 − 0.8) = 0.8: not one message is left.
        (
            {"activity__messages_per_second_max": 4, "activity__reserved_fraction": 0.8},
            {},
            "activity.messages_per_second_max",
        ),
    ],
)
def test_errors(limits: dict[str, Any], others: dict[str, Any], key: str) -> None:
    errors = [name for name, severity in found(with_limits(**limits), **others) if severity == "error"]

    assert errors == [key]


@pytest.mark.parametrize(
    ("limits", "others"),
    [
        ({"account__leverage_max": d("10")}, {"drawdown_max": d("0.049")}),
        ({"account__leverage_max": d("10.1")}, {"drawdown_max": d("0.05")}),
        ({"account__leverage_max": d("5")}, {"kelly_fraction": 0.51}),
        ({"account__leverage_max": d("5.1")}, {"kelly_fraction": 0.5}),
        ({"account__leverage_max": d("1"), "position__concentration_max": d("1")}, {}),
        ({}, {"daily_loss_max": d("0.05"), "weekly_loss_max": d("0.05"), "drawdown_max": d("1")}),
        ({}, {"leverage_allowed": {"BTCUSDT": 125}, "leverage_setting": 125}),
        ({"account__var_daily_max": 0.02, "account__cvar_daily_max": 0.02}, {}),
        ({}, {"daily_loss_max": d("0.05"), "drawdown_max": d("0.05"), "trade_risks": [risking("0.05")]}),
        ({"account__capital_at_risk_max": 0.05}, {"trade_risks": [risking("0.05")]}),
        # 2 × 0.25 is just half.
        ({}, {"trade_risks": [risking("0.25", n_trades=2)]}),
        ({"activity__messages_per_second_max": 5, "activity__reserved_fraction": 0.8}, {}),
    ],
)
def test_at_the_edge_there_is_no_error(limits: dict[str, Any], others: dict[str, Any]) -> None:
    assert [name for name, severity in found(with_limits(**limits), **others) if severity == "error"] == []


@pytest.mark.parametrize(
    ("limits", "others", "key"),
    [
        # Too conservative: VaR below 0.5 % and leverage below 2. Too aggressive: VaR above 5 % or leverage above 20.
        ({"account__var_daily_max": 0.004, "account__leverage_max": d("1.9")}, {}, "account.var_daily_max"),
        ({"account__var_daily_max": 0.051}, {}, "account.var_daily_max"),
        ({"account__leverage_max": d("20.1")}, {}, "account.leverage_max"),
        ({"account__leverage_max": d("1"), "account__net_leverage_max": d("2")}, {}, "account.net_leverage_max"),
        ({"account__leverage_max": d("1"), "position__correlated_max": d("2")}, {}, "position.correlated_max"),
        (
            {"order__notional_max": d("200"), "position__notional_max": {"BTCUSDT": d("100")}},
            {},
            "order.notional_max",
        ),
        ({}, {"weekly_loss_max": d("0.2"), "drawdown_max": d("0.1")}, "weekly_loss_max"),
        ({"account__var_daily_max": 0.02}, {"trade_risks": [risking("0.021")]}, "strategies[0]"),
        ({"account__var_daily_max": 0.02, "account__capital_at_risk_max": 0.01}, {}, "account.capital_at_risk_max"),
        # At 5 times a whole position has less than 20 % left.
        (
            {"account__leverage_max": d("5"), "account__liquidation_distance_min": d("0.21")},
            {},
            "account.liquidation_distance_min",
        ),
        (
            {"activity__messages_per_second_max": 50, "activity__messages_per_minute_max": 40},
            {},
            "activity.messages_per_second_max",
        ),
    ],
)
def test_warnings(limits: dict[str, Any], others: dict[str, Any], key: str) -> None:
    assert found(with_limits(**limits), **others) == [(key, "warning")]


def test_errors_come_first_and_each_reads_as_one_line() -> None:
    limits = with_limits(account__leverage_max=d("25"))

    lines = inconsistencies(limits, OtherRules(drawdown_max=d("0.04")))

    assert [each.severity for each in lines] == [Severity.ERROR, Severity.WARNING]
    assert lines[0].text == "account.leverage_max: 25 is above 10 while drawdown_max 0.04 is below 0.05"


def test_only_the_first_limit_that_a_trade_is_above_is_named() -> None:
    risk = risking("0.2")

    (found,) = inconsistencies(
        with_limits(account__var_daily_max=0.02),
        OtherRules(daily_loss_max=d("0.05"), weekly_loss_max=d("0.1"), drawdown_max=d("0.12"), trade_risks=[risk]),
    )

    assert found.text == "strategies[0]: 0.2 of equity lost at the stop of one trade is above daily_loss_max 0.05"
