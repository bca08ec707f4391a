"""Risk settings that contradict each other start nothing and name the key; those that only may be wrong are said."""

from decimal import Decimal
from operator import attrgetter
from pathlib import Path

import pytest
from attrs import evolve

from adapters.instrument_rules.catalog import shipped_book
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import build_engine
from domain.risk.canned_orders import CannedOrder, canned_orders
from domain.risk.consistency import Severity
from domain.risk.gate import CLAUSES, RiskGate
from domain.risk.self_check import unexcused_orders
from domain.risk.snapshot import Environment
from domain.risk.verdict import RefusalReason
from entrypoints.assumptions import assumptions_of
from entrypoints.checked_gate import checked_gate
from entrypoints.cli.config_check import check_configuration
from entrypoints.configuration.keys import KeyProblem, PlainValue
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.risk_checks import check_risk, risk_inconsistencies, risk_warnings
from entrypoints.configuration.schema import configuration_schema
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.container import plan_backtest
from entrypoints.errors import ConfigurationError, UnsafeGateError
from tests.unit.entrypoints.documents import make_configuration, make_document, with_value, write_document

SOURCE = ConfigurationSource("c.yaml", Path(), {})


def with_risk(changes: dict[str, PlainValue]) -> dict[str, PlainValue]:
    """Return a document with these values below ``risk``."""
    document = make_document()
    for path, value in changes.items():
        with_value(document, f"risk.{path}", value)
    return document


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        (
            {"position.concentration_max": 4},
            "risk.position.concentration_max",
            "4 of equity is above account.leverage_max 3",
        ),
        (
            {"position.strategy_leverage_max": Decimal("3.5")},
            "risk.position.strategy_leverage_max",
            "3.5 of equity is above account.leverage_max 3",
        ),
        (
            {"losses.daily_fraction": Decimal("0.11"), "losses.weekly_fraction": Decimal("0.12")},
            None,
            None,
        ),
        (
            {"losses.daily_fraction": Decimal("0.11")},
            "risk.losses.daily_fraction",
            "0.11 is above risk.losses.weekly_fraction 0.1",
        ),
        (
            {"losses.daily_fraction": Decimal("0.2"), "losses.weekly_fraction": Decimal("0.3")},
            "risk.losses.daily_fraction",
            "0.2 is above risk.drawdown.limit.threshold 0.12",
        ),
        (
            {"account.cvar_daily_max": Decimal("0.01")},
            "risk.account.cvar_daily_max",
            "0.01 is below account.var_daily_max 0.02, which it never is",
        ),
        (
            {"kelly.multiple": Decimal("0.6"), "account.leverage_max": 6},
            "risk.kelly.multiple",
            "0.6 is above 0.5 while account.leverage_max 6 is above 5",
        ),
        (
            {"activity.messages_per_second_max": 1},
            "risk.activity.messages_per_second_max",
            "1 leaves nothing for openings with activity.reserved_fraction 0.2",
        ),
        (
            {"order.quantity_max": {"XRPUSDT": 5}},
            "risk.order.quantity_max.XRPUSDT",
            "the run does not trade XRPUSDT",
        ),
        (
            {"position.notional_max": {"XRPUSDT": 5}},
            "risk.position.notional_max.XRPUSDT",
            "the run does not trade XRPUSDT",
        ),
    ],
)
def test_a_contradiction_names_its_key(changes: dict[str, PlainValue], key: str | None, said: str | None) -> None:
    configuration = structure(with_risk(changes))

    if key is None:
        check_risk(configuration)
        return
    with pytest.raises(KeyProblem) as refused:
        check_risk(configuration)

    assert refused.value.path == key
    assert refused.value.problem == said


def test_a_high_leverage_and_a_low_limit_of_drawdown_do_not_go_together() -> None:
    rungs: PlainValue = {
        name: {"threshold": Decimal(threshold), "action": {"size_factor": 1}}
        for name, threshold in (("mild", "0.01"), ("moderate", "0.02"), ("severe", "0.03"), ("limit", "0.04"))
    }
    document = with_risk(
        {
            "account.leverage_max": 11,
            "drawdown": rungs,
            "losses": {"daily_fraction": Decimal("0.02"), "weekly_fraction": Decimal("0.03")},
        }
    )

    with pytest.raises(KeyProblem) as refused:
        check_risk(structure(document))

    assert refused.value.path == "risk.account.leverage_max"
    assert refused.value.problem == "11 is above 10 while risk.drawdown.limit.threshold 0.04 is below 0.05"


def test_the_defaults_contradict_nothing_but_what_a_leverage_of_three_never_asks() -> None:
    assert risk_warnings(make_configuration()) == ()


def test_leverage_above_the_brackets_is_found_once_they_are_known() -> None:
    # BTCUSDT allows 125 at most, the demo's instruments are the shipped ones.
    document = with_risk({"account.leverage_max": 126, "account.liquidation_distance_min": None})

    with pytest.raises(ConfigurationError) as refused:
        plan_backtest(structure(document), SOURCE)

    said = str(refused.value)
    assert said.startswith("c.yaml: risk.account.leverage_max: 126 is above the ")
    assert "that the venue allows for BTCUSDT" in said


# Warnings

ODD = with_risk({"account.leverage_max": 25, "account.var_daily_max": Decimal("0.06"), "account.cvar_daily_max": None})


def test_warnings_hold_nothing_up_and_name_their_keys() -> None:
    configuration = structure(ODD)

    check_risk(configuration)

    assert [each.key for each in risk_warnings(configuration)] == [
        "risk.account.liquidation_distance_min",
        "risk.account.var_daily_max",
        "risk.account.leverage_max",
    ]
    assert all(each.severity is Severity.WARNING for each in risk_inconsistencies(configuration))


def test_warnings_end_what_config_check_prints_and_leave_it_a_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_configuration(write_document(tmp_path, ODD))
    printed = capsys.readouterr().out

    assert printed.splitlines()[-4:] == [
        "# Risk settings that may not do what was meant:",
        (
            "# warning: risk.account.liquidation_distance_min: 0.05 is more than one position "
            "at account.leverage_max 25 leaves, which never decides"
        ),
        "# warning: risk.account.var_daily_max: 0.06 is aggressive: above 0.05 of equity a day",
        "# warning: risk.account.leverage_max: 25 is aggressive: above 20 times equity",
    ]
    path = tmp_path / "printed.yaml"
    path.write_text(printed, encoding="utf-8")
    assert load_configuration(path, {})[0] == structure(ODD)


def test_a_configuration_in_order_is_not_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_configuration(write_document(tmp_path, make_document()))

    assert "warning" not in capsys.readouterr().out


def test_a_run_states_its_warnings_among_the_assumptions() -> None:
    history = generate(SyntheticMarket(n_bars=50), seed=1)
    books = {symbol: shipped_book(symbol) for symbol in history.symbols}

    said = {each.name: each for each in assumptions_of(structure(ODD), books, history)}

    assert said["risk.account.leverage_max"].value == "warning"
    assert said["risk.account.leverage_max"].meaning == "25 is aggressive: above 20 times equity."


def test_two_warnings_of_one_key_are_one_assumption() -> None:
    document = with_risk({"position.notional_max": {"BTCUSDT": 10, "ETHUSDT": 20}})
    with_value(document, "synthetic.symbols", ["BTCUSDT", "ETHUSDT"])
    history = generate(SyntheticMarket(n_bars=50), seed=1)
    books = {symbol: shipped_book(symbol) for symbol in history.symbols}

    said = [each for each in assumptions_of(structure(document), books, history) if each.value == "warning"]

    assert [each.name for each in said] == ["risk.order.notional_max"]
    assert "position.notional_max.BTCUSDT 10" in said[0].meaning
    assert "position.notional_max.ETHUSDT 20" in said[0].meaning


# Settings without an effect


@pytest.mark.parametrize(
    ("changes", "key", "why"),
    [
        (
            {
                "kelly.caps": {
                    regime: {"long": "0.1", "short": "0.1"} for regime in ("bull", "bear", "sideways", "neutral")
                }
            },
            ["risk.kelly.caps.bull", "risk.kelly.caps.bear"],
            "without regimes neutral counts",
        ),
        ({"market.account_age_max_s": 5}, ["risk.market.account_age_max_s"], "in a backtest"),
        ({"market.clock_offset_max_s": 5}, ["risk.market.clock_offset_max_s"], "in a backtest"),
        ({"account.unknown_orders_max": 1}, ["risk.account.unknown_orders_max"], "in a backtest"),
        ({"account.unknown_orders_max": None, "market.clock_offset_max_s": None}, [], ""),
        ({"account.unknown_orders_max": 3, "market.clock_offset_max_s": 1}, [], ""),
    ],
)
def test_what_is_set_and_changes_nothing_is_said(changes: dict[str, PlainValue], key: list[str], why: str) -> None:
    # Sideways is 0.10 by default, so that nothing is set there.
    found = risk_warnings(structure(with_risk(changes)))

    assert [each.key for each in found] == key
    assert all("has no effect" in each.message and why in each.message for each in found)


def test_caps_of_regimes_have_an_effect_where_regimes_are_judged() -> None:
    caps: PlainValue = {regime: {"long": "0.1", "short": "0.1"} for regime in ("bull", "bear", "sideways", "neutral")}
    document = with_value(with_risk({"kelly.caps": caps}), "regimes", {"workers": 1})

    assert [each.key for each in risk_warnings(structure(document))] == []


def test_the_reference_says_what_has_no_effect_in_a_backtest() -> None:
    risk = configuration_schema()["properties"]["risk"]["properties"]

    for group, name in (
        ("market", "account_age_max_s"),
        ("market", "clock_offset_max_s"),
        ("account", "unknown_orders_max"),
    ):
        assert "Without effect in a backtest" in risk[group]["properties"][name]["description"]
    assert "Where regimes are not judged, only those of neutral" in risk["kelly"]["properties"]["caps"]["description"]


# The self-check


def test_the_gate_that_a_run_uses_is_the_very_one_that_has_refused_bad_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[RiskGate] = []

    def unexcused(gate: RiskGate, environment: Environment) -> tuple[CannedOrder, ...]:
        tried.append(gate)
        return unexcused_orders(gate, environment)

    monkeypatch.setattr("entrypoints.checked_gate.unexcused_orders", unexcused)

    plan = plan_backtest(make_configuration(), SOURCE)
    engine = build_engine(plan, plan.history)

    assert {id(gate) for gate in tried} == {id(plan.gate)} == {id(engine.gate)}
    assert engine._desk.check.gate is plan.gate


@pytest.mark.parametrize(
    "reason", sorted({each.reason for each in canned_orders(make_configuration().risk.limits)}, key=attrgetter("value"))
)
def test_a_clause_that_the_gate_has_lost_starts_nothing(reason: RefusalReason, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever limits are configured for it; where none is, there is nothing to lose."""
    blocks = {RefusalReason.DRAWDOWN_LIMIT, RefusalReason.BLOCKED}
    lost = RefusalReason.BLOCKED if reason in blocks else reason
    configuration = make_configuration()
    asked = {clause.reason for clause in RiskGate(configuration.risk.limits).clauses}
    monkeypatch.setattr("domain.risk.gate.CLAUSES", tuple(each for each in CLAUSES if each.reason is not lost))

    if lost not in asked:
        plan_backtest(configuration, SOURCE)
        return
    with pytest.raises(UnsafeGateError, match=r"^c\.yaml: risk(\.\S+: \S+)?: the gate would let this pass: "):
        plan_backtest(configuration, SOURCE)


def test_a_limit_that_lets_anything_through_starts_nothing() -> None:
    document = with_risk({"order.notional_max": 10**15, "order.price_collar": None})

    with pytest.raises(UnsafeGateError) as refused:
        plan_backtest(structure(document), SOURCE)

    said = "the gate would let this pass: an order worth a million times equity"
    assert str(refused.value) == f"c.yaml: risk.order.notional_max: 1000000000000000: {said}"


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("position.correlated_max", 10**19, "position.correlated_max: 10000000000000000000"),
        ("position.notional_max", {"BTCUSDT": 10**19}, "position.notional_max.BTCUSDT: 10000000000000000000"),
        ("account.net_leverage_max", 10**19, "account.net_leverage_max: 10000000000000000000"),
    ],
)
def test_a_limit_that_only_the_self_check_refuses_is_named(key: str, value: PlainValue, place: str) -> None:
    with pytest.raises(UnsafeGateError) as refused:
        plan_backtest(structure(with_risk({key: value})), SOURCE)

    assert str(refused.value).startswith(f"c.yaml: risk.{place}: the gate would let this pass: an order ")


def test_a_limit_that_is_switched_off_is_excused_in_research_and_nowhere_else() -> None:
    risk = structure(with_risk({"order.notional_max": None, "order.price_collar": None})).risk

    assert checked_gate(risk, "c.yaml").limits == risk.limits
    for elsewhere in (Environment.PAPER, Environment.TESTNET, Environment.LIVE):
        with pytest.raises(UnsafeGateError, match=r"worth a million times equity, and [0-9]+ more$"):
            checked_gate(risk, "c.yaml", elsewhere)


def test_a_gate_that_judges_by_other_limits_is_no_gate_of_the_run() -> None:
    plan = plan_backtest(make_configuration(), SOURCE)
    wider = structure(with_risk({"account.leverage_max": 5})).risk.limits

    with pytest.raises(ValueError, match="other limits"):
        build_engine(evolve(plan, gate=RiskGate(wider)), plan.history)
