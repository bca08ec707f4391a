"""Risk settings that must not be traded with start nothing: one line that names the key, and the exit code."""

from pathlib import Path

import pytest

from entrypoints.configuration.keys import PlainValue
from tests.e2e.command import assert_refused, autotrading
from tests.unit.entrypoints.documents import make_document, with_value, write_document


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("risk.account.leverage_max", float("nan"), "risk.account.leverage_max"),
        ("risk.account.var_daily_max", float("nan"), "risk.account.var_daily_max"),
        ("risk.order.notional_max", -1, "risk.order.notional_max"),
        ("risk.losses.daily_fraction", -0.01, "risk.losses.daily_fraction"),
        ("risk.drawdown.limit.threshold", 1.2, "risk.drawdown.limit"),
        ("risk.position.concentration_max", 4, "risk.position.concentration_max: 4 of equity is above"),
        ("risk.losses.daily_fraction", 0.11, "risk.losses.daily_fraction: 0.11 is above risk.losses.weekly_fraction"),
        ("risk.account.leverage_max", 126, "risk.account.leverage_max: 126 is above the 125 that the venue allows"),
        ("account.leverage", 126, "account.leverage"),
    ],
)
def test_a_run_with_them_is_refused_by_its_key(tmp_path: Path, key: str, value: PlainValue, said: str) -> None:
    document = with_value(make_document(), key, value)
    with_value(document, "risk.account.liquidation_distance_min", None)
    path, output = write_document(tmp_path, document), tmp_path / "run.json"

    line = assert_refused(autotrading("backtest", path, "--output", output), 2)

    assert line.startswith(f"{path}: ")
    assert said in line
    assert not output.exists()


def test_a_limit_beyond_its_hard_cap_is_refused_by_risk(tmp_path: Path) -> None:
    path, caps = write_document(tmp_path, make_document()), tmp_path / "caps.yaml"
    caps.write_text("account: {leverage_max: 2}\n", encoding="utf-8")
    environment = {"AUTOTRADING_RISK_CAPS": str(caps)}

    for command in (("backtest", path), ("config", "check", path)):
        line = assert_refused(autotrading(*command, environment=environment), 4)
        assert line == f"{path}: risk.account.leverage_max: 3 is beyond the hard cap 2 of {caps}"

    caps.unlink()
    assert "there is no such file" in assert_refused(autotrading("backtest", path, environment=environment), 2)


def test_a_gate_that_lets_bad_orders_pass_starts_nothing(tmp_path: Path) -> None:
    document = with_value(make_document(), "risk.order.notional_max", 10**15)

    line = assert_refused(autotrading("backtest", write_document(tmp_path, document)), 4)

    assert line.endswith(
        "risk.order.notional_max: 1000000000000000: the gate would let this pass: an order worth a million times equity"
    )
