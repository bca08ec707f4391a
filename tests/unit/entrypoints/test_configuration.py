"""What may be written in a configuration, what it means, and the one line for what is wrong in it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulated.rules import VenueRules
from domain.funding_schedule import AssumeRate, RefuseHoles, SkipHoles
from domain.sizing import EquityFraction, FixedQuantity, RiskFraction
from domain.strategies.trend_following import TrendFollowingParameters
from entrypoints.configuration.cross_checks import cross_check
from entrypoints.configuration.keys import KeyProblem, PlainValue
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.sections import RunConfiguration, VenueSection
from entrypoints.configuration.structuring import structure, unstructure
from entrypoints.errors import ConfigurationError
from tests.unit.entrypoints.documents import (
    make_configuration,
    make_data_document,
    make_document,
    with_value,
    write_document,
)

FILES: dict[str, PlainValue] = {"BTCUSDT": {"bars": "b.csv", "funding": "f.csv"}}


def load(folder: Path, document: object, environment: Mapping[str, str] | None = None) -> RunConfiguration:
    """Write, load and return a configuration."""
    return load_configuration(write_document(folder, document), environment or {})[0]


def refusal(folder: Path, document: object, environment: Mapping[str, str] | None = None) -> str:
    """Return what is said about a configuration, without the name of its file."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, document, environment)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{folder / 'config.yaml'}: ")


amounts = st.decimals(min_value="0.00000001", max_value=10**9, places=8)
shares = st.decimals(min_value="0.0001", max_value="0.99", places=4)


@given(
    equity=amounts,
    leverage=st.integers(1, 125),
    mode=st.sampled_from(["cross", "isolated"]),
    spread=st.decimals(min_value=0, max_value=100, places=3),
    sizing=st.one_of(
        st.builds(lambda q: {"fixed_quantity": q}, amounts),
        st.builds(lambda f: {"equity_fraction": f}, amounts),
        st.builds(lambda f, m: {"risk_fraction": {"fraction": f, "leverage_max": m}}, shares, amounts),
    ),
    stop=st.one_of(st.none(), st.decimals(min_value="0.1", max_value=100, places=2)),
    taker_fee=st.one_of(st.none(), shares),
)
def test_what_is_understood_can_be_written_down_and_read_again(
    equity: Decimal,
    leverage: int,
    mode: str,
    spread: Decimal,
    sizing: PlainValue,
    stop: Decimal | None,
    taker_fee: Decimal | None,
) -> None:
    document = make_document(
        account={"equity": equity, "leverage": leverage, "margin_mode": mode},
        venue={"half_spread_bps": spread, "taker_fee": taker_fee},
    )
    with_value(document, "strategies.0.sizing", sizing)
    with_value(document, "strategies.0.parameters.stop_atr", stop)

    configuration = structure(document)

    assert structure(unstructure(configuration)) == configuration
    assert configuration.account.equity == equity


def test_a_default_is_written_as_what_is_configured() -> None:
    """Else the same settings would give runs whose reasons read differently, and so another result hash."""
    plain = unstructure(structure(make_document()))

    assert repr(unstructure(structure(plain))) == repr(plain)


@given(value=amounts)
def test_a_number_means_the_same_as_the_text_of_it(value: Decimal) -> None:
    assert make_configuration(account={"equity": value}) == make_configuration(account={"equity": f"{value:f}"})


def test_the_venue_of_a_configuration_that_says_nothing_is_the_unfavorable_one_of_the_venue_itself() -> None:
    section, rules = VenueSection(), VenueRules()

    same = ("half_spread_bps", "impact_coefficient", "volatility_window_bars", "touch_fill")
    shares = ("volume_share_max", "taker_volume_share_max")
    assert [getattr(section, name) for name in (*same, *shares)] == [getattr(rules, name) for name in (*same, *shares)]
    assert section.latency_ms * 1_000_000 == rules.latency_ns
    assert {*same, *shares, "latency_ms", "maker_fee", "taker_fee"} == {
        attribute.name for attribute in fields(VenueSection)
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"fixed_quantity": 1}, FixedQuantity(Decimal(1))),
        ({"equity_fraction": "0.25"}, EquityFraction(Decimal("0.25"))),
        ({"risk_fraction": {"fraction": "0.01", "leverage_max": 2}}, RiskFraction(Decimal("0.01"), Decimal(2))),
    ],
)
def test_each_way_of_sizing_has_its_form(written: PlainValue, meant: object) -> None:
    configuration = structure(with_value(make_document(), "strategies.0.sizing", written))

    assert configuration.strategies[0].sizing == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("refuse", RefuseHoles()),
        ("skip", SkipHoles()),
        ({"assume": "0.0001"}, AssumeRate(Decimal("0.0001"))),
        ({"assume": "-0.0002"}, AssumeRate(Decimal("-0.0002"))),
    ],
)
def test_each_policy_for_missing_funding_has_its_form(written: PlainValue, meant: object) -> None:
    configuration = structure(make_data_document(FILES, missing_funding=written))

    assert configuration.data is not None
    assert configuration.data.missing_funding == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-01-02", datetime(2024, 1, 2, tzinfo=UTC)),
        ("2024-01-02T08:00:00Z", datetime(2024, 1, 2, 8, tzinfo=UTC)),
        ("2024-01-02T08:00:00+02:00", datetime(2024, 1, 2, 6, tzinfo=UTC)),
    ],
)
def test_instants_are_utc(written: str, meant: datetime) -> None:
    configuration = structure(make_data_document(FILES, start=written))

    assert configuration.data is not None
    assert configuration.data.start == meant


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("riks", {}, "riks: unknown key; did you mean risk?"),
        ("risk.order.notional", 1, "risk.order.notional: unknown key; did you mean notional_max?"),
        (
            "strategies.0.parameters.fast_bar",
            5,
            "strategies[0].parameters.fast_bar: unknown key; did you mean fast_bars?",
        ),
        (
            "strategies.0.sizing",
            {"equity_fractoin": 1},
            "strategies[0].sizing.equity_fractoin: unknown key; did you mean ",
        ),
        ("account.zzz", 1, "account.zzz: unknown key; known: equity, leverage, margin_mode"),
        ("account.equity", "much", "account.equity: expected a number, got 'much'"),
        ("account.equity", True, "account.equity: expected a number, got true"),
        ("account.equity", None, "account.equity: expected a number, got nothing"),
        ("account.equity", [1], "account.equity: expected a number, got [1]"),
        ("account.equity", "NaN", "account.equity: expected a number, got 'NaN'"),
        ("account.equity", 0, "account.equity: expected a number above 0, got 0"),
        ("account.equity", -5, "account.equity: expected a number above 0, got -5"),
        ("account.equity", "1e300", "account.equity: expected a number of at most 20 digits, got 1E+300"),
        ("account.leverage", 126, "account.leverage: expected a number at least 1 and at most 125, got 126"),
        ("account.leverage", Decimal("2.5"), "account.leverage: expected a whole number, got 2.5"),
        ("account.leverage", True, "account.leverage: expected a whole number, got true"),
        (
            "account.margin_mode",
            "crss",
            "account.margin_mode: expected one of cross, isolated, got 'crss'; did you mean ",
        ),
        ("account", 5, "account: expected keys such as equity, margin_mode, leverage, got 5"),
        ("name", 5, "name: expected text, got 5"),
        ("name", " ", "name: expected text on one line, got ' '"),
        ("name", "a\nb", "name: expected text on one line, got 'a\\nb'"),
        ("name", "${HOME}", "name: '${HOME}': ${...} is not filled in here; set AUTOTRADING__SECTION__KEY instead"),
        ("venue.touch_fill", "yes", "venue.touch_fill: expected true or false, got 'yes'"),
        ("venue.half_spread_bps", 10_000, "venue.half_spread_bps: expected a number at least 0 and below 10000, got "),
        ("strategies", [], "strategies: expected at least one entry, got an empty list"),
        ("strategies", {}, "strategies: expected a list, got {}"),
        (
            "strategies.0.symbols.0",
            "BTCUSD",
            "strategies[0].symbols[0]: unknown symbol BTCUSD: the market does not hold",
        ),
        (
            "strategies.0.parameters.slow_bars",
            5,
            "strategies[0].parameters.slow_bars: slow_bars must be above fast_bars",
        ),
        ("strategies.0.parameters.stop_atr", 0, "strategies[0].parameters.stop_atr: expected a number above 0"),
        ("strategies.0.sizing.fixed_quantity", 1, "strategies[0].sizing: expected exactly one of fixed_quantity, "),
        (
            "strategies.0.sizing",
            {"risk_fraction": {"fraction": 1, "leverage_max": 1}},
            "strategies[0].sizing.risk_fraction.f",
        ),
        (
            "strategies.0.sizing",
            {"fixed_quantity": 0},
            "strategies[0].sizing.fixed_quantity: expected a number above 0",
        ),
        ("synthetic.interval", "1x", "synthetic.interval: not an interval such as 1m, 1h or 1d: '1x'"),
        ("synthetic.symbols", ["DOGEUSDT"], "synthetic.symbols[0]: the model does not hold DOGEUSDT; known: BTCUSDT, "),
        ("synthetic.symbols", ["BTCUSDT", "ETHUSDT"], "synthetic.symbols: no strategy trades ETHUSDT"),
        ("synthetic.symbols", ["BTCUSDT", "BTCUSDT"], "synthetic.symbols[1]: BTCUSDT appears twice"),
        (
            "instruments.BTCUSD.tick_size",
            1,
            "instruments.BTCUSD: unknown symbol BTCUSD: the market does not hold it; did ",
        ),
        ("data", {"interval": "1h", "symbols": {}}, "data.symbols: expected at least one entry, got none"),
    ],
)
def test_what_is_wrong_is_said_with_the_full_path_of_its_key(
    tmp_path: Path, path: str, value: PlainValue, said: str
) -> None:
    assert refusal(tmp_path, with_value(make_document(), path, value)).startswith(said)


@pytest.mark.parametrize("missing", ["name", "account", "strategies", "risk"])
def test_a_missing_key_is_named(tmp_path: Path, missing: str) -> None:
    document = make_document()
    del document[missing]

    assert refusal(tmp_path, document) == f"{missing}: this key is missing and has no default"


def test_all_missing_keys_of_a_section_are_named_at_once(tmp_path: Path) -> None:
    document = make_document()
    del document["account"], document["risk"]
    named = refusal(tmp_path, document)
    del document["strategies"]

    assert named == "account: this key is missing and has no default; so is risk"
    assert refusal(tmp_path, document).endswith("; so are strategies, risk")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"start": "2024-02-01", "end": "2024-01-01"}, "data.end: 2024-01-01T00:00:00+00:00 is not after data.start"),
        ({"start": "soon"}, "data.start: expected a UTC time such as 2024-01-01 or 2024-01-01T08:00:00Z, got 'soon'"),
        (
            {"start": "2024-01-01T08:00"},
            "data.start: expected a UTC time such as 2024-01-01 or 2024-01-01T08:00:00Z, w",
        ),
        (
            {"start": 20240101},
            "data.start: expected a UTC time such as 2024-01-01 or 2024-01-01T08:00:00Z, got 20240101",
        ),
        ({"missing_funding": "guess"}, "data.missing_funding: expected refuse, skip or {assume: RATE}, got 'guess'"),
        ({"missing_funding": {"assume": 2}}, "data.missing_funding.assume: assumed funding rate 2 is not a fraction"),
        ({"missing_funding": {"assume": "x"}}, "data.missing_funding.assume: expected a number, got 'x'"),
        ({"period": "all"}, "data.period: expected one of common, union, got 'all'"),
        (
            {"symbols": {"btcusdt": {"bars": "b.csv"}}},
            "data.symbols.btcusdt: expected an instrument in capital letters",
        ),
        ({"symbols": {"BTCUSDT": {"bars": 5}}}, "data.symbols.BTCUSDT.bars: expected text, got 5"),
        (
            {"symbols": {"BTCUSDT": {"bars": "b.csv", "detail": "d.csv"}}},
            "data.symbols.BTCUSDT.detail_interval: detail and detail_interval are given together",
        ),
        (
            {"symbols": {"BTCUSDT": "files"}},
            "data.symbols.BTCUSDT: expected catalog, or keys such as bars, got 'files'",
        ),
        (
            {"symbols": {"BTCUSDT": {"catalog": "cm"}}},
            "data.symbols.BTCUSDT.catalog: expected one of um, spot, got 'cm'",
        ),
        (
            {"symbols": {"BTCUSDT": {"catalog": "um", "funding": "f.csv"}}},
            "data.symbols.BTCUSDT.funding: the catalogue is asked for, so no files are named",
        ),
    ],
)
def test_what_is_wrong_with_data_is_said_too(tmp_path: Path, keys: dict[str, PlainValue], said: str) -> None:
    symbols = keys.pop("symbols", FILES)

    assert refusal(tmp_path, make_data_document(symbols, **keys)).startswith(said)


@pytest.mark.parametrize("both", [True, False])
def test_the_market_comes_from_exactly_one_place(tmp_path: Path, both: bool) -> None:
    document = make_document(data={"interval": "1h", "symbols": FILES}) if both else make_document(synthetic=None)

    assert "exactly one of the sections data and synthetic is needed" in refusal(tmp_path, document)


def test_two_strategies_of_one_name_are_refused(tmp_path: Path) -> None:
    document = make_document()
    strategies = document["strategies"]
    assert isinstance(strategies, list)
    strategies.append(strategies[0])

    assert refusal(tmp_path, document) == "strategies[1].name: trend appears twice"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"- 1\n", "holds no keys"), (b"\xff\xfe\xfa", "is not UTF-8 text"), (b"a: [", "line 1")],
)
def test_a_file_that_is_no_configuration_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=said) as caught:
        load_configuration(path, {})

    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        load_configuration(tmp_path / "none.yaml", {})
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_configuration(tmp_path, {})


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    environment = {
        "AUTOTRADING__RISK__ACCOUNT__LEVERAGE_MAX": "1.5",
        "AUTOTRADING__ACCOUNT__LEVERAGE": "5",
        "AUTOTRADING__STRATEGIES__0__PARAMETERS__FAST_BARS": "7",
        "AUTOTRADING__STRATEGIES__0__SIZING": "{fixed_quantity: 2}",
        "AUTOTRADING__INSTRUMENTS__BTCUSDT__TICK_SIZE": "0.5",
        "AUTOTRADING_DEBUG": "1",
        "HOME": "/somewhere",
    }

    configuration = load(tmp_path, make_document(), environment)

    assert configuration.risk.account.leverage_max == Decimal("1.5")
    assert configuration.account.leverage == 5
    assert configuration.strategies[0].parameters == TrendFollowingParameters(fast_bars=7, slow_bars=20)
    assert configuration.strategies[0].sizing == FixedQuantity(Decimal(2))
    assert configuration.instruments["BTCUSDT"].tick_size == Decimal("0.5")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("AUTOTRADING__RISK__ORDER__NOTIONAL", "1", "risk.order.notional: unknown key; did you mean notional_max?"),
        ("AUTOTRADING__RISKS__A", "1", "risks: unknown key; did you mean risk?"),
        ("AUTOTRADING__ACCOUNT__EQUITY", "lots", "account.equity: expected a number, got 'lots'"),
        ("AUTOTRADING__ACCOUNT__EQUITY", "[1", "line 1, column 3"),
        ("AUTOTRADING__STRATEGIES__1__NAME", "x", "strategies has 1 entries, counted from 0; there is no entry 1"),
        ("AUTOTRADING__NAME__FIRST", "x", "there are no keys below name"),
    ],
)
def test_a_bad_variable_is_named_instead_of_the_file(tmp_path: Path, variable: str, value: str, said: str) -> None:
    assert refusal(tmp_path, make_document(), {variable: value}).startswith(f"environment variable {variable}: {said}")


def test_a_configuration_that_fits_passes_the_cross_checks() -> None:
    cross_check(make_configuration())


def test_problems_grow_their_path_from_the_inside_out() -> None:
    problem = KeyProblem("wrong").under(0).under("symbols").under(1).under("strategies")

    assert problem.path == "strategies[1].symbols[0]"
