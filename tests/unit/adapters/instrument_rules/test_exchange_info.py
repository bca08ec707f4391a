"""Reading the venue's list of contracts, and refusing what is not as agreed."""

import json
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.instrument_rules.exchange_info import read_exchange_info
from application.errors import DataError
from domain.rule_book import RuleFigures
from tests.unit.adapters.instrument_rules.venue_answers import SERVED_AT_MS, make_contract, make_exchange_info


def figures(**changes: object) -> RuleFigures:
    """Return what is read of one contract."""
    return read_exchange_info(make_exchange_info([make_contract("BTCUSDT", changes)]), "list", {"BTCUSDT"}).figures[
        "BTCUSDT"
    ]


def refusal(content: bytes) -> str:
    """Return the one line with which a list is refused."""
    with pytest.raises(DataError) as caught:
        read_exchange_info(content, "list", {"BTCUSDT"})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read_or_refused(content: bytes) -> tuple[Mapping[str, RuleFigures], str]:
    """Return what is read of a list, or nothing and what is said against it."""
    try:
        return read_exchange_info(content, "list", {"BTCUSDT"}).figures, ""
    except DataError as error:
        return {}, str(error)


def test_every_figure_is_read_exactly_and_in_its_shortest_form() -> None:
    assert figures() == RuleFigures(
        tick_size=Decimal("0.1"),
        lot_size=Decimal("0.001"),
        quantity_min=Decimal("0.001"),
        quantity_max=Decimal(120),
        notional_min=Decimal(100),
        price_band=Decimal("0.05"),
        liquidation_rate=Decimal("0.0125"),
    )
    assert str(figures().tick_size) == "0.1"


def test_the_tighter_of_two_limits_is_taken() -> None:
    coarser = figures(MARKET_LOT_SIZE__stepSize="0.01", MARKET_LOT_SIZE__minQty="0.02", LOT_SIZE__maxQty="50")

    assert (coarser.lot_size, coarser.quantity_min, coarser.quantity_max) == (
        Decimal("0.01"),
        Decimal("0.02"),
        Decimal(50),
    )


def test_of_the_price_band_the_narrower_side_is_taken() -> None:
    assert figures(PERCENT_PRICE__multiplierUp="1.1", PERCENT_PRICE__multiplierDown="0.5").price_band == Decimal("0.1")
    assert figures(PERCENT_PRICE__multiplierUp="3", PERCENT_PRICE__multiplierDown="0.8").price_band == Decimal("0.2")


def test_only_the_wanted_contracts_are_looked_at() -> None:
    content = make_exchange_info(
        [make_contract("BTCUSDT_260925", {"contractType": "CURRENT_QUARTER"}), make_contract()]
    )

    info = read_exchange_info(content, "list", {"BTCUSDT", "ETHUSDT"})

    assert list(info.figures) == ["BTCUSDT"]
    assert info.served_at_ns == SERVED_AT_MS * 1_000_000


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PRICE_FILTER": None}, "list: BTCUSDT.filters: PRICE_FILTER is missing"),
        ({"MARKET_LOT_SIZE": None}, "list: BTCUSDT.filters: MARKET_LOT_SIZE is missing"),
        ({"MIN_NOTIONAL__notional": None}, "list: BTCUSDT.MIN_NOTIONAL.notional: expected a number, got None"),
        ({"PRICE_FILTER__tickSize": "0"}, "list: BTCUSDT.PRICE_FILTER.tickSize: expected a number above 0, got '0'"),
        ({"PRICE_FILTER__tickSize": "abc"}, "list: BTCUSDT.PRICE_FILTER.tickSize: expected a number, got 'abc'"),
        ({"PRICE_FILTER__tickSize": "NaN"}, "list: BTCUSDT.PRICE_FILTER.tickSize: expected a number, got 'NaN'"),
        ({"LOT_SIZE__maxQty": "1e40"}, "list: BTCUSDT.LOT_SIZE.maxQty: expected a number, got '1e40'"),
        ({"LOT_SIZE__stepSize": True}, "list: BTCUSDT.LOT_SIZE.stepSize: expected a number, got True"),
        (
            {"PERCENT_PRICE__multiplierUp": "0.9"},
            "list: BTCUSDT.PERCENT_PRICE.multiplierUp: expected a number above 1, got '0.9'",
        ),
        (
            {"PERCENT_PRICE__multiplierDown": "1.2"},
            "list: BTCUSDT.PERCENT_PRICE.multiplierDown: expected a number between 0 and 1, got '1.2'",
        ),
        (
            {"liquidationFee": "1.5"},
            "list: BTCUSDT.liquidationFee: expected a fraction from 0 to below 1, got '1.5'",
        ),
        (
            {"contractType": "CURRENT_QUARTER"},
            "list: BTCUSDT.contractType: expected a perpetual contract, got 'CURRENT_QUARTER'",
        ),
    ],
)
def test_a_contract_that_is_not_as_agreed_is_refused(changes: dict[str, object], said: str) -> None:
    assert refusal(make_exchange_info([make_contract("BTCUSDT", changes)])) == said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "list: is not whole JSON: Expecting value at line 1, column 1"),
        (make_exchange_info()[:-30], "list: is not whole JSON: "),
        (b"\xff\xfe", "list: is not UTF-8 text: invalid start byte at byte 0"),
        (b"[]", "list: expected an object, got []"),
        (b"{}", "list: serverTime is missing"),
        (make_exchange_info(serverTime="now"), "list: serverTime: expected a whole number, got 'now'"),
        (make_exchange_info(serverTime=17), "list: serverTime: expected milliseconds since 1970 UTC, got 17"),
        (make_exchange_info(symbols={}), "list: symbols: expected a list, got {}"),
        (make_exchange_info(["BTCUSDT"]), "list: symbols[0]: expected an object, got 'BTCUSDT'"),
        (make_exchange_info([make_contract(), make_contract()]), "list: symbols[1]: BTCUSDT is listed twice"),
        (b'{"code": -1003, "msg": "Too many requests."}', "list: the venue answered error -1003: Too many requests."),
        (b'{"serverTime": 1, "serverTime": 2}', "list: is not usable JSON: the key 'serverTime' is there twice"),
        (b'{"serverTime": NaN}', "list: is not usable JSON: NaN is no number"),
        (b"[" * 100_000, "list: is not usable JSON: "),
        (b"1" * 10_000, "list: is not usable JSON: "),
    ],
)
def test_a_list_that_is_not_as_agreed_is_refused(content: bytes, said: str) -> None:
    assert refusal(content).startswith(said)


def test_a_filter_may_be_there_once() -> None:
    contract = make_contract()
    contract["filters"].append(contract["filters"][0])

    assert refusal(make_exchange_info([contract])) == ("list: BTCUSDT.filters[6]: filter PRICE_FILTER is there twice")


@given(cut=st.integers(0, len(make_exchange_info()) - 1))
def test_a_list_cut_anywhere_is_refused(cut: int) -> None:
    assert refusal(make_exchange_info()[:cut]).startswith("list: is not whole JSON")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(value=json_values, data=st.data())
def test_whatever_stands_in_for_a_value_the_list_is_read_or_refused_in_one_line(
    value: object, data: st.DataObject
) -> None:
    contract = make_contract()
    place = data.draw(st.sampled_from(["symbol", "contractType", "liquidationFee", "filters", "PRICE_FILTER", "up"]))
    if place == "PRICE_FILTER":
        contract["filters"][0] = value
    elif place == "up":
        contract["filters"][5]["multiplierUp"] = value
    else:
        contract[place] = value
    content = json.dumps({"serverTime": SERVED_AT_MS, "symbols": [contract]}).encode()

    read, said = read_or_refused(content)

    assert "\n" not in said
    assert all(0 < (each.price_band or 0) < 1 for each in read.values())
