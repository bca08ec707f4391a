"""The command `risk`: limits, gate, self-check, and what a saved run used, for people and for programs."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve

from application.results.result import RunResult
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.gate import CLAUSES
from domain.risk.hard_caps import limit_keys
from domain.risk.recoveries import Recovery, RecoveryRecord
from domain.risk.trading_state import Hold, HoldCause, TradingState
from domain.time_units import NS_PER_DAY
from entrypoints.cli.commands import main
from entrypoints.configuration.keys import PlainValue
from entrypoints.run_container import open_run_store
from tests.risk_records import make_instrument_use, make_risk_use
from tests.support import START_NS
from tests.unit.adapters.run_documents.records import make_record
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.entrypoints.documents import make_document, write_document

HALT = Hold(
    cause=HoldCause.DRAWDOWN_LIMIT, state=TradingState.HALTED, reason="drawdown 13 %, level limit", since_ns=START_NS
)
USE = make_risk_use(
    gross="3500",
    margin_ratio=None,
    var_daily=0.015,
    capital_at_risk=0.1,
    drawdown="0.13",
    level=DrawdownLevel.LIMIT,
    state=TradingState.HALTED,
    holds=(HALT,),
    instruments=(evolve(make_instrument_use("3500", distance="0.2"), var_alone=0.015, var_part=0.015),),
)
HELD: Final = evolve(
    USE,
    daily_volatilities={"BTCUSDT": 0.04, "ETHUSDT": 0.10},
    recoveries=RecoveryRecord().with_another(Recovery(START_NS, START_NS + 3 * NS_PER_DAY, Decimal("0.02"))),
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_document(tmp_path, make_document())


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunResult:
    """Save a run whose account is halted beyond its limits, in a store of its own."""
    monkeypatch.setenv("AUTOTRADING_DATA_DIR", str(tmp_path / "data"))
    result = evolve(make_result(), risk_use=HELD)
    open_run_store(os.environ).save(make_record(result))
    return result


def document_of(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401  # whatever the command prints
    return json.loads(capsys.readouterr().out)


def test_every_limit_and_every_clause_is_printed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", str(config)]) == 0

    words = capsys.readouterr().out.split()
    for key in limit_keys():
        assert key.partition(".")[2] in words
    for clause in CLAUSES:
        assert clause.reason.value in words
    said = " ".join(words)
    # By default eight limits are not set: 50 orders as buys and sales, and one to sell short, less 7 x 2 + 1.
    assert "86 of 101 bad orders were refused" in said
    assert "Not limited, and so not refused: order_quantity, position_notional" in said
    assert "Needed outside research, and not limited: price_stale, account_stale." in said


def test_the_document_holds_the_same(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", str(config), "--json"]) == 0
    document = document_of(capsys)

    values = {limit["key"]: limit["value"] for limit in document["limits"]}
    assert set(limit_keys()) <= set(values)
    # Money and exact ratios are text; estimates are numbers; what is not limited is null.
    assert (values["order.notional_max"], values["account.leverage_max"]) == ("1000000", "3")
    assert (values["account.var_daily_max"], values["account.net_leverage_max"]) == (0.02, None)
    assert all(limit["meaning"] for limit in document["limits"])
    assert [rung["level"] for rung in document["drawdown_ladder"]] == ["mild", "moderate", "severe", "limit"]
    assert len(document["clauses"]) == len(CLAUSES)
    assert document["self_check"]["is_passed"]
    assert len(document["self_check"]["orders"]) >= 10
    assert document["run"] is None


@pytest.mark.parametrize(
    ("section", "wide"), [("order", {"notional_max": 10**15}), ("account", {"leverage_max": 10**9})]
)
def test_a_gate_that_lets_a_bad_order_pass_ends_with_code_4(
    section: str, wide: dict[str, PlainValue], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described: dict[str, PlainValue] = {
        "brackets": [{"notional_floor": 0, "notional_cap": 10**9, "maintenance_rate": "0.004", "leverage_max": 10**9}]
    }
    risk: dict[str, PlainValue] = {"order": {"notional_max": 1_000_000}, "account": {"leverage_max": 3}}
    document = make_document(risk=risk | {section: wide}, instruments={"BTCUSDT": described})
    config = write_document(tmp_path, document)

    assert main(["risk", str(config), "--json"]) == 4
    printed = capsys.readouterr()
    assert not json.loads(printed.out)["self_check"]["is_passed"]
    assert printed.err.count("\n") == 1
    assert "million times" in printed.err
    assert str(config) in printed.err


def test_what_nothing_limits_is_said_and_as_good_for_research_as_for_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    risk: dict[str, PlainValue] = {"order": {"notional_max": None}, "account": {"leverage_max": 3}}
    config = write_document(tmp_path, make_document(risk=risk))

    assert main(["risk", str(config), "--json"]) == 0
    orders = {order["reason"]: order for order in document_of(capsys)["self_check"]["orders"]}
    assert (orders["order_notional"]["is_refused"], orders["order_notional"]["is_excused"]) == (False, True)
    assert main(["risk", str(config)]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "Needed outside research, and not limited: order_notional, price_stale, account_stale." in words


def test_what_a_run_used_is_held_against_the_limits(
    config: Path, saved: RunResult, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["risk", str(config), "--run", "latest", "--json"]) == 0
    run = document_of(capsys)["run"]

    assert (run["run_id"], run["state"], run["level"]) == (saved.run_id, "halted", "limit")
    assert [(hold["cause"], hold["needs_person"]) for hold in run["holds"]] == [("drawdown_limit", True)]
    # A tenth of an equity of 1000.
    assert run["capital_at_risk"] == pytest.approx(100.0)
    rooms = {room["key"]: room for room in run["headroom"]}
    # 3500 over 1000 is 3.5 of at most 3.
    assert rooms["account.leverage_max"] == {
        "key": "account.leverage_max",
        "subject": "",
        "used": "3.5",
        "limit": "3",
        "left": "-0.5",
        "is_beyond": True,
    }
    assert rooms["account.margin_ratio_max"]["used"] is None
    assert [(each["symbol"], each["held"], each["var_part"]) for each in run["instruments"]] == [
        ("BTCUSDT", "3500", 0.015)
    ]
    assert run["leverages"]["cap"] == 3.0
    assert [each["by_volatility"] for each in run["leverages"]["instruments"]] == [3.0, pytest.approx(2.0)]
    assert run["recoveries"] == {"count": 1, "mean_days": 3.0, "min_days": 3.0, "max_days": 3.0}
    assert run["falling_since"] is None
    assert rooms["drawdown.threshold_next"]["limit"] is None


@pytest.mark.usefixtures("saved")
def test_people_read_what_holds_trading_back_and_what_is_left(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", str(config), "--run", "latest"]) == 0

    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "Trading is halted.",
        "drawdown_limit since 2024-01-01 00:00: drawdown 13 %, level limit (until a person clears it)",
        "account.leverage_max 3.5× 3× -0.5×",
        "account.margin_ratio_max unknown 50%",
        "100.00 lost of that equity",
        "deepest level",
        "beyond the limit",
        "Recoveries: 1 drawdown made good, in 3.0 days on average, 3.0 to 3.0.",
        "BTCUSDT 3,500.00 3,500.00 1.50% 1.50%",
        "Leverage that is safe, of at most 3×",
        # A way down of 20 % is 0.223 in logarithms, beyond 3 × 0.04.
        "BTCUSDT 4.00% 3× 3×",
        # 10 % a day is twice the usual: two thirds of 3.
        "ETHUSDT 10.00% 3× 2×",
    ):
        assert words in said, words


def test_a_run_whose_use_was_not_kept_is_refused_in_one_line(
    config: Path, saved: RunResult, capsys: pytest.CaptureFixture[str]
) -> None:
    other = evolve(saved, run_id="bt-000000000001", risk_use=None)
    open_run_store(os.environ).save(make_record(other))

    assert main(["risk", str(config), "--run", other.run_id]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert other.run_id in printed.err


@pytest.mark.usefixtures("saved")
def test_a_run_that_is_not_there_is_a_mistake_of_usage(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", str(config), "--run", "nosuchrun"]) == 2
    assert capsys.readouterr().out == ""


def test_a_bad_limit_is_named_before_anything_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    risk: dict[str, PlainValue] = {"order": {"notional_max": -5}, "account": {"leverage_max": 3}}
    config = write_document(tmp_path, make_document(risk=risk))

    assert main(["risk", str(config)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "risk.order.notional_max" in printed.err


# Hard caps


def test_that_there_are_no_hard_caps_is_said_with_the_file_that_is_missing(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTOTRADING_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "250")

    assert main(["risk", str(config)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Hard caps: none in force There is no {tmp_path / 'data' / 'risk-caps.yaml'}." in said
    assert main(["risk", str(config), "--json"]) == 0
    assert document_of(capsys)["hard_caps"] is None


def test_the_hard_caps_in_force_are_shown_beside_what_is_configured(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    caps = tmp_path / "caps.yaml"
    caps.write_text(
        "account: {leverage_max: 4}\ndrawdown: {limit: {threshold: 0.2}}\norder: {notional_max: null}",
        encoding="utf-8",
    )
    monkeypatch.setenv("AUTOTRADING_RISK_CAPS", str(caps))
    monkeypatch.setenv("COLUMNS", "250")

    assert main(["risk", str(config)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Hard caps of {caps}" in said
    assert "account.leverage_max 3 4" in said
    assert "drawdown.limit.threshold 0.12 0.2" in said
    assert main(["risk", str(config), "--json"]) == 0
    assert document_of(capsys)["hard_caps"] == {
        "file": str(caps),
        "caps": [
            {"key": "account.leverage_max", "cap": "4", "value": "3"},
            {"key": "drawdown.limit.threshold", "cap": "0.2", "value": "0.12"},
        ],
    }
