"""A spot pair in a configuration: told by its name, with rules of its own, bars alone, and a line for what it lacks."""

from decimal import Decimal
from pathlib import Path

import pytest

from application.market_history import MarketHistory
from application.market_series import Market, SeriesKey, SeriesKind
from domain.instrument import InstrumentKind
from entrypoints.assumptions import assumptions_of
from entrypoints.configuration.cross_checks import cross_check
from entrypoints.configuration.files import history_request
from entrypoints.configuration.keys import KeyProblem, PlainValue
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.errors import ConfigurationError
from entrypoints.rules_in_force import check_leverage, leverage_allowed, rule_books_in_force
from tests.support import START_NS
from tests.unit.application.trading.stage import coin_series
from tests.unit.entrypoints.documents import make_data_document, with_value

SPOT = "BTCUSDT-SPOT"
SOURCE = ConfigurationSource("c.yaml", Path("/configs"), {})
RULES: dict[str, PlainValue] = {
    "kind": "spot",
    "tick_size": "0.01",
    "lot_size": "0.00001",
    "quantity_min": "0.00001",
    "quantity_max": 9000,
    "notional_min": 5,
    "price_band": "0.2",
    "maker_fee": "0.001",
    "taker_fee": "0.001",
}


def make_both(rules: PlainValue = None, **spot_data: PlainValue) -> dict[str, PlainValue]:
    """Return a configuration of a perpetual and of its spot pair."""
    files: dict[str, PlainValue] = {
        "BTCUSDT": {"bars": "b.csv", "funding": "f.csv"},
        SPOT: spot_data or {"bars": "s.csv"},
    }
    document = make_data_document(files) | {"instruments": {SPOT: dict(RULES) if rules is None else rules}}
    return with_value(document, "strategies.0.symbols", ["BTCUSDT", SPOT])


def refusal(document: dict[str, PlainValue]) -> str:
    """Return the key and what is said about it, whichever check says it."""
    try:
        configuration = structure(document)
        cross_check(configuration)
        rule_books_in_force(configuration, SOURCE, {})
    except KeyProblem as problem:
        return f"{problem.path}: {problem}"
    except ConfigurationError as error:
        return str(error).removeprefix("c.yaml: ")
    raise AssertionError("nothing is refused")


def test_a_pair_has_its_own_fees_and_steps_and_no_margin() -> None:
    books = rule_books_in_force(structure(make_both()), SOURCE, {})
    pair = books[SPOT].at(START_NS)

    assert pair.kind is InstrumentKind.SPOT
    assert (pair.fees.taker_rate, pair.fees.liquidation_rate) == (Decimal("0.001"), Decimal(0))
    assert pair.margins == ()
    assert pair.venue_symbol == books["BTCUSDT"].at(START_NS).venue_symbol == "BTCUSDT"


def test_the_leverage_setting_is_none_of_its_business() -> None:
    document = with_value(make_both(), "account.leverage", 100)
    books = rule_books_in_force(structure(document), SOURCE, {})

    check_leverage(books, 100, SOURCE, start_ns=START_NS, end_ns=START_NS)
    assert set(leverage_allowed(books, START_NS, START_NS)) == {"BTCUSDT"}


def test_of_the_catalogue_it_takes_the_bars_of_the_spot_market() -> None:
    configuration = structure(make_both(catalog="spot", detail_interval="1m"))
    cross_check(configuration)
    assert configuration.data is not None

    files = history_request(configuration.data, SOURCE).files[SPOT]

    hour, minute = 3_600_000_000_000, 60_000_000_000
    assert files.bars == SeriesKey(Market.SPOT, SeriesKind.BARS, "BTCUSDT", hour)
    assert files.detail == SeriesKey(Market.SPOT, SeriesKind.BARS, "BTCUSDT", minute)
    assert files.funding is None
    assert files.mark is None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            f"instruments.{SPOT}.kind",
            "perpetual",
            f"instruments.{SPOT}.kind: {SPOT} is spot by its name: only that of a spot pair ends with -SPOT",
        ),
        (
            "instruments.BTCUSDT.kind",
            "spot",
            "instruments.BTCUSDT.kind: BTCUSDT is perpetual by its name: only that of a spot pair ends with -SPOT",
        ),
        (
            f"instruments.{SPOT}.liquidation_fee",
            "0.01",
            f"instruments.{SPOT}.liquidation_fee: {SPOT} is spot, which is never liquidated: leave this out",
        ),
        (f"instruments.{SPOT}.kind", "margin", "instruments.BTCUSDT-SPOT.kind: expected one of perpetual, spot"),
        (
            f"data.symbols.{SPOT}.funding",
            "f.csv",
            f"data.symbols.{SPOT}.funding: {SPOT} is spot, which pays no funding: leave this out",
        ),
        (
            f"data.symbols.{SPOT}.mark",
            "m.csv",
            f"data.symbols.{SPOT}.mark: {SPOT} is spot, which is valued at its last price: leave this out",
        ),
        (
            f"data.symbols.{SPOT}",
            "catalog",
            f"data.symbols.{SPOT}: {SPOT} is spot: of the catalogue it takes {{catalog: spot}}",
        ),
        (
            "data.symbols.BTC-USDT",
            {"bars": "b.csv"},
            "data.symbols.BTC-USDT: expected an instrument in capital letters and digits, such as BTCUSDT",
        ),
        (f"instruments.{SPOT}.taker_fee", None, f"instruments.{SPOT}: taker_fee is missing, and the rules of {SPOT}"),
        (
            f"instruments.{SPOT}.brackets",
            [{"notional_floor": 0, "notional_cap": 1, "maintenance_rate": "0.1", "leverage_max": 1}],
            f"instruments.{SPOT}.brackets: {SPOT} is spot, which is never liquidated",
        ),
    ],
)
def test_what_does_not_go_with_spot_is_named_by_its_key(key: str, value: PlainValue, said: str) -> None:
    assert refusal(with_value(make_both(), key, value)).startswith(said)


def test_rules_of_spot_have_to_be_given() -> None:
    document = make_both()
    del document["instruments"]

    assert refusal(document) == (f"instruments.{SPOT}: the rules of {SPOT} are not shipped: describe it under this key")


def test_what_is_taken_for_granted_says_that_it_is_spot_and_nothing_of_funding() -> None:
    configuration = structure(make_both())
    books = rule_books_in_force(configuration, SOURCE, {})

    history = MarketHistory(bars={symbol: coin_series([(100.0,)], symbol=symbol) for symbol in books})

    found = {each.name: each for each in assumptions_of(configuration, books, history)}

    assert found[f"{SPOT}.kind"].value == "spot"
    assert found[f"{SPOT}.fees"].value == "0.001 / 0.001"
    assert not {f"{SPOT}.{name}" for name in ("funding", "funding_terms", "mark")} & found.keys()
    assert {"BTCUSDT.funding", "BTCUSDT.funding_terms", "BTCUSDT.mark"} <= found.keys()
