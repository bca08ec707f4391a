"""The trading rules of a run: shipped, changed, or described in full."""

from decimal import Decimal
from pathlib import Path

import pytest

from adapters.instrument_rules.catalog import instrument
from domain.instrument import Instrument
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.errors import ConfigurationError
from entrypoints.instruments_in_force import instruments_in_force
from tests.unit.entrypoints.documents import make_data_document

SOURCE = ConfigurationSource("c.yaml", Path("/configs"), {})

FULL: dict[str, PlainValue] = {
    "tick_size": "0.5",
    "lot_size": 1,
    "quantity_min": 1,
    "quantity_max": 1000,
    "notional_min": 5,
    "price_band": "0.1",
    "maker_fee": "-0.0001",
    "taker_fee": "0.0004",
    "liquidation_fee": "0.01",
    "brackets": [
        {"notional_floor": 0, "notional_cap": 1000, "maintenance_rate": "0.01", "leverage_max": 50},
        {"notional_floor": 1000, "notional_cap": 5000, "maintenance_rate": "0.02", "leverage_max": 20},
    ],
}


def rules(symbol: str, changes: PlainValue = None, **sections: PlainValue) -> Instrument:
    """Return the rules in force of one instrument."""
    document = make_data_document({symbol: {"bars": "b.csv"}}) | sections
    strategies = document["strategies"]
    assert isinstance(strategies, list)
    assert isinstance(strategies[0], dict)
    strategies[0]["symbols"] = [symbol]
    if changes is not None:
        document["instruments"] = {symbol: changes}
    return instruments_in_force(structure(document), SOURCE)[symbol]


def refusal(symbol: str, changes: PlainValue = None, **sections: PlainValue) -> str:
    """Return what is said about an instrument."""
    with pytest.raises(ConfigurationError) as caught:
        rules(symbol, changes, **sections)
    return str(caught.value)


def test_without_a_word_the_shipped_rules_hold() -> None:
    assert rules("BTCUSDT") == instrument("BTCUSDT")


def test_a_change_leaves_the_rest_as_shipped() -> None:
    changed = rules("BTCUSDT", {"tick_size": 1, "taker_fee": "0.001"})

    assert changed.tick_size == 1
    assert changed.fees.taker_rate == Decimal("0.001")
    assert changed.fees.maker_rate == instrument("BTCUSDT").fees.maker_rate
    assert (changed.lot_size, changed.margins) == (instrument("BTCUSDT").lot_size, instrument("BTCUSDT").margins)


def test_the_fees_of_the_venue_section_go_over_everything() -> None:
    changed = rules("BTCUSDT", {"taker_fee": "0.001"}, venue={"taker_fee": 0, "maker_fee": "0.0003"})

    assert (changed.fees.taker_rate, changed.fees.maker_rate) == (Decimal(0), Decimal("0.0003"))


def test_an_unknown_instrument_can_be_described() -> None:
    described = rules("NEWUSDT", FULL)

    assert described.fees.maker_rate == Decimal("-0.0001")
    # The second amount: 1000 × (0.02 − 0.01) + 0 = 10.
    assert [bracket.maintenance_amount for bracket in described.margins[0].brackets] == [0, 10]


def test_an_unknown_instrument_without_a_description_is_refused() -> None:
    assert refusal("NEWUSDT") == (
        "c.yaml: instruments.NEWUSDT: the rules of NEWUSDT are not shipped: describe it under this key"
    )


@pytest.mark.parametrize("missing", FULL)
def test_an_unknown_instrument_is_described_in_full_or_not_at_all(missing: str) -> None:
    some = {name: value for name, value in FULL.items() if name != missing}

    assert refusal("NEWUSDT", some).startswith(f"c.yaml: instruments.NEWUSDT: {missing} is missing")


def test_brackets_that_leave_a_gap_are_refused() -> None:
    gap: PlainValue = [{"notional_floor": 5, "notional_cap": 10, "maintenance_rate": "0.1", "leverage_max": 5}]

    assert refusal("NEWUSDT", FULL | {"brackets": gap}) == (
        "c.yaml: instruments.NEWUSDT: margin brackets must begin at notional 0"
    )


def test_a_leverage_setting_that_an_instrument_does_not_allow_is_refused() -> None:
    said = refusal("NEWUSDT", FULL, account={"equity": 1000, "leverage": 51})

    assert said == "c.yaml: account.leverage: 51 is more than NEWUSDT allows, at most 50"
