"""Hard caps: a file of its own that neither a configuration nor an environment variable can exceed."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.hard_caps import beyond_caps, limit_keys
from domain.risk.limits import RiskLimits
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.risk_caps import CAPS_VARIABLE, caps_file, check_caps, load_caps
from entrypoints.configuration.structuring import structure
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from entrypoints.errors import BeyondCapsError, ConfigurationError
from tests.unit.entrypoints.documents import make_configuration, make_document, write_document

LIMITS: Final = make_configuration().risk.limits


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
    check_caps(LIMITS, "c.yaml", environment)


def test_the_file_lies_in_the_data_directory_or_where_the_variable_says(tmp_path: Path) -> None:
    home = {DATA_DIRECTORY_VARIABLE: str(tmp_path)}

    assert caps_file(home) == tmp_path / "risk-caps.yaml"
    assert caps_file(home | {CAPS_VARIABLE: "/etc/autotrading/caps.yaml"}) == Path("/etc/autotrading/caps.yaml")
    assert caps_file(home | {CAPS_VARIABLE: "  "}) == tmp_path / "risk-caps.yaml"


def test_what_the_file_leaves_out_is_not_capped(tmp_path: Path) -> None:
    caps = load_caps(with_caps(tmp_path, "account:\n  leverage_max: 2\n"))

    assert caps is not None
    found = beyond_caps(LIMITS, caps)
    assert [each.key for each in found] == ["account.leverage_max"]


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        ("account: {leverage_max: 2}", "risk.account.leverage_max: 3 is beyond the hard cap 2 of {file}"),
        ("order: {notional_max: 5000}", "risk.order.notional_max: 1000000 is beyond the hard cap 5000 of {file}"),
        ("position: {allow_short: false}", "risk.position.allow_short: True is beyond the hard cap False of {file}"),
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
        (
            "account: {leverage_max: 2, var_daily_max: 0.01}\nposition: {concentration_max: 0.1}",
            "risk.position.concentration_max: 0.20 is beyond the hard cap 0.1 of {file}, and 2 more",
        ),
    ],
)
def test_a_looser_limit_is_refused_by_its_key_its_value_and_its_cap(tmp_path: Path, caps: str, said: str) -> None:
    environment = with_caps(tmp_path, caps)

    with pytest.raises(BeyondCapsError) as refused:
        check_caps(LIMITS, "c.yaml", environment)

    assert str(refused.value) == "c.yaml: " + said.format(file=tmp_path / "risk-caps.yaml")


def test_a_limit_exactly_at_its_cap_is_allowed(tmp_path: Path) -> None:
    check_caps(LIMITS, "c.yaml", with_caps(tmp_path, "account: {leverage_max: 3}\norder: {notional_max: 1000000}"))


@given(limit=st.integers(1, 100), cap=st.integers(1, 100))
def test_what_starts_is_never_looser_than_its_cap(limit: int, cap: int) -> None:
    document = make_document(
        risk={
            "order": {"notional_max": None},
            "account": {"leverage_max": limit},
            "position": {"concentration_max": None, "correlated_max": None},
        }
    )
    limits = structure(document).risk.limits

    found = beyond_caps(limits, evolve(limits, account=evolve(limits.account, leverage_max=Decimal(cap))))

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
        ("", "expected limits such as account, order, position"),
        ("- 1", "expected limits such as account, order, position"),
        ("account: 5", "account: expected limits below this key"),
        ("accounts: {leverage_max: 2}", "accounts: unknown key; known: order, position, account, activity, market"),
        ("account: {leverage: 2}", "account.leverage: unknown key"),
        ("account: {leverage_max: .nan}", "account.leverage_max"),
        ("account: {leverage_max: -2}", "account.leverage_max"),
        ("account: {leverage_max: high}", "account.leverage_max"),
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
    loosest: RiskLimits = structure(
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
    ).risk.limits

    assert caps is not None
    assert set(limit_keys()) >= {"account.open_orders_max"}
    assert beyond_caps(loosest, caps) == ()
