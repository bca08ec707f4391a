"""Whatever command reads a configuration refuses it by the same line and the same exit code."""

from pathlib import Path
from typing import Any, Final

import pytest

from entrypoints.cli.commands import main
from tests.unit.entrypoints.documents import make_document, with_value, write_document

COMMANDS: Final = (("risk",), ("config", "check"), ("backtest", "--no-save", "--quiet"))
NO_DISTANCE: Final[dict[str, Any]] = {"risk.account.liquidation_distance_min": None}

WRONG: Final[tuple[tuple[dict[str, Any], int, str], ...]] = (
    ({"risk.account.leverage_max": 500, **NO_DISTANCE}, 2, "500 is above the 125 that the venue allows for BTCUSDT"),
    ({"account.leverage": 126}, 2, "account.leverage"),
    ({"risk.account.leverage_max": "three"}, 2, "risk.account.leverage_max: expected a number, got 'three'"),
    ({"risk.account.leverage_max": -3}, 2, "risk.account.leverage_max: expected a number above 0, got -3"),
    ({"risk.account.leverage_max": True}, 2, "risk.account.leverage_max: expected a number, got true"),
    ({"risk.account.leverage_max": [3]}, 2, "risk.account.leverage_max: expected a number, got [3]"),
    ({"risk.account.leverage": 3}, 2, "risk.account.leverage: unknown key; did you mean leverage_max?"),
    ({"risk.account": 3}, 2, "risk.account: expected keys such as"),
    ({"risk": []}, 2, "risk: expected keys such as"),
    ({"risk.account.var_daily_max": float("nan")}, 2, "risk.account.var_daily_max"),
    ({"risk.account.var_daily_max": float("inf")}, 2, "risk.account.var_daily_max"),
    ({"risk.account.var_daily_max": 2}, 2, "risk.account.var_daily_max: expected a number above 0.0 and at most 1.0"),
    ({"risk.account.open_orders_max": 2.5}, 2, "risk.account.open_orders_max: expected a whole number, got 2.5"),
    ({"risk.position.allow_short": "yes"}, 2, "risk.position.allow_short: expected true or false, got 'yes'"),
    ({"risk.losses.on_loss": "active"}, 2, "risk.losses.on_loss: expected one of reducing, halted, got 'active'"),
    ({"risk.estimates.method": "psychic"}, 2, "risk.estimates.method: expected one of"),
    ({"risk.drawdown.limit.threshold": 1.2}, 2, "risk.drawdown.limit"),
    ({"risk.market.symbols": "BTCUSDT"}, 2, "risk.market.symbols: expected a list"),
    ({"risk.losses.daily_fraction": 0.2}, 2, "risk.losses.daily_fraction: 0.2 is above"),
    (
        {"strategies.0.sizing": {"risk_fraction": {"fraction": 0.06, "leverage_max": 1}}},
        2,
        "0.06 of equity lost at the stop of one trade is above risk.losses.daily_fraction 0.05",
    ),
    ({"risk.order.notional_max": 10**15}, 4, "the gate"),
)


@pytest.mark.parametrize(("changes", "code", "said"), WRONG, ids=[f"{each[2][:60]}" for each in WRONG])
def test_a_wrong_configuration_is_refused_alike(
    changes: dict[str, Any], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = make_document()
    for path, value in changes.items():
        with_value(document, path, value)
    config = write_document(tmp_path, document)

    lines = []
    for command in COMMANDS:
        assert main([*command, str(config)]) == code
        lines.append(capsys.readouterr().err)

    assert all(line.count("\n") == 1 and line.startswith(f"autotrading: {config}: ") for line in lines)
    assert all(said in line for line in lines), lines
    if code != 4:
        assert len(set(lines)) == 1


@pytest.mark.parametrize("text", ["", "- 1", "a: b: c", "{", "name: [", "\x00", "risk: !!python/object:os.system x"])
def test_what_is_no_configuration_at_all_is_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(text, encoding="utf-8")

    for command in COMMANDS:
        assert main([*command, str(config)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert str(config) in printed.err


def test_a_folder_and_a_file_that_is_missing_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path, tmp_path / "gone.yaml"):
        for command in COMMANDS:
            assert main([*command, str(path)]) == 2
            assert capsys.readouterr().err.count("\n") == 1


def test_a_bracket_of_the_period_counts_wherever_it_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is configured for an instrument goes over what the venue allows: 50 times at most."""
    row: Any = {"notional_floor": 0, "notional_cap": 10**6, "maintenance_rate": 0.01, "leverage_max": 50}
    document = make_document(instruments={"BTCUSDT": {"brackets": [row]}})
    with_value(document, "risk.account.liquidation_distance_min", None)
    for limit, code in ((51, 2), (50, 0)):
        config = write_document(tmp_path, with_value(document, "risk.account.leverage_max", limit))
        for command in COMMANDS:
            assert main([*command, str(config)]) == code, capsys.readouterr().err
