"""Hard caps: a file of its own that neither a configuration nor an environment variable can exceed."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.hard_caps import TIGHTER, Tighter, beyond_caps, values_of
from domain.risk.snapshot import Environment
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.risk_caps import CAPS_VARIABLE, caps_file, check_caps, load_caps
from entrypoints.configuration.structuring import plain_value, structure
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from entrypoints.errors import BeyondCapsError, ConfigurationError
from tests.unit.entrypoints.documents import make_configuration, make_document, write_document

SETTINGS: Final = make_configuration().risk
TRADED: Final = make_configuration().symbols


def with_caps(folder: Path, text: str) -> Mapping[str, str]:
    """Write caps into the data directory and return the environment that has it."""
    (folder / "risk-caps.yaml").write_text(text, encoding="utf-8")
    return {DATA_DIRECTORY_VARIABLE: str(folder)}


def said_of(folder: Path, text: str) -> str:
    """Return what is said of a bad file of caps, without its name."""
    environment = with_caps(folder, text)
    with pytest.raises(ConfigurationError) as refused:
        load_caps(environment)
    assert "\n" not in str(refused.value)
    return str(refused.value).removeprefix(f"{folder / 'risk-caps.yaml'}: ")


def test_without_a_file_nothing_is_capped(tmp_path: Path) -> None:
    environment = {DATA_DIRECTORY_VARIABLE: str(tmp_path)}

    assert load_caps(environment) is None
    check_caps(SETTINGS, "c.yaml", TRADED, environment)


def test_the_file_lies_in_the_data_directory_or_where_the_variable_says(tmp_path: Path) -> None:
    home = {DATA_DIRECTORY_VARIABLE: str(tmp_path)}

    assert caps_file(home) == tmp_path / "risk-caps.yaml"
    assert caps_file(home | {CAPS_VARIABLE: "/etc/autotrading/caps.yaml"}) == Path("/etc/autotrading/caps.yaml")
    assert caps_file(home | {CAPS_VARIABLE: "  "}) == tmp_path / "risk-caps.yaml"


def test_what_the_file_leaves_out_is_not_capped(tmp_path: Path) -> None:
    caps = load_caps(with_caps(tmp_path, "account:\n  leverage_max: 2\n"))

    assert caps is not None
    assert caps.caps == {"account.leverage_max": 2}
    found = beyond_caps(values_of(SETTINGS), caps.caps)
    assert [each.key for each in found] == ["account.leverage_max"]


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        ("account: {leverage_max: 2}", "risk.account.leverage_max: 3 is beyond the hard cap 2 of {file}"),
        ("order: {notional_max: 5000}", "risk.order.notional_max: 1000000 is beyond the hard cap 5000 of {file}"),
        ("position: {allow_short: false}", "risk.position.allow_short: true is beyond the hard cap false of {file}"),
        (
            "account: {liquidation_distance_min: 0.2}",
            "risk.account.liquidation_distance_min: 0.05 is beyond the hard cap 0.2 of {file}",
        ),
        (
            "market: {symbols: [BTCUSDT]}",
            "risk.market.symbols: unlimited is beyond the hard cap BTCUSDT of {file}",
        ),
        (
            "position: {notional_max: {BTCUSDT: 10}}",
            "risk.position.notional_max.BTCUSDT: unlimited is beyond the hard cap 10 of {file}",
        ),
        ("losses: {daily_fraction: 0.02}", "risk.losses.daily_fraction: 0.05 is beyond the hard cap 0.02 of {file}"),
        (
            "losses: {losing_trades_max: 5}",
            "risk.losses.losing_trades_max: unlimited is beyond the hard cap 5 of {file}",
        ),
        ("losses: {on_loss: halted}", "risk.losses.on_loss: reducing is beyond the hard cap halted of {file}"),
        (
            "drawdown: {limit: {threshold: 0.1}}",
            "risk.drawdown.limit.threshold: 0.12 is beyond the hard cap 0.1 of {file}",
        ),
        (
            "drawdown: {moderate: {action: {size_factor: 0.25}}}",
            "risk.drawdown.moderate.action.size_factor: 0.5 is beyond the hard cap 0.25 of {file}",
        ),
        (
            "drawdown: {severe: {action: {halts: true}}}",
            "risk.drawdown.severe.action.halts: false is beyond the hard cap true of {file}",
        ),
        ("kelly: {multiple: 0.1}", "risk.kelly.multiple: 0.25 is beyond the hard cap 0.1 of {file}"),
        (
            "kelly: {caps: {neutral: {long: 0.05}}}",
            "risk.kelly.caps.neutral.long: 0.08 is beyond the hard cap 0.05 of {file}",
        ),
        ("stress: {move: 0.3}", "risk.stress.move: 0.2 is beyond the hard cap 0.3 of {file}"),
        ("estimates: {confidence: 0.99}", "risk.estimates.confidence: 0.95 is beyond the hard cap 0.99 of {file}"),
        (
            "account: {leverage_max: 2, var_daily_max: 0.01}\nposition: {concentration_max: 0.1}",
            "risk.account.leverage_max: 3 is beyond the hard cap 2 of {file}, and 2 more",
        ),
    ],
)
def test_a_looser_limit_is_refused_by_its_key_its_value_and_its_cap(tmp_path: Path, caps: str, said: str) -> None:
    environment = with_caps(tmp_path, caps)

    with pytest.raises(BeyondCapsError) as refused:
        check_caps(SETTINGS, "c.yaml", TRADED, environment)

    assert str(refused.value) == "c.yaml: " + said.format(file=tmp_path / "risk-caps.yaml")


def test_a_cap_on_an_instrument_that_is_not_traded_locks_nobody_out(tmp_path: Path) -> None:
    capped = "position: {notional_max: {ETHUSDT: 10}}\norder: {quantity_max: {ETHUSDT: 1, BTCUSDT: 2}}"
    environment = with_caps(tmp_path, capped)

    with pytest.raises(BeyondCapsError, match=r"risk\.order\.quantity_max\.BTCUSDT: unlimited .* 2 of \S+$"):
        check_caps(SETTINGS, "c.yaml", ("BTCUSDT",), environment)
    with pytest.raises(BeyondCapsError, match=r"and 2 more$"):
        check_caps(SETTINGS, "c.yaml", ("BTCUSDT", "ETHUSDT"), environment)
    assert check_caps(SETTINGS, "c.yaml", ("SOLUSDT",), environment) is not None


def test_a_limit_exactly_at_its_cap_is_allowed(tmp_path: Path) -> None:
    check_caps(
        SETTINGS, "c.yaml", TRADED, with_caps(tmp_path, "account: {leverage_max: 3}\norder: {notional_max: 1000000}")
    )


@given(limit=st.integers(1, 100), cap=st.integers(1, 100))
def test_what_starts_is_never_looser_than_its_cap(limit: int, cap: int) -> None:
    document = make_document(
        risk={
            "order": {"notional_max": None},
            "account": {"leverage_max": limit},
            "position": {"concentration_max": None, "correlated_max": None},
        }
    )

    found = beyond_caps(values_of(structure(document).risk), {"account.leverage_max": Decimal(cap)})

    assert bool(found) == (limit > cap)


def test_an_environment_variable_cannot_exceed_a_cap(tmp_path: Path) -> None:
    path = write_document(tmp_path, make_document())
    environment = dict(with_caps(tmp_path, "account: {leverage_max: 3}"))
    load_configuration(path, environment)

    with pytest.raises(BeyondCapsError, match=r"risk\.account\.leverage_max: 4 is beyond the hard cap 3"):
        load_configuration(path, environment | {"AUTOTRADING__RISK__ACCOUNT__LEVERAGE_MAX": "4"})


def test_a_variable_that_names_no_file_is_no_way_around_the_caps(tmp_path: Path) -> None:
    missing = tmp_path / "gone.yaml"

    with pytest.raises(ConfigurationError) as refused:
        load_caps({CAPS_VARIABLE: str(missing)})

    assert str(refused.value) == f"{missing}: there is no such file ({CAPS_VARIABLE} names it)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected settings such as account, losses, drawdown"),
        ("- 1", "expected settings such as account, losses, drawdown"),
        ("account: 5", "account: expected settings below this key"),
        ("accounts: {leverage_max: 2}", "accounts: unknown key; did you mean account?"),
        ("account: {leverage: 2}", "account.leverage: unknown key"),
        ("account: {leverage_max: .nan}", "account.leverage_max"),
        ("account: {leverage_max: -2}", "account.leverage_max"),
        ("account: {leverage_max: high}", "account.leverage_max"),
        ("account: {open_orders_max: 2.5}", "account.open_orders_max: expected a whole number"),
        ("order: {quantity_max: {BTCUSDT: -1}}", "order.quantity_max"),
        ("order: {quantity_max: {BTCUSDT: much}}", "order.quantity_max.BTCUSDT: expected a number"),
        ("market: {symbols: [BTCUSDT, 5]}", "market.symbols[1]: expected text"),
        ("losses: {on_loss: active}", "losses.on_loss: expected one of reducing, halted, got 'active'"),
        ("losses: {daily_fraction: 1.5}", "losses.daily_fraction: expected a number above 0 and below 1, got 1.5"),
        ("drawdown: {limits: {threshold: 0.1}}", "drawdown.limits: unknown key; did you mean limit?"),
        ("drawdown: {limit: 0.1}", "drawdown.limit: expected settings below this key"),
        ("drawdown: {limit: {threshold: 12}}", "drawdown.limit.threshold: expected a number above 0 and below 1"),
        ("kelly: {caps: {bullish: {long: 0.1}}}", "kelly.caps.bullish: unknown key; did you mean bull?"),
        ("kelly: {caps: {bull: 0.1}}", "kelly.caps.bull: expected settings below this key"),
        ("kelly: {caps: 0.1}", "kelly.caps: expected settings below this key"),
        ("estimates: {method: normal}", "estimates.method: cannot be capped"),
        ("estimates: {samples_min: 5}", "estimates.samples_min: cannot be capped"),
        ("account: {leverage_max: 2", "line 1"),
        ("account: {leverage_max: 2}\naccount: {leverage_max: 9}", "account"),
    ],
)
def test_a_bad_file_starts_nothing_and_says_where(tmp_path: Path, text: str, said: str) -> None:
    assert said in said_of(tmp_path, text)


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    environment = with_caps(tmp_path, "")
    (tmp_path / "risk-caps.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigurationError, match=r"risk-caps\.yaml: cannot be read"):
        load_caps(environment)


def test_every_limit_can_be_capped_and_as_loose_as_can_be_caps_nothing(tmp_path: Path) -> None:
    # A file that caps one thing leaves every other key as it is, whatever limits say.
    caps = load_caps(with_caps(tmp_path, "account: {open_orders_max: 1000}"))
    loosest = structure(
        make_document(
            risk={
                "order": dict.fromkeys(
                    ("notional_max", "price_collar", "price_age_max_s", "intent_age_max_s", "duplicate_window_s")
                ),
                "position": {"concentration_max": None, "correlated_max": None, "correlation_threshold": 1},
                "account": {"leverage_max": None, "open_orders_max": 1000},
                "activity": {"reserved_fraction": 0, "orders_per_fill_from": 1_000_000_000},
            }
        )
    ).risk

    assert caps is not None
    assert beyond_caps(values_of(loosest), caps.caps) == ()


def test_every_setting_that_has_a_tighter_way_can_be_capped_at_what_it_is(tmp_path: Path) -> None:
    """A file that repeats all that is configured is understood, caps each of it, and refuses none of it."""
    written: Any = plain_value(SETTINGS)
    for key in [key for key, tighter in TIGHTER.items() if tighter is Tighter.NEITHER]:
        group, name = key.split(".")
        del written[group][name]

    environment = with_caps(tmp_path, json.dumps(written, default=str))
    caps = check_caps(SETTINGS, "c.yaml", TRADED, environment)

    assert caps is not None
    assert set(caps.caps) == {key for key, tighter in TIGHTER.items() if tighter is not Tighter.NEITHER}


@pytest.mark.parametrize("where", Environment)
def test_only_research_goes_without_caps(where: Environment, tmp_path: Path) -> None:
    without = {DATA_DIRECTORY_VARIABLE: str(tmp_path)}
    if where is Environment.BACKTEST:
        assert check_caps(SETTINGS, "c.yaml", TRADED, without, where) is None
    else:
        with pytest.raises(ConfigurationError) as refused:
            check_caps(SETTINGS, "c.yaml", TRADED, without, where)
        missing = tmp_path / "risk-caps.yaml"
        assert str(refused.value) == (
            f"{missing}: there is no such file, and {where.value} trading needs hard caps on its risk settings"
        )

    caps = check_caps(SETTINGS, "c.yaml", TRADED, with_caps(tmp_path, "account: {leverage_max: 3}"), where)
    assert caps is not None


def test_a_configuration_is_loaded_for_where_it_is_to_be_traded(tmp_path: Path) -> None:
    path, without = write_document(tmp_path, make_document()), {DATA_DIRECTORY_VARIABLE: str(tmp_path)}

    load_configuration(path, without)
    with pytest.raises(ConfigurationError, match="live trading needs hard caps"):
        load_configuration(path, without, Environment.LIVE)
    load_configuration(path, with_caps(tmp_path, "account: {leverage_max: 3}"), Environment.LIVE)
