"""The trading rules of a run: shipped, changed, or described in full."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import pytest

from adapters.instrument_rules.catalog import Recorded, shipped_book
from domain.instrument import Instrument
from domain.rule_book import RuleBook, RuleFigures, RuleVersion
from domain.time_units import iso_utc, to_ns
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.errors import ConfigurationError
from entrypoints.rules_in_force import changes_between, check_leverage, instruments_at, rule_books_in_force
from tests.support import START_NS, make_schedule
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


def book(
    symbol: str, changes: PlainValue = None, *, recorded: Recorded = MappingProxyType({}), **sections: PlainValue
) -> RuleBook:
    """Return the rule book in force of one instrument."""
    document = make_data_document({symbol: {"bars": "b.csv"}}) | sections
    strategies = document["strategies"]
    assert isinstance(strategies, list)
    assert isinstance(strategies[0], dict)
    strategies[0]["symbols"] = [symbol]
    if changes is not None:
        document["instruments"] = {symbol: changes}
    return rule_books_in_force(structure(document), SOURCE, recorded)[symbol]


def rules(symbol: str, changes: PlainValue = None, **sections: PlainValue) -> Instrument:
    """Return the rules in force of one instrument on 2024-01-01."""
    return book(symbol, changes, recorded={}, **sections).at(START_NS)


def refusal(symbol: str, changes: PlainValue = None, **sections: PlainValue) -> str:
    """Return what is said about an instrument."""
    with pytest.raises(ConfigurationError) as caught:
        rules(symbol, changes, **sections)
    return str(caught.value)


def test_without_a_word_the_shipped_rules_hold() -> None:
    assert book("BTCUSDT") == shipped_book("BTCUSDT")


def test_a_change_leaves_the_rest_as_shipped() -> None:
    changed = rules("BTCUSDT", {"tick_size": 1, "taker_fee": "0.001"})

    assert changed.tick_size == 1
    assert changed.fees.taker_rate == Decimal("0.001")
    shipped = shipped_book("BTCUSDT").at(START_NS)
    assert changed.fees.maker_rate == shipped.fees.maker_rate
    assert (changed.lot_size, changed.margins) == (shipped.lot_size, shipped.margins)


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


def test_what_is_configured_holds_at_all_dates() -> None:
    changed = book("BTCUSDT", {"tick_size": 1, "brackets": FULL["brackets"]})
    dates = [version.effective_at_ns for version in changed.versions]

    assert {changed.at(at_ns).tick_size for at_ns in (0, *dates)} == {Decimal(1)}
    assert {len(changed.at(at_ns).margins[0].brackets) for at_ns in (0, *dates)} == {2}
    assert "tick_size" not in changed.stand_ins_at(0)


def test_refreshed_rules_hold_from_their_date_on() -> None:
    later = {"BTCUSDT": (RuleVersion(START_NS, RuleFigures(tick_size=Decimal(7)), "a list"),)}
    refreshed = book("BTCUSDT", recorded=later)

    assert refreshed.at(START_NS).tick_size == 7
    assert refreshed.at(START_NS - 1) == shipped_book("BTCUSDT").at(START_NS - 1)


def test_an_instrument_that_is_only_refreshed_needs_what_is_not_known_from_the_configuration() -> None:
    filters = RuleFigures(
        tick_size=Decimal(1),
        lot_size=Decimal(1),
        quantity_min=Decimal(1),
        quantity_max=Decimal(9),
        notional_min=Decimal(5),
        price_band=Decimal("0.1"),
        liquidation_rate=Decimal("0.01"),
    )
    refreshed = {"NEWUSDT": (RuleVersion(START_NS, filters, "a list"),)}
    given: PlainValue = {name: FULL[name] for name in ("maker_fee", "taker_fee", "brackets")}

    assert book("NEWUSDT", given, recorded=refreshed).at(0).quantity_max == 9
    with pytest.raises(ConfigurationError, match=r"maker_fee is missing, and the rules of NEWUSDT are only known in"):
        book("NEWUSDT", None, recorded=refreshed)


def test_two_tables_that_contradict_each_other_are_refused() -> None:
    at_ns = shipped_book("BTCUSDT").versions[0].effective_at_ns
    contradiction = {"BTCUSDT": (RuleVersion(at_ns, RuleFigures(tick_size=Decimal(7)), "a list"),)}

    with pytest.raises(ConfigurationError, match=r"instruments\.BTCUSDT: BTCUSDT: tick_size of .* two things"):
        book("BTCUSDT", recorded=contradiction)


def test_a_leverage_setting_must_be_allowed_all_through_the_period() -> None:
    tighter = make_schedule([(Decimal(0), Decimal(10**9), Decimal("0.05"), 10)])
    books = {"BTCUSDT": book("BTCUSDT").with_versions([RuleVersion(START_NS, RuleFigures(brackets=tighter), "a list")])}

    check_leverage(books, 20, SOURCE, start_ns=START_NS - 9, end_ns=START_NS - 1)
    with pytest.raises(ConfigurationError, match=r"account\.leverage: 20 is more than BTCUSDT allows, at most 10$"):
        check_leverage(books, 20, SOURCE, start_ns=START_NS - 9, end_ns=START_NS)


def test_the_rules_of_a_run_are_those_of_its_start_and_the_changes_after_it() -> None:
    books = {symbol: shipped_book(symbol) for symbol in ("SOLUSDT", "BTCUSDT")}
    start_ns = to_ns(datetime(2021, 12, 1, tzinfo=UTC))

    changes = changes_between(books, start_ns, START_NS)

    assert instruments_at(books, start_ns)["BTCUSDT"].tick_size == Decimal("0.01")
    assert [(change.symbol, iso_utc(change.at_ns), str(change.instrument.tick_size)) for change in changes] == [
        ("SOLUSDT", "2021-12-13T04:00:00Z", "0.01"),
        ("BTCUSDT", "2022-02-15T04:00:00Z", "0.1"),
        ("SOLUSDT", "2022-11-09T12:00:00Z", "0.001"),
    ]
