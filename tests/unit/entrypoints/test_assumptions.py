"""A run says everything that it takes for granted."""

from decimal import Decimal

from attrs import evolve, fields

from adapters.instrument_rules.catalog import shipped_book
from adapters.synthetic.market import SyntheticMarket, generate
from application.market_history import MarketHistory
from domain.market import FundingEvent
from entrypoints.assumptions import assumptions_of
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.sections import VenueSection
from entrypoints.configuration.structuring import structure
from tests.unit.entrypoints.documents import make_configuration, make_data_document, make_document, with_value

SYNTHETIC = generate(SyntheticMarket(n_bars=50), seed=1)
OBSERVED = evolve(
    SYNTHETIC, bars={"BTCUSDT": SYNTHETIC.bars["BTCUSDT"]}, marks={}, funding={}, is_synthetic=False, notes=()
)


def values(history: MarketHistory, **data: PlainValue) -> dict[str, str]:
    """Return the values of all assumptions about a run on files, by name."""
    configuration = structure(make_data_document({"BTCUSDT": {"bars": "b.csv"}}, **data))
    instruments = {symbol: shipped_book(symbol) for symbol in history.symbols}
    return {each.name: each.value for each in assumptions_of(configuration, instruments, history)}


def test_every_setting_of_the_venue_is_an_assumption() -> None:
    said = values(OBSERVED)

    # Fees are said per instrument, and whether a touch fills is said in words.
    unsaid = {attribute.name for attribute in fields(VenueSection)} - set(said)
    assert unsaid == {"touch_fill", "maker_fee", "taker_fee"}
    assert said["limit_fills"] == "trades through"
    assert said["within_a_bar"] == "stop before target"
    assert said["BTCUSDT.fees"] == "0.0002 / 0.0005 / 0.012"


def test_names_are_used_once() -> None:
    configuration = make_configuration()
    instruments = {symbol: shipped_book(symbol) for symbol in SYNTHETIC.symbols}

    names = [each.name for each in assumptions_of(configuration, instruments, SYNTHETIC)]

    assert len(names) == len(set(names))


def test_the_source_of_the_mark_price_is_said_for_each_instrument() -> None:
    marked = evolve(OBSERVED, marks={"BTCUSDT": SYNTHETIC.marks["BTCUSDT"]})

    assert values(OBSERVED)["BTCUSDT.mark"] == "last price"
    assert values(marked)["BTCUSDT.mark"] == "mark bars"
    assert values(SYNTHETIC)["BTCUSDT.mark"] == "generated mark bars"


def test_assumed_settlements_are_counted() -> None:
    events = tuple(FundingEvent("BTCUSDT", at_ns, Decimal(0), is_assumed=at_ns > 1) for at_ns in range(5))

    assert values(OBSERVED)["BTCUSDT.funding"] == "none: nothing is paid"
    assert values(evolve(OBSERVED, funding={"BTCUSDT": events}))["BTCUSDT.funding"] == "2 published, 3 assumed"


def test_the_policy_for_missing_rates_is_said() -> None:
    assert values(OBSERVED)["missing_funding"] == "refuse"
    assert values(OBSERVED, missing_funding="skip")["missing_funding"] == "skip"
    assert values(OBSERVED, missing_funding={"assume": "0.0001"})["missing_funding"] == "assume 0.0001"


def test_detail_bars_are_what_orders_are_matched_on() -> None:
    detailed = evolve(OBSERVED, detail={"BTCUSDT": evolve(OBSERVED.bars["BTCUSDT"], interval_ns=60_000_000_000)})

    assert values(OBSERVED)["BTCUSDT.matching"] == "bars"
    assert values(detailed)["BTCUSDT.matching"] == "1m bars"


def test_finer_bars_decide_within_a_bar_where_they_are_given() -> None:
    detailed = evolve(OBSERVED, detail={"BTCUSDT": OBSERVED.bars["BTCUSDT"]})
    configuration = structure(make_data_document({"BTCUSDT": {"bars": "b.csv"}}))
    rules = {"BTCUSDT": shipped_book("BTCUSDT")}

    said, plain = (
        {each.name: each.meaning for each in assumptions_of(configuration, rules, history)}["within_a_bar"]
        for history in (detailed, OBSERVED)
    )

    assert "finer bars decide" in said
    assert "finer" not in plain


def test_stops_that_move_are_said_to_move_at_the_close_of_a_bar() -> None:
    rules = {symbol: shipped_book(symbol) for symbol in SYNTHETIC.symbols}
    document = with_value(make_document(), "strategies.0.exits", {"trailing": {"distance": {"fraction": "0.02"}}})

    said, plain = (
        {each.name: each for each in assumptions_of(configuration, rules, SYNTHETIC)}
        for configuration in (structure(document), make_configuration())
    )

    assert said["moving_stops"].value == "at the close of a bar"
    assert "Of trend:" in said["moving_stops"].meaning
    assert "moving_stops" not in plain


def test_marks_that_are_stand_ins_are_counted() -> None:
    note = "BTCUSDT: 3 of 8 mark bars are missing; the last price stands in."
    marked = evolve(OBSERVED, marks={"BTCUSDT": SYNTHETIC.marks["BTCUSDT"]}, notes=(note,))

    assert values(marked)["BTCUSDT.mark"] == ("mark bars; 3 of 8 mark bars are missing; the last price stands in")
